//! The form of one value: text as given becomes the JSON that a handler's input is read from, or a refusal that says what is right.

use crate::{Kind, Opt, Since, duration::parse_duration};
use direttore_domain::{
    AccountName, AliasName, ClusterName, GrantTo, GroupName, GuestRef, JobId, NodeName, PoolName, Refusal, Role,
    SnapshotName, Tag, WrongForm, nearest::nearest, text,
};
use serde_json::Value;
use std::str::FromStr;

/// A text without limits of its own may have this many characters.
const MAX_TEXT: i64 = 1000;
/// Names of zones and of commands are shorter than this.
const MAX_WORDS: usize = 64;

/// One value of an option, typed.
///
/// # Errors
/// `bad-value` or `unknown-value`.
pub(crate) fn typed(option: &Opt, given: &str) -> Result<Value, Refusal> {
    let given = if option.kind == Kind::Text { given } else { given.trim() };
    let name = |normal: Result<String, WrongForm>| match normal {
        Ok(text) => Ok(Value::from(text)),
        Err(wrong) => Err(Refusal::wrong_form(&option.name, &wrong)),
    };
    match option.kind {
        Kind::Guest => name(form::<GuestRef>(given).map(String::from)),
        Kind::Node => name(form::<NodeName>(given).map(String::from)),
        Kind::Cluster => name(form::<ClusterName>(given).map(String::from)),
        Kind::Snapshot => name(form::<SnapshotName>(given).map(String::from)),
        Kind::Account => name(form::<AccountName>(given).map(String::from)),
        Kind::Group => name(form::<GroupName>(given).map(String::from)),
        Kind::Alias => name(form::<AliasName>(given).map(String::from)),
        Kind::Pool => name(form::<PoolName>(given).map(String::from)),
        Kind::Tag => name(form::<Tag>(given).map(String::from)),
        Kind::Receiver => name(form::<GrantTo>(given).map(String::from)),
        Kind::Job => name(form::<JobId>(given).map(|id| id.to_string())),
        Kind::Since => name(form::<Since>(given).map(|_| given.to_owned())),
        Kind::Role => role(option, given),
        Kind::Choice => choice(option, given),
        Kind::Zone if is_zone(given) => Ok(given.into()),
        Kind::Command => command(given).map(Value::from).ok_or_else(|| bad(option, given, "command")),
        Kind::Grant => match given.trim_start_matches('#').parse::<i64>() {
            Ok(number) if number > 0 => Ok(number.into()),
            _ => Err(bad(option, given, "grant")),
        },
        Kind::Integer => within(option, given, given.parse().ok(), "whole number"),
        Kind::Seconds => within(option, given, seconds(given), "length of time"),
        Kind::Flag => flag(given).map(Value::from).ok_or_else(|| bad(option, given, "answer")),
        Kind::Text => {
            let characters = i64::try_from(given.chars().count()).unwrap_or(i64::MAX);
            let (least, most) = option.limits.unwrap_or((0, MAX_TEXT));
            let fits = (least..=most).contains(&characters);
            if fits { Ok(given.into()) } else { Err(bad(option, given, "text that fits")) }
        }
        Kind::Zone => Err(bad(option, given, "time zone")),
    }
}

fn form<T: FromStr<Err = WrongForm>>(given: &str) -> Result<T, WrongForm> {
    given.parse()
}

/// `yes`, `true`, `on`, `1` and their opposites, in any case.
pub(crate) fn flag(given: &str) -> Option<bool> {
    let is = |words: &[&str]| words.iter().any(|w| w.eq_ignore_ascii_case(given.trim()));
    if is(&["true", "yes", "on", "1"]) { Some(true) } else { is(&["false", "no", "off", "0"]).then_some(false) }
}

fn role(option: &Opt, given: &str) -> Result<Value, Refusal> {
    match Role::ALL.into_iter().find(|r| r.as_str().eq_ignore_ascii_case(given)) {
        Some(role) => Ok(role.as_str().into()),
        None => Err(none_of(option, given, Role::ALL.iter().map(|r| r.as_str()))),
    }
}

fn choice(option: &Opt, given: &str) -> Result<Value, Refusal> {
    match option.choices.iter().find(|c| c.eq_ignore_ascii_case(given)) {
        Some(choice) => Ok(choice.as_str().into()),
        None => Err(none_of(option, given, option.choices.iter().map(String::as_str))),
    }
}

fn none_of<'a>(option: &Opt, given: &str, possible: impl Iterator<Item = &'a str> + Clone) -> Refusal {
    Refusal::UnknownValue {
        option: option.name.clone(),
        given: shown(given),
        nearest: nearest(given, possible.clone()).map(str::to_owned),
        possible: possible.map(str::to_owned).collect(),
    }
}

fn within(option: &Opt, given: &str, number: Option<i64>, what: &'static str) -> Result<Value, Refusal> {
    let (least, most) = option.limits.unwrap_or((i64::MIN, i64::MAX));
    match number {
        Some(number) if (least..=most).contains(&number) => Ok(number.into()),
        _ => Err(bad(option, given, what)),
    }
}

fn seconds(given: &str) -> Option<i64> {
    given.parse().ok().or_else(|| i64::try_from(parse_duration(given)?.as_secs()).ok()).filter(|s| *s >= 0)
}

/// `Area/City`, `Etc/GMT+1`, `UTC`: whether it exists is for those who know the zones.
fn is_zone(given: &str) -> bool {
    let fits = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'/' | b'_' | b'+' | b'-');
    given.len() <= MAX_WORDS && given.starts_with(|c: char| c.is_ascii_alphabetic()) && given.bytes().all(fits)
}

/// Lower case, single spaces, without the leading slash.
fn command(given: &str) -> Option<String> {
    let given = given.strip_prefix('/').unwrap_or(given);
    let words = given.split_whitespace().map(str::to_ascii_lowercase).collect::<Vec<_>>().join(" ");
    let fits = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b' ' | b'-' | b'*');
    (!words.is_empty() && words.len() <= MAX_WORDS && words.bytes().all(fits)).then_some(words)
}

fn bad(option: &Opt, given: &str, what: &'static str) -> Refusal {
    Refusal::BadValue { option: option.name.clone(), given: shown(given), what, right: option.right() }
}

/// As refusals show what was given.
pub(crate) fn shown(given: &str) -> String {
    // Cut before escaping: ten kilobytes of control characters would become sixty.
    text::shorten(&text::visible(&text::shorten(given, 100)), 60)
}
