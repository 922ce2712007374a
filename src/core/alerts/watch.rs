//! Our own rules: what is seen of the lab, the reservations and the jobs, as something that is bad, good, or neither.
//!
//! [`step`] turns that into reports: something must be bad for a while before it fires, and good for a while, or by more
//! than it was bad, before it is over. Since when it is so is kept outside.

use super::{Report, Said};
use crate::{lab::View, reserve::END_OWED, rules::Alerts};
use direttore_clients::proxmox::{Task, TaskState};
use direttore_domain::{AtEnd, ClusterName, GuestStatus, Instant, NodeStatus, ResourceKey, Severity, Vmid, text};
use direttore_store::{
    device_finding::{Finding, Kind},
    job::JobRow,
    reservation::Reservation,
};
use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

/// A guest that was started so shortly after an end was started by somebody else's hand.
const STARTED: Duration = Duration::from_secs(60);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    Bad,
    /// Neither: or it cannot be told.
    Between,
    Good,
}

/// One thing that a rule looks at, as it is now.
#[derive(Debug, Clone, PartialEq)]
pub struct Seen {
    /// What is reported where it is bad.
    pub report: Report,
    pub level: Level,
    /// For how long it must be bad until it fires, and good until it is over.
    pub wait: Duration,
}

/// All that was looked at.
#[derive(Debug, Default)]
pub struct Look {
    pub seen: Vec<Seen>,
    /// Of these kinds everything that is bad was seen: what is not among it is good. Each is how fingerprints begin.
    pub whole: Vec<String>,
}

impl Look {
    fn see(&mut self, report: Report, level: Level, wait: Duration) {
        self.seen.push(Seen { report: report.cut(), level, wait });
    }

    /// What of the alerts that fire is not among what was seen, and is good because of it.
    pub fn is_gone(&self, fingerprint: &str) -> bool {
        self.whole.iter().any(|kind| fingerprint.starts_with(kind.as_str()))
            && !self.seen.iter().any(|seen| seen.report.fingerprint == fingerprint)
    }
}

/// What is to be done about one thing: what is reported of it, and since when it waits.
pub fn step(seen: &Seen, is_firing: bool, waits: Option<Instant>, now: Instant) -> (Option<Said>, Option<Instant>) {
    let goes_on = match (is_firing, seen.level) {
        (false, Level::Bad) | (true, Level::Good) => waits.unwrap_or(now),
        _ => return (None, None),
    };
    if now.since(goes_on) < seen.wait {
        return (None, Some(goes_on));
    }
    (Some(if is_firing { Said::Resolved } else { Said::Firing }), None)
}

fn labels(pairs: &[(&str, &dyn ToString)]) -> BTreeMap<String, String> {
    pairs.iter().map(|(key, value)| ((*key).to_owned(), value.to_string())).collect()
}

/// Nodes that are offline, storages that are full.
pub fn view(look: &mut Look, cluster: &ClusterName, view: &View, rules: &Alerts) {
    look.whole.extend([format!("node/{cluster}/"), format!("storage/{cluster}/")]);
    if !rules.node_offline.is_zero() {
        for node in &view.nodes {
            let level = match node.status {
                NodeStatus::Offline => Level::Bad,
                NodeStatus::Unknown => Level::Between,
                NodeStatus::Online => Level::Good,
            };
            let report = Report {
                severity: Severity::Critical,
                summary: format!("{} is offline", node.name),
                labels: labels(&[("cluster", cluster), ("node", &node.name)]),
                ..Report::new(&format!("node/{cluster}/{}", node.name), "node-offline", Said::Firing)
            };
            look.see(report, level, rules.node_offline);
        }
    }
    if rules.storage == 0 {
        return;
    }
    let mut shared: BTreeSet<&str> = BTreeSet::new();
    // A shared storage is one, whichever node tells of it; one that tells something is asked first.
    let (tell, silent): (Vec<_>, Vec<_>) = view.storages.iter().partition(|s| s.is_available && s.size > 0);
    for storage in tell.into_iter().chain(silent) {
        if storage.is_shared && !shared.insert(storage.name.as_str()) {
            continue;
        }
        let percent = percent(storage.used, storage.size);
        let level = match percent {
            _ if !storage.is_available || storage.size == 0 => Level::Between,
            percent if percent >= rules.storage => Level::Bad,
            percent if percent < rules.storage_back => Level::Good,
            _ => Level::Between,
        };
        let place = if storage.is_shared { "shared".to_owned() } else { storage.node.to_string() };
        let on = if storage.is_shared { String::new() } else { format!(" on {}", storage.node) };
        let mut labels = labels(&[("cluster", cluster), ("storage", &storage.name)]);
        if !storage.is_shared {
            labels.insert("node".to_owned(), storage.node.to_string());
        }
        let report = Report {
            summary: format!("{}{on} is {percent} % full", storage.name),
            labels,
            ..Report::new(&format!("storage/{cluster}/{place}/{}", storage.name), "storage-full", Said::Firing)
        };
        look.see(report, level, Duration::ZERO);
    }
}

/// Whole percents, so that what is shown is what was compared.
fn percent(used: u64, size: u64) -> u32 {
    let whole = u128::from(used) * 100 / u128::from(size.max(1));
    u32::try_from(whole).unwrap_or(u32::MAX)
}

/// Backups by the cluster's newest tasks: the last of each guest, and of each node's jobs of several guests.
/// `is_there` tells whether the cluster has a guest.
pub fn backups(look: &mut Look, cluster: &ClusterName, tasks: &[Task], is_there: impl Fn(Vmid) -> bool) {
    let mut newest: BTreeMap<String, &Task> = BTreeMap::new();
    for task in tasks.iter().filter(|task| task.upid.task_type == "vzdump") {
        let TaskState::Ended(_) = task.state else { continue };
        if task.upid.vmid().is_some_and(|vmid| !is_there(vmid)) {
            continue;
        }
        let subject = match task.upid.vmid() {
            Some(vmid) => format!("backup/{cluster}/{vmid}"),
            None => format!("backup/{cluster}/{}", task.upid.node),
        };
        let is_newer = |other: &&Task| other.ended.max(Some(other.upid.started())) < task.ended;
        if newest.get(&subject).is_none_or(is_newer) {
            newest.insert(subject, task);
        }
    }
    for (fingerprint, task) in newest {
        let TaskState::Ended(exit) = &task.state else { continue };
        let level = if exit.is_success() { Level::Good } else { Level::Bad };
        let mut labels = labels(&[("cluster", cluster), ("node", &task.upid.node), ("task", &task.upid)]);
        let of = match task.upid.vmid() {
            Some(vmid) => {
                labels.insert("vmid".to_owned(), vmid.get().to_string());
                format!("guest {}", vmid.get())
            }
            None => format!("{}'s guests", task.upid.node),
        };
        let report = Report {
            severity: Severity::Critical,
            summary: format!("the backup of {of} failed: {}", text::shorten(&exit.to_string(), 150)),
            labels,
            starts: task.ended,
            ends: task.ended,
            ..Report::new(&fingerprint, "backup-failed", Said::Firing)
        };
        look.see(report, level, Duration::ZERO);
    }
}

/// What backups found wrong with network devices.
pub fn devices(look: &mut Look, found: &[Finding], rules: &Alerts) {
    look.whole.extend(["drift/", "device-backup/"].map(str::to_owned));
    for one in found {
        let (is_on, name, kind) = match one.kind {
            Kind::Drift => (rules.drift, "config-drift", "drift"),
            Kind::Backup => (rules.backup_failed, "device-backup-failed", "device-backup"),
        };
        if !is_on {
            continue;
        }
        let report = Report {
            summary: one.summary.clone(),
            description: one.detail.clone(),
            labels: labels(&[("device", &one.name)]),
            starts: Some(one.found),
            ..Report::new(&format!("{kind}/{}", one.device), name, Said::Firing)
        };
        look.see(report, Level::Bad, Duration::ZERO);
    }
}

/// Jobs that wait for a person.
pub fn jobs(look: &mut Look, stuck: &[JobRow]) {
    look.whole.push("job/".to_owned());
    for job in stuck {
        let report = Report {
            summary: format!("{} is stuck: {}", job.id, job.title),
            description: job.error.clone().unwrap_or_default(),
            labels: labels(&[("job", &job.id)]),
            starts: job.ended,
            ..Report::new(&format!("job/{}", job.id), "job-stuck", Said::Firing)
        };
        look.see(report, Level::Bad, Duration::ZERO);
    }
}

/// Reservations that ended a while ago, whose end is not done yet. `taken` is what somebody has now, `guest` finds a guest's
/// state and for how many seconds it runs.
pub fn reservations(
    look: &mut Look,
    ended: &[Reservation],
    taken: &BTreeSet<ResourceKey>,
    guest: impl Fn(&ClusterName, Vmid) -> Option<(GuestStatus, u64)>,
    now: Instant,
) {
    look.whole.push("reservation/".to_owned());
    for held in ended {
        let ago = now.since(held.ends);
        let runs = |key: &ResourceKey| {
            let ResourceKey::Guest(cluster, vmid) = key else { return false };
            let was_on = guest(cluster, *vmid).is_some_and(|(status, uptime)| {
                status == GuestStatus::Running && Duration::from_secs(uptime) + STARTED >= ago
            });
            was_on && !taken.contains(key)
        };
        let still: Vec<&str> = match held.acts.end {
            AtEnd::Shutdown => held.resources.iter().filter(|r| runs(&r.key)).map(|r| r.name.as_str()).collect(),
            _ => vec![],
        };
        let is_owed = held.reminded & END_OWED != 0;
        if still.is_empty() && !is_owed {
            continue;
        }
        let what = match still.is_empty() {
            false => format!("{} ended, and {} still runs", held.id, text::list(&still)),
            true => format!("{} ended, and what the lab was to do then is not done", held.id),
        };
        let report = Report {
            summary: what,
            description: held.title.clone(),
            labels: labels(&[("reservation", &held.id), ("holder", &held.holder)]),
            starts: Some(held.ends),
            ..Report::new(&format!("reservation/{}", held.id), "reservation-overrun", Said::Firing)
        };
        look.see(report, Level::Bad, Duration::ZERO);
    }
}

#[cfg(test)]
mod tests;
