//! `/inventory device`: one device as NetBox has it now.

use crate::{
    devices::{find, name},
    handlers::{Cx, device::reached},
    ipam::failure,
    plan::{Outcome, Say},
};
use direttore_clients::netbox::{Interface, Ref, VlanRef};
use direttore_domain::{Trouble, text};
use serde::Deserialize;
use serde_json::{Map, Value, json};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Input {
    device: String,
}

/// As many interfaces as one answer can show.
const INTERFACES: usize = 100;

pub async fn plan(cx: &Cx, ask: Input) -> Result<Outcome, Trouble> {
    let ipam = cx.lab.need_ipam()?;
    let device = find(ipam, &ask.device).await?;
    reached(cx, &device)?;
    let interfaces = ipam.client.interfaces(device.id).await.map_err(|e| failure(&e))?;
    let name_of = |r: &Option<Ref>| r.as_ref().map(|r| r.name.clone());
    let make = device.manufacturer.iter().chain(&device.kind).map(|r| r.name.as_str()).collect::<Vec<_>>().join(" ");
    let addresses = [&device.primary_ip4, &device.primary_ip6].into_iter().flatten();
    let data = json!({
        "name": name(&device),
        "status": device.status,
        "addresses": addresses.into_iter().map(|a| a.address.address().to_string()).collect::<Vec<_>>(),
        "role": name_of(&device.role),
        "type": make,
        "platform": name_of(&device.platform),
        "site": name_of(&device.site),
        "rack": name_of(&device.rack),
        "tenant": name_of(&device.tenant),
        "serial": device.serial,
        "asset_tag": device.asset_tag,
        "tags": device.tags,
        "description": device.description,
        "custom": custom(&device.custom),
        "interfaces": interfaces.iter().take(INTERFACES).map(interface).collect::<Vec<_>>(),
        "more": interfaces.len().saturating_sub(INTERFACES),
        "link": format!("{}/dcim/devices/{}/", ipam.client.url(), device.id),
    });
    Ok(Say::new("inventory_device", data).into())
}

/// Custom fields that are set, as name and value, by name.
pub(super) fn custom(fields: &Map<String, Value>) -> Vec<[String; 2]> {
    let shown = fields.iter().map(|(name, value)| [name.clone(), words(value)]);
    let mut set: Vec<[String; 2]> = shown.filter(|[_, value]| !value.is_empty()).collect();
    set.sort();
    set
}

/// A value as people read it: of another object what NetBox displays, of a choice its label.
fn words(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Array(items) => text::list(&items.iter().map(words).filter(|w| !w.is_empty()).collect::<Vec<_>>()),
        Value::Object(object) => {
            let shown = ["display", "label", "name", "value"].iter().find_map(|key| object.get(*key));
            shown.map_or_else(|| value.to_string(), words)
        }
        Value::Bool(_) | Value::Number(_) => value.to_string(),
    }
}

fn interface(interface: &Interface) -> Value {
    let off = if interface.is_enabled { None } else { Some("disabled") };
    let words: Vec<&str> =
        off.into_iter().chain(Some(interface.description.as_str()).filter(|d| !d.is_empty())).collect();
    json!({
        "name": interface.name,
        "mac": interface.mac,
        "vlan": vlans(interface),
        "peers": interface.peers.join(", "),
        "description": words.join(", "),
    })
}

/// `10`, `10, tagged 20 30`, `tagged all`.
pub(super) fn vlans(interface: &Interface) -> String {
    let number = |vlan: &VlanRef| vlan.vid.to_string();
    let tagged = match (interface.mode.as_deref(), interface.tagged_vlans.as_slice()) {
        (Some("tagged-all"), _) => Some("tagged all".to_owned()),
        (_, []) => None,
        (_, some) => Some(format!("tagged {}", some.iter().map(number).collect::<Vec<_>>().join(" "))),
    };
    interface.untagged_vlan.as_ref().map(number).into_iter().chain(tagged).collect::<Vec<_>>().join(", ")
}
