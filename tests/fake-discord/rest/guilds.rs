//! Guilds as the bot reads them.

use super::{ApiError, Call, Reply, show};
use crate::{
    state::State,
    world::{Guild, Id},
};
use serde_json::Value;

fn guild<'s>(call: &Call, state: &'s State) -> Result<&'s Guild, ApiError> {
    state.place.guild(call.id("guild_id")).ok_or_else(ApiError::unknown_guild)
}

pub fn get(call: &Call, state: &mut State) -> Result<Reply, ApiError> {
    guild(call, state).map(|guild| Reply::ok(show::guild(guild)))
}

pub fn channels(call: &Call, state: &mut State) -> Result<Reply, ApiError> {
    let id = guild(call, state)?.id;
    let of_guild = state.place.channels.iter().filter(|c| c.guild == Some(id));
    Ok(Reply::ok(of_guild.map(|c| show::channel(&state.place, c)).collect()))
}

pub fn roles(call: &Call, state: &mut State) -> Result<Reply, ApiError> {
    guild(call, state).map(|guild| Reply::ok(guild.roles.iter().map(show::role).collect()))
}

fn shown(state: &State, guild: &Guild, user: Id) -> Option<Value> {
    let roles = guild.members.get(&user)?;
    Some(show::member(&show::user(state.place.user(user)?), roles))
}

pub fn members(call: &Call, state: &mut State) -> Result<Reply, ApiError> {
    let guild = guild(call, state)?;
    // The whole list is only for applications with that privileged intent.
    if call.inner.settings.privileged_intents & (1 << 1) == 0 {
        return Err(ApiError::missing_access());
    }
    let limit = call.query.get("limit").and_then(|n| n.parse().ok()).unwrap_or(1);
    Ok(Reply::ok(guild.members.keys().take(limit).filter_map(|user| shown(state, guild, *user)).collect()))
}

pub fn member(call: &Call, state: &mut State) -> Result<Reply, ApiError> {
    let guild = guild(call, state)?;
    shown(state, guild, call.id("user_id")).map(Reply::ok).ok_or_else(ApiError::unknown_member)
}
