//! What a device said, as rows: `templates/devices/<platform>/show_vlan.textfsm` reads the answer of `show vlan`.
//!
//! The language is TextFSM's, which network people know. A template is tried with the `<name>.sample.txt` beside it.

use std::collections::BTreeMap;
use textfsm_core::{ListItem, Template, Value};

/// What a template found in an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rows {
    /// In lower case.
    pub columns: Vec<String>,
    /// Each has a cell for every column.
    pub rows: Vec<Vec<String>>,
}

/// Ours, with those of users over them, by name: `eos/show_vlan`.
pub(super) struct Tables {
    templates: BTreeMap<String, Result<Template, String>>,
    samples: BTreeMap<String, String>,
}

/// The name of the template for a command.
fn file(command: &str) -> String {
    command.split_whitespace().map(str::to_lowercase).collect::<Vec<_>>().join("_")
}

impl Tables {
    /// Of all files, by their paths, those that are meant for this.
    pub fn new(all: &BTreeMap<String, String>) -> Self {
        let named = |ending: &'static str| {
            all.iter().filter_map(move |(path, text)| Some((path.strip_suffix(ending)?.to_owned(), text)))
        };
        let read = |text: &str| Template::parse_str(text).map_err(|error| error.to_string());
        Self {
            templates: named(".textfsm").map(|(name, text)| (name, read(text))).collect(),
            samples: named(".sample.txt").map(|(name, text)| (name, text.clone())).collect(),
        }
    }

    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.templates.keys().map(String::as_str)
    }

    pub fn sample(&self, name: &str) -> Option<&str> {
        self.samples.get(name).map(String::as_str)
    }

    pub fn has(&self, platform: &str, command: &str) -> bool {
        self.templates.contains_key(&format!("{platform}/{}", file(command)))
    }

    /// The commands of a platform: `show vlan`.
    pub fn of_platform(&self, platform: &str) -> Vec<String> {
        let of =
            |name: &str| name.split_once('/').filter(|(of, _)| *of == platform).map(|(_, file)| file.replace('_', " "));
        self.names().filter_map(of).collect()
    }

    /// # Errors
    /// That there is no such template, what is wrong with it, or what it says is wrong with the text.
    pub fn read(&self, name: &str, text: &str) -> Result<Rows, String> {
        let template = self.templates.get(name).ok_or_else(|| format!("there is no template {name}"))?;
        let template = template.as_ref().map_err(|why| format!("{name}.textfsm: {why}"))?;
        let found = template.parser().parse_text(text).map_err(|error| format!("{name}.textfsm: {error}"))?;
        let columns = template.header().into_iter().map(str::to_lowercase).collect();
        Ok(Rows { columns, rows: found.iter().map(|row| row.iter().map(cell).collect()).collect() })
    }

    pub fn of_command(&self, platform: &str, command: &str, text: &str) -> Result<Rows, String> {
        self.read(&format!("{platform}/{}", file(command)), text)
    }
}

fn cell(value: &Value) -> String {
    match value {
        Value::Empty => String::new(),
        Value::Single(text) => text.clone(),
        Value::List(items) => items.iter().map(item).collect::<Vec<_>>().join(", "),
    }
}

fn item(item: &ListItem) -> String {
    match item {
        ListItem::String(text) => text.clone(),
        ListItem::Dict(parts) => {
            // By name: a map has no order of its own.
            let parts: BTreeMap<&String, &String> = parts.iter().collect();
            parts.into_values().map(String::as_str).collect::<Vec<_>>().join(" ")
        }
    }
}
