//! NetBox' objects in a few words each.

use serde_json::{Value, json};

/// `value` of `{"value", "label"}`, or what is there itself.
fn bare(value: &Value) -> &Value {
    value.get("value").unwrap_or(value)
}

fn text<'v>(row: &'v Value, name: &str) -> &'v str {
    bare(&row[name]).as_str().unwrap_or_default()
}

/// The name of another object; empty without one.
fn named<'v>(row: &'v Value, name: &str) -> &'v str {
    let other = &row[name];
    other["name"].as_str().or_else(|| other["display"].as_str()).unwrap_or_default()
}

/// The global table has no object in NetBox.
fn vrf(row: &Value) -> &str {
    Some(named(row, "vrf")).filter(|name| !name.is_empty()).unwrap_or("global")
}

/// A prefix has a site by its scope, which may be something else too; before 4.2 it had one of its own.
fn site(row: &Value) -> &str {
    match row["scope_type"].as_str() {
        Some("dcim.site") => named(row, "scope"),
        Some(_) => "",
        None => named(row, "site"),
    }
}

fn tags(row: &Value) -> Value {
    let name = |tag: &Value| tag["name"].as_str().or_else(|| tag.as_str()).map(str::to_owned);
    row["tags"].as_array().map(|tags| tags.iter().filter_map(name).collect()).unwrap_or_else(|| json!([]))
}

fn custom(row: &Value) -> Value {
    Some(&row["custom_fields"]).filter(|fields| fields.is_object()).cloned().unwrap_or_else(|| json!({}))
}

pub fn address(row: &Value, gateway: Option<&str>) -> Value {
    json!({
        "id": row["id"],
        "address": text(row, "address"),
        "family": bare(&row["family"]),
        "dns_name": text(row, "dns_name"),
        "description": text(row, "description"),
        "status": text(row, "status"),
        "vrf": vrf(row),
        "tags": tags(row),
        "prefix_gateway": gateway,
        "custom_fields": custom(row),
    })
}

pub fn prefix(row: &Value, gateway: Option<&str>) -> Value {
    json!({
        "id": row["id"],
        "prefix": text(row, "prefix"),
        "family": bare(&row["family"]),
        "status": text(row, "status"),
        "vrf": vrf(row),
        "description": text(row, "description"),
        "site": site(row),
        "role": named(row, "role"),
        "tags": tags(row),
        "gateway": gateway,
        "dns_servers": dns_servers(row),
        "custom_fields": custom(row),
    })
}

/// Of a custom field, whether that is a text or a list.
fn dns_servers(row: &Value) -> String {
    let field = ["dns_servers", "nameservers"].map(|name| &row["custom_fields"][name]);
    match field.into_iter().find(|value| !value.is_null()) {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Array(all)) => {
            let text = |one: &Value| one.as_str().or_else(|| one["address"].as_str()).map(str::to_owned);
            all.iter().filter_map(text).collect::<Vec<_>>().join(" ")
        }
        _ => String::new(),
    }
}

pub fn vlan(row: &Value) -> Value {
    json!({
        "id": row["id"],
        "vid": row["vid"],
        "name": text(row, "name"),
        "status": text(row, "status"),
        "site": named(row, "site"),
        "group": named(row, "group"),
        "role": named(row, "role"),
        "description": text(row, "description"),
        "tags": tags(row),
        "custom_fields": custom(row),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prefix_in_a_few_words() {
        let row = json!({
            "id": 2, "prefix": "10.20.0.0/29", "family": { "value": 4, "label": "IPv4" },
            "status": { "value": "active", "label": "Active" }, "vrf": { "id": 1, "name": "LAB-VRF" },
            "scope_type": "dcim.site", "scope": { "id": 1, "name": "Lab" }, "role": { "id": 1, "name": "Mgmt" },
            "tags": [{ "id": 1, "name": "Lab", "slug": "lab" }], "description": "x",
            "custom_fields": { "gateway": "10.20.0.6", "dns_servers": ["1.1.1.1", "8.8.8.8"] },
        });
        let right = json!({
            "id": 2, "prefix": "10.20.0.0/29", "family": 4, "status": "active", "vrf": "LAB-VRF", "description": "x",
            "site": "Lab", "role": "Mgmt", "tags": ["Lab"], "gateway": "10.20.0.6",
            "dns_servers": "1.1.1.1 8.8.8.8", "custom_fields": row["custom_fields"],
        });
        assert_eq!(prefix(&row, Some("10.20.0.6")), right);
    }

    #[test]
    fn what_is_not_there_has_its_word_all_the_same() {
        let bare = json!({ "id": 1, "prefix": "10.0.0.0/24", "family": 4, "status": "active", "vrf": null });
        let told = prefix(&bare, None);
        assert_eq!((&told["vrf"], &told["site"], &told["role"]), (&json!("global"), &json!(""), &json!("")));
        assert_eq!((&told["tags"], &told["gateway"], &told["dns_servers"]), (&json!([]), &Value::Null, &json!("")));
        assert_eq!(told["custom_fields"], json!({}));
        let region = json!({ "scope_type": "dcim.region", "scope": { "name": "North" } });
        assert_eq!(prefix(&region, None)["site"], "");
        let old = json!({ "site": { "name": "Lab" } });
        assert_eq!(prefix(&old, None)["site"], "Lab");
    }
}
