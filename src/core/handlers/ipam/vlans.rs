//! `/ipam vlans`: from NetBox' view, by number.

use crate::{
    handlers::Cx,
    plan::{Outcome, Say, page_of},
};
use direttore_clients::netbox::Vlan;
use direttore_domain::Trouble;
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::HashMap;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Input {
    find: Option<String>,
    site: Option<String>,
    page: Option<usize>,
}

pub async fn plan(cx: &Cx, ask: Input) -> Result<Outcome, Trouble> {
    let ipam = cx.lab.need_ipam()?;
    let view = ipam.view().await?;
    let site = ask.site.as_deref().map(|given| super::site(&view, given)).transpose()?.map(|s| s.id);
    let part = ask.find.unwrap_or_default().trim().to_lowercase();
    let fits = |vlan: &&Vlan| {
        site.is_none_or(|id| vlan.site.as_ref().is_some_and(|s| s.id == id))
            && (vlan.name.to_lowercase().contains(&part) || vlan.vid.to_string().starts_with(&part))
    };
    let found: Vec<&Vlan> = view.vlans.iter().filter(fits).collect();
    let mut prefixes: HashMap<u64, usize> = HashMap::new();
    for vlan in view.prefixes.iter().filter_map(|e| e.row.vlan.as_ref()) {
        *prefixes.entry(vlan.id).or_default() += 1;
    }
    let (rows, pages) = page_of(&found, ask.page.unwrap_or(1));
    let row = |vlan: &&Vlan| {
        json!({
            "vid": vlan.vid,
            "name": vlan.name,
            "status": vlan.status,
            "site": vlan.site.as_ref().map(|s| s.name.as_str()),
            "prefixes": prefixes.get(&vlan.id).copied().unwrap_or_default(),
        })
    };
    let rows: Vec<Value> = rows.iter().map(row).collect();
    let data = json!({ "rows": rows, "total": found.len(), "pages": pages, "stale": super::stale(ipam, &view) });
    Ok(Say { pages: Some(pages), ..Say::new("ipam_vlans", data) }.into())
}
