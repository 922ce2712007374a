//! Reads what NetBox has of a device.

use super::{
    Known, KnownAddress, KnownDevice, KnownInterface, KnownItem, KnownNamed, KnownPeer, KnownType, KnownVlan, KnownVrf,
    NewDevice, Wish, names,
};
use crate::{
    devices::name,
    ipam::{Ipam, failure},
};
use direttore_clients::netbox::{
    Address, Device, DeviceFilter, Error, Item, Object, Port, Ref, Vlan, VlanFilter, VlanGroup,
};
use direttore_domain::{Failure, device::seen::Seen};
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, net::IpAddr};

/// Whose difference it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Whose {
    /// Its id.
    Known(u64),
    /// One that NetBox had not when it was asked for: by name and site it is looked up each time.
    New { name: String, site: String, role: String, kind: Option<String> },
}

/// Slugs of platforms that are others than they say, and the custom field of what a device runs.
pub struct Words<'s> {
    pub platforms: &'s BTreeMap<String, String>,
    pub software: &'s str,
}

/// # Errors
/// What NetBox says; of a device that is gone that it is not found.
pub async fn known(ipam: &Ipam, whose: &Whose, seen: &Seen, wish: &Wish, words: &Words<'_>) -> Result<Known, Error> {
    let client = &ipam.client;
    let (manufacturers, platforms, sites, roles, types, vrfs) = tokio::try_join!(
        client.named_all(Object::Manufacturer),
        client.named_all(Object::Platform),
        client.named_all(Object::Site),
        client.named_all(Object::Role),
        client.device_types(),
        client.vrfs(),
    )?;
    let platforms = named(platforms).into_iter().map(|mut one| {
        if let Some(meant) = words.platforms.get(&one.slug) {
            one.slug.clone_from(meant);
        }
        one
    });
    let types = types.into_iter().map(|t| KnownType {
        id: t.id,
        model: t.model,
        manufacturer: t.manufacturer.map(|maker| maker.name),
    });
    let mut known = Known {
        manufacturers: named(manufacturers),
        platforms: platforms.collect(),
        sites: named(sites),
        roles: named(roles),
        types: types.collect(),
        vrfs: vrfs.into_iter().map(|vrf| KnownVrf { id: vrf.id, name: vrf.name, rd: vrf.rd }).collect(),
        ..Known::default()
    };
    let row = match whose {
        Whose::Known(id) => Some(client.device(*id).await?),
        Whose::New { name, site, .. } => of_name(ipam, name, site, &known).await?,
    };
    known.device = device(row.as_ref(), whose, words, &known);
    known.vlans = vlans(ipam, known.device.site).await?;
    let device_id = known.device.id;
    let mut addresses: Vec<Address> = Vec::new();
    if let Some(id) = device_id {
        let (ports, on_it) = tokio::try_join!(client.ports(id), client.addresses_on(id))?;
        known.interfaces = ports.into_iter().map(interface).collect();
        addresses = on_it;
        if wish.modules {
            known.items = client.inventory_items(id).await?.into_iter().map(item).collect();
        }
    }
    let wanted: Vec<IpAddr> = seen.interfaces.iter().flat_map(|i| &i.addresses).map(|a| a.address.address()).collect();
    for row in client.addresses_among(&wanted).await? {
        if !addresses.iter().any(|known| known.id == row.id) {
            addresses.push(row);
        }
    }
    known.addresses = addresses.into_iter().map(|row| address(row, &known.interfaces)).collect();
    if wish.cables {
        known.peers = peers(ipam, seen).await?;
    }
    Ok(known)
}

/// [`known`], for whoever has an asker.
///
/// # Errors
/// What NetBox says.
pub async fn known_or_failure(
    ipam: &Ipam,
    whose: &Whose,
    seen: &Seen,
    wish: &Wish,
    words: &Words<'_>,
) -> Result<Known, Failure> {
    known(ipam, whose, seen, wish, words).await.map_err(|e| failure(&e))
}

/// The one of that name in the site, where it has been made since.
async fn of_name(ipam: &Ipam, name: &str, site: &str, known: &Known) -> Result<Option<Device>, Error> {
    let Some(site) = KnownNamed::find(&known.sites, site) else { return Ok(None) };
    let filter = DeviceFilter { name: Some(name.to_owned()), ..DeviceFilter::default() };
    let rows = ipam.client.devices(&filter).await?;
    Ok(rows.into_iter().find(|row| row.site.as_ref().is_some_and(|s| s.id == site.id)))
}

fn device(row: Option<&Device>, whose: &Whose, words: &Words<'_>, known: &Known) -> KnownDevice {
    let new = match whose {
        Whose::Known(_) => None,
        Whose::New { site, role, kind, .. } => {
            Some(NewDevice { site: site.clone(), role: role.clone(), kind: kind.clone() })
        }
    };
    let Some(row) = row else {
        let Whose::New { name, site, .. } = whose else { return KnownDevice::default() };
        let site = KnownNamed::find(&known.sites, site).map(|site| site.id);
        return KnownDevice { name: name.clone(), site, new, ..KnownDevice::default() };
    };
    let software = row.custom.get(words.software).map(|value| value.as_str().unwrap_or_default().to_owned());
    KnownDevice {
        id: Some(row.id),
        name: name(row).to_owned(),
        site: row.site.as_ref().map(|site| site.id),
        serial: row.serial.clone(),
        model: row.kind.as_ref().map(|kind| kind.name.clone()),
        has_platform: row.platform.is_some(),
        has_primary4: row.primary_ip4.is_some(),
        has_primary6: row.primary_ip6.is_some(),
        software: software.map(|was| (words.software.to_owned(), was)),
        new,
    }
}

/// Of the site, or of a group that is the site's.
async fn vlans(ipam: &Ipam, site: Option<u64>) -> Result<Vec<KnownVlan>, Error> {
    let Some(site) = site else { return Ok(vec![]) };
    let all = VlanFilter::default();
    let (vlans, groups): (Vec<Vlan>, Vec<VlanGroup>) =
        tokio::try_join!(ipam.client.vlans(&all), ipam.client.vlan_groups())?;
    let of_group =
        |group: &Ref| groups.iter().any(|g| g.id == group.id && g.site.as_ref().is_some_and(|s| s.id == site));
    let is_here = |vlan: &Vlan| match &vlan.site {
        Some(of) => of.id == site,
        None => vlan.group.as_ref().is_some_and(of_group),
    };
    let known = |vlan: Vlan| KnownVlan { id: vlan.id, vid: vlan.vid, name: vlan.name };
    Ok(vlans.into_iter().filter(is_here).map(known).collect())
}

fn named(all: Vec<Ref>) -> Vec<KnownNamed> {
    let known = |one: Ref| KnownNamed { id: one.id, slug: one.slug.unwrap_or_default(), name: one.name };
    all.into_iter().map(known).collect()
}

fn interface(port: Port) -> KnownInterface {
    let id = |of: Option<Ref>| of.map(|of| of.id);
    KnownInterface {
        id: port.id,
        name: port.name,
        kind: port.kind,
        description: port.description,
        mtu: port.mtu,
        speed: port.speed,
        is_enabled: port.is_enabled,
        mac: port.mac,
        macs: port.macs,
        mode: port.mode,
        untagged: port.untagged_vlan.map(|vlan| vlan.vid),
        tagged: port.tagged_vlans.into_iter().map(|vlan| vlan.vid).collect(),
        vrf: id(port.vrf),
        lag: id(port.lag),
        parent: id(port.parent),
        has_cable: port.has_cable,
        peers: port.peers,
    }
}

fn item(item: Item) -> KnownItem {
    KnownItem { id: item.id, name: item.name, part: item.part, serial: item.serial }
}

fn address(row: Address, interfaces: &[KnownInterface]) -> KnownAddress {
    let here = row.assigned.as_ref().filter(|on| on.object_type == "dcim.interface");
    let interface = here.map(|on| on.object_id).filter(|id| interfaces.iter().any(|i| i.id == *id));
    let elsewhere = row.assigned.as_ref().filter(|_| interface.is_none()).map(|on| match &on.parent {
        Some(parent) => format!("{} {}", parent.name, on.name),
        None => on.name.clone(),
    });
    KnownAddress { id: row.id, address: row.address, vrf: row.vrf.map(|vrf| vrf.id), interface, elsewhere }
}

/// Neighbours that NetBox has, by the name that they tell or the part of it before the domain.
async fn peers(ipam: &Ipam, seen: &Seen) -> Result<Vec<KnownPeer>, Error> {
    let mut peers: Vec<KnownPeer> = Vec::new();
    for neighbour in seen.neighbours.iter().filter(|neighbour| neighbour.index.is_some()) {
        if peers.iter().any(|peer| names::is_same_host(&peer.name, &neighbour.device)) {
            continue;
        }
        let short = neighbour.device.split('.').next().unwrap_or_default();
        for called in [neighbour.device.as_str(), short] {
            let filter = DeviceFilter { name: Some(called.to_owned()), ..DeviceFilter::default() };
            // Of several of a name nobody can say which it is.
            if let [one] = ipam.client.devices(&filter).await?.as_slice() {
                let interfaces = ipam.client.ports(one.id).await?.into_iter().map(interface).collect();
                peers.push(KnownPeer { name: name(one).to_owned(), interfaces });
                break;
            }
        }
    }
    Ok(peers)
}
