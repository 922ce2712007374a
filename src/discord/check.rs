//! What `direttore check` tries of Discord.

use crate::{
    commands::{describe, difference},
    interaction::Id,
    settings::{Delivery, Settings},
    transport::{Error, Transport, code},
};
use direttore_catalog::catalog;
use serde_json::Value;
use serenity::http::Route;

/// One thing tried.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    pub check: &'static str,
    pub ok: bool,
    pub result: String,
    /// What to do; empty when all is well.
    pub advice: String,
}

fn finding(check: &'static str, ok: bool, result: impl Into<String>, advice: impl Into<String>) -> Finding {
    Finding { check, ok, result: result.into(), advice: advice.into() }
}

const PORTAL: &str = "the application's page at https://discord.com/developers/applications";

/// What the bot does in a channel, by Discord's bits and words.
const WANTED: [(u64, &str); 4] =
    [(1 << 10, "View Channel"), (1 << 11, "Send Messages"), (1 << 14, "Embed Links"), (1 << 15, "Attach Files")];
const ADMINISTRATOR: u64 = 1 << 3;

/// Tries everything, in an order in which the first failure explains the others. `roles`: the ids that the
/// configuration maps.
pub async fn check(settings: &Settings, roles: &[String]) -> Vec<Finding> {
    let transport = match Transport::new(settings) {
        Ok(transport) => transport,
        Err(why) => return vec![finding("settings", false, why, "see [discord] in the configuration")],
    };
    let mut all = Vec::new();
    match transport.get(Route::UserMe).await {
        Ok(user) => all.push(finding("token", true, format!("of the bot {}", text(&user, "username")), "")),
        Err(Error::Token) => {
            let advice = format!("reset it on {PORTAL}, under Bot, and put the new one into discord.token");
            return vec![finding("token", false, "Discord does not accept it", advice)];
        }
        Err(error) => {
            return vec![finding(
                "token",
                false,
                error.to_string(),
                "see that this machine reaches https://discord.com",
            )];
        }
    }
    all.push(application(&transport, settings).await);
    let guild = transport.get(Route::Guild { guild_id: settings.guild.into() }).await;
    let guild = match guild {
        Ok(guild) => guild,
        Err(error) => {
            let advice = format!(
                "invite the bot with https://discord.com/oauth2/authorize?client_id={}&scope=bot+applications.commands&permissions=52224, and see discord.guild_id",
                settings.application
            );
            all.push(finding("server", false, refused(&error), advice));
            return all;
        }
    };
    all.push(finding("server", true, text(&guild, "name"), ""));
    all.push(commands(&transport, settings).await);
    all.push(known_roles(&guild, roles));
    let member = transport.roles_of(settings.guild, settings.application).await;
    let member = match member {
        Ok(member) => member,
        Err(error) => {
            all.push(finding("permissions", false, refused(&error), "invite the bot to the server"));
            return all;
        }
    };
    let base = base(&guild, settings.guild, &member);
    all.push(permissions("permissions", "the server", base));
    for (check, channel) in [("ops_channel", settings.ops_channel), ("audit_channel", settings.audit_channel)] {
        let Some(id) = channel else { continue };
        all.push(match transport.get(Route::Channel { channel_id: id.into() }).await {
            Ok(channel) if channel["guild_id"] != Value::String(settings.guild.to_string()) => {
                finding(check, false, format!("{id} is not of this server"), format!("see discord.{check}"))
            }
            Ok(channel) => {
                let may = in_channel(&channel, base, (settings.guild, settings.application), &member);
                permissions(check, &format!("#{}", text(&channel, "name")), may)
            }
            Err(error) => {
                let advice = format!("see discord.{check}, and that the bot may view that channel");
                finding(check, false, refused(&error), advice)
            }
        });
    }
    all
}

fn refused(error: &Error) -> String {
    match error.code() {
        Some(code::UNKNOWN_CHANNEL | code::UNKNOWN_GUILD | code::UNKNOWN_MEMBER) => {
            "there is none of that id".to_owned()
        }
        Some(code::MISSING_ACCESS) => "the bot does not see it".to_owned(),
        _ => error.to_string(),
    }
}

fn text<'v>(value: &'v Value, key: &str) -> &'v str {
    value[key].as_str().unwrap_or_default()
}

async fn application(transport: &Transport, settings: &Settings) -> Finding {
    let check = "application";
    let found = match transport.get(Route::Oauth2ApplicationCurrent).await {
        Ok(found) => found,
        Err(error) => return finding(check, false, error.to_string(), format!("see {PORTAL}")),
    };
    let id = text(&found, "id");
    if id != settings.application.to_string() {
        let advice = format!("discord.application_id must be {id}");
        return finding(check, false, format!("the token is of {id}, not of {}", settings.application), advice);
    }
    let key: String = settings.public_key.iter().flatten().map(|b| format!("{b:02x}")).collect();
    let theirs = text(&found, "verify_key");
    if settings.public_key.is_some() && key != theirs {
        return finding(check, false, "its public key is another", format!("discord.public_key must be {theirs}"));
    }
    let endpoint = found["interactions_endpoint_url"].as_str();
    match (settings.delivery, endpoint) {
        (Delivery::Gateway, Some(url)) => finding(
            check,
            false,
            format!("Discord sends interactions to {url}, not over the gateway"),
            format!("clear the Interactions Endpoint URL on {PORTAL}, or set discord.delivery = \"http\""),
        ),
        (Delivery::Http, None) => finding(
            check,
            false,
            "it has no Interactions Endpoint URL",
            format!(
                "while `direttore serve` runs, set it on {PORTAL} to where /discord/interactions is reached from outside"
            ),
        ),
        (Delivery::Http, Some(url)) => finding(check, true, format!("sends interactions to {url}"), ""),
        (Delivery::Gateway, None) => finding(check, true, format!("{id}, over the gateway"), ""),
    }
}

async fn commands(transport: &Transport, settings: &Settings) -> Finding {
    let theirs = match transport.commands(settings.guild).await {
        Ok(theirs) => theirs,
        Err(error) => {
            return finding(
                "commands",
                false,
                error.to_string(),
                "invite the bot with the scope applications.commands",
            );
        }
    };
    let ours = describe(catalog());
    let difference = difference(&ours, &theirs);
    let mut parts = Vec::new();
    for (word, names) in
        [("to add", &difference.missing), ("to change", &difference.changed), ("to remove", &difference.surplus)]
    {
        if !names.is_empty() {
            parts.push(format!("{word}: {}", names.join(", ")));
        }
    }
    match parts.is_empty() {
        true => finding("commands", true, format!("{} as they should be", ours.len()), ""),
        // No failure: it is what the first start does.
        false => {
            finding("commands", true, format!("{}; `direttore serve` does that when it starts", parts.join("; ")), "")
        }
    }
}

fn known_roles(guild: &Value, mapped: &[String]) -> Finding {
    let known: Vec<&str> = guild["roles"].as_array().into_iter().flatten().map(|role| text(role, "id")).collect();
    let unknown: Vec<&str> = mapped.iter().map(String::as_str).filter(|id| !known.contains(id)).collect();
    if !unknown.is_empty() {
        let advice = "see [discord.roles]: Server Settings, Roles, right click, Copy Role ID (with Developer Mode on)";
        return finding("roles", false, format!("the server has no role {}", unknown.join(", ")), advice);
    }
    if mapped.is_empty() {
        let advice = "without [discord.roles] only people who used /link may do anything";
        return finding("roles", true, "none is mapped", advice);
    }
    finding("roles", true, format!("{} mapped", mapped.len()), "")
}

fn bits(value: &Value) -> u64 {
    value.as_str().and_then(|bits| bits.parse().ok()).unwrap_or(0)
}

/// What the bot's roles give it in the server.
fn base(guild: &Value, id: Id, member: &[Id]) -> u64 {
    let roles = guild["roles"].as_array().into_iter().flatten();
    let ours = roles.filter(|role| text(role, "id").parse().is_ok_and(|of: Id| of == id || member.contains(&of)));
    let all = ours.fold(0, |all, role| all | bits(&role["permissions"]));
    if all & ADMINISTRATOR == 0 { all } else { u64::MAX }
}

/// With the overwrites of a channel: everybody's, then those of all roles together, then the member's own.
fn in_channel(channel: &Value, base: u64, (guild, bot): (Id, Id), member: &[Id]) -> u64 {
    if base == u64::MAX {
        return base;
    }
    let of = |is_ours: &dyn Fn(Id) -> bool| {
        let overwrites = channel["permission_overwrites"].as_array().into_iter().flatten();
        let ours = overwrites.filter(|o| text(o, "id").parse().is_ok_and(is_ours));
        ours.fold((0, 0), |(allow, deny), o| (allow | bits(&o["allow"]), deny | bits(&o["deny"])))
    };
    let steps = [of(&|id| id == guild), of(&|id| member.contains(&id)), of(&|id| id == bot)];
    steps.into_iter().fold(base, |may, (allow, deny)| (may & !deny) | allow)
}

fn permissions(check: &'static str, place: &str, may: u64) -> Finding {
    let missing: Vec<&str> = WANTED.iter().filter(|(bit, _)| may & bit == 0).map(|(_, word)| *word).collect();
    if missing.is_empty() {
        return finding(check, true, format!("all there in {place}"), "");
    }
    let advice = format!("give the bot's role these permissions in {place}");
    finding(check, false, format!("missing in {place}: {}", missing.join(", ")), advice)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn overwrites_count_in_discords_order() {
        let guild = json!({ "roles": [
            { "id": "1", "permissions": "3072" },
            { "id": "7", "permissions": "16384" },
            { "id": "8", "permissions": "8" },
        ]});
        let base_of = |member: &[Id]| base(&guild, 1, member);
        assert_eq!(base_of(&[7]), 3072 | 16384);
        assert_eq!(base_of(&[8]), u64::MAX);
        let overwrite =
            |id: &str, allow: u64, deny: u64| json!({ "id": id, "allow": allow.to_string(), "deny": deny.to_string() });
        let may = |overwrites: Value| {
            in_channel(&json!({ "permission_overwrites": overwrites }), base_of(&[7]), (1, 9), &[7])
        };
        assert_eq!(may(json!([])), 3072 | 16384);
        assert_eq!(may(json!([overwrite("1", 0, 2048)])), 1024 | 16384);
        // A role's yes beats everybody's no, the member's own no beats the role's yes, whatever their order here.
        assert_eq!(may(json!([overwrite("7", 2048, 0), overwrite("1", 0, 2048)])), 3072 | 16384);
        assert_eq!(may(json!([overwrite("9", 0, 2048), overwrite("7", 2048, 0)])), 1024 | 16384);
        // Of others.
        assert_eq!(may(json!([overwrite("5", 0, 2048)])), 3072 | 16384);
        let told = permissions("ops_channel", "#ops", 1024);
        assert_eq!(told.result, "missing in #ops: Send Messages, Embed Links, Attach Files");
    }
}
