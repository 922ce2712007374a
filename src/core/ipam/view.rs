//! NetBox at one instant: what lists, completions and wizards show.

use super::{Settings, ground};
use direttore_clients::netbox::{Address, Cluster, Device, Prefix, Range, Ref, Site, Vlan, VlanGroup, Vrf};
use direttore_domain::{HostAddress, Instant, Pond, PondOf, Refusal, VlanId, allocation::Ground, nearest::nearest};
use memchr::memmem::Finder;
use std::{collections::HashMap, net::IpAddr};

/// What NetBox was asked for.
pub(super) struct Lists {
    pub prefixes: Vec<Prefix>,
    pub addresses: Vec<Address>,
    pub ranges: Vec<Range>,
    pub vlans: Vec<Vlan>,
    pub groups: Vec<VlanGroup>,
    pub vrfs: Vec<Vrf>,
    pub sites: Vec<Site>,
    pub clusters: Vec<Cluster>,
    pub devices: Vec<Device>,
}

/// A prefix and what it is searched and sorted by.
#[derive(Debug, Clone)]
pub struct PrefixEntry {
    pub row: Prefix,
    /// Everything that a person may look for, in lower case.
    pub key: String,
    /// Addresses that could be handed out, and why none may be, when none may be.
    pub free: u128,
    pub closed: Option<&'static str>,
}

impl PrefixEntry {
    /// As it is said: `10.0.10.0/24`, with `@` and the VRF where it is in one.
    pub fn name(&self) -> String {
        let vrf = self.row.vrf.as_ref().map(|v| v.name.clone());
        Pond { what: PondOf::Prefix(self.row.prefix), vrf }.to_string()
    }

    pub fn can_give(&self) -> bool {
        self.closed.is_none() && self.free > 0
    }
}

/// Everything, sorted for lists.
#[derive(Debug, Clone)]
pub struct View {
    /// Those that can give an address first, then by address and VRF.
    pub prefixes: Vec<PrefixEntry>,
    pub vlans: Vec<Vlan>,
    pub vrfs: Vec<Vrf>,
    pub sites: Vec<Site>,
    pub clusters: Vec<Cluster>,
    /// By name; those without one last.
    pub devices: Vec<Device>,
    /// Addresses that bear a mark of ours and that nothing has: those that may be given back. By number.
    pub ours: Vec<Address>,
    /// Whether NetBox has the tag and the custom field that direttore would fill.
    pub has_tag: bool,
    pub has_job_field: bool,
    /// When it was fetched.
    pub as_of: Instant,
}

fn id_of(vrf: Option<&Ref>) -> u64 {
    vrf.map_or(0, |v| v.id)
}

impl View {
    pub(super) fn new(lists: Lists, settings: &Settings, has_tag: bool, has_job_field: bool, as_of: Instant) -> Self {
        let Lists { prefixes, addresses, ranges, mut vlans, groups, vrfs, mut sites, mut clusters, mut devices } =
            lists;
        let mut tables: HashMap<u64, Table> = HashMap::new();
        for address in &addresses {
            let table = tables.entry(id_of(address.vrf.as_ref())).or_default();
            table.used.push(address.address.address());
            if ground::is_gateway(address, settings) {
                table.gateways.push(address.address);
            }
        }
        for prefix in &prefixes {
            tables.entry(id_of(prefix.vrf.as_ref())).or_default().prefixes.push(prefix.prefix);
        }
        for range in &ranges {
            let ends = (range.start.address(), range.end.address());
            tables.entry(id_of(range.vrf.as_ref())).or_default().ranges.push(ends);
        }
        for table in tables.values_mut() {
            table.used.sort_unstable();
            table.gateways.sort_unstable_by_key(|g| g.address());
            table.prefixes.sort_unstable();
            table.ranges.sort_unstable();
        }
        let nothing = Table::default();
        let mut entries: Vec<PrefixEntry> = prefixes
            .into_iter()
            .map(|row| {
                let table = tables.get(&id_of(row.vrf.as_ref())).unwrap_or(&nothing);
                let free = table.ground(&row, settings).room(&table.used);
                PrefixEntry { key: key(&row), free, closed: ground::closed(&row), row }
            })
            .collect();
        entries.sort_by_cached_key(|e| (!e.can_give(), e.row.prefix, e.row.vrf.as_ref().map(|v| v.name.clone())));
        let sites_of_groups: HashMap<u64, Ref> = groups.into_iter().filter_map(|g| Some((g.id, g.site?))).collect();
        for vlan in vlans.iter_mut().filter(|vlan| vlan.site.is_none()) {
            // A VLAN of a group has the group's scope in place of a site.
            vlan.site = vlan.group.as_ref().and_then(|group| sites_of_groups.get(&group.id)).cloned();
        }
        vlans.sort_by(|a, b| (a.vid, &a.name).cmp(&(b.vid, &b.name)));
        sites.sort_by(|a, b| a.name.cmp(&b.name));
        clusters.sort_by(|a, b| a.name.cmp(&b.name));
        devices.sort_by(|a, b| (a.name.is_none(), &a.name).cmp(&(b.name.is_none(), &b.name)));
        let is_ours = |a: &Address| a.assigned.is_none() && settings.marks.job_in(&a.description).is_some();
        let mut ours: Vec<Address> = addresses.into_iter().filter(is_ours).collect();
        ours.sort_by_key(|a| a.address);
        Self { prefixes: entries, vlans, vrfs, sites, clusters, devices, ours, has_tag, has_job_field, as_of }
    }

    /// The prefixes of which a part of the text, VLAN, site, VRF or description is as looked for, in any case.
    pub fn find<'v>(&'v self, text: &str) -> impl Iterator<Item = &'v PrefixEntry> + use<'v> {
        let part = Finder::new(text.to_lowercase().as_bytes()).into_owned();
        self.prefixes.iter().filter(move |e| part.find(e.key.as_bytes()).is_some())
    }

    /// The VRF of that name, in any case, or of that route distinguisher.
    ///
    /// # Errors
    /// `no-such-vrf` with the nearest name.
    pub fn vrf(&self, name: &str) -> Result<&Vrf, Refusal> {
        let is_it = |v: &&Vrf| v.name.eq_ignore_ascii_case(name) || v.rd.as_deref() == Some(name);
        self.vrfs.iter().find(is_it).ok_or_else(|| Refusal::NoSuch {
            what: "VRF",
            given: name.to_owned(),
            nearest: nearest(name, self.vrfs.iter().map(|v| v.name.as_str())).map(str::to_owned),
            has: self.vrfs.iter().map(|v| v.name.clone()).collect(),
        })
    }

    /// That network of the global table.
    pub fn of_network(&self, prefix: direttore_domain::Prefix) -> Option<&PrefixEntry> {
        self.prefixes.iter().find(|e| e.row.prefix == prefix && e.row.vrf.is_none())
    }

    /// The smallest network of the global table that holds the address, and is no container.
    pub fn around(&self, address: IpAddr) -> Option<direttore_domain::Prefix> {
        let holds =
            |e: &&PrefixEntry| e.row.vrf.is_none() && e.row.status != "container" && e.row.prefix.contains(address);
        self.prefixes.iter().filter(holds).map(|e| e.row.prefix).max_by_key(|p| p.length())
    }

    /// The VLAN of that number, where there is one alone: several sites may have the same.
    pub fn vlan(&self, vid: VlanId) -> Option<&Vlan> {
        let mut all = self.vlans.iter().filter(|v| v.vid == vid);
        all.next().filter(|_| all.next().is_none())
    }
}

fn key(row: &Prefix) -> String {
    let name = |r: &Option<Ref>| r.as_ref().map(|r| r.name.clone()).unwrap_or_default();
    let vlan = row.vlan.as_ref().map(|v| format!("{} {}", v.vid, v.name)).unwrap_or_default();
    let parts =
        [row.prefix.to_string(), vlan, name(&row.site), name(&row.vrf), name(&row.role), row.description.clone()];
    parts.join("\n").to_lowercase()
}

/// One routing table, sorted.
#[derive(Default)]
struct Table {
    used: Vec<IpAddr>,
    gateways: Vec<HostAddress>,
    prefixes: Vec<direttore_domain::Prefix>,
    ranges: Vec<(IpAddr, IpAddr)>,
}

impl Table {
    /// As [`ground`] would find it by asking: here for thousands of prefixes at once.
    fn ground(&self, row: &Prefix, settings: &Settings) -> Ground {
        let prefix = row.prefix;
        let (first, last) = (prefix.network(), prefix.last());
        let mut ground = Ground::new(prefix);
        let start = self.prefixes.partition_point(|p| p.network() < first);
        let within = self.prefixes[start..].iter().take_while(|p| p.network() <= last);
        ground.children = within.filter(|p| prefix.covers(**p) && **p != prefix).copied().collect();
        ground.ranges = self.ranges.iter().filter(|(from, to)| *from <= last && first <= *to).copied().collect();
        let start = self.gateways.partition_point(|g| g.address() < first);
        let within = self.gateways[start..].iter().take_while(|g| g.address() <= last);
        // One of another length is the gateway of a prefix within.
        let known = within.filter(|g| g.length() == prefix.length()).map(|g| g.address()).next();
        ground.gateway = ground::recorded_gateway(row, settings).or(known).or(Some(prefix.first_host()));
        ground
    }
}
