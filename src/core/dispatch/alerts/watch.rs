//! Looks after alerts by itself: our own rules, silences that are over, messages that are due.
//!
//! Of several processes one does it, under a lease. What was begun is kept in the database: a start neither repeats nor
//! forgets it. The lab is seen by the view that is there anyway; only the clusters' tasks are asked for, at a pace of their
//! own.

use crate::{
    alerts::{Delivery, OWN, Report, Said, watch},
    dispatch::{Dispatch, reference},
    lab::View,
};
use direttore_domain::{ClusterName, Instant, ResourceKey};
use direttore_store::{
    StoreError, Tx,
    alert::{self, Alert},
    device_finding,
    job::{self, JobStatus},
    lease, reservation, silence,
};
use futures::future::BoxFuture;
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};
use tokio::time::Instant as Moment;

const LEASE: &str = "alerts";
const HOLDS: Duration = Duration::from_secs(30);
const RENEWED: Duration = Duration::from_secs(10);
/// A view that is older says nothing about now.
const FRESH: Duration = Duration::from_secs(120);
/// Alerts are kept for so long after their end.
const KEPT: Duration = Duration::from_secs(30 * 24 * 3600);
/// A reservation that ended earlier is looked after no more.
const ENDED: Duration = Duration::from_secs(7 * 24 * 3600);
const MOST: i64 = 1000;
/// Of no reservation the window is longer.
const LONGEST_MS: i64 = 6 * 366 * 24 * 3_600_000;

/// What this process remembers of its watching.
pub(in crate::dispatch) struct Watching {
    holder: String,
    /// One round at a time.
    round: tokio::sync::Mutex<()>,
    led: Mutex<Option<Moment>>,
    /// Whether it has told what fired before it began: where it is told may be another place than before.
    has_begun: AtomicBool,
    /// When each cluster's tasks were asked for last.
    asked: Mutex<BTreeMap<ClusterName, Moment>>,
}

impl Default for Watching {
    fn default() -> Self {
        Self {
            holder: format!("alerts-{}-{}", std::process::id(), reference()),
            round: tokio::sync::Mutex::default(),
            led: Mutex::default(),
            has_begun: AtomicBool::new(false),
            asked: Mutex::default(),
        }
    }
}

impl Dispatch {
    /// Looks after alerts again and again, until it is aborted.
    pub async fn keep_alerts(self: Arc<Self>, pause: Duration) {
        let mut was_broken = false;
        loop {
            match self.do_alerts().await {
                Ok(()) => was_broken = false,
                Err(error) => {
                    if !was_broken {
                        tracing::warn!("alerts cannot be looked after: {error}");
                    }
                    was_broken = true;
                }
            }
            tokio::time::sleep(pause).await;
        }
    }

    /// Looks once, if no other process does.
    ///
    /// # Errors
    /// The database's.
    pub async fn do_alerts(&self) -> Result<(), StoreError> {
        let _round = self.watching.round.lock().await;
        if !self.leads_alerts().await? {
            return Ok(());
        }
        let mut tx = self.store.read().await?;
        let firing = alert::firing_of(&mut tx, OWN).await?;
        let pending = alert::pending(&mut tx).await?;
        drop(tx);
        let look = self.look_at_all(&firing).await?;
        let now = self.clock.now();
        let mut tx = self.store.read().await?;
        let is_due = alert::next_due(&mut tx).await?.is_some_and(|at| at <= now);
        drop(tx);
        let steps = steps(&look, &firing, &pending, now);
        let begins = !self.watching.has_begun.load(Ordering::Relaxed);
        if steps.reports.is_empty() && steps.waits.is_empty() && !is_due && !begins {
            return Ok(());
        }
        let mut tx = self.store.write().await?;
        alert::turn(&mut tx).await?;
        for (fingerprint, since) in &steps.waits {
            alert::set_pending(&mut tx, fingerprint, *since).await?;
        }
        let delivery = Delivery { reports: steps.reports, left_out: 0 };
        if !delivery.reports.is_empty() {
            self.take_reports(&mut tx, OWN, &delivery).await?;
        }
        if begins {
            let all = alert::list(&mut tx, None, MOST).await?;
            self.tell_of(&mut tx, &all).await?;
        }
        self.do_due_alerts(&mut tx, now).await?;
        tx.commit().await?;
        self.watching.has_begun.store(true, Ordering::Relaxed);
        self.engine.ended.notify_waiters();
        Ok(())
    }

    /// Lets another process look after alerts at once.
    pub(in crate::dispatch) async fn leave_alerts(&self) -> Result<(), StoreError> {
        if self.watching.led.lock().unwrap_or_else(PoisonError::into_inner).take().is_none() {
            return Ok(());
        }
        let mut tx = self.store.write().await?;
        lease::release(&mut tx, LEASE, &self.watching.holder).await?;
        tx.commit().await
    }

    async fn leads_alerts(&self) -> Result<bool, StoreError> {
        let led = *self.watching.led.lock().unwrap_or_else(PoisonError::into_inner);
        if led.is_some_and(|at| at.elapsed() < RENEWED) {
            return Ok(true);
        }
        let at = Moment::now();
        let mut tx = self.store.write().await?;
        let leads = lease::take(&mut tx, LEASE, &self.watching.holder, HOLDS).await?;
        tx.commit().await?;
        *self.watching.led.lock().unwrap_or_else(PoisonError::into_inner) = leads.then_some(at);
        Ok(leads)
    }

    /// Silences and alerts whose time is over, then the messages that are due. The caller holds the turn.
    fn do_due_alerts<'s>(&'s self, tx: &'s mut Tx, now: Instant) -> BoxFuture<'s, Result<(), StoreError>> {
        Box::pin(async move {
            for silence in silence::open(tx).await?.into_iter().filter(|s| s.until <= now) {
                self.end_silence(tx, &silence, silence.until, "").await?;
            }
            let expired = alert::expired(tx, now).await?;
            for alert in &expired {
                let over =
                    Alert { is_firing: false, ended: alert.expires, last_seen: now, expires: None, ..alert.clone() };
                self.write_resolved(tx, &over, "nothing more was heard of it").await?;
            }
            self.tell_of(tx, &expired).await?;
            for group in alert::due_groups(tx, now).await? {
                self.tell_alerts(tx, &group.source, &group.name, None).await?;
            }
            Ok(())
        })
    }

    /// Forgets alerts that ended long ago, some at a time.
    ///
    /// # Errors
    /// The database's.
    pub async fn sweep_alerts(&self) -> Result<(), StoreError> {
        let before = self.clock.now() - KEPT;
        loop {
            let mut tx = self.store.write().await?;
            alert::turn(&mut tx).await?;
            let is_more = alert::sweep(&mut tx, before).await?;
            tx.commit().await?;
            if !is_more {
                return Ok(());
            }
        }
    }

    fn look_at_all<'s>(&'s self, firing: &'s [Alert]) -> BoxFuture<'s, Result<watch::Look, StoreError>> {
        Box::pin(async move {
            let rules = &self.rules.alerts;
            let now = self.clock.now();
            let mut look = watch::Look::default();
            let mut views: BTreeMap<ClusterName, Arc<View>> = BTreeMap::new();
            for cluster in self.lab.clusters() {
                // Where the cluster does not answer, nobody knows how it is.
                let view =
                    cluster.view_now().filter(|view| cluster.trouble().is_none() && now.since(view.as_of) < FRESH);
                let Some(view) = view else { continue };
                watch::view(&mut look, &cluster.name, &view, rules);
                if rules.backup_failed && self.may_ask_tasks(&cluster.name) {
                    match cluster.client.cluster_tasks().await {
                        Ok(tasks) => {
                            let is_there = |vmid| view.guest(vmid).is_some();
                            watch::backups(&mut look, &cluster.name, &tasks, is_there);
                        }
                        Err(error) => tracing::debug!("the tasks of {} are not told: {error}", cluster.peer()),
                    }
                }
                views.insert(cluster.name.clone(), view);
            }
            look.whole.extend(firing.iter().filter(|a| self.is_nowhere(a, &views)).map(|a| a.fingerprint.clone()));
            // What is not looked at any more is no alert any more.
            let off = [
                (rules.backup_failed, "backup/"),
                (rules.job_stuck, "job/"),
                (!rules.overrun.is_zero(), "reservation/"),
            ];
            look.whole.extend(off.into_iter().filter(|(is_on, _)| !is_on).map(|(_, kind)| kind.to_owned()));
            let mut tx = self.store.read().await?;
            watch::devices(&mut look, &device_finding::all(&mut tx, MOST).await?, rules);
            if rules.job_stuck {
                let filter = job::Filter { account_id: None, status: Some(JobStatus::Stuck), limit: MOST, offset: 0 };
                watch::jobs(&mut look, &job::list(&mut tx, filter).await?.0);
            }
            if !rules.overrun.is_zero() {
                let ended = reservation::ended_within(&mut tx, now - ENDED, now - rules.overrun, MOST).await?;
                let running =
                    reservation::touching(&mut tx, now, now + Duration::from_millis(1), LONGEST_MS, MOST).await?;
                let guards = running.into_iter().filter(|held| held.status.guards());
                let taken: BTreeSet<ResourceKey> = guards.flat_map(|held| held.resources).map(|r| r.key).collect();
                let guest = |cluster: &ClusterName, vmid| {
                    views.get(cluster).and_then(|view| view.guest(vmid)).map(|guest| (guest.status, guest.uptime))
                };
                watch::reservations(&mut look, &ended, &taken, guest, now);
            }
            Ok(look)
        })
    }

    /// Whether an alert is of a cluster that is configured no more, or of a guest that is there no more.
    fn is_nowhere(&self, alert: &Alert, views: &BTreeMap<ClusterName, Arc<View>>) -> bool {
        let Some(of) = alert.labels.get("cluster") else { return false };
        if !self.lab.clusters().iter().any(|cluster| cluster.name.as_str() == of) {
            return true;
        }
        let vmid = alert.labels.get("vmid").and_then(|vmid| vmid.parse().ok());
        let view = views.iter().find(|(name, _)| name.as_str() == of);
        vmid.zip(view).is_some_and(|(vmid, (_, view))| view.guest(vmid).is_none())
    }

    fn may_ask_tasks(&self, cluster: &ClusterName) -> bool {
        let mut asked = self.watching.asked.lock().unwrap_or_else(PoisonError::into_inner);
        if asked.get(cluster).is_some_and(|at| at.elapsed() < self.rules.alerts.tasks) {
            return false;
        }
        asked.insert(cluster.clone(), Moment::now());
        true
    }
}

/// What is to be written: what is reported, and since when something waits, where that changed.
#[derive(Default)]
struct Steps {
    reports: Vec<Report>,
    waits: Vec<(String, Option<Instant>)>,
}

fn steps(look: &watch::Look, firing: &[Alert], pending: &BTreeMap<String, Instant>, now: Instant) -> Steps {
    let mut steps = Steps::default();
    let fires = |fingerprint: &str| firing.iter().any(|alert| alert.fingerprint == fingerprint);
    for seen in &look.seen {
        let fingerprint = &seen.report.fingerprint;
        let waited = pending.get(fingerprint).copied();
        let (said, waits) = watch::step(seen, fires(fingerprint), waited, now);
        if waits != waited {
            steps.waits.push((fingerprint.clone(), waits));
        }
        // What an alert that is over had to say is not what it says now: only its end counts.
        let report = said.map(|said| match said {
            Said::Firing => Report { ends: None, ..seen.report.clone() },
            Said::Resolved => Report { said, starts: None, ..seen.report.clone() },
        });
        steps.reports.extend(report);
    }
    for alert in firing.iter().filter(|alert| look.is_gone(&alert.fingerprint)) {
        steps.reports.push(Report::new(&alert.fingerprint, &alert.name, Said::Resolved));
    }
    for fingerprint in pending.keys().filter(|fingerprint| look.is_gone(fingerprint)) {
        steps.waits.push((fingerprint.clone(), None));
    }
    steps
}
