//! What the bot is sent: `INTERACTION_CREATE`, or the body of the signed POST.

use super::{COMPONENT, MODAL_SUBMIT, guild_of};
use crate::{
    rest::show,
    state::State,
    world::{Id, permission},
};
use serde_json::{Value, json};

/// Whose interaction it is.
#[derive(Debug, Clone)]
pub struct Envelope {
    pub id: Id,
    pub token: String,
    pub kind: u8,
    pub user: Id,
    pub channel: Id,
    pub source: Option<Id>,
    pub attachment_limit: usize,
}

pub fn payload(state: &State, about: &Envelope, data: Value) -> Value {
    let place = &state.place;
    let guild = guild_of(place, about.channel).and_then(|id| place.guild(id));
    let user = place.user(about.user).map(show::user).unwrap_or_default();
    let permissions = place.permissions(about.user, about.channel).to_string();
    let mut channel = place.channel(about.channel).map(|c| show::channel(place, c)).unwrap_or_default();
    channel["permissions"] = json!(permissions);
    let owner = guild.map_or(0, |g| g.id).to_string();
    let mut payload = json!({
        "id": about.id.to_string(), "application_id": place.application.to_string(), "type": about.kind,
        "token": about.token, "version": 1, "channel_id": about.channel.to_string(), "channel": channel,
        "app_permissions": place.permissions(place.bot, about.channel).to_string(), "locale": "en-US",
        "entitlements": [], "authorizing_integration_owners": {"0": owner}, "context": u8::from(guild.is_none()),
        "attachment_size_limit": about.attachment_limit, "data": data,
    });
    match guild {
        Some(guild) => {
            let roles = guild.members.get(&about.user).cloned().unwrap_or_default();
            payload["guild_id"] = json!(guild.id.to_string());
            payload["guild"] = json!({"id": guild.id.to_string(), "locale": "en-US", "features": []});
            payload["guild_locale"] = json!("en-US");
            payload["member"] = show::member(&user, &roles);
            payload["member"]["permissions"] = json!(permissions);
        }
        None => payload["user"] = user,
    }
    let shows_message = matches!(about.kind, COMPONENT | MODAL_SUBMIT);
    if let Some(source) = about.source.filter(|_| shows_message).and_then(|id| state.message(id)) {
        payload["message"] = source.json(place);
    }
    payload
}

/// The resolved part of an option's or a select's value: `users` and `members`, `roles`, `channels`.
pub fn resolved(state: &State, channel: Id, kind: Resolve, id: Id) -> Option<Vec<(&'static str, Value)>> {
    let place = &state.place;
    let guild = guild_of(place, channel).and_then(|g| place.guild(g));
    let user = || {
        let shown = show::user(place.user(id)?);
        let mut found = vec![("users", shown.clone())];
        if let Some(roles) = guild.and_then(|g| g.members.get(&id)) {
            let mut member = show::member(&shown, roles);
            for left_out in ["user", "deaf", "mute"] {
                member.as_object_mut().map(|m| m.shift_remove(left_out));
            }
            member["permissions"] = json!(place.permissions(id, channel).to_string());
            found.push(("members", member));
        }
        Some(found)
    };
    let role = || Some(vec![("roles", show::role(guild?.roles.iter().find(|r| r.id == id)?))]);
    match kind {
        Resolve::User => user(),
        Resolve::Role => role(),
        Resolve::Mentionable => role().or_else(user),
        Resolve::Channel => {
            let channel = place.channel(id)?;
            let permissions = permission::EVERYONE.to_string();
            let shown = json!({"id": id.to_string(), "name": channel.name, "type": 0, "permissions": permissions});
            Some(vec![("channels", shown)])
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Resolve {
    User,
    Role,
    Mentionable,
    Channel,
}
