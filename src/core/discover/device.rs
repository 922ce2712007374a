//! The device itself: its serial number, what it is, what it runs; and a device that NetBox has not yet, with its site,
//! role and type, which are made where they are missing.

use super::{DEVICE, Known, KnownNamed, Plan, Wish, made, maker, names};
use direttore_clients::netbox::Object;
use direttore_domain::device::seen::Seen;
use serde_json::{Map, Value, json};

/// What other changes name the device by.
pub(super) fn id(known: &Known) -> Value {
    known.device.id.map_or_else(|| made(DEVICE), |id| json!(id))
}

/// The site that its VLANs are of.
pub(super) fn site(known: &Known) -> Option<Value> {
    match (&known.device.new, known.device.site) {
        (_, Some(site)) => Some(json!(site)),
        (Some(new), None) => Some(found(&known.sites, &new.site, "site")),
        (None, None) => None,
    }
}

/// The one that NetBox has, or what stands for the one that will be made.
fn found(all: &[KnownNamed], meant: &str, what: &str) -> Value {
    KnownNamed::find(all, meant).map_or_else(|| made(&format!("{what}:{meant}")), |one| json!(one.id))
}

pub(super) fn device(seen: &Seen, known: &Known, wish: &Wish, plan: &mut Plan) {
    match &known.device.new {
        Some(_) if known.device.id.is_none() => return new(seen, known, plan),
        _ => {}
    }
    let (was, is) = (&known.device.serial, &seen.system.serial);
    let mut body = Map::new();
    let mut reasons = Vec::new();
    if is.is_empty() || was == is {
        plan.unchanged += 1;
    } else if was.is_empty() || wish.overwrite {
        reasons.push(if was.is_empty() { "serial was empty".to_owned() } else { format!("serial was {was}") });
        body.insert("serial".to_owned(), json!(is));
    } else {
        plan.skip("serial", format!("NetBox has {was}, the device {is}"));
    }
    if !seen.system.name.is_empty() && !names::is_same_host(&seen.system.name, &known.device.name) {
        plan.skip("name", format!("NetBox says {}, the device {}", known.device.name, seen.system.name));
    }
    if !known.device.has_platform
        && let Some(platform) = platform(seen, known, plan)
    {
        reasons.push("platform was empty".to_owned());
        body.insert("platform".to_owned(), platform);
    }
    if let Some((field, was)) = known.device.software.as_ref().filter(|_| !seen.system.software.is_empty()) {
        let is = &seen.system.software;
        if was.is_empty() || (wish.overwrite && was != is) {
            reasons.push(if was.is_empty() { format!("{field} was empty") } else { format!("{field} was {was}") });
            body.insert("custom_fields".to_owned(), json!({ field.as_str(): is }));
        } else if was != is {
            plan.skip(field.as_str(), format!("NetBox has {was}, the device {is}"));
        }
    }
    let model = &seen.system.model;
    if let Some(was) = known.device.model.as_ref().filter(|was| !model.is_empty() && !was.eq_ignore_ascii_case(model)) {
        if wish.overwrite {
            reasons.push(format!("type was {was}"));
            body.insert("device_type".to_owned(), kind(seen, known, model, plan));
        } else {
            plan.skip("type", format!("NetBox has {was}, the device {model}"));
        }
    }
    if !body.is_empty() {
        let what = format!("device {}", known.device.name);
        plan.put("device".to_owned(), Object::Device, Some(id(known)), Value::Object(body), what, reasons.join(", "));
    }
}

fn new(seen: &Seen, known: &Known, plan: &mut Plan) {
    let Some(new) = &known.device.new else { return };
    let mut named = |all: &[KnownNamed], meant: &str, what: &str, object: Object| {
        let found = found(all, meant, what);
        if found.is_object() {
            let body = json!({ "name": meant, "slug": names::slug(meant) });
            plan.make(format!("{what}:{meant}"), object, body, format!("{what} {meant}"));
        }
        found
    };
    let site = named(&known.sites, &new.site, "site", Object::Site);
    let role = named(&known.roles, &new.role, "role", Object::Role);
    let model = new.kind.clone().unwrap_or_else(|| seen.system.model.clone());
    let kind = kind(seen, known, &model, plan);
    let mut body = json!({
        "name": known.device.name, "site": site, "role": role, "device_type": kind, "status": "active",
        "serial": seen.system.serial,
    });
    if let Some(platform) = platform(seen, known, plan) {
        body["platform"] = platform;
    }
    if let Some((field, _)) = known.device.software.as_ref().filter(|_| !seen.system.software.is_empty()) {
        body["custom_fields"] = json!({ field.as_str(): seen.system.software });
    }
    plan.make(DEVICE.to_owned(), Object::Device, body, format!("device {}", known.device.name));
}

/// A type by its model. Two makers may have the same: then the maker that the device tells decides.
fn kind(seen: &Seen, known: &Known, model: &str, plan: &mut Plan) -> Value {
    let maker = maker::name(&seen.system);
    let same: Vec<_> = known.types.iter().filter(|kind| kind.model.eq_ignore_ascii_case(model)).collect();
    let of_maker = same.iter().find(|kind| {
        kind.manufacturer.as_deref().zip(maker.as_deref()).is_some_and(|(one, other)| maker::is_same(one, other))
    });
    if let Some(kind) = of_maker.or_else(|| same.first().filter(|_| same.len() == 1)) {
        return json!(kind.id);
    }
    let maker = maker.unwrap_or_else(|| "Unknown".to_owned());
    let by = manufacturer(&maker, known, plan);
    let key = format!("type:{model}");
    let body = json!({ "manufacturer": by, "model": model, "slug": names::slug(model) });
    plan.make(key.clone(), Object::DeviceType, body, format!("device type {model} of {maker}"));
    made(&key)
}

fn manufacturer(maker: &str, known: &Known, plan: &mut Plan) -> Value {
    let exact = KnownNamed::find(&known.manufacturers, maker);
    if let Some(one) = exact.or_else(|| known.manufacturers.iter().find(|one| maker::is_same(&one.name, maker))) {
        return json!(one.id);
    }
    let key = format!("manufacturer:{maker}");
    if !plan.has(&key) {
        let body = json!({ "name": maker, "slug": names::slug(maker) });
        plan.make(key.clone(), Object::Manufacturer, body, format!("manufacturer {maker}"));
    }
    made(&key)
}

fn platform(seen: &Seen, known: &Known, plan: &mut Plan) -> Option<Value> {
    let (slug, name) = maker::platform(&seen.system)?;
    let is = |one: &&KnownNamed| one.slug.replace('-', "_").eq_ignore_ascii_case(slug);
    if let Some(one) = known.platforms.iter().find(is) {
        return Some(json!(one.id));
    }
    let key = format!("platform:{slug}");
    plan.make(key.clone(), Object::Platform, json!({ "name": name, "slug": slug }), format!("platform {name}"));
    Some(made(&key))
}
