//! Tasks of Proxmox: what runs, how it ended, what it said.

use super::{Error, Proxmox, error::tidy, request::Request, wire};
use direttore_domain::{Instant, NodeName, Upid, Vmid, text};
use serde::Deserialize;
use std::{collections::BTreeMap, fmt};

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Task {
    pub upid: Upid,
    pub state: TaskState,
    pub ended: Option<Instant>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TaskState {
    Running,
    Ended(Exit),
}

/// How a task ended. Warnings are a success.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Exit {
    Ok,
    Warnings(u32),
    /// What Proxmox says; `unexpected status` means that its worker was killed.
    Failed(String),
}

impl Exit {
    /// From `exitstatus`.
    pub fn parse(given: &str) -> Self {
        let given = given.trim();
        match given.strip_prefix("WARNINGS:").map(|n| n.trim().parse()) {
            Some(Ok(n)) => Self::Warnings(n),
            _ if given == "OK" => Self::Ok,
            _ => Self::Failed(tidy(given)),
        }
    }

    pub fn is_success(&self) -> bool {
        !matches!(self, Self::Failed(_))
    }

    /// The end as the error that the same text would be in an answer: [`Error::Locked`], [`Error::AlreadySo`],
    /// [`Error::NotFound`], else [`Error::Refused`].
    pub fn into_result(self) -> Result<(), Error> {
        match self {
            Self::Ok | Self::Warnings(_) => Ok(()),
            Self::Failed(text) => Err(Error::of_business_text(500, &text, BTreeMap::new())),
        }
    }
}

impl fmt::Display for Exit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ok => f.write_str("OK"),
            Self::Warnings(n) => write!(f, "WARNINGS: {n}"),
            Self::Failed(text) => f.write_str(text),
        }
    }
}

/// Which tasks of a node to list. A token sees only its own ones without Sys.Audit on the node.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TaskFilter {
    pub vmid: Option<Vmid>,
    /// `qmstart`, `vzsnapshot`, …
    pub task_type: Option<String>,
    pub source: Source,
    /// Started at or after this (whole seconds).
    pub since: Option<Instant>,
    /// Proxmox's own limit is 50.
    pub limit: Option<u32>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Source {
    #[default]
    All,
    /// Running ones, and those that ended a moment ago.
    Active,
    /// Ended ones.
    Archive,
}

impl Source {
    fn as_str(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Active => "active",
            Self::Archive => "archive",
        }
    }
}

#[derive(Deserialize)]
struct Row {
    #[serde(default, deserialize_with = "wire::string")]
    upid: Option<String>,
    #[serde(default, deserialize_with = "wire::string")]
    status: Option<String>,
    #[serde(default, deserialize_with = "wire::number")]
    endtime: Option<u64>,
}

#[derive(Deserialize)]
struct StatusRow {
    #[serde(default, deserialize_with = "wire::string")]
    status: Option<String>,
    #[serde(default, deserialize_with = "wire::string")]
    exitstatus: Option<String>,
}

#[derive(Deserialize)]
struct LogRow {
    #[serde(default, deserialize_with = "wire::number")]
    n: Option<u64>,
    #[serde(default, deserialize_with = "wire::string")]
    t: Option<String>,
}

impl Proxmox {
    /// Tasks that started on a node, the newest first.
    pub async fn tasks(&self, node: &NodeName, filter: &TaskFilter) -> Result<Vec<Task>, Error> {
        let request = Request::get(&["nodes", node.as_str(), "tasks"])
            .with("source", filter.source.as_str())
            .with_some("vmid", filter.vmid)
            .with_some("typefilter", filter.task_type.as_deref())
            .with_some("since", filter.since.map(Instant::seconds))
            .with_some("limit", filter.limit);
        self.call(&request).await.map(listed)
    }

    /// Running tasks and up to 25 that ended of each node of the cluster, the newest first. A token sees none of them without
    /// Sys.Audit on `/`, not even its own.
    pub async fn cluster_tasks(&self) -> Result<Vec<Task>, Error> {
        self.call(&Request::get(&["cluster", "tasks"])).await.map(listed)
    }

    /// # Errors
    /// [`Error::NotFound`] when the node does not know it (any more); [`Error::Unavailable`] when the node is offline.
    pub async fn task_state(&self, upid: &Upid) -> Result<TaskState, Error> {
        let row: StatusRow = self.call(&task(Request::get, upid, &["status"])).await?;
        match (row.status.as_deref(), row.exitstatus) {
            (Some("stopped"), exit) => Ok(TaskState::Ended(Exit::parse(&exit.unwrap_or("unexpected status".into())))),
            (Some("running"), _) => Ok(TaskState::Running),
            (other, _) => {
                let why = format!("a task is running or stopped, not {:?}", tidy(other.unwrap_or_default()));
                Err(Error::Garbage { why })
            }
        }
    }

    /// Lines of a task's log from line `start` (the first is 0), at most `limit`; 0 means to the end.
    /// To follow it, ask from the number of lines seen so far.
    pub async fn task_log(&self, upid: &Upid, start: u64, limit: u64) -> Result<Vec<String>, Error> {
        let request = task(Request::get, upid, &["log"]).with("start", start).with("limit", limit);
        self.call(&request).await.map(lines)
    }

    /// Asks a running task to stop; it ends with `received interrupt`.
    ///
    /// # Errors
    /// [`Error::Denied`] for another's task without Sys.Modify on the node.
    pub async fn stop_task(&self, upid: &Upid) -> Result<(), Error> {
        self.tell(&task(Request::delete, upid, &[])).await
    }
}

/// A path of a task, on the node that it names: no other node knows it.
fn task(make: fn(&[&str]) -> Request, upid: &Upid, below: &[&str]) -> Request {
    let name = upid.to_string();
    let mut path = vec!["nodes", upid.node.as_str(), "tasks", name.as_str()];
    path.extend(below);
    make(&path)
}

fn listed(rows: Vec<Row>) -> Vec<Task> {
    let mut all: Vec<Task> = rows
        .into_iter()
        .filter_map(|row| {
            let upid = row.upid?.parse().ok()?;
            let ended = row.endtime.and_then(|s| i64::try_from(s).ok()).map(Instant::from_seconds);
            let state = match row.status.as_deref() {
                Some("RUNNING") => TaskState::Running,
                Some(exit) => TaskState::Ended(Exit::parse(exit)),
                None if ended.is_none() => TaskState::Running,
                None => TaskState::Ended(Exit::Failed("unexpected status".to_owned())),
            };
            Some(Task { upid, state, ended })
        })
        .collect();
    all.sort_by_key(|task| std::cmp::Reverse(task.upid.order()));
    // A task that ends while the list is made stands in both sources.
    all.dedup_by(|later, earlier| {
        let same = later.upid == earlier.upid;
        if same && earlier.state == TaskState::Running {
            std::mem::swap(later, earlier);
        }
        same
    });
    all
}

fn lines(mut rows: Vec<LogRow>) -> Vec<String> {
    // Proxmox's stand-in for an empty log.
    if let [only] = rows.as_slice()
        && only.n == Some(1)
        && only.t.as_deref() == Some("no content")
    {
        return Vec::new();
    }
    rows.sort_by_key(|row| row.n);
    rows.into_iter().map(|row| text::visible(&row.t.unwrap_or_default())).collect()
}

#[cfg(test)]
mod tests;
