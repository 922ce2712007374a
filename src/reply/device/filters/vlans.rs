//! `vlan_parser` and `vlan_expander`: lists of VLANs as switches write them.

use super::{Given, given::whole, text, wrong};
use minijinja::{
    Environment, Error, Value,
    value::{Kwargs, Rest},
};

/// Numbers that an expanded list may have.
const MOST: usize = 100_000;

pub(super) fn add_to(env: &mut Environment<'static>) {
    env.add_filter("vlan_parser", parser);
    env.add_filter("vlan_expander", |value: Value| expanded(&text(&value)).map(Value::from));
}

/// Numbers as lines of ranges, the first line shorter than the others: `switchport trunk allowed vlan` and `… add`.
fn parser(value: Value, args: Rest<Value>, named: Kwargs) -> Result<Value, Error> {
    let given = Given::read("vlan_parser", &["first_line_len", "other_line_len"], &args, &named)?;
    let (first, other) = (given.number("first_line_len", 48)?, given.number("other_line_len", 44)?);
    let mut numbers = Vec::new();
    for item in value.try_iter()? {
        let number = whole(&item).filter(|n| (1..=4094).contains(n));
        numbers.push(number.ok_or_else(|| wrong(format!("vlan_parser: {item} is no VLAN (1 to 4094)")))?);
    }
    numbers.sort_unstable();
    numbers.dedup();
    let mut lines: Vec<String> = Vec::new();
    for run in runs(&numbers) {
        let limit = usize::try_from(if lines.len() <= 1 { first } else { other }).unwrap_or(0);
        match lines.last_mut() {
            Some(line) if line.len() + 1 + run.len() <= limit => {
                line.push(',');
                line.push_str(&run);
            }
            _ => lines.push(run),
        }
    }
    Ok(Value::from(lines))
}

/// Two in a row stay two.
fn runs(numbers: &[i128]) -> Vec<String> {
    let mut all = Vec::new();
    let mut at = 0;
    while at < numbers.len() {
        let length = numbers[at..].iter().zip(numbers[at]..).take_while(|(is, expected)| *is == expected).count();
        if length > 2 {
            all.push(format!("{}-{}", numbers[at], numbers[at + length - 1]));
            at += length;
        } else {
            all.push(numbers[at].to_string());
            at += 1;
        }
    }
    all
}

fn expanded(list: &str) -> Result<Vec<u32>, Error> {
    let no_number = |part: &str| wrong(format!("vlan_expander: {part:?} is no number and no range like 10-20"));
    let number = |part: &str| part.trim().parse::<u32>().map_err(|_| no_number(part));
    let mut all = Vec::new();
    for part in list.split(',') {
        match part.trim().split_once('-') {
            None => all.push(number(part)?),
            Some((first, last)) => {
                let (first, last) = (number(first)?, number(last)?);
                if (last.saturating_sub(first)) as usize > MOST - all.len().min(MOST) {
                    return Err(wrong(format!("vlan_expander: {part:?} is more than {MOST} numbers")));
                }
                all.extend(first..=last);
            }
        }
    }
    // As Ansible does: sorted, and not made single.
    all.sort_unstable();
    Ok(all)
}
