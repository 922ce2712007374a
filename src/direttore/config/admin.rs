//! `[admin]`: the first administrator, made on the first start.

use super::{error::ConfigError, secret::Secret, section::Section};
use direttore_domain::AccountName;

pub(super) const KEYS: &[&str] = &["name", "password", "password_file"];

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Admin {
    pub name: AccountName,
    /// Absent: one is made and printed once.
    pub password: Option<Secret>,
}

pub(super) fn read(mut section: Section<'_>) -> Result<Admin, ConfigError> {
    let right = "a lower-case letter, then letters, digits, - _ and ., 2 to 32 in all";
    let name = section.parsed::<AccountName>("name", right)?;
    let password = section.secret("password")?.map(|(password, _)| password);
    Ok(Admin { name: name.unwrap_or_else(|| "admin".parse().expect("admin has the form of a name")), password })
}
