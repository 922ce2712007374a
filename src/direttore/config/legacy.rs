//! Names that the Python original read from its environment. They fill what neither the file nor `DIRETTORE__…` says.

use super::{
    error::ConfigError,
    section::flag_of,
    tree::{Item, Place, Table, Value},
};
use direttore_domain::text;
use std::collections::BTreeMap;

/// Where each name goes, by section and key.
const PROXMOX: [(&str, &str); 4] = [
    ("PROXMOX_HOST", "url"),
    ("PROXMOX_USER", "user"),
    ("PROXMOX_PASSWORD", "password"),
    ("PROXMOX_VERIFY_SSL", "verify_tls"),
];
const OTHERS: [(&str, &str, &str); 11] = [
    ("NETBOX_URL", "netbox", "url"),
    ("NETBOX_TOKEN", "netbox", "token"),
    ("DATABASE_URL", "database", "url"),
    ("INITIAL_ADMIN_USERNAME", "admin", "name"),
    ("INITIAL_ADMIN_USER", "admin", "name"),
    ("INITIAL_ADMIN_NAME", "admin", "name"),
    ("INITIAL_ADMIN_PASSWORD", "admin", "password"),
    (ORIGINS, "http", "cors_origins"),
    ("JWT_SECRET_KEY", "sign_in", "key"),
    ("JWT_ACCESS_TOKEN_EXPIRE_MINUTES", "sign_in", "access_minutes"),
    ("JWT_REFRESH_TOKEN_EXPIRE_DAYS", "sign_in", "refresh_days"),
];
/// Several, with commas between.
const ORIGINS: &str = "API_CORS_ORIGINS";
const ALGORITHM: &str = "JWT_ALGORITHM";
const MOCK: &str = "PROXMOX_MOCK";
/// The community of all devices.
const COMMUNITY: &str = "SNMP_COMMUNITY";

/// What was filled in that must be read in another way.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Filled {
    /// `database.url` is one of SQLAlchemy's.
    pub(super) alchemy: bool,
}

/// # Errors
/// For `PROXMOX_MOCK` that is neither true nor false.
pub(super) fn fill(
    tree: &mut Table,
    env: &BTreeMap<String, String>,
    notes: &mut Vec<String>,
) -> Result<Filled, ConfigError> {
    let env: BTreeMap<&str, &str> =
        env.iter().filter(|(_, v)| !v.is_empty()).map(|(k, v)| (k.as_str(), v.as_str())).collect();
    fill_proxmox(tree, &env, notes)?;
    let mut filled = Filled::default();
    for (name, section, key) in OTHERS {
        let Some(value) = env.get(name) else { continue };
        let slot = tree.entry(section.to_owned()).or_insert_with(|| section_item(name));
        let Value::Table(table) = &mut slot.value else { continue };
        if table.contains_key(key) || table.contains_key(&format!("{key}_file")) {
            notes.push(format!("{name} is not used: {section}.{key} is given"));
            continue;
        }
        let value = if name == ORIGINS { listed(name, value) } else { item(name, value) };
        table.insert(key.to_owned(), value);
        filled.alchemy |= name == "DATABASE_URL";
    }
    if let Some(algorithm) = env.get(ALGORITHM).filter(|name| **name != "HS256") {
        return Err(ConfigError::new(ALGORITHM, format!("{algorithm:?}; right would be HS256")));
    }
    if let Some(community) = env.get(COMMUNITY) {
        fill_community(tree, community, notes);
    }
    Ok(filled)
}

/// It becomes a login that counts for all devices of which NetBox says nothing.
fn fill_community(tree: &mut Table, community: &str, notes: &mut Vec<String>) {
    if !tree.contains_key("netbox") {
        notes.push(format!("{COMMUNITY} is not used: there is no NetBox to write into"));
        return;
    }
    let slot = tree.entry("network".to_owned()).or_insert_with(|| section_item(COMMUNITY));
    let Value::Table(table) = &mut slot.value else { return };
    if table.contains_key("snmp") {
        notes.push(format!("{COMMUNITY} is not used: network.snmp is given"));
        return;
    }
    let login = Table::from([
        ("name".to_owned(), item(COMMUNITY, "default")),
        ("community".to_owned(), item(COMMUNITY, community)),
    ]);
    let login = Item { place: Place::env(COMMUNITY), value: Value::Table(login) };
    table.insert("snmp".to_owned(), Item { place: Place::env(COMMUNITY), value: Value::List(vec![login]) });
    table.entry("snmp_login".to_owned()).or_insert_with(|| item(COMMUNITY, "default"));
}

fn fill_proxmox(tree: &mut Table, env: &BTreeMap<&str, &str>, notes: &mut Vec<String>) -> Result<(), ConfigError> {
    let given: Vec<(&str, &str, &str)> =
        PROXMOX.iter().filter_map(|(name, key)| Some((*name, *key, *env.get(name)?))).collect();
    if let Some(mock) = env.get(MOCK) {
        let is_mock = flag_of(mock).ok_or_else(|| ConfigError::new(MOCK, "right would be true or false"))?;
        if is_mock {
            // Who asked for a pretend cluster must not reach a real one.
            notes.push(format!("{MOCK} is set, so no other PROXMOX_… is used; `direttore demo` is the simulated lab"));
            return Ok(());
        }
    }
    let Some((first, ..)) = given.first() else { return Ok(()) };
    if tree.contains_key("proxmox") {
        let names: Vec<&str> = given.iter().map(|(name, ..)| *name).collect();
        notes.push(format!("{}: not used, for proxmox is given", text::list(&names)));
        return Ok(());
    }
    let mut table = Table::new();
    for (name, key, value) in &given {
        table.insert((*key).to_owned(), item(name, value));
    }
    let cluster = Item { place: Place::env(first), value: Value::Table(table) };
    tree.insert("proxmox".to_owned(), Item { place: Place::env(first), value: Value::List(vec![cluster]) });
    Ok(())
}

fn item(name: &str, value: &str) -> Item {
    Item { place: Place::env(name), value: Value::Raw(value.to_owned()) }
}

fn listed(name: &str, value: &str) -> Item {
    let parts = value.split(',').map(str::trim).filter(|part| !part.is_empty());
    Item { place: Place::env(name), value: Value::List(parts.map(|part| item(name, part)).collect()) }
}

fn section_item(name: &str) -> Item {
    Item { place: Place::env(name), value: Value::Table(Table::new()) }
}
