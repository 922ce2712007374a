//! `hwaddr` and `macaddr`: hardware addresses in the spellings of the makers.

use super::{Given, none, text, wrong};
use minijinja::{
    Environment, Error, Value,
    value::{Kwargs, Rest},
};

pub(super) fn add_to(env: &mut Environment<'static>) {
    env.add_filter("hwaddr", |value: Value, args: Rest<Value>, named: Kwargs| hwaddr("hwaddr", &value, &args, &named));
    env.add_filter("macaddr", |value: Value, args: Rest<Value>, named: Kwargs| {
        hwaddr("macaddr", &value, &args, &named)
    });
}

fn read(value: &Value) -> Option<[u8; 6]> {
    let text = value.as_str()?.trim();
    let digits: String = text.chars().filter(|c| !matches!(c, ':' | '-' | '.')).collect();
    if digits.len() != 12 || !digits.bytes().all(|b| b.is_ascii_hexdigit()) {
        return None;
    }
    let number = u64::from_str_radix(&digits, 16).ok()?;
    number.to_be_bytes()[2..].try_into().ok()
}

fn hwaddr(filter: &'static str, value: &Value, args: &Rest<Value>, named: &Kwargs) -> Result<Value, Error> {
    let given = Given::read(filter, &["query"], args, named)?;
    let query = given.text("query").unwrap_or_default();
    let Some(bytes) = read(value) else {
        return match query.as_str() {
            "" | "bool" => Ok(none()),
            _ => Err(wrong(format!("{filter}: not a hardware address: {}", text(value)))),
        };
    };
    let pairs = |between: &str| bytes.map(|byte| format!("{byte:02x}")).join(between);
    let bare = pairs("");
    Ok(match query.as_str() {
        "" => value.clone(),
        "bool" => Value::from(true),
        "int" => Value::from(bytes.iter().fold(0_u64, |all, byte| all << 8 | u64::from(*byte))),
        "linux" => Value::from(pairs(":")),
        "unix" => Value::from(bytes.map(|byte| format!("{byte:x}")).join(":")),
        "eui48" | "win" => Value::from(pairs("-").to_uppercase()),
        "cisco" => Value::from([&bare[..4], &bare[4..8], &bare[8..]].join(".")),
        "bare" => Value::from(bare.to_uppercase()),
        "pgsql" | "postgresql" | "psql" => Value::from([&bare[..6], &bare[6..]].join(":")),
        other => {
            return Err(wrong(format!(
                "{filter} does not know {other:?}; it knows linux, unix, cisco, eui48, bare, pgsql, int and bool"
            )));
        }
    })
}
