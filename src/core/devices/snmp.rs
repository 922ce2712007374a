//! Devices that are asked by SNMP: where, as whom, and what they told.
//!
//! A reading that was shown stands for the yes that follows it: the device is asked once, and what is done is what was
//! shown.

use super::{Devices, find::name, target::not_ready};
use direttore_clients::{
    device::snmp::{Error, Limits, Login, Reading, read},
    netbox,
};
use direttore_domain::{Failure, Refusal};
use serde_json::Value;
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};
use tokio::time::Instant;

/// The port of whoever says no other.
const PORT: u16 = 161;

/// How long what was shown counts: a little longer than a question lives.
const KEPT: Duration = Duration::from_secs(120);

/// How many readings are kept for a yes.
const MOST: usize = 32;

/// An agent that can be asked.
#[derive(Clone)]
pub struct Agent {
    pub host: String,
    pub port: u16,
    /// The login's name.
    pub login_name: String,
    login: Login,
}

impl std::fmt::Debug for Agent {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{} as {}", self.host, self.port, self.login_name)
    }
}

type Key = (String, u16, String);

/// What was read a moment ago.
#[derive(Default)]
pub(super) struct Shown(Mutex<HashMap<Key, (Instant, Arc<Reading>)>>);

impl Devices {
    /// The agent of a device that NetBox has. `host` and `login` are what the asker said instead.
    ///
    /// # Errors
    /// What NetBox does not say, or the configuration does not know.
    pub fn agent(&self, row: &netbox::Device, host: Option<&str>, login: Option<&str>) -> Result<Agent, Refusal> {
        let fields = &self.settings.fields;
        let text = |field: &str| row.custom.get(field).and_then(Value::as_str).map(str::trim).filter(|s| !s.is_empty());
        let primary = row.primary_ip4.as_ref().or(row.primary_ip6.as_ref()).map(|a| a.address.address().to_string());
        let right = "one in NetBox, or address=";
        let host = host.map(str::to_owned).or(primary).ok_or_else(|| not_ready(row, "no primary address", right))?;
        let port = match row.custom.get(&fields.snmp_port) {
            None | Some(Value::Null) => PORT,
            Some(given) => super::target::port_of(given)
                .ok_or_else(|| not_ready(row, &format!("{} = {given}", fields.snmp_port), "a port from 1 to 65535"))?,
        };
        let login_name = login.or_else(|| text(&fields.snmp_credential)).or(self.settings.snmp_login.as_deref());
        self.agent_at(name(row), host, port, login_name)
    }

    /// The agent at an address that the asker said.
    ///
    /// # Errors
    /// A login that is not configured, or none.
    pub fn agent_of(&self, what: &str, host: &str, login: Option<&str>) -> Result<Agent, Refusal> {
        self.agent_at(what, host.to_owned(), PORT, login.or(self.settings.snmp_login.as_deref()))
    }

    fn agent_at(&self, what: &str, host: String, port: u16, login: Option<&str>) -> Result<Agent, Refusal> {
        let lacks = |has: String, right: String| Refusal::NotReady { what: what.to_owned(), has, right };
        let field = &self.settings.fields.snmp_credential;
        let login_name = login.ok_or_else(|| {
            lacks(
                "no SNMP login".to_owned(),
                format!("the name of one in the custom field {field}, or network.snmp_login"),
            )
        })?;
        let login = self.settings.snmp_logins.get(login_name).cloned().ok_or_else(|| {
            lacks(
                format!("the SNMP login {login_name:?}, which is not configured"),
                "one of [[network.snmp]]".to_owned(),
            )
        })?;
        // `host:port`, as far as it is no IPv6 address.
        let (host, port) = match host.rsplit_once(':') {
            Some((bare, told)) if !bare.contains(':') || bare.ends_with(']') => {
                told.parse().map_or((host.clone(), port), |told| (bare.to_owned(), told))
            }
            _ => (host, port),
        };
        let host = host.trim_matches(['[', ']']).to_owned();
        Ok(Agent { host, port, login_name: login_name.to_owned(), login })
    }

    /// What a device tells; `is_confirmed` takes what was shown a moment ago.
    ///
    /// # Errors
    /// That it does not answer, or not as it should.
    pub async fn reading(&self, agent: &Agent, is_confirmed: bool) -> Result<Arc<Reading>, Failure> {
        let key = (agent.host.clone(), agent.port, agent.login_name.clone());
        if is_confirmed && let Some(reading) = self.shown.get(&key) {
            return Ok(reading);
        }
        let limits: &Limits = &self.settings.snmp_limits;
        let mut reading =
            read(&agent.host, agent.port, &agent.login, limits).await.map_err(|error| told(agent, &error))?;
        // Nothing is made of it, and it changes from one look to the next.
        reading.seen.interfaces.iter_mut().for_each(|interface| interface.is_up = false);
        let reading = Arc::new(reading);
        self.shown.put(key, Arc::clone(&reading));
        Ok(reading)
    }
}

fn told(agent: &Agent, error: &Error) -> Failure {
    let peer = agent.host.clone();
    match error {
        Error::NoAnswer { .. } => {
            Failure::Unreachable { peer, why: "no answer by SNMP, or wrong community, user or passphrase".to_owned() }
        }
        Error::NoSuchHost { why, .. } => Failure::Unreachable { peer, why: format!("there is no such host: {why}") },
        Error::NotLetIn { why, .. } => Failure::Credentials { peer, why: why.clone() },
        Error::TooLong { seconds, .. } => Failure::Slow { peer, seconds: *seconds },
        Error::Garbage { why, .. } => Failure::Garbage { peer, why: why.clone() },
        Error::Login(why) => Failure::Credentials { peer, why: why.to_string() },
    }
}

impl Shown {
    fn get(&self, key: &Key) -> Option<Arc<Reading>> {
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.get(key).filter(|(at, _)| at.elapsed() < KEPT).map(|(_, reading)| Arc::clone(reading))
    }

    fn put(&self, key: Key, reading: Arc<Reading>) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.retain(|_, (at, _)| at.elapsed() < KEPT);
        if all.len() >= MOST
            && let Some(oldest) = all.iter().min_by_key(|(_, (at, _))| *at).map(|(key, _)| key.clone())
        {
            all.remove(&oldest);
        }
        all.insert(key, (Instant::now(), reading));
    }
}
