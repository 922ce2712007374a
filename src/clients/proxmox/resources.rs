//! The whole cluster in one answer: `GET /cluster/resources`.
//!
//! Its numbers are up to ten seconds old (longer on a slow storage); [`Proxmox::guest_now`] tells the truth of one guest.
//! The answer of a large cluster has megabytes, so it is read in one pass, row by row, borrowing its text.

use super::{
    Error, Proxmox,
    request::Request,
    wire::{self, Text},
};
use bytes::Bytes;
use direttore_domain::{
    ClusterName, Guest, GuestKind, GuestStatus, Node, NodeName, NodeStatus, PoolName, Storage, Tag, Vmid, text,
};
use serde::{
    Deserialize,
    de::{DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor},
};
use std::{borrow::Borrow, collections::HashSet, fmt, hash::Hash, str::FromStr};

/// In the order of the answer, which is none. Rows without a usable name or number are left out.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Resources {
    pub guests: Vec<Guest>,
    pub nodes: Vec<Node>,
    pub storages: Vec<Storage>,
}

/// A row as it is sent: a node, guest or storage; pools and networks have other fields, which are skipped.
#[derive(Debug, Clone, Deserialize)]
pub struct Row<'a> {
    #[serde(borrow, rename = "type", default, deserialize_with = "wire::text")]
    pub kind: Option<Text<'a>>,
    #[serde(default, deserialize_with = "wire::number")]
    pub vmid: Option<u64>,
    #[serde(borrow, default, deserialize_with = "wire::text")]
    pub node: Option<Text<'a>>,
    #[serde(borrow, default, deserialize_with = "wire::text")]
    pub name: Option<Text<'a>>,
    #[serde(borrow, default, deserialize_with = "wire::text")]
    pub status: Option<Text<'a>>,
    #[serde(default, deserialize_with = "wire::flag")]
    pub template: bool,
    #[serde(default, deserialize_with = "wire::float")]
    pub cpu: Option<f64>,
    #[serde(default, deserialize_with = "wire::float")]
    pub maxcpu: Option<f64>,
    #[serde(default, deserialize_with = "wire::number")]
    pub mem: Option<u64>,
    #[serde(default, deserialize_with = "wire::number")]
    pub maxmem: Option<u64>,
    #[serde(default, deserialize_with = "wire::number")]
    pub disk: Option<u64>,
    #[serde(default, deserialize_with = "wire::number")]
    pub maxdisk: Option<u64>,
    #[serde(default, deserialize_with = "wire::number")]
    pub uptime: Option<u64>,
    #[serde(borrow, default, deserialize_with = "wire::text")]
    pub pool: Option<Text<'a>>,
    #[serde(borrow, default, deserialize_with = "wire::text")]
    pub tags: Option<Text<'a>>,
    #[serde(borrow, default, deserialize_with = "wire::text")]
    pub lock: Option<Text<'a>>,
    #[serde(borrow, default, deserialize_with = "wire::text")]
    pub hastate: Option<Text<'a>>,
    #[serde(borrow, default, deserialize_with = "wire::text")]
    pub storage: Option<Text<'a>>,
    #[serde(borrow, default, deserialize_with = "wire::text")]
    pub plugintype: Option<Text<'a>>,
    #[serde(borrow, default, deserialize_with = "wire::text")]
    pub content: Option<Text<'a>>,
    #[serde(default, deserialize_with = "wire::flag")]
    pub shared: bool,
}

impl Proxmox {
    /// All guests, nodes and storages that we may see.
    ///
    /// # Errors
    /// As any call; [`Error::Garbage`] when the answer is no list of rows, so that a broken answer is never an empty cluster.
    pub async fn resources(&self) -> Result<Resources, Error> {
        parse_resources(self.cluster(), &self.resources_body().await?)
    }

    /// The same, unread: for [`parse_resources`].
    pub async fn resources_body(&self) -> Result<Bytes, Error> {
        self.send(&Request::get(&["cluster", "resources"])).await
    }
}

/// Reads an answer of `GET /cluster/resources`.
pub fn parse_resources(cluster: &ClusterName, body: &[u8]) -> Result<Resources, Error> {
    let text = wire::utf8(body);
    let mut json = serde_json::Deserializer::from_str(&text);
    let resources = Frame { cluster }.deserialize(&mut json).map_err(|e| wire::garbage(&e))?;
    json.end().map_err(|e| wire::garbage(&e))?;
    Ok(resources)
}

/// The rows alone: what reading such an answer costs at least.
pub fn parse_rows(body: &[u8]) -> Result<Vec<Row<'_>>, Error> {
    #[derive(Deserialize)]
    struct Rows<'a> {
        #[serde(borrow)]
        data: Vec<Row<'a>>,
    }
    match std::str::from_utf8(body) {
        Ok(text) => serde_json::from_str::<Rows<'_>>(text).map(|r| r.data).map_err(|e| wire::garbage(&e)),
        Err(_) => {
            let text = wire::utf8(body);
            let rows = serde_json::from_str::<Rows<'_>>(&text).map_err(|e| wire::garbage(&e))?;
            Ok(rows.data.into_iter().map(Row::into_owned).collect())
        }
    }
}

impl Row<'_> {
    fn into_owned(self) -> Row<'static> {
        let Self { vmid, template, cpu, maxcpu, mem, maxmem, disk, maxdisk, uptime, shared, .. } = self;
        Row {
            kind: self.kind.map(Text::into_owned),
            node: self.node.map(Text::into_owned),
            name: self.name.map(Text::into_owned),
            status: self.status.map(Text::into_owned),
            pool: self.pool.map(Text::into_owned),
            tags: self.tags.map(Text::into_owned),
            lock: self.lock.map(Text::into_owned),
            hastate: self.hastate.map(Text::into_owned),
            storage: self.storage.map(Text::into_owned),
            plugintype: self.plugintype.map(Text::into_owned),
            content: self.content.map(Text::into_owned),
            vmid,
            template,
            cpu,
            maxcpu,
            mem,
            maxmem,
            disk,
            maxdisk,
            uptime,
            shared,
        }
    }

    fn guest(&self, kind: GuestKind, cluster: &ClusterName, names: &mut Names) -> Option<Guest> {
        Some(Guest {
            cluster: cluster.clone(),
            vmid: Vmid::try_from(u32::try_from(self.vmid?).ok()?).ok()?,
            kind,
            node: shared(&mut names.nodes, part(&self.node)?)?,
            name: shown(&self.name),
            status: match part(&self.status) {
                Some("running") => GuestStatus::Running,
                Some("stopped") => GuestStatus::Stopped,
                Some("paused") => GuestStatus::Paused,
                _ => GuestStatus::Unknown,
            },
            is_template: self.template,
            cores: self.maxcpu.unwrap_or_default(),
            cpu: self.cpu.unwrap_or_default(),
            memory: self.maxmem.unwrap_or_default(),
            memory_used: self.mem.unwrap_or_default(),
            disk: self.maxdisk.unwrap_or_default(),
            disk_used: self.disk.unwrap_or_default(),
            uptime: self.uptime.unwrap_or_default(),
            pool: part(&self.pool).and_then(|p| shared(&mut names.pools, p)),
            tags: part(&self.tags)
                .map_or_else(Vec::new, |t| list(t).filter_map(|t| shared(&mut names.tags, t)).collect()),
            lock: shown(&self.lock),
            ha: shown(&self.hastate),
        })
    }

    fn node(&self, cluster: &ClusterName) -> Option<Node> {
        Some(Node {
            cluster: cluster.clone(),
            name: part(&self.node)?.parse().ok()?,
            status: match part(&self.status) {
                Some("online") => NodeStatus::Online,
                Some("offline") => NodeStatus::Offline,
                _ => NodeStatus::Unknown,
            },
            cores: self.maxcpu,
            cpu: self.cpu,
            memory: self.maxmem,
            memory_used: self.mem,
            disk: self.maxdisk,
            disk_used: self.disk,
            uptime: self.uptime,
        })
    }

    fn storage(&self, cluster: &ClusterName) -> Option<Storage> {
        Some(Storage {
            cluster: cluster.clone(),
            node: part(&self.node)?.parse().ok()?,
            name: part(&self.storage)?.parse().ok()?,
            plugin: shown(&self.plugintype).unwrap_or_default(),
            is_available: part(&self.status) == Some("available"),
            is_shared: self.shared,
            content: part(&self.content).map_or_else(Vec::new, |c| list(c).map(text::visible).collect()),
            size: self.maxdisk.unwrap_or_default(),
            used: self.disk.unwrap_or_default(),
        })
    }
}

/// The names of one answer, each once in memory however many guests have it.
#[derive(Default)]
struct Names {
    nodes: HashSet<NodeName>,
    pools: HashSet<PoolName>,
    tags: HashSet<Tag>,
}

fn shared<T: FromStr + Clone + Eq + Hash + Borrow<str>>(names: &mut HashSet<T>, text: &str) -> Option<T> {
    if let Some(name) = names.get(text) {
        return Some(name.clone());
    }
    let name: T = text.parse().ok()?;
    names.insert(name.clone());
    Some(name)
}

fn part<'a>(field: &'a Option<Text<'_>>) -> Option<&'a str> {
    field.as_ref().map(Text::as_str)
}

fn shown(field: &Option<Text<'_>>) -> Option<String> {
    part(field).map(text::visible)
}

/// Proxmox's lists in one text: any of `,`, `;` and blanks between the items.
fn list(text: &str) -> impl Iterator<Item = &str> {
    text.split([',', ';', ' ', '\0']).filter(|t| !t.is_empty())
}

/// Reads `{"data":[…]}` into [`Resources`] without a list of rows in between.
struct Frame<'c> {
    cluster: &'c ClusterName,
}

impl<'de> DeserializeSeed<'de> for Frame<'_> {
    type Value = Resources;
    fn deserialize<D: Deserializer<'de>>(self, d: D) -> Result<Resources, D::Error> {
        d.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Frame<'_> {
    type Value = Resources;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object with data")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Resources, A::Error> {
        #[derive(Deserialize)]
        #[serde(field_identifier, rename_all = "lowercase")]
        enum Key {
            Data,
            #[serde(other)]
            Other,
        }
        let mut found = None;
        while let Some(key) = map.next_key()? {
            match key {
                Key::Data => found = Some(map.next_value_seed(Rows { cluster: self.cluster })?),
                Key::Other => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        found.ok_or_else(|| A::Error::missing_field("data"))
    }
}

struct Rows<'c> {
    cluster: &'c ClusterName,
}

impl<'de> DeserializeSeed<'de> for Rows<'_> {
    type Value = Resources;
    fn deserialize<D: Deserializer<'de>>(self, d: D) -> Result<Resources, D::Error> {
        d.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for Rows<'_> {
    type Value = Resources;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of rows")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Resources, A::Error> {
        let (mut all, mut names) = (Resources::default(), Names::default());
        while seq.next_element_seed(Next { cluster: self.cluster, all: &mut all, names: &mut names })?.is_some() {}
        Ok(all)
    }
}

/// Puts one row where it belongs. A row is large, so it is used where it was read, and not handed around.
struct Next<'c> {
    cluster: &'c ClusterName,
    all: &'c mut Resources,
    names: &'c mut Names,
}

impl<'de> DeserializeSeed<'de> for Next<'_> {
    type Value = ();
    fn deserialize<D: Deserializer<'de>>(self, d: D) -> Result<(), D::Error> {
        let Self { cluster, all, names } = self;
        let row = Row::deserialize(d)?;
        match part(&row.kind) {
            Some("qemu") => all.guests.extend(row.guest(GuestKind::Vm, cluster, names)),
            Some("lxc") => all.guests.extend(row.guest(GuestKind::Container, cluster, names)),
            Some("node") => all.nodes.extend(row.node(cluster)),
            Some("storage") => all.storages.extend(row.storage(cluster)),
            _ => {}
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
