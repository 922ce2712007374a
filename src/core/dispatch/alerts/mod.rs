//! Alerts, from whoever reports them to the channel that is told of them.
//!
//! One delivery is one transaction: what became of each alert, its history, and the message. Sent again it changes
//! nothing. `watch` is our own rules, under a lease; `tell` the message of all alerts of one source and name; `act` what
//! people do about them. All that is decided is decided in `crate::alerts`.

mod act;
mod tell;
mod watch;

pub(super) use watch::Watching;

use super::Dispatch;
use crate::alerts::{Delivery, Report, Verdict, judge};
use direttore_domain::{AlertId, Instant};
use direttore_store::{
    StoreError, Tx,
    alert::{self, Alert, Event},
};
use futures::future::BoxFuture;
use std::collections::{BTreeSet, HashMap};

/// What came of a delivery.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Taken {
    pub fired: usize,
    pub resolved: usize,
    /// Nothing new was said of these.
    pub same: usize,
    pub left_out: u64,
}

pub(super) fn event(at: Instant, what: &str, who: &str, note: &str) -> Event {
    Event { at, what: what.to_owned(), who: who.to_owned(), note: note.to_owned() }
}

impl Dispatch {
    /// Takes what a source reports, tells of it, and says what came of it.
    pub(super) fn take_delivery<'s>(
        &'s self,
        source: &'s str,
        delivery: &'s Delivery,
    ) -> BoxFuture<'s, Result<Taken, StoreError>> {
        Box::pin(async move {
            let mut tx = self.store.write().await?;
            let taken = self.take_reports(&mut tx, source, delivery).await?;
            tx.commit().await?;
            self.engine.ended.notify_waiters();
            Ok(taken)
        })
    }

    /// In a transaction that the caller commits.
    pub(super) fn take_reports<'s>(
        &'s self,
        tx: &'s mut Tx,
        source: &'s str,
        delivery: &'s Delivery,
    ) -> BoxFuture<'s, Result<Taken, StoreError>> {
        Box::pin(async move {
            let now = self.clock.now();
            alert::turn(tx).await?;
            let fingerprints: Vec<&str> = delivery.reports.iter().map(|r| r.fingerprint.as_str()).collect();
            let known = alert::of_source(tx, source, &fingerprints).await?;
            let mut known: HashMap<String, Alert> = known.into_iter().map(|a| (a.fingerprint.clone(), a)).collect();
            let mut taken = Taken { left_out: delivery.left_out, ..Taken::default() };
            let mut names = BTreeSet::new();
            for report in &delivery.reports {
                let before = known.get(&report.fingerprint);
                let was = before.map(|alert| alert.name.clone());
                let verdict = judge(before, source, report, now);
                let Some(after) = self.write_verdict(tx, verdict, report, &mut taken).await? else { continue };
                names.extend(was);
                names.insert(after.name.clone());
                known.insert(after.fingerprint.clone(), after);
            }
            for name in names {
                self.tell_alerts(tx, source, &name, Some(delivery.left_out)).await?;
            }
            Ok(taken)
        })
    }

    /// The alert as it is afterwards, where anything of it changed that people see.
    async fn write_verdict(
        &self,
        tx: &mut Tx,
        verdict: Verdict,
        report: &Report,
        taken: &mut Taken,
    ) -> Result<Option<Alert>, StoreError> {
        let now = self.clock.now();
        match verdict {
            Verdict::Fired(mut alert) => {
                alert.id = alert::add(tx, &alert).await?;
                alert::note(tx, alert.id, &event(now, "fired", "", &report.summary)).await?;
                taken.fired += 1;
                Ok(Some(*alert))
            }
            Verdict::Again(alert) => {
                alert::save(tx, &alert).await?;
                alert::note(tx, alert.id, &event(now, "again", "", &report.summary)).await?;
                taken.fired += 1;
                Ok(Some(*alert))
            }
            Verdict::Resolved(alert) => {
                self.write_resolved(tx, &alert, "").await?;
                taken.resolved += 1;
                Ok(Some(*alert))
            }
            Verdict::Same(alert) => {
                taken.same += 1;
                alert::save(tx, &alert).await?;
                Ok(None)
            }
            Verdict::Nothing => {
                taken.same += 1;
                Ok(None)
            }
        }
    }

    async fn write_resolved(&self, tx: &mut Tx, alert: &Alert, note: &str) -> Result<(), StoreError> {
        alert::save(tx, alert).await?;
        alert::note(tx, alert.id, &event(self.clock.now(), "resolved", "", note)).await
    }

    /// Tells anew of all these alerts' messages.
    async fn tell_of(&self, tx: &mut Tx, alerts: &[Alert]) -> Result<(), StoreError> {
        let groups: BTreeSet<(&str, &str)> = alerts.iter().map(|a| (a.source.as_str(), a.name.as_str())).collect();
        for (source, name) in groups {
            self.tell_alerts(tx, source, name, None).await?;
        }
        Ok(())
    }
}

/// Those of the alerts that have one of these numbers, in their order.
fn found(alerts: &[Alert], ids: &[AlertId]) -> Vec<Alert> {
    alerts.iter().filter(|alert| ids.contains(&alert.id)).cloned().collect()
}
