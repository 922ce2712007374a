//! All network devices are backed up every so often, in calendar time, by the lab itself: once for all processes.

use super::Dispatch;
use crate::{
    dispatch::carry::Asked,
    hooks,
    jobs::steps::{BackUpDevices, Step},
    plan::JobPlan,
};
use direttore_domain::{Instant, Trouble};
use direttore_store::{
    StoreError, Tx,
    audit::{self, Entry},
    setting,
};
use serde_json::json;
use std::time::Duration;

/// When the last one was begun, in milliseconds.
const LAST: &str = "devices-backed-up";

const WHO: &str = "direttore";

impl Dispatch {
    /// How often; nothing where it is never, or nobody is logged in to.
    fn backup_pace(&self) -> Option<Duration> {
        self.lab.devices().map(|devices| devices.settings.backup).filter(|pace| !pace.is_zero())
    }

    /// When the next one is due.
    pub(super) async fn next_backup(&self) -> Result<Option<Instant>, StoreError> {
        let Some(pace) = self.backup_pace() else { return Ok(None) };
        let last = setting::get(&mut self.store.read().await?, LAST).await?;
        Ok(Some(due(last.as_deref(), pace)))
    }

    pub(super) async fn back_up_when_due(&self) -> Result<(), StoreError> {
        let Some(pace) = self.backup_pace() else { return Ok(()) };
        if self.next_backup().await?.is_none_or(|at| at > self.clock.now()) {
            return Ok(());
        }
        let mut tx = self.store.write().await?;
        match self.begin_backup(&mut tx, pace).await {
            Ok(true) => {
                tx.commit().await?;
                self.engine.wake();
                Ok(())
            }
            // Another process was faster.
            Ok(false) => Ok(()),
            Err(Trouble::Failure(direttore_domain::Failure::Store { why })) => Err(StoreError::Unavailable(why)),
            Err(trouble) => Err(StoreError::Refused(format!("{trouble:?}"))),
        }
    }

    async fn begin_backup(&self, tx: &mut Tx, pace: Duration) -> Result<bool, Trouble> {
        let now = self.clock.now();
        let last = setting::get_or_set(tx, LAST, "0").await?;
        if due(Some(&last), pace) > now || !setting::replace(tx, LAST, &last, &now.0.to_string()).await? {
            return Ok(false);
        }
        let why = "scheduled backup".to_owned();
        let step = Step::BackUpDevices(BackUpDevices { devices: vec![], why, is_scheduled: true });
        let title = "back up all network devices".to_owned();
        let job = JobPlan::new(title.clone(), "devices/backup".to_owned(), vec![step]);
        let origin = hooks::origin();
        let asked = Asked { command: "device backup", account_id: None, actor: WHO, origin: &origin, question: None };
        let id = self.enqueue_one(tx, asked, 0, &job, now).await?;
        let entry = Entry {
            at: now,
            who: WHO.to_owned(),
            account_id: None,
            identity: String::new(),
            channel: origin.channel_name(),
            what: "device backup".to_owned(),
            line: format!("{id} {title}"),
            target: "all devices".to_owned(),
            outcome: "queued".to_owned(),
            detail: json!({ "jobs": [id.to_string()] }),
            reference: None,
        };
        audit::record(tx, &entry).await?;
        Ok(true)
    }
}

/// The first one at once.
fn due(last: Option<&str>, pace: Duration) -> Instant {
    last.and_then(|last| last.parse().ok()).map_or(Instant::EPOCH, |last| Instant(last) + pace)
}
