//! A backup of network devices: fetched several at once, kept in the history, noted in the index, brought to the remote.
//!
//! Done again it keeps nothing twice, and what the history has and the index has not is noted then. A text that is no
//! configuration is a failed backup, never a change.

use super::{Apply, allocate_addresses::ipam, hold_guest::retry};
use crate::{
    devices::{Devices, Kept, Target, name},
    ipam::Ipam,
    jobs::{
        breakpoint::{Place, reached},
        step::{StepCx, StepError},
    },
};
use direttore_clients::netbox::{Device, DeviceFilter, Error};
use direttore_domain::{Instant, device::last_change, text};
use direttore_store::{
    device_finding::{self, Finding, Kind},
    device_version::{self, NewVersion, Taken, Version},
};
use futures::{StreamExt, stream};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::sync::Arc;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BackUpDevices {
    /// Numbers in NetBox and names; none for all that can be logged in to.
    pub devices: Vec<(u64, String)>,
    /// As each commit says it.
    pub why: String,
    /// By the lab itself.
    pub is_scheduled: bool,
}

/// Asked about at once; how many are logged in to is the pool's affair.
const AT_ONCE: usize = 256;

/// As many lines of results are shown.
const ROWS: usize = 50;

/// Of a difference, for who looks at the alert.
const DETAIL: usize = 1500;

/// One device that was meant.
struct Fetched {
    id: u64,
    name: String,
    came: Result<Came, String>,
}

struct Came {
    target: Target,
    raw: String,
    /// What was kept before, with its blob.
    before: Option<(String, String)>,
}

/// What became of one, for the table.
struct Row {
    device: String,
    result: &'static str,
    note: String,
}

impl BackUpDevices {
    async fn rows(&self, devices: &Devices, ipam: &Ipam) -> Result<Vec<Result<Device, (u64, String)>>, StepError> {
        let told = |e: Error| StepError::Retry(crate::ipam::failure(&e).to_string());
        if self.devices.is_empty() {
            let all = ipam.client.devices(&DeviceFilter::default()).await.map_err(told)?;
            return Ok(all.into_iter().filter(|row| devices.is_ready(row)).map(Ok).collect());
        }
        let one = async |(id, name): &(u64, String)| match ipam.client.device(*id).await {
            Ok(row) => Ok(Ok(row)),
            Err(Error::NotFound { .. }) => Ok(Err((*id, name.clone()))),
            Err(error) => Err(told(error)),
        };
        let mut rows = Vec::new();
        let mut coming = stream::iter(self.devices.iter().map(one)).buffered(16);
        while let Some(row) = coming.next().await {
            rows.push(row?);
        }
        Ok(rows)
    }

    async fn fetch(&self, cx: &StepCx, devices: &Devices, ipam: &Ipam) -> Result<Vec<Fetched>, StepError> {
        let rows = self.rows(devices, ipam).await?;
        let of = rows.len();
        let mut coming = stream::iter(rows.into_iter().map(|row| fetch(devices, row))).buffer_unordered(AT_ONCE);
        let mut all: Vec<Fetched> = Vec::new();
        loop {
            tokio::select! {
                came = coming.next() => match came {
                    None => break,
                    Some(came) => {
                        let percent = (all.len() + 1) * 100 / of.max(1);
                        cx.progress(u8::try_from(percent).ok(), Some(&format!("{} is asked", came.name)));
                        all.push(came);
                    }
                },
                () = cx.pause(cx.settings.heartbeat) => {}
            }
            // What is on its way is given up with the stream.
            if cx.is_lost() {
                return Err(StepError::Lost);
            }
            if cx.wants_cancel() {
                return Err(StepError::Cancelled(None));
            }
        }
        all.sort_by(|a, b| (&a.name, a.id).cmp(&(&b.name, b.id)));
        Ok(all)
    }

    /// Who changed a device, where it does not say so itself: whoever asked looked at it at least.
    fn author(&self, cx: &StepCx, raw: &str) -> Option<String> {
        let said = last_change(raw).and_then(|change| change.who);
        said.or_else(|| (!self.is_scheduled).then(|| cx.asker().1.to_owned()))
    }

    /// What one device's index and findings have to say after it was kept.
    async fn judge(&self, cx: &StepCx, devices: &Devices, one: &Judged<'_>) -> Result<Verdict, StepError> {
        let Judged { target, came, kept, at } = one;
        let failed = |failure: direttore_domain::Failure| StepError::Retry(failure.to_string());
        let mut tx = cx.store.read().await.map_err(retry)?;
        let noted = device_version::list(&mut tx, target.id, 20).await.map_err(retry)?;
        let pushed = device_version::newest(&mut tx, target.id, Some(Taken::Push)).await.map_err(retry)?;
        drop(tx);
        let mut version = kept.cloned();
        let newest_blob =
            version.as_ref().map(|v| v.blob.clone()).or(came.before.as_ref().map(|(_, blob)| blob.clone()));
        if version.is_none() && newest_blob.is_some() && noted.first().map(|v| &v.blob) != newest_blob.as_ref() {
            // Whoever kept it died before it was noted, or another program did.
            version = devices.walk(&target.name, target.group.as_deref(), 1).await.map_err(failed)?.into_iter().next();
        }
        let is_ours = |v: &Version| v.job == Some(cx.job);
        let is_changed = version.is_some() || noted.first().is_some_and(is_ours);
        let before = noted.iter().find(|v| !is_ours(v));
        let against = match (&pushed, before) {
            (Some(pushed), _) => Some(&pushed.blob),
            (None, Some(before)) if is_changed => Some(&before.blob),
            _ => None,
        };
        let diff = match against {
            Some(blob) => devices.drift(target, &devices.text(blob).await.map_err(failed)?, &came.raw),
            None => direttore_domain::device::Diff::default(),
        };
        let change = last_change(&came.raw).map(|change| match change.who {
            Some(who) => format!(", last by {who} at {}", change.when),
            None => format!(", last at {}", change.when),
        });
        let change = change.unwrap_or_default();
        let drift = (!diff.is_empty()).then(|| Finding {
            device: target.id,
            kind: Kind::Drift,
            name: target.name.clone(),
            summary: format!(
                "{} was changed otherwise than by a push: {} and {}{change}",
                target.name,
                lines(diff.added, "more"),
                lines(diff.removed, "less"),
            ),
            detail: text::shorten(&diff.text, DETAIL),
            found: *at,
        });
        Ok(Verdict { version, is_changed, is_first: before.is_none(), drift, change })
    }
}

struct Judged<'a> {
    target: &'a Target,
    came: &'a Came,
    /// What the history made of it now.
    kept: Option<&'a direttore_clients::history::Version>,
    at: Instant,
}

struct Verdict {
    /// To be noted.
    version: Option<direttore_clients::history::Version>,
    is_changed: bool,
    is_first: bool,
    drift: Option<Finding>,
    change: String,
}

fn lines(count: usize, how: &str) -> String {
    format!("{count} {} {how}", if count == 1 { "line" } else { "lines" })
}

async fn fetch(devices: &Devices, row: Result<Device, (u64, String)>) -> Fetched {
    let row = match row {
        Ok(row) => row,
        Err((id, name)) => return Fetched { id, name, came: Err("NetBox has it no more".to_owned()) },
    };
    let came = async {
        let target = devices.target(&row).await.map_err(|trouble| words(&trouble))?;
        // First of all: a name that no file can have is one device's trouble.
        let before = devices.kept(&target).await.map_err(|failure| failure.to_string())?;
        let last = before.as_ref().map(|(text, _)| text.as_str());
        let raw = devices.fetch_running(&target, last).await.map_err(|failure| failure.to_string())?;
        Ok(Came { target, raw, before })
    };
    Fetched { id: row.id, name: name(&row).to_owned(), came: came.await }
}

fn words(trouble: &direttore_domain::Trouble) -> String {
    use direttore_domain::Trouble;
    match trouble {
        Trouble::Refusal(refusal) => refusal.to_string(),
        Trouble::Failure(failure) => failure.to_string(),
        Trouble::Bug(bug) => bug.to_string(),
    }
}

fn devices(cx: &StepCx) -> Result<Arc<Devices>, StepError> {
    // Gone from the configuration: it may come back with the next start.
    cx.lab.need_devices().cloned().map_err(|refusal| StepError::Retry(refusal.to_string()))
}

impl Apply for BackUpDevices {
    const NAME: &'static str = "back-up-devices";

    async fn apply(&self, cx: &StepCx) -> Result<Value, StepError> {
        if cx.wants_cancel() {
            return Err(StepError::Cancelled(None));
        }
        let (devices, ipam) = (devices(cx)?, ipam(cx)?);
        let all = self.fetch(cx, &devices, ipam).await?;
        let at = cx.clock.now();
        let kept = all.iter().filter_map(|one| one.came.as_ref().ok()).map(|came| Kept {
            target: came.target.clone(),
            raw: came.raw.clone(),
            author: self.author(cx, &came.raw),
        });
        let why = format!("{} ({})", self.why, cx.job);
        let kept = devices.record(kept.collect(), &why, at).await.map_err(|f| StepError::Fail(f.to_string()))?;
        reached(Place::Answered, Self::NAME);
        let mut verdicts = Vec::new();
        for one in &all {
            let Ok(came) = &one.came else { continue };
            let found = kept.iter().find(|(kept, _)| kept.target.id == came.target.id).map(|(_, version)| version);
            let judged = Judged { target: &came.target, came, kept: found, at };
            verdicts.push((came.target.id, self.judge(cx, &devices, &judged).await?));
        }
        self.note(cx, &all, &verdicts, at).await?;
        reached(Place::Stored, Self::NAME);
        let remote = devices.push_history().await.err().map(|failure| failure.to_string());
        if self.is_scheduled
            && !kept.is_empty()
            && let Err(failure) = devices.pack_history().await
        {
            tracing::debug!("the history is not packed: {failure}");
        }
        let rows: Vec<Row> = all.iter().map(|one| row(one, &verdicts)).collect();
        let failed = rows.iter().filter(|row| row.result == "failed").count();
        if failed == rows.len() && failed > 0 {
            return Err(StepError::Fail(none(&rows)));
        }
        Ok(told(rows, remote))
    }
}

impl BackUpDevices {
    async fn note(
        &self,
        cx: &StepCx,
        all: &[Fetched],
        verdicts: &[(i64, Verdict)],
        at: Instant,
    ) -> Result<(), StepError> {
        let mut tx = cx.store.write().await.map_err(retry)?;
        for one in all {
            let Ok(device) = i64::try_from(one.id) else { continue };
            let Some((_, verdict)) = verdicts.iter().find(|(id, _)| *id == device) else {
                let why = one.came.as_ref().err().cloned().unwrap_or_default();
                let summary = format!("{} could not be backed up: {why}", one.name);
                let (name, detail) = (one.name.clone(), String::new());
                let finding = Finding { device, kind: Kind::Backup, name, summary, detail, found: at };
                device_finding::set(&mut tx, &finding).await.map_err(retry)?;
                continue;
            };
            if let Some(version) = &verdict.version {
                let new = NewVersion {
                    device,
                    name: &one.name,
                    blob: &version.blob,
                    commit: &version.commit,
                    author: &version.author,
                    why: &self.why,
                    taken: Taken::Backup,
                    job: Some(cx.job),
                    at: version.at,
                };
                device_version::add(&mut tx, &new).await.map_err(retry)?;
            }
            device_finding::clear(&mut tx, device, Kind::Backup).await.map_err(retry)?;
            match &verdict.drift {
                Some(drift) => device_finding::set(&mut tx, drift).await.map_err(retry)?,
                None => device_finding::clear(&mut tx, device, Kind::Drift).await.map_err(retry)?,
            }
        }
        if self.devices.is_empty() {
            // What is found wrong with a device that is nobody's any more is no news.
            let is_there = |id: i64| all.iter().any(|one| i64::try_from(one.id) == Ok(id));
            for finding in device_finding::all(&mut tx, i64::MAX).await.map_err(retry)? {
                if !is_there(finding.device) {
                    device_finding::clear(&mut tx, finding.device, finding.kind).await.map_err(retry)?;
                }
            }
        }
        tx.commit().await.map_err(retry)
    }
}

fn row(one: &Fetched, verdicts: &[(i64, Verdict)]) -> Row {
    let device = one.name.clone();
    let came = match &one.came {
        Ok(came) => came,
        Err(why) => return Row { device, result: "failed", note: why.clone() },
    };
    let verdict = verdicts.iter().find(|(id, _)| *id == came.target.id).map(|(_, verdict)| verdict);
    match verdict.filter(|verdict| verdict.is_changed) {
        Some(verdict) if verdict.is_first => {
            Row { device, result: "new", note: lines(came.raw.lines().count(), "kept") }
        }
        Some(verdict) => {
            let note = verdict.change.trim_start_matches(", ").to_owned();
            Row { device, result: "changed", note }
        }
        None => Row { device, result: "unchanged", note: String::new() },
    }
}

/// Why nothing at all was backed up.
fn none(rows: &[Row]) -> String {
    let each = rows.iter().take(5).map(|row| match rows.len() {
        1 => row.note.clone(),
        _ => format!("{}: {}", row.device, row.note),
    });
    let each: Vec<String> = each.collect();
    match rows.len() {
        1 => format!("{} could not be backed up: {}", rows[0].device, each.join("")),
        count => format!("none of {count} devices could be backed up: {}", each.join("; ")),
    }
}

fn told(mut rows: Vec<Row>, remote: Option<String>) -> Value {
    let order = ["failed", "changed", "new", "unchanged"];
    rows.sort_by_key(|row| order.iter().position(|result| *result == row.result));
    let count = |result: &str| rows.iter().filter(|row| row.result == result).count();
    let shown =
        rows.iter().take(ROWS).map(|row| json!({ "device": row.device, "result": row.result, "note": row.note }));
    let label = match rows.as_slice() {
        [one] => one.device.clone(),
        rows => format!("{} devices", rows.len()),
    };
    json!({
        "what": "devices-backed-up",
        "label": label,
        "rows": shown.collect::<Vec<_>>(),
        "total": rows.len(),
        "more": rows.len().saturating_sub(ROWS),
        "changed": count("changed") + count("new"),
        "failed": count("failed"),
        "remote": remote,
        "is_news": count("unchanged") < rows.len() || remote.is_some(),
    })
}
