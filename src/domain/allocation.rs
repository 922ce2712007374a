//! Which addresses of a prefix may be given to a guest, and which is next.
//!
//! NetBox offers more than people want to hand out: addresses of child prefixes, of IP ranges, the gateway that nobody
//! wrote down (its own rules are those of `available-ips`). What it offers goes through here before it is taken.

use crate::{Family, HostAddress, Prefix};
use std::{fmt, net::IpAddr};

/// A prefix and what in it is not for guests.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ground {
    pub prefix: Prefix,
    pub gateway: Option<IpAddr>,
    /// Prefixes within it.
    pub children: Vec<Prefix>,
    /// IP ranges within it, both ends included.
    pub ranges: Vec<(IpAddr, IpAddr)>,
    /// The range that was asked for: only its addresses will do.
    pub asked: Option<(IpAddr, IpAddr)>,
}

/// Why an address is not for guests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum No {
    Outside,
    /// The network's own address; in IPv6 that of all routers of the subnet (RFC 4291, section 2.6.1).
    Network,
    Broadcast,
    Gateway,
    Child(Prefix),
    Range(IpAddr, IpAddr),
}

impl fmt::Display for No {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Outside => f.write_str("it is outside"),
            Self::Network => f.write_str("it is the network's own address"),
            Self::Broadcast => f.write_str("it is the broadcast address"),
            Self::Gateway => f.write_str("it is the gateway"),
            Self::Child(prefix) => write!(f, "it belongs to the prefix {prefix} within"),
            Self::Range(start, end) => write!(f, "it belongs to the range {start}-{end}"),
        }
    }
}

impl Ground {
    /// A prefix with nothing in it.
    pub fn new(prefix: Prefix) -> Self {
        Self { prefix, gateway: None, children: vec![], ranges: vec![], asked: None }
    }

    /// # Errors
    /// Why a guest must not get it.
    pub fn allows(&self, address: IpAddr) -> Result<(), No> {
        let within = |(start, end): (IpAddr, IpAddr)| start <= address && address <= end;
        if !self.prefix.contains(address) || self.asked.is_some_and(|asked| !within(asked)) {
            return Err(No::Outside);
        }
        if HostAddress::new(address, self.prefix.length()).is_some_and(HostAddress::is_unusable) {
            return Err(if address == self.prefix.network() { No::Network } else { No::Broadcast });
        }
        if self.gateway == Some(address) {
            return Err(No::Gateway);
        }
        if let Some(child) = self.children.iter().find(|c| **c != self.prefix && c.contains(address)) {
            return Err(No::Child(*child));
        }
        match self.ranges.iter().find(|range| Some(**range) != self.asked && within(**range)) {
            Some((start, end)) => Err(No::Range(*start, *end)),
            None => Ok(()),
        }
    }

    /// The first of those offered that is allowed and not taken otherwise, with its place among them.
    pub fn pick(
        &self,
        offered: impl IntoIterator<Item = IpAddr>,
        is_taken: impl Fn(IpAddr) -> bool,
    ) -> Option<(usize, IpAddr)> {
        offered.into_iter().enumerate().find(|(_, address)| self.allows(*address).is_ok() && !is_taken(*address))
    }

    /// What may be handed out, as runs of addresses in order.
    fn runs(&self) -> Vec<(u128, u128)> {
        let prefix = (number(self.prefix.network()), number(self.prefix.last()));
        let (mut start, mut end) =
            self.asked.map_or(prefix, |(a, b)| (number(a).max(prefix.0), number(b).min(prefix.1)));
        if self.prefix.length() + 1 < self.prefix.family().bits() {
            start = start.max(prefix.0 + 1);
            if self.prefix.family() == Family::V4 {
                end = end.min(prefix.1.saturating_sub(1));
            }
        }
        let children = self.children.iter().filter(|c| **c != self.prefix);
        let children = children.map(|c| (number(c.network()), number(c.last())));
        let ranges = self.ranges.iter().filter(|r| Some(**r) != self.asked).map(|(a, b)| (number(*a), number(*b)));
        let gateway = self.gateway.filter(|g| self.prefix.contains(*g)).map(|g| (number(g), number(g)));
        let mut not: Vec<(u128, u128)> = children.chain(ranges).chain(gateway).collect();
        not.sort_unstable();
        let mut runs = Vec::new();
        for (from, to) in not {
            if from > end {
                break;
            }
            if from > start {
                runs.push((start, from - 1));
            }
            start = start.max(to.saturating_add(1));
        }
        if start <= end {
            runs.push((start, end));
        }
        runs
    }

    /// How many addresses are left. `used` is sorted.
    pub fn room(&self, used: &[IpAddr]) -> u128 {
        let left = self.runs().into_iter().map(|(start, end)| {
            let (start, end) = (self.address(start), self.address(end));
            let taken = used.partition_point(|u| *u <= end) - used.partition_point(|u| *u < start);
            // One more than the difference does not fit when it is all of IPv6; nobody has that prefix.
            (number(end) - number(start)).saturating_add(1).saturating_sub(u128::try_from(taken).unwrap_or(u128::MAX))
        });
        left.fold(0, u128::saturating_add)
    }

    /// The first that is neither used nor taken otherwise, when NetBox offers only a part. `used` is sorted.
    pub fn first_free(&self, used: &[IpAddr], is_taken: impl Fn(IpAddr) -> bool) -> Option<IpAddr> {
        self.runs().into_iter().find_map(|(start, end)| {
            // As many as there are in use may have to be passed, and no more.
            (start..=end).map(|n| self.address(n)).find(|a| used.binary_search(a).is_err() && !is_taken(*a))
        })
    }

    fn address(&self, number: u128) -> IpAddr {
        match self.prefix.family() {
            Family::V4 => IpAddr::V4(u32::try_from(number).unwrap_or(u32::MAX).into()),
            Family::V6 => IpAddr::V6(number.into()),
        }
    }
}

fn number(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(address) => u32::from(address).into(),
        IpAddr::V6(address) => address.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn ip(text: &str) -> IpAddr {
        text.parse().expect("an address")
    }

    fn ground(prefix: &str) -> Ground {
        Ground::new(prefix.parse().expect("a prefix"))
    }

    #[test]
    fn what_is_never_handed_out() {
        let mut lab = ground("10.0.10.0/24");
        lab.gateway = Some(ip("10.0.10.1"));
        lab.children = vec!["10.0.10.128/25".parse().expect("a prefix"), lab.prefix];
        lab.ranges = vec![(ip("10.0.10.100"), ip("10.0.10.110"))];
        for (address, no) in [
            ("10.0.11.5", Some(No::Outside)),
            ("10.0.10.0", Some(No::Network)),
            ("10.0.10.255", Some(No::Broadcast)),
            ("10.0.10.1", Some(No::Gateway)),
            ("10.0.10.130", Some(No::Child("10.0.10.128/25".parse().expect("a prefix")))),
            ("10.0.10.105", Some(No::Range(ip("10.0.10.100"), ip("10.0.10.110")))),
            ("10.0.10.2", None),
        ] {
            assert_eq!(lab.allows(ip(address)).err(), no, "{address}");
        }
        assert_eq!(
            lab.pick(["10.0.10.1", "10.0.10.2", "10.0.10.3"].map(ip), |a| a == ip("10.0.10.2")),
            Some((2, ip("10.0.10.3")))
        );
        lab.asked = Some((ip("10.0.10.100"), ip("10.0.10.110")));
        assert_eq!(lab.allows(ip("10.0.10.105")), Ok(()));
        assert_eq!(lab.room(&[ip("10.0.10.105")]), 10);
    }

    #[test]
    fn ipv6_never_hands_out_the_routers_address() {
        let lab = ground("2001:db8::/64");
        assert_eq!(lab.allows(ip("2001:db8::")), Err(No::Network));
        assert_eq!(lab.allows(ip("2001:db8::ffff:ffff:ffff:ffff")), Ok(()));
        assert_eq!(lab.first_free(&[ip("2001:db8::1")], |_| false), Some(ip("2001:db8::2")));
    }

    #[test]
    fn small_prefixes_have_no_network_address() {
        assert_eq!(ground("10.0.0.4/31").room(&[]), 2);
        assert_eq!(ground("10.0.0.4/32").room(&[]), 1);
        assert_eq!(ground("10.0.0.4/30").room(&[]), 2);
    }

    proptest! {
        #[test]
        fn room_and_next_agree_with_trying_each(
            children in prop::collection::vec((0u8..=255, 26u8..=30), 0..4),
            ranges in prop::collection::vec((0u8..=255, 0u8..40), 0..4),
            gateway in 0u8..=255,
            used in prop::collection::btree_set(0u8..=255, 0..60),
        ) {
            let mut lab = ground("10.0.0.0/24");
            lab.gateway = Some(IpAddr::from([10, 0, 0, gateway]));
            lab.children = children.iter().map(|(host, length)| {
                HostAddress::new(IpAddr::from([10, 0, 0, *host]), *length).expect("short enough").prefix()
            }).collect();
            lab.ranges = ranges.iter().map(|(start, size)| {
                (IpAddr::from([10, 0, 0, *start]), IpAddr::from([10, 0, 0, start.saturating_add(*size)]))
            }).collect();
            let used: Vec<IpAddr> = used.into_iter().map(|h| IpAddr::from([10, 0, 0, h])).collect();
            let free: Vec<IpAddr> = (0..=255u8).map(|h| IpAddr::from([10, 0, 0, h]))
                .filter(|a| lab.allows(*a).is_ok() && !used.contains(a)).collect();
            prop_assert_eq!(lab.room(&used), free.len() as u128);
            prop_assert_eq!(lab.first_free(&used, |_| false), free.first().copied());
        }
    }
}
