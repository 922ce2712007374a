//! Network devices as the configuration has them.

use crate::{
    config::{Config, HostKeys, NetworkSection},
    exit::Exit,
};
use direttore_clients::{
    device::{Key as SshKey, Limits, Login, Policy, Secret, Sizes},
    history::{self, Seal},
};
use direttore_core::{
    Clock,
    devices::{Allowed, Check, Devices, Fields, Jump, Secrets, Settings},
};
use direttore_reply::device::folder;
use direttore_store::{Store, audit::Key};
use std::sync::Arc;

/// Nothing where no section says that there are any.
pub fn devices(config: &Config, key: &Key, store: &Store, clock: &Clock) -> Result<Option<Arc<Devices>>, Exit> {
    let Some(section) = &config.network else { return Ok(None) };
    let settings = settings(section, key)?;
    Ok(Some(Arc::new(Devices::new(settings, store.clone(), clock.clone()))))
}

fn settings(section: &NetworkSection, key: &Key) -> Result<Settings, Exit> {
    let templates = match &section.templates {
        Some(path) => folder::read(path).map_err(|e| Exit::wrong(format!("network.templates: {e}")))?,
        None => vec![],
    };
    let small = |number: u64| usize::try_from(number).unwrap_or(usize::MAX);
    let [credential, ssh_port, snmp_port, legacy, jump, snmp_credential, software] = section.fields.clone();
    let seal = (section.history_secrets == Secrets::Sealed).then(|| Seal::new(key.derive("configurations of devices")));
    let jumps = section.jumps.iter().map(|jump| {
        let to = Jump { host: jump.host.clone(), port: jump.port, login: jump.credential.clone() };
        (jump.name.clone(), to)
    });
    let mut settings = Settings::at(section.history.clone(), key.derive("marks of secrets of devices"));
    settings.history.seal = seal;
    Ok(Settings {
        sizes: Sizes {
            workers: small(section.workers),
            per_credential: small(section.per_credential),
            ..Sizes::default()
        },
        limits: Limits {
            connect: section.connect,
            login: section.login,
            command: section.command,
            session: section.session,
            output: small(section.output_mib) << 20,
            ..Limits::default()
        },
        host_keys: match section.host_keys {
            HostKeys::Strict => Policy::Strict,
            HostKeys::FirstUse => Policy::FirstUse,
            HostKeys::Off => Policy::Off,
        },
        logins: logins(section),
        login: section.credential.clone(),
        snmp_logins: section.snmp.iter().map(|login| (login.name.clone(), login.login())).collect(),
        snmp_login: section.snmp_login.clone(),
        fields: Fields { credential, ssh_port, snmp_port, snmp_credential, legacy, jump, software },
        jumps: jumps.collect(),
        platforms: section.platforms.clone(),
        templates,
        remote: section.remote.as_ref().map(|remote| history::Remote {
            url: remote.url.clone(),
            key: remote.key_file.clone(),
            host_key: remote.host_key.clone(),
            ..history::Remote::default()
        }),
        secrets: section.history_secrets,
        commit_timer: section.commit_timer,
        batch: small(section.batch),
        verify: section.verify,
        backup: section.backup,
        allowed: section
            .run
            .iter()
            .map(|run| Allowed { role: run.role, platform: run.platform.clone(), commands: run.commands.clone() })
            .collect(),
        checks: section
            .checks
            .iter()
            .map(|check| Check {
                name: check.name.clone(),
                platform: check.platform.clone(),
                command: check.command.clone(),
                expect: check.expect.clone(),
                always: check.always,
            })
            .collect(),
        models: section.models.clone(),
        ..settings
    })
}

fn logins(section: &NetworkSection) -> std::collections::BTreeMap<String, Login> {
    let secret = |secret: &crate::config::Secret| Secret::new(secret.reveal());
    let login = |c: &crate::config::Credential| Login {
        credential: c.name.clone(),
        user: c.user.clone(),
        password: c.password.as_ref().map(secret),
        keys: c
            .key_file
            .iter()
            .map(|path| SshKey::File { path: path.clone(), passphrase: c.passphrase.as_ref().map(secret) })
            .collect(),
        agent: c.agent,
        enable: c.enable.as_ref().map(secret),
    };
    section.credentials.iter().map(|c| (c.name.clone(), login(c))).collect()
}
