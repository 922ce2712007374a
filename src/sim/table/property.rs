//! Property strings: `virtio=BC:24:11:2F:00:01,bridge=vmbr0,tag=100`.

use super::{
    check,
    param::{Property, Type},
};
use std::collections::BTreeMap;

/// The values of a property string by key, aliases resolved.
///
/// # Errors
/// The words that Proxmox puts after `invalid format - `.
pub fn check(keys: &Property, value: &str) -> Result<BTreeMap<String, String>, String> {
    let mut found = BTreeMap::new();
    let mut put = |key: &str, value: &str| match found.insert(key.to_owned(), value.to_owned()) {
        Some(_) => Err(format!("duplicate key in comma-separated list property: {key}")),
        None => Ok(()),
    };
    for part in value.split(',').map(str::trim).filter(|part| !part.is_empty()) {
        let Some((name, value)) = part.split_once('=') else {
            let key = keys.keys().find(|key| key.is_default_key);
            put(key.ok_or("value without key, but schema does not define a default key")?.name, part)?;
            continue;
        };
        match keys.keys().find(|key| key.name == name).map(|key| key.kind) {
            Some(Type::Model) => {
                put("model", name)?;
                put("macaddr", value)?;
            }
            Some(Type::Alias(of)) => put(of, value)?,
            Some(_) => put(name, value)?,
            None => return Err(format!("format error\n{name}: {}", check::UNKNOWN)),
        }
    }
    for key in keys.keys().filter(|key| !matches!(key.kind, Type::Model | Type::Alias(_))) {
        match found.get(key.name) {
            Some(value) => {
                check::value(key, value).map_err(|why| format!("format error\n{}: {why}", key.name))?;
                if let Some(other) = key.requires.filter(|other| !found.contains_key(*other)) {
                    return Err(format!("format error\n{other}: {}", check::required_by(key.name)));
                }
            }
            None if key.optional => {}
            None => return Err(format!("format error\n{}: {}", key.name, check::MISSING)),
        }
    }
    Ok(found)
}
