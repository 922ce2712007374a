//! Serves a pretend Discord and lets people act by lines of JSON: what the independent clients talk to.
fn main() {}
