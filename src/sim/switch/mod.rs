//! Pretend switches on loopback: Junos, EOS and IOS over SSH, with configurations, sessions and timers that go back by
//! themselves.
//!
//! They are as strict as the real ones: they echo, page, ask, refuse what they do not know with the platform's own words,
//! and let nobody commit over somebody else's lock. `text/` is what they make of lines, `state.rs` what they hold,
//! `device.rs` the one that runs, `serve/` SSH, `shell/` the dialogues. They were written from what the platforms do, and
//! know nothing of our client. What a switch does on a timer it does by the clock that its maker gave, whether somebody is
//! connected or not.
//!
//! Start at [`start`].
//!
//! # Faults
//! [`Switch::tell`] takes one line; in a script and at the control each begins with `switch NAME`, which is left out here.
//!
//! | line | what happens |
//! | --- | --- |
//! | `'interface Ethernet1; description by hand'` | somebody says these lines in configuration mode, and commits |
//! | `slow=2s` | it thinks so long about each command; `0s` ends it |
//! | `later=10m` | its own clock goes forward by so much, until it is started anew: what waits for a time does not wait as long |
//! | `down [10s]` · `up` | it answers no connection and loses those that are open |
//! | `reboot [3s]` | off for so long and on again: sessions are lost, and what was not saved |
//! | `refuse [times=2]` · `accept` | it lets nobody in, whatever they know |
//! | `password wrong` · `right` | another password than the one that was given |
//! | `reject="bogus"` | lines of configuration that contain this are refused |
//! | `lockout="shutdown"` | while a line of what runs contains this, nobody gets in, and all sessions are lost |
//! | `hostkey` | it shows another host key from now on |
//! | `hang [on="commit"]` · `drop …` · `junk …` · `flood=50 …` | the prompt never comes; the session is lost; bytes that mean nothing, or so many megabytes, come before the answer. `after` does the command first, `times=2` |
//! | `clear` | no faults any more; what they changed stays |
//!
//! A fault without `times` strikes once, with `times=always` until `clear`; `refuse` until `accept`.

mod device;
mod fault;
mod save;
mod serve;
mod shell;
mod state;
mod text;

#[cfg(test)]
mod tests;

pub(crate) use device::Device;
pub(crate) use shell::{
    facts::{Facts, Port},
    serial,
};

use crate::snmp::{self, Agent};
use direttore_domain::Instant;
use serde::{Deserialize, Serialize};
use state::State;
use std::{
    fmt, io,
    net::{Ipv4Addr, SocketAddr},
    path::PathBuf,
    sync::Arc,
};

/// Which command line it has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    Junos,
    Eos,
    Ios,
}

/// How a login may prove who it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Login {
    /// Password, keyboard-interactive, and the key if there is one.
    Any,
    KeyboardInteractive,
    Key,
}

/// Who may come in, and what the switch's secrets are.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Credential {
    pub user: String,
    pub password: String,
    /// What IOS asks for at `enable`; EOS asks too when this differs from the password.
    pub enable: String,
    /// A public key as OpenSSH writes it.
    pub key: Option<String>,
    /// SNMP: community of version 2c, and both passphrases of the user `watch` of version 3.
    pub community: String,
    pub passphrase: String,
}

impl Credential {
    /// Secrets of its own for that user.
    pub fn made(user: &str) -> Self {
        let word = || crate::secret().replace('-', "")[..16].to_owned();
        Self {
            user: user.to_owned(),
            password: word(),
            enable: word(),
            key: None,
            community: word(),
            passphrase: word(),
        }
    }
}

impl fmt::Debug for Credential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credential").field("user", &self.user).finish_non_exhaustive()
    }
}

/// The moment that it is now, as whoever made the switch has it.
pub type Now = Arc<dyn Fn() -> Instant + Send + Sync>;

/// The machine's own clock.
pub fn wall() -> Now {
    Arc::new(|| Instant(i64::try_from(crate::netbox::time::now() / 1000).unwrap_or(i64::MAX)))
}

/// Does a line of the fault grammar that begins with `switch NAME`.
///
/// # Errors
/// There is no such switch, or what would be right.
pub fn tell(switches: &[Switch], line: &str) -> Result<(), String> {
    let rest = line.trim().strip_prefix("switch").unwrap_or(line).trim();
    let (name, rest) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
    let found = switches.iter().find(|s| s.name() == name);
    let names = || switches.iter().map(Switch::name).collect::<Vec<_>>().join(", ");
    found.ok_or_else(|| format!("there is no switch {name:?}; there are: {}", names()))?.tell(rest)
}

/// Where, what, and by which clock.
#[derive(Clone)]
pub struct Settings {
    pub name: String,
    pub kind: Kind,
    pub addr: SocketAddr,
    /// Where its SNMP agent listens; `None` for none.
    pub snmp: Option<SocketAddr>,
    /// Keeps it there, in `switch-NAME.json`: each accepted change is on disk before it is answered; ports, host key and
    /// secrets stay after a restart.
    pub dir: Option<PathBuf>,
    /// Made when there is none.
    pub credential: Option<Credential>,
    pub login: Login,
    pub now: Now,
}

impl Settings {
    pub fn new(name: &str, kind: Kind, now: Now) -> Self {
        Self {
            name: name.to_owned(),
            kind,
            addr: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            snmp: None,
            dir: None,
            credential: None,
            login: Login::Any,
            now,
        }
    }
}

impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { name, kind, addr, .. } = self;
        f.debug_struct("Settings").field("name", name).field("kind", kind).field("addr", addr).finish_non_exhaustive()
    }
}

/// How a client gets in.
#[derive(Debug, Clone, Serialize)]
pub struct Access {
    pub name: String,
    pub kind: Kind,
    pub addr: SocketAddr,
    pub snmp: Option<SocketAddr>,
    #[serde(skip)]
    pub credential: Credential,
    /// As OpenSSH writes it: `ssh-ed25519 AAAA…`.
    pub host_key: String,
    /// `SHA256:…`.
    pub fingerprint: String,
}

/// A running switch. It ends when this is dropped.
#[derive(Debug)]
pub struct Switch {
    device: Arc<Device>,
    accepting: tokio::task::JoinHandle<()>,
    agent: Option<Agent>,
}

/// Builds the switch, or loads it, and listens.
///
/// # Errors
/// An address cannot be used, or the folder cannot be read or written.
pub async fn start(settings: Settings) -> io::Result<Switch> {
    let snmp = settings.snmp;
    let login = settings.login;
    let (mut device, listener) = Device::open(settings).await?;
    let mut made = None;
    if let Some(mut addr) = snmp {
        let identity = device.identity();
        identity.engine_boots += 1;
        if addr.port() == 0 {
            addr.set_port(identity.snmp_port.unwrap_or(0));
        }
        let agent = snmp::bind(addr, &identity.credential, identity.engine_boots).await?;
        identity.snmp_port = Some(agent.addr().port());
        device.snmp = Some(agent.addr());
        made = Some(agent);
    }
    device.keep()?;
    let device = Arc::new(device);
    let agent = made.map(|made| made.run(&device));
    let accepting = tokio::spawn(serve::accept(Arc::clone(&device), listener, login));
    Ok(Switch { device, accepting, agent })
}

impl Switch {
    /// As it is now: the host key may have changed.
    pub fn access(&self) -> Access {
        self.device.access()
    }

    pub fn name(&self) -> &str {
        &self.device.name
    }

    /// Does one line of the fault grammar (see the module's header).
    ///
    /// # Errors
    /// What would be right.
    pub fn tell(&self, line: &str) -> Result<(), String> {
        self.device.tell(line)
    }

    /// What runs, as `show running-config` or `show configuration | display set` has it, without lines that change by
    /// themselves.
    pub fn running(&self) -> Vec<String> {
        self.device.look(|state| shell::written(self.device.kind, &state.running))
    }

    /// What would run after a reboot.
    pub fn startup(&self) -> Vec<String> {
        self.device.look(|state| match self.device.kind {
            Kind::Junos => shell::written(Kind::Junos, &state.running),
            kind => shell::written(kind, &state.startup),
        })
    }

    /// When what was committed goes back by itself, if something does.
    pub fn goes_back_at(&self) -> Option<Instant> {
        self.device.look(|state| state.timer.as_ref().map(|t| t.at))
    }

    /// How many are logged in.
    pub fn sessions(&self) -> usize {
        self.device.sessions()
    }

    /// How many logins there were.
    pub fn logins(&self) -> u64 {
        self.device.logins()
    }

    /// How often what runs was changed.
    pub fn changes(&self) -> u64 {
        self.device.look(|state| state.revision)
    }

    /// What runs, what is saved, and what is pending, as one value.
    pub fn view(&self) -> serde_json::Value {
        serde_json::json!({
            "name": self.name(), "kind": self.device.kind, "running": self.running(), "startup": self.startup(),
            "changes": self.changes(), "goes_back_at": self.goes_back_at(), "sessions": self.sessions(),
        })
    }

    /// Closes the ports and all connections.
    pub async fn stop(mut self) {
        self.accepting.abort();
        let _ = (&mut self.accepting).await;
        self.device.drop_all();
        if let Some(agent) = self.agent.take() {
            agent.stop().await;
        }
    }
}

impl Drop for Switch {
    fn drop(&mut self) {
        self.accepting.abort();
        self.device.drop_all();
    }
}

/// What the configuration that runs says, with contact and location.
pub(crate) fn facts_of(kind: Kind, state: &State) -> (Facts, String, String) {
    let config = &state.running;
    let lines: Vec<&str> = match kind {
        Kind::Junos => {
            config.iter().filter(|n| n.line == "snmp").flat_map(|n| &n.under).map(|n| n.line.as_str()).collect()
        }
        _ => config.iter().filter_map(|n| n.line.strip_prefix("snmp-server ")).collect(),
    };
    let value = |head: &str| {
        let found = lines.iter().find_map(|l| l.strip_prefix(head)).unwrap_or_default();
        found.trim().trim_matches('"').to_owned()
    };
    (shell::facts::facts(kind, config), value("contact "), value("location "))
}
