//! One guest: its present state, configuration, power and end.

use super::{Error, Proxmox, request::Request, wire};
use direttore_domain::{GuestKind, GuestStatus, NodeName, Power, Upid, Vmid, text};
use serde::Deserialize;
use std::{collections::BTreeMap, time::Duration};

/// Where a guest is. It may move at any time: look its node up before each call.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct GuestAt {
    pub node: NodeName,
    pub kind: GuestKind,
    pub vmid: Vmid,
}

impl GuestAt {
    /// A path below the guest's own.
    pub(super) fn request(&self, make: fn(&[&str]) -> Request, below: &[&str]) -> Request {
        let vmid = self.vmid.to_string();
        let mut path = vec!["nodes", self.node.as_str(), self.kind.api_name(), vmid.as_str()];
        path.extend(below);
        make(&path)
    }
}

/// The truth about a guest at this moment.
#[derive(Debug, Clone, PartialEq)]
pub struct GuestNow {
    /// Paused is told from running here.
    pub status: GuestStatus,
    pub name: Option<String>,
    /// The running operation that holds its configuration; `suspended` means suspended to disk.
    pub lock: Option<String>,
    pub is_template: bool,
    /// Then power tasks end as soon as the wish is noted, and the guest follows later.
    pub is_ha_managed: bool,
    pub ha_state: Option<String>,
    /// Seconds since its start.
    pub uptime: u64,
    /// Share of its processors in use, 0.0 to 1.0.
    pub cpu: f64,
    pub cores: f64,
    /// Bytes.
    pub memory: u64,
    pub memory_used: u64,
    pub disk: u64,
    pub disk_used: u64,
    /// Process number on its node while it runs. Another one means that it was started anew.
    pub pid: Option<u64>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GuestConfig {
    /// Changes with every change of the configuration.
    pub digest: String,
    /// All other keys. Values are visible; line feeds in them stay.
    pub values: BTreeMap<String, String>,
}

#[derive(Deserialize)]
struct StatusRow {
    #[serde(default, deserialize_with = "wire::string")]
    status: Option<String>,
    #[serde(default, deserialize_with = "wire::string")]
    qmpstatus: Option<String>,
    #[serde(default, deserialize_with = "wire::string")]
    name: Option<String>,
    #[serde(default, deserialize_with = "wire::string")]
    lock: Option<String>,
    #[serde(default, deserialize_with = "wire::flag")]
    template: bool,
    #[serde(default, deserialize_with = "wire::or_default")]
    ha: HaRow,
    #[serde(default, deserialize_with = "wire::number")]
    uptime: Option<u64>,
    #[serde(default, deserialize_with = "wire::float")]
    cpu: Option<f64>,
    #[serde(default, deserialize_with = "wire::float")]
    cpus: Option<f64>,
    #[serde(default, deserialize_with = "wire::number")]
    mem: Option<u64>,
    #[serde(default, deserialize_with = "wire::number")]
    maxmem: Option<u64>,
    #[serde(default, deserialize_with = "wire::number")]
    disk: Option<u64>,
    #[serde(default, deserialize_with = "wire::number")]
    maxdisk: Option<u64>,
    #[serde(default, deserialize_with = "wire::number")]
    pid: Option<u64>,
}

#[derive(Deserialize, Default)]
struct HaRow {
    #[serde(default, deserialize_with = "wire::flag")]
    managed: bool,
    #[serde(default, deserialize_with = "wire::string")]
    state: Option<String>,
}

impl From<StatusRow> for GuestNow {
    fn from(row: StatusRow) -> Self {
        let status = match (row.status.as_deref(), row.qmpstatus.as_deref()) {
            (Some("running"), Some("paused")) => GuestStatus::Paused,
            (Some("running"), _) => GuestStatus::Running,
            (Some("stopped"), _) => GuestStatus::Stopped,
            _ => GuestStatus::Unknown,
        };
        Self {
            status,
            name: row.name.as_deref().map(text::visible),
            lock: row.lock.as_deref().map(text::visible),
            is_template: row.template,
            is_ha_managed: row.ha.managed,
            ha_state: row.ha.state.as_deref().map(text::visible),
            uptime: row.uptime.unwrap_or_default(),
            cpu: row.cpu.unwrap_or_default(),
            cores: row.cpus.unwrap_or_default(),
            memory: row.maxmem.unwrap_or_default(),
            memory_used: row.mem.unwrap_or_default(),
            disk: row.maxdisk.unwrap_or_default(),
            disk_used: row.disk.unwrap_or_default(),
            pid: row.pid.filter(|pid| *pid > 0),
        }
    }
}

impl Proxmox {
    /// # Errors
    /// [`Error::NotFound`] when the guest is not on that node.
    pub async fn guest_now(&self, at: &GuestAt) -> Result<GuestNow, Error> {
        self.call::<StatusRow>(&at.request(Request::get, &["status", "current"])).await.map(GuestNow::from)
    }

    /// The configuration with pending changes in it, as the next start will see it.
    ///
    /// # Errors
    /// [`Error::NotFound`] when the guest is not on that node.
    pub async fn guest_config(&self, at: &GuestAt) -> Result<GuestConfig, Error> {
        let rows: BTreeMap<String, serde_json::Value> = self.call(&at.request(Request::get, &["config"])).await?;
        let mut values: BTreeMap<String, String> = rows
            .into_iter()
            .filter_map(|(key, value)| {
                let value = match value {
                    serde_json::Value::Null => return None,
                    serde_json::Value::String(text) => text,
                    serde_json::Value::Bool(flag) => u8::from(flag).to_string(),
                    // A container's raw `lxc` keys are lists of pairs: shown as they are, nobody reads them here.
                    other => other.to_string(),
                };
                Some((text::visible(&key), text::visible_lines(&value)))
            })
            .collect();
        let digest = values.remove("digest").unwrap_or_default();
        Ok(GuestConfig { digest, values })
    }

    /// Starts a power task. `timeout` is how long Proxmox waits for the guest, where it can be said.
    ///
    /// # Errors
    /// [`Error::AlreadySo`] when the guest is in that state already; [`Error::Refused`] for what it cannot do in its state.
    pub async fn power(&self, at: &GuestAt, power: Power, timeout: Option<Duration>) -> Result<Upid, Error> {
        let vm = at.kind == GuestKind::Vm;
        if power == Power::Reset && !vm {
            let why = "a container has no reset".to_owned();
            return Err(Error::Refused { status: 501, why, errors: BTreeMap::new() });
        }
        // Containers take a time only where they are asked to end by themselves.
        let takes_time = match power {
            Power::Shutdown | Power::Reboot => true,
            Power::Start | Power::Stop => vm,
            Power::Reset | Power::Suspend | Power::Resume => false,
        };
        let request = at
            .request(Request::post, &["status", power.as_str()])
            .with_some("timeout", timeout.filter(|_| takes_time).map(|t| t.as_secs()))
            // A shutdown that still waits for the guest holds its lock, and a stop would wait behind it.
            .with_flag("overrule-shutdown", power == Power::Stop);
        self.start_task(&request).await.map_err(|error| unless_already(power, error))
    }

    /// Destroys a guest. `purge` also takes it out of backup, replication and HA jobs.
    ///
    /// # Errors
    /// [`Error::NotFound`] when it is gone already; [`Error::Refused`] when it runs or is protected.
    pub async fn guest_delete(&self, at: &GuestAt, purge: bool) -> Result<Upid, Error> {
        self.start_task(&at.request(Request::delete, &[]).with_flag("purge", purge)).await
    }
}

/// "not running" is what a stop wants and a reboot cannot use: only the former is no error.
fn unless_already(power: Power, error: Error) -> Error {
    match error {
        Error::AlreadySo { why } => {
            let is_wanted = match power {
                Power::Start => why.ends_with("already running"),
                Power::Shutdown | Power::Stop => why.ends_with("not running"),
                Power::Reboot | Power::Reset | Power::Suspend | Power::Resume => false,
            };
            match is_wanted {
                true => Error::AlreadySo { why },
                false => Error::Refused { status: 500, why, errors: BTreeMap::new() },
            }
        }
        other => other,
    }
}

#[cfg(test)]
mod tests;
