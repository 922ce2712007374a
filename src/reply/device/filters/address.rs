//! `ipaddr` with its questions, `ipv4`, `ipv6`, `ipwrap`, `ip4_hex`.

use super::{
    Given,
    given::whole,
    none,
    parsed::{Ip, number},
    text, wrong,
};
use ipnet::IpNet;
use minijinja::{
    Environment, Error, Value,
    value::{Kwargs, Rest},
};
use std::net::IpAddr;

pub(super) fn add_to(env: &mut Environment<'static>) {
    env.add_filter("ipaddr", |value: Value, args: Rest<Value>, named: Kwargs| {
        each("ipaddr", &value, &args, &named, |_| true)
    });
    env.add_filter("ipv4", |value: Value, args: Rest<Value>, named: Kwargs| {
        each("ipv4", &value, &args, &named, |ip| ip.address().is_ipv4())
    });
    env.add_filter("ipv6", |value: Value, args: Rest<Value>, named: Kwargs| {
        each("ipv6", &value, &args, &named, |ip| ip.address().is_ipv6())
    });
    env.add_filter("ipwrap", wrap);
    env.add_filter("ip4_hex", |value: Value, between: Option<String>| match Ip::read(&value).map(Ip::address) {
        Some(IpAddr::V4(v4)) => {
            let parts: Vec<String> = v4.octets().iter().map(|byte| format!("{byte:02x}")).collect();
            Ok(parts.join(between.as_deref().unwrap_or_default()))
        }
        _ => Err(wrong(format!("ip4_hex: {value} is no IPv4 address"))),
    });
}

/// A list is asked one by one; what has no answer is left out.
fn each(
    filter: &'static str,
    value: &Value,
    args: &Rest<Value>,
    named: &Kwargs,
    fits: impl Fn(Ip) -> bool + Copy,
) -> Result<Value, Error> {
    let given = Given::read(filter, &["query"], args, named)?;
    let query = given.get("query");
    if value.is_undefined() {
        return Err(Error::from(minijinja::ErrorKind::UndefinedError));
    }
    if value.as_str().is_none()
        && let Ok(items) = value.try_iter()
    {
        let mut all = Vec::new();
        for item in items {
            let answer = one(filter, &item, query, fits)?;
            if answer.is_true() {
                all.push(answer);
            }
        }
        return Ok(Value::from(all));
    }
    one(filter, value, query, fits)
}

fn one(filter: &str, value: &Value, query: Option<&Value>, fits: impl Fn(Ip) -> bool) -> Result<Value, Error> {
    let Some(ip) = Ip::read(value).filter(|ip| fits(*ip)) else { return Ok(Value::from(false)) };
    let Some(query) = query else { return Ok(Value::from(ip.written())) };
    if let Some(nth) = whole(query) {
        return Ok(nth_of(ip, nth).map_or(Value::from(false), |at| Value::from(format!("{at}/{}", ip.length()))));
    }
    let question = text(query);
    if let Some(within) = Ip::read(query) {
        let is_in = within.net.contains(&ip.net);
        return Ok(if is_in { Value::from(ip.written()) } else { none() });
    }
    ask(ip, &question)?.map_or_else(
        || {
            Err(wrong(format!(
                "{filter} does not know {question:?}; it knows address, network, netmask, prefix, subnet, …"
            )))
        },
        Ok,
    )
}

/// The address that many steps behind the network's; from its end when below zero.
pub(super) fn nth_of(ip: Ip, nth: i128) -> Option<IpAddr> {
    let steps = nth.unsigned_abs();
    let at = if nth < 0 { (ip.last() + 1).checked_sub(steps)? } else { ip.first().checked_add(steps)? };
    (ip.first()..=ip.last()).contains(&at).then(|| ip.at(at)).flatten()
}

/// `None` for a question that nobody knows.
fn ask(ip: Ip, question: &str) -> Result<Option<Value>, Error> {
    let address = ip.address();
    let (network, mask, length) = (ip.net.network(), ip.net.netmask(), ip.length());
    let is_many = ip.size() > 1;
    let keep = |holds: bool| if holds { Value::from(ip.written()) } else { none() };
    let only = |holds: bool, text: String| if holds { Value::from(text) } else { none() };
    let (first, last) = ip.usable();
    let said = |at: u128| ip.at(at).map(|at| at.to_string()).unwrap_or_default();
    Ok(Some(match question {
        "" => Value::from(ip.written()),
        "bool" => Value::from(true),
        "address" | "ip" => only(!ip.is_network(), address.to_string()),
        "network" | "network_id" => Value::from(network.to_string()),
        "netmask" => Value::from(mask.to_string()),
        "hostmask" | "wildcard" => Value::from(ip.net.hostmask().to_string()),
        "prefix" | "prefixlen" => Value::from(length),
        "broadcast" => only(ip.size() > 2, ip.net.broadcast().to_string()),
        "network/prefix" | "subnet" | "cidr" => Value::from(ip.net.trunc().to_string()),
        "net" => only(ip.is_network(), ip.net.to_string()),
        "host" | "host/prefix" | "hostnet" | "gateway" | "gw" => only(!ip.is_network(), ip.net.to_string()),
        "ip/prefix" | "address/prefix" => only(is_many && (!ip.is_network() || ip.size() == 2), ip.net.to_string()),
        "ip_netmask" | "address_netmask" => only(is_many && !ip.is_network(), format!("{address} {mask}")),
        "ip_wildcard" => only(is_many && !ip.is_network(), format!("{address} {}", ip.net.hostmask())),
        "network_netmask" => only(is_many, format!("{network} {mask}")),
        "network_wildcard" => only(is_many, format!("{network} {}", ip.net.hostmask())),
        "size" => Value::from(ip.size()),
        "version" => Value::from(if address.is_ipv4() { 4 } else { 6 }),
        "first_usable" => only(is_many, said(first)),
        "last_usable" => only(is_many, said(last)),
        "range_usable" => only(is_many, format!("{}-{}", said(first), said(last))),
        "next_usable" => usable(ip, 1),
        "previous_usable" => usable(ip, -1),
        "peer" | "point_to_point" => Value::from(peer(ip)?.to_string()),
        "revdns" | "rdns" => Value::from(reverse(address)),
        "type" => Value::from(if ip.is_network() { "network" } else { "address" }),
        "int" if is_many => Value::from(format!("{}/{length}", number(address))),
        "int" => Value::from(number(address)),
        "private" => keep(is_private(address)),
        "public" => keep(is_public(address)),
        "multicast" => keep(address.is_multicast()),
        "unicast" => keep(!address.is_multicast()),
        "loopback" | "lo" => keep(address.is_loopback()),
        "link-local" | "ll" => keep(is_link_local(address)),
        "ipv4" => keep(address.is_ipv4()),
        "ipv6" => match address {
            IpAddr::V6(_) => Value::from(ip.written()),
            IpAddr::V4(v4) => Value::from(format!("::ffff:{v4}/{}", length + 96)),
        },
        _ => return Ok(None),
    }))
}

/// The one that many steps away, while an interface may have it.
pub(super) fn usable(ip: Ip, steps: i128) -> Value {
    let (first, last) = ip.usable();
    let here = number(ip.address());
    let at = if steps < 0 { here.checked_sub(steps.unsigned_abs()) } else { here.checked_add(steps.unsigned_abs()) };
    let at = at.filter(|at| ip.size() > 1 && (first..=last).contains(at));
    at.and_then(|at| ip.at(at)).map_or_else(none, |at| Value::from(at.to_string()))
}

fn peer(ip: Ip) -> Result<IpAddr, Error> {
    let here = number(ip.address());
    let other = match ip.size() {
        2 => here ^ 1,
        4 if ip.usable().0 == here => here + 1,
        4 if ip.usable().1 == here => here - 1,
        _ => return Err(wrong(format!("ipaddr: {} is no end of a point-to-point network", ip.net))),
    };
    ip.at(other).ok_or_else(|| wrong("there is no such address"))
}

fn reverse(address: IpAddr) -> String {
    match address {
        IpAddr::V4(v4) => {
            let [a, b, c, d] = v4.octets();
            format!("{d}.{c}.{b}.{a}.in-addr.arpa.")
        }
        IpAddr::V6(v6) => {
            let digits =
                v6.octets().iter().rev().map(|byte| format!("{:x}.{:x}.", byte & 15, byte >> 4)).collect::<String>();
            format!("{digits}ip6.arpa.")
        }
    }
}

fn is_private(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => v4.is_private(),
        IpAddr::V6(v6) => v6.is_unique_local(),
    }
}

fn is_link_local(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => v4.is_link_local(),
        IpAddr::V6(v6) => v6.is_unicast_link_local(),
    }
}

fn is_public(address: IpAddr) -> bool {
    let special = address.is_multicast() || address.is_loopback() || address.is_unspecified();
    let kept = matches!(address, IpAddr::V4(v4) if v4.is_documentation() || v4.is_broadcast() || v4.octets()[0] == 0);
    !special && !kept && !is_private(address) && !is_link_local(address)
}

fn wrap(value: Value) -> Result<Value, Error> {
    let one = |value: &Value| match Ip::read(value) {
        Some(ip) if ip.address().is_ipv6() && ip.has_length => {
            Value::from(format!("[{}]/{}", ip.address(), ip.length()))
        }
        Some(ip) if ip.address().is_ipv6() => Value::from(format!("[{}]", ip.address())),
        _ => value.clone(),
    };
    if value.as_str().is_some() {
        return Ok(one(&value));
    }
    Ok(Value::from(value.try_iter()?.map(|item| one(&item)).collect::<Vec<_>>()))
}

/// A network that must be one.
pub(super) fn need(filter: &str, value: &Value) -> Result<Ip, Error> {
    Ip::read(value).ok_or_else(|| wrong(format!("{filter}: {value} is no address and no network")))
}

/// Networks of a list.
pub(super) fn nets(filter: &str, value: &Value) -> Result<Vec<IpNet>, Error> {
    value.try_iter()?.map(|item| need(filter, &item).map(|ip| ip.net.trunc())).collect()
}
