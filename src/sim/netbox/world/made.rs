//! Values that are computed when an object is shown, and the names that people see.

use super::{Form, Object, World};
use crate::netbox::{
    net::Net,
    table::{self, Model},
    time,
};
use serde_json::{Value, json};

const VM: &str = "virtualization.virtualmachine";
const VM_INTERFACE: &str = "virtualization.vminterface";

impl World {
    pub fn display_of(&self, model: &Model, id: u64, object: &Object) -> String {
        let text = |field: &str| object.text(field).to_owned();
        match model.kind {
            "dcim.device" => self.device_name(id, object),
            "dcim.devicetype" => text("model"),
            "dcim.macaddress" => text("mac_address"),
            "dcim.cable" if object.text("label").is_empty() => format!("#{id}"),
            "dcim.cable" => text("label"),
            "ipam.prefix" => text("prefix"),
            "ipam.ipaddress" => text("address"),
            "ipam.iprange" => range_name(object),
            "ipam.vlan" => format!("{} ({})", object.text("name"), object.get("vid")),
            "ipam.vrf" if !object.text("rd").is_empty() => format!("{} ({})", object.text("name"), object.text("rd")),
            "extras.customfield" if !object.text("label").is_empty() => text("label"),
            "extras.customfield" => capitalised(&object.text("name").replace('_', " ")),
            "extras.journalentry" => {
                format!("{} ({})", time::minute(object.created), capitalised(object.text("kind")))
            }
            "users.user" => text("username"),
            "users.token" => self.secrets.get(&id).map_or_else(
                || id.to_string(),
                |secret| match &secret.key {
                    Some(key) => key.clone(),
                    None => format!("{}{}", "*".repeat(34), secret.secret.get(34..).unwrap_or_default()),
                },
            ),
            _ => text("name"),
        }
    }

    fn device_name(&self, id: u64, object: &Object) -> String {
        let tag = object.get("asset_tag").as_str();
        if let Some(name) = object.get("name").as_str().filter(|n| !n.is_empty()) {
            return tag.map_or_else(|| name.to_owned(), |tag| format!("{name} ({tag})"));
        }
        let kind = object.id("device_type").and_then(|t| self.get("dcim.devicetype", t));
        let maker = kind.and_then(|k| k.id("manufacturer")).map(|m| self.display("dcim.manufacturer", m));
        let model = kind.map(|k| k.text("model")).unwrap_or_default();
        let mark = tag.map_or_else(|| id.to_string(), str::to_owned);
        format!("{} {model} ({mark})", maker.unwrap_or_default())
    }

    pub(super) fn made(&self, model: &Model, id: u64, object: &Object, name: &str, form: &Form) -> Value {
        let base = form.base.as_str();
        let count = |kind: &str, field: &str| json!(self.count(kind, field, id));
        match (model.kind, name) {
            (_, "family") => family(object),
            (_, "primary_ip") => self.primary(object.id("primary_ip6").or_else(|| object.id("primary_ip4")), base),
            (_, "config_context") => self.config_context(model, object),
            (_, "assigned_object" | "scope" | "action_object") => {
                object.generic(name).map_or(Value::Null, |(kind, id)| self.nested(kind, Some(id), base))
            }
            (_, "mac_address") => {
                let primary = object.id("primary_mac_address").and_then(|m| self.get("dcim.macaddress", m));
                primary.map_or(Value::Null, |m| m.get("mac_address").clone())
            }
            (_, "mac_addresses") => {
                let ids = self.assigned("dcim.macaddress", model.kind, id);
                ids.into_iter().map(|m| self.nested("dcim.macaddress", Some(m), base)).collect()
            }
            (_, "count_ipaddresses") => json!(self.assigned("ipam.ipaddress", model.kind, id).len()),
            ("dcim.interface", _) => self.made_of_interface(id, name, base),
            ("ipam.prefix", "children") => json!(self.relatives(id).0),
            ("ipam.prefix", "_depth") => json!(self.relatives(id).1),
            ("ipam.ipaddress", "nat_outside") => {
                let outside = self.all("ipam.ipaddress").filter(|(_, o)| o.id("nat_inside") == Some(id));
                outside.map(|(o, _)| self.nested("ipam.ipaddress", Some(o), base)).collect()
            }
            ("ipam.iprange", "size") => json!(range(object).map_or(0, |(first, last)| last - first + 1)),
            ("ipam.vlangroup", "total_vlan_ids") => json!(vids(object).len()),
            ("ipam.vlangroup", "vlan_count") => count("ipam.vlan", "group"),
            ("ipam.vlangroup", "utilization") => {
                let used = self.count("ipam.vlan", "group", id) as f64;
                json!(format!("{:.1}", 100.0 * used / vids(object).len().max(1) as f64))
            }
            (VM, "interface_count") => count(VM_INTERFACE, "virtual_machine"),
            (VM, "virtual_disk_count") => count("virtualization.virtualdisk", "virtual_machine"),
            ("dcim.device", "interface_count") => count("dcim.interface", "device"),
            ("virtualization.cluster", sum @ ("allocated_vcpus" | "allocated_memory" | "allocated_disk")) => {
                let field = sum.trim_start_matches("allocated_");
                let vms = self.all(VM).filter(|(_, vm)| vm.id("cluster") == Some(id));
                let total: f64 = vms.filter_map(|(_, vm)| vm.get(field).as_f64()).sum();
                if field == "vcpus" { json!(total) } else { json!(total as u64) }
            }
            ("dcim.devicetype", "interface_template_count") => json!(ports(object).len()),
            ("dcim.device", "inventory_item_count") => count("dcim.inventoryitem", "device"),
            ("dcim.rack", "width") => json!({"value": 19, "label": "19 inches"}),
            ("dcim.devicetype", "u_height") => json!(1.0),
            ("dcim.cable", end @ ("a_terminations" | "b_terminations")) => {
                let kind = "dcim.interface";
                let id = object.id(&end[..1]);
                json!([{"object_type": kind, "object_id": id, "object": self.nested(kind, id, base)}])
            }
            ("extras.tag", "tagged_items") => json!(self.tagged(id)),
            ("extras.customfield", "data_type") => json!(match object.text("type") {
                "integer" => "integer",
                "decimal" => "decimal",
                "boolean" => "boolean",
                "date" | "datetime" => "datetime",
                "json" | "object" => "object",
                "multiselect" | "multiobject" => "array",
                _ => "string",
            }),
            ("extras.customfieldchoiceset", "choices_count") => {
                json!(object.get("extra_choices").as_array().map_or(0, Vec::len))
            }
            ("extras.customfieldchoiceset", "choice_colors") => json!({}),
            ("extras.journalentry", "created_by") => object.get("created_by").clone(),
            (_, "data_path") => json!(""),
            ("users.user", "date_joined") => json!(time::iso(object.created)),
            ("users.user", "permissions") => self.shown_permissions(id, base),
            ("users.token", _) => self.made_of_token(id, object, name),
            (_, counted) => self.count_of(counted, model, id),
        }
    }

    /// A computed number.
    pub fn counted(&self, model: &Model, id: u64, object: &Object, name: &str) -> Option<f64> {
        self.made(model, id, object, name, &Form::default()).as_f64()
    }

    /// `device_count` of a site, `vlan_count` of a role: how many of one kind name this object.
    fn count_of(&self, name: &str, model: &Model, id: u64) -> Value {
        let what = name.trim_end_matches("_count");
        let Some(counted) = table::all().iter().find(|m| m.name() == what) else { return json!(0) };
        if counted.kind == "ipam.prefix" && model.kind == "dcim.site" {
            return json!(
                self.all(counted.kind).filter(|(_, p)| p.generic("scope") == Some(("dcim.site", id))).count()
            );
        }
        let names = |f: &&table::Field| matches!(f.kind, table::Kind::One(kind, _) if kind == model.kind);
        let field = counted.fields.iter().find(names);
        json!(field.map_or(0, |field| self.count(counted.kind, field.name, id)))
    }

    fn shown_permissions(&self, user: u64, base: &str) -> Value {
        let Some(user) = self.users.get(&user) else { return json!([]) };
        let shown = user.permissions.iter().map(|p| {
            let id = p.id;
            json!({
                "id": id, "url": format!("{base}/api/users/permissions/{id}/"), "display": p.name, "name": p.name,
                "description": "", "enabled": true, "object_types": p.kinds, "actions": p.actions,
            })
        });
        shown.collect()
    }

    fn made_of_token(&self, id: u64, object: &Object, name: &str) -> Value {
        let is_v2 = object.get("version") == 2;
        match name {
            "key" => json!(self.secrets.get(&id).and_then(|s| s.key.clone())),
            "pepper_id" if is_v2 => json!(1),
            _ => Value::Null,
        }
    }

    fn made_of_interface(&self, id: u64, name: &str, base: &str) -> Value {
        let cable = self.all("dcim.cable").find_map(|(cable, o)| match (o.id("a"), o.id("b")) {
            (Some(a), Some(b)) if a == id => Some((cable, "A", b)),
            (Some(a), Some(b)) if b == id => Some((cable, "B", a)),
            _ => None,
        });
        match (name, cable) {
            ("bridge_interfaces", _) => {
                let bridged = self.all("dcim.interface").filter(|(_, o)| o.id("bridge") == Some(id));
                bridged.map(|(o, _)| self.nested("dcim.interface", Some(o), base)).collect()
            }
            ("_occupied" | "connected_endpoints_reachable", cable) => json!(cable.is_some()),
            ("link_peers", None) => json!([]),
            (_, None) => Value::Null,
            ("cable", Some((cable, ..))) => self.nested("dcim.cable", Some(cable), base),
            ("cable_end", Some((_, end, _))) => json!(end),
            ("link_peers_type" | "connected_endpoints_type", Some(_)) => json!("dcim.interface"),
            (_, Some((.., peer))) => json!([self.nested("dcim.interface", Some(peer), base)]),
        }
    }

    /// Objects of a kind that are assigned to one object.
    pub fn assigned(&self, kind: &str, to: &str, id: u64) -> Vec<u64> {
        self.all(kind).filter(|(_, o)| o.generic("assigned_object") == Some((to, id))).map(|(id, _)| id).collect()
    }

    fn tagged(&self, tag: u64) -> usize {
        let of = |m: &&Model| self.all(m.kind).filter(|(_, o)| o.ids("tags").contains(&tag)).count();
        table::all().iter().map(of).sum()
    }
}

fn family(object: &Object) -> Value {
    match object.net.map(Net::family) {
        Some(6) => json!({"value": 6, "label": "IPv6"}),
        _ => json!({"value": 4, "label": "IPv4"}),
    }
}

/// The interfaces that a device of this type begins with.
pub fn ports(kind: &Object) -> Vec<&str> {
    kind.get("ports").as_array().into_iter().flatten().filter_map(Value::as_str).collect()
}

/// First and last address of a range.
pub fn range(object: &Object) -> Option<(u128, u128)> {
    Some((Net::parse(object.text("start_address"))?.address, Net::parse(object.text("end_address"))?.address))
}

/// The numbers that a VLAN group may give.
pub fn vids(object: &Object) -> Vec<u64> {
    let ranges = object.get("vid_ranges").as_array().map(Vec::as_slice).unwrap_or_default();
    let mut found: Vec<u64> =
        ranges.iter().flat_map(|r| r[0].as_u64().unwrap_or(1)..=r[1].as_u64().unwrap_or(0)).collect();
    found.sort_unstable();
    found.dedup();
    found
}

/// `10.0.10.2-10/24`.
pub fn range_name(object: &Object) -> String {
    let (start, end) = (object.text("start_address"), object.text("end_address"));
    let (start, length) = start.split_once('/').unwrap_or((start, "32"));
    let end = end.split('/').next().unwrap_or(end);
    let sign = if start.contains(':') { ':' } else { '.' };
    match (start.rsplit_once(sign), end.rsplit_once(sign)) {
        (Some((a, _)), Some((b, last))) if a == b => format!("{start}-{last}/{length}"),
        _ => format!("{start}-{end}/{length}"),
    }
}

fn capitalised(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}
