//! What people do about alerts, within the transaction of their command.

use super::{event, found};
use crate::{
    alerts::{AlertDeed, shown},
    dispatch::Dispatch,
};
use direttore_domain::{AlertId, Instant, Matchers, Refusal, SilenceId, Trouble};
use direttore_store::{
    StoreError, Tx,
    alert::{self, Acknowledged, Alert},
    silence::{self, Silence},
};
use serde_json::{Map, Value, json};

/// As many are looked through for those that a silence is about.
const MOST: i64 = 10_000;

impl Dispatch {
    pub(in crate::dispatch) async fn do_alert(
        &self,
        tx: &mut Tx,
        who: &str,
        deed: &AlertDeed,
        brought: &mut Map<String, Value>,
    ) -> Result<(), Trouble> {
        alert::turn(tx).await?;
        let now = self.clock.now();
        match deed {
            AlertDeed::Acknowledge { alerts, note } => {
                let done = self.acknowledge(tx, alerts, (who, note)).await?;
                brought.insert("done".into(), json!(done));
            }
            AlertDeed::Silence { matchers, until, why } => {
                let id = silence::add(tx, matchers, *until, (who, why), now).await?;
                let quiet = self.alerts_fitting(tx, matchers).await?;
                for alert in &quiet {
                    alert::note(tx, alert.id, &event(now, "silenced", who, why)).await?;
                }
                self.tell_of(tx, &quiet).await?;
                brought.insert("silence".into(), json!(id));
                brought.insert("count".into(), json!(quiet.len()));
            }
            AlertDeed::Prolong { silence, until } => {
                if !silence::prolong(tx, *silence, *until).await? {
                    return Err(is_over(*silence));
                }
                brought.insert("silence".into(), json!(silence));
                let kept = silence::get(tx, *silence).await?;
                let quiet = match &kept {
                    Some(kept) => self.alerts_fitting(tx, &kept.matchers).await?,
                    None => vec![],
                };
                brought.insert("count".into(), json!(quiet.len()));
            }
            AlertDeed::End { silences } => {
                for id in silences {
                    let kept = silence::get(tx, *id).await?.ok_or_else(|| is_over(*id))?;
                    if !self.end_silence(tx, &kept, now, who).await? {
                        return Err(is_over(*id));
                    }
                }
            }
        }
        Ok(())
    }

    /// Those that were acknowledged now.
    async fn acknowledge(
        &self,
        tx: &mut Tx,
        ids: &[AlertId],
        (who, note): (&str, &str),
    ) -> Result<Vec<AlertId>, Trouble> {
        let now = self.clock.now();
        let all = alert::by_ids(tx, ids).await?;
        let mut done = Vec::new();
        for alert in found(&all, ids).into_iter().filter(|a| a.is_firing && a.acknowledged.is_none()) {
            let acknowledged = Acknowledged { by: who.to_owned(), at: now, note: note.to_owned() };
            let id = alert.id;
            alert::save(tx, &Alert { acknowledged: Some(acknowledged), ..alert }).await?;
            alert::note(tx, id, &event(now, "acknowledged", who, note)).await?;
            done.push(id);
        }
        if done.is_empty() {
            // Somebody was faster, or they ended meanwhile.
            let subject = direttore_domain::text::list(&ids.iter().map(ToString::to_string).collect::<Vec<_>>());
            let by = all.iter().find(|a| a.is_firing).and_then(|a| a.acknowledged.as_ref()).map(|a| a.by.clone());
            let why = by.map_or_else(|| "nothing of it fires any more".to_owned(), |by| format!("{by} did already"));
            return Err(Refusal::WrongState { subject, verb: "be acknowledged".into(), why }.into());
        }
        self.tell_of(tx, &found(&all, &done)).await?;
        Ok(done)
    }

    /// Writes a silence's end and tells of what is heard again; false when it was over. The caller holds the turn.
    pub(super) async fn end_silence(
        &self,
        tx: &mut Tx,
        kept: &Silence,
        at: Instant,
        by: &str,
    ) -> Result<bool, StoreError> {
        if !silence::end(tx, kept.id, at, by).await? {
            return Ok(false);
        }
        let loud = self.alerts_fitting(tx, &kept.matchers).await?;
        self.tell_of(tx, &loud).await?;
        Ok(true)
    }

    /// Those that fire and that a silence's pairs fit.
    async fn alerts_fitting(&self, tx: &mut Tx, matchers: &Matchers) -> Result<Vec<Alert>, StoreError> {
        let mut firing = alert::list(tx, None, MOST).await?;
        firing.retain(|alert| shown::fits(matchers, alert));
        firing.sort_by_key(|alert| alert.id);
        Ok(firing)
    }
}

fn is_over(id: SilenceId) -> Trouble {
    let (subject, verb) = (id.to_string(), "be changed".to_owned());
    Refusal::WrongState { subject, verb, why: "it is over".to_owned() }.into()
}
