//! NetBox as programs ask for it: its own objects, with the gateway beside that we know.

use super::Cx;
use crate::ipam::{Ipam, PrefixEntry, failure};
use direttore_clients::netbox::Error;
use direttore_domain::{HostAddress, Pond, PondOf, Refusal, Trouble, grant::Touches};
use serde_json::{Map, Value};

pub use direttore_clients::netbox::Plain;

/// Whether NetBox answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NetBoxSeen {
    Here { version: String, url: String },
    Away { why: String },
}

/// One object in NetBox' own form.
#[derive(Debug, Clone, PartialEq)]
pub struct PlainSeen {
    pub row: Value,
    /// Of a prefix, or of the smallest one that an address is in.
    pub gateway: Option<String>,
}

/// Custom fields that people keep a gateway in, besides the one that the configuration names.
const GATEWAYS: [&str; 3] = ["gateway", "default_gateway", "gw"];

pub async fn status(cx: &Cx) -> NetBoxSeen {
    let Some(ipam) = cx.lab.ipam() else {
        return NetBoxSeen::Away { why: "NetBox is not configured".to_owned() };
    };
    match ipam.client.status().await {
        Ok(status) => NetBoxSeen::Here { version: status.version, url: ipam.client.url().to_owned() },
        Err(error) => NetBoxSeen::Away { why: failure(&error).to_string() },
    }
}

/// The first `most` objects of a list that fit the filters, which are NetBox' own, or all.
///
/// # Errors
/// `bad-value` for what NetBox does not filter by; `not-set-up`; NetBox' failure.
pub async fn list(
    cx: &Cx,
    of: Plain,
    filters: &[(&'static str, String)],
    most: Option<usize>,
) -> Result<Vec<PlainSeen>, Trouble> {
    let ipam = cx.lab.need_ipam()?;
    // What grants hide is taken out here, and counts for nothing.
    let hides = of == Plain::Devices && !cx.reaches_all();
    let asked = most.filter(|_| !hides);
    let mut rows = ipam.client.plain(of, filters, asked).await.map_err(|error| refused(&error, filters))?;
    if hides {
        rows.retain(|row| reaches(cx, row));
        rows.truncate(most.unwrap_or(usize::MAX));
    }
    Ok(match of {
        Plain::Addresses => {
            let view = ipam.view().await?;
            let gateway = |row: &Value| gateway_of_address(row, &view.prefixes, ipam);
            rows.into_iter().map(|row| PlainSeen { gateway: gateway(&row), row }).collect()
        }
        Plain::Prefixes => {
            let gateway = |row: &Value| gateway_in(row.get("custom_fields")?.as_object()?, ipam);
            rows.into_iter().map(|row| PlainSeen { gateway: gateway(&row), row }).collect()
        }
        Plain::Devices | Plain::Vlans => rows.into_iter().map(|row| PlainSeen { row, gateway: None }).collect(),
    })
}

fn reaches(cx: &Cx, device: &Value) -> bool {
    let slug = |of: &Value| of.get("slug").and_then(Value::as_str).map(str::to_owned);
    let tags: Vec<String> = device["tags"].as_array().into_iter().flatten().filter_map(slug).collect();
    let (site, tenant) = (slug(&device["site"]), slug(&device["tenant"]));
    cx.reaches(Touches { site: site.as_deref(), tenant: tenant.as_deref(), tags: &tags, ..Touches::default() })
}

/// The prefix of a number, as commands take it.
///
/// # Errors
/// `no-such-prefix`; `not-set-up`; NetBox' failure.
pub async fn pond(cx: &Cx, prefix: u64) -> Result<Pond, Trouble> {
    let unknown = || Refusal::NoSuch { what: "prefix", given: prefix.to_string(), nearest: None, has: vec![] };
    match cx.lab.need_ipam()?.client.prefix(prefix).await {
        Ok(row) => Ok(Pond { what: PondOf::Prefix(row.prefix), vrf: row.vrf.map(|vrf| vrf.name) }),
        Err(error) if error.is_not_found() => Err(unknown().into()),
        Err(error) => Err(failure(&error).into()),
    }
}

/// An address as NetBox has it now.
///
/// # Errors
/// `not-set-up`; NetBox' failure.
pub async fn address(cx: &Cx, id: u64) -> Result<Value, Trouble> {
    let client = &cx.lab.need_ipam()?.client;
    Ok(client.plain_one(Plain::Addresses, id).await.map_err(|error| failure(&error))?)
}

/// What NetBox refuses of a list is one of its filters.
fn refused(error: &Error, filters: &[(&'static str, String)]) -> Trouble {
    match error {
        Error::Refused { status: 400, errors, .. } => {
            let wrong = filters.iter().find(|(name, _)| errors.contains_key(*name)).or(filters.first());
            let Some((name, given)) = wrong else { return failure(error).into() };
            let right = errors.get(*name).cloned().unwrap_or_else(|| error.to_string());
            let given = direttore_domain::text::shorten(&direttore_domain::text::visible(given), 60);
            Refusal::BadValue { option: (*name).to_owned(), given, what: "value that NetBox knows", right }.into()
        }
        other => failure(other).into(),
    }
}

fn gateway_in(custom: &Map<String, Value>, ipam: &Ipam) -> Option<String> {
    let names = std::iter::once(ipam.settings.gateway_field.as_str()).chain(GATEWAYS);
    let text = |value: &Value| {
        // An address of NetBox itself, where the field is of that kind.
        let text = value.as_str().or_else(|| value.get("address")?.as_str())?;
        Some(text.split('/').next().unwrap_or_default().to_owned()).filter(|text| !text.is_empty())
    };
    names.filter_map(|name| custom.get(name)).find_map(text)
}

fn gateway_of_address(row: &Value, prefixes: &[PrefixEntry], ipam: &Ipam) -> Option<String> {
    let address: HostAddress = row.get("address")?.as_str()?.parse().ok()?;
    let vrf = row.get("vrf").and_then(|vrf| vrf.get("id")?.as_u64());
    let around = prefixes.iter().map(|entry| &entry.row);
    let around = around.filter(|row| row.vrf.as_ref().map(|vrf| vrf.id) == vrf);
    let smallest = around.filter(|row| row.prefix.contains(address.address())).max_by_key(|row| row.prefix.length())?;
    gateway_in(&smallest.custom, ipam)
}
