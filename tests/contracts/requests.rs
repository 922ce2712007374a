//! Every request that our clients made in a test run is one that Proxmox's or NetBox' schema allows.
//!
//! `DIRETTORE_RECORD_REQUESTS=<file>` makes every client of a run record what it sends; afterwards
//! `DIRETTORE_CHECK_REQUESTS=<file>` gives the file to this test. `tests/run` does both.

use super::{netbox_schema, pve_schema::Schema};
use serde_json::Value;
use std::collections::BTreeSet;

#[test]
fn every_request_is_in_the_schema() {
    let Some(file) = std::env::var_os("DIRETTORE_CHECK_REQUESTS") else {
        // The recording comes from the run that this test is part of, so it can only be checked after it.
        return;
    };
    let recorded = std::fs::read_to_string(&file).expect("the recording that tests/run names");
    assert!(recorded.lines().count() > 100, "the run recorded next to nothing");
    let (Some(new), Some(old)) = (Schema::load(), Schema::load_8_4()) else { return };
    for (version, schema) in [("9.2", new), ("8.4", old)] {
        let (endpoints, mut wrong) = schema.check_all(&recorded);
        if version == "8.4" {
            wrong.retain(|why| !is_tried(why));
        }
        assert!(wrong.is_empty(), "Proxmox VE {version} would refuse: {wrong:#?}");
        println!(
            "Proxmox VE {version}: {} distinct endpoints were exercised, none refused by the schema:",
            endpoints.len()
        );
        endpoints.iter().for_each(|e| println!("  {e}"));
    }
    let Some(netbox) = netbox_schema::Schema::load() else { return };
    let (operations, wrong) = check_netbox(&netbox, &recorded);
    assert!(wrong.is_empty(), "NetBox would refuse or ignore: {wrong:#?}");
    assert!(operations.len() > 25, "the run asked NetBox for next to nothing: {operations:#?}");
    println!("NetBox 4.6: {} distinct operations were exercised, none refused by the schema:", operations.len());
    operations.iter().for_each(|o| println!("  {o}"));
}

/// What the client asks of every Proxmox, and does without where the answer is 501: a container's conditions for a move.
/// The client's own tests say so.
fn is_tried(why: &str) -> bool {
    let asked = why.strip_prefix("no such endpoint: GET ").and_then(|rest| rest.split(':').next());
    asked.is_some_and(|path| path.contains("/lxc/") && path.ends_with("/migrate"))
}

/// The operations that were used, and what was wrong. Other systems' lines are left out.
fn check_netbox(schema: &netbox_schema::Schema, record: &str) -> (BTreeSet<String>, Vec<String>) {
    let (mut operations, mut wrong) = (BTreeSet::new(), Vec::new());
    for line in record.lines() {
        let Ok(read) = serde_json::from_str::<Value>(line) else { continue };
        if read["system"] != "netbox" {
            continue;
        }
        match schema.check(&read) {
            Ok(operation) => drop(operations.insert(operation)),
            Err(why) => wrong.push(format!("{why}: {line}")),
        }
    }
    (operations, wrong)
}
