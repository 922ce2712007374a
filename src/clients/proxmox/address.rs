//! The addresses inside a guest, as its agent or its container tells them.

use super::{
    Error, GuestAt, Proxmox,
    request::Request,
    wire::{self, Owned},
};
use direttore_domain::{GuestKind, text};
use serde::Deserialize;
use std::net::IpAddr;

/// An address inside the guest, without loopback and link-local ones.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct GuestAddress {
    pub interface: String,
    pub address: IpAddr,
    pub prefix: u8,
}

impl Proxmox {
    /// What the guest itself says of its addresses; nothing when it is stopped or no agent answers in it.
    ///
    /// # Errors
    /// [`Error::Denied`] without VM.GuestAgent.Audit (Proxmox 8: VM.Monitor).
    pub async fn guest_addresses(&self, at: &GuestAt) -> Result<Vec<GuestAddress>, Error> {
        let interfaces = match at.kind {
            GuestKind::Vm => {
                let request = at.request(Request::get, &["agent", "network-get-interfaces"]);
                self.call::<AgentAnswer>(&request).await.map(|a| a.result)
            }
            // Of a stopped one the answer is empty.
            GuestKind::Container => {
                let rows: Result<Option<Vec<InterfaceRow>>, Error> =
                    self.call(&at.request(Request::get, &["interfaces"])).await;
                rows.map(Option::unwrap_or_default)
            }
        };
        match interfaces {
            Ok(interfaces) => Ok(addresses(&interfaces)),
            Err(Error::AlreadySo { .. }) => Ok(Vec::new()),
            Err(Error::Refused { status: 500, why, .. }) if has_no_agent(&why) => Ok(Vec::new()),
            Err(error) => Err(error),
        }
    }
}

fn has_no_agent(why: &str) -> bool {
    why.contains("guest agent") || why.ends_with("not running")
}

#[derive(Deserialize)]
struct AgentAnswer {
    #[serde(default, deserialize_with = "wire::or_default")]
    result: Vec<InterfaceRow>,
}

/// The agent's rows, and a container's: Proxmox 8 gives those only `inet` and `inet6`, each with its prefix.
#[derive(Deserialize)]
struct InterfaceRow {
    #[serde(default, deserialize_with = "wire::string")]
    name: Option<String>,
    #[serde(default, rename = "ip-addresses")]
    addresses: Option<Vec<AddressRow>>,
    #[serde(default, deserialize_with = "wire::string")]
    inet: Option<String>,
    #[serde(default, deserialize_with = "wire::string")]
    inet6: Option<String>,
}

#[derive(Deserialize)]
struct AddressRow {
    #[serde(default, rename = "ip-address")]
    address: Owned,
    #[serde(default, deserialize_with = "wire::number")]
    prefix: Option<u64>,
}

fn addresses(interfaces: &[InterfaceRow]) -> Vec<GuestAddress> {
    let mut all = Vec::new();
    for row in interfaces {
        let interface = row.name.as_deref().map(text::visible).unwrap_or_default();
        let listed = row.addresses.iter().flatten().map(|a| (a.address.0.as_str(), a.prefix));
        let plain = [&row.inet, &row.inet6].into_iter().flatten().map(|cidr| match cidr.split_once('/') {
            Some((address, prefix)) => (address, prefix.parse().ok()),
            None => (cidr.as_str(), None),
        });
        for (address, prefix) in listed.chain(plain) {
            // `fe80::1%eth0`: an address with its zone is link-local anyway.
            let Ok(address) = address.parse::<IpAddr>() else { continue };
            let whole = if address.is_ipv4() { 32 } else { 128 };
            let prefix = prefix.and_then(|p| u8::try_from(p).ok()).filter(|p| *p <= whole).unwrap_or(whole);
            let found = GuestAddress { interface: interface.clone(), address, prefix };
            if is_reachable(address) && !all.contains(&found) {
                all.push(found);
            }
        }
    }
    all
}

fn is_reachable(address: IpAddr) -> bool {
    let link_local = match address {
        IpAddr::V4(v4) => v4.is_link_local(),
        IpAddr::V6(v6) => v6.is_unicast_link_local(),
    };
    !link_local && !address.is_loopback() && !address.is_unspecified() && !address.is_multicast()
}

#[cfg(test)]
mod tests;
