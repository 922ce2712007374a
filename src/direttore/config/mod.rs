//! The configuration: `direttore.toml`, with the environment laid over it.
//!
//! The environment is the process's and, where that says nothing, a file's ([`env_file`]).
//! File ([`tree`]) and `DIRETTORE__SECTION__KEY` ([`env`]) become one tree in which each value knows where it was given;
//! names of the Python original fill what is still free ([`legacy`]); then each section is read by its own file through
//! [`section::Section`], which knows the keys, types and limits and says what is wrong with place and right form.
//! No secret has a default, none is printed, and nothing here connects to anything. To add a key: its section's `KEYS`,
//! its field, its line in `deploy/direttore.example.toml`; a test compares the three.

mod admin;
mod alerts;
mod audit;
mod cache;
mod channels;
mod console;
mod database;
mod discord;
mod env;
mod env_file;
mod error;
mod example;
mod hooks;
mod http;
mod jobs;
mod legacy;
mod log;
mod matrix;
mod netbox;
mod network;
mod oidc;
mod peer;
mod policy;
mod provision;
mod proxmox;
mod quota;
mod reserve;
mod rules;
mod scrape;
mod secret;
mod section;
mod sign_in;
mod snmp;
mod telemetry;
mod tree;

pub use admin::Admin;
pub use alerts::Alerts;
pub use audit::Audit;
pub use cache::Cache;
pub use console::{Color, Console};
pub use database::Database;
pub use discord::DiscordSection;
pub use error::ConfigError;
pub use example::example;
pub use http::Http;
pub use jobs::Jobs;
pub use log::{Format, Log};
pub use matrix::{MatrixSection, MatrixSignIn};
pub use netbox::NetboxSection;
pub use network::{Credential, HostKeys, NetworkSection};
pub use oidc::OidcSection;
pub use policy::Policy;
pub use provision::Provision;
pub use proxmox::{Auth, Proxmox};
pub use quota::{Limits, Quota};
pub use reserve::Reserve;
pub use scrape::Metrics;
pub use secret::Secret;
pub use sign_in::SignIn;
pub use telemetry::Telemetry;

use direttore_core::hooks::{Hook, Rule};
use direttore_discord::Delivery;
use direttore_domain::Origin;
use section::Section;
use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};
use tree::{Item, Place, Table, Value};

const KEYS: &[&str] = &[
    "data_dir",
    "proxmox",
    "netbox",
    "network",
    "discord",
    "matrix",
    "http",
    "provision",
    "quota",
    "reserve",
    "database",
    "jobs",
    "cache",
    "policy",
    "sign_in",
    "oidc",
    "audit",
    "console",
    "log",
    "metrics",
    "telemetry",
    "admin",
    "hooks",
    "channels",
    "rules",
    "alerts",
];

/// Read when no file is named and it is there.
const DEFAULT_FILE: &str = "direttore.toml";

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    /// Absolute. Made by whoever writes there first.
    pub data_dir: PathBuf,
    /// May be empty: some commands need no cluster.
    pub proxmox: Vec<Proxmox>,
    /// `None`: addresses are given by hand, and nothing is written down.
    pub netbox: Option<NetboxSection>,
    /// `None`: no network device is logged in to.
    pub network: Option<NetworkSection>,
    /// `None`: nobody is heard there.
    pub discord: Option<DiscordSection>,
    /// `None`: nobody is heard there.
    pub matrix: Option<MatrixSection>,
    pub http: Http,
    pub provision: Provision,
    pub quota: Quota,
    pub reserve: Reserve,
    pub database: Database,
    pub jobs: Jobs,
    pub cache: Cache,
    pub policy: Policy,
    pub sign_in: SignIn,
    /// `None`: nobody signs in by one.
    pub oidc: Option<OidcSection>,
    pub audit: Audit,
    pub console: Console,
    pub log: Log,
    pub metrics: Metrics,
    pub telemetry: Telemetry,
    pub admin: Admin,
    /// What other systems may post to.
    pub hooks: Vec<Hook>,
    /// Names of places to tell things.
    pub channels: BTreeMap<String, Origin>,
    /// What is done when something changes in NetBox.
    pub rules: Vec<Rule>,
    pub alerts: Alerts,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Loaded {
    pub config: Config,
    /// What a person should know: old names, files that others can read, connections without verification.
    pub notes: Vec<String>,
}

/// The variables that settings come from: those that are `set`, empty ones too, and of `file` what is not. Adds a note
/// when others may read the file.
///
/// # Errors
/// One line with file and line, what is wrong and what would be right.
pub fn environment(
    set: BTreeMap<String, String>,
    file: Option<&Path>,
    notes: &mut Vec<String>,
) -> Result<BTreeMap<String, String>, ConfigError> {
    let mut all = file.map_or_else(|| Ok(BTreeMap::new()), |file| env_file::read(file, notes))?;
    all.extend(set);
    Ok(all)
}

/// Reads the file at `path`, or `direttore.toml` in the working folder if it is there, and lays `env` over it.
///
/// # Errors
/// One line with file and line, or the variable, what is wrong and what would be right.
pub fn load(path: Option<&Path>, env: &BTreeMap<String, String>) -> Result<Loaded, ConfigError> {
    let default = Path::new(DEFAULT_FILE);
    let file = path.or_else(|| default.exists().then_some(default));
    let mut tree = file.map_or_else(|| Ok(Table::new()), read_file)?;
    env::overlay(&mut tree, env)?;
    let mut notes = Vec::new();
    let filled = legacy::fill(&mut tree, env, &mut notes)?;
    let config = read(tree, &folder_of(file), filled.alchemy, &mut notes)?;
    Ok(Loaded { config, notes })
}

/// The folder of the file, empty for the working folder.
fn folder_of(file: Option<&Path>) -> PathBuf {
    file.and_then(Path::parent).map(Path::to_owned).unwrap_or_default()
}

fn read_file(path: &Path) -> Result<Table, ConfigError> {
    tree::parse(&path.display().to_string(), folder_of(Some(path)), &read_text(path)?)
}

fn read_text(path: &Path) -> Result<String, ConfigError> {
    let shown = path.display().to_string();
    let bytes = fs::read(path).map_err(|e| ConfigError::new(&*shown, format!("cannot be read: {e}")))?;
    String::from_utf8(bytes).map_err(|e| {
        let line = e.as_bytes()[..e.utf8_error().valid_up_to()].iter().filter(|b| **b == b'\n').count() + 1;
        ConfigError::new(format!("{shown}:{line}"), "this is no UTF-8")
    })
}

fn read(tree: Table, folder: &Path, alchemy: bool, notes: &mut Vec<String>) -> Result<Config, ConfigError> {
    let whole = Item { place: Place::default(), value: Value::Table(tree) };
    let mut top = Section::open("", Some(whole), KEYS, notes)?;
    let data_dir = top.path("data_dir")?.unwrap_or_else(|| folder.join("data"));
    let data_dir =
        std::path::absolute(&data_dir).map_err(|e| top.error(format!("data_dir = {}: {e}", data_dir.display())))?;
    let clusters = top.sections("proxmox", "one section [[proxmox]] for each cluster")?;
    let doors = top.sections("hooks", "one section [[hooks]] for each hook")?;
    let channels = top.take("channels");
    let reactions = top.sections("rules", "one section [[rules]] for each rule")?;
    let alerts = top.take("alerts");
    let mut take = |key: &'static str| top.take(key);
    let [database, jobs, cache, policy, audit] = ["database", "jobs", "cache", "policy", "audit"].map(&mut take);
    let [console, log, admin, sign_in] = ["console", "log", "admin", "sign_in"].map(&mut take);
    let [netbox, provision, quota, reserve] = ["netbox", "provision", "quota", "reserve"].map(&mut take);
    let [discord, http, metrics, oidc] = ["discord", "http", "metrics", "oidc"].map(&mut take);
    let [telemetry, matrix, network] = ["telemetry", "matrix", "network"].map(&mut take);
    let network = network::read(network, &data_dir, netbox.is_some(), notes)?;
    let matrix = matrix::read(matrix, &data_dir, notes)?;
    let discord = discord::read(discord, notes)?;
    let by_http = discord.as_ref().is_some_and(|d| d.delivery == Delivery::Http);
    let hooks = hooks::read(doors, notes)?;
    let has_hooks = (!hooks.is_empty()).then_some("[[hooks]]");
    let needs_http =
        by_http.then_some("discord.delivery = \"http\"").or(oidc.is_some().then_some("[oidc]")).or(has_hooks);
    let channels = channels::read(channels, discord.is_some(), matrix.is_some())?;
    let known = rules::Known { hooks: &hooks, channels: &channels, netbox: netbox.is_some() };
    let rules = rules::read(reactions, &known, notes)?;
    let http = http::read(Section::open("http", http, http::KEYS, notes)?, needs_http)?;
    Ok(Config {
        data_dir: data_dir.clone(),
        proxmox: proxmox::read(clusters, notes)?,
        netbox: netbox::read(netbox, notes)?,
        network,
        oidc: oidc::read(oidc, &http, notes)?,
        http,
        discord,
        matrix,
        provision: provision::read(Section::open("provision", provision, provision::KEYS, notes)?)?,
        quota: quota::read(quota, notes)?,
        reserve: reserve::read(reserve, notes)?,
        database: database::read(Section::open("database", database, database::KEYS, notes)?, &data_dir, alchemy)?,
        jobs: jobs::read(Section::open("jobs", jobs, jobs::KEYS, notes)?)?,
        cache: cache::read(Section::open("cache", cache, cache::KEYS, notes)?)?,
        policy: policy::read(Section::open("policy", policy, policy::KEYS, notes)?)?,
        sign_in: sign_in::read(Section::open("sign_in", sign_in, sign_in::KEYS, notes)?)?,
        audit: audit::read(Section::open("audit", audit, audit::KEYS, notes)?)?,
        console: console::read(Section::open("console", console, console::KEYS, notes)?)?,
        log: log::read(Section::open("log", log, log::KEYS, notes)?)?,
        metrics: scrape::read(Section::open("metrics", metrics, scrape::KEYS, notes)?)?,
        telemetry: telemetry::read(Section::open("telemetry", telemetry, telemetry::KEYS, notes)?)?,
        admin: admin::read(Section::open("admin", admin, admin::KEYS, notes)?)?,
        hooks,
        alerts: alerts::read(alerts, &channels, notes)?,
        channels,
        rules,
    })
}

#[cfg(test)]
mod tests;
