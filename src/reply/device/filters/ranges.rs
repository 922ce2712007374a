//! Names in people's order, and interfaces in ranges as Cisco writes them. Ansible has no such filters.

use super::{text, wrong};
use minijinja::{Environment, Error, Value};
use std::cmp::Ordering;

const MOST: u64 = 10_000;

pub(super) fn add_to(env: &mut Environment<'static>) {
    env.add_filter("natural_sort", |value: Value, attribute: Option<String>| {
        let mut all = Vec::new();
        for item in value.try_iter()? {
            let key = match &attribute {
                Some(path) => path.split('.').try_fold(item.clone(), |value, part| value.get_attr(part))?,
                None => item.clone(),
            };
            if key.is_undefined() {
                return Err(wrong(format!("natural_sort: {item} has no {}", attribute.as_deref().unwrap_or_default())));
            }
            all.push((text(&key), item));
        }
        all.sort_by(|one, other| natural(&one.0, &other.0));
        Ok(Value::from(all.into_iter().map(|(_, item)| item).collect::<Vec<_>>()))
    });
    env.add_filter("interface_ranges", |value: Value| {
        let names = value.try_iter()?.map(|item| text(&item)).collect::<Vec<_>>();
        Ok::<_, Error>(Value::from(ranges(&names)))
    });
    env.add_filter("interface_expand", |value: Value| {
        let mut all = Vec::new();
        for part in text(&value).split(',').map(str::trim).filter(|part| !part.is_empty()) {
            expand(part, &mut all)?;
        }
        Ok::<_, Error>(Value::from(all))
    });
}

/// `Gi1/0/2` before `Gi1/0/10`.
pub(super) fn natural(one: &str, other: &str) -> Ordering {
    let (mut a, mut b) = (one, other);
    loop {
        let (left, right) = (next(&mut a), next(&mut b));
        let order = match (left, right) {
            (None, None) => return one.cmp(other),
            (None, _) => Ordering::Less,
            (_, None) => Ordering::Greater,
            (Some(x), Some(y)) => match (number(x), number(y)) {
                (Some(x), Some(y)) => x.len().cmp(&y.len()).then_with(|| x.cmp(y)),
                _ => x.to_lowercase().cmp(&y.to_lowercase()),
            },
        };
        if order != Ordering::Equal {
            return order;
        }
    }
}

/// Digits without zeros in front: the longer is the greater.
fn number(part: &str) -> Option<&str> {
    part.starts_with(|c: char| c.is_ascii_digit()).then(|| part.trim_start_matches('0'))
}

/// Digits, or what is between them.
fn next<'a>(rest: &mut &'a str) -> Option<&'a str> {
    let first = rest.chars().next()?;
    let digits = first.is_ascii_digit();
    let end = rest.find(|c: char| c.is_ascii_digit() != digits).unwrap_or(rest.len());
    let (part, after) = rest.split_at(end);
    *rest = after;
    Some(part)
}

/// `Gi1/0/1` to `Gi1/0/4` as `Gi1/0/1-4`.
fn ranges(names: &[String]) -> Vec<String> {
    let mut sorted: Vec<&str> = names.iter().map(String::as_str).collect();
    sorted.sort_by(|one, other| natural(one, other));
    sorted.dedup();
    let mut all: Vec<(String, u64, u64)> = Vec::new();
    let mut out = Vec::new();
    for name in sorted {
        match split(name) {
            None => out.push(name.to_owned()),
            Some((stem, n)) => match all.last_mut() {
                Some((last, _, end)) if last == stem && *end + 1 == n => *end = n,
                _ => all.push((stem.to_owned(), n, n)),
            },
        }
    }
    let said = |(stem, first, last): (String, u64, u64)| {
        if first == last { format!("{stem}{first}") } else { format!("{stem}{first}-{last}") }
    };
    out.extend(all.into_iter().map(said));
    out.sort_by(|one, other| natural(one, other));
    out
}

fn split(name: &str) -> Option<(&str, u64)> {
    let stem = name.trim_end_matches(|c: char| c.is_ascii_digit());
    let digits = &name[stem.len()..];
    // A number with zeros in front would lose them.
    let is_plain = digits == "0" || !digits.starts_with('0');
    digits.parse().ok().filter(|_| is_plain).map(|n| (stem, n))
}

fn expand(part: &str, all: &mut Vec<String>) -> Result<(), Error> {
    let Some((first, last)) = part.rsplit_once('-').filter(|(_, last)| last.bytes().all(|b| b.is_ascii_digit())) else {
        all.push(part.to_owned());
        return Ok(());
    };
    let bad = || wrong(format!("interface_expand: {part:?} is no range like Gi1/0/1-4"));
    let (stem, first) = split(first).ok_or_else(bad)?;
    let last: u64 = last.parse().map_err(|_| bad())?;
    if last < first || last - first >= MOST {
        return Err(bad());
    }
    all.extend((first..=last).map(|n| format!("{stem}{n}")));
    Ok(())
}
