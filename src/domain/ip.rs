//! Prefixes, addresses with their length, VLAN numbers: NetBox's words, in one spelling (RFC 4632, RFC 5952).

use crate::WrongForm;
use ipnet::IpNet;
use serde::{Deserialize, Serialize};
use std::{fmt, net::IpAddr, str::FromStr};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Family {
    #[serde(rename = "IPv4")]
    V4,
    #[serde(rename = "IPv6")]
    V6,
}

impl Family {
    pub fn of(address: IpAddr) -> Self {
        if address.is_ipv4() { Self::V4 } else { Self::V6 }
    }

    /// Bits of an address.
    pub fn bits(self) -> u8 {
        match self {
            Self::V4 => 32,
            Self::V6 => 128,
        }
    }
}

impl fmt::Display for Family {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::V4 => "IPv4",
            Self::V6 => "IPv6",
        })
    }
}

/// An address and its length. Leading zeros are refused: some take them for octal numbers.
fn net(text: &str) -> Option<IpNet> {
    let (address, length) = text.trim().split_once('/')?;
    let digits = (1..=3).contains(&length.len()) && length.bytes().all(|b| b.is_ascii_digit());
    let length = if digits { length.parse().ok()? } else { return None };
    IpNet::new(address.parse().ok()?, length).ok()
}

/// A network without host bits: `10.0.10.0/24`, `2001:db8:10::/64`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Prefix(IpNet);

impl Prefix {
    pub fn family(self) -> Family {
        Family::of(self.0.network())
    }

    /// Its first address.
    pub fn network(self) -> IpAddr {
        self.0.network()
    }

    /// Its last address: the broadcast address, in IPv4.
    pub fn last(self) -> IpAddr {
        self.0.broadcast()
    }

    /// Bits of the network part.
    pub fn length(self) -> u8 {
        self.0.prefix_len()
    }

    pub fn contains(self, address: IpAddr) -> bool {
        self.0.contains(&address)
    }

    /// Whether all of `other` lies in it; a prefix covers itself.
    pub fn covers(self, other: Self) -> bool {
        self.0.contains(&other.0)
    }

    /// The first host address, which people give to the router more often than any other.
    pub fn first_host(self) -> IpAddr {
        match (self.network(), self.length()) {
            (network, length) if length + 1 >= self.family().bits() => network,
            (IpAddr::V4(network), _) => IpAddr::V4((u32::from(network) + 1).into()),
            (IpAddr::V6(network), _) => IpAddr::V6((u128::from(network) + 1).into()),
        }
    }
}

impl FromStr for Prefix {
    type Err = WrongForm;
    fn from_str(text: &str) -> Result<Self, WrongForm> {
        let wrong =
            || WrongForm::new("prefix", text, "a network without host bits, like 10.0.10.0/24 or 2001:db8:10::/64");
        let net = net(text).ok_or_else(wrong)?;
        if net.addr() == net.network() { Ok(Self(net)) } else { Err(wrong()) }
    }
}

impl TryFrom<String> for Prefix {
    type Error = WrongForm;
    fn try_from(text: String) -> Result<Self, WrongForm> {
        text.parse()
    }
}

impl From<Prefix> for String {
    fn from(prefix: Prefix) -> String {
        prefix.to_string()
    }
}

impl fmt::Display for Prefix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0.to_string())
    }
}

/// An address with the length of its network: `10.0.10.5/24`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct HostAddress(IpNet);

impl HostAddress {
    /// `None` when the length is more than the family has bits.
    pub fn new(address: IpAddr, length: u8) -> Option<Self> {
        IpNet::new(address, length).ok().map(Self)
    }

    pub fn address(self) -> IpAddr {
        self.0.addr()
    }

    pub fn length(self) -> u8 {
        self.0.prefix_len()
    }

    pub fn family(self) -> Family {
        Family::of(self.address())
    }

    /// The network it is in.
    pub fn prefix(self) -> Prefix {
        Prefix(self.0.trunc())
    }

    /// Whether it is the network's own address or, in IPv4, its broadcast address: no interface can have it. Networks of
    /// one or two addresses have neither (RFC 3021, RFC 6164).
    pub fn is_unusable(self) -> bool {
        let prefix = self.prefix();
        if prefix.length() + 1 >= self.family().bits() {
            return false;
        }
        self.address() == prefix.network() || (self.family() == Family::V4 && self.address() == prefix.last())
    }
}

impl FromStr for HostAddress {
    type Err = WrongForm;
    fn from_str(text: &str) -> Result<Self, WrongForm> {
        let wrong =
            || WrongForm::new("address", text, "an address with its length, like 10.0.10.5/24 or 2001:db8:10::5/64");
        net(text).map(Self).ok_or_else(wrong)
    }
}

impl TryFrom<String> for HostAddress {
    type Error = WrongForm;
    fn try_from(text: String) -> Result<Self, WrongForm> {
        text.parse()
    }
}

impl From<HostAddress> for String {
    fn from(address: HostAddress) -> String {
        address.to_string()
    }
}

impl fmt::Display for HostAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0.to_string())
    }
}

/// A VLAN's number, 1 to 4094 (IEEE 802.1Q keeps 0 and 4095).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "u16", into = "u16")]
pub struct VlanId(u16);

impl VlanId {
    pub fn get(self) -> u16 {
        self.0
    }
}

impl TryFrom<u16> for VlanId {
    type Error = WrongForm;
    fn try_from(number: u16) -> Result<Self, WrongForm> {
        match number {
            1..=4094 => Ok(Self(number)),
            _ => Err(WrongForm::new("VLAN", &number.to_string(), "a number from 1 to 4094")),
        }
    }
}

impl From<VlanId> for u16 {
    fn from(vlan: VlanId) -> u16 {
        vlan.0
    }
}

impl FromStr for VlanId {
    type Err = WrongForm;
    fn from_str(text: &str) -> Result<Self, WrongForm> {
        let wrong = || WrongForm::new("VLAN", text, "a number from 1 to 4094");
        if text.is_empty() || !text.bytes().all(|b| b.is_ascii_digit()) {
            return Err(wrong());
        }
        text.parse::<u16>().map_err(|_| wrong())?.try_into()
    }
}

impl fmt::Display for VlanId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prefix_has_no_host_bits() {
        assert_eq!("2001:DB8:10:0::/64".parse::<Prefix>().map(|p| p.to_string()), Ok("2001:db8:10::/64".to_owned()));
        for text in ["10.0.10.1/24", "10.0.10.0", "10.0.10.0/33", "::1/64", "", "10.0.010.0/24"] {
            assert!(text.parse::<Prefix>().is_err(), "{text}");
        }
    }

    #[test]
    fn first_hosts() {
        for (prefix, first) in [
            ("10.0.10.0/24", "10.0.10.1"),
            ("10.0.0.0/31", "10.0.0.0"),
            ("10.0.0.4/32", "10.0.0.4"),
            ("2001:db8::/64", "2001:db8::1"),
        ] {
            let prefix: Prefix = prefix.parse().expect("a prefix");
            assert_eq!(prefix.first_host().to_string(), first);
        }
    }

    #[test]
    fn addresses_that_no_interface_can_have() {
        for (text, unusable) in [
            ("10.0.10.0/24", true),
            ("10.0.10.255/24", true),
            ("10.0.10.1/24", false),
            ("10.0.10.0/31", false),
            ("2001:db8::/64", true),
            ("2001:db8::ffff:ffff:ffff:ffff/64", false),
            ("2001:db8::/127", false),
        ] {
            assert_eq!(text.parse::<HostAddress>().expect("an address").is_unusable(), unusable, "{text}");
        }
    }

    #[test]
    fn vlans() {
        for text in ["0", "4095", "65537", "-1", "+5", "", "ten"] {
            assert!(text.parse::<VlanId>().is_err(), "{text}");
        }
        assert_eq!("4094".parse::<VlanId>().map(VlanId::get), Ok(4094));
    }
}
