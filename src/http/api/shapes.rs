//! The bodies of the first direttore's paths, as they are written and as `/api/openapi.json` tells of them. What is
//! given is read by [`super::input`], which knows what to say of it; its shapes stand here for the description alone.

use direttore_domain::{AccountName, NodeName, StorageName, Upid, Vmid};
use serde::{Serialize, Serializer};
use serde_json::Value;
use utoipa::ToSchema;

/// RFC 6749, section 4.3.
#[derive(ToSchema)]
#[expect(dead_code, reason = "it is read field by field")]
pub struct SignIn {
    pub username: String,
    #[schema(format = Password)]
    pub password: String,
    /// Need not be said.
    #[schema(value_type = String, required = false, pattern = "^password$")]
    pub grant_type: Option<String>,
}

#[derive(ToSchema)]
#[expect(dead_code, reason = "it is read field by field")]
pub struct Refresh {
    pub refresh_token: String,
}

#[derive(Serialize, ToSchema)]
pub struct Tokens<'a> {
    /// A JWT; opens everything that its account may do.
    pub access_token: &'a str,
    /// A JWT that is used once, for new tokens.
    pub refresh_token: &'a str,
    /// `bearer`
    pub token_type: &'static str,
    /// Where the sign-in by the identity provider was begun from, when that was said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub return_to: Option<&'a str>,
}

#[derive(Serialize, ToSchema)]
pub struct Me {
    pub id: i64,
    #[schema(value_type = String)]
    pub username: AccountName,
    /// `admin`, `operator`, `viewer` or `none`
    pub role: &'static str,
    pub permissions: &'static [&'static str],
}

#[derive(Serialize, ToSchema)]
pub struct User {
    pub id: i64,
    #[schema(value_type = String)]
    pub username: AccountName,
    /// `admin`, `operator`, `viewer` or `none`
    pub role: &'static str,
    pub is_active: bool,
    pub permissions: &'static [&'static str],
}

#[derive(ToSchema)]
#[expect(dead_code, reason = "it is read field by field")]
pub struct NewUser {
    /// A letter, then letters, digits, `-`, `_` and `.`, 2 to 32 in all; kept in small letters.
    #[schema(min_length = 2, max_length = 32, pattern = "^[A-Za-z][A-Za-z0-9_.-]+$")]
    pub username: String,
    #[schema(format = Password, min_length = 8, max_length = 1024)]
    pub password: String,
    /// `viewer` when nothing is said
    #[schema(value_type = Option<RoleWord>)]
    pub role: Option<String>,
}

#[derive(ToSchema)]
#[expect(dead_code, reason = "it is read field by field")]
pub struct ChangedUser {
    #[schema(value_type = Option<RoleWord>)]
    pub role: Option<String>,
    pub is_active: Option<bool>,
    #[schema(format = Password, min_length = 8, max_length = 1024)]
    pub password: Option<String>,
}

/// As Proxmox tells of a node: bytes, seconds, and the share of its processors in use.
#[derive(Serialize, ToSchema)]
pub struct NodeRow {
    #[schema(value_type = String)]
    pub node: NodeName,
    /// `online`, `offline` or `unknown`
    pub status: String,
    pub cpu: f64,
    #[serde(serialize_with = "whole")]
    pub maxcpu: f64,
    pub mem: u64,
    pub maxmem: u64,
    pub disk: u64,
    pub maxdisk: u64,
    pub uptime: u64,
}

#[derive(Serialize, ToSchema)]
pub struct NetworkRow {
    pub iface: String,
    #[serde(rename = "type")]
    pub kind: String,
    /// 1 or 0
    pub active: u8,
    pub comments: String,
}

/// Bytes.
#[derive(Serialize, ToSchema)]
pub struct StorageRow {
    #[schema(value_type = String)]
    pub storage: StorageName,
    #[serde(rename = "type")]
    pub kind: String,
    /// `images,rootdir`
    pub content: String,
    pub avail: u64,
    pub total: u64,
    /// 1 or 0
    pub enabled: u8,
}

#[derive(Serialize, ToSchema)]
pub struct TemplateRow {
    /// `local:iso/debian-13.iso`
    pub volid: String,
    /// `iso` or `vztmpl`
    pub content: String,
    /// Bytes.
    pub size: u64,
}

#[derive(Serialize, ToSchema)]
pub struct GuestRow {
    #[schema(value_type = u32)]
    pub vmid: Vmid,
    pub name: String,
    /// `running`, `stopped`, `paused` or `unknown`
    pub status: &'static str,
    #[serde(serialize_with = "whole")]
    pub cpus: f64,
    /// Bytes.
    pub maxmem: u64,
    /// Seconds.
    pub uptime: u64,
    /// `qemu` or `lxc`
    #[serde(rename = "type")]
    pub kind: &'static str,
}

#[derive(ToSchema)]
#[expect(dead_code, reason = "it is read field by field")]
pub struct Nic {
    /// `vmbr0` when nothing is said
    pub bridge: Option<String>,
    #[schema(minimum = 1, maximum = 4094)]
    pub vlan: Option<u32>,
    /// Of a VM.
    #[schema(pattern = "^(virtio|e1000|rtl8139)$")]
    pub model: Option<String>,
    /// Of a container: `eth0`
    pub name: Option<String>,
    /// `10.0.10.5/24` or `dhcp`, which a container's is when nothing is said
    pub ip: Option<String>,
    pub gw: Option<String>,
    /// `2001:db8:10::5/64`, `auto` or `dhcp`
    pub ip6: Option<String>,
    pub gw6: Option<String>,
    /// With spaces between.
    pub dns: Option<String>,
}

#[derive(ToSchema)]
#[expect(dead_code, reason = "it is read field by field")]
pub struct NewVm {
    #[schema(minimum = 100, maximum = 999_999_999)]
    pub vmid: u32,
    /// A DNS label.
    #[schema(min_length = 1, max_length = 63, pattern = "^[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?$")]
    pub name: String,
    #[schema(minimum = 1, maximum = 128)]
    pub cores: Option<u32>,
    /// MiB
    #[schema(minimum = 64, maximum = 4_194_304)]
    pub memory: Option<u32>,
    /// `32G`
    #[schema(max_length = 20)]
    pub disk: Option<String>,
    pub storage: Option<String>,
    /// A volid; without one the disk is empty.
    pub iso: Option<String>,
    #[schema(max_items = 8)]
    pub nics: Option<Vec<Nic>>,
    #[schema(pattern = "^l26$")]
    pub ostype: Option<String>,
    pub start_after_create: Option<bool>,
    /// Why somebody's reservation is gone over.
    pub reason: Option<String>,
}

#[derive(ToSchema)]
#[expect(dead_code, reason = "it is read field by field")]
pub struct NewContainer {
    #[schema(minimum = 100, maximum = 999_999_999)]
    pub vmid: u32,
    /// A DNS label.
    #[schema(min_length = 1, max_length = 63, pattern = "^[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?$")]
    pub hostname: String,
    /// A volid: `local:vztmpl/debian-13-standard_13.1-2_amd64.tar.zst`
    #[schema(min_length = 1, max_length = 300)]
    pub template: String,
    #[schema(minimum = 1, maximum = 128)]
    pub cores: Option<u32>,
    /// MiB
    #[schema(minimum = 64, maximum = 4_194_304)]
    pub memory: Option<u32>,
    /// MiB
    #[schema(maximum = 4_194_304)]
    pub swap: Option<u32>,
    /// GiB
    #[schema(minimum = 1, maximum = 65_536)]
    pub disk_size: Option<u32>,
    pub storage: Option<String>,
    #[schema(max_items = 8)]
    pub nics: Option<Vec<Nic>>,
    pub unprivileged: Option<bool>,
    pub start_after_create: Option<bool>,
    /// Why somebody's reservation is gone over.
    pub reason: Option<String>,
}

/// What is done with a guest.
#[derive(ToSchema)]
#[schema(rename_all = "lowercase")]
#[expect(dead_code, reason = "it describes")]
pub enum Action {
    Start,
    Stop,
    Reboot,
    Shutdown,
    Delete,
}

#[derive(ToSchema)]
#[schema(rename_all = "lowercase")]
#[expect(dead_code, reason = "it describes")]
pub enum RoleWord {
    Admin,
    Operator,
    Viewer,
}

/// Proxmox has begun it.
#[derive(Serialize, ToSchema)]
pub struct Begun {
    #[schema(value_type = String)]
    pub upid: Upid,
    pub node: String,
    pub vmid: i64,
    /// What was asked for, where it was not a new guest.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub action: Option<String>,
}

#[derive(Serialize, ToSchema)]
pub struct TaskRow {
    #[schema(value_type = String)]
    pub upid: Upid,
    /// `running` or `stopped`
    pub status: &'static str,
    /// Proxmox' word for how it ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub exitstatus: Option<String>,
    #[schema(value_type = String)]
    pub node: NodeName,
}

/// Times are ISO 8601 without an offset, in `http.naive_zone`.
#[derive(ToSchema)]
#[expect(dead_code, reason = "it describes")]
pub struct Reservation {
    pub id: i64,
    pub title: String,
    pub requester: String,
    /// `vm` or `lxc`
    pub resource_type: String,
    pub proxmox_node: Option<String>,
    pub vmid: Option<u32>,
    pub start_dt: String,
    pub end_dt: String,
    /// `pending`, `active`, `completed` or `cancelled`
    pub status: String,
    pub notes: Option<String>,
}

/// A node that is given is reserved, a guest alone is reserved itself, and neither is a note.
#[derive(ToSchema)]
#[expect(dead_code, reason = "it is read field by field")]
pub struct NewReservation {
    #[schema(min_length = 1, max_length = 128)]
    pub title: String,
    /// ISO 8601 with an offset or without, or seconds since 1970; likewise below.
    pub start_dt: String,
    pub end_dt: String,
    #[schema(max_length = 128)]
    pub requester: Option<String>,
    #[schema(pattern = "^(vm|lxc)$")]
    pub resource_type: Option<String>,
    pub proxmox_node: Option<String>,
    pub vmid: Option<u32>,
    #[schema(max_length = 1000)]
    pub notes: Option<String>,
}

#[derive(ToSchema)]
#[expect(dead_code, reason = "it is read field by field")]
pub struct ChangedReservation {
    #[schema(min_length = 1, max_length = 128)]
    pub title: Option<String>,
    pub start_dt: Option<String>,
    pub end_dt: Option<String>,
    pub proxmox_node: Option<String>,
    pub vmid: Option<u32>,
    #[schema(pattern = "^(pending|active|completed|cancelled)$")]
    pub status: Option<String>,
    #[schema(max_length = 1000)]
    pub notes: Option<String>,
    /// Why somebody else's is changed.
    pub reason: Option<String>,
}

#[derive(ToSchema)]
#[expect(dead_code, reason = "it is read field by field")]
pub struct Allocation {
    #[schema(max_length = 150)]
    pub description: Option<String>,
}

/// Why it was refused: a text, or a list of what is wrong where.
#[derive(Serialize, ToSchema)]
pub struct Refusal {
    pub detail: Value,
}

/// Eight processors are 8; half a one stays 0.5.
fn whole<S: Serializer>(number: &f64, to: S) -> Result<S::Ok, S::Error> {
    if number.fract() == 0.0 && (0.0..1e15).contains(number) {
        to.serialize_u64(*number as u64)
    } else {
        to.serialize_f64(*number)
    }
}
