//! `/ipam prefixes`: from NetBox' view, those that can give an address first.

use crate::{
    handlers::Cx,
    ipam::PrefixEntry,
    plan::{Outcome, Say, page_of},
};
use direttore_domain::{Family, Trouble, VlanId, WrongForm};
use serde::Deserialize;
use serde_json::{Value, json};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Input {
    find: Option<String>,
    site: Option<String>,
    vlan: Option<VlanIs>,
    vrf: Option<String>,
    family: Option<Family>,
    page: Option<usize>,
}

/// A VLAN, or none at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
struct VlanIs(Option<VlanId>);

impl TryFrom<String> for VlanIs {
    type Error = WrongForm;
    fn try_from(text: String) -> Result<Self, WrongForm> {
        if text == "none" { Ok(Self(None)) } else { text.parse().map(|vlan| Self(Some(vlan))) }
    }
}

pub async fn plan(cx: &Cx, ask: Input) -> Result<Outcome, Trouble> {
    let ipam = cx.lab.need_ipam()?;
    let view = ipam.view().await?;
    let site = ask.site.as_deref().map(|given| super::site(&view, given)).transpose()?.map(|s| s.id);
    let vrf = ask.vrf.as_deref().map(|given| view.vrf(given)).transpose()?.map(|v| v.id);
    let fits = |entry: &&PrefixEntry| {
        let row = &entry.row;
        site.is_none_or(|id| row.site.as_ref().is_some_and(|s| s.id == id))
            && vrf.is_none_or(|id| row.vrf.as_ref().is_some_and(|v| v.id == id))
            && ask.vlan.is_none_or(|vlan| row.vlan.as_ref().map(|v| v.vid) == vlan.0)
            && ask.family.is_none_or(|family| row.prefix.family() == family)
    };
    let found: Vec<&PrefixEntry> = view.find(ask.find.as_deref().unwrap_or_default().trim()).filter(fits).collect();
    let (rows, pages) = page_of(&found, ask.page.unwrap_or(1));
    let rows: Vec<Value> = rows.iter().map(|entry| row(entry)).collect();
    let data = json!({ "rows": rows, "total": found.len(), "pages": pages, "stale": super::stale(ipam, &view) });
    Ok(Say { pages: Some(pages), ..Say::new("ipam_prefixes", data) }.into())
}

/// Beyond this nobody counts.
const PLENTY: u128 = 1_000_000;

fn row(entry: &PrefixEntry) -> Value {
    let free = match (entry.closed, entry.free) {
        (Some(_), _) => json!(0),
        (None, free) => {
            u64::try_from(free).ok().filter(|n| u128::from(*n) <= PLENTY).map_or(json!("plenty"), Value::from)
        }
    };
    let row = &entry.row;
    // The other reasons why nothing is given are words of the status itself.
    let status = if row.mark_utilized { format!("{}, marked as full", row.status) } else { row.status.clone() };
    json!({
        "prefix": entry.name(),
        "status": status,
        "vlan": row.vlan.as_ref().map(|v| v.vid),
        "site": row.site.as_ref().map(|s| s.name.as_str()),
        "free": free,
    })
}

#[cfg(test)]
mod tests {
    use super::{super::tests::reference, *};
    use direttore_clients::netbox::Prefix;

    fn entry(free: u128, closed: Option<&'static str>) -> PrefixEntry {
        let row = Prefix {
            id: 1,
            prefix: "10.0.10.0/24".parse().expect("a prefix"),
            vrf: Some(reference(3, "blue")),
            status: "active".to_owned(),
            vlan: None,
            site: Some(reference(1, "Lab")),
            tenant: None,
            role: None,
            is_pool: false,
            mark_utilized: closed.is_some(),
            description: String::new(),
            tags: vec![],
            custom: serde_json::Map::new(),
        };
        PrefixEntry { row, key: String::new(), free, closed }
    }

    #[test]
    fn what_is_free_in_a_cell() {
        assert_eq!(row(&entry(239, None))["free"], 239);
        assert_eq!(row(&entry(PLENTY, None))["free"], 1_000_000);
        assert_eq!(row(&entry(u128::MAX, None))["free"], "plenty");
        let closed = row(&entry(239, Some("it is marked as fully used")));
        assert_eq!((&closed["free"], &closed["status"]), (&json!(0), &json!("active, marked as full")));
        assert_eq!(closed["prefix"], "10.0.10.0/24@blue");
    }

    #[test]
    fn a_vlan_may_be_none() {
        let read = |text: &str| serde_json::from_value::<VlanIs>(json!(text)).ok();
        assert_eq!(read("none"), Some(VlanIs(None)));
        assert_eq!(read("100").and_then(|v| v.0).map(VlanId::get), Some(100));
        assert_eq!(read("4095"), None);
    }
}
