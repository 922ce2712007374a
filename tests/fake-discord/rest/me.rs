//! The bot itself: its user, application and gateway.

use super::{ApiError, Call, Reply, show};
use crate::{deliver::Deliver, state::State};
use serde_json::{Value, json};

pub fn gateway(call: &Call, _: &mut State) -> Result<Reply, ApiError> {
    Ok(Reply::ok(json!({"url": call.inner.gateway_url()})))
}

pub fn gateway_bot(call: &Call, state: &mut State) -> Result<Reply, ApiError> {
    let remaining = state.gateway.starts_left(call.now());
    Ok(Reply::ok(json!({
        "url": call.inner.gateway_url(), "shards": 1,
        "session_start_limit": {"total": 1000, "remaining": remaining, "reset_after": 86_400_000, "max_concurrency": 1},
    })))
}

pub fn user(_: &Call, state: &mut State) -> Result<Reply, ApiError> {
    let bot = state.place.user(state.place.bot).ok_or_else(ApiError::unknown_user)?;
    let mut shown = show::user(bot);
    shown["mfa_enabled"] = json!(true);
    shown["locale"] = json!("en-US");
    shown["verified"] = json!(true);
    shown["email"] = Value::Null;
    Ok(Reply::ok(shown))
}

pub fn other_user(call: &Call, state: &mut State) -> Result<Reply, ApiError> {
    let found = state.place.user(call.id("user_id")).ok_or_else(ApiError::unknown_user)?;
    Ok(Reply::ok(show::user(found)))
}

pub fn guilds(_: &Call, state: &mut State) -> Result<Reply, ApiError> {
    Ok(Reply::ok(state.place.guilds.iter().map(show::my_guild).collect()))
}

pub fn open_dm(call: &Call, state: &mut State) -> Result<Reply, ApiError> {
    let recipient = match &call.body["recipient_id"] {
        Value::String(id) => id.parse().ok(),
        other => other.as_u64(),
    };
    let user = recipient.and_then(|id| state.place.user(id)).map(|u| u.id).ok_or_else(ApiError::unknown_user)?;
    let id = state.place.dm(user);
    let channel = state.place.channel(id).ok_or_else(ApiError::unknown_channel)?;
    Ok(Reply::ok(show::channel(&state.place, channel)))
}

pub fn application(call: &Call, state: &mut State) -> Result<Reply, ApiError> {
    let endpoint = match &state.deliver {
        Deliver::Http(url) => Some(url.as_str()),
        Deliver::Gateway => None,
    };
    Ok(Reply::ok(show::application(&state.place, &call.inner.signer.public_key(), endpoint)))
}
