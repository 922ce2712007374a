//! The tables against the contract, both ways.

use super::{
    endpoints, format,
    param::{Param, Property, Type},
    pattern,
};
use serde_json::Value;
use std::{collections::BTreeMap, io::Write as _, path::PathBuf};

/// The contract's file, or `None` with a note where it is absent. Under `CI` it must be there.
fn contract(file: &str) -> Option<Value> {
    let workspace = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..");
    let folder =
        std::env::var_os("DIRETTORE_CONTRACTS").map_or_else(|| workspace.join("../shared/contracts"), PathBuf::from);
    match std::fs::read(folder.join("pve").join(file)) {
        Ok(bytes) => Some(serde_json::from_slice(&bytes).expect("the contract is JSON")),
        Err(e) if std::env::var_os("CI").is_some() => panic!("the contract {file} is not there: {e}"),
        Err(_) => {
            let skipped = workspace.join("target/skipped.txt");
            let mut list =
                std::fs::OpenOptions::new().create(true).append(true).open(skipped).expect("a place for the note");
            writeln!(list, "direttore-sim: the tables were not compared, {file} is absent")
                .expect("the note is written");
            None
        }
    }
}

/// A parameter as the contract would write it, only what both sides state.
fn stated(param: &Param) -> BTreeMap<String, Value> {
    let mut out = BTreeMap::new();
    let mut put = |key: &str, value: Value| drop(out.insert(key.to_owned(), value));
    match param.kind {
        Type::Alias(of) => {
            put("alias", of.into());
            return out;
        }
        Type::Model => {
            put("alias", "macaddr".into());
            put("keyAlias", "model".into());
            return out;
        }
        Type::Text => put("type", "string".into()),
        Type::Integer => put("type", "integer".into()),
        Type::Number => put("type", "number".into()),
        Type::Boolean => put("type", "boolean".into()),
        Type::List => put("type", "array".into()),
    }
    if param.optional {
        put("optional", 1.into());
    }
    if param.is_default_key {
        put("default_key", 1.into());
    }
    let numbers = [("minimum", param.min), ("maximum", param.max)];
    for (key, value) in numbers {
        if let Some(value) = value {
            put(key, value.into());
        }
    }
    for (key, value) in [("minLength", param.min_len), ("maxLength", param.max_len)] {
        if let Some(value) = value {
            put(key, (value as f64).into());
        }
    }
    for (key, value) in [("pattern", param.pattern), ("requires", param.requires), ("format", param.format)] {
        if let Some(value) = value {
            put(key, value.into());
        }
    }
    if let Some(property) = param.property {
        put("format", keys(property));
    }
    let mut values = param.values();
    values.sort();
    if !values.is_empty() {
        put("enum", values.into());
    }
    out
}

fn keys(property: &Property) -> Value {
    let all = property.keys().map(|key| (key.name.to_owned(), Value::from_iter(stated(key))));
    let count = property.keys().count();
    let map: BTreeMap<String, Value> = all.collect();
    assert_eq!(map.len(), count, "a key is stated twice");
    Value::from_iter(map)
}

/// The contract's side in the same words.
fn wanted(schema: &Value) -> Value {
    const COMPARED: &[&str] = &[
        "type",
        "optional",
        "default_key",
        "minimum",
        "maximum",
        "minLength",
        "maxLength",
        "pattern",
        "requires",
        "format",
        "enum",
        "alias",
        "keyAlias",
    ];
    let schema = schema.as_object().expect("a parameter is an object");
    let compared = schema.iter().filter(|(key, _)| COMPARED.contains(&key.as_str()));
    let out: BTreeMap<String, Value> = compared
        .map(|(key, value)| {
            let value = match (key.as_str(), value) {
                ("minimum" | "maximum" | "minLength" | "maxLength", n) => n.as_f64().into(),
                ("enum", Value::Array(values)) => {
                    let mut values: Vec<String> = values.iter().filter_map(|v| v.as_str().map(str::to_owned)).collect();
                    values.sort();
                    values.into()
                }
                ("format", Value::Object(keys)) => {
                    let keys: BTreeMap<String, Value> =
                        keys.iter().map(|(key, value)| (key.clone(), wanted(value))).collect();
                    Value::from_iter(keys)
                }
                (_, value) => value.clone(),
            };
            (key.clone(), value)
        })
        .collect();
    Value::from_iter(out)
}

#[test]
fn the_tables_say_what_the_contract_says() {
    let Some(contract) = contract("api-schema.json") else { return };
    let mut wrong = Vec::new();
    for endpoint in endpoints() {
        let key = format!("{} {}", endpoint.method, endpoint.path);
        let Some(schema) = contract["endpoints"].get(&key) else {
            wrong.push(format!("{key} is not in the contract"));
            continue;
        };
        let empty = serde_json::Map::new();
        let theirs = schema["parameters"].as_object().unwrap_or(&empty);
        let ours: Vec<&Param> = endpoint.params.iter().flat_map(|group| group.iter()).collect();
        let mut seen = BTreeMap::new();
        for param in ours {
            if seen.insert(param.name, ()).is_some() {
                wrong.push(format!("{key}: {} is stated twice", param.name));
            }
            match theirs.get(param.name).map(wanted) {
                None => wrong.push(format!("{key}: {} is not in the contract", param.name)),
                Some(theirs) => {
                    let ours = Value::from_iter(stated(param));
                    if theirs != ours {
                        wrong.push(format!("{key}: {}\n  contract {theirs}\n  table    {ours}", param.name));
                    }
                }
            }
        }
        for name in theirs.keys().filter(|name| !seen.contains_key(name.as_str())) {
            wrong.push(format!("{key}: {name} is missing in the table"));
        }
        let takes_token = schema["allowtoken"].as_bool().unwrap_or(true);
        if takes_token != endpoint.takes_token {
            wrong.push(format!("{key}: token {takes_token} in the contract"));
        }
        let is_open = schema["permissions"]["user"] == "world";
        if is_open != endpoint.is_open {
            wrong.push(format!("{key}: open {is_open} in the contract"));
        }
        let is_forwarded = schema["proxyto"] == "node";
        if is_forwarded != endpoint.is_forwarded {
            wrong.push(format!("{key}: forwarded {is_forwarded} in the contract"));
        }
        wrong.extend(privileges(&key, endpoint.needs, &schema["permissions"]["check"]));
    }
    assert!(wrong.is_empty(), "{} differences\n{}", wrong.len(), wrong.join("\n"));
}

/// Plain demands are stated in the table; the composed ones are in the handlers.
fn privileges(key: &str, needs: super::Needs, check: &Value) -> Option<String> {
    let theirs = match check.as_array().map(Vec::as_slice) {
        Some([kind, path, list, rest @ ..]) if kind == "perm" => {
            let any = rest.first().is_some_and(|w| w == "any") && list.as_array().is_some_and(|l| l.len() > 1);
            Some((path.clone(), list.clone(), any))
        }
        _ => None,
    };
    // The agent's privilege depends on the version, so the handler asks for it.
    let is_by_handler = key.contains("/agent/");
    let ours = match needs {
        super::Needs::User => None,
        super::Needs::All(path, list) => Some((Value::from(path), Value::from(list), false)),
        super::Needs::Any(path, list) => Some((Value::from(path), Value::from(list), true)),
    };
    (theirs != ours && !is_by_handler).then(|| format!("{key}: privileges {ours:?}, contract {theirs:?}"))
}

#[test]
fn the_named_property_strings_say_what_the_contract_says() {
    let Some(contract) = contract("api-schema.json") else { return };
    for (name, property) in super::properties::NAMED.iter().filter(|(name, _)| *name != "pve-qm-ide") {
        assert_eq!(keys(property), wanted_keys(&contract["formats"][name]), "{name}");
    }
}

fn wanted_keys(format: &Value) -> Value {
    let keys = format.as_object().expect("a format has keys");
    let keys: BTreeMap<String, Value> = keys.iter().map(|(key, value)| (key.clone(), wanted(value))).collect();
    Value::from_iter(keys)
}

#[test]
fn version_8_lacks_what_the_contract_says() {
    let Some(delta) = contract("version-delta.json") else { return };
    let delta = &delta["8.4.5"];
    let missing: Vec<&str> =
        delta["endpoints_missing_vs_9.2.3"].as_array().expect("a list").iter().filter_map(Value::as_str).collect();
    for endpoint in endpoints() {
        let key = format!("{} {}", endpoint.method, endpoint.path);
        assert_eq!(endpoint.is_since_9, missing.contains(&key.as_str()), "{key}");
        let without: Vec<&str> = delta["parameters"][&key]["missing_here"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .collect();
        for param in endpoint.params.iter().flat_map(|group| group.iter()) {
            assert_eq!(param.is_since_9, without.contains(&param.name), "{key} {}", param.name);
        }
    }
}

#[test]
fn every_format_and_pattern_is_known() {
    fn look(param: &Param) {
        assert!(param.pattern.is_none_or(pattern::is_known), "{} {:?}", param.name, param.pattern);
        assert!(param.format.is_none_or(format::is_known), "{} {:?}", param.name, param.format);
        if let Some(keys) = param.property.or_else(|| param.format.and_then(format::named_property)) {
            keys.keys().for_each(look);
        }
    }
    for param in endpoints().flat_map(|e| e.params.iter()).flat_map(|group| group.iter()) {
        look(param);
    }
}

#[test]
fn property_strings_are_judged_as_a_whole() {
    use super::{check, config_of};
    use direttore_domain::GuestKind::{Container, Vm};
    let judge = |kind, key: &str, value: &str| {
        let param = config_of(kind).iter().find(|p| p.is_named(key)).expect("a known key");
        check::value(param, value).map(drop)
    };
    for (kind, key, value) in [
        (Vm, "net0", "virtio=BC:24:11:00:00:01,bridge=vmbr0,tag=100"),
        (Vm, "net31", "model=e1000,bridge=vmbr0"),
        (Vm, "scsi0", "local-lvm:32,discard=on,iothread=1,ssd=1"),
        (Vm, "ide2", "local:iso/debian.iso,media=cdrom"),
        (Vm, "ide2", "local-lvm:cloudinit"),
        (Vm, "ipconfig0", "ip=10.0.0.5/24,gw=10.0.0.1,ip6=auto"),
        (Vm, "boot", "order=scsi0;ide2;net0"),
        (Vm, "agent", "1"),
        (Vm, "memory", "2048"),
        (Vm, "machine", "pc-q35-9.2+pve1"),
        (Vm, "tags", "prod;web"),
        (Vm, "name", "web1.example.org"),
        (Container, "net0", "name=eth0,bridge=vmbr0,ip=dhcp,ip6=manual"),
        (Container, "rootfs", "local-lvm:8"),
        (Container, "mp0", "local-lvm:8,mp=/data"),
        (Container, "features", "nesting=1"),
    ] {
        assert_eq!(judge(kind, key, value), Ok(()), "{key}={value}");
    }
    for (kind, key, value, words) in [
        (Vm, "scsi0", "local-lvm:32G", "invalid volume or path"),
        (Vm, "net0", "bridge=vmbr0", "property is missing and it is not optional"),
        (Vm, "net0", "virtio,bridge=vmbr0,tag=4095", "maximum value of 4094"),
        (Vm, "net0", "virtio,ip=dhcp", "not defined in schema"),
        (Vm, "net0", "virtio=BC:24:11:00:00:01,virtio=BC:24:11:00:00:02", "duplicate key"),
        (Vm, "ipconfig0", "gw=10.0.0.1", "requires this property"),
        (Vm, "ipconfig0", "ip6=dhcp6", "IPv6 network configuration"),
        (Vm, "memory", "8", "minimum value of 16"),
        (Vm, "cores", "0", "minimum value of 1"),
        (Vm, "cores", "two", "type check ('integer') failed"),
        (Vm, "ostype", "plan9", "does not have a value in the enumeration"),
        (Vm, "name", "-web", "valid DNS name"),
        (Vm, "sshkeys", "ssh-ed25519 AAAA", "urlencoded"),
        (Container, "net0", "bridge=vmbr0,ip=dhcp", "property is missing"),
        (Container, "rootfs", "local-lvm:8G", "invalid mount point"),
    ] {
        let why = judge(kind, key, value).expect_err(value);
        assert!(why.contains(words), "{key}={value}: {why}");
    }
    assert!(!config_of(Vm).iter().any(|p| p.is_named("net32") || p.is_named("scsi01") || p.is_named("net")));
}
