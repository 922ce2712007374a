//! `[quota.operator]`, `[quota.accounts.alice]`: how much an account may have at once, by its role or by its name.

use super::{
    error::{ConfigError, shown},
    section::Section,
    tree::{Item, Table, Value},
};
use direttore_domain::{AccountName, disk::Size};
use std::collections::BTreeMap;

pub(super) const KEYS: &[&str] = &["admin", "operator", "viewer", "accounts"];
pub(super) const LIMIT_KEYS: &[&str] = &["guests", "cores", "memory", "disk"];

/// More than any lab has.
const MAX_NUMBER: u64 = 1_000_000;

/// What one account may have at most; `None` is no limit.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Limits {
    pub guests: Option<u64>,
    pub cores: Option<u64>,
    pub memory: Option<Size>,
    pub disk: Option<Size>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Quota {
    pub admin: Limits,
    pub operator: Limits,
    pub viewer: Limits,
    /// Whether there is such an account is not looked at.
    pub accounts: BTreeMap<AccountName, Limits>,
}

pub(super) fn read(item: Option<Item>, notes: &mut Vec<String>) -> Result<Quota, ConfigError> {
    let mut section = Section::open("quota", item, KEYS, notes)?;
    let mut of_role = |key: &'static str| {
        let item = section.take(key);
        limits(Section::open(section.name(key), item, LIMIT_KEYS, section.notes())?)
    };
    Ok(Quota {
        admin: of_role("admin")?,
        operator: of_role("operator")?,
        viewer: of_role("viewer")?,
        accounts: accounts(&mut section)?,
    })
}

fn limits(mut section: Section<'_>) -> Result<Limits, ConfigError> {
    let size = "a size like \"64G\" or \"1.5T\"";
    Ok(Limits {
        guests: section.optional_number("guests", 0..=MAX_NUMBER)?,
        cores: section.optional_number("cores", 0..=MAX_NUMBER)?,
        memory: section.parsed::<Size>("memory", size)?,
        disk: section.parsed::<Size>("disk", size)?,
    })
}

/// One section for each account: its keys are names.
fn accounts(section: &mut Section<'_>) -> Result<BTreeMap<AccountName, Limits>, ConfigError> {
    let path = section.name("accounts");
    let table = match section.take("accounts") {
        None => Table::new(),
        Some(Item { value: Value::Table(table), .. }) => table,
        Some(item) => {
            return Err(section.wrong("accounts", &item, format!("a section [{path}.alice] for each account")));
        }
    };
    let mut accounts = BTreeMap::new();
    for (key, item) in table {
        let place = item.place.shown.clone();
        let account = key.parse::<AccountName>().map_err(|wrong| {
            ConfigError::new(place, format!("{path} has {:?}; right would be an account: {}", shown(&key), wrong.right))
        })?;
        let one = Section::open(format!("{path}.{account}"), Some(item), LIMIT_KEYS, section.notes())?;
        accounts.insert(account, limits(one)?);
    }
    Ok(accounts)
}
