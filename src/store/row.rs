//! From columns to types: what does not parse is [`StoreError::Corrupt`].

use crate::{Result, StoreError};
use direttore_domain::{Instant, Origin, Surface, Vmid};
use serde_json::Value;
use std::{fmt::Display, str::FromStr};

/// A struct whose fields are named like the columns of a query, readable from both databases.
macro_rules! row {
    ($(#[$meta:meta])* $seen:vis struct $name:ident { $($field:ident: $type:ty),* $(,)? }) => {
        $(#[$meta])*
        $seen struct $name { $($field: $type),* }
        $crate::row::row!(@ sqlx::sqlite::SqliteRow, $name, $($field),*);
        $crate::row::row!(@ sqlx::postgres::PgRow, $name, $($field),*);
    };
    (@ $row:ty, $name:ident, $($field:ident),*) => {
        impl sqlx::FromRow<'_, $row> for $name {
            fn from_row(row: &$row) -> sqlx::Result<Self> {
                Ok(Self { $($field: sqlx::Row::try_get(row, stringify!($field))?),* })
            }
        }
    };
}
pub(crate) use row;

/// A name or number with a form.
pub(crate) fn parse<T: FromStr<Err: Display>>(text: &str) -> Result<T> {
    text.parse().map_err(|wrong: T::Err| StoreError::Corrupt(wrong.to_string()))
}

pub(crate) fn parse_some<T: FromStr<Err: Display>>(text: Option<&str>) -> Result<Option<T>> {
    text.map(parse).transpose()
}

pub(crate) fn json(text: &str) -> Result<Value> {
    serde_json::from_str(text).map_err(|why| StoreError::Corrupt(format!("no JSON: {why}")))
}

pub(crate) fn json_some(text: Option<&str>) -> Result<Option<Value>> {
    text.map(json).transpose()
}

/// A list of names kept as a JSON list of texts.
pub(crate) fn list<T: serde::de::DeserializeOwned>(text: &str) -> Result<Vec<T>> {
    serde_json::from_str(text).map_err(|why| StoreError::Corrupt(format!("no list: {why}")))
}

pub(crate) fn list_text<T: serde::Serialize>(list: &[T]) -> String {
    serde_json::to_string(list).expect("names are text")
}

pub(crate) fn origin(surface: &str, channel: String) -> Result<Origin> {
    let all = [Surface::Console, Surface::Discord, Surface::Matrix, Surface::Http];
    let found = all.into_iter().find(|s| s.as_str() == surface);
    let surface = found.ok_or_else(|| StoreError::Corrupt(format!("{surface:?} is no surface")))?;
    Ok(Origin { surface, channel })
}

pub(crate) fn instant(ms: Option<i64>) -> Option<Instant> {
    ms.map(Instant)
}

pub(crate) fn vmid(number: i64) -> Result<Vmid> {
    let vmid = u32::try_from(number).ok().and_then(|n| Vmid::try_from(n).ok());
    vmid.ok_or_else(|| StoreError::Corrupt(format!("{number} is no VMID")))
}
