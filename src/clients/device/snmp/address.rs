//! Addresses with the lengths of their networks.
//!
//! The new table gives the length as the last number of a pointer to a row of the prefix table, not as a number; `0.0`
//! means that it is not known. Then the old tables are asked: masks for IPv4, lengths for IPv6.

use super::{
    oids::Column as C,
    row::{Is, Tables},
};
use direttore_domain::{
    HostAddress,
    device::seen::{SeenAddress, SeenInterface},
};
use std::{
    collections::BTreeMap,
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
};

/// `ipAddressType`: an address of one host. Others are of many.
const UNICAST: u64 = 1;

pub(super) fn give(tables: &Tables, interfaces: &mut [SeenInterface], notes: &mut Vec<String>) {
    let mut found: BTreeMap<IpAddr, (u32, Option<u8>)> = BTreeMap::new();
    let mut odd = 0;
    for (index, is) in tables.of(C::IpIndex) {
        let Some(on) = is.number().and_then(|n| u32::try_from(n).ok()) else { continue };
        match row(index) {
            Row::Address(address) => {
                if tables.number(C::IpType, index).unwrap_or(UNICAST) == UNICAST {
                    found.insert(address, (on, length(tables.get(C::IpPrefix, index), address)));
                }
            }
            // Link-local addresses of a zone are of no use to anybody else.
            Row::Zoned => {}
            Row::Odd => odd += 1,
        }
    }
    for (index, is) in tables.of(C::OldIpIndex) {
        let (Some(address), Some(on)) = (v4(index), is.number().and_then(|n| u32::try_from(n).ok())) else { continue };
        let mask = tables.get(C::OldIpMask, index).and_then(mask);
        let known = found.entry(IpAddr::V4(address)).or_insert((on, mask));
        known.1 = known.1.or(mask);
    }
    // `ifIndex.16.<16 bytes>`, or without the count.
    for (index, is) in tables.of(C::OldIp6Length) {
        let Some((on, rest)) = index.split_first() else { continue };
        let rest = if rest.len() == 17 && rest[0] == 16 { &rest[1..] } else { rest };
        let Some(address) = v6(rest) else { continue };
        let told = is.number().and_then(|n| u8::try_from(n).ok()).filter(|n| *n <= 128);
        let known = found.entry(IpAddr::V6(address)).or_insert((*on, told));
        known.1 = known.1.or(told);
    }
    if odd > 0 {
        notes.push(format!("{odd} rows of the address table make no sense and were left out"));
    }
    let mut lengthless = 0;
    for (address, (on, length)) in found.into_iter().filter(|(address, _)| is_useful(*address)) {
        let bits = if address.is_ipv4() { 32 } else { 128 };
        let Some(whole) = HostAddress::new(address, length.unwrap_or(bits)) else { continue };
        let Some(interface) = interfaces.iter_mut().find(|i| i.index == on) else { continue };
        lengthless += usize::from(length.is_none());
        interface.addresses.push(SeenAddress { address: whole, has_length: length.is_some() });
    }
    if lengthless > 0 {
        notes.push(format!(
            "the agent does not tell the length of {lengthless} addresses' networks: they stand as /32 or /128"
        ));
    }
}

fn is_useful(address: IpAddr) -> bool {
    let linked = matches!(address, IpAddr::V6(v6) if v6.is_unicast_link_local());
    !address.is_loopback() && !address.is_unspecified() && !address.is_multicast() && !linked
}

enum Row {
    Address(IpAddr),
    Zoned,
    Odd,
}

/// `TYPE.LEN.bytes`.
fn row(index: &[u32]) -> Row {
    match index {
        [1, 4, rest @ ..] => v4(rest).map_or(Row::Odd, |v4| Row::Address(IpAddr::V4(v4))),
        [2, 16, rest @ ..] => v6(rest).map_or(Row::Odd, |v6| Row::Address(IpAddr::V6(v6))),
        [3, 8, rest @ ..] if rest.len() == 8 => Row::Zoned,
        [4, 20, rest @ ..] if rest.len() == 20 => Row::Zoned,
        _ => Row::Odd,
    }
}

fn bytes<const N: usize>(arcs: &[u32]) -> Option<[u8; N]> {
    let bytes = arcs.iter().map(|arc| u8::try_from(*arc).ok()).collect::<Option<Vec<_>>>()?;
    bytes.try_into().ok()
}

fn v4(arcs: &[u32]) -> Option<Ipv4Addr> {
    bytes::<4>(arcs).map(Ipv4Addr::from)
}

fn v6(arcs: &[u32]) -> Option<Ipv6Addr> {
    bytes::<16>(arcs).map(Ipv6Addr::from)
}

fn length(pointer: Option<&Is>, address: IpAddr) -> Option<u8> {
    let Some(Is::Oid(arcs)) = pointer else { return None };
    let bits = if address.is_ipv4() { 32 } else { 128 };
    // `0.0` is shorter than any pointer to a row.
    let last = arcs.last().filter(|_| arcs.len() > 10)?;
    u8::try_from(*last).ok().filter(|length| *length <= bits)
}

/// Ones, then zeros.
fn mask(is: &Is) -> Option<u8> {
    let bytes: [u8; 4] = is.bytes().try_into().ok()?;
    let bits = u32::from_be_bytes(bytes);
    let length = bits.leading_ones();
    (length + bits.trailing_zeros() >= 32).then(|| u8::try_from(length).unwrap_or(32))
}
