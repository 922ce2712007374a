//! Buttons and selects: only those that are on the screen and enabled.

use super::{Cannot, Seat};
use crate::{
    interactions::{Resolve, resolved},
    message::Message,
    state::State,
    world::Id,
};
use serde_json::{Map, Value, json};

type Found = (Id, Value);

/// The newest visible component that fits.
fn find(
    state: &State,
    seat: &Seat,
    message: Option<Id>,
    fits: impl Fn(&Value) -> bool,
    what: &str,
) -> Result<(Message, Value), Cannot> {
    let seen = state.seen_by(seat.user, seat.channel);
    let wanted = seen.into_iter().rev().filter(|m| message.is_none_or(|id| id == m.id));
    let mut disabled = false;
    for message in wanted {
        let found = message.all_components().into_iter().filter(|c| fits(c)).cloned().collect::<Vec<Value>>();
        if let Some(enabled) = found.iter().find(|c| c["disabled"] != true) {
            return Ok((message.clone(), enabled.clone()));
        }
        disabled |= !found.is_empty();
    }
    match disabled {
        true => Cannot::because(format!("{what} is disabled")),
        false => Cannot::because(format!("there is no {what} on the screen")),
    }
}

pub fn press(state: &State, seat: &Seat, message: Option<Id>, what: &str) -> Result<Found, Cannot> {
    let fits = |c: &Value| c["type"] == 2 && (c["label"] == what || c["custom_id"] == what);
    let (message, button) = find(state, seat, message, fits, &format!("button {what:?}"))?;
    if button["custom_id"].is_null() {
        return Cannot::because(format!("{what:?} is a link: the bot hears nothing of it"));
    }
    let data = json!({"component_type": 2, "custom_id": button["custom_id"], "id": button["id"]});
    Ok((message.id, data))
}

pub fn choose(state: &State, seat: &Seat, what: &str, values: &[&str]) -> Result<Found, Cannot> {
    let is_select = |c: &Value| matches!(c["type"].as_u64(), Some(3 | 5..=8));
    let fits = |c: &Value| is_select(c) && (c["placeholder"] == what || c["custom_id"] == what);
    let (message, select) = find(state, seat, None, fits, &format!("select {what:?}"))?;
    let (values, resolved) = chosen(state, seat, &select, values)?;
    let mut data = json!({
        "component_type": select["type"], "custom_id": select["custom_id"], "id": select["id"], "values": values,
    });
    if !resolved.is_empty() {
        data["resolved"] = Value::Object(resolved);
    }
    Ok((message.id, data))
}

/// The values that a select sends, and what Discord says about them.
pub(super) fn chosen(
    state: &State,
    seat: &Seat,
    select: &Value,
    given: &[&str],
) -> Result<(Vec<String>, Map<String, Value>), Cannot> {
    let number = |field: &str| select[field].as_u64().unwrap_or(1) as usize;
    let (min, max) = (number("min_values"), number("max_values"));
    if !(min..=max).contains(&given.len()) {
        return Cannot::because(format!("{} values where {min} to {max} are to be chosen", given.len()));
    }
    let kind = match select["type"].as_u64() {
        Some(5) => Resolve::User,
        Some(6) => Resolve::Role,
        Some(7) => Resolve::Mentionable,
        Some(8) => Resolve::Channel,
        _ => {
            let options = select["options"].as_array().map_or(&[][..], Vec::as_slice);
            let value = |given: &&str| {
                let found =
                    options.iter().find(|o| o["value"] == **given).or(options.iter().find(|o| o["label"] == **given));
                let value = found.and_then(|o| o["value"].as_str()).map(str::to_owned);
                value.ok_or_else(|| Cannot(format!("{given:?} cannot be chosen")))
            };
            return Ok((given.iter().map(value).collect::<Result<_, _>>()?, Map::new()));
        }
    };
    let (mut values, mut all) = (Vec::new(), Map::new());
    for given in given {
        let id = thing(state, seat, kind, given)?;
        values.push(id.to_string());
        note(state, seat, kind, id, &mut all);
    }
    Ok((values, all))
}

/// A user, role or channel by name or id.
pub(super) fn thing(state: &State, seat: &Seat, kind: Resolve, given: &str) -> Result<Id, Cannot> {
    let place = &state.place;
    let guild = place.channel(seat.channel).and_then(|c| c.guild).and_then(|g| place.guild(g));
    let given = given.trim_start_matches(['@', '#']);
    let fits = |id: Id, name: &str| name == given || id.to_string() == given;
    let users = || place.users.iter().find(|u| fits(u.id, &u.name)).map(|u| u.id);
    let roles = || guild?.roles.iter().find(|r| fits(r.id, &r.name)).map(|r| r.id);
    let channels = || place.channels.iter().find(|c| fits(c.id, &c.name)).map(|c| c.id);
    let found = match kind {
        Resolve::User => users(),
        Resolve::Role => roles(),
        Resolve::Mentionable => users().or_else(roles),
        Resolve::Channel => channels(),
    };
    found.ok_or_else(|| Cannot(format!("there is no {given:?} to choose")))
}

/// Adds an object to `resolved`.
pub(super) fn note(state: &State, seat: &Seat, kind: Resolve, id: Id, all: &mut Map<String, Value>) {
    for (group, object) in resolved(state, seat.channel, kind, id).unwrap_or_default() {
        let group = all.entry(group).or_insert_with(|| json!({}));
        group[id.to_string().as_str()] = object;
    }
}
