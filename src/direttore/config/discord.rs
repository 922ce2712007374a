//! `[discord]`: the bot's application, its server, who has which role there. Without the section there is no Discord.

use super::{
    error::{ConfigError, shown},
    peer,
    secret::Secret,
    section::Section,
    tree::{Item, Table, Value},
};
use direttore_discord::Delivery;
use direttore_domain::Role;
use std::{collections::BTreeMap, net::SocketAddr, time::Duration};

pub(super) const KEYS: &[&str] = &[
    "token",
    "token_file",
    "application_id",
    "guild_id",
    "public_key",
    "delivery",
    "ops_channel",
    "audit_channel",
    "roles",
    "stand_in",
    "edit_ms",
    "edit_long_ms",
    "long_ms",
    "look_ms",
    "lead_ms",
    "complete_ms",
    "live_ms",
    "mirror_ms",
    "reconnect_first_ms",
    "reconnect_max_ms",
];
pub(super) const STAND_IN_KEYS: &[&str] = &["addr", "ca_file"];

const TOKEN: &str = "the token alone, as the application's page shows it once under Bot, Reset Token";
const PUBLIC_KEY: &str = "the application's public key: 64 hexadecimal digits";
const ID: &str = "17 to 20 digits";
const ADDR: &str = "an address and a port, like \"127.0.0.1:8443\"";
const CA_FILE: &str = "a file with the certificate of its authority (PEM)";

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DiscordSection {
    pub token: Secret,
    pub application: u64,
    /// The server, which Discord's API calls a guild.
    pub guild: u64,
    /// There when interactions come by HTTP.
    pub public_key: Option<[u8; 32]>,
    pub delivery: Delivery,
    pub ops_channel: Option<u64>,
    pub audit_channel: Option<u64>,
    /// What each of the server's roles is with us.
    pub roles: BTreeMap<u64, Role>,
    pub stand_in: Option<StandIn>,
    /// Between two edits of a job's message, and between two once it has run for `long`.
    pub edit: Duration,
    pub edit_long: Duration,
    pub long: Duration,
    /// How often what is to be told is looked for when nothing wakes it.
    pub look: Duration,
    /// How long the connection stays with a process that is not heard of.
    pub lead: Duration,
    /// Between two looks for a message that is kept fresh.
    pub complete: Duration,
    pub live: Duration,
    /// Between two messages of the mirrored log.
    pub mirror: Duration,
    /// The first and the longest pause before connecting again.
    pub reconnect: (Duration, Duration),
}

/// A server that is asked in Discord's place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StandIn {
    pub addr: SocketAddr,
    /// The authority of its certificate.
    pub ca_pem: String,
}

/// `None` when there is no such section.
pub(super) fn read(item: Option<Item>, notes: &mut Vec<String>) -> Result<Option<DiscordSection>, ConfigError> {
    let Some(item) = item else { return Ok(None) };
    let mut section = Section::open("discord", Some(item), KEYS, notes)?;
    let section = &mut section;
    let guild = needed(section, "guild_id", "the server")?;
    let delivery =
        section.choice("delivery", &[("gateway", Delivery::Gateway), ("http", Delivery::Http)], Delivery::Gateway)?;
    let reconnect = (section.millis("reconnect_first_ms", 1_000)?, section.millis("reconnect_max_ms", 300_000)?);
    if reconnect.1 < reconnect.0 {
        return Err(section.error("discord.reconnect_max_ms is less than discord.reconnect_first_ms"));
    }
    Ok(Some(DiscordSection {
        token: token(section)?,
        application: needed(section, "application_id", "the application")?,
        guild,
        public_key: public_key(section, delivery)?,
        delivery,
        ops_channel: id(section, "ops_channel", "the channel")?,
        audit_channel: id(section, "audit_channel", "the channel")?,
        roles: roles(section, guild)?,
        stand_in: stand_in(section)?,
        edit: section.millis("edit_ms", 3_000)?,
        edit_long: section.millis("edit_long_ms", 15_000)?,
        long: section.millis("long_ms", 60_000)?,
        look: section.millis("look_ms", 1_000)?,
        lead: section.millis("lead_ms", 15_000)?,
        complete: section.millis("complete_ms", 250)?,
        live: section.millis("live_ms", 30_000)?,
        mirror: section.millis("mirror_ms", 5_000)?,
        reconnect,
    }))
}

fn token(section: &mut Section<'_>) -> Result<Secret, ConfigError> {
    let (token, place) = section.secret("token")?.ok_or_else(|| section.missing("token", TOKEN))?;
    let token = Secret::new(token.reveal().trim());
    // One pasted with its "Bot" would be refused by Discord as an unknown one.
    if token.reveal().bytes().all(|b| b.is_ascii_graphic()) {
        return Ok(token);
    }
    let why = format!("discord.token has a character that no token has; right would be {TOKEN}");
    Err(ConfigError::new(place.shown, why))
}

fn snowflake(text: &str) -> Option<u64> {
    let fits = (17..=20).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
    fits.then(|| text.parse().ok()).flatten()
}

fn right(of: &str) -> String {
    format!("the id of {of}: {ID} (Developer Mode, right click, Copy ID)")
}

fn id(section: &mut Section<'_>, key: &str, of: &str) -> Result<Option<u64>, ConfigError> {
    let Some(item) = section.take(key) else { return Ok(None) };
    let id = match &item.value {
        Value::Text(text) | Value::Raw(text) => snowflake(text.trim()),
        Value::Integer(number) => snowflake(&number.to_string()),
        _ => None,
    };
    id.map(Some).ok_or_else(|| section.wrong(key, &item, right(of)))
}

fn needed(section: &mut Section<'_>, key: &str, of: &str) -> Result<u64, ConfigError> {
    id(section, key, of)?.ok_or_else(|| section.missing(key, &right(of)))
}

fn public_key(section: &mut Section<'_>, delivery: Delivery) -> Result<Option<[u8; 32]>, ConfigError> {
    let Some((text, place)) = section.text("public_key")? else {
        if delivery == Delivery::Http {
            return Err(section.missing("public_key", &format!("{PUBLIC_KEY} (discord.delivery = \"http\" needs it)")));
        }
        return Ok(None);
    };
    let key = bytes(text.trim());
    key.map(Some).ok_or_else(|| section.wrong("public_key", &Item { value: Value::Text(text), place }, PUBLIC_KEY))
}

fn bytes(hex: &str) -> Option<[u8; 32]> {
    let mut out = [0u8; 32];
    if hex.len() != 64 || !hex.bytes().all(|b| b.is_ascii_hexdigit()) {
        return None;
    }
    for (at, byte) in out.iter_mut().enumerate() {
        *byte = u8::from_str_radix(&hex[at * 2..at * 2 + 2], 16).ok()?;
    }
    Some(out)
}

/// `"<role id>" = "operator"`: its keys are ids.
fn roles(section: &mut Section<'_>, guild: u64) -> Result<BTreeMap<u64, Role>, ConfigError> {
    let line = "\"<role id>\" = \"operator\"";
    let table = match section.take("roles") {
        None => Table::new(),
        Some(Item { value: Value::Table(table), .. }) => table,
        Some(item) => {
            let right = format!("a section [discord.roles] with lines like {line}");
            return Err(section.wrong("roles", &item, right));
        }
    };
    let mut roles = BTreeMap::new();
    for (key, item) in table {
        let wrong = |why: String| ConfigError::new(item.place.shown.clone(), why);
        let id = snowflake(key.trim()).ok_or_else(|| {
            wrong(format!("discord.roles has {:?}; right would be {line}, with {}", shown(&key), right("a role")))
        })?;
        // Everybody has that role, and Discord never says so of anybody.
        if id == guild {
            let why = "discord.roles has the server's own id, which stands for everybody; right would be the id of a role that people are given";
            return Err(wrong(why.to_owned()));
        }
        let role = match &item.value {
            Value::Text(text) | Value::Raw(text) => text.trim().to_ascii_lowercase().parse::<Role>().ok(),
            _ => None,
        };
        let role = role.ok_or_else(|| {
            wrong(format!("discord.roles.{id} = {}; right would be admin, operator or viewer", item.value.shown()))
        })?;
        roles.insert(id, role);
    }
    Ok(roles)
}

fn stand_in(section: &mut Section<'_>) -> Result<Option<StandIn>, ConfigError> {
    let Some(item) = section.take("stand_in") else { return Ok(None) };
    let mut one = Section::open("discord.stand_in", Some(item), STAND_IN_KEYS, section.notes())?;
    let addr = one.parsed::<SocketAddr>("addr", ADDR)?.ok_or_else(|| one.missing("addr", ADDR))?;
    let (file, place) = one.text("ca_file")?.ok_or_else(|| one.missing("ca_file", CA_FILE))?;
    let ca_pem = peer::authority("discord.stand_in.ca_file", &file, &place, CA_FILE)?;
    section.notes().push(format!("Discord is not called: {addr} is asked in its place (discord.stand_in)"));
    Ok(Some(StandIn { addr, ca_pem }))
}
