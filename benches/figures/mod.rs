//! Each figure beside what is wanted of it.

mod bare_ssh;
mod book;
mod bot;
mod client;
pub mod discord;
mod feed;
mod followers;
mod hook;
mod logins;
mod matrix;
mod memory;
mod provision;
mod ready;
mod reserve;
mod rest;
mod snmp;
mod speed;

use std::process::ExitCode;

/// One measured thing.
pub struct Figure {
    pub name: &'static str,
    pub wanted: String,
    pub measured: String,
    pub holds: bool,
}

/// Its name on the command line, and what measures it.
type Part = (&'static str, fn() -> Vec<Figure>);

const PARTS: [Part; 14] = [
    ("speed", speed::figures),
    ("ready", ready::figures),
    ("discord", discord::figures),
    ("provision", provision::figures),
    ("reserve", reserve::figures),
    ("feed", feed::figures),
    ("book", book::figures),
    ("rest", rest::figures),
    ("hook", hook::figures),
    ("snmp", snmp::figures),
    ("logins", logins::figures),
    ("followers", followers::figures),
    ("matrix", matrix::figures),
    ("memory", memory::figures),
];

/// Measures all, or one part, and prints them as a table. Fails when one is missed.
pub fn print(only: Option<&str>) -> ExitCode {
    println!("\n{:<52} {:<18} {:<40} holds", "figure", "wanted", "measured");
    // No figure would be measured under a name that there is not.
    let mut all_hold = only.is_none_or(|only| PARTS.iter().any(|(name, _)| *name == only));
    for (_, measure) in PARTS.iter().filter(|(name, _)| only.is_none_or(|only| only == *name)) {
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
