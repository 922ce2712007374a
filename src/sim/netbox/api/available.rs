//! What is still free: addresses, networks, VLANs. Read, and handed out.

use super::{Answer, Answered, Call, No, detail, list, route, write};
use crate::netbox::{
    Version,
    net::{Net, cut},
    table::{Model, model},
    world::{Fields, Object, World, made},
};
use http::Method;
use serde_json::{Value, json};
use std::collections::HashSet;

fn full() -> No {
    No::detail(409, "Insufficient resources are available to satisfy the request")
}

/// Free addresses of a prefix or a range, from the lowest. The gateway, child prefixes and ranges that are not populated
/// are no hindrance.
fn free(world: &World, model: &Model, object: &Object, most: usize) -> Vec<Net> {
    let Some(net) = object.net else { return Vec::new() };
    let (mut first, mut last) = match model.kind {
        "ipam.iprange" if object.is("mark_populated") => return Vec::new(),
        "ipam.iprange" => made::range(object).unwrap_or((net.address, net.address)),
        _ => (net.first(), net.last()),
    };
    if model.kind == "ipam.prefix" && !object.is("is_pool") && !net.is_tiny() {
        first += 1;
        if net.bits == 32 {
            last -= 1;
        }
    }
    let vrf = object.id("vrf");
    let taken: HashSet<u128> = world
        .all("ipam.ipaddress")
        .filter(|(_, o)| o.id("vrf") == vrf)
        .filter_map(|(_, o)| o.net)
        .filter(|n| n.bits == net.bits && (first..=last).contains(&n.address))
        .map(|n| n.address)
        .collect();
    let populated: Vec<(u128, u128)> = world
        .all("ipam.iprange")
        .filter(|(_, o)| o.is("mark_populated") && o.id("vrf") == vrf && o.net.is_some_and(|n| n.bits == net.bits))
        .filter_map(|(_, o)| made::range(o))
        .collect();
    let mut found = Vec::new();
    let mut at = first;
    while at <= last && found.len() < most {
        if let Some((_, end)) = populated.iter().find(|(start, end)| (*start..=*end).contains(&at)) {
            at = *end;
        } else if !taken.contains(&at) {
            found.push(net.at(at));
        }
        match at.checked_add(1) {
            Some(next) => at = next,
            None => break,
        }
    }
    found
}

pub fn ips(call: &mut Call<'_>, parent: &'static Model, id: u64) -> Answered {
    let is_post = call.method == Method::POST;
    if is_post {
        call.needs("add", "ipam.ipaddress")?;
    }
    let object = detail::find(call, "view", parent, id)?;
    let vrf = object.id("vrf");
    if !is_post {
        let found = free(call.world, parent, &object, list::limit(call));
        let vrf = call.world.nested("ipam.vrf", vrf, &call.base);
        let row = |net: Net| json!({"family": net.family(), "address": net.to_string(), "vrf": vrf});
        return Ok(Answer::json(200, found.into_iter().map(row).collect()));
    }
    let (mut asked, is_list) = asked(call)?;
    let length = object.net.map_or(0, |n| n.length);
    let mut lengths = Vec::new();
    for body in &asked {
        // Before 4.5 the length was not to be chosen.
        let wanted = body.get("prefix_length").filter(|_| call.world.version >= Version::V4_5);
        let wanted = wanted.and_then(Value::as_u64).and_then(|l| u8::try_from(l).ok());
        lengths.push(match wanted {
            Some(l) if l < length => {
                Err(format!("Prefix length must be greater than or equal to the parent mask length ({length})"))
            }
            other => Ok(other.unwrap_or(length)),
        });
    }
    if lengths.iter().any(Result::is_err) {
        let errors = lengths.into_iter().map(|l| l.map_or_else(|why| json!({"prefix_length": why}), |_| json!({})));
        return Err(No::new(400, errors.collect()));
    }
    let found = free(call.world, parent, &object, asked.len());
    if found.len() < asked.len() {
        return Err(full());
    }
    for ((body, net), length) in asked.iter_mut().zip(found).zip(lengths.into_iter().flatten()) {
        body.insert("address".into(), json!(Net { length, ..net }.to_string()));
        body.insert("vrf".into(), json!(vrf));
    }
    hand_out(call, route::addresses(), asked, is_list)
}

/// Networks of a prefix in which no child prefix lies.
fn gaps(world: &World, id: u64, object: &Object) -> Vec<Net> {
    let Some(net) = object.net else { return Vec::new() };
    let vrf = object.id("vrf");
    // A container of the global table sees into every VRF.
    let is_global = vrf.is_none() && object.text("status") == "container";
    let mut children: Vec<Net> = world
        .all("ipam.prefix")
        .filter(|(other, o)| *other != id && (is_global || o.id("vrf") == vrf))
        .filter_map(|(_, o)| o.net)
        .filter(|n| net.length < n.length && net.covers(*n))
        .collect();
    children.sort_by_key(|n| n.key());
    let mut found = Vec::new();
    let mut at = Some(net.first());
    for child in children {
        if let Some(start) = at
            && start < child.first()
        {
            found.extend(cut(start, child.first() - 1, net.bits));
        }
        at = at.and_then(|start| Some(start.max(child.last().checked_add(1)?)));
    }
    if let Some(start) = at.filter(|start| *start <= net.last()) {
        found.extend(cut(start, net.last(), net.bits));
    }
    found
}

pub fn prefixes(call: &mut Call<'_>, id: u64) -> Answered {
    let parent = model("ipam.prefix").expect("there are prefixes");
    let is_post = call.method == Method::POST;
    if is_post {
        call.needs("add", parent.kind)?;
    }
    let object = detail::find(call, "view", parent, id)?;
    let mut free = gaps(call.world, id, &object);
    let vrf = object.id("vrf");
    if !is_post {
        let vrf = call.world.nested("ipam.vrf", vrf, &call.base);
        let row = |net: Net| json!({"family": net.family(), "prefix": net.to_string(), "vrf": vrf});
        return Ok(Answer::json(200, free.into_iter().map(row).collect()));
    }
    let (mut asked, is_list) = asked(call)?;
    let bits = object.net.map_or(32, |n| n.bits);
    let errors: Vec<Value> = asked.iter().map(|body| match body.get("prefix_length") {
        None => json!({"prefix_length": "this field can not be missing"}),
        Some(length) => match length.as_u64() {
            None => json!({"prefix_length": "this field must be int type"}),
            Some(length) if length > u64::from(bits) => {
                json!({"prefix_length": format!("Invalid prefix length ({length}) for IPv{}", if bits == 32 { 4 } else { 6 })})
            }
            Some(_) => json!({}),
        },
    }).collect();
    if errors.iter().any(|e| e != &json!({})) {
        return Err(No::new(400, Value::Array(errors)));
    }
    for body in &mut asked {
        let length = body.get("prefix_length").and_then(Value::as_u64).and_then(|l| u8::try_from(l).ok());
        let length = length.unwrap_or(bits);
        let place = free.iter().position(|net| net.length <= length).ok_or_else(full)?;
        let from = free.remove(place);
        let taken = Net { length, ..from };
        if taken.last() < from.last() {
            let rest = cut(taken.last() + 1, from.last(), bits);
            free.splice(place..place, rest);
        }
        body.insert("prefix".into(), json!(taken.to_string()));
        body.insert("vrf".into(), json!(vrf));
    }
    hand_out(call, parent, asked, is_list)
}

pub fn vlans(call: &mut Call<'_>, id: u64) -> Answered {
    let (groups, vlans) = (model("ipam.vlangroup"), model("ipam.vlan"));
    let (groups, vlans) = groups.zip(vlans).expect("there are VLANs");
    let is_post = call.method == Method::POST;
    if is_post {
        call.needs("add", vlans.kind)?;
    }
    let group = detail::find(call, "view", groups, id)?;
    let taken: HashSet<u64> = call
        .world
        .all(vlans.kind)
        .filter(|(_, o)| o.id("group") == Some(id))
        .filter_map(|(_, o)| o.get("vid").as_u64())
        .collect();
    let free: Vec<u64> = made::vids(&group).into_iter().filter(|vid| !taken.contains(vid)).collect();
    if !is_post {
        let group = call.world.nested(groups.kind, Some(id), &call.base);
        let rows = free.into_iter().take(list::limit(call)).map(|vid| json!({"vid": vid, "group": group}));
        return Ok(Answer::json(200, rows.collect()));
    }
    let (mut asked, is_list) = asked(call)?;
    let is_named = |body: &Fields| body.get("name").is_some_and(|n| !n.is_null());
    if !asked.iter().all(is_named) {
        let error =
            |body: &Fields| if is_named(body) { json!({}) } else { json!({"name": ["This field is required."]}) };
        return Err(No::new(400, asked.iter().map(error).collect()));
    }
    if free.len() < asked.len() {
        return Err(full());
    }
    for (body, vid) in asked.iter_mut().zip(free) {
        body.insert("vid".into(), json!(vid));
        body.insert("group".into(), json!(id));
    }
    hand_out(call, vlans, asked, is_list)
}

/// One object or a list of them; no body is one empty object.
fn asked(call: &mut Call<'_>) -> Result<(Vec<Fields>, bool), No> {
    let (all, is_list) = match std::mem::take(&mut call.body) {
        Value::Array(all) => (all, true),
        Value::Null => (vec![json!({})], false),
        one => (vec![one], false),
    };
    let bodies = all.into_iter().map(|body| match body {
        Value::Object(body) => Ok(body),
        _ => Err(No::new(400, json!([{"non_field_errors": ["Invalid data. Expected a dictionary."]}]))),
    });
    Ok((bodies.collect::<Result<_, No>>()?, is_list))
}

/// Creates them all or none. They are answered as they were stored, before anything was counted.
fn hand_out(call: &mut Call<'_>, model: &'static Model, asked: Vec<Fields>, is_list: bool) -> Answered {
    let drafts = if is_list {
        let bodies: Vec<Value> = asked.into_iter().map(Value::Object).collect();
        write::drafts(call, model, &bodies)?
    } else {
        let body = asked.into_iter().next().unwrap_or_default();
        write::remember(call, &body);
        vec![call.world.draft(model, &body)?]
    };
    let mut ids = Vec::new();
    for object in drafts {
        ids.push(write::insert(call, model, object)?);
    }
    let form = call.form();
    let mut shown: Vec<Value> = ids.into_iter().map(|id| call.world.show(model, id, &form)).collect();
    for object in shown.iter_mut().filter_map(Value::as_object_mut) {
        object.remove("prefix_count");
        for counted in ["children", "_depth"] {
            object.entry(counted).and_modify(|n| *n = json!(0));
        }
    }
    Ok(Answer::json(201, if is_list { Value::Array(shown) } else { shown.pop().unwrap_or_default() }))
}
