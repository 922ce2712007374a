//! File and environment as one tree in which every value knows where it was given.

use super::error::{ConfigError, shown};
use std::{collections::BTreeMap, path::PathBuf};
use toml::de::{DeTable, DeValue};

/// Where something was given.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Place {
    /// `direttore.toml:12`, or the name of an environment variable.
    pub(super) shown: String,
    /// What a relative path given there starts from; empty for the working folder.
    pub(super) folder: PathBuf,
    pub(super) is_env: bool,
}

impl Place {
    pub(super) fn env(name: &str) -> Self {
        Self { shown: name.to_owned(), folder: PathBuf::new(), is_env: true }
    }
}

#[derive(Debug, Clone, PartialEq)]
pub(super) struct Item {
    pub(super) place: Place,
    pub(super) value: Value,
}

pub(super) type Table = BTreeMap<String, Item>;

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Value {
    Table(Table),
    List(Vec<Item>),
    Text(String),
    Integer(i64),
    Flag(bool),
    /// From the environment: what it is depends on who reads it.
    Raw(String),
    /// A float, a date: no key of ours is one. Holds it as written.
    Other(String),
}

impl Value {
    /// For errors: what was found.
    pub(super) fn shown(&self) -> String {
        match self {
            Self::Table(_) => "a section".to_owned(),
            Self::List(_) => "a list".to_owned(),
            Self::Text(text) | Self::Raw(text) => format!("{:?}", shown(text)),
            Self::Integer(number) => number.to_string(),
            Self::Flag(flag) => flag.to_string(),
            Self::Other(written) => shown(written),
        }
    }
}

/// The file's text as a tree.
///
/// # Errors
/// With the line, for what is no TOML.
pub(super) fn parse(file: &str, folder: PathBuf, text: &str) -> Result<Table, ConfigError> {
    let source = Source { file, folder, text };
    match DeTable::parse(text) {
        Ok(table) => Ok(source.table(table.get_ref())),
        Err(e) => {
            let at = e.span().map_or(0, |span| span.start);
            Err(ConfigError::new(source.place(at).shown, format!("this is no TOML: {}", e.message())))
        }
    }
}

struct Source<'a> {
    file: &'a str,
    folder: PathBuf,
    text: &'a str,
}

impl Source<'_> {
    fn place(&self, at: usize) -> Place {
        let line = self.text.as_bytes()[..at.min(self.text.len())].iter().filter(|b| **b == b'\n').count() + 1;
        Place { shown: format!("{}:{line}", self.file), folder: self.folder.clone(), is_env: false }
    }

    fn table(&self, table: &DeTable<'_>) -> Table {
        let entries = table.iter().map(|(key, value)| {
            // The value's span of a section is its header, of anything else the value: the key stands on the line meant.
            let item = Item { place: self.place(key.span().start), value: self.value(value.get_ref()) };
            (key.get_ref().to_string(), item)
        });
        entries.collect()
    }

    fn value(&self, value: &DeValue<'_>) -> Value {
        match value {
            DeValue::Table(table) => Value::Table(self.table(table)),
            DeValue::Array(list) => {
                let items =
                    list.iter().map(|v| Item { place: self.place(v.span().start), value: self.value(v.get_ref()) });
                Value::List(items.collect())
            }
            DeValue::String(text) => Value::Text(text.to_string()),
            DeValue::Boolean(flag) => Value::Flag(*flag),
            DeValue::Integer(number) => match i64::from_str_radix(number.as_str(), number.radix()) {
                Ok(number) => Value::Integer(number),
                Err(_) => Value::Other(number.as_str().to_owned()),
            },
            DeValue::Float(number) => Value::Other(number.as_str().to_owned()),
            DeValue::Datetime(date) => Value::Other(date.to_string()),
        }
    }
}
