//! `/inventory devices`: from NetBox' view; those that we can log in to first, then by name.

use super::{address, name};
use crate::{
    handlers::{Cx, device::reached, ipam},
    ipam::View,
    plan::{Outcome, Say, page_of},
};
use direttore_clients::netbox::{Device, Ref};
use direttore_domain::{Refusal, Trouble, nearest::nearest};
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::BTreeSet;

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Input {
    find: Option<String>,
    site: Option<String>,
    role: Option<String>,
    tag: Option<String>,
    platform: Option<String>,
    status: Option<String>,
    page: Option<usize>,
}

pub async fn plan(cx: &Cx, ask: Input) -> Result<Outcome, Trouble> {
    let ipam = cx.lab.need_ipam()?;
    let view = ipam.view().await?;
    let mut found = select(&view, &ask)?;
    found.retain(|device| reached(cx, device).is_ok());
    let has_login = |d: &&Device| d.custom.get("credential").is_some_and(|c| !c.is_null());
    found.sort_by_key(|d| !has_login(d));
    let (rows, pages) = page_of(&found, ask.page.unwrap_or(1));
    let rows: Vec<Value> = rows.iter().map(|device| row(device)).collect();
    let data = json!({ "rows": rows, "total": found.len(), "pages": pages, "stale": ipam::stale(ipam, &view) });
    Ok(Say { pages: Some(pages), ..Say::new("inventory_devices", data) }.into())
}

/// What a device is called in one respect.
type Words = fn(&Device) -> Vec<&str>;

/// The devices that are as asked for, in the view's order.
///
/// # Errors
/// A site that there is not, or a word that is said of no device at all.
pub(super) fn select<'v>(view: &'v View, ask: &Input) -> Result<Vec<&'v Device>, Refusal> {
    let mut found: Vec<&Device> = view.devices.iter().collect();
    if let Some(given) = &ask.site {
        let site = ipam::site(view, given)?.id;
        found.retain(|d| d.site.as_ref().is_some_and(|s| s.id == site));
    }
    let by: [(&str, &Option<String>, Words); 4] = [
        ("role", &ask.role, |d| names(d.role.as_ref())),
        ("tag", &ask.tag, |d| d.tags.iter().map(String::as_str).collect()),
        ("platform", &ask.platform, |d| names(d.platform.as_ref())),
        ("status", &ask.status, |d| vec![d.status.as_str()]),
    ];
    for (option, given, words) in by {
        let Some(given) = given.as_deref().map(str::trim) else { continue };
        let has = |d: &Device| words(d).iter().any(|word| word.eq_ignore_ascii_case(given));
        if !view.devices.iter().any(has) && !view.devices.is_empty() {
            return Err(unknown(option, given, view.devices.iter().filter_map(|d| words(d).first().copied())));
        }
        found.retain(|d| has(d));
    }
    let part = ask.find.as_deref().unwrap_or_default().trim().to_lowercase();
    found.retain(|d| part.is_empty() || holds(d, &part));
    Ok(found)
}

/// Those of a site, a role and with a tag.
///
/// # Errors
/// As [`select`].
pub(in crate::handlers) fn fitting(
    view: &View,
    site: Option<String>,
    role: Option<String>,
    tag: Option<String>,
) -> Result<Vec<&Device>, Refusal> {
    select(view, &Input { site, role, tag, ..Input::default() })
}

/// A slug is what NetBox' links say, a name what its pages show: either will do.
fn names(of: Option<&Ref>) -> Vec<&str> {
    of.map(|r| r.slug.as_deref().into_iter().chain([r.name.as_str()]).collect()).unwrap_or_default()
}

fn unknown<'w>(option: &str, given: &str, words: impl Iterator<Item = &'w str>) -> Refusal {
    let possible: BTreeSet<&str> = words.collect();
    Refusal::UnknownValue {
        option: option.to_owned(),
        given: given.to_owned(),
        nearest: nearest(given, possible.iter().copied()).map(str::to_owned),
        possible: possible.into_iter().map(str::to_owned).collect(),
    }
}

fn holds(device: &Device, part: &str) -> bool {
    let addresses = [&device.primary_ip4, &device.primary_ip6].into_iter().flatten();
    name(device).to_lowercase().contains(part)
        || device.serial.to_lowercase().contains(part)
        || device.asset_tag.as_ref().is_some_and(|tag| tag.to_lowercase().contains(part))
        || addresses.into_iter().any(|a| a.address.to_string().contains(part))
}

fn row(device: &Device) -> Value {
    let name_of = |r: &Option<Ref>| r.as_ref().map(|r| r.name.clone());
    json!({
        "name": name(device),
        "role": name_of(&device.role),
        "type": name_of(&device.kind),
        "site": name_of(&device.site),
        "status": device.status,
        "address": address(device),
    })
}
