//! Which changes of a plan can be made at once.

use super::Change;
use serde_json::Value;
use std::collections::BTreeMap;

/// Set after set: what a change names, and what was to be done to the same thing before, is done in an earlier set. Numbers
/// count as names whatever they are of: what is kept in order for nothing is only a little later.
pub fn waves(changes: &[Change]) -> Vec<Vec<&Change>> {
    let mut waves: Vec<Vec<&Change>> = Vec::new();
    let (mut made, mut changed) = (BTreeMap::<&str, usize>::new(), BTreeMap::<u64, usize>::new());
    // What was made and then changed: others may name it once it is there.
    let mut finished = BTreeMap::<&str, usize>::new();
    for change in changes {
        let mut named = Named::default();
        named.add(&change.body);
        if let Some(id) = &change.id {
            named.add(id);
        }
        named.keys.push(&change.key);
        let same = change.id.as_ref().and_then(key);
        let before = named.keys.iter().filter_map(|key| made.get(key)).chain(same.and_then(|key| finished.get(key)));
        let wave = before.chain(named.ids.iter().filter_map(|id| changed.get(id))).max().map_or(0, |last| last + 1);
        if waves.len() <= wave {
            waves.resize_with(wave + 1, Vec::new);
        }
        waves[wave].push(change);
        made.insert(&change.key, wave);
        if let Some(key) = same {
            finished.insert(key, wave);
        }
        if let Some(id) = change.id.as_ref().and_then(Value::as_u64) {
            changed.insert(id, wave);
        }
    }
    waves
}

/// The change that an id stands for that is not known yet.
fn key(value: &Value) -> Option<&str> {
    value.get("$made").and_then(Value::as_str)
}

#[derive(Default)]
struct Named<'c> {
    keys: Vec<&'c str>,
    ids: Vec<u64>,
}

impl<'c> Named<'c> {
    fn add(&mut self, value: &'c Value) {
        match (key(value), value) {
            (Some(key), _) => self.keys.push(key),
            (None, Value::Object(fields)) => fields.values().for_each(|value| self.add(value)),
            (None, Value::Array(items)) => items.iter().for_each(|value| self.add(value)),
            (None, other) => self.ids.extend(other.as_u64()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{super::made, *};
    use direttore_clients::netbox::Object;
    use serde_json::json;

    fn change(key: &str, object: Object, id: Option<Value>, body: Value) -> Change {
        Change { key: key.to_owned(), object, id, body, what: key.to_owned(), why: String::new() }
    }

    #[test]
    fn what_is_named_comes_before_what_names_it() {
        let port = |name: &str, body: Value| change(name, Object::Interface, None, body);
        let all = [
            change("vlan", Object::Vlan, None, json!({})),
            port("po1", json!({ "device": 7 })),
            change("mac:po1", Object::MacAddress, None, json!({ "assigned_object_id": made("po1") })),
            change(
                "primary-mac:po1",
                Object::Interface,
                Some(made("po1")),
                json!({ "primary_mac_address": made("mac:po1") }),
            ),
            port("et1", json!({ "device": 7, "lag": made("po1"), "tagged_vlans": [made("vlan")] })),
            change("et2", Object::Interface, Some(json!(12)), json!({ "mtu": 9000 })),
            change("primary-mac:et2", Object::Interface, Some(json!(12)), json!({ "primary_mac_address": 3 })),
            change("address", Object::Address, Some(json!(40)), json!({ "assigned_object_id": 12 })),
            change("primary", Object::Device, Some(json!(7)), json!({ "primary_ip4": 40 })),
        ];
        let told: Vec<Vec<&str>> =
            waves(&all).into_iter().map(|wave| wave.into_iter().map(|change| change.key.as_str()).collect()).collect();
        assert_eq!(
            told,
            [
                vec!["vlan", "po1", "et2"],
                vec!["mac:po1", "et1", "primary-mac:et2"],
                vec!["primary-mac:po1", "address"],
                vec!["primary"],
            ]
        );
        assert_eq!(waves(&[]), Vec::<Vec<&Change>>::new());
    }
}
