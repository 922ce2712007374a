//! What an option could be, from the line that would say the rest.
//!
//! The catalogue completes lines; so what is typed into one option becomes a line with the cursor at its end, and each
//! candidate becomes that option's whole value again.

use crate::{commands::words, interaction::Command};
use direttore_catalog::{Catalog, Given, quote};
use direttore_core::dispatch::Completed;

/// Of a choice's name and value.
const MOST: usize = 100;
/// As many as Discord takes.
const CHOICES: usize = 25;

/// A line whose completion at its end is that of the option; the byte where the option's value begins.
pub(crate) fn line(catalog: &Catalog, asked: &Command, name: &str, typed: &str) -> Option<(String, usize)> {
    let command = catalog.get(&asked.path)?;
    let mut given = Given::new();
    for (option, value) in asked.options.iter().filter(|(option, _)| option != name) {
        given.insert(option.clone(), words(command, option, &crate::interaction::said(value)));
    }
    // A required value that is not there yet takes no word that stands alone.
    let before = command.line(&given);
    let opened = if typed.contains(char::is_whitespace) { "\"" } else { "" };
    let head = format!("/{before} {name}={opened}");
    let at = head.len();
    Some((head + &typed.replace('\\', "\\\\").replace('"', "\\\""), at))
}

/// The candidates as whole values, with what people see of them.
pub(crate) fn choices(
    catalog: &Catalog,
    asked: &Command,
    name: &str,
    line: &str,
    found: Completed,
) -> Vec<(String, String)> {
    let Some(command) = catalog.get(&asked.path) else { return vec![] };
    let Some(option) = command.option(name) else { return vec![] };
    let mut out: Vec<(String, String)> = Vec::new();
    for (candidate, help) in found.values {
        let whole = format!("{}{candidate}", &line[..found.start.min(line.len())]);
        let Some(value) = value_of(catalog, &whole, name, option.many) else { continue };
        let shown = if help.is_empty() { value.clone() } else { format!("{value} ({help})") };
        // A longer value would come back cut.
        if value.chars().count() > MOST || value.is_empty() || out.iter().any(|(v, _)| *v == value) {
            continue;
        }
        out.push((value, shown.chars().take(MOST).collect()));
        if out.len() == CHOICES {
            break;
        }
    }
    out
}

/// What the line gives to the option; a quote that is still open is closed.
fn value_of(catalog: &Catalog, line: &str, name: &str, is_many: bool) -> Option<String> {
    let read = catalog.read(line).or_else(|_| catalog.read(&format!("{line}\""))).ok()?;
    let values = read.given.get(name)?;
    Some(if is_many {
        values.iter().map(|v| if v.contains(' ') { quote(v) } else { v.clone() }).collect::<Vec<_>>().join(" ")
    } else {
        values.join(" ")
    })
}
