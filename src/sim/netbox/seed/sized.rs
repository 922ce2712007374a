//! Many prefixes and devices, beside the demo's lab.

use super::{World, table};
use crate::netbox::net::Net;
use serde_json::{Value, json};

pub fn build(world: &mut World, prefixes: usize, devices: usize) {
    let room = Net::parse("100.64.0.0/10").expect("a network");
    let blank = draft(world, "ipam.prefix", &json!({"prefix": "100.64.0.0/26"}));
    for i in 0..prefixes {
        let mut object = blank.clone();
        let prefix = Net { length: 26, ..room.at(room.first() + (i as u128) * 64) };
        object.set("prefix", prefix.to_string());
        object.set("description", format!("net {i}"));
        let model = table::model("ipam.prefix").expect("there are prefixes");
        world.insert(model, object);
    }
    let model = table::model("dcim.device").expect("there are devices");
    let Some(like) = world.find(model.kind, |d| d.text("name") == "sw1").map(|(_, d)| d.clone()) else { return };
    let wanted = ["device_type", "role", "site", "platform"].map(|f| (f.to_owned(), like.get(f).clone()));
    let blank = draft(world, model.kind, &Value::Object(wanted.into_iter().collect()));
    for i in 0..devices {
        let mut object = blank.clone();
        object.set("name", format!("dev{i:05}"));
        world.insert(model, object);
    }
}

fn draft(world: &World, kind: &str, body: &Value) -> crate::netbox::world::Object {
    let model = table::model(kind).unwrap_or_else(|| panic!("no model {kind}"));
    let body = body.as_object().cloned().unwrap_or_default();
    world.draft(model, &body).unwrap_or_else(|why| panic!("{kind}: {why}"))
}
