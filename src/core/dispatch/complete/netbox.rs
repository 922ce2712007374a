//! What NetBox' view has for a key press. Whatever is offered is made for those few alone: there may be thousands.

use super::{super::choices::told_prefix, Choice, MOST};
use crate::ipam::{self, Device, PrefixEntry, Ref, View};
use direttore_catalog::Kind;
use direttore_domain::{Family, grant::Touches};
use memchr::memmem::Finder;
use std::collections::BTreeSet;

/// Whether the asker's grants let the command reach something.
type Reach<'r> = &'r dyn Fn(Touches<'_>) -> bool;

/// Values of a kind, by what was typed of them; of devices only those within reach.
pub(super) fn choices(view: &View, kind: Kind, typed: &str, reach: Reach<'_>) -> Vec<Choice> {
    let reached = || view.devices.iter().filter(move |device| reach(ipam::touches(device)));
    match kind {
        Kind::Prefix => named(prefixes(view, typed, |_| true)),
        Kind::Pond => named(prefixes(view, typed, PrefixEntry::can_give)),
        Kind::Ipv4 => wished(view, typed, Family::V4),
        Kind::Ipv6 => wished(view, typed, Family::V6),
        Kind::Vlan => vlans(view, typed),
        Kind::Device => devices(reached, typed),
        Kind::Site => {
            let part = Part::new(typed);
            let fits = view.sites.iter().filter(|s| part.is_in(&s.name) || part.is_in(&s.slug));
            fits.take(MOST).map(|s| (s.name.clone(), s.status.clone())).collect()
        }
        Kind::Tenant => slugs(view.tenants(), typed),
        Kind::DeviceRole => slugs(reached().filter_map(|device| device.role.as_ref()), typed),
        Kind::Tag => {
            let tags: BTreeSet<&str> = reached().flat_map(|d| &d.tags).map(String::as_str).collect();
            let fits = tags.into_iter().filter(|tag| tag.starts_with(&typed.to_lowercase()));
            fits.take(MOST).map(|tag| (tag.to_owned(), String::new())).collect()
        }
        Kind::Address => addresses(view, typed),
        _ => vec![],
    }
}

/// Each once, by its slug, with its name beside it.
fn slugs<'v>(all: impl Iterator<Item = &'v Ref>, typed: &str) -> Vec<Choice> {
    let part = Part::new(typed);
    let all: BTreeSet<(&str, &str)> = all.filter_map(|r| Some((r.slug.as_deref()?, r.name.as_str()))).collect();
    let fits = all.into_iter().filter(|(slug, name)| part.is_in(slug) || part.is_in(name));
    fits.take(MOST).map(|(slug, name)| (slug.to_owned(), name.to_owned())).collect()
}

/// A part of a name, in any case.
struct Part {
    lower: String,
    finder: Finder<'static>,
}

impl Part {
    fn new(typed: &str) -> Self {
        let lower = typed.to_lowercase();
        Self { finder: Finder::new(lower.as_bytes()).into_owned(), lower }
    }

    fn is_in(&self, text: &str) -> bool {
        // Names are ASCII as good as always: what is lower case already is not copied.
        match text.bytes().any(|b| b.is_ascii_uppercase() || !b.is_ascii()) {
            false => self.finder.find(text.as_bytes()).is_some(),
            true => self.finder.find(text.to_lowercase().as_bytes()).is_some(),
        }
    }
}

/// Any part of its text, VLAN, site or description finds a prefix; those that can give an address come first.
fn prefixes<'v>(
    view: &'v View,
    typed: &str,
    fits: impl Fn(&PrefixEntry) -> bool,
) -> impl Iterator<Item = &'v PrefixEntry> {
    view.find(typed).filter(move |e| fits(e)).take(MOST)
}

fn named<'v>(entries: impl Iterator<Item = &'v PrefixEntry>) -> Vec<Choice> {
    entries.map(|e| (e.name(), told_prefix(e))).collect()
}

/// `netbox:10.0.10.0/24`, by what stands behind the colon, or while its word is being typed.
fn wished(view: &View, typed: &str, family: Family) -> Vec<Choice> {
    const WORD: &str = "netbox:";
    let text = match typed.strip_prefix(WORD) {
        Some(text) => text,
        None if WORD.starts_with(typed) => "",
        None => typed,
    };
    let entries = prefixes(view, text, |e| e.can_give() && e.row.prefix.family() == family);
    entries.map(|e| (format!("{WORD}{}", e.name()), told_prefix(e))).collect()
}

/// By number, or by a part of the name. A number that several VLANs have is offered once.
fn vlans(view: &View, typed: &str) -> Vec<Choice> {
    let part = Part::new(typed);
    let mut out: Vec<Choice> = Vec::new();
    for vlan in &view.vlans {
        let number = vlan.vid.to_string();
        if (number.starts_with(typed) || part.is_in(&vlan.name)) && out.last().is_none_or(|(last, _)| *last != number) {
            let site = vlan.site.as_ref().map(|s| format!(", {}", s.name)).unwrap_or_default();
            out.push((number, format!("{}{site}", vlan.name)));
        }
        if out.len() == MOST {
            break;
        }
    }
    out
}

/// Those whose name begins so, then those whose name holds it.
fn devices<'v, I: Iterator<Item = &'v Device>>(all: impl Fn() -> I, typed: &str) -> Vec<Choice> {
    let part = Part::new(typed);
    let names = || all().filter_map(|d| Some((d.name.as_deref()?, d)));
    let begins = |name: &str| name.get(..typed.len()).is_some_and(|start| start.eq_ignore_ascii_case(typed));
    let first = names().filter(|(name, _)| begins(name));
    let rest = names().filter(|(name, _)| !begins(name) && part.is_in(name));
    let name_of = |r: &Option<Ref>| r.as_ref().map(|r| r.name.clone());
    let told = |(name, device): (&str, &Device)| {
        let words: Vec<String> = [name_of(&device.role), name_of(&device.site)].into_iter().flatten().collect();
        (name.to_owned(), words.join(", "))
    };
    let mut out: Vec<Choice> = first.chain(rest).take(MOST).map(told).collect();
    // A name that several devices have is one value.
    out.dedup_by(|a, b| a.0 == b.0);
    out
}

/// Whether somebody who says this means the device, as far as a key press can tell.
pub(super) fn is_called(device: &Device, given: &str) -> bool {
    let is_it = |name: &str| name.eq_ignore_ascii_case(given.trim());
    device.name.as_deref().is_some_and(is_it) || is_it(&device.display) || is_it(&device.id.to_string())
}

/// Those of ours that nothing has: what may be given back. By any part of address or DNS name.
fn addresses(view: &View, typed: &str) -> Vec<Choice> {
    let part = Part::new(typed);
    let fits = view.ours.iter().filter_map(|row| {
        let bare = row.address.address().to_string();
        (bare.contains(&part.lower) || part.is_in(&row.dns_name)).then_some((bare, row.dns_name.clone()))
    });
    fits.take(MOST).collect()
}

#[cfg(test)]
mod tests;
