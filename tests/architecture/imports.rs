//! Who may name whom. The tables here are the house's: change them on purpose, never to make a test pass.

use super::{
    rust::{Named, Source},
    tree::{Broken, Tree, broken, is_test},
};
use std::collections::{BTreeMap, BTreeSet};
use toml::{Table, Value};

/// A crate by its folder, and the crates of ours that it may name.
const CRATES: &[(&str, &[&str])] = &[
    ("domain", &[]),
    ("catalog", &["domain"]),
    ("reply", &["domain"]),
    ("clients", &["domain"]),
    ("store", &["domain"]),
    ("core", &["domain", "catalog", "reply", "clients", "store"]),
    ("console", &["domain", "catalog", "core", "reply"]),
    ("discord", &["domain", "catalog", "core", "reply"]),
    ("matrix", &["domain", "catalog", "core", "reply"]),
    ("http", &["domain", "catalog", "core", "reply", "store"]),
    // Its wire types are its own: a slip that client and simulation share would be seen by nobody.
    ("sim", &["domain"]),
    (
        "direttore",
        &["domain", "catalog", "reply", "clients", "store", "core", "console", "discord", "http", "matrix", "sim"],
    ),
];

/// A module of core, and what it may name: other modules of core first, then crates of ours.
const CORE: &[(&str, &[&str], &[&str])] = &[
    ("clock", &[], &["domain"]),
    ("password", &[], &["domain"]),
    ("signed", &[], &["domain"]),
    ("derived", &[], &["domain"]),
    ("oidc", &["clock", "password"], &["domain", "clients"]),
    // Reply for the templates that rules have.
    ("hooks", &[], &["domain", "reply"]),
    // Ipam for the marks of what jobs make.
    ("rules", &["derived", "hooks", "ipam", "oidc", "signed"], &["domain"]),
    // What SNMP saw against what NetBox has: a plan of calls.
    // The comparison is pure; what NetBox has is read beside it.
    ("discover", &["devices", "ipam"], &["domain", "clients"]),
    ("request", &["traced"], &["domain"]),
    ("traced", &[], &[]),
    // Store for the records that it compares with NetBox.
    ("ipam", &["clock"], &["domain", "clients", "store"]),
    // Reply for the templates that devices have; store for the keys that they are known by.
    ("devices", &["clock", "ipam"], &["domain", "clients", "store", "reply"]),
    ("lab", &["clock", "devices", "ipam"], &["domain", "clients"]),
    ("quota", &["lab", "rules"], &["domain", "store"]),
    (
        "jobs",
        &["clock", "request", "traced", "rules", "devices", "discover", "ipam", "lab", "quota", "reserve"],
        &["domain", "clients", "store", "reply"],
    ),
    // What alerts are, decided from what was seen: the rows of jobs and reservations among it.
    ("alerts", &["lab", "reserve", "rules"], &["domain", "clients", "store"]),
    ("sure", &[], &["store"]),
    // What reservations need of a transaction that dispatch began.
    ("reserve", &["rules", "sure"], &["domain", "store"]),
    // A plan is made of steps, and of deeds; what is only said may be in a template's own terms.
    ("plan", &["alerts", "devices", "jobs", "quota", "reserve"], &["domain", "reply"]),
    // Store for reading, which `places` sees to; the catalogue because help, aliases and the audit log are about its words.
    (
        "handlers",
        &["alerts", "clock", "rules", "devices", "discover", "ipam", "lab", "quota", "plan", "jobs", "reserve"],
        &["domain", "catalog", "reply", "clients", "store"],
    ),
    (
        "dispatch",
        &[
            "alerts", "clock", "devices", "password", "signed", "oidc", "request", "traced", "rules", "hooks", "ipam",
            "lab", "quota", "plan", "jobs", "handlers", "reserve", "sure",
        ],
        &["domain", "catalog", "store", "reply"],
    ),
];

/// The surfaces, and the one door of core that is open to them.
const SURFACES: [&str; 4] = ["console", "discord", "matrix", "http"];
const DOOR: &str = "dispatch";

/// A crate of others, and the only places that may name it.
const HOMES: &[(&str, &[&str])] = &[
    ("argon2", &["src/core/password.rs"]),
    ("axum", &["src/http/", "src/sim/"]),
    ("calcard", &["src/http/"]),
    ("icalendar", &["src/http/"]),
    ("jsonwebtoken", &["src/core/signed.rs"]),
    ("similar", &["src/domain/"]),
    ("async-snmp", &["src/clients/device/", "src/sim/"]),
    ("git2", &["src/clients/history/"]),
    ("matrix-sdk", &["src/matrix/"]),
    ("minijinja-contrib", &["src/reply/"]),
    ("russh", &["src/sim/"]),
    // What happens is counted where it happens; one place shows it.
    ("metrics", &["src/clients/", "src/core/", "src/discord/", "src/http/", "src/matrix/"]),
    ("metrics-exporter-prometheus", &["src/http/measured.rs"]),
    ("minijinja", &["src/reply/", "src/core/jobs/steps/device/"]),
    ("quick-xml", &["src/clients/device/netconf/", "src/http/"]),
    ("openidconnect", &["src/clients/oidc/"]),
    // What began what is known to core; what goes out, and how, to one file.
    ("opentelemetry", &["src/core/traced.rs", "src/direttore/telemetry.rs"]),
    ("opentelemetry-proto", &["src/direttore/telemetry.rs"]),
    ("opentelemetry-sdk", &["src/direttore/telemetry.rs"]),
    ("prost", &["src/direttore/telemetry.rs"]),
    // Discord's for serenity, which is given its client; the telemetry's for a collector.
    // Matrix' through its SDK, for what that would only ask with a session.
    ("reqwest", &["src/clients/", "src/direttore/telemetry.rs", "src/discord/", "src/matrix/server.rs"]),
    ("resvg", &["src/reply/"]),
    ("rrule", &["src/domain/"]),
    ("rustyline", &["src/console/"]),
    ("serenity", &["src/discord/"]),
    ("skrifa", &["src/reply/"]),
    ("sqlx", &["src/store/"]),
    ("ssh2", &["src/clients/device/"]),
    ("tracing-opentelemetry", &["src/core/traced.rs", "src/direttore/telemetry.rs"]),
    ("textfsm-core", &["src/reply/device/"]),
    ("utoipa", &["src/http/"]),
];

/// The dependencies of each crate against [`CRATES`] and [`HOMES`].
fn manifests(tree: &Tree) -> Vec<Broken> {
    let mut all = Vec::new();
    for folder in tree.crates() {
        let file = format!("src/{folder}/Cargo.toml");
        let Some(text) = tree.texts.get(&file) else { continue };
        let Some((_, may)) = CRATES.iter().find(|(name, _)| *name == folder) else {
            all.push(broken(&file, 1, format!("{folder} has no row in the table of crates")));
            continue;
        };
        for name in dependencies(&text.parse().expect("Cargo has read it")) {
            let line = text.lines().position(|l| l.starts_with(&name)).map_or(1, |at| at + 1);
            if let Some(ours) = name.strip_prefix("direttore-")
                && !may.contains(&ours)
            {
                all.push(broken(&file, line, format!("{folder} may not name {ours}")));
            }
            if let Some((_, homes)) = HOMES.iter().find(|(home, _)| *home == name)
                && !homes.iter().any(|home| home.starts_with(&format!("src/{folder}/")))
            {
                all.push(broken(&file, line, format!("{name} lives in {} alone", homes.join(" and "))));
            }
        }
    }
    all
}

/// What the crate is built from, for every system. What its tests need is not asked.
fn dependencies(manifest: &Table) -> BTreeSet<String> {
    let systems = manifest.get("target").and_then(Value::as_table).into_iter().flat_map(|t| t.values());
    let tables = systems.filter_map(Value::as_table).chain([manifest]);
    let kinds = tables.flat_map(|table| ["dependencies", "build-dependencies"].map(|kind| table.get(kind)));
    kinds.flatten().filter_map(Value::as_table).flat_map(|t| t.keys().cloned()).collect()
}

/// Crates of others outside their homes, and doors of core that a surface must not use.
fn named_crates(tree: &Tree) -> Vec<Broken> {
    let mut all = Vec::new();
    for (file, source) in tree.sources("src/").filter(|(file, _)| !is_test(file)) {
        for Named { line, parts } in source.paths() {
            let name = parts[0].replace('_', "-");
            if let Some((_, homes)) = HOMES.iter().find(|(home, _)| *home == name)
                && !homes.iter().any(|home| file.starts_with(home))
            {
                all.push(broken(file, line, format!("{name} lives in {} alone", homes.join(" and "))));
            }
            let is_surface = SURFACES.iter().any(|s| file.starts_with(&format!("src/{s}/")));
            if is_surface && name == "direttore-core" && parts.get(1).is_some_and(|door| door != DOOR) {
                all.push(broken(file, line, format!("a surface names core::{DOOR} alone, not {}", parts.join("::"))));
            }
        }
    }
    all
}

fn core_names(tree: &Tree) -> Vec<Broken> {
    const ROOT: &str = "src/core/";
    let exported = exported(tree.texts.get("src/core/lib.rs").map_or("", String::as_str));
    let mut all = Vec::new();
    for (file, source) in tree.sources(ROOT).filter(|(file, _)| !is_test(file)) {
        let here = module(&file[ROOT.len()..]);
        let Some(own) = here.first() else { continue };
        let Some((_, modules, crates)) = CORE.iter().find(|(name, ..)| name == own) else {
            all.push(broken(file, 1, format!("core::{own} has no row in the table of core's modules")));
            continue;
        };
        for Named { line, parts } in source.paths() {
            if let Some(named) = parts[0].strip_prefix("direttore_") {
                if !crates.contains(&named) {
                    all.push(broken(file, line, format!("core::{own} may not name {named}")));
                }
            } else if let Some(named) = in_core(&here, &parts) {
                let named = exported.get(&named).unwrap_or(&named);
                if named != own && !modules.contains(&named.as_str()) {
                    all.push(broken(file, line, format!("core::{own} may not name core::{named}")));
                }
            }
        }
    }
    all
}

/// The module that a file is: `jobs/steps/mod.rs` is `["jobs", "steps"]`, the crate's root is empty.
fn module(path: &str) -> Vec<String> {
    let path = path.trim_end_matches(".rs");
    let path = path.strip_suffix("/mod").unwrap_or(if path == "lib" { "" } else { path });
    path.split('/').filter(|p| !p.is_empty()).map(str::to_owned).collect()
}

/// What a path from a module leads to, directly below core's root.
fn in_core(here: &[String], parts: &[String]) -> Option<String> {
    let ups = parts.iter().take_while(|p| *p == "super").count();
    let from = match parts[0].as_str() {
        "crate" => 0,
        "super" => here.len().saturating_sub(ups),
        _ => return None,
    };
    let start = if ups == 0 { 1 } else { ups };
    here[..from].iter().chain(&parts[start..]).next().cloned()
}

/// Names that the root hands on, and the modules that they are from.
fn exported(root: &str) -> BTreeMap<String, String> {
    let paths = Source::read(root).paths().into_iter();
    paths.filter_map(|p| Some((p.parts.last()?.clone(), p.parts.first()?.clone()))).collect()
}

#[test]
fn crates_name_only_what_stands_below_them() {
    Tree::of_the_house().keeps(manifests);
}

#[test]
fn a_crate_that_names_what_it_must_not_is_found() {
    let sim = "[dependencies]\ndirettore-domain.workspace = true\ndirettore-clients.workspace = true\n";
    let core = "[dependencies]\nsqlx = \"1\"\n[dev-dependencies]\ndirettore-sim.workspace = true\n";
    let reply = "[target.'cfg(unix)'.dependencies]\naxum = \"1\"\n[build-dependencies]\ndirettore-store = \"1\"";
    let tree = Tree::of(&[
        ("src/core/Cargo.toml", core),
        ("src/novel/Cargo.toml", ""),
        ("src/reply/Cargo.toml", reply),
        ("src/sim/Cargo.toml", sim),
        ("src/store/Cargo.toml", "[dependencies]\nsqlx = \"1\""),
    ]);
    tree.breaks(
        manifests,
        &[
            "src/core/Cargo.toml:2",
            "src/novel/Cargo.toml:1",
            "src/reply/Cargo.toml:2",
            "src/reply/Cargo.toml:4",
            "src/sim/Cargo.toml:3",
        ],
    );
}

#[test]
fn crates_of_others_stay_at_home() {
    Tree::of_the_house().keeps(named_crates);
}

#[test]
fn a_crate_of_others_abroad_and_a_surface_at_the_wrong_door_are_found() {
    let tree = Tree::of(&[
        ("src/core/password.rs", "use argon2::Argon2;"),
        ("src/core/lab/mod.rs", "fn f() {\n  argon2::hash();\n}"),
        ("src/core/jobs/steps/device/junos.rs", "use minijinja::Environment;"),
        ("src/core/jobs/run.rs", "use minijinja::Environment;"),
        ("src/console/chat.rs", "use direttore_core::{\n  dispatch::Heard,\n  jobs::Engine,\n};"),
        ("src/sim/tests/mod.rs", "use reqwest::Client;"),
        ("src/matrix/lib.rs", "use matrix_sdk::Client;\nuse direttore_core::Lab;"),
    ]);
    let found = ["src/console/chat.rs:3", "src/core/jobs/run.rs:1", "src/core/lab/mod.rs:2", "src/matrix/lib.rs:2"];
    tree.breaks(named_crates, &found);
}

#[test]
fn modules_of_core_name_only_what_stands_below_them() {
    Tree::of_the_house().keeps(core_names);
}

#[test]
fn a_module_of_core_that_names_what_it_must_not_is_found() {
    let tree = Tree::of(&[
        ("src/core/lib.rs", "pub mod dispatch;\npub use dispatch::Dispatch;\npub use lab::{Cluster, Lab};"),
        ("src/core/jobs/run.rs", "use super::super::handlers::Cx;\nuse super::step;\nuse crate::{Lab, Dispatch};"),
        ("src/core/jobs/steps/mod.rs", "use super::{step, super::lab};\nfn f() { super::super::dispatch::go() }"),
        ("src/core/handlers/guest/list.rs", "use crate::plan;\nfn f() {\n  crate::dispatch::say(direttore_sim::x)\n}"),
        (
            "src/core/lab/mod.rs",
            "use direttore_clients::proxmox;\nuse direttore_store::Store;\nmod view;\nuse view::View;",
        ),
        ("src/core/rooms.rs", ""),
        ("src/core/clock.rs", "#[cfg(test)]\nmod tests { use crate::dispatch::Dispatch; }"),
    ]);
    tree.breaks(
        core_names,
        &[
            "src/core/handlers/guest/list.rs:3",
            "src/core/jobs/run.rs:1",
            "src/core/jobs/run.rs:3",
            "src/core/jobs/steps/mod.rs:2",
            "src/core/lab/mod.rs:2",
            "src/core/rooms.rs:1",
        ],
    );
}
