//! `/api/inventory/…`: what NetBox has, in a few words each or in its own, and the next address of a prefix.

use super::{
    Api,
    detail::{Detail, status_of},
    enter::Who,
    given::{Path, Query, Unread},
    input::{self, Fields},
    shapes::Allocation,
};
use axum::{
    Json,
    body::Body,
    extract::State,
    http::{HeaderMap, StatusCode},
};
use direttore_core::dispatch::{Allocated, NetBoxSeen, Plain, PlainSeen};
use direttore_domain::{Refusal, Trouble};
use serde_json::{Value, json};
use std::{collections::HashMap, time::Duration};

mod slim;

/// How long a request waits for its address.
const PATIENCE: Duration = Duration::from_secs(30);
const MOST: i64 = 500;
const LONGEST: usize = 200;
/// Of what an address is for.
const DESCRIPTION: usize = 150;

type Asked = Result<Query<HashMap<String, String>>, Unread>;

/// Whether NetBox answers.
#[utoipa::path(get, path = "/api/inventory/netbox-status", tag = "inventory", security(("bearer" = [])),
    responses((status = 200, description = "Whether it answers", body = Value)))]
pub async fn status(State(api): State<Api>, Who(caller): Who) -> Result<Json<Value>, Detail> {
    Ok(Json(match api.dispatch.netbox_seen(&caller).await? {
        NetBoxSeen::Here { version, url } => json!({ "reachable": true, "version": version, "url": url }),
        NetBoxSeen::Away { why } => json!({ "reachable": false, "reason": why }),
    }))
}

/// All devices, as NetBox has them.
#[utoipa::path(get, path = "/api/inventory/devices", tag = "inventory", security(("bearer" = [])),
    responses((status = 200, description = "The devices", body = [Value])))]
pub async fn devices(State(api): State<Api>, Who(caller): Who) -> Result<Json<Value>, Detail> {
    let all = api.dispatch.plain_seen(&caller, Plain::Devices, &[], None).await.map_err(refused)?;
    Ok(Json(all.into_iter().map(|seen| seen.row).collect()))
}

/// Addresses of NetBox.
#[utoipa::path(get, path = "/api/inventory/ip-addresses", tag = "inventory", security(("bearer" = [])),
    params(("family" = Option<u8>, Query, description = "4 or 6", minimum = 4, maximum = 6), ("status" = Option<String>, Query,), ("prefix" = Option<String>, Query,), ("dns_name" = Option<String>, Query,), ("limit" = Option<u32>, Query, minimum = 1)),
    responses((status = 200, description = "The addresses", body = [Value])))]
pub async fn addresses(State(api): State<Api>, Who(caller): Who, query: Asked) -> Result<Json<Value>, Detail> {
    let mut fields = fields(query);
    let mut filters = family(&mut fields);
    filters.extend(text(&mut fields, "status", "status"));
    filters.extend(prefix(&mut fields));
    filters.extend(text(&mut fields, "dns_name", "dns_name__ic"));
    let most = limit(&mut fields, 100);
    fields.done()?;
    let all = api.dispatch.plain_seen(&caller, Plain::Addresses, &filters, Some(most)).await.map_err(refused)?;
    Ok(Json(all.iter().map(|PlainSeen { row, gateway }| slim::address(row, gateway.as_deref())).collect()))
}

/// Prefixes of NetBox.
#[utoipa::path(get, path = "/api/inventory/prefixes", tag = "inventory", security(("bearer" = [])),
    params(("family" = Option<u8>, Query, description = "4 or 6", minimum = 4, maximum = 6), ("status" = Option<String>, Query,), ("site" = Option<String>, Query,), ("limit" = Option<u32>, Query, minimum = 1)),
    responses((status = 200, description = "The prefixes", body = [Value])))]
pub async fn prefixes(State(api): State<Api>, Who(caller): Who, query: Asked) -> Result<Json<Value>, Detail> {
    let mut fields = fields(query);
    let mut filters = family(&mut fields);
    filters.extend(text(&mut fields, "status", "status"));
    filters.extend(text(&mut fields, "site", "site"));
    let most = limit(&mut fields, 200);
    fields.done()?;
    let all = api.dispatch.plain_seen(&caller, Plain::Prefixes, &filters, Some(most)).await.map_err(refused)?;
    Ok(Json(all.iter().map(|PlainSeen { row, gateway }| slim::prefix(row, gateway.as_deref())).collect()))
}

/// VLANs of NetBox.
#[utoipa::path(get, path = "/api/inventory/vlans", tag = "inventory", security(("bearer" = [])),
    params(("site" = Option<String>, Query,), ("group" = Option<String>, Query,), ("role" = Option<String>, Query,), ("status" = Option<String>, Query,), ("q" = Option<String>, Query,), ("limit" = Option<u32>, Query, minimum = 1)),
    responses((status = 200, description = "The VLANs", body = [Value])))]
pub async fn vlans(State(api): State<Api>, Who(caller): Who, query: Asked) -> Result<Json<Value>, Detail> {
    let mut fields = fields(query);
    let mut filters = Vec::new();
    for name in ["site", "group", "role", "status", "q"] {
        filters.extend(text(&mut fields, name, name));
    }
    let most = limit(&mut fields, 200);
    fields.done()?;
    let all = api.dispatch.plain_seen(&caller, Plain::Vlans, &filters, Some(most)).await.map_err(refused)?;
    Ok(Json(all.iter().map(|seen| slim::vlan(&seen.row)).collect()))
}

/// Take the next address of a prefix that a guest may have.
#[utoipa::path(post, path = "/api/inventory/prefixes/{id}/allocate", tag = "inventory", security(("bearer" = [])),
    params(("id" = u64, Path,)), request_body(content = Option<Allocation>),
    responses((status = 200, description = "The address", body = Value)))]
pub async fn allocate(
    State(api): State<Api>,
    Who(caller): Who,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<Value>, Detail> {
    api.dispatch.may(&caller, "ipam allocate")?;
    let id = input::path_number("prefix_id", &id)?;
    let mut fields = input::object_or_none(&headers, body, api.read).await?;
    let description = fields.line("description", DESCRIPTION).filter(|text| !text.trim().is_empty());
    fields.done()?;
    let id = u64::try_from(id).map_err(|_| Detail::not_found("Prefix"))?;
    match api.dispatch.allocate(&caller, id, description, PATIENCE).await.map_err(refused)? {
        Allocated::Taken(PlainSeen { row, gateway }) => Ok(Json(slim::address(&row, gateway.as_deref()))),
        Allocated::Failed { why } => Err(Detail::new(StatusCode::BAD_GATEWAY, format!("NetBox error: {why}"))),
        Allocated::NotYet(job) => {
            let said = format!("no address was taken within {} s; job {job} goes on", PATIENCE.as_secs());
            // The job takes an address yet: the same request once more must not take another.
            Err(Detail::new(StatusCode::GATEWAY_TIMEOUT, said).after_job())
        }
    }
}

fn fields(query: Asked) -> Fields {
    Fields::of_query(query.map(|Query(query)| query).unwrap_or_default())
}

/// NetBox takes an empty one for none.
fn text(fields: &mut Fields, name: &str, filter: &'static str) -> Option<(&'static str, String)> {
    fields.line(name, LONGEST).filter(|text| !text.is_empty()).map(|text| (filter, text))
}

fn family(fields: &mut Fields) -> Vec<(&'static str, String)> {
    let Some(number) = fields.number("family", 0..=i64::MAX) else { return vec![] };
    if !matches!(number, 4 | 6) {
        fields.refuse("family", "literal_error", "Input should be 4 or 6", Some(json!({ "expected": "4 or 6" })));
    }
    vec![("family", number.to_string())]
}

fn prefix(fields: &mut Fields) -> Option<(&'static str, String)> {
    let (_, given) = text(fields, "prefix", "parent")?;
    match given.parse::<direttore_domain::Prefix>() {
        Ok(prefix) => Some(("parent", prefix.to_string())),
        Err(_) => {
            fields.refuse_value("prefix", "a network like 10.0.10.0/24 is wanted");
            None
        }
    }
}

fn limit(fields: &mut Fields, usual: usize) -> usize {
    fields.number("limit", 1..=MOST).and_then(|number| usize::try_from(number).ok()).unwrap_or(usual)
}

/// As the first direttore told what NetBox said.
fn refused(trouble: Trouble) -> Detail {
    let status = status_of(&trouble);
    match &trouble {
        Trouble::Failure(failure) if status == StatusCode::BAD_GATEWAY => {
            Detail::new(status, format!("NetBox error: {failure}"))
        }
        Trouble::Refusal(Refusal::PrefixFull { .. }) => {
            Detail::new(StatusCode::BAD_GATEWAY, format!("NetBox error: {trouble}"))
        }
        Trouble::Refusal(Refusal::BadValue { option, given, right, .. }) => {
            Detail::new(status, format!("{option}: {given:?}: {right}"))
        }
        _ => trouble.into(),
    }
}
