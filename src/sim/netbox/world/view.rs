//! The world without ids and times: two runs that did the same compare equal.

use super::{Object, World};
use crate::netbox::table::{self, Kind};
use serde_json::{Map, Value, json};

const VM: &str = "virtualization.virtualmachine";

impl World {
    pub fn view(&self) -> Value {
        json!({
            "prefixes": self.rows("ipam.prefix", |_, o| self.prefix(o)),
            "addresses": self.rows("ipam.ipaddress", |_, o| self.address(o)),
            "virtual_machines": self.rows(VM, |_, o| self.whole(VM, o)),
            "devices": self.rows("dcim.device", |_, o| self.whole("dcim.device", o)),
            "device_interfaces": self.rows("dcim.interface", |_, o| self.whole("dcim.interface", o)),
            "inventory_items": self.rows("dcim.inventoryitem", |_, o| self.whole("dcim.inventoryitem", o)),
            "cables": self.rows("dcim.cable", |_, o| {
                let end = |id: Option<u64>| id.map(|id| self.path_of("dcim.interface", id));
                json!([end(o.id("a")), end(o.id("b"))])
            }),
            "vlans": self.rows("ipam.vlan", |_, o| self.whole("ipam.vlan", o)),
            "vrfs": self.rows("ipam.vrf", |_, o| self.whole("ipam.vrf", o)),
            "interfaces": self.rows("virtualization.vminterface", |id, o| json!({
                "name": self.path_of("virtualization.vminterface", id),
                "description": o.get("description"), "enabled": o.get("enabled"), "mtu": o.get("mtu"),
                "mode": o.get("mode"), "vlan": self.name("ipam.vlan", o.id("untagged_vlan")),
                "mac": self.name("dcim.macaddress", o.id("primary_mac_address")), "tags": self.tags(o),
            })),
            "macs": self.rows("dcim.macaddress", |_, o| json!({
                "mac": o.get("mac_address"), "assigned": self.assignment(o),
            })),
            "disks": self.rows("virtualization.virtualdisk", |_, o| json!({
                "name": o.get("name"), "virtual_machine": self.name(VM, o.id("virtual_machine")), "size": o.get("size"),
            })),
            "journal": self.rows("extras.journalentry", |_, o| json!({
                "about": self.assignment(o), "kind": o.get("kind"), "comments": o.get("comments"), "tags": self.tags(o),
            })),
            "tags": self.rows("extras.tag", |_, o| json!({
                "slug": o.get("slug"), "name": o.get("name"), "object_types": o.get("object_types"),
            })),
            "custom_fields": self.rows("extras.customfield", |_, o| json!({
                "name": o.get("name"), "type": o.get("type"), "object_types": o.get("object_types"),
                "unique": o.get("unique"),
            })),
        })
    }

    fn rows(&self, kind: &str, row: impl Fn(u64, &Object) -> Value) -> Value {
        let mut rows: Vec<(Vec<u128>, String, Value)> = self
            .all(kind)
            .map(|(id, o)| {
                let row = row(id, o);
                let net = o.net.map(|n| vec![u128::from(n.bits), n.address, u128::from(n.length)]);
                (net.unwrap_or_default(), row.to_string(), row)
            })
            .collect();
        rows.sort_by(|a, b| (&a.0, &a.1).cmp(&(&b.0, &b.1)));
        rows.into_iter().map(|(.., row)| row).collect()
    }

    fn prefix(&self, o: &Object) -> Value {
        json!({
            "prefix": o.get("prefix"), "vrf": self.vrf(o), "status": o.get("status"), "is_pool": o.get("is_pool"),
            "mark_utilized": o.get("mark_utilized"), "vlan": self.name("ipam.vlan", o.id("vlan")),
            "description": o.get("description"), "tags": self.tags(o), "custom_fields": self.custom("ipam.prefix", o),
        })
    }

    fn address(&self, o: &Object) -> Value {
        json!({
            "address": o.get("address"), "vrf": self.vrf(o), "status": o.get("status"), "role": o.get("role"),
            "description": o.get("description"), "assigned": self.assignment(o), "dns_name": o.get("dns_name"),
            "tags": self.tags(o), "custom_fields": self.custom("ipam.ipaddress", o),
        })
    }

    /// All that can be written, other objects by their names.
    fn whole(&self, kind: &str, o: &Object) -> Value {
        let mut out = Map::new();
        let model = table::model(kind).expect("it is one of the table");
        for field in model.fields.iter().filter(|f| f.is_written()) {
            let value = match field.kind {
                Kind::One(kind, _) => self.name(kind, o.id(field.name)),
                Kind::Many(kind) => o.ids(field.name).into_iter().map(|id| self.name(kind, Some(id))).collect(),
                Kind::Tags => self.tags(o),
                Kind::CustomFields => self.custom(kind, o),
                _ => o.get(field.name).clone(),
            };
            out.insert(field.name.to_owned(), value);
        }
        Value::Object(out)
    }

    fn custom(&self, kind: &str, o: &Object) -> Value {
        let names = self.custom_fields_of(kind).into_iter().map(|(name, field)| {
            let value = o.get("custom_fields").get(name).unwrap_or(&Value::Null);
            let value = match field.text("type") {
                "object" => self.name(field.text("related_object_type"), value.as_u64()),
                _ => value.clone(),
            };
            (name.to_owned(), value)
        });
        Value::Object(names.collect())
    }

    fn vrf(&self, o: &Object) -> Value {
        self.name("ipam.vrf", o.id("vrf"))
    }

    fn name(&self, kind: &str, id: Option<u64>) -> Value {
        id.map_or(Value::Null, |id| json!(self.display(kind, id)))
    }

    fn tags(&self, o: &Object) -> Value {
        o.ids("tags").into_iter().filter_map(|t| self.get("extras.tag", t)).map(|t| t.get("slug").clone()).collect()
    }

    /// `web1/net0`; null when it is not assigned.
    fn assignment(&self, o: &Object) -> Value {
        o.generic("assigned_object").map_or(Value::Null, |(kind, id)| json!(self.path_of(kind, id)))
    }

    fn path_of(&self, kind: &str, id: u64) -> String {
        let parent = match kind {
            "dcim.interface" => Some(("device", "dcim.device")),
            "virtualization.vminterface" => Some(("virtual_machine", VM)),
            _ => None,
        };
        let parent = parent.and_then(|(field, of)| Some(self.display(of, self.get(kind, id)?.id(field)?)));
        let name = self.display(kind, id);
        parent.map_or_else(|| name.clone(), |parent| format!("{parent}/{name}"))
    }
}
