//! How users, members, roles, channels and guilds look in JSON.

use crate::world::{Channel, Guild, Id, Place, Role, User, permission};
use serde_json::{Value, json};

pub fn user(user: &User) -> Value {
    let mut shown = json!({
        "id": user.id.to_string(), "username": user.name, "global_name": null, "discriminator": "0", "avatar": null,
        "public_flags": 0, "flags": 0, "primary_guild": null,
    });
    if user.is_bot {
        shown["bot"] = json!(true);
    }
    shown
}

pub fn member(user: &Value, roles: &[Id]) -> Value {
    let roles: Vec<String> = roles.iter().map(Id::to_string).collect();
    json!({
        "user": user, "roles": roles, "nick": null, "avatar": null, "banner": null,
        "joined_at": "2024-01-01T00:00:00.000000+00:00", "premium_since": null, "deaf": false, "mute": false,
        "pending": false, "flags": 0, "communication_disabled_until": null,
    })
}

pub fn role(role: &Role) -> Value {
    json!({
        "id": role.id.to_string(), "name": role.name, "permissions": role.permissions.to_string(), "position": 0,
        "color": 0, "colors": {"primary_color": 0, "secondary_color": null, "tertiary_color": null}, "hoist": false,
        "managed": false, "mentionable": false, "icon": null, "unicode_emoji": null, "flags": 0,
    })
}

pub fn channel(place: &Place, channel: &Channel) -> Value {
    let id = channel.id.to_string();
    if let Some(recipient) = channel.recipient {
        let recipients: Vec<Value> = place.user(recipient).map(user).into_iter().collect();
        return json!({"id": id, "type": 1, "flags": 0, "last_message_id": null, "recipients": recipients});
    }
    json!({
        "id": id, "type": 0, "name": channel.name, "guild_id": channel.guild.unwrap_or_default().to_string(),
        "parent_id": null, "position": 0, "nsfw": false, "rate_limit_per_user": 0, "topic": null,
        "last_message_id": null, "flags": 0, "permission_overwrites": [],
    })
}

pub fn guild(guild: &Guild) -> Value {
    let roles: Vec<Value> = guild.roles.iter().map(role).collect();
    json!({
        "id": guild.id.to_string(), "name": guild.name, "icon": null, "description": null, "home_header": null,
        "splash": null, "discovery_splash": null, "features": [], "banner": null,
        "owner_id": guild.owner.to_string(), "application_id": null, "region": "deprecated", "afk_channel_id": null,
        "afk_timeout": 300, "system_channel_id": null, "system_channel_flags": 0, "widget_enabled": false,
        "widget_channel_id": null, "verification_level": 0, "roles": roles, "default_message_notifications": 0,
        "mfa_level": 0, "explicit_content_filter": 0, "max_presences": null, "max_members": 500_000,
        "max_stage_video_channel_users": 50, "max_video_channel_users": 25, "vanity_url_code": null,
        "premium_tier": 0, "premium_subscription_count": 0, "preferred_locale": "en-US", "rules_channel_id": null,
        "safety_alerts_channel_id": null, "public_updates_channel_id": null, "premium_progress_bar_enabled": false,
        "nsfw": false, "nsfw_level": 0, "emojis": [], "stickers": [], "incidents_data": null,
    })
}

/// One of the bot's own guilds.
pub fn my_guild(guild: &Guild) -> Value {
    json!({
        "id": guild.id.to_string(), "name": guild.name, "icon": null, "banner": null, "owner": false,
        "permissions": permission::EVERYONE.to_string(), "features": [],
    })
}

pub fn application(place: &Place, public_key: &str, endpoint: Option<&str>) -> Value {
    let bot = place.user(place.bot).map(user).unwrap_or_default();
    json!({
        "id": place.application.to_string(), "name": place.bot_name, "icon": null, "description": "", "type": null,
        "bot": bot, "bot_public": false, "bot_require_code_grant": false, "verify_key": public_key, "flags": 0,
        "flags_new": "0", "redirect_uris": [], "interactions_endpoint_url": endpoint,
        "role_connections_verification_url": null, "owner": bot, "approximate_guild_count": place.guilds.len(),
        "approximate_user_install_count": 0, "approximate_user_authorization_count": 0,
        "explicit_content_filter": 0, "team": null, "eligible_oauth2_scopes": [],
    })
}
