//! Addresses as Ansible reads them: with a length, with a mask, or alone.

use ipnet::IpNet;
use minijinja::Value;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// An address in its network; alone it is a network of one.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Ip {
    pub(super) net: IpNet,
    /// Whether a length was written.
    pub(super) has_length: bool,
}

impl Ip {
    pub(super) fn read(value: &Value) -> Option<Self> {
        let text = value.as_str()?.trim();
        if let Some((address, length)) = text.split_once('/') {
            let address: IpAddr = address.parse().ok()?;
            let length = match length.parse::<Ipv4Addr>() {
                Ok(mask) => ipnet::ipv4_mask_to_prefix(mask).ok().filter(|_| address.is_ipv4())?,
                Err(_) => length.parse().ok()?,
            };
            return IpNet::new(address, length).ok().map(|net| Self { net, has_length: true });
        }
        let address: IpAddr = text.parse().ok()?;
        Some(Self { net: IpNet::from(address), has_length: false })
    }

    pub(super) fn address(self) -> IpAddr {
        self.net.addr()
    }

    pub(super) fn bits(self) -> u8 {
        self.net.max_prefix_len()
    }

    pub(super) fn length(self) -> u8 {
        self.net.prefix_len()
    }

    /// How many addresses, as far as it can be said.
    pub(super) fn size(self) -> u128 {
        1_u128.checked_shl(u32::from(self.bits() - self.length())).unwrap_or(u128::MAX)
    }

    pub(super) fn first(self) -> u128 {
        number(self.net.network())
    }

    pub(super) fn last(self) -> u128 {
        number(self.net.broadcast())
    }

    /// First and last that an interface may have; IPv6 keeps its last one away as if it were a broadcast address.
    pub(super) fn usable(self) -> (u128, u128) {
        if self.size() <= 2 { (self.first(), self.last()) } else { (self.first() + 1, self.last() - 1) }
    }

    pub(super) fn is_network(self) -> bool {
        self.size() > 1 && self.address() == self.net.network()
    }

    pub(super) fn at(self, number: u128) -> Option<IpAddr> {
        if self.address().is_ipv4() {
            u32::try_from(number).ok().map(|n| IpAddr::V4(Ipv4Addr::from(n)))
        } else {
            Some(IpAddr::V6(Ipv6Addr::from(number)))
        }
    }

    /// As it was written, in one spelling.
    pub(super) fn written(self) -> String {
        if self.has_length { self.net.to_string() } else { self.address().to_string() }
    }
}

pub(super) fn number(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(v4) => u128::from(u32::from(v4)),
        IpAddr::V6(v6) => u128::from(v6),
    }
}
