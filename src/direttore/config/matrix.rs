//! `[matrix]`: the homeserver, the bot's account there, the rooms it serves, who has which role. Without the section there
//! is no Matrix.

use super::{
    error::{ConfigError, shown},
    peer,
    secret::Secret,
    section::Section,
    tree::{Item, Table, Value},
};
use direttore_domain::Role;
use std::{
    path::{Path, PathBuf},
    time::Duration,
};

pub(super) const KEYS: &[&str] = &[
    "homeserver",
    "user_id",
    "password",
    "password_file",
    "access_token",
    "access_token_file",
    "device_id",
    "device_name",
    "folder",
    "passphrase",
    "passphrase_file",
    "recovery_key",
    "recovery_key_file",
    "rooms",
    "direct",
    "ops_room",
    "audit_room",
    "bare_commands",
    "descriptions",
    "users",
    "members",
    "power",
    "edit_ms",
    "edit_long_ms",
    "long_ms",
    "sign_ms",
    "look_ms",
    "lead_ms",
    "live_ms",
    "mirror_ms",
    "reconnect_first_ms",
    "reconnect_max_ms",
];

const HOMESERVER: &str = "the homeserver's URL, like \"https://matrix.example.org\"";
const USER: &str = "the bot's user id, like \"@direttore:example.org\"";
const ROOM: &str = "a room's id or alias, like \"!abc:example.org\" or \"#ops:example.org\"";
const SIGN_IN: &str = "matrix.password, or matrix.access_token where the homeserver knows no passwords";

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MatrixSection {
    pub homeserver: String,
    pub user: String,
    pub sign_in: MatrixSignIn,
    pub device_name: String,
    /// Where the session and the keys are kept.
    pub folder: PathBuf,
    /// Of the keys at rest.
    pub passphrase: Option<Secret>,
    /// Opens the account's keys for a new device.
    pub recovery_key: Option<Secret>,
    pub rooms: Vec<String>,
    /// Whether people with a role are heard in rooms that only they and the bot are in.
    pub direct: bool,
    pub ops_room: Option<String>,
    pub audit_room: Option<String>,
    pub bare_commands: bool,
    /// Whether commands are described to clients (MSC4391).
    pub descriptions: bool,
    pub users: Vec<(String, Role)>,
    /// What whoever is in a room is.
    pub members: Vec<(String, Role)>,
    /// Rooms whose power levels give roles, and the highest that they give.
    pub power: Vec<(String, Role)>,
    /// Between two edits of a job's message, and between two once it has run for `long`.
    pub edit: Duration,
    pub edit_long: Duration,
    pub long: Duration,
    /// What takes longer is answered with a sign that it was heard.
    pub sign: Duration,
    pub look: Duration,
    pub lead: Duration,
    pub live: Duration,
    pub mirror: Duration,
    pub reconnect: (Duration, Duration),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MatrixSignIn {
    Password(Secret),
    Token { token: Secret, device: Option<String> },
}

/// `None` when there is no such section.
pub(super) fn read(
    item: Option<Item>,
    data_dir: &Path,
    notes: &mut Vec<String>,
) -> Result<Option<MatrixSection>, ConfigError> {
    let Some(item) = item else { return Ok(None) };
    let mut section = Section::open("matrix", Some(item), KEYS, notes)?;
    let section = &mut section;
    if cfg!(not(feature = "matrix")) {
        let why = "this direttore was built without Matrix (cargo's feature matrix); right would be one that was built with it, or no section [matrix]";
        return Err(section.error(why));
    }
    let homeserver = homeserver(section)?;
    let reconnect = (section.millis("reconnect_first_ms", 1_000)?, section.millis("reconnect_max_ms", 300_000)?);
    if reconnect.1 < reconnect.0 {
        return Err(section.error("matrix.reconnect_max_ms is less than matrix.reconnect_first_ms"));
    }
    let read = MatrixSection {
        user: section.fitting("user_id", USER, is_user)?.ok_or_else(|| section.missing("user_id", USER))?,
        sign_in: sign_in(section)?,
        device_name: section.text("device_name")?.map_or_else(|| "direttore".to_owned(), |(name, _)| name),
        folder: section.path("folder")?.unwrap_or_else(|| data_dir.join("matrix")),
        passphrase: section.secret("passphrase")?.map(|(secret, _)| secret),
        recovery_key: section.secret("recovery_key")?.map(|(secret, _)| Secret::new(secret.reveal().trim())),
        rooms: rooms(section)?,
        direct: section.flag("direct", true)?,
        ops_room: section.fitting("ops_room", ROOM, is_room)?,
        audit_room: section.fitting("audit_room", ROOM, is_room)?,
        bare_commands: section.flag("bare_commands", true)?,
        descriptions: section.flag("descriptions", false)?,
        users: roles(section, "users", "\"@alice:example.org\"", is_user)?,
        members: roles(section, "members", "\"#ops:example.org\"", is_room)?,
        power: roles(section, "power", "\"#ops:example.org\"", is_room)?,
        edit: section.millis("edit_ms", 3_000)?,
        edit_long: section.millis("edit_long_ms", 15_000)?,
        long: section.millis("long_ms", 60_000)?,
        sign: section.millis("sign_ms", 1_000)?,
        look: section.millis("look_ms", 1_000)?,
        lead: section.millis("lead_ms", 15_000)?,
        live: section.millis("live_ms", 30_000)?,
        mirror: section.millis("mirror_ms", 5_000)?,
        reconnect,
        homeserver,
    };
    let folder = std::path::absolute(&read.folder);
    let folder = folder.map_err(|e| section.error(format!("matrix.folder = {}: {e}", read.folder.display())))?;
    let is_listed = |room: &String| read.rooms.contains(room);
    if let Some((room, _)) = read.power.iter().chain(&read.members).find(|(room, _)| !is_listed(room)) {
        let why = format!(
            "a role comes from the room {room}, which is not in matrix.rooms; right would be to add it there, written alike"
        );
        return Err(section.error(why));
    }
    if read.passphrase.is_none() {
        let note = "the keys of Matrix are kept as they are: with matrix.passphrase they would be encrypted at rest";
        section.notes().push(note.to_owned());
    }
    Ok(Some(MatrixSection { folder, ..read }))
}

fn homeserver(section: &mut Section<'_>) -> Result<String, ConfigError> {
    let url = peer::named_url(section, "homeserver", HOMESERVER, peer::is_base)?;
    let url = url.ok_or_else(|| section.missing("homeserver", HOMESERVER))?;
    let url = if url.contains("://") { url } else { format!("https://{url}") };
    if let Some(risk) = peer::risk(&url, None, true) {
        section.notes().push(format!("the homeserver {url} is called {risk}"));
    }
    Ok(url)
}

fn sign_in(section: &mut Section<'_>) -> Result<MatrixSignIn, ConfigError> {
    let device = section.text("device_id")?.map(|(device, _)| device.trim().to_owned());
    let (password, token) = (section.secret("password")?, section.secret("access_token")?);
    match (password, token) {
        (Some((password, _)), None) if device.is_none() => Ok(MatrixSignIn::Password(password)),
        (Some(_), None) => {
            let why =
                "matrix.device_id is the device of an access token, and there is none; right would be to leave it out";
            Err(section.error(why))
        }
        (None, Some((token, _))) => {
            let token = Secret::new(token.reveal().trim());
            Ok(MatrixSignIn::Token { token, device })
        }
        (None, None) => Err(section.error(format!("nothing is there to sign in by; right would be {SIGN_IN}"))),
        (Some(_), Some(_)) => {
            Err(section
                .error(format!("matrix.password and matrix.access_token are both given; right would be {SIGN_IN}")))
        }
    }
}

fn rooms(section: &mut Section<'_>) -> Result<Vec<String>, ConfigError> {
    let rooms: Vec<String> = section.list("rooms", ROOM)?.unwrap_or_default();
    match rooms.iter().find(|room| !is_room(room)) {
        Some(wrong) => Err(section.error(format!("matrix.rooms has {:?}; right would be {ROOM}", shown(wrong)))),
        None => Ok(rooms),
    }
}

/// `@local:server`
fn is_user(text: &str) -> bool {
    let parts = text.strip_prefix('@').and_then(|rest| rest.split_once(':'));
    text.len() <= 255 && parts.is_some_and(|(local, server)| is_word(local) && is_word(server))
}

/// `#alias:server`, or `!id`, which has a server's name or none.
pub(super) fn is_room(text: &str) -> bool {
    let alias = |rest: &str| rest.split_once(':').is_some_and(|(name, server)| !name.is_empty() && is_word(server));
    text.len() <= 255 && (text.strip_prefix('#').is_some_and(alias) || text.strip_prefix('!').is_some_and(is_word))
}

fn is_word(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_graphic())
}

/// `"@alice:example.org" = "operator"`
fn roles(
    section: &mut Section<'_>,
    key: &str,
    example: &str,
    fits: fn(&str) -> bool,
) -> Result<Vec<(String, Role)>, ConfigError> {
    let line = format!("{example} = \"operator\"");
    let table = match section.take(key) {
        None => Table::new(),
        Some(Item { value: Value::Table(table), .. }) => table,
        Some(item) => {
            return Err(section.wrong(key, &item, format!("a section [matrix.{key}] with lines like {line}")));
        }
    };
    let mut roles = Vec::new();
    for (name, item) in table {
        let wrong = |why: String| ConfigError::new(item.place.shown.clone(), why);
        if !fits(name.trim()) {
            return Err(wrong(format!("matrix.{key} has {:?}; right would be lines like {line}", shown(&name))));
        }
        let role = match &item.value {
            Value::Text(text) | Value::Raw(text) => text.trim().to_ascii_lowercase().parse::<Role>().ok(),
            _ => None,
        };
        let role = role.ok_or_else(|| {
            wrong(format!(
                "matrix.{key}.{} = {}; right would be admin, operator or viewer",
                shown(&name),
                item.value.shown()
            ))
        })?;
        roles.push((name.trim().to_owned(), role));
    }
    Ok(roles)
}
