//! Another number of cores, more or less memory. A running VM may have them with its next start only.

use super::{
    Apply,
    guest::{GuestId, Target},
};
use crate::jobs::{
    breakpoint::{Place, reached},
    step::{StepCx, StepError},
};
use direttore_clients::proxmox::{Change, GuestConfig, GuestNow};
use direttore_domain::{GuestStatus, disk::Size};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ResizeGuest {
    pub guest: GuestId,
    pub keys: Vec<Key>,
    /// A VM's sockets: it has so many times the cores.
    pub sockets: u32,
}

/// One key of the configuration.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Key {
    /// `cores` or `memory` (MiB).
    pub name: String,
    /// As the configuration had it; `None` where it said nothing.
    pub before: Option<String>,
    pub after: String,
}

impl Key {
    /// What is to be written now to come from one value to another.
    ///
    /// # Errors
    /// The value is neither: somebody else has changed it.
    fn step(
        &self,
        config: &GuestConfig,
        from: Option<&str>,
        to: Option<&str>,
        change: &mut Change,
    ) -> Result<(), String> {
        let now = config.values.get(&self.name).map(String::as_str);
        if now == to {
            return Ok(());
        }
        if now != from {
            return Err(format!("{} is {} now: somebody else has changed it", self.name, now.unwrap_or("unset")));
        }
        match to {
            Some(to) => change.values.push((self.name.clone(), to.to_owned())),
            None => change.delete.push(self.name.clone()),
        }
        Ok(())
    }

    /// Whether the running guest goes on with what it had before.
    fn waits(&self, now: &GuestNow, sockets: u32) -> bool {
        let number = self.after.parse::<u64>().unwrap_or_default();
        match self.name.as_str() {
            "cores" => now.cores != (number * u64::from(sockets)) as f64,
            _ => now.memory >> 20 != number,
        }
    }
}

impl ResizeGuest {
    async fn write(&self, cx: &StepCx, is_back: bool) -> Result<(), StepError> {
        let target = Target::new(cx, &self.guest)?;
        let (at, _) = target.meant().await?;
        let (cluster, mut change) = (&target.cluster, Change::default());
        let config = cluster.client.guest_config(&at).await.map_err(|e| StepError::of_read(cluster, &e))?;
        for key in &self.keys {
            let (before, after) = (key.before.as_deref(), Some(key.after.as_str()));
            let (from, to) = if is_back { (after, before) } else { (before, after) };
            match key.step(&config, from, to, &mut change) {
                Err(why) if !is_back => return Err(StepError::Fail(format!("{}: {why}", self.guest.label))),
                // Somebody has changed it since: theirs stands.
                Err(_) | Ok(()) => {}
            }
        }
        if change.is_empty() {
            return Ok(());
        }
        // So nobody's change is lost that comes between the look and the call.
        change.digest = Some(config.digest).filter(|digest| !digest.is_empty());
        let written = cluster.client.configure(&at, &change).await;
        if written.is_ok() {
            reached(Place::Answered, cx.name);
        }
        written.map_err(|error| match StepError::of_read(cluster, &error) {
            // Written or not, it is looked at again.
            StepError::Fail(why) if error.may_have_been_done() || is_stale(&error) => StepError::Retry(why),
            other => other,
        })
    }
}

fn is_stale(error: &direttore_clients::proxmox::Error) -> bool {
    matches!(error, direttore_clients::proxmox::Error::Stale { .. })
}

impl Apply for ResizeGuest {
    const NAME: &'static str = "resize-guest";
    const CLEANS_UP: bool = true;

    async fn apply(&self, cx: &StepCx) -> Result<Value, StepError> {
        if cx.wants_cancel() {
            return Err(StepError::Cancelled(None));
        }
        self.write(cx, false).await?;
        let target = Target::new(cx, &self.guest)?;
        let (_, now) = target.here().await?;
        let mut done = target.tell("sized").await?;
        let mut waits = Vec::new();
        for key in &self.keys {
            let number = key.after.parse::<u64>().unwrap_or_default();
            done[key.name.as_str()] = match key.name.as_str() {
                "cores" => json!(number * u64::from(self.sockets)),
                _ => json!(Size { mib: number }),
            };
            if now.status != GuestStatus::Stopped && key.waits(&now, self.sockets) {
                waits.push(key.name.as_str());
            }
        }
        done["waits"] = json!(waits);
        Ok(done)
    }

    /// What it had before; what somebody else has set since stays.
    async fn undo(&self, cx: &StepCx, _: &Value) -> Result<(), StepError> {
        self.write(cx, true).await.map_err(|error| match error {
            StepError::Fail(why) => StepError::Retry(why),
            other => other,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(cores: Option<&str>) -> GuestConfig {
        let values = cores.into_iter().map(|c| ("cores".to_owned(), c.to_owned()));
        GuestConfig { digest: String::new(), values: values.collect() }
    }

    #[test]
    fn there_and_back() {
        let key = Key { name: "cores".into(), before: None, after: "4".into() };
        let step = |now: Option<&str>, from: Option<&str>, to: Option<&str>| {
            let mut change = Change::default();
            key.step(&config(now), from, to, &mut change).map(|()| (change.values, change.delete))
        };
        assert_eq!(step(None, None, Some("4")), Ok((vec![("cores".into(), "4".into())], vec![])));
        assert_eq!(step(Some("4"), None, Some("4")), Ok((vec![], vec![])));
        assert_eq!(step(Some("4"), Some("4"), None), Ok((vec![], vec!["cores".into()])));
        assert_eq!(step(None, Some("4"), None), Ok((vec![], vec![])));
        assert_eq!(step(Some("8"), None, Some("4")), Err("cores is 8 now: somebody else has changed it".to_owned()));
    }
}
