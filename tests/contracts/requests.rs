//! Every request that our client made in a test run is one that Proxmox's schema allows.
//!
//! `DIRETTORE_RECORD_REQUESTS=<file>` makes every client of a run record what it sends; afterwards
//! `DIRETTORE_CHECK_REQUESTS=<file>` gives the file to this test. `tests/run` does both.

use super::pve_schema::Schema;

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
        let (endpoints, wrong) = schema.check_all(&recorded);
        assert!(wrong.is_empty(), "Proxmox VE {version} would refuse: {wrong:#?}");
        println!(
            "Proxmox VE {version}: {} distinct endpoints were exercised, none refused by the schema:",
            endpoints.len()
        );
        endpoints.iter().for_each(|e| println!("  {e}"));
    }
}
