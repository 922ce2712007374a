//! The environment, laid over the file: `DIRETTORE__SECTION__KEY`, lists by position (`DIRETTORE__PROXMOX__0__URL`). A
//! number that no list is long enough for is a key: `DIRETTORE__DISCORD__ROLES__1234567890123456789`. An empty variable
//! counts as absent, because compose files pass those on.

use super::{
    error::ConfigError,
    tree::{Item, Place, Table, Value},
};
use std::collections::BTreeMap;

const PREFIX: &str = "DIRETTORE__";
const LONGEST_LIST: usize = 9_999;

#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Step {
    Position(usize),
    Key(String),
}

/// Puts every `DIRETTORE__…` where it belongs. Whether there is such a key is seen when the sections are read.
///
/// # Errors
/// For names that lead nowhere.
pub(super) fn overlay(tree: &mut Table, env: &BTreeMap<String, String>) -> Result<(), ConfigError> {
    let mut given: Vec<(Vec<Step>, &str, &str)> = env
        .iter()
        .filter(|(_, value)| !value.is_empty())
        .filter_map(|(name, value)| Some((steps(name.strip_prefix(PREFIX)?), name.as_str(), value.as_str())))
        .collect();
    // By number, so that position 10 comes after 2.
    given.sort();
    for (steps, name, value) in given {
        put_in_table(tree, &steps, name, value)?;
    }
    Ok(())
}

fn steps(rest: &str) -> Vec<Step> {
    let step = |part: &str| match part.parse::<usize>() {
        Ok(position) if position <= LONGEST_LIST => Step::Position(position),
        _ => Step::Key(part.to_ascii_lowercase()),
    };
    rest.split("__").map(step).collect()
}

fn put_in_table(table: &mut Table, steps: &[Step], name: &str, value: &str) -> Result<(), ConfigError> {
    let (key, rest) = match steps {
        [Step::Key(key), rest @ ..] if !key.is_empty() => (key, rest),
        _ => return Err(ConfigError::new(name, "names no key; right would be DIRETTORE__SECTION__KEY")),
    };
    if rest.is_empty() {
        remove_twin(table, key);
        table.insert(key.clone(), leaf(name, value));
        return Ok(());
    }
    let slot = table.entry(key.clone()).or_insert_with(|| empty_for(rest, name));
    put_in_item(slot, rest, name, value)
}

fn put_in_item(item: &mut Item, steps: &[Step], name: &str, value: &str) -> Result<(), ConfigError> {
    match (&mut item.value, steps) {
        (Value::Table(table), _) => put_in_table(table, steps, name, value),
        (Value::List(list), [Step::Position(at), rest @ ..]) => {
            if *at > list.len() {
                let why = format!("position {at} is too far: they count from 0, the next free one is {}", list.len());
                return Err(ConfigError::new(name, why));
            }
            if *at == list.len() {
                list.push(empty_for(rest, name));
            }
            match rest {
                [] => list[*at] = leaf(name, value),
                rest => put_in_item(&mut list[*at], rest, name, value)?,
            }
            Ok(())
        }
        (Value::List(_), _) => {
            Err(ConfigError::new(name, "goes into a list; right would be a position like __0__ there"))
        }
        _ => Err(ConfigError::new(name, format!("goes into a section, but {} has a value there", item.place.shown))),
    }
}

fn leaf(name: &str, value: &str) -> Item {
    Item { place: Place::env(name), value: Value::Raw(value.to_owned()) }
}

fn empty_for(rest: &[Step], name: &str) -> Item {
    let value = match rest.first() {
        Some(Step::Position(_)) => Value::List(Vec::new()),
        _ => Value::Table(Table::new()),
    };
    Item { place: Place::env(name), value }
}

/// A secret of the environment replaces the file's, however each of them was given.
fn remove_twin(table: &mut Table, key: &str) {
    let twin = key.strip_suffix("_file").map_or_else(|| format!("{key}_file"), str::to_owned);
    if table.get(&twin).is_some_and(|item| !item.place.is_env) {
        table.remove(&twin);
    }
}
