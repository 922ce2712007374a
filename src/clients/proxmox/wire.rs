//! Scalars as Proxmox sends them: a number may come as text, text as a number, a boolean as `1`, `"1"` or `true`, and
//! anything may be missing or null, differently between versions. What cannot be read counts as not given.

use super::Error;
pub(super) use crate::said::utf8;
use serde::{
    Deserialize, Deserializer,
    de::{DeserializeOwned, IgnoredAny, MapAccess, SeqAccess, Visitor},
};
use std::{borrow::Cow, fmt};

/// Text that borrows from the answer where it can. Numbers and booleans become text: a VM may be called `101`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Text<'a>(pub(super) Cow<'a, str>);

impl Text<'_> {
    pub fn as_str(&self) -> &str {
        &self.0
    }

    pub(super) fn into_owned(self) -> Text<'static> {
        Text(Cow::Owned(self.0.into_owned()))
    }
}

/// Any scalar: what each lenient type is made from.
enum Scalar<'a> {
    None,
    Bool(bool),
    Unsigned(u64),
    Signed(i64),
    Float(f64),
    Text(Cow<'a, str>),
}

struct ScalarVisitor;

impl<'de> Visitor<'de> for ScalarVisitor {
    type Value = Scalar<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a scalar")
    }
    fn visit_bool<E>(self, v: bool) -> Result<Scalar<'de>, E> {
        Ok(Scalar::Bool(v))
    }
    fn visit_u64<E>(self, v: u64) -> Result<Scalar<'de>, E> {
        Ok(Scalar::Unsigned(v))
    }
    fn visit_i64<E>(self, v: i64) -> Result<Scalar<'de>, E> {
        Ok(Scalar::Signed(v))
    }
    fn visit_f64<E>(self, v: f64) -> Result<Scalar<'de>, E> {
        Ok(Scalar::Float(v))
    }
    fn visit_borrowed_str<E>(self, v: &'de str) -> Result<Scalar<'de>, E> {
        Ok(Scalar::Text(Cow::Borrowed(v)))
    }
    fn visit_str<E>(self, v: &str) -> Result<Scalar<'de>, E> {
        Ok(Scalar::Text(Cow::Owned(v.to_owned())))
    }
    fn visit_string<E>(self, v: String) -> Result<Scalar<'de>, E> {
        Ok(Scalar::Text(Cow::Owned(v)))
    }
    fn visit_unit<E>(self) -> Result<Scalar<'de>, E> {
        Ok(Scalar::None)
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Scalar<'de>, A::Error> {
        while seq.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Scalar::None)
    }
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Scalar<'de>, A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Scalar::None)
    }
}

fn scalar<'de, D: Deserializer<'de>>(d: D) -> Result<Scalar<'de>, D::Error> {
    d.deserialize_any(ScalarVisitor)
}

/// A float as a whole number of bytes, seconds, …; a negative or absurd one as none.
fn whole(v: f64) -> Option<u64> {
    // The cast is exact enough: above 2^53 the float itself is no longer exact.
    (v.is_finite() && (0.0..9.2e18).contains(&v)).then_some(v as u64)
}

/// Some text; none when missing, null or empty.
pub(super) fn text<'de: 'a, 'a, D: Deserializer<'de>>(d: D) -> Result<Option<Text<'a>>, D::Error> {
    Ok(match scalar(d)? {
        Scalar::Text(t) if t.is_empty() => None,
        Scalar::Text(t) => Some(Text(t)),
        Scalar::None => None,
        Scalar::Bool(v) => Some(Text(Cow::Borrowed(if v { "1" } else { "0" }))),
        Scalar::Unsigned(v) => Some(Text(Cow::Owned(v.to_string()))),
        Scalar::Signed(v) => Some(Text(Cow::Owned(v.to_string()))),
        Scalar::Float(v) => Some(Text(Cow::Owned(v.to_string()))),
    })
}

/// As [`text`], owned.
pub(super) fn string<'de, D: Deserializer<'de>>(d: D) -> Result<Option<String>, D::Error> {
    Ok(text(d)?.map(|t| t.0.into_owned()))
}

pub(super) fn number<'de, D: Deserializer<'de>>(d: D) -> Result<Option<u64>, D::Error> {
    Ok(match scalar(d)? {
        Scalar::Unsigned(v) => Some(v),
        Scalar::Signed(v) => u64::try_from(v).ok(),
        Scalar::Float(v) => whole(v),
        Scalar::Bool(v) => Some(u64::from(v)),
        Scalar::Text(t) => {
            let t = t.trim();
            t.parse().ok().or_else(|| t.parse().ok().and_then(whole))
        }
        Scalar::None => None,
    })
}

pub(super) fn float<'de, D: Deserializer<'de>>(d: D) -> Result<Option<f64>, D::Error> {
    Ok(match scalar(d)? {
        Scalar::Unsigned(v) => Some(v as f64),
        Scalar::Signed(v) => Some(v as f64),
        Scalar::Float(v) => Some(v),
        Scalar::Bool(v) => Some(f64::from(u8::from(v))),
        Scalar::Text(t) => t.trim().parse().ok(),
        Scalar::None => None,
    }
    .filter(|v: &f64| v.is_finite()))
}

/// False unless said otherwise.
pub(super) fn flag<'de, D: Deserializer<'de>>(d: D) -> Result<bool, D::Error> {
    Ok(match scalar(d)? {
        Scalar::Bool(v) => v,
        Scalar::Unsigned(v) => v != 0,
        Scalar::Signed(v) => v != 0,
        Scalar::Float(v) => v != 0.0,
        Scalar::Text(t) => ["1", "on", "yes", "true"].iter().any(|w| t.trim().eq_ignore_ascii_case(w)),
        Scalar::None => false,
    })
}

/// A newtype for values in maps and lists, where no field attribute can stand.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Float(pub(super) f64);

impl<'de> Deserialize<'de> for Float {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        Ok(Self(float(d)?.unwrap_or(0.0)))
    }
}

/// Text that outlives the answer.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Owned(pub(super) String);

impl<'de> Deserialize<'de> for Owned {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        Ok(Self(string(d)?.unwrap_or_default()))
    }
}

/// A part that may be missing or null.
pub(super) fn or_default<'de, D: Deserializer<'de>, T: Deserialize<'de> + Default>(d: D) -> Result<T, D::Error> {
    Option::deserialize(d).map(Option::unwrap_or_default)
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Flag(pub(super) bool);

impl<'de> Deserialize<'de> for Flag {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        flag(d).map(Self)
    }
}

/// Every answer's frame.
#[derive(Deserialize)]
struct Envelope<T> {
    data: T,
}

/// `data` of an answer.
///
/// # Errors
/// [`Error::Garbage`] when it is no JSON, or has not the shape of `T`.
pub(super) fn data<T: DeserializeOwned>(body: &[u8]) -> Result<T, Error> {
    serde_json::from_str::<Envelope<T>>(&utf8(body)).map(|e| e.data).map_err(|e| garbage(&e))
}

/// Says where the answer is wrong without repeating its content.
pub(super) fn garbage(e: &serde_json::Error) -> Error {
    let what = match e.classify() {
        serde_json::error::Category::Eof => "it ends too early",
        serde_json::error::Category::Syntax | serde_json::error::Category::Io => "it is no JSON",
        serde_json::error::Category::Data => "it has not the expected form",
    };
    Error::Garbage { why: format!("{what} (line {}, column {})", e.line(), e.column()) }
}

#[cfg(test)]
mod tests;
