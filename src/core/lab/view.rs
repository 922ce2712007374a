//! One cluster at one instant, sorted for lists.

use direttore_clients::proxmox::Resources;
use direttore_domain::{Guest, GuestKind, GuestRef, GuestStatus, Instant, Node, Storage, Vmid};
use memchr::memmem::Finder;
use smol_str::SmolStr;
use std::{collections::HashMap, sync::Arc};

/// A guest and what it is sorted and searched by.
#[derive(Debug, Clone)]
pub struct Entry {
    /// The name in lower case; empty while the name is not known.
    pub key: SmolStr,
    /// The guest's own, once more: looking through ten thousand of them must not touch each guest's memory.
    pub vmid: Vmid,
    pub kind: GuestKind,
    pub status: GuestStatus,
    pub is_template: bool,
    pub guest: Arc<Guest>,
}

impl Entry {
    pub fn new(guest: Guest) -> Self {
        let key = guest.name.as_deref().map(lower).unwrap_or_default();
        let Guest { vmid, kind, status, is_template, .. } = guest;
        Self { key, vmid, kind, status, is_template, guest: Arc::new(guest) }
    }
}

/// Most names are lower-case ASCII already, and short enough to need no memory of their own.
fn lower(name: &str) -> SmolStr {
    let is_lower = name.bytes().all(|b| b.is_ascii() && !b.is_ascii_uppercase());
    if is_lower { name.into() } else { name.to_lowercase().into() }
}

/// The first bytes as a number of the same order: few names need a look beyond.
fn head(key: &str) -> u128 {
    let mut head = [0; 16];
    let length = key.len().min(head.len());
    head[..length].copy_from_slice(&key.as_bytes()[..length]);
    u128::from_be_bytes(head)
}

/// What a person looks for in a list of guests: a part of the name in any case, or the beginning of the VMID.
#[derive(Debug)]
pub struct Wanted {
    part: Finder<'static>,
    digits: Option<u32>,
}

impl Wanted {
    pub fn new(text: &str) -> Self {
        let part = lower(text);
        // No VMID begins with a zero.
        let is_number = part.bytes().all(|b| b.is_ascii_digit()) && !part.starts_with('0');
        let digits = if is_number { part.parse().ok() } else { None };
        Self { part: Finder::new(part.as_bytes()).into_owned(), digits }
    }

    pub fn fits(&self, entry: &Entry) -> bool {
        self.part.find(entry.key.as_bytes()).is_some() || self.digits.is_some_and(|d| begins(entry.vmid.get(), d))
    }
}

/// Whether `number` begins with the digits of `digits`.
fn begins(mut number: u32, digits: u32) -> bool {
    while number > digits {
        number /= 10;
    }
    number == digits
}

/// What `/cluster/resources` said, guests sorted by name and VMID, nodes and storages by name.
#[derive(Debug, Clone)]
pub struct View {
    pub guests: Vec<Entry>,
    /// How many of them are templates.
    pub templates: usize,
    pub nodes: Vec<Node>,
    pub storages: Vec<Storage>,
    /// When it was fetched.
    pub as_of: Instant,
}

impl View {
    pub fn new(resources: Resources, as_of: Instant) -> Self {
        let Resources { guests, mut nodes, mut storages } = resources;
        // Into a list of its own: collected in place, entries would keep the room of the larger guests.
        let mut entries = Vec::with_capacity(guests.len());
        entries.extend(guests.into_iter().map(Entry::new));
        nodes.sort_unstable_by(|a, b| a.name.cmp(&b.name));
        storages.sort_unstable_by(|a, b| (&a.node, &a.name).cmp(&(&b.node, &b.name)));
        let mut view = Self { guests: entries, templates: 0, nodes, storages, as_of };
        view.count();
        view.sort();
        view
    }

    /// Proxmox leaves out the name of a guest whose node is gone. People still call it by the name it had.
    pub(super) fn remember_names(&mut self, before: &Self) {
        let nameless = |e: &Entry| e.guest.name.is_none();
        if !self.guests.iter().any(nameless) {
            return;
        }
        let known: HashMap<Vmid, &String> =
            before.guests.iter().filter_map(|e| Some((e.guest.vmid, e.guest.name.as_ref()?))).collect();
        for entry in self.guests.iter_mut().filter(|e| nameless(e)) {
            if let Some(name) = known.get(&entry.guest.vmid) {
                *entry = Entry::new(Guest { name: Some((*name).clone()), ..Guest::clone(&entry.guest) });
            }
        }
        self.sort();
    }

    pub(super) fn add(&mut self, guest: Guest) {
        self.guests.push(Entry::new(guest));
        self.count();
        self.sort();
    }

    /// After guests came or went: lists say how many there are, and ten thousand are not counted each time.
    pub(super) fn count(&mut self) {
        self.templates = self.guests.iter().filter(|entry| entry.is_template).count();
    }

    fn sort(&mut self) {
        self.guests.sort_by_cached_key(|e| (head(&e.key), e.key.clone(), e.vmid));
    }

    pub fn guest(&self, vmid: Vmid) -> Option<&Arc<Guest>> {
        self.guests.iter().find(|e| e.vmid == vmid).map(|e| &e.guest)
    }

    /// All that [`GuestRef::find`] could take for the one meant, and few others: those of that name in any case, or the
    /// one with that VMID.
    pub fn candidates(&self, meant: &GuestRef) -> impl Iterator<Item = &Guest> + Clone {
        let named = meant.name().map(|name| {
            let key = lower(name);
            let start = self.guests.partition_point(|e| e.key.as_str() < key.as_str());
            let run = self.guests[start..].partition_point(|e| e.key == key);
            self.guests[start..start + run].iter().map(|e| e.guest.as_ref())
        });
        let numbered = if meant.name().is_none() { meant.vmid().and_then(|vmid| self.guest(vmid)) } else { None };
        named.into_iter().flatten().chain(numbered.map(AsRef::as_ref))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use direttore_domain::Refusal;

    fn guest(vmid: u32, name: Option<&str>, node: &str) -> Guest {
        Guest {
            cluster: "lab".parse().expect("a name"),
            vmid: Vmid::try_from(vmid).expect("in range"),
            kind: GuestKind::Vm,
            node: node.parse().expect("a name"),
            name: name.map(str::to_owned),
            status: GuestStatus::Running,
            is_template: false,
            cores: 1.0,
            cpu: 0.0,
            memory: 0,
            memory_used: 0,
            disk: 0,
            disk_used: 0,
            uptime: 0,
            pool: None,
            tags: vec![],
            lock: None,
            ha: None,
        }
    }

    #[test]
    fn what_a_person_looks_for() {
        let entry = Entry::new(guest(1012, Some("Web-ŻÓŁW2"), "pve1"));
        for (text, fits) in [
            ("web", true),
            ("WEB-żó", true),
            ("żółw", true),
            ("2", true),
            ("1", true),
            ("101", true),
            ("1012", true),
            ("10120", false),
            ("01", false),
            ("102", false),
            ("99999999999", false),
            ("x", false),
            ("", true),
        ] {
            assert_eq!(Wanted::new(text).fits(&entry), fits, "{text:?}");
        }
    }

    #[test]
    fn among_the_candidates_is_found_what_is_found_among_all() {
        let guests = [
            guest(105, Some("db1"), "pve3"),
            guest(101, Some("Web1"), "pve1"),
            guest(102, Some("ŻÓŁW"), "pve1"),
            guest(103, Some("db1"), "pve2"),
            guest(104, Some("db10"), "pve2"),
            guest(107, Some("104x"), "pve2"),
            guest(106, None, "pve2"),
        ];
        let view = View::new(Resources { guests: guests.into(), ..Resources::default() }, Instant::EPOCH);
        let all = || view.guests.iter().map(|e| e.guest.as_ref());
        let ways =
            "web1 WEB1 101 pve1/101 pve2/101 lab/web1 db1 pve3/db1 pve3/DB1 db10 db 104 106 104x ŻÓŁW żółw żÓŁw 999 a/";
        for given in ways.split(' ').chain(["web1 (101)", "web1 (102)", "db1 (103)", "a/b/c"]) {
            let meant: GuestRef = given.parse().expect("any short text");
            let code = |found: Result<&Guest, Refusal>| found.map(|g| g.vmid).map_err(|r| r.code());
            assert_eq!(code(meant.find(view.candidates(&meant))), code(meant.find(all())), "{given}");
        }
    }
}
