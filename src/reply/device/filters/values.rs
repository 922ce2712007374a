//! `ternary`, `combine`, `bool`, `mandatory`, `hash`, `checksum`, `b64encode`, `b64decode`, and what is refused.

use super::{Given, none, text, wrong};
use base64ct::{Base64, Encoding};
use minijinja::{
    Environment, Error, ErrorKind, Value,
    value::{Kwargs, Rest, ValueKind},
};
use sha2::{Digest, Sha256, Sha512};

pub(super) fn add_to(env: &mut Environment<'static>) {
    env.add_filter("ternary", |value: Value, args: Rest<Value>, named: Kwargs| {
        let given = Given::read("ternary", &["true_val", "false_val", "none_val"], &args, &named)?;
        let name = match (value.is_none() && given.get("none_val").is_some(), value.is_true()) {
            (true, _) => "none_val",
            (_, true) => "true_val",
            (_, false) => "false_val",
        };
        Ok::<_, Error>(given.get(name).cloned().unwrap_or_else(none))
    });
    env.add_filter("combine", combine);
    env.add_filter("bool", |value: Value| {
        let said = text(&value).to_lowercase();
        match said.as_str() {
            "yes" | "on" | "1" | "true" | "y" | "t" | "1.0" => Ok(true),
            "no" | "off" | "0" | "false" | "n" | "f" | "" | "none" | "0.0" => Ok(false),
            _ => Err(wrong(format!("bool: {said:?} is neither yes nor no"))),
        }
    });
    env.add_filter("mandatory", |value: Value, args: Rest<Value>, named: Kwargs| {
        let given = Given::read("mandatory", &["msg"], &args, &named)?;
        match given.text("msg") {
            _ if !value.is_undefined() => Ok(value),
            Some(message) => Err(Error::new(ErrorKind::InvalidOperation, message)),
            None => Err(Error::from(ErrorKind::UndefinedError)),
        }
    });
    env.add_filter("hash", |value: Value, kind: Option<String>| hash(&text(&value), kind.as_deref().unwrap_or("sha1")));
    env.add_filter("checksum", |value: Value| hash(&text(&value), "sha1"));
    env.add_filter("b64encode", |value: Value| Base64::encode_string(text(&value).as_bytes()));
    env.add_filter("b64decode", |value: Value| {
        let decoded = Base64::decode_vec(text(&value).trim()).ok().and_then(|bytes| String::from_utf8(bytes).ok());
        decoded.ok_or_else(|| wrong("b64decode: that is no text in base64"))
    });
    for name in ["random", "shuffle"] {
        env.add_filter(name, move |_: Value, _: Rest<Value>| {
            Err::<Value, _>(wrong(format!("{name} would give another text each time, which nobody could approve")))
        });
    }
}

fn hash(value: &str, kind: &str) -> Result<String, Error> {
    let bytes: Vec<u8> = match kind {
        "md5" => <md5::Md5 as md5::Digest>::digest(value.as_bytes()).to_vec(),
        "sha1" => sha1::Sha1::digest(value.as_bytes()).to_vec(),
        "sha256" => Sha256::digest(value.as_bytes()).to_vec(),
        "sha512" => Sha512::digest(value.as_bytes()).to_vec(),
        other => return Err(wrong(format!("hash does not know {other:?}; it knows md5, sha1, sha256 and sha512"))),
    };
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

#[derive(Clone, Copy)]
enum Lists {
    Replace,
    Keep,
    Append,
    Prepend,
}

fn combine(value: Value, args: Rest<Value>, named: Kwargs) -> Result<Value, Error> {
    let others: &[Value] = &args;
    let recursive = named.get::<Option<bool>>("recursive")?.unwrap_or(false);
    let lists = match named.get::<Option<&str>>("list_merge")?.unwrap_or("replace") {
        "replace" => Lists::Replace,
        "keep" => Lists::Keep,
        "append" => Lists::Append,
        "prepend" => Lists::Prepend,
        other => {
            return Err(wrong(format!("combine: list_merge is replace, keep, append or prepend, not {other:?}")));
        }
    };
    named.assert_all_used()?;
    let mut all = value;
    for other in others {
        // Several at once may come as one list.
        if other.kind() == ValueKind::Seq {
            for other in other.try_iter()? {
                all = merged(&all, &other, recursive, lists)?;
            }
        } else {
            all = merged(&all, other, recursive, lists)?;
        }
    }
    Ok(all)
}

fn merged(one: &Value, other: &Value, recursive: bool, lists: Lists) -> Result<Value, Error> {
    for side in [one, other] {
        if side.kind() != ValueKind::Map {
            return Err(wrong(format!("combine takes maps, not a {}", side.kind())));
        }
    }
    let mut all: Vec<(Value, Value)> = Vec::new();
    for key in one.try_iter()? {
        all.push((key.clone(), one.get_item(&key)?));
    }
    for key in other.try_iter()? {
        let new = other.get_item(&key)?;
        match all.iter_mut().find(|(known, _)| *known == key) {
            None => all.push((key, new)),
            Some((_, old)) => *old = joined(old, new, recursive, lists)?,
        }
    }
    Ok(Value::from_pairs(all))
}

fn joined(old: &Value, new: Value, recursive: bool, lists: Lists) -> Result<Value, Error> {
    match (old.kind(), new.kind()) {
        (ValueKind::Map, ValueKind::Map) if recursive => merged(old, &new, recursive, lists),
        (ValueKind::Seq, ValueKind::Seq) => Ok(match lists {
            Lists::Replace => new,
            Lists::Keep => old.clone(),
            Lists::Append => Value::from(old.try_iter()?.chain(new.try_iter()?).collect::<Vec<_>>()),
            Lists::Prepend => Value::from(new.try_iter()?.chain(old.try_iter()?).collect::<Vec<_>>()),
        }),
        _ => Ok(new),
    }
}
