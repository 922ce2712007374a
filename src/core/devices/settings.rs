//! What the configuration says about network devices.

use direttore_clients::{
    device::{Limits, Login, Policy, Sizes, snmp},
    history,
};
use direttore_domain::Role;
use direttore_reply::device::Source;
use std::{collections::BTreeMap, path::PathBuf, time::Duration};

#[derive(Debug, Clone)]
pub struct Settings {
    pub sizes: Sizes,
    pub limits: Limits,
    /// What is done about a host key that is seen for the first time.
    pub host_keys: Policy,
    /// By the names that NetBox' custom field has.
    pub logins: BTreeMap<String, Login>,
    /// For devices whose custom field says nothing.
    pub login: Option<String>,
    /// For SNMP, by the names that NetBox' custom field has.
    pub snmp_logins: BTreeMap<String, snmp::Login>,
    /// For devices whose custom field says nothing.
    pub snmp_login: Option<String>,
    pub snmp_limits: snmp::Limits,
    pub fields: Fields,
    /// Hosts that lead to devices, by the names that NetBox' custom field has.
    pub jumps: BTreeMap<String, Jump>,
    /// Slugs of NetBox that are other platforms than their name says.
    pub platforms: BTreeMap<String, String>,
    /// Templates of users, which lie over ours.
    pub templates: Vec<Source>,
    pub history: history::Settings,
    pub remote: Option<history::Remote>,
    /// How secrets stand in the history.
    pub secrets: Secrets,
    /// With which secrets are masked: the same secret has the same mark.
    pub mask_key: [u8; 32],
    /// After how long a device takes a change back that nobody confirmed, in calendar time.
    pub commit_timer: Duration,
    /// How many devices are changed at once, after the first of them went well.
    pub batch: usize,
    /// How long a device that was changed may take to answer again.
    pub verify: Duration,
    /// How often all devices are backed up, in calendar time; zero is never.
    pub backup: Duration,
    /// What may be said by `/device run`.
    pub allowed: Vec<Allowed>,
    /// What is looked at after a push.
    pub checks: Vec<Check>,
    /// Folders with models, by platform.
    pub models: BTreeMap<String, PathBuf>,
}

/// Custom fields of a device in NetBox.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fields {
    pub credential: String,
    pub ssh_port: String,
    pub snmp_port: String,
    pub snmp_credential: String,
    pub legacy: String,
    pub jump: String,
    /// Where a discovery writes what a device runs, if NetBox has the field.
    pub software: String,
}

impl Default for Fields {
    fn default() -> Self {
        let [credential, ssh_port, snmp_port, legacy, jump] =
            ["credential", "ssh_port", "snmp_port", "legacy_ssh", "jump_host"].map(str::to_owned);
        let [snmp_credential, software] = ["snmp_credential", "software_version"].map(str::to_owned);
        Self { credential, ssh_port, snmp_port, snmp_credential, legacy, jump, software }
    }
}

/// A host that leads to devices.
#[derive(Debug, Clone)]
pub struct Jump {
    pub host: String,
    pub port: u16,
    /// The name of a login.
    pub login: String,
}

/// How secrets stand in the history.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Secrets {
    /// Each secret is replaced by a mark.
    #[default]
    Masked,
    /// Each file is sealed, with its secrets in it.
    Sealed,
    /// As the device says them.
    Clear,
}

/// Commands that a role, and those above it, may say to devices.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Allowed {
    pub role: Role,
    /// A platform's slug; all of them without.
    pub platform: Option<String>,
    /// `show interfaces*`: `*` stands for anything.
    pub commands: Vec<String>,
}

/// Something that is looked at once a device has its new configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Check {
    pub name: String,
    pub platform: Option<String>,
    pub command: String,
    /// A regular expression that the answer must have.
    pub expect: String,
    /// Whether it is looked at without being named.
    pub always: bool,
}

impl Settings {
    /// Defaults, with the history there.
    pub fn at(history: PathBuf, mask_key: [u8; 32]) -> Self {
        Self {
            sizes: Sizes::default(),
            limits: Limits::default(),
            host_keys: Policy::default(),
            logins: BTreeMap::new(),
            login: None,
            snmp_logins: BTreeMap::new(),
            snmp_login: None,
            snmp_limits: snmp::Limits::default(),
            fields: Fields::default(),
            jumps: BTreeMap::new(),
            platforms: BTreeMap::new(),
            templates: vec![],
            history: history::Settings {
                path: history,
                name: "direttore".to_owned(),
                email: "direttore@localhost".to_owned(),
                seal: None,
            },
            remote: None,
            secrets: Secrets::default(),
            mask_key,
            commit_timer: Duration::from_secs(600),
            batch: 5,
            verify: Duration::from_secs(60),
            backup: Duration::ZERO,
            allowed: vec![],
            checks: vec![],
            models: BTreeMap::new(),
        }
    }

    /// The checks for a platform: those that always are, and those that are named.
    ///
    /// # Errors
    /// The name of one that there is not.
    pub fn checks_of(&self, platform: &str, named: &[String]) -> Result<Vec<&Check>, String> {
        let fits = |check: &Check| check.platform.as_deref().is_none_or(|p| p == platform);
        if let Some(unknown) = named.iter().find(|name| !self.checks.iter().any(|check| check.name == **name)) {
            return Err(unknown.clone());
        }
        Ok(self.checks.iter().filter(|c| fits(c) && (c.always || named.contains(&c.name))).collect())
    }
}
