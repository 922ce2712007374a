//! The ends of a cable: one interface each, none of which has a cable already.

use crate::netbox::world::{Fields, Object, World};
use serde_json::{Value, json};

const KIND: &str = "dcim.interface";

/// Reads both ends from the body that makes it.
pub fn read(world: &World, object: &mut Object, body: &Fields, errors: &mut Fields) {
    for (field, end) in [("a_terminations", "a"), ("b_terminations", "b")] {
        let Some(given) = body.get(field) else { continue };
        match termination(world, given) {
            Ok(id) => object.set(end, json!(id)),
            Err(why) => drop(errors.insert(field.to_owned(), json!([why]))),
        }
    }
    if object.id("a").is_some() && object.id("a") == object.id("b") {
        errors.insert("__all__".to_owned(), json!(["A and B terminations cannot connect to the same object."]));
    }
}

fn termination(world: &World, given: &Value) -> Result<u64, String> {
    let [one] = given.as_array().map(Vec::as_slice).unwrap_or_default() else {
        return Err("Expected a list with one termination.".to_owned());
    };
    let id = one["object_id"].as_u64().ok_or("A valid integer is required.")?;
    if one["object_type"] != KIND {
        return Err(format!("Invalid content type: {}", one["object_type"]));
    }
    if world.get(KIND, id).is_none() {
        return Err(format!("Related object not found using the provided value: {id}."));
    }
    match world.find("dcim.cable", |cable| cable.id("a") == Some(id) || cable.id("b") == Some(id)) {
        Some((cable, _)) => Err(format!("Duplicate termination found for dcim.interface {id}: cable {cable}")),
        None => Ok(id),
    }
}
