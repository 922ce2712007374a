//! `[channels]`: names of places to tell things, like `ops = "discord:1000000000000000003"` or
//! `ops = "matrix:#ops:example.org"`.

use super::{
    error::{ConfigError, shown},
    matrix::is_room,
    tree::{Item, Table, Value},
};
use direttore_domain::{Origin, Surface};
use std::collections::BTreeMap;

const PLACE: &str = "discord: and a channel's id, like \"discord:1000000000000000003\", matrix: and a room's id or alias, like \"matrix:#ops:example.org\", or console: and a terminal's channel";

/// `discord`, `matrix`: whether that surface is there.
pub(super) fn read(item: Option<Item>, discord: bool, matrix: bool) -> Result<BTreeMap<String, Origin>, ConfigError> {
    let table = match item {
        None => Table::new(),
        Some(Item { value: Value::Table(table), .. }) => table,
        Some(Item { place, value }) => {
            let why = format!("channels is {}; right would be a section [channels]", value.shown());
            return Err(ConfigError::new(place.shown, why));
        }
    };
    table.into_iter().map(|(name, item)| Ok((name.clone(), origin(&name, &item, discord, matrix)?))).collect()
}

fn origin(name: &str, item: &Item, discord: bool, matrix: bool) -> Result<Origin, ConfigError> {
    let name = shown(name);
    let wrong = |why: String| ConfigError::new(item.place.shown.clone(), why);
    let given = match &item.value {
        Value::Text(text) | Value::Raw(text) => text.trim(),
        _ => "",
    };
    let id = |id: &str| (17..=20).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_digit());
    let (surface, channel) = match given.split_once(':') {
        Some(("discord", channel)) if id(channel) => (Surface::Discord, channel),
        Some(("matrix", room)) if is_room(room) => (Surface::Matrix, room),
        Some(("console", channel)) if !channel.is_empty() => (Surface::Console, channel),
        _ => return Err(wrong(format!("channels.{name} = {}; right would be {PLACE}", item.value.shown()))),
    };
    let absent = match surface {
        Surface::Discord if !discord => Some("Discord, which is not configured; [discord] has to be there"),
        Surface::Matrix if !matrix => Some("Matrix, which is not configured; [matrix] has to be there"),
        _ => None,
    };
    if let Some(absent) = absent {
        return Err(wrong(format!("channels.{name} is in {absent}")));
    }
    Ok(Origin { surface, channel: channel.to_owned() })
}
