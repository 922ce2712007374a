//! What `direttore check` tries of Matrix. It asks the homeserver alone and leaves the key store to whoever serves; it
//! never signs in, since each time would make a device.

use crate::{
    keys::recovery_key,
    server::{Server, list, text},
    session,
    settings::{Settings, SignIn},
    wire::Error,
};
use matrix_sdk::reqwest::Method;
use serde_json::Value;

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
    Finding { check, ok, result: result.into(), advice: if ok { String::new() } else { advice.into() } }
}

/// Tries everything, in an order in which the first failure explains the others.
pub async fn check(settings: &Settings) -> Vec<Finding> {
    let (mut server, mut all) = (Server::new(&settings.homeserver), Vec::new());
    match server.ask(Method::GET, &["versions"], None).await {
        Ok(_) => all.push(finding("homeserver", true, format!("{} answers", settings.homeserver), "")),
        Err(error) => {
            let advice = format!("see that this machine reaches {}", settings.homeserver);
            return vec![finding("homeserver", false, error.to_string(), advice)];
        }
    }
    let kept = session::kept(settings);
    let token = match (&settings.sign_in, &kept) {
        (SignIn::Token { token, .. }, _) => token.clone(),
        (SignIn::Password(_), Some(kept)) => kept.access_token.clone(),
        (SignIn::Password(_), None) => {
            all.push(flows(&server).await);
            return all;
        }
    };
    server = server.with(&token);
    let device = match server.who_is_it().await {
        Ok((user, device)) => {
            let device = device.or_else(|| kept.map(|kept| kept.device_id)).unwrap_or_default();
            let ok = user == settings.user;
            let result = format!("of {user}, device {device}");
            all.push(finding(
                "token",
                ok,
                result,
                format!("matrix.user_id is {}; right would be {user}", settings.user),
            ));
            device
        }
        Err(error) => {
            let advice = match settings.sign_in {
                SignIn::Token { .. } => "put a new one into matrix.access_token",
                SignIn::Password(_) => "start direttore: it signs in again by matrix.password",
            };
            all.push(finding("token", false, error.to_string(), advice));
            return all;
        }
    };
    all.push(signed(&server, settings, &device).await);
    all.push(recovery(&server, settings).await);
    all.extend(rooms(&server, settings).await);
    all
}

/// Before the first start.
async fn flows(server: &Server) -> Finding {
    let advice = "the homeserver knows no passwords: put an access token into matrix.access_token";
    match server.ask(Method::GET, &["v3", "login"], None).await {
        Ok(answer) => {
            let ok = list(&answer["flows"]).iter().any(|flow| flow["type"] == "m.login.password");
            let result = if ok { "by password, at the first start" } else { "not by password" };
            finding("sign-in", ok, result, advice)
        }
        Err(error) => finding("sign-in", false, error.to_string(), advice),
    }
}

/// Whether the account vouches for the device: others may neither hear nor answer one that it does not vouch for.
async fn signed(server: &Server, settings: &Settings, device: &str) -> Finding {
    let user = &settings.user;
    let answer = match server.keys_of(user).await {
        Ok(answer) => answer,
        Err(error) => return finding("device", false, error.to_string(), "see the homeserver's log"),
    };
    let keys = &answer["self_signing_keys"][user]["keys"];
    let signatures = &answer["device_keys"][user][device]["signatures"][user];
    let is_signed = keys.as_object().is_some_and(|keys| keys.keys().any(|key| signatures.get(key).is_some()));
    let advice = "give matrix.recovery_key and start direttore, or verify the device from another one of the account";
    match answer["device_keys"][user].get(device) {
        None => finding("device", false, format!("{device} has no keys"), "start direttore once"),
        Some(_) if is_signed => finding("device", true, format!("{device} is signed by its account"), ""),
        Some(_) => finding("device", false, format!("{device} is not signed by its account"), advice),
    }
}

async fn recovery(server: &Server, settings: &Settings) -> Finding {
    let path = ["v3", "user", &settings.user, "account_data", "m.secret_storage.default_key"];
    let is_there = match server.ask(Method::GET, &path, None).await {
        Ok(answer) => answer["key"].is_string(),
        Err(Error::Refused { status: 404, .. }) => false,
        Err(error) => return finding("recovery key", false, error.to_string(), "see the homeserver's log"),
    };
    let advice = "keep the key that the first start left in matrix-recovery-key, and give it as matrix.recovery_key";
    match (is_there, recovery_key(settings)) {
        (false, _) => finding("recovery key", false, "the account has none", "start direttore once: it makes one"),
        (true, None) => finding("recovery key", false, "not there: with the key store the bot would be lost", advice),
        (true, Some(_)) => finding("recovery key", true, "there", ""),
    }
}

async fn rooms(server: &Server, settings: &Settings) -> Vec<Finding> {
    let joined = match server.ask(Method::GET, &["v3", "joined_rooms"], None).await {
        Ok(answer) => list(&answer["joined_rooms"]).iter().filter_map(Value::as_str).map(str::to_owned).collect(),
        Err(error) => return vec![finding("rooms", false, error.to_string(), "see the homeserver's log")],
    };
    let joined: Vec<String> = joined;
    let mut all = Vec::new();
    let mut names: Vec<&String> = settings.rooms.iter().chain(&settings.ops_room).chain(&settings.audit_room).collect();
    names.sort();
    names.dedup();
    if names.is_empty() {
        let result = "none is configured: the bot is only heard where somebody invites it who may";
        return vec![finding("rooms", settings.direct, result, "put rooms into matrix.rooms")];
    }
    for name in names {
        all.push(room(server, settings, name, &joined).await);
    }
    all
}

/// Whether the bot is in it, and may speak there.
async fn room(server: &Server, settings: &Settings, name: &str, joined: &[String]) -> Finding {
    let id = if name.starts_with('#') {
        match server.ask(Method::GET, &["v3", "directory", "room", name], None).await {
            Ok(answer) => text(&answer, "room_id"),
            Err(error) => {
                let advice = "see that the room has this alias, or give its id";
                return finding("room", false, format!("{name}: {error}"), advice);
            }
        }
    } else {
        name.to_owned()
    };
    if !joined.contains(&id) {
        return finding("room", false, format!("the bot is not in {name}"), format!("invite {} there", settings.user));
    }
    let state = async |kind: &str| server.ask(Method::GET, &["v3", "rooms", &id, "state", kind, ""], None).await;
    let (levels, tombstone) = (state("m.room.power_levels").await, state("m.room.tombstone").await);
    if let Ok(tombstone) = tombstone {
        let result = format!("{name} was replaced by {}", text(&tombstone, "replacement_room"));
        return finding("room", false, result, "invite the bot to the new room, and put it into matrix.rooms");
    }
    let levels = levels.unwrap_or(Value::Null);
    let created = list_whole(server, &id).await;
    let own = own_level(&levels, &created, &settings.user);
    let needs_state = settings.descriptions;
    let wanted = wanted(&levels, needs_state);
    let advice = format!("give {} the power level {wanted} there", settings.user);
    match own {
        Some(own) if own < wanted => {
            finding("room", false, format!("it may not speak: it has {own} in {name}"), advice)
        }
        _ => finding("room", true, format!("the bot is in {name} and may speak"), ""),
    }
}

/// Who made the room, and which version it has: `m.room.create` as a whole event.
async fn list_whole(server: &Server, id: &str) -> Value {
    let all = server.ask(Method::GET, &["v3", "rooms", id, "state"], None).await.unwrap_or(Value::Null);
    list(&all).iter().find(|event| event["type"] == "m.room.create").cloned().unwrap_or(Value::Null)
}

/// None is without bound: of who made a room of version 12 and later.
fn own_level(levels: &Value, created: &Value, me: &str) -> Option<i64> {
    let version: u32 = created["content"]["room_version"].as_str().and_then(|text| text.parse().ok()).unwrap_or(1);
    let more = list(&created["content"]["additional_creators"]);
    if version >= 12 && (created["sender"] == me || more.iter().any(|user| user == me)) {
        return None;
    }
    let level = |value: &Value| value.as_i64();
    Some(level(&levels["users"][me]).or_else(|| level(&levels["users_default"])).unwrap_or(0))
}

/// The level that speaking takes, or describing commands.
fn wanted(levels: &Value, needs_state: bool) -> i64 {
    let level = |value: &Value| value.as_i64();
    let speak = level(&levels["events"]["m.room.message"]).or_else(|| level(&levels["events_default"])).unwrap_or(0);
    let state = if needs_state { level(&levels["state_default"]).unwrap_or(50) } else { 0 };
    speak.max(state)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const ME: &str = "@bot:x";

    #[test]
    fn who_made_a_new_room_may_everything() {
        let levels = json!({ "users": {}, "events_default": 50 });
        let created = |version: &str, by: &str| json!({ "sender": by, "content": { "room_version": version } });
        assert_eq!(own_level(&levels, &created("12", ME), ME), None);
        assert_eq!(own_level(&levels, &created("12", "@a:x"), ME), Some(0));
        assert_eq!(own_level(&levels, &created("11", ME), ME), Some(0), "there it stands in the levels");
        let more = json!({ "sender": "@a:x", "content": { "room_version": "12", "additional_creators": [ME] } });
        assert_eq!(own_level(&levels, &more, ME), None);
    }

    #[test]
    fn what_speaking_takes() {
        assert_eq!(wanted(&Value::Null, false), 0);
        assert_eq!(wanted(&json!({ "events_default": 25 }), false), 25);
        assert_eq!(wanted(&json!({ "events_default": 25, "events": { "m.room.message": 10 } }), false), 10);
        assert_eq!(wanted(&json!({ "events_default": 25 }), true), 50);
    }

    #[test]
    fn a_level_of_one_s_own_counts_before_the_default() {
        let levels = json!({ "users": { ME: 30 }, "users_default": 10 });
        assert_eq!(own_level(&levels, &Value::Null, ME), Some(30));
        assert_eq!(own_level(&levels, &Value::Null, "@a:x"), Some(10));
    }
}
