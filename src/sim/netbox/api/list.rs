//! Lists: filtered, sorted, a page at a time.

use super::{Answer, Answered, Call, Filters, No};
use crate::netbox::{
    Version,
    serve::query::Pairs,
    table::{self, Kind, Model},
    world::{Object, World},
};
use serde_json::{Value, json};
use std::{cmp::Ordering, sync::Arc};

/// An object with its id.
type Row<'a> = (u64, &'a Arc<Object>);

const USUAL_PAGE: usize = 50;

pub fn list(call: &mut Call<'_>, model: &'static Model) -> Answered {
    call.needs("view", model.kind)?;
    let filters = Filters::read(call.world, model, call.query)?;
    let is_seen = |o: &Object| call.world.may_with(&call.who, "view", model.kind, o);
    let found: Vec<Row<'_>> = call.world.all(model.kind).filter(|(id, o)| is_seen(o) && filters.pass(*id, o)).collect();
    let ignored = filters.ignored;
    let answer = if call.query("start").is_some() && call.world.version >= Version::V4_6 {
        by_cursor(call, model, found)
    } else {
        by_offset(call, model, found)
    };
    call.ignored = ignored;
    answer
}

/// How many on a page: what cannot be used is as if it were not there.
pub fn limit(call: &Call<'_>) -> usize {
    let most = call.world.max_page;
    match call.query("limit").and_then(|text| text.parse::<usize>().ok()) {
        Some(0) => most,
        Some(n) => n.min(most),
        None => USUAL_PAGE.min(most),
    }
}

fn by_offset(call: &Call<'_>, model: &'static Model, mut found: Vec<Row<'_>>) -> Answered {
    sort(call.world, model, call.query("ordering"), &mut found);
    let form = call.form();
    let (rows, mut body) = page(call, found);
    body["results"] = rows.into_iter().map(|(id, _)| call.world.show(model, id, &form)).collect();
    Ok(Answer::json(200, body))
}

/// The rows of the page that is asked for, and the answer around them.
pub fn page<T>(call: &Call<'_>, all: Vec<T>) -> (Vec<T>, Value) {
    let (limit, count) = (limit(call), all.len());
    let offset = call.query("offset").and_then(|text| text.parse::<usize>().ok()).unwrap_or(0);
    let link = |offset: usize| {
        let mut query = Pairs::from(call.query);
        query.set("limit", &limit.to_string());
        if offset == 0 {
            query.remove("offset")
        } else {
            query.set("offset", &offset.to_string())
        }
        json!(format!("{}{}?{}", call.base, call.path, query.sorted()))
    };
    let next = if offset + limit < count { link(offset + limit) } else { Value::Null };
    let previous = if offset == 0 { Value::Null } else { link(offset.saturating_sub(limit)) };
    let rows = all.into_iter().skip(offset).take(limit).collect();
    (rows, json!({"count": count, "next": next, "previous": previous, "results": null}))
}

fn by_cursor(call: &Call<'_>, model: &'static Model, found: Vec<Row<'_>>) -> Answered {
    let refuse = |words: &str| Err(No::new(400, json!([words])));
    if call.query("offset").is_some() {
        return refuse("'start' and 'offset' are mutually exclusive.");
    }
    if call.query("ordering").is_some() {
        return refuse("Ordering cannot be specified in conjunction with cursor-based pagination.");
    }
    let Some(start) = call.query("start").and_then(|text| text.parse::<u64>().ok()) else {
        return refuse("Invalid 'start' parameter: must be a non-negative integer.");
    };
    let limit = limit(call);
    let rows: Vec<u64> = found.into_iter().map(|(id, _)| id).filter(|id| *id >= start).take(limit).collect();
    let next = rows.last().filter(|_| rows.len() == limit).map(|last| {
        let mut query = Pairs::from(call.query);
        query.set("limit", &limit.to_string());
        query.set("start", &(last + 1).to_string());
        format!("{}{}?{}", call.base, call.path, query.sorted())
    });
    let form = call.form();
    let results: Vec<Value> = rows.into_iter().map(|id| call.world.show(model, id, &form)).collect();
    Ok(Answer::json(200, json!({"count": null, "next": next, "previous": null, "results": results})))
}

/// What a row is sorted by. Null comes first where it was seen to, in VRFs, and last elsewhere.
#[derive(PartialEq, PartialOrd)]
enum Key {
    First,
    Net((u8, u128, u8, u128)),
    Number(f64),
    Text(Vec<(u64, String)>),
    Last,
}

/// Names in the order of people: `eth2` before `eth10`, letter case aside.
fn natural(text: &str) -> Vec<(u64, String)> {
    let mut parts = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
        let number = rest[..digits].parse().unwrap_or(0);
        let after = &rest[digits..];
        let words = after.find(|c: char| c.is_ascii_digit()).unwrap_or(after.len());
        parts.push((if digits == 0 { u64::MAX } else { number }, after[..words].to_lowercase()));
        rest = &after[words..];
    }
    parts
}

fn key(world: &World, model: &Model, field: &str, id: u64, object: &Object) -> Key {
    match model.field(field).map(|f| f.kind) {
        _ if field == "id" => Key::Number(id as f64),
        Some(Kind::Created) => Key::Number(object.created as f64),
        Some(Kind::Updated) => Key::Number(object.updated as f64),
        Some(Kind::Address | Kind::Prefix) => object.net.map_or(Key::Last, |net| match model.kind {
            // Addresses are sorted by host, whatever their length.
            "ipam.ipaddress" => Key::Net((net.bits, net.address, 0, 0)),
            _ => Key::Net(net.key()),
        }),
        Some(Kind::One("ipam.vrf", _)) => object.id(field).map_or(Key::First, |id| Key::Number(id as f64)),
        Some(Kind::One(kind, _)) => match (object.id(field), table::model(kind)) {
            (Some(other), Some(_)) => Key::Text(natural(&world.display(kind, other))),
            _ => Key::Last,
        },
        _ => match object.get(field) {
            Value::Number(n) => Key::Number(n.as_f64().unwrap_or_default()),
            Value::String(s) => Key::Text(natural(s)),
            Value::Bool(b) => Key::Number(f64::from(u8::from(*b))),
            _ => Key::Last,
        },
    }
}

fn sort(world: &World, model: &'static Model, asked: Option<&str>, found: &mut Vec<Row<'_>>) {
    let known = |f: &&str| {
        let name = f.trim_start_matches('-');
        name == "id" || model.field(name).is_some()
    };
    let asked: Vec<&str> = asked.map(|a| a.split(',').filter(known).collect()).unwrap_or_default();
    let order: &[&str] = if asked.is_empty() { model.order } else { &asked };
    let mut keyed: Vec<(Vec<(Key, bool)>, Row<'_>)> = found
        .drain(..)
        .map(|(id, o)| {
            let keys = order.iter().map(|f| {
                let name = f.trim_start_matches('-');
                (key(world, model, name, id, o), f.starts_with('-'))
            });
            (keys.collect(), (id, o))
        })
        .collect();
    keyed.sort_by(|a, b| {
        for ((left, is_turned), (right, _)) in a.0.iter().zip(&b.0) {
            let order = left.partial_cmp(right).unwrap_or(Ordering::Equal);
            if order != Ordering::Equal {
                return if *is_turned { order.reverse() } else { order };
            }
        }
        a.1.0.cmp(&b.1.0)
    });
    found.extend(keyed.into_iter().map(|(_, row)| row));
}
