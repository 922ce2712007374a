//! What a template is given: all of it from NetBox, under NetBox' own names.
//!
//! `device`, `interfaces`, `vlans` and `prefixes` of its site, `config_context` (also spread over the top), and `vars`: what
//! the asker said, also spread over the top.

use super::find::name;
use crate::ipam::{Ipam, failure};
use direttore_clients::netbox::{AddressRef, Device, Interface, PrefixFilter, Ref, VlanFilter, VlanRef};
use direttore_domain::{Failure, Trouble};
use serde_json::{Map, Value, json};

pub async fn gather(ipam: &Ipam, row: &Device, vars: &[(String, String)]) -> Result<Value, Trouble> {
    let told = |e| -> Failure { failure(&e) };
    let client = &ipam.client;
    let (site, all) = (row.site.as_ref().map(|site| site.id), VlanFilter::default());
    let (interfaces, vlans, groups, prefixes) =
        tokio::try_join!(client.interfaces(row.id), client.vlans(&all), client.vlan_groups(), async {
            match site {
                Some(site) => client.prefixes(&PrefixFilter { site_id: Some(site), ..PrefixFilter::default() }).await,
                None => Ok(vec![]),
            }
        },)
        .map_err(told)?;
    let is_here = |of: Option<&Ref>| of.map(|of| of.id) == site && site.is_some();
    let vlans = vlans.iter().filter(|vlan| {
        let by_group = || {
            let group = vlan.group.as_ref()?;
            groups.iter().find(|g| g.id == group.id)?.site.as_ref()
        };
        is_here(vlan.site.as_ref()) || (vlan.site.is_none() && is_here(by_group()))
    });
    let mut data = json!({
        "device": device(row),
        "interfaces": interfaces.iter().map(interface).collect::<Vec<_>>(),
        "vlans": vlans
            .map(|v| json!({ "vid": v.vid, "name": v.name, "status": v.status, "description": v.description }))
            .collect::<Vec<_>>(),
        "prefixes": prefixes
            .iter()
            .map(|p| json!({ "prefix": p.prefix, "status": p.status, "description": p.description,
                "vrf": p.vrf.as_ref().map(|v| &v.name), "vlan": p.vlan.as_ref().map(vlan_ref) }))
            .collect::<Vec<_>>(),
        "config_context": row.config_context.clone().unwrap_or_else(|| json!({})),
    });
    let said: Map<String, Value> = vars.iter().map(|(key, value)| (key.clone(), read(value))).collect();
    if let Some(top) = data.as_object_mut() {
        for (key, value) in &said {
            top.insert(key.clone(), value.clone());
        }
        top.insert("vars".to_owned(), Value::Object(said));
    }
    Ok(data)
}

/// What somebody typed: a number, true or false, JSON in brackets, or text.
fn read(given: &str) -> Value {
    match serde_json::from_str::<Value>(given) {
        Ok(Value::String(_)) | Err(_) => json!(given),
        Ok(value) => value,
    }
}

fn device(row: &Device) -> Value {
    let slug = |of: &Option<Ref>| of.as_ref().map(|r| r.slug.clone().unwrap_or_else(|| r.name.clone()));
    let address = |of: &Option<AddressRef>| of.as_ref().map(|a| a.address.to_string());
    json!({
        "id": row.id,
        "name": name(row),
        "site": slug(&row.site),
        "role": slug(&row.role),
        "platform": slug(&row.platform),
        "tenant": slug(&row.tenant),
        "rack": row.rack.as_ref().map(|r| &r.name),
        "type": row.kind.as_ref().map(|r| &r.name),
        "manufacturer": row.manufacturer.as_ref().map(|r| &r.name),
        "status": row.status,
        "serial": row.serial,
        "asset_tag": row.asset_tag,
        "primary_ip4": address(&row.primary_ip4),
        "primary_ip6": address(&row.primary_ip6),
        "description": row.description,
        "tags": row.tags,
        "custom_fields": row.custom,
    })
}

fn vlan_ref(vlan: &VlanRef) -> Value {
    json!({ "vid": vlan.vid, "name": vlan.name })
}

fn interface(row: &Interface) -> Value {
    json!({
        "name": row.name,
        "type": row.kind,
        "enabled": row.is_enabled,
        "description": row.description,
        "mtu": row.mtu,
        "mac_address": row.mac,
        "mode": row.mode,
        "untagged_vlan": row.untagged_vlan.as_ref().map(vlan_ref),
        "tagged_vlans": row.tagged_vlans.iter().map(vlan_ref).collect::<Vec<_>>(),
        "peers": row.peers,
    })
}
