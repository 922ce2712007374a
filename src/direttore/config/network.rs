//! `[network]`: how network devices are talked to. Which there are, where, and of which platform NetBox says; without a
//! section `[[network.credentials]]` none is logged in to.

use super::{
    error::{ConfigError, shown},
    secret::Secret,
    section::Section,
    snmp::{self, SnmpLogin},
    tree::{Item, Table, Value},
};
use direttore_clients::device::platform;
use direttore_core::devices::Secrets;
use direttore_domain::{Role, text};
use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    time::Duration,
};

pub(super) const KEYS: &[&str] = &[
    "credentials",
    "credential",
    "credential_field",
    "port_field",
    "snmp_port_field",
    "legacy_field",
    "jump_field",
    "snmp",
    "snmp_login",
    "snmp_field",
    "software_field",
    "host_keys",
    "workers",
    "per_credential",
    "connect_ms",
    "login_ms",
    "command_ms",
    "session_ms",
    "output_mib",
    "templates",
    "history",
    "history_secrets",
    "history_remote",
    "history_key_file",
    "history_host_key",
    "commit_timer_ms",
    "verify_ms",
    "batch",
    "backup_ms",
    "platforms",
    "models",
    "jumps",
    "run",
    "checks",
];
pub(super) const CREDENTIAL_KEYS: &[&str] = &[
    "name",
    "user",
    "password",
    "password_file",
    "key_file",
    "passphrase",
    "passphrase_file",
    "agent",
    "enable",
    "enable_file",
];
pub(super) const JUMP_KEYS: &[&str] = &["name", "host", "port", "credential"];
pub(super) const RUN_KEYS: &[&str] = &["role", "platform", "commands"];
pub(super) const CHECK_KEYS: &[&str] = &["name", "platform", "command", "expect", "always"];

pub(super) const NAME: &str = "letters, digits, - and _, at most 40 of them, like lab";
const FIELD: &str = "a custom field's name: letters, digits and single _, at most 50";
const KEYS_WORDS: [(&str, HostKeys); 3] =
    [("strict", HostKeys::Strict), ("tofu", HostKeys::FirstUse), ("off", HostKeys::Off)];
const ROLES: [(&str, Option<Role>); 3] =
    [("viewer", Some(Role::Viewer)), ("operator", Some(Role::Operator)), ("admin", Some(Role::Admin))];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HostKeys {
    Strict,
    FirstUse,
    Off,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NetworkSection {
    pub credentials: Vec<Credential>,
    /// The name of the one for devices of which NetBox says none.
    pub credential: Option<String>,
    /// Logins for SNMP, and the name of the one for devices of which NetBox says none.
    pub snmp: Vec<SnmpLogin>,
    pub snmp_login: Option<String>,
    /// Custom fields of NetBox: credential, SSH port, SNMP port, old algorithms, jump host, SNMP login, software.
    pub fields: [String; 7],
    pub host_keys: HostKeys,
    /// Sessions at once, in all and by one credential.
    pub workers: u64,
    pub per_credential: u64,
    pub connect: Duration,
    pub login: Duration,
    pub command: Duration,
    pub session: Duration,
    /// Of one command.
    pub output_mib: u64,
    /// Laid out as `templates/devices/`.
    pub templates: Option<PathBuf>,
    /// A git repository; made where it is not there.
    pub history: PathBuf,
    pub history_secrets: Secrets,
    pub remote: Option<Remote>,
    pub commit_timer: Duration,
    pub verify: Duration,
    pub batch: u64,
    /// Zero is never.
    pub backup: Duration,
    /// Slugs of NetBox, and the platforms that they are.
    pub platforms: BTreeMap<String, String>,
    /// Folders of YANG models, by platform.
    pub models: BTreeMap<String, PathBuf>,
    pub jumps: Vec<Jump>,
    pub run: Vec<Run>,
    pub checks: Vec<Check>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Credential {
    pub name: String,
    pub user: String,
    pub password: Option<Secret>,
    pub key_file: Option<PathBuf>,
    pub passphrase: Option<Secret>,
    pub agent: bool,
    pub enable: Option<Secret>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remote {
    pub url: String,
    pub key_file: Option<PathBuf>,
    pub host_key: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Jump {
    pub name: String,
    pub host: String,
    pub port: u16,
    pub credential: String,
}

/// Commands that a role, and those above it, may say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Run {
    pub role: Role,
    pub platform: Option<String>,
    pub commands: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Check {
    pub name: String,
    pub platform: Option<String>,
    pub command: String,
    pub expect: String,
    pub always: bool,
}

/// `None` when there is no such section.
pub(super) fn read(
    item: Option<Item>,
    data_dir: &Path,
    netbox: bool,
    notes: &mut Vec<String>,
) -> Result<Option<NetworkSection>, ConfigError> {
    let Some(item) = item else { return Ok(None) };
    let mut section = Section::open("network", Some(item), KEYS, notes)?;
    if !netbox {
        return Err(section.error("[network] needs a section [netbox]: it says which devices there are"));
    }
    let credentials = credentials(&mut section)?;
    let credential = section.fitting("credential", NAME, is_name)?;
    let known = |name: &str| credentials.iter().any(|c| c.name == name);
    if let Some(name) = credential.as_deref().filter(|name| !known(name)) {
        return Err(section.error(format!(
            "network.credential = {name:?}; right would be the name of one of [[network.credentials]]"
        )));
    }
    let mut field = |key: &str, default: &str| {
        section.fitting(key, FIELD, is_field).map(|given| given.unwrap_or_else(|| default.to_owned()))
    };
    let fields = [
        field("credential_field", "credential")?,
        field("port_field", "ssh_port")?,
        field("snmp_port_field", "snmp_port")?,
        field("legacy_field", "legacy_ssh")?,
        field("jump_field", "jump_host")?,
        field("snmp_field", "snmp_credential")?,
        field("software_field", "software_version")?,
    ];
    let (snmp, snmp_login) = snmp::read(&mut section)?;
    let host_keys = section.choice("host_keys", &KEYS_WORDS, HostKeys::FirstUse)?;
    if host_keys == HostKeys::Off {
        section
            .notes()
            .push("network.host_keys = off: whoever stands between us and a device can read and change all".to_owned());
    }
    let jumps = jumps(&mut section, &known)?;
    let secrets = [("masked", Secrets::Masked), ("sealed", Secrets::Sealed), ("clear", Secrets::Clear)];
    Ok(Some(NetworkSection {
        snmp,
        snmp_login,
        fields,
        host_keys,
        workers: section.number("workers", 64, 1..=1024)?,
        per_credential: section.number("per_credential", 32, 1..=1024)?,
        connect: section.millis("connect_ms", 10_000)?,
        login: section.millis("login_ms", 30_000)?,
        command: section.millis("command_ms", 60_000)?,
        session: section.millis("session_ms", 900_000)?,
        output_mib: section.number("output_mib", 16, 1..=1024)?,
        templates: section.path("templates")?,
        history: section.path("history")?.unwrap_or_else(|| data_dir.join("history.git")),
        history_secrets: section.choice("history_secrets", &secrets, Secrets::Masked)?,
        remote: remote(&mut section)?,
        commit_timer: section.millis("commit_timer_ms", 600_000)?,
        verify: section.millis("verify_ms", 60_000)?,
        batch: section.number("batch", 5, 1..=100)?,
        backup: section.optional_millis("backup_ms")?.unwrap_or_default(),
        platforms: platforms(&mut section)?,
        models: models(&mut section)?,
        jumps,
        run: runs(&mut section)?,
        checks: checks(&mut section)?,
        credentials,
        credential,
    }))
}

pub(super) fn is_name(given: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    !given.is_empty() && given.len() <= 40 && given.bytes().all(fits)
}

fn is_field(given: &str) -> bool {
    given.len() <= 50 && !given.contains("__") && given.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
}

pub(super) fn is_text(given: &str) -> bool {
    given.len() <= 500 && !given.contains(['\n', '\r'])
}

pub(super) fn named(section: &mut Section<'_>) -> Result<String, ConfigError> {
    section.fitting("name", NAME, is_name)?.ok_or_else(|| section.missing("name", NAME))
}

/// A list of sections, no two of one name.
pub(super) fn all<T>(
    section: &mut Section<'_>,
    key: &str,
    keys: &'static [&'static str],
    name: impl Fn(&T) -> &str,
    mut read: impl FnMut(Section<'_>) -> Result<T, ConfigError>,
) -> Result<Vec<T>, ConfigError> {
    let path = section.name(key);
    let mut found: Vec<T> = Vec::new();
    for (at, item) in section.sections(key, &format!("a section [[{path}]] for each"))?.into_iter().enumerate() {
        let place = item.place.shown.clone();
        let one = read(Section::open(format!("{path}[{at}]"), Some(item), keys, section.notes())?)?;
        if !name(&one).is_empty() && found.iter().any(|other| name(other) == name(&one)) {
            let why = format!("two of [[{path}]] are named {}; each has its own name", name(&one));
            return Err(ConfigError::new(place, why));
        }
        found.push(one);
    }
    Ok(found)
}

fn credentials(section: &mut Section<'_>) -> Result<Vec<Credential>, ConfigError> {
    all(
        section,
        "credentials",
        CREDENTIAL_KEYS,
        |c: &Credential| &c.name,
        |mut section| {
            let name = named(&mut section)?;
            let user = "the name to log in as";
            let one = Credential {
                user: section.fitting("user", user, is_text)?.ok_or_else(|| section.missing("user", user))?,
                password: section.secret("password")?.map(|(secret, _)| secret),
                key_file: section.path("key_file")?,
                passphrase: section.secret("passphrase")?.map(|(secret, _)| secret),
                agent: section.flag("agent", false)?,
                enable: section.secret("enable")?.map(|(secret, _)| secret),
                name,
            };
            if one.password.is_none() && one.key_file.is_none() && !one.agent {
                let why = format!(
                    "the credential {} proves nothing; right would be password, password_file, key_file or agent = true",
                    one.name
                );
                return Err(section.error(why));
            }
            Ok(one)
        },
    )
}

fn jumps(section: &mut Section<'_>, known: &dyn Fn(&str) -> bool) -> Result<Vec<Jump>, ConfigError> {
    all(
        section,
        "jumps",
        JUMP_KEYS,
        |j: &Jump| &j.name,
        |mut section| {
            let name = named(&mut section)?;
            let host = "a host's name or address";
            let credential = "the name of one of [[network.credentials]]";
            let jump = Jump {
                name,
                host: section.fitting("host", host, is_text)?.ok_or_else(|| section.missing("host", host))?,
                port: u16::try_from(section.number("port", 22, 1..=65_535)?).unwrap_or(22),
                credential: section
                    .fitting("credential", NAME, is_name)?
                    .ok_or_else(|| section.missing("credential", credential))?,
            };
            if !known(&jump.credential) {
                return Err(section.error(format!(
                    "the jump host {} has the credential {:?}; right would be {credential}",
                    jump.name, jump.credential
                )));
            }
            Ok(jump)
        },
    )
}

fn slug(section: &mut Section<'_>) -> Result<Option<String>, ConfigError> {
    let right = text::list(&platform::ALL.map(|p| p.slug));
    section.fitting("platform", &right, |given| platform::by_slug(given).is_some())
}

fn slug_of(given: Option<String>) -> Option<String> {
    given.and_then(|given| platform::by_slug(&given)).map(|p| p.slug.to_owned())
}

fn runs(section: &mut Section<'_>) -> Result<Vec<Run>, ConfigError> {
    all(
        section,
        "run",
        RUN_KEYS,
        |_: &Run| "",
        |mut section| {
            let role = section.choice("role", &ROLES, None)?;
            let role = role.ok_or_else(|| section.missing("role", "viewer, operator or admin"))?;
            let platform = slug_of(slug(&mut section)?);
            let right = "a list of commands like \"show interfaces*\"";
            let commands = section.list::<String>("commands", right)?.filter(|all| !all.is_empty());
            Ok(Run { role, platform, commands: commands.ok_or_else(|| section.missing("commands", right))? })
        },
    )
}

fn checks(section: &mut Section<'_>) -> Result<Vec<Check>, ConfigError> {
    all(
        section,
        "checks",
        CHECK_KEYS,
        |c: &Check| &c.name,
        |mut section| {
            let name = named(&mut section)?;
            let command = "a command that only reads";
            let expect = "a regular expression that its answer must have";
            Ok(Check {
                platform: slug_of(slug(&mut section)?),
                command: section
                    .fitting("command", command, is_text)?
                    .ok_or_else(|| section.missing("command", command))?,
                expect: section
                    .fitting("expect", expect, |text| regex::Regex::new(text).is_ok())?
                    .ok_or_else(|| section.missing("expect", expect))?,
                always: section.flag("always", false)?,
                name,
            })
        },
    )
}

/// A table of names and texts.
fn table(section: &mut Section<'_>, key: &str, right: &str) -> Result<Vec<(String, Item, String)>, ConfigError> {
    let table = match section.take(key) {
        None => Table::new(),
        Some(Item { value: Value::Table(table), .. }) => table,
        Some(item) => return Err(section.wrong(key, &item, right)),
    };
    let read = |(name, item): (String, Item)| match &item.value {
        Value::Text(text) | Value::Raw(text) if !text.trim().is_empty() => {
            let text = text.trim().to_owned();
            Ok((name, item, text))
        }
        _ => Err(section.wrong(&format!("{key}.{}", shown(&name)), &item, right)),
    };
    table.into_iter().map(read).collect()
}

fn platforms(section: &mut Section<'_>) -> Result<BTreeMap<String, String>, ConfigError> {
    let right = text::list(&platform::ALL.map(|p| p.slug));
    let mut all = BTreeMap::new();
    for (name, item, meant) in table(section, "platforms", "a platform for each slug of NetBox")? {
        let Some(found) = platform::by_slug(&meant) else {
            return Err(section.wrong(&format!("platforms.{name}"), &item, right));
        };
        all.insert(name, found.slug.to_owned());
    }
    Ok(all)
}

fn models(section: &mut Section<'_>) -> Result<BTreeMap<String, PathBuf>, ConfigError> {
    let right = text::list(&platform::ALL.map(|p| p.slug));
    let mut all = BTreeMap::new();
    for (name, item, folder) in table(section, "models", "a folder of models for each platform")? {
        let Some(found) = platform::by_slug(&name) else {
            return Err(section.wrong(&format!("models.{}", shown(&name)), &item, format!("a platform: {right}")));
        };
        all.insert(found.slug.to_owned(), item.place.folder.join(folder));
    }
    Ok(all)
}

fn remote(section: &mut Section<'_>) -> Result<Option<Remote>, ConfigError> {
    let url = section.fitting("history_remote", "a URL like ssh://git@host/lab.git", is_text)?;
    let key_file = section.path("history_key_file")?;
    let host_key =
        section.fitting("history_host_key", "a fingerprint like SHA256:…", |text| text.starts_with("SHA256:"))?;
    Ok(url.map(|url| Remote { url, key_file, host_key }))
}
