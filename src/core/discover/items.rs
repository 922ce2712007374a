//! Parts with serial numbers, as inventory items. Their names are a device's own.

use super::{Known, Plan, Wish, device};
use direttore_clients::netbox::Object;
use direttore_domain::{
    device::seen::{Module, Seen},
    text,
};
use serde_json::json;
use std::collections::BTreeSet;

fn name(module: &Module) -> String {
    let told = [&module.name, &module.description, &module.model].into_iter().find(|words| !words.is_empty());
    text::shorten(told.unwrap_or(&module.serial), 64)
}

pub(super) fn items(seen: &Seen, known: &Known, wish: &Wish, plan: &mut Plan) {
    let mut names = BTreeSet::new();
    for module in &seen.modules {
        let name = name(module);
        if !names.insert(name.to_lowercase()) {
            plan.skip(format!("part {name}"), format!("the device has another of this name: {}", module.serial));
            continue;
        }
        let (key, what) = (format!("item:{name}"), format!("part {name}"));
        let body = json!({
            "device": device::id(known), "name": name, "part_id": text::shorten(&module.model, 50),
            "serial": text::shorten(&module.serial, 50), "description": text::shorten(&module.description, 200),
            "discovered": true,
        });
        match known.items.iter().find(|item| item.name.eq_ignore_ascii_case(&name)) {
            None => plan.make(key, Object::InventoryItem, body, what),
            Some(is) if is.serial == module.serial => plan.unchanged += 1,
            Some(is) if is.serial.is_empty() || wish.overwrite => {
                let why = if is.serial.is_empty() {
                    "serial was empty".to_owned()
                } else {
                    format!("serial was {}", is.serial)
                };
                let body = json!({ "serial": body["serial"], "part_id": body["part_id"] });
                plan.put(key, Object::InventoryItem, Some(json!(is.id)), body, what, why);
            }
            Some(is) => plan.skip(what, format!("NetBox has {}, the device {}", is.serial, module.serial)),
        }
    }
    for lost in known.items.iter().filter(|item| !names.contains(&item.name.to_lowercase())) {
        plan.gone.push(super::Left {
            what: format!("part {}", lost.name),
            why: "the device does not show it; it stays in NetBox".to_owned(),
        });
    }
}
