//! What is peculiar to a kind of object: checked before it is stored, done after.

mod address;
mod cable;
mod extras;
mod machine;
mod prefix;

pub use cable::read as read_cable;
pub use extras::{event_types, is_kind};

use super::{Fields, Object, World};
use crate::netbox::table::{Kind, Model};
use serde_json::json;

/// Errors by field; `__all__` is about the object as a whole.
pub type Checked = Result<(), Fields>;

fn no(field: &str, words: impl Into<String>) -> Checked {
    Err(Fields::from_iter([(field.to_owned(), json!([words.into()]))]))
}

const ALL: &str = "__all__";

/// # Errors
/// The first rule that it breaks.
pub fn check(world: &World, model: &Model, id: Option<u64>, object: &mut Object) -> Checked {
    check_generic(world, model, object)?;
    check_tags(world, model, object)?;
    match model.kind {
        "ipam.ipaddress" => address::check(world, id, object),
        "ipam.prefix" => prefix::check(world, id, object),
        "ipam.iprange" => prefix::check_range(world, id, object),
        "ipam.vlan" => prefix::check_vlan(world, object),
        "virtualization.virtualmachine" => machine::check_vm(world, id, object),
        "virtualization.vminterface" | "dcim.interface" => machine::check_interface(world, model, id, object),
        "dcim.device" => machine::check_device(world, id, object),
        "dcim.macaddress" => machine::check_mac(world, id, object),
        "extras.customfield" => extras::check_custom_field(world, id, object),
        "extras.webhook" => extras::check_webhook(object),
        "extras.eventrule" => extras::check_event_rule(object),
        _ => Ok(()),
    }
}

/// What follows from a change.
pub fn after_write(world: &mut World, model: &Model, id: u64) {
    if model.kind == "virtualization.virtualdisk"
        && let Some(vm) = world.get(model.kind, id).and_then(|disk| disk.id("virtual_machine"))
    {
        machine::sum_disks(world, vm);
    }
}

/// What follows from a deletion.
pub fn after_delete(world: &mut World, model: &Model, object: &Object) {
    if model.kind == "virtualization.virtualdisk"
        && let Some(vm) = object.id("virtual_machine")
    {
        machine::sum_disks(world, vm);
    }
}

/// A generic reference has both halves or none, and its object exists.
fn check_generic(world: &World, model: &Model, object: &mut Object) -> Checked {
    for field in model.fields.iter().filter(|f| matches!(f.kind, Kind::IdOf)) {
        let name = field.name.trim_end_matches("_id");
        let kind = object.get(&format!("{name}_type")).as_str().map(str::to_owned);
        match (kind, object.id(field.name)) {
            (None, Some(_)) => object.set(field.name, serde_json::Value::Null),
            (Some(kind), Some(id)) if world.get(&kind, id).is_none() => {
                return no(field.name, format!("Related object not found using the provided value: {id}."));
            }
            (Some(kind), None) if name == "scope" => {
                return no("scope_id", format!("A {kind} must be selected for the scope."));
            }
            _ => {}
        }
    }
    Ok(())
}

fn check_tags(world: &World, model: &Model, object: &Object) -> Checked {
    for id in object.ids("tags") {
        let Some(tag) = world.get("extras.tag", id) else { continue };
        let kinds = tag.get("object_types").as_array().map(Vec::as_slice).unwrap_or_default();
        if !kinds.is_empty() && !kinds.iter().any(|k| k == model.kind) {
            let words = format!("Tag {} cannot be assigned to {} objects.", tag.text("name"), model.noun);
            return Err(Fields::from_iter([("detail".to_owned(), json!(words))]));
        }
    }
    Ok(())
}
