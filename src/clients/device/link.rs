//! A session with one device, and what only reads.

use super::{
    cancel::{Cancel, Socket},
    connect::{Connected, connect},
    dial::dial,
    error::{Error, Phase},
    exec::exec,
    host_key::Seen,
    jump::Hops,
    limits::Deadline,
    netconf::{Datastore, Netconf},
    platform::{Over, Platform, rules},
    shell::Shell,
    target::{Device, Peer},
};
use crate::said::{Secrets, tidy};
use std::sync::Arc;

/// A device that is logged in to. It lives on a thread of the pool; it ends when the call ends.
pub struct Link {
    // Dropped first: its channels find the socket shut and wait for nobody.
    pub(super) connected: Connected,
    shell: Option<Shell>,
    netconf: Option<Netconf>,
    pub(super) device: Arc<Device>,
    pub(super) whole: Deadline,
    jump_key: Option<Seen>,
}

/// What a device's configuration is, as it said it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    pub running: String,
    /// Where it is a text of its own.
    pub startup: Option<String>,
}

/// What a command said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Output {
    pub command: String,
    pub text: String,
    /// The device's words, if it complained; or what status the command ended with.
    pub complaint: Option<String>,
}

/// What must not be shown of a device's words.
#[derive(Clone)]
pub(super) struct Masked {
    platform: &'static Platform,
    device: Arc<Device>,
}

impl Masked {
    pub(super) fn of(&self, text: &str) -> String {
        let hidden = Secrets(self.device.at.login.secrets()).hide(text);
        tidy(&self.platform.mask(&hidden))
    }
}

impl Link {
    pub(super) fn open(device: Arc<Device>, hops: &Hops, cancel: &Cancel) -> Result<Self, Error> {
        let limits = device.limits;
        let whole = Deadline::after(Phase::Session, limits.session);
        let (host, port) = (device.at.host.as_str(), device.at.port);
        let (socket, jump_key) = match &device.jump {
            None => (Socket::Tcp(dial(host, port, limits.connect, whole)?), None),
            Some(hop) => {
                let (socket, seen) = hops.through(hop, host, port, cancel, &limits, whole)?;
                (socket, Some(seen))
            }
        };
        let connected = if device.platform.user_suffix.is_empty() {
            connect(&device.at, socket, cancel, &limits, whole)?
        } else {
            let mut peer: Peer = device.at.clone();
            peer.login.user.push_str(device.platform.user_suffix);
            connect(&peer, socket, cancel, &limits, whole)?
        };
        Ok(Self { connected, shell: None, netconf: None, device, whole, jump_key })
    }

    pub(super) fn keys(&self) -> (Seen, Option<Seen>) {
        (self.connected.seen.clone(), self.jump_key.clone())
    }

    pub(super) fn platform(&self) -> &'static Platform {
        self.device.platform
    }

    pub(super) fn masked(&self) -> Masked {
        Masked { platform: self.device.platform, device: self.device.clone() }
    }

    /// The terminal, opened at first use, in the mode that may change things.
    pub(super) fn shell(&mut self) -> Result<&mut Shell, Error> {
        if self.shell.is_none() {
            let (platform, limits) = (self.platform(), self.device.limits);
            let mut shell = Shell::open(&self.connected.session, platform, self.masked(), limits, self.whole)?;
            let login = &self.device.at.login;
            shell.enable(login.enable.as_ref().or(login.password.as_ref()))?;
            self.shell = Some(shell);
        }
        Ok(self.shell.as_mut().expect("it was opened above"))
    }

    /// The NETCONF session, opened at first use.
    pub(super) fn netconf(&mut self) -> Result<&mut Netconf, Error> {
        if self.netconf.is_none() {
            self.netconf = Some(Netconf::open(&self.connected.session, self.device.limits, self.whole)?);
        }
        Ok(self.netconf.as_mut().expect("it was opened above"))
    }

    /// The configuration as it is now.
    ///
    /// # Errors
    /// [`Error::Rejected`] if the device complains; whatever can happen to a session.
    pub fn fetch_config(&mut self) -> Result<Config, Error> {
        let running = self.fetch_running()?;
        let apart = self.platform().startup.filter(|_| self.device.read.is_empty());
        let startup = match apart.map(|command| self.read(command)) {
            // Nothing was ever saved.
            Some(Err(Error::Rejected { .. })) | None => None,
            Some(text) => Some(text?),
        };
        Ok(Config { running, startup })
    }

    /// What runs, alone.
    ///
    /// # Errors
    /// As of [`Link::fetch_config`].
    pub fn fetch_running(&mut self) -> Result<String, Error> {
        let own = self.device.read.clone();
        if own.is_empty() || self.platform().reads == Over::Netconf {
            return self.running();
        }
        let each: Result<Vec<String>, Error> = own.iter().map(|c| Ok(format!("# {c}\n{}", self.read(c)?))).collect();
        Ok(each?.join("\n"))
    }

    /// The running configuration alone.
    pub(super) fn running(&mut self) -> Result<String, Error> {
        match self.platform().reads {
            Over::Netconf => self.netconf()?.get_config(Datastore::Running),
            _ => self.read(self.platform().running),
        }
    }

    /// Says commands that only read, each on its own, and gives what each said. A complaint does not stop the next.
    ///
    /// # Errors
    /// Whatever can happen to a session.
    pub fn run(&mut self, commands: &[String]) -> Result<Vec<Output>, Error> {
        commands.iter().map(|command| self.run_one(command)).collect()
    }

    fn run_one(&mut self, command: &str) -> Result<Output, Error> {
        let has_break = command.contains(['\n', '\r', '\u{3}', '\u{4}', '\u{18}']);
        if has_break {
            return Err(Error::Settings("a command is one line of text".to_owned()));
        }
        let (text, status) = match self.platform().reads {
            Over::Netconf => return Err(Error::Unsupported { platform: self.platform().name, what: "command line" }),
            Over::Shell => (self.shell()?.say(command)?, 0),
            Over::Exec => {
                let deadline = self.whole.within(Phase::Command, self.device.limits.command);
                let said = exec(&self.connected.session, command, &self.device.limits, deadline)?;
                (said.text.trim_end_matches('\n').to_owned(), said.status)
            }
        };
        let ended = || (status != 0).then(|| format!("it ended with status {status}"));
        let complaint = rules(self.platform()).complaint(&text).map(|words| self.masked().of(&words)).or_else(ended);
        Ok(Output { command: command.to_owned(), text, complaint })
    }

    /// One command that must not be complained about.
    pub(super) fn read(&mut self, command: &str) -> Result<String, Error> {
        let said = self.run_one(command)?;
        match said.complaint {
            None => Ok(said.text),
            Some(words) => Err(Error::Rejected { line: command.to_owned(), words }),
        }
    }

    /// The commands in a terminal also where each could have a channel of its own: as a person sees them.
    ///
    /// # Errors
    /// Whatever can happen to a session.
    pub fn run_in_shell(&mut self, commands: &[String]) -> Result<Vec<Output>, Error> {
        let platform = self.platform();
        let mut all = Vec::with_capacity(commands.len());
        for command in commands {
            let text = self.shell()?.say(command)?;
            let complaint = rules(platform).complaint(&text).map(|words| self.masked().of(&words));
            all.push(Output { command: command.clone(), text, complaint });
        }
        Ok(all)
    }
}
