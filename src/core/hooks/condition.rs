//! What a rule asks of an event, as a small sentence.
//!
//! ```text
//! condition = path op value | path "has" ["not"] value | path "was" value | "changed" path
//! path      = word { "." word }            into the object's data: status, custom_fields.proxmox_node
//! op        = "=" | "!=" | "~" | ">" | ">=" | "<" | "<="
//! value     = the rest, or text in double quotes; none is nothing
//! ```
//! A choice counts as its value, a related object as its slug, its name or its number, and an address as its text. Letters
//! compare without their case, numbers as numbers; `~` knows `*` and `?`. `was` and `changed` look into the snapshots.

use super::{Event, event::Part};
use serde_json::Value;
use std::{fmt, str::FromStr};

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Condition {
    /// As it was written.
    text: String,
    path: Vec<String>,
    test: Test,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Test {
    Is(String),
    IsNot(String),
    Like(String),
    Compares(Order, String),
    Has(String),
    HasNot(String),
    Was(String),
    Changed,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Order {
    More,
    AtLeast,
    Less,
    AtMost,
}

/// Why something is no condition.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "{given:?} is no condition; right would be like status = active, vcpus > 4, name ~ \"web*\", tags has lab, \
     status was planned or changed status"
)]
pub struct NoCondition {
    given: String,
}

/// Words for nothing.
const NONE: &str = "none";

impl FromStr for Condition {
    type Err = NoCondition;

    fn from_str(given: &str) -> Result<Self, NoCondition> {
        let text = given.trim();
        let wrong = || NoCondition { given: direttore_domain::text::shorten(text, 80) };
        let (first, rest) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
        let rest = rest.trim();
        if first == "changed" {
            let path = path_of(rest).ok_or_else(wrong)?;
            return Ok(Self { text: text.to_owned(), path, test: Test::Changed });
        }
        let path = path_of(first).ok_or_else(wrong)?;
        let (op, value) = rest.split_once(char::is_whitespace).ok_or_else(wrong)?;
        let (op, value) = match (op, value.trim().strip_prefix("not ")) {
            ("has", Some(value)) => ("has not", value.trim()),
            ("has", None) if value.trim() == "not" => return Err(wrong()),
            _ => (op, value.trim()),
        };
        let value = value_of(value).ok_or_else(wrong)?;
        let number = |order| value.parse::<f64>().is_ok().then(|| Test::Compares(order, value.clone()));
        let test = match op {
            "=" => Test::Is(value),
            "!=" => Test::IsNot(value),
            "~" => Test::Like(value),
            ">" => number(Order::More).ok_or_else(wrong)?,
            ">=" => number(Order::AtLeast).ok_or_else(wrong)?,
            "<" => number(Order::Less).ok_or_else(wrong)?,
            "<=" => number(Order::AtMost).ok_or_else(wrong)?,
            "has" => Test::Has(value),
            "has not" => Test::HasNot(value),
            "was" => Test::Was(value),
            _ => return Err(wrong()),
        };
        Ok(Self { text: text.to_owned(), path, test })
    }
}

fn path_of(given: &str) -> Option<Vec<String>> {
    let fits = |word: &str| {
        !word.is_empty() && word.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_') && word.len() <= 64
    };
    let words: Vec<&str> = given.split('.').collect();
    words.iter().all(|word| fits(word)).then(|| words.into_iter().map(str::to_owned).collect())
}

/// What is in quotes, or stands as it is without any.
fn value_of(given: &str) -> Option<String> {
    match given.strip_prefix('"') {
        Some(quoted) => quoted.strip_suffix('"').filter(|inner| !inner.contains('"')).map(str::to_owned),
        None if given.is_empty() || given.contains('"') => None,
        None => Some(given.to_owned()),
    }
}

impl fmt::Display for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl Condition {
    pub fn fits(&self, event: &Event) -> bool {
        let now = || at(&event.data, &self.path);
        match &self.test {
            Test::Is(value) => is(now(), value),
            Test::IsNot(value) => !is(now(), value),
            Test::Like(pattern) => spellings(now()).iter().any(|text| glob(pattern, text)),
            Test::Compares(order, value) => compares(now(), *order, value),
            Test::Has(value) => has(now(), value),
            Test::HasNot(value) => !has(now(), value),
            Test::Was(value) => event.before.as_ref().is_some_and(|before| is(at(before, &self.path), value)),
            Test::Changed => {
                let of =
                    |snapshot: &Option<Part>| snapshot.as_ref().map_or(Value::Null, |all| at(all, &self.path).clone());
                let (before, after) = (of(&event.before), of(&event.after));
                before != after
            }
        }
    }

    /// What it looked at, for whoever asks why it does not fit.
    pub fn seen(&self, event: &Event) -> String {
        let found = |of: Option<&Value>| match of.map(|all| spellings(at(all, &self.path))) {
            None => "not told".to_owned(),
            Some(all) if all.is_empty() => NONE.to_owned(),
            Some(all) => direttore_domain::text::shorten(&all.join(" or "), 100),
        };
        let path = self.path.join(".");
        match self.test {
            Test::Was(_) => format!("{path} was {}", found(event.before.as_deref())),
            Test::Changed => {
                format!("{path} was {} and is {}", found(event.before.as_deref()), found(event.after.as_deref()))
            }
            Test::Has(_) | Test::HasNot(_) => {
                let list = at(&event.data, &self.path).as_array().map(Vec::as_slice).unwrap_or_default();
                let all: Vec<String> = list.iter().filter_map(|one| spellings(one).into_iter().next()).collect();
                format!("{path} has {}", if all.is_empty() { "nothing".to_owned() } else { all.join(", ") })
            }
            _ => format!("{path} is {}", found(Some(&event.data))),
        }
    }
}

fn at<'v>(data: &'v Value, path: &[String]) -> &'v Value {
    path.iter().fold(data, |value, word| value.get(word.as_str()).unwrap_or(&Value::Null))
}

/// Every way a value may be written.
fn spellings(value: &Value) -> Vec<String> {
    match value {
        Value::Null => vec![],
        Value::String(text) if text.is_empty() => vec![],
        Value::String(text) => vec![text.clone()],
        Value::Bool(flag) => vec![flag.to_string()],
        Value::Number(number) => vec![number.to_string()],
        Value::Array(list) => list.iter().flat_map(spellings).collect(),
        Value::Object(object) => {
            let keys: &[&str] = if object.contains_key("label") && object.contains_key("value") {
                &["value"]
            } else {
                &["slug", "name", "address", "prefix", "display", "id"]
            };
            let mut all: Vec<String> = Vec::new();
            for text in keys.iter().filter_map(|key| object.get(*key)).flat_map(spellings) {
                if !all.contains(&text) {
                    all.push(text);
                }
            }
            all
        }
    }
}

fn equal(one: &str, other: &str) -> bool {
    match (one.parse::<f64>(), other.parse::<f64>()) {
        (Ok(one), Ok(other)) => (one - other).abs() < f64::EPSILON,
        _ => one.to_lowercase() == other.to_lowercase(),
    }
}

fn is(value: &Value, wanted: &str) -> bool {
    let all = spellings(value);
    if wanted == NONE { all.is_empty() } else { all.iter().any(|text| equal(text, wanted)) }
}

fn has(value: &Value, wanted: &str) -> bool {
    value.as_array().is_some_and(|list| list.iter().any(|one| is(one, wanted)))
}

fn compares(value: &Value, order: Order, wanted: &str) -> bool {
    let Ok(wanted) = wanted.parse::<f64>() else { return false };
    spellings(value).iter().filter_map(|text| text.parse::<f64>().ok()).any(|number| match order {
        Order::More => number > wanted,
        Order::AtLeast => number >= wanted,
        Order::Less => number < wanted,
        Order::AtMost => number <= wanted,
    })
}

/// `*` is anything, `?` one character, without the case of letters.
fn glob(pattern: &str, text: &str) -> bool {
    let (pattern, text): (Vec<char>, Vec<char>) =
        (pattern.to_lowercase().chars().collect(), text.to_lowercase().chars().collect());
    // Where the last star was, and what it has swallowed so far.
    let (mut p, mut t, mut star) = (0, 0, None);
    while t < text.len() {
        match pattern.get(p) {
            Some('*') => {
                star = Some((p, t));
                p += 1;
            }
            Some(one) if *one == '?' || *one == text[t] => (p, t) = (p + 1, t + 1),
            _ => match star {
                Some((at, from)) => {
                    star = Some((at, from + 1));
                    (p, t) = (at + 1, from + 1);
                }
                None => return false,
            },
        }
    }
    pattern[p..].iter().all(|one| *one == '*')
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn event() -> Event {
        let body = json!({
            "event": "updated", "object_type": "virtualization.virtualmachine",
            "data": {
                "id": 7, "name": "web1", "vcpus": 2.0, "status": { "value": "active", "label": "Active" },
                "role": { "id": 3, "name": "Server", "slug": "server" }, "tenant": null, "description": "",
                "tags": [{ "id": 1, "name": "Lab", "slug": "lab" }, { "id": 2, "name": "prod", "slug": "prod" }],
                "custom_fields": { "proxmox_node": "pve1", "ready": true },
                "primary_ip4": { "id": 5, "address": "10.0.0.5/24" },
            },
            "snapshots": {
                "prechange": { "name": "web1", "status": "planned", "tags": ["Lab"], "vcpus": 2 },
                "postchange": { "name": "web1", "status": "active", "tags": ["Lab"], "vcpus": 2 },
            },
        });
        Event::read(body.to_string().as_bytes()).expect("a webhook")
    }

    #[test]
    fn what_fits() {
        for right in [
            "status = active",
            "status = ACTIVE",
            "status != planned",
            "tags has lab",
            "tags has not mail",
            "name ~ \"web*\"",
            "name ~ w?b1",
            "changed status",
            "status was planned",
            "custom_fields.proxmox_node = pve1",
            "custom_fields.ready = true",
            "vcpus = 2",
            "vcpus > 1.5",
            "vcpus >= 2",
            "vcpus <= 2",
            "vcpus < 3",
            "role = server",
            "role = Server",
            "role = 3",
            "tenant = none",
            "description = none",
            "name != none",
            "primary_ip4 ~ 10.0.0.*",
        ] {
            assert!(right.parse::<Condition>().expect(right).fits(&event()), "{right}");
        }
    }

    #[test]
    fn what_does_not_fit() {
        for wrong in [
            "status = planned",
            "status != active",
            "tags has mail",
            "tags has not lab",
            "name has web1",
            "name ~ web",
            "name ~ *2",
            "changed name",
            "status was active",
            "nothing.at.all = pve1",
            "vcpus > 2",
            "name > 2",
            "name = none",
        ] {
            assert!(!wrong.parse::<Condition>().expect(wrong).fits(&event()), "{wrong}");
        }
        let job = Event { before: None, after: None, ..event() };
        assert!(!"status was none".parse::<Condition>().expect("right").fits(&job), "nobody knows what it was");
    }

    #[test]
    fn what_is_no_condition_is_said() {
        for wrong in [
            "",
            "status",
            "status =",
            "= active",
            "status is active",
            "vcpus > many",
            "a..b = c",
            "name = \"x",
            "changed",
            "x has not",
        ] {
            let why = wrong.parse::<Condition>().expect_err(wrong).to_string();
            assert!(why.contains("is no condition; right would be like status = active"), "{why}");
        }
    }

    #[test]
    fn it_tells_what_it_saw() {
        let seen = |text: &str| text.parse::<Condition>().expect("right").seen(&event());
        assert_eq!(seen("status = planned"), "status is active");
        assert_eq!(seen("changed name"), "name was web1 and is web1");
        assert_eq!(seen("tags has mail"), "tags has lab, prod");
        assert_eq!(seen("tenant = x"), "tenant is none");
    }
}
