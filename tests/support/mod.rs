//! What tests stand on: both databases, and direttore and its simulated lab as processes of their own.

pub mod bot;
pub mod front;
pub mod lab;
pub mod postgres;
pub mod process;
pub mod real;
pub mod synapse;

use std::{io::Write, path::Path};

/// A line for what cannot be tested here, which the test command shows; in CI nothing may be left out.
pub fn skipped(line: &str) {
    assert!(std::env::var_os("CI").is_none(), "{line}");
    let list = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/skipped.txt");
    let open = std::fs::OpenOptions::new().create(true).append(true).open(list);
    open.and_then(|mut file| writeln!(file, "{line}")).expect("target can be written to");
}
