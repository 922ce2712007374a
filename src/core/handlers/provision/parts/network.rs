//! The interfaces of a new guest, as far as they do not depend on its node: addresses, gateways, VLANs.

use super::super::Wish;
use crate::{
    handlers::Cx,
    ipam::{self, Gateway, Ipam, Pool, View},
    jobs::steps::NewIp,
};
use direttore_clients::netbox::{AddressFilter, VrfIs};
use direttore_domain::{Family, GuestKind, IpWish, NicWish, Pond, Refusal, Trouble, VlanId};
use std::{
    collections::{HashMap, HashSet},
    net::IpAddr,
    sync::Arc,
};

/// One interface, its bridge still open.
#[derive(Debug, Clone)]
pub(in crate::handlers) struct Draft {
    /// What refusals call it: `nic1`.
    pub option: String,
    pub wish: NicWish,
    pub name: String,
    pub vlan: Option<VlanId>,
    pub vlan_id: Option<u64>,
    pub ip: NewIp,
    pub ip6: NewIp,
}

#[derive(Debug, Clone, Default)]
pub(in crate::handlers) struct Network {
    pub drafts: Vec<Draft>,
    /// The next free address of each pool, as it was seen a moment ago.
    pub next: HashMap<Pond, IpAddr>,
    /// What the asker should know and may still want.
    pub notes: Vec<String>,
}

impl Network {
    /// Whether any interface has an address of its own, which only cloud-init or a container can carry.
    pub fn has_fixed(&self) -> bool {
        let fixed = |ip: &NewIp| matches!(ip, NewIp::Fixed { .. } | NewIp::From { .. });
        self.drafts.iter().any(|d| fixed(&d.ip) || fixed(&d.ip6))
    }
}

pub(in crate::handlers) async fn settle(cx: &Cx, wish: &Wish) -> Result<Network, Trouble> {
    let one = [NicWish { ip: Some(IpWish::Dhcp), ..NicWish::default() }];
    let wished: &[NicWish] = if wish.nics.is_empty() { &one } else { &wish.nics };
    let pools = pools(cx, wished).await?;
    let fixed = wished.iter().flat_map(|n| [&n.ip, &n.ip6]).any(|ip| matches!(ip, Some(IpWish::Fixed(_))));
    let view = match cx.lab.ipam() {
        // Where a fixed address belongs is NetBox' to say.
        Some(ipam) if fixed => Some(ipam.view().await?),
        Some(ipam) => ipam.view_now(),
        None => None,
    };
    let mut network = Network::default();
    for (at, nic) in wished.iter().enumerate() {
        let draft = draft(cx.lab.ipam().zip(view.as_deref()), wish.kind, at, nic, &pools, &mut network.notes)?;
        network.drafts.push(draft);
    }
    distinct(&network.drafts)?;
    one_way_out(&mut network.drafts);
    if !cx.is_confirmed
        && let Some(ipam) = cx.lab.ipam()
    {
        network.next = look(ipam, &pools).await?;
        fixed_are_free(ipam, &network.drafts).await?;
    }
    Ok(network)
}

/// All pools that are named, looked up at once.
async fn pools(cx: &Cx, nics: &[NicWish]) -> Result<HashMap<Pond, Pool>, Trouble> {
    let mut ponds: Vec<&Pond> = Vec::new();
    for ip in nics.iter().flat_map(|n| [&n.ip, &n.ip6]).flatten() {
        if let IpWish::NetBox(pond) = ip
            && !ponds.contains(&pond)
        {
            ponds.push(pond);
        }
    }
    if ponds.is_empty() {
        return Ok(HashMap::new());
    }
    let ipam = cx.lab.need_ipam()?;
    let found = ponds.iter().map(|pond| ipam.pool(pond, cx.is_confirmed));
    let found = futures::future::try_join_all(found).await?;
    Ok(ponds.into_iter().cloned().zip(found).collect())
}

/// NetBox with what is known of it.
type Known<'k> = Option<(&'k Arc<Ipam>, &'k View)>;

fn draft(
    known: Known<'_>,
    kind: GuestKind,
    at: usize,
    nic: &NicWish,
    pools: &HashMap<Pond, Pool>,
    notes: &mut Vec<String>,
) -> Result<Draft, Trouble> {
    let option = format!("nic{}", at + 1);
    let wrong = |key: &str, given: String, what: &'static str, right: &str| {
        Trouble::from(Refusal::BadValue { option: format!("{option} {key}"), given, what, right: right.to_owned() })
    };
    if kind == GuestKind::Container && nic.model.is_some() {
        return Err(wrong("model", nic.model.unwrap_or_default().to_string(), "key of a container", "leave it out"));
    }
    if kind == GuestKind::Vm && nic.name.is_some() {
        return Err(wrong(
            "name",
            nic.name.clone().unwrap_or_default(),
            "key of a VM",
            "leave it out; Proxmox calls it net0, net1, …",
        ));
    }
    // Who says nothing of either family wants an address somehow; who speaks of one means it alone.
    let ip = match (&nic.ip, &nic.ip6) {
        (None, None) => IpWish::Dhcp,
        (ip, _) => ip.clone().unwrap_or_default(),
    };
    let ip6 = nic.ip6.clone().unwrap_or_default();
    let pool = |ip: &IpWish| match ip {
        IpWish::NetBox(pond) => pools.get(pond),
        _ => None,
    };
    let vlan_of = |ip: &IpWish| match ip {
        IpWish::Fixed(address) => {
            let row = known.and_then(|(_, view)| view.of_network(address.prefix()))?.row.vlan.as_ref()?;
            Some((row.vid, Some(row.id)))
        }
        ip => pool(ip).and_then(|p| Some((p.vlan?, p.vlan_id))),
    };
    let recorded = [vlan_of(&ip), vlan_of(&ip6)];
    let vlan = match (nic.vlan, recorded) {
        (Some(said), _) => {
            for (vlan, _) in recorded.into_iter().flatten().filter(|(v, _)| Some(*v) != said) {
                let told = said.map_or_else(|| "untagged".to_owned(), |v| format!("VLAN {v}"));
                notes.push(format!("{option} is {told}, but NetBox has its prefix on VLAN {vlan}"));
            }
            said
        }
        (None, [Some((a, _)), Some((b, _))]) if a != b => {
            let right = "say vlan=… for the one that is meant";
            return Err(wrong("vlan", format!("{a} and {b}"), "single VLAN, but what the two prefixes are on", right));
        }
        (None, [a, b]) => a.or(b).map(|(vlan, _)| vlan),
    };
    let vlan_id = recorded.into_iter().flatten().find(|(v, _)| Some(*v) == vlan).and_then(|(_, id)| id);
    let vlan_id = vlan_id.or_else(|| Some(known?.1.vlan(vlan?)?.id));
    let ip = new_ip(&option, "gw", &ip, nic.gw, pool(&ip), known)?;
    let ip6 = new_ip(&option, "gw6", &ip6, nic.gw6, pool(&ip6), known)?;
    let name = match kind {
        GuestKind::Vm => format!("net{at}"),
        GuestKind::Container => nic.name.clone().unwrap_or_else(|| format!("eth{at}")),
    };
    Ok(Draft { option, wish: nic.clone(), name, vlan, vlan_id, ip, ip6 })
}

/// One family of an interface, with a gateway that fits its address.
fn new_ip(
    option: &str,
    key: &str,
    ip: &IpWish,
    gateway: Option<IpAddr>,
    pool: Option<&Pool>,
    known: Known<'_>,
) -> Result<NewIp, Refusal> {
    let bad = |key: &str, given: String, what: &'static str, right: String| Refusal::BadValue {
        option: format!("{option} {key}"),
        given,
        what,
        right,
    };
    let outside = |prefix: direttore_domain::Prefix, gateway: IpAddr| {
        bad(key, gateway.to_string(), "gateway that the guest can reach", format!("an address of {prefix}"))
    };
    match ip {
        IpWish::None | IpWish::Dhcp | IpWish::Auto => {
            if let Some(gateway) = gateway {
                let right = "leave it out: a gateway stands beside a fixed address alone".to_owned();
                return Err(bad(key, gateway.to_string(), "gateway for an address that is not fixed", right));
            }
            Ok(match ip {
                IpWish::Dhcp => NewIp::Dhcp,
                IpWish::Auto => NewIp::Auto,
                _ => NewIp::None,
            })
        }
        IpWish::Fixed(address) => {
            let own = if key == "gw" { "ip" } else { "ip6" };
            let prefix = address.prefix();
            if address.is_unusable() {
                let what = if address.address() == prefix.network() {
                    "address of a guest but its network's"
                } else {
                    "address of a guest but its network's broadcast"
                };
                return Err(bad(own, address.to_string(), what, format!("another address of {prefix}")));
            }
            if address.address().is_multicast() || address.address().is_loopback() || address.address().is_unspecified()
            {
                return Err(bad(
                    own,
                    address.to_string(),
                    "address that a guest may have",
                    "a unicast address".to_owned(),
                ));
            }
            let recorded = known.and_then(|(ipam, view)| ipam.recorded_gateway(view, prefix));
            if recorded == Some(address.address()) {
                let right = format!("another address of {prefix}; this is its gateway in NetBox");
                return Err(bad(own, address.to_string(), "address of a guest", right));
            }
            if let Some(theirs) = known.and_then(|(_, view)| view.around(address.address())).filter(|p| *p != prefix) {
                let right = format!("{}/{}; NetBox has the prefix {theirs} there", address.address(), theirs.length());
                return Err(bad(own, address.to_string(), "address of its prefix", right));
            }
            if gateway == Some(address.address()) {
                return Err(bad(
                    key,
                    address.address().to_string(),
                    "gateway: it is the guest's own address",
                    format!("another address of {prefix}"),
                ));
            }
            match gateway {
                // An IPv6 gateway may be the router's link-local address (RFC 4861).
                Some(gateway) if !prefix.contains(gateway) && !is_link_local(gateway) => Err(outside(prefix, gateway)),
                Some(gateway) => Ok(NewIp::Fixed { address: *address, gateway: Some(gateway) }),
                None => Ok(NewIp::Fixed { address: *address, gateway: recorded }),
            }
        }
        IpWish::NetBox(_) => {
            let pool = pool.expect("every pool that is named was looked up");
            match gateway {
                Some(gateway) if !pool.prefix.contains(gateway) && !is_link_local(gateway) => {
                    Err(outside(pool.prefix, gateway))
                }
                said => {
                    let said = said.map(|address| Gateway { address, is_assumed: false });
                    Ok(NewIp::From { pool: Box::new(pool.clone()), gateway: said.or(pool.gateway) })
                }
            }
        }
    }
}

fn is_link_local(address: IpAddr) -> bool {
    matches!(address, IpAddr::V6(a) if a.is_unicast_link_local())
}

/// A guest has one default route of each family: of the gateways that nobody asked for, the first interface's stays.
fn one_way_out(drafts: &mut [Draft]) {
    let (mut has_v4, mut has_v6) = (false, false);
    for draft in drafts {
        let Draft { ip, ip6, wish, .. } = draft;
        for (ip, said, has) in [(ip, wish.gw, &mut has_v4), (ip6, wish.gw6, &mut has_v6)] {
            let gateway = match ip {
                NewIp::Dhcp | NewIp::Auto => {
                    *has = true;
                    continue;
                }
                NewIp::None => continue,
                NewIp::Fixed { gateway, .. } => gateway.is_some(),
                NewIp::From { gateway, .. } => gateway.is_some(),
            };
            if *has && said.is_none() {
                match ip {
                    NewIp::Fixed { gateway, .. } => *gateway = None,
                    NewIp::From { gateway, .. } => *gateway = None,
                    NewIp::None | NewIp::Dhcp | NewIp::Auto => {}
                }
            }
            *has |= gateway;
        }
    }
}

/// Names, hardware addresses and fixed addresses may stand once.
fn distinct(drafts: &[Draft]) -> Result<(), Refusal> {
    let (mut names, mut macs, mut addresses) = (HashSet::new(), HashSet::new(), HashSet::new());
    for draft in drafts {
        let twice = |key: &str, given: String| Refusal::BadValue {
            option: format!("{} {key}", draft.option),
            given,
            what: "value of two interfaces",
            right: "a different one for each".to_owned(),
        };
        if !names.insert(draft.name.clone()) {
            return Err(twice("name", draft.name.clone()));
        }
        if let Some(mac) = draft.wish.mac.filter(|m| !macs.insert(*m)) {
            return Err(twice("mac", mac.to_string()));
        }
        for (key, ip) in [("ip", &draft.ip), ("ip6", &draft.ip6)] {
            if let NewIp::Fixed { address, .. } = ip
                && !addresses.insert(address.address())
            {
                return Err(twice(key, address.to_string()));
            }
        }
    }
    Ok(())
}

/// The next free address of each pool. Nothing is taken yet.
async fn look(ipam: &Ipam, pools: &HashMap<Pond, Pool>) -> Result<HashMap<Pond, IpAddr>, Trouble> {
    let looks = pools.iter().map(|(pond, pool)| async move {
        let room = ipam.room(pool, 50).await.map_err(|e| ipam::failure(&e))?;
        if room.offered.is_empty() {
            return Err(Trouble::from(ipam.full(pool).await));
        }
        let next = room.ground.pick(room.offered.iter().copied(), |_| false).map(|(_, address)| address);
        match next {
            Some(next) => Ok(Some((pond.clone(), next))),
            // All that NetBox offered first is not for guests; whether there is more is seen in its own list.
            None => {
                let used = ipam.used(pool).await.map_err(|e| ipam::failure(&e))?;
                match room.ground.first_free(&used, |_| false) {
                    Some(next) => Ok(Some((pond.clone(), next))),
                    None => Err(ipam.full(pool).await.into()),
                }
            }
        }
    });
    Ok(futures::future::try_join_all(looks).await?.into_iter().flatten().collect())
}

/// An address that was asked for by its number must be nobody's in NetBox.
async fn fixed_are_free(ipam: &Ipam, drafts: &[Draft]) -> Result<(), Trouble> {
    for draft in drafts {
        for (key, ip) in [("ip", &draft.ip), ("ip6", &draft.ip6)] {
            let NewIp::Fixed { address, .. } = ip else { continue };
            let filter = AddressFilter {
                address: Some(address.address()),
                vrf_id: Some(VrfIs::Global),
                ..AddressFilter::default()
            };
            let there = ipam.client.addresses(&filter).await.map_err(|e| ipam::failure(&e))?;
            if let Some(row) = there.first() {
                let holder = match &row.assigned {
                    Some(on) => {
                        on.parent.as_ref().map_or_else(|| on.name.clone(), |p| format!("{} {}", p.name, on.name))
                    }
                    None if !row.dns_name.is_empty() => row.dns_name.clone(),
                    None if !row.description.is_empty() => row.description.clone(),
                    None => row.status.clone(),
                };
                let given = format!("{address} ({holder}, in NetBox; {} {key})", draft.option);
                return Err(Refusal::Exists { what: "the address", given }.into());
            }
        }
    }
    Ok(())
}

/// What a family of an interface gets, in the words of the review.
pub(in crate::handlers) fn told(ip: &NewIp, next: &HashMap<Pond, IpAddr>) -> Option<serde_json::Value> {
    use serde_json::json;
    match ip {
        NewIp::None => None,
        NewIp::Dhcp => Some(json!({ "how": "dhcp" })),
        NewIp::Auto => Some(json!({ "how": "auto" })),
        NewIp::Fixed { address, gateway } => Some(json!({ "how": "fixed", "address": address, "gateway": gateway })),
        NewIp::From { pool, gateway } => {
            let family = Family::of(pool.prefix.network());
            Some(json!({
                "how": "netbox", "pool": pool.pond, "next": next.get(&pool.pond), "length": pool.prefix.length(),
                "gateway": gateway.map(|g| g.address), "assumed": gateway.is_some_and(|g| g.is_assumed), "family": family,
            }))
        }
    }
}
