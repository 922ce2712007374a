//! Which routes are served, by whom, and against which schema their bodies are judged.

use super::{Handler, channels, commands, guilds, interactions, me};
use std::collections::BTreeMap;

pub struct Route {
    pub method: &'static str,
    pub template: &'static str,
    pub handle: Handler,
    /// The schema of the body where it is not the description's own; empty: the handler chooses.
    pub body: Option<&'static str>,
}

const fn route(method: &'static str, template: &'static str, handle: Handler) -> Route {
    Route { method, template, handle, body: None }
}

const COMMANDS: &str = "/applications/{application_id}/commands";
const COMMAND: &str = "/applications/{application_id}/commands/{command_id}";
const GUILD_COMMANDS: &str = "/applications/{application_id}/guilds/{guild_id}/commands";
const GUILD_COMMAND: &str = "/applications/{application_id}/guilds/{guild_id}/commands/{command_id}";
const CALLBACK: &str = "/interactions/{interaction_id}/{interaction_token}/callback";
const WEBHOOK: &str = "/webhooks/{webhook_id}/{webhook_token}";
const ORIGINAL: &str = "/webhooks/{webhook_id}/{webhook_token}/messages/@original";
const FOLLOWUP: &str = "/webhooks/{webhook_id}/{webhook_token}/messages/{message_id}";
const MESSAGES: &str = "/channels/{channel_id}/messages";
const MESSAGE: &str = "/channels/{channel_id}/messages/{message_id}";

static ROUTES: &[Route] = &[
    route("GET", "/gateway", me::gateway),
    route("GET", "/gateway/bot", me::gateway_bot),
    route("GET", "/users/@me", me::user),
    route("GET", "/users/@me/guilds", me::guilds),
    route("POST", "/users/@me/channels", me::open_dm),
    route("GET", "/users/{user_id}", me::other_user),
    route("GET", "/applications/@me", me::application),
    route("GET", "/oauth2/applications/@me", me::application),
    route("GET", COMMANDS, commands::list),
    route("POST", COMMANDS, commands::create),
    route("PUT", COMMANDS, commands::overwrite),
    route("GET", COMMAND, commands::get),
    route("PATCH", COMMAND, commands::edit),
    route("DELETE", COMMAND, commands::delete),
    route("GET", GUILD_COMMANDS, commands::list),
    route("POST", GUILD_COMMANDS, commands::create),
    route("PUT", GUILD_COMMANDS, commands::overwrite),
    route("GET", GUILD_COMMAND, commands::get),
    route("PATCH", GUILD_COMMAND, commands::edit),
    route("DELETE", GUILD_COMMAND, commands::delete),
    Route { method: "POST", template: CALLBACK, handle: interactions::callback, body: Some("") },
    Route {
        method: "POST",
        template: WEBHOOK,
        handle: interactions::followup,
        body: Some("IncomingWebhookRequestPartial"),
    },
    route("GET", ORIGINAL, interactions::get_message),
    route("PATCH", ORIGINAL, interactions::edit_message),
    route("DELETE", ORIGINAL, interactions::delete_message),
    route("GET", FOLLOWUP, interactions::get_message),
    route("PATCH", FOLLOWUP, interactions::edit_message),
    route("DELETE", FOLLOWUP, interactions::delete_message),
    route("GET", "/channels/{channel_id}", channels::get),
    route("POST", "/channels/{channel_id}/typing", channels::typing),
    route("GET", MESSAGES, channels::list_messages),
    route("POST", MESSAGES, channels::create_message),
    route("GET", MESSAGE, channels::get_message),
    route("PATCH", MESSAGE, channels::edit_message),
    route("DELETE", MESSAGE, channels::delete_message),
    route("GET", "/guilds/{guild_id}", guilds::get),
    route("GET", "/guilds/{guild_id}/channels", guilds::channels),
    route("GET", "/guilds/{guild_id}/roles", guilds::roles),
    route("GET", "/guilds/{guild_id}/members", guilds::members),
    route("GET", "/guilds/{guild_id}/members/{user_id}", guilds::member),
];

/// What stands in the places of a template's names, if the path is an instance of it.
pub fn fits(template: &str, path: &str) -> Option<BTreeMap<String, String>> {
    let (ours, theirs): (Vec<&str>, Vec<&str>) = (template.split('/').collect(), path.split('/').collect());
    if ours.len() != theirs.len() {
        return None;
    }
    let mut params = BTreeMap::new();
    for (ours, theirs) in ours.into_iter().zip(theirs) {
        // discord.js writes `%40original`.
        let theirs = percent_encoding::percent_decode_str(theirs).decode_utf8_lossy();
        match ours.strip_prefix('{').and_then(|name| name.strip_suffix('}')) {
            Some(name) if !theirs.is_empty() && theirs != "@me" && theirs != "@original" => {
                params.insert(name.to_owned(), theirs.into_owned());
            }
            None if ours == theirs => {}
            _ => return None,
        }
    }
    Some(params)
}

pub fn find(method: &str, path: &str) -> Option<(&'static Route, BTreeMap<String, String>)> {
    ROUTES.iter().filter(|r| r.method == method).find_map(|r| Some((r, fits(r.template, path)?)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::validate::Schema;

    /// What we serve is what Discord describes.
    #[test]
    fn every_route_is_described() {
        let Some(schema) = Schema::load() else { return };
        for route in ROUTES {
            assert!(schema.operation(route.method, route.template).is_some(), "{} {}", route.method, route.template);
        }
    }
}
