//! Each figure beside what is wanted of it.

mod bot;
pub mod discord;
mod memory;
mod provision;
mod ready;
mod speed;

use std::process::ExitCode;

/// One measured thing.
pub struct Figure {
    pub name: &'static str,
    pub wanted: String,
    pub measured: String,
    pub holds: bool,
}

/// Measures all and prints them as a table. Fails when one is missed.
pub fn print() -> ExitCode {
    println!("\n{:<52} {:<18} {:<40} holds", "figure", "wanted", "measured");
    let mut all_hold = true;
    for measure in [speed::figures, ready::figures, discord::figures, provision::figures, memory::figures] {
        for Figure { name, wanted, measured, holds } in measure() {
            println!("{name:<52} {wanted:<18} {measured:<40} {}", if holds { "yes" } else { "NO" });
            all_hold &= holds;
        }
    }
    if all_hold { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// The middle one.
fn median<T: PartialOrd + Copy>(mut values: Vec<T>) -> T {
    values.sort_by(|a, b| a.partial_cmp(b).expect("they can be compared"));
    values[values.len() / 2]
}
