//! Custom fields, webhooks and event rules.

use super::{Checked, no};
use crate::netbox::{
    table,
    world::{Object, World},
};
use serde_json::{Value, json};

/// Whether there is such a kind of object. Those that have no endpoint here count too.
pub fn is_kind(kind: &str) -> bool {
    const OTHERS: &[&str] = &[
        "dcim.region",
        "dcim.sitegroup",
        "dcim.module",
        "dcim.inventoryitem",
        "ipam.fhrpgroup",
        "ipam.service",
        "ipam.aggregate",
        "ipam.asn",
        "virtualization.clustergroup",
        "tenancy.tenantgroup",
        "tenancy.contact",
        "extras.script",
        "extras.notificationgroup",
    ];
    table::model(kind).is_some() || OTHERS.contains(&kind)
}

const EVENTS: &[&str] = &[
    "object_created",
    "object_updated",
    "object_deleted",
    "job_started",
    "job_completed",
    "job_failed",
    "job_errored",
];

/// # Errors
/// By position, those that do not exist.
pub fn event_types(value: &Value) -> Result<Value, Value> {
    let Some(all) = value.as_array() else { return Err(json!(["Expected a list of items."])) };
    let is_known = |v: &Value| v.as_str().is_some_and(|v| EVENTS.contains(&v));
    let wrong: serde_json::Map<String, Value> = all
        .iter()
        .enumerate()
        .filter(|(_, v)| !is_known(v))
        .map(|(i, v)| (i.to_string(), json!([format!("\"{}\" is not a valid choice.", v.as_str().unwrap_or("?"))])))
        .collect();
    if wrong.is_empty() { Ok(value.clone()) } else { Err(Value::Object(wrong)) }
}

pub fn check_custom_field(world: &World, id: Option<u64>, object: &Object) -> Checked {
    let name = object.text("name");
    if !name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_') {
        return no("name", "Only alphanumeric characters and underscores are allowed.");
    }
    if name.contains("__") {
        return no("name", "Double underscores are not permitted in custom field names.");
    }
    let kind = object.text("type");
    if let Some(before) = id.and_then(|id| world.get("extras.customfield", id))
        && before.text("type") != kind
    {
        return no("type", "Changing the type of custom fields is not supported.");
    }
    if matches!(kind, "object" | "multiobject") && object.get("related_object_type").is_null() {
        return no("related_object_type", "Object fields must define an object type.");
    }
    if matches!(kind, "select" | "multiselect") && object.id("choice_set").is_none() {
        return no("choice_set", "Selection fields must specify a set of choices.");
    }
    if object.is("unique") && kind == "boolean" {
        return no("unique", "Uniqueness cannot be enforced for boolean fields");
    }
    Ok(())
}

pub fn check_webhook(object: &Object) -> Checked {
    let url = object.text("payload_url");
    if url.starts_with("http://") || url.starts_with("https://") {
        return Ok(());
    }
    no("payload_url", "Enter a valid URL, beginning with http:// or https://.")
}

const OPERATORS: &[&str] = &["eq", "gt", "gte", "lt", "lte", "in", "contains", "regex"];

pub fn check_event_rule(object: &Object) -> Checked {
    match object.get("conditions").get("op").and_then(Value::as_str) {
        Some(op) if !OPERATORS.contains(&op) => {
            no("conditions", format!("Unknown operator: {op}. Must be one of: {}", OPERATORS.join(", ")))
        }
        _ => Ok(()),
    }
}
