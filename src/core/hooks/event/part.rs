//! Parts of a webhook's body: kept as they came, and read when somebody looks into them.
//!
//! NetBox posts all of an object for each change, and most of that fits no rule: what nobody looks into is not built.

use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{DeserializeSeed, IgnoredAny, MapAccess, SeqAccess, Visitor},
};
use serde_json::{Value, value::RawValue};
use std::{collections::HashMap, fmt, ops::Deref, sync::OnceLock};

/// JSON that was found sound.
#[derive(Debug, Clone)]
pub struct Part {
    text: Box<RawValue>,
    read: OnceLock<Value>,
}

impl Part {
    /// Of a body that [`look_through`] has seen.
    pub(super) fn of(text: &RawValue) -> Self {
        Self { text: text.to_owned(), read: OnceLock::new() }
    }

    pub(super) fn text(&self) -> &RawValue {
        &self.text
    }
}

impl Deref for Part {
    type Target = Value;

    fn deref(&self) -> &Value {
        self.read.get_or_init(|| serde_json::from_str(self.text.get()).expect("it was looked through"))
    }
}

impl PartialEq for Part {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

impl Serialize for Part {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        (**self).serialize(serializer)
    }
}

/// Whether all of it can be read.
///
/// # Errors
/// Those of reading it.
pub(super) fn look_through(body: &[u8]) -> serde_json::Result<()> {
    serde_json::from_slice::<Sound>(body).map(drop)
}

/// Anything, of which nothing is kept. As strict as a [`Value`], where [`IgnoredAny`] looks neither into strings nor at
/// how deep it goes.
struct Sound;

impl<'de> Deserialize<'de> for Sound {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Self)
    }
}

impl<'de> Visitor<'de> for Sound {
    type Value = Self;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any JSON")
    }

    fn visit_bool<E>(self, _: bool) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_str<E>(self, _: &str) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_unit<E>(self) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut all: A) -> Result<Self, A::Error> {
        while all.next_element::<Self>()?.is_some() {}
        Ok(self)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut all: A) -> Result<Self, A::Error> {
        while all.next_entry::<Self, Self>()?.is_some() {}
        Ok(self)
    }
}

/// Fields of an object by their names; of one given twice the last. None at all of what is no object.
pub(super) fn fields<'a, const N: usize>(object: &'a str, names: [&str; N]) -> [Option<&'a RawValue>; N] {
    let mut reader = serde_json::Deserializer::from_str(object);
    reader.deserialize_map(Fields(names)).unwrap_or([None; N])
}

/// All fields of an object; none of what is none.
pub(super) fn all_fields(object: &RawValue) -> HashMap<String, &RawValue> {
    serde_json::from_str(object.get()).unwrap_or_default()
}

struct Fields<'n, const N: usize>([&'n str; N]);

impl<'de, const N: usize> Visitor<'de> for Fields<'_, N> {
    type Value = [Option<&'de RawValue>; N];

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut all: A) -> Result<Self::Value, A::Error> {
        let mut found = [None; N];
        while let Some(nth) = all.next_key_seed(Nth(&self.0))? {
            match nth {
                Some(nth) => found[nth] = Some(all.next_value()?),
                None => drop(all.next_value::<IgnoredAny>()?),
            }
        }
        Ok(found)
    }
}

/// Which of the names a key is.
struct Nth<'n>(&'n [&'n str]);

impl<'de> DeserializeSeed<'de> for Nth<'_> {
    type Value = Option<usize>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for Nth<'_> {
    type Value = Option<usize>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    fn visit_str<E>(self, key: &str) -> Result<Self::Value, E> {
        Ok(self.0.iter().position(|name| *name == key))
    }
}
