//! `/grant add`.

use crate::{
    handlers::{Cx, group, ipam, user},
    plan::{Change, Outcome, Plan, Say},
};
use direttore_domain::{Grant, GrantTo, NodeName, PoolName, Refusal, Slug, Tag, Trouble, nearest::nearest};
use serde::Deserialize;
use serde_json::json;
use std::collections::BTreeSet;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Input {
    to: GrantTo,
    #[serde(default)]
    pools: Vec<PoolName>,
    #[serde(default)]
    nodes: Vec<NodeName>,
    #[serde(default)]
    sites: Vec<String>,
    #[serde(default)]
    tenants: Vec<String>,
    #[serde(default)]
    tags: Vec<Tag>,
    #[serde(default)]
    commands: Vec<String>,
    #[serde(default)]
    channels: Vec<String>,
}

pub async fn plan(cx: &Cx, ask: Input) -> Result<Outcome, Trouble> {
    let Input { to, pools, nodes, sites, tenants, tags, commands, channels } = ask;
    let named = Grant { pools, nodes, tags, commands, channels, ..Grant::of(to) };
    let grant = of_netbox(cx, named, &sites, &tenants).await?;
    if !grant.narrows() {
        let right = "at least one of pools=, nodes=, sites=, tenants=, tags=, commands= and channels=".to_owned();
        return Err(Refusal::MissingOption { option: "what the grant covers".into(), right }.into());
    }
    match &grant.to {
        GrantTo::Account(name) => drop(user::find(cx, name).await?),
        GrantTo::Group(name) => drop(group::find(cx, name).await?),
        GrantTo::Role(_) => {}
    }
    // A misspelt node would make a grant that covers nothing. Pools may be empty and are then not seen, so they pass.
    for node in &grant.nodes {
        cx.lab.node(node).await?;
    }
    let said = Say::new("grant_added", json!({ "grant": super::row(&grant) }));
    let target = format!("grant to {}", grant.to);
    Ok(Plan::change(target, said.clone(), vec![Change::AddGrant(grant)], said).into())
}

/// With the sites and tenants by their slugs, which stay when a name is mended. What no device has would cover nothing.
async fn of_netbox(cx: &Cx, grant: Grant, sites: &[String], tenants: &[String]) -> Result<Grant, Trouble> {
    if sites.is_empty() && tenants.is_empty() && grant.tags.is_empty() {
        return Ok(grant);
    }
    let view = cx.lab.need_ipam()?.view().await?;
    let mut sites_meant: Vec<Slug> = Vec::new();
    for given in sites {
        let site = ipam::site(&view, given.trim())?;
        sites_meant.push(site.slug.parse::<Slug>().map_err(|wrong| Refusal::wrong_form("sites", &wrong))?);
    }
    let known: BTreeSet<(&str, &str)> =
        view.tenants().filter_map(|tenant| Some((tenant.slug.as_deref()?, tenant.name.as_str()))).collect();
    let mut tenants_meant: Vec<Slug> = Vec::new();
    for given in tenants {
        let is_it = |text: &str| text.eq_ignore_ascii_case(given.trim());
        let found = known.iter().find(|(slug, name)| is_it(slug) || is_it(name));
        let (slug, _) = found.ok_or_else(|| unknown("tenants", given, known.iter().map(|(slug, _)| *slug)))?;
        tenants_meant.push(slug.parse::<Slug>().map_err(|wrong| Refusal::wrong_form("tenants", &wrong))?);
    }
    let tags: BTreeSet<&str> = view.devices.iter().flat_map(|device| &device.tags).map(String::as_str).collect();
    if let Some(lost) = grant.tags.iter().find(|tag| !tags.contains(tag.as_str())) {
        return Err(unknown("tags", lost.as_str(), tags.iter().copied()).into());
    }
    Ok(Grant { sites: sites_meant, tenants: tenants_meant, ..grant })
}

fn unknown<'w>(option: &str, given: &str, possible: impl Iterator<Item = &'w str> + Clone) -> Refusal {
    Refusal::UnknownValue {
        option: option.to_owned(),
        given: given.to_owned(),
        nearest: nearest(given, possible.clone()).map(str::to_owned),
        possible: possible.map(str::to_owned).collect(),
    }
}
