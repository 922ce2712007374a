//! Reckoning with networks: `ipsubnet`, `ipmath`, `nthhost`, `network_in_usable`, `next_nth_usable`, `cidr_merge`, …

use super::{
    Given,
    address::{need, nets, nth_of, usable},
    given::whole,
    parsed::{Ip, number},
    wrong,
};
use ipnet::IpNet;
use minijinja::{
    Environment, Error, Value,
    value::{Kwargs, Rest},
};

pub(super) fn add_to(env: &mut Environment<'static>) {
    env.add_filter("ipsubnet", subnet);
    env.add_filter("ipmath", math);
    env.add_filter("nthhost", |value: Value, args: Rest<Value>, named: Kwargs| {
        let given = Given::read("nthhost", &["query"], &args, &named)?;
        let ip = need("nthhost", &value)?;
        let at = nth_of(ip, i128::from(given.number("query", 0)?));
        Ok(at.map_or(Value::from(false), |at| Value::from(at.to_string())))
    });
    env.add_filter("network_in_usable", |value: Value, test: Value| {
        let (net, test) = (need("network_in_usable", &value)?, need("network_in_usable", &test)?);
        let (first, last) = net.usable();
        Ok(is_same(net, test) && first <= test.first() && test.last() <= last)
    });
    env.add_filter("network_in_network", |value: Value, test: Value| {
        let (net, test) = (need("network_in_network", &value)?, need("network_in_network", &test)?);
        Ok(net.net.contains(&test.net))
    });
    env.add_filter("next_nth_usable", |value: Value, steps: i64| {
        Ok::<_, Error>(usable(need("next_nth_usable", &value)?, i128::from(steps)))
    });
    env.add_filter("previous_nth_usable", |value: Value, steps: i64| {
        Ok::<_, Error>(usable(need("previous_nth_usable", &value)?, -i128::from(steps)))
    });
    env.add_filter("cidr_merge", merge);
}

fn is_same(one: Ip, other: Ip) -> bool {
    one.bits() == other.bits()
}

/// Nothing: the network itself. A length: how many fit, or with an index which. A network: the place in it.
fn subnet(value: Value, args: Rest<Value>, named: Kwargs) -> Result<Value, Error> {
    let given = Given::read("ipsubnet", &["query", "index"], &args, &named)?;
    let Some(ip) = Ip::read(&value) else { return Ok(Value::from(false)) };
    let Some(query) = given.get("query").filter(|query| query.as_str() != Some("")) else {
        return Ok(Value::from(ip.net.to_string()));
    };
    let Some(length) = whole(query) else {
        let around = need("ipsubnet", query)?;
        if !around.net.contains(&ip.net) {
            return Err(wrong(format!("ipsubnet: {} is not in {}", ip.net, around.net.trunc())));
        }
        let place = (ip.first() - around.first()) >> (ip.bits() - ip.length()).min(127);
        return Ok(Value::from((place + 1).to_string()));
    };
    let Some(length) = u8::try_from(length).ok().filter(|length| *length <= ip.bits()) else {
        return Ok(Value::from(false));
    };
    let index = given.get("index").map(|_| given.number("index", 0)).transpose()?;
    if length < ip.length() {
        return around(ip, length, index.unwrap_or(0));
    }
    let count = 1_u128.checked_shl(u32::from(length - ip.length())).unwrap_or(u128::MAX);
    let Some(index) = index else { return Ok(Value::from(count.to_string())) };
    let steps = u128::from(index.unsigned_abs());
    let at = if index < 0 { count.checked_sub(steps) } else { Some(steps).filter(|steps| *steps < count) };
    let Some(at) = at else { return Ok(Value::from(false)) };
    let first = ip.first() + at.checked_shl(u32::from(ip.bits() - length)).unwrap_or(0);
    Ok(ip.at(first).map_or(Value::from(false), |address| Value::from(format!("{address}/{length}"))))
}

/// The networks that hold it, the widest first.
fn around(ip: Ip, length: u8, index: i64) -> Result<Value, Error> {
    let count = i64::from(ip.length() - length);
    let at = if index < 0 { count + index } else { index };
    if !(0..count).contains(&at) {
        return Ok(Value::from(false));
    }
    let length = length + u8::try_from(at).expect("it is less than a length");
    let net = IpNet::new(ip.address(), length).map_err(|_| wrong("there is no such length"))?;
    Ok(Value::from(net.trunc().to_string()))
}

fn math(value: Value, amount: Value) -> Result<Value, Error> {
    let ip = Ip::read(&value).ok_or_else(|| wrong(format!("ipmath: {value} is no address")))?;
    let amount = whole(&amount).ok_or_else(|| wrong(format!("ipmath: {amount} is no whole number")))?;
    let here = number(ip.address());
    let steps = amount.unsigned_abs();
    let at = if amount < 0 { here.checked_sub(steps) } else { here.checked_add(steps) };
    let at = at.and_then(|at| ip.at(at)).ok_or_else(|| wrong(format!("ipmath: {value} and {amount} is no address")))?;
    Ok(Value::from(at.to_string()))
}

fn merge(value: Value, args: Rest<Value>, named: Kwargs) -> Result<Value, Error> {
    let given = Given::read("cidr_merge", &["action"], &args, &named)?;
    let all = nets("cidr_merge", &value)?;
    match given.text("action").as_deref().unwrap_or("merge") {
        "merge" => {
            let mut merged = IpNet::aggregate(&all);
            merged.sort();
            Ok(Value::from(merged.iter().map(ToString::to_string).collect::<Vec<_>>()))
        }
        "span" => span(&all).map(|net| Value::from(net.to_string())),
        other => Err(wrong(format!("cidr_merge does not know {other:?}; it knows merge and span"))),
    }
}

/// The narrowest network around all.
fn span(all: &[IpNet]) -> Result<IpNet, Error> {
    let first = all.first().ok_or_else(|| wrong("cidr_merge: there is nothing to span"))?;
    let mut around = *first;
    for net in all {
        while !around.contains(net) {
            around = around.supernet().ok_or_else(|| wrong("cidr_merge: IPv4 and IPv6 have no network in common"))?;
        }
    }
    Ok(around)
}
