//! Configuration contexts: those that fit a device or a virtual machine, merged by weight.

use super::{Fields, Object, World};
use crate::netbox::table::Model;
use serde_json::Value;

impl World {
    pub fn config_context(&self, model: &Model, object: &Object) -> Value {
        // A virtual machine is where its cluster is.
        let cluster = object.id("cluster").and_then(|id| self.get("virtualization.cluster", id));
        let mut fitting: Vec<_> = self
            .all("extras.configcontext")
            .filter(|(_, c)| c.is("is_active") && self.fits(c, model, object, cluster.map(AsRef::as_ref)))
            .collect();
        fitting.sort_by_key(|(id, c)| (c.get("weight").as_u64(), c.text("name"), *id));
        let mut merged = Value::Object(Fields::new());
        for (_, context) in fitting {
            merge(&mut merged, context.get("data"));
        }
        merge(&mut merged, object.get("local_context_data"));
        merged
    }

    fn fits(&self, context: &Object, model: &Model, object: &Object, cluster: Option<&Object>) -> bool {
        let is_in = |field: &str, id: Option<u64>| {
            let wanted = context.ids(field);
            wanted.is_empty() || id.is_some_and(|id| wanted.contains(&id))
        };
        let is_device = model.kind == "dcim.device";
        is_in("sites", object.id("site"))
            && is_in("locations", object.id("location"))
            && is_in("device_types", object.id("device_type").filter(|_| is_device))
            && is_in("roles", object.id("role"))
            && is_in("platforms", object.id("platform"))
            && is_in("clusters", object.id("cluster"))
            && is_in("cluster_types", cluster.and_then(|c| c.id("type")))
            && is_in("tenants", object.id("tenant"))
            && (context.ids("tags").is_empty() || context.ids("tags").iter().any(|t| object.ids("tags").contains(t)))
    }
}

/// Objects are merged, everything else is replaced.
pub fn merge(into: &mut Value, from: &Value) {
    match (into, from) {
        (_, Value::Null) => {}
        (Value::Object(into), Value::Object(from)) => {
            for (key, value) in from {
                match into.get_mut(key) {
                    Some(there) if there.is_object() && value.is_object() => merge(there, value),
                    _ => drop(into.insert(key.clone(), value.clone())),
                }
            }
        }
        (into, from) => *into = from.clone(),
    }
}
