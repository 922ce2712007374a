//! Plain words: `daily`, `weekdays x10`, `weekly on mon,wed until 2026-12-31`, `every 2 weeks x5`, `monthly`.

use super::{
    WrongRule,
    rule::{Each, End, OnDay, Recurrence},
};
use crate::{when, zone::Weekday};

pub(super) fn read(given: &str) -> Result<Recurrence, WrongRule> {
    let text = given.to_ascii_lowercase().replace(',', " ");
    let words: Vec<&str> = text.split_whitespace().collect();
    let (rule, rest) = what(&words).ok_or_else(|| WrongRule::unreadable(given))?;
    let (mut rule, rest) = on(rule, rest).ok_or_else(|| WrongRule::unreadable(given))?;
    match end(rest) {
        Some(End::Count(0)) => Err(WrongRule::part("x0", "at least one booking")),
        Some(end) => {
            rule.end = end;
            Ok(rule)
        }
        None => Err(WrongRule::unreadable(given)),
    }
}

fn what<'a, 'b>(words: &'a [&'b str]) -> Option<(Recurrence, &'a [&'b str])> {
    const WORKING: [Weekday; 5] = [Weekday::Mon, Weekday::Tue, Weekday::Wed, Weekday::Thu, Weekday::Fri];
    let working = || {
        let days = WORKING.map(|day| OnDay { nth: None, day }).to_vec();
        Recurrence { days, ..Recurrence::every(Each::Week) }
    };
    match words {
        ["daily", rest @ ..] | ["every", "day", rest @ ..] => Some((Recurrence::every(Each::Day), rest)),
        ["weekly", rest @ ..] | ["every", "week", rest @ ..] => Some((Recurrence::every(Each::Week), rest)),
        ["monthly", rest @ ..] | ["every", "month", rest @ ..] => Some((Recurrence::every(Each::Month), rest)),
        ["yearly", rest @ ..] | ["every", "year", rest @ ..] => Some((Recurrence::every(Each::Year), rest)),
        ["weekdays", rest @ ..] | ["every", "weekday", rest @ ..] => Some((working(), rest)),
        ["every", count, unit @ ("days" | "weeks" | "months"), rest @ ..] => {
            let each = match *unit {
                "days" => Each::Day,
                "weeks" => Each::Week,
                _ => Each::Month,
            };
            let interval = number(count).and_then(|n| u16::try_from(n).ok()).filter(|n| (1..=1000).contains(n))?;
            Some((Recurrence { interval, ..Recurrence::every(each) }, rest))
        }
        _ => None,
    }
}

/// `on mon wed`, of a rule that repeats by weeks.
fn on<'a, 'b>(mut rule: Recurrence, words: &'a [&'b str]) -> Option<(Recurrence, &'a [&'b str])> {
    let ["on", rest @ ..] = words else { return Some((rule, words)) };
    let days: Vec<Weekday> = rest.iter().map_while(|word| when::weekday(word)).collect();
    if days.is_empty() || rule.each != Each::Week || !rule.days.is_empty() {
        return None;
    }
    let rest = &rest[days.len()..];
    rule.days = days.into_iter().map(|day| OnDay { nth: None, day }).collect();
    rule.days.sort_unstable_by_key(OnDay::order);
    rule.days.dedup();
    Some((rule, rest))
}

fn end(words: &[&str]) -> Option<End> {
    match words {
        [] => Some(End::Never),
        ["until", date @ ..] => when::date(date)?.at(23, 59, 59).map(End::Day),
        ["x", count] | [count, "times"] => number(count).map(End::Count),
        [count] => number(count.strip_prefix('x')?).map(End::Count),
        _ => None,
    }
}

fn number(text: &str) -> Option<u32> {
    when::number(text, 1..=9)
}
