use super::*;
use crate::netbox::{
    Address, Cluster, CustomField, Device, Interface, Journal, MacAddress, Prefix, Range, Site, Status, Tag, Vlan, Vm,
    VmInterface, Vrf, Whoami,
};
use proptest::prelude::*;
use serde_json::json;

fn with<T>(value: &Value, read: impl Fn(&Fields<'_>) -> T) -> T {
    read(&Fields { what: "thing", fields: value.as_object().expect("an object") })
}

#[test]
fn choices_are_read_bare_and_wrapped() {
    for status in [json!("active"), json!({"value": "active", "label": "Active"})] {
        assert_eq!(with(&json!({"status": status}), |f| f.text("status")), "active");
    }
    assert_eq!(with(&json!({"status": null}), |f| f.some_text("status")), None);
    assert_eq!(with(&json!({"role": {"value": "", "label": "x"}}), |f| f.some_text("role")), None);
}

#[test]
fn related_objects_are_read_in_all_their_forms() {
    let named = |value: Value| with(&json!({"x": value}), |f| f.related("x")).map(|r| (r.id, r.name, r.slug));
    let right = |id, name: &str, slug: Option<&str>| Some((id, name.to_owned(), slug.map(str::to_owned)));
    assert_eq!(named(json!({"id": 1, "name": "Lab", "slug": "lab"})), right(1, "Lab", Some("lab")));
    assert_eq!(named(json!({"id": 2, "model": "vEOS", "display": "Arista vEOS"})), right(2, "vEOS", None));
    assert_eq!(named(json!({"id": 3, "name": null, "display": "Unnamed (3)"})), right(3, "Unnamed (3)", None));
    assert_eq!(named(json!({"id": 4})), right(4, "4", None));
    assert_eq!(named(json!(5)), right(5, "5", None));
    for none in [json!(null), json!("x"), json!({"name": "no id"}), json!([])] {
        assert_eq!(named(none), None);
    }
}

#[test]
fn a_scope_is_a_site_only_when_it_says_so() {
    let site = |value: Value| with(&value, |f| f.site()).map(|r| r.name);
    let scope = json!({"id": 1, "name": "Lab One", "slug": "lab-1"});
    assert_eq!(site(json!({"scope_type": "dcim.site", "scope": scope})), Some("Lab One".to_owned()));
    assert_eq!(site(json!({"scope_type": "dcim.region", "scope": scope})), None);
    assert_eq!(site(json!({"scope_type": null, "scope": null, "site": scope})), Some("Lab One".to_owned()));
    assert_eq!(site(json!({})), None);
}

#[test]
fn custom_choices_are_their_values_in_all_releases() {
    let custom = json!({"custom_fields": {
        "mode": {"value": "cli", "label": "CLI"}, "modes": [{"value": "a", "label": "A"}, "b"],
        "cable": {"id": 1, "display": "x", "label": "y"}, "text": "a\u{1b}b", "number": 5, "none": null,
    }});
    let right = json!({
        "mode": "cli", "modes": ["a", "b"], "cable": {"id": 1, "display": "x", "label": "y"}, "text": "a\\u{1b}b",
        "number": 5, "none": null,
    });
    assert_eq!(Value::Object(with(&custom, |f| f.custom())), right);
    assert!(with(&json!({}), |f| f.custom()).is_empty());
}

#[test]
fn numbers_come_in_several_forms() {
    for (value, number) in [
        (json!(4096), Some(4096)),
        (json!(2.0), Some(2)),
        (json!("2.00"), Some(2)),
        (json!(-1), None),
        (json!(1e300), None),
        (json!(null), None),
        (json!({}), None),
    ] {
        assert_eq!(with(&json!({"x": value}), |f| f.number("x")), number, "{value}");
    }
}

#[test]
fn tags_are_their_slugs() {
    let tags = json!({"tags": [{"id": 1, "name": "Lab", "slug": "lab"}, "old", 5, null, {"id": 2}]});
    assert_eq!(with(&tags, |f| f.tags()), ["lab", "old", "5"]);
}

/// What may stand anywhere: of the right kind, of a wrong one, or nothing.
fn anything() -> impl Strategy<Value = Value> {
    let names = "id|name|slug|value|label|vid|address|prefix|display|device|scope_type|custom_fields|tags|[a-z]{1,3}";
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        (0u64..5000).prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        "(10.0.0.[0-9]{1,3}/[0-9]{1,2}|dcim.site|\\PC{0,9})".prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 24, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map(names, inner, 0..6).prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn whatever_comes_is_read_or_refused(values in prop::collection::vec(anything(), 12)) {
        let fields = [
            "id", "name", "address", "prefix", "vid", "vlan", "custom_fields", "tags", "scope", "assigned_object",
            "virtual_machine", "link_peers",
        ];
        let row = Value::Object(fields.iter().map(|f| (*f).to_owned()).zip(values).collect());
        let _ = (read::<Address>(&row), read::<Cluster>(&row), read::<CustomField>(&row), read::<Device>(&row));
        let _ = (read::<Interface>(&row), read::<Journal>(&row), read::<MacAddress>(&row), read::<Prefix>(&row));
        let _ = (read::<Range>(&row), read::<Site>(&row), read::<Status>(&row), read::<Tag>(&row), read::<Vrf>(&row));
        let _ = (read::<Vlan>(&row), read::<Vm>(&row), read::<VmInterface>(&row), read::<Whoami>(&row));
        prop_assert!(read::<Ref>(&row).is_ok() == row["id"].is_u64());
    }
}
