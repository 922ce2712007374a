//! Rows of a column, and what their values mean.

use super::oids::Column;
use std::collections::BTreeMap;

/// A value without its wire form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Is {
    Number(u64),
    Bytes(Vec<u8>),
    Oid(Vec<u32>),
}

/// All that was read: by column, then by index.
#[derive(Debug, Clone, Default)]
pub(super) struct Tables {
    pub(super) rows: BTreeMap<Column, BTreeMap<Vec<u32>, Is>>,
    pub(super) notes: Vec<String>,
}

impl Tables {
    pub(super) fn of(&self, column: Column) -> impl Iterator<Item = (&[u32], &Is)> {
        self.rows.get(&column).into_iter().flatten().map(|(index, is)| (index.as_slice(), is))
    }

    pub(super) fn get(&self, column: Column, index: &[u32]) -> Option<&Is> {
        self.rows.get(&column)?.get(index)
    }

    pub(super) fn text(&self, column: Column, index: &[u32]) -> String {
        self.get(column, index).map(Is::text).unwrap_or_default()
    }

    pub(super) fn number(&self, column: Column, index: &[u32]) -> Option<u64> {
        self.get(column, index).and_then(Is::number)
    }
}

impl Is {
    pub(super) fn number(&self) -> Option<u64> {
        if let Self::Number(number) = self { Some(*number) } else { None }
    }

    pub(super) fn bytes(&self) -> &[u8] {
        if let Self::Bytes(bytes) = self { bytes } else { &[] }
    }

    /// UTF-8, or Latin-1 where it is none; without what pads it.
    pub(super) fn text(&self) -> String {
        let bytes = match self {
            Self::Bytes(bytes) => bytes.as_slice(),
            Self::Number(number) => return number.to_string(),
            Self::Oid(arcs) => return dotted(arcs),
        };
        let end = bytes.iter().position(|byte| *byte == 0).unwrap_or(bytes.len());
        let bytes = &bytes[..end];
        let text = std::str::from_utf8(bytes)
            .map_or_else(|_| bytes.iter().map(|byte| char::from(*byte)).collect::<String>(), str::to_owned);
        direttore_domain::text::visible(text.trim())
    }

    /// Six bytes that are not all alike.
    pub(super) fn mac(&self) -> Option<String> {
        let bytes = self.bytes();
        let is_one = bytes.len() == 6 && bytes.iter().any(|b| *b != 0) && bytes.iter().any(|b| *b != 0xff);
        is_one.then(|| bytes.iter().map(|byte| format!("{byte:02X}")).collect::<Vec<_>>().join(":"))
    }
}

pub(super) fn dotted(arcs: &[u32]) -> String {
    arcs.iter().map(u32::to_string).collect::<Vec<_>>().join(".")
}

/// `LEN.c.c.c…` at the begin of an index, and what comes behind it.
pub(super) fn named(index: &[u32]) -> Option<(String, &[u32])> {
    let (length, rest) = index.split_first()?;
    let (name, rest) = rest.split_at_checked(usize::try_from(*length).ok()?)?;
    let bytes = name.iter().map(|arc| u8::try_from(*arc).ok()).collect::<Option<Vec<_>>>()?;
    Some((Is::Bytes(bytes).text(), rest))
}
