//! Addresses with their length, as numbers: `10.0.10.5/24`.

use std::{
    fmt,
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
};

/// An address and the length of its network. The order is the database's: IPv4 first, then by network, length, host.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Net {
    pub address: u128,
    /// 32 or 128.
    pub bits: u8,
    pub length: u8,
}

impl Net {
    pub fn new(address: IpAddr, length: u8) -> Self {
        match address {
            IpAddr::V4(v4) => Self { address: u128::from(u32::from(v4)), bits: 32, length: length.min(32) },
            IpAddr::V6(v6) => Self { address: u128::from(v6), bits: 128, length: length.min(128) },
        }
    }

    /// With or without a length; without one it is the longest.
    pub fn parse(text: &str) -> Option<Self> {
        let (address, length) = match text.split_once('/') {
            Some((address, length)) => (address, Some(length)),
            None => (text, None),
        };
        let address: IpAddr = address.trim().parse().ok()?;
        let bits = if address.is_ipv4() { 32 } else { 128 };
        let length = match length {
            Some(text) if text.bytes().all(|b| b.is_ascii_digit()) => text.parse().ok().filter(|l| *l <= bits)?,
            Some(_) => return None,
            None => bits,
        };
        Some(Self::new(address, length))
    }

    /// 4 or 6.
    pub fn family(self) -> u8 {
        if self.bits == 32 { 4 } else { 6 }
    }

    pub fn host(self) -> IpAddr {
        match self.bits {
            32 => IpAddr::V4(Ipv4Addr::from(u32::try_from(self.address).unwrap_or(u32::MAX))),
            _ => IpAddr::V6(Ipv6Addr::from(self.address)),
        }
    }

    fn host_mask(self) -> u128 {
        let host_bits = self.bits - self.length;
        if host_bits == 128 { u128::MAX } else { (1u128 << host_bits) - 1 }
    }

    /// The first address.
    pub fn first(self) -> u128 {
        self.address & !self.host_mask()
    }

    /// The last address.
    pub fn last(self) -> u128 {
        self.address | self.host_mask()
    }

    pub fn network(self) -> Self {
        Self { address: self.first(), ..self }
    }

    /// The same network with another address in it.
    pub fn at(self, address: u128) -> Self {
        Self { address, ..self }
    }

    pub fn holds(self, address: Self) -> bool {
        self.bits == address.bits && (self.first()..=self.last()).contains(&address.address)
    }

    /// Whether all of `other`'s network lies in it; a network covers itself.
    pub fn covers(self, other: Self) -> bool {
        self.length <= other.length && self.holds(other)
    }

    /// Networks of one or two addresses have neither a network nor a broadcast address.
    pub fn is_tiny(self) -> bool {
        self.length + 1 >= self.bits
    }

    /// What it is sorted by.
    pub fn key(self) -> (u8, u128, u8, u128) {
        (self.bits, self.first(), self.length, self.address)
    }
}

impl fmt::Display for Net {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.host(), self.length)
    }
}

/// The fewest networks that cover `first..=last` exactly, in order.
pub fn cut(first: u128, last: u128, bits: u8) -> Vec<Net> {
    let mut found = Vec::new();
    let mut at = first;
    loop {
        let aligned = if at == 0 { u32::from(bits) } else { at.trailing_zeros().min(u32::from(bits)) };
        let mut host_bits = aligned;
        while host_bits > 0 && (host_bits == 128 || (1u128 << host_bits) - 1 > last - at) {
            host_bits -= 1;
        }
        let length = bits - u8::try_from(host_bits).unwrap_or(bits);
        let net = Net { address: at, bits, length };
        found.push(net);
        match net.last().checked_add(1) {
            Some(next) if next <= last => at = next,
            _ => return found,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nets_are_read_and_cut() {
        let net = Net::parse("2001:DB8:62:0::0A/64").expect("a net");
        assert_eq!(net.to_string(), "2001:db8:62::a/64");
        assert_eq!(Net::parse("10.0.60.14").expect("a net").to_string(), "10.0.60.14/32");
        for wrong in ["10.0.60.999/24", "10.0.0.0/33", "", "10.0.0.0/-1", "10.0.0.1/x"] {
            assert_eq!(Net::parse(wrong), None, "{wrong}");
        }
        let whole = Net::parse("10.0.30.0/24").expect("a net");
        let cut: Vec<String> = cut(whole.first() + 4, whole.last(), 32).iter().map(Net::to_string).collect();
        assert_eq!(
            cut,
            ["10.0.30.4/30", "10.0.30.8/29", "10.0.30.16/28", "10.0.30.32/27", "10.0.30.64/26", "10.0.30.128/25"]
        );
    }
}
