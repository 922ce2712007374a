//! What EOS and IOS have in common: two modes, shortened words, a pipe, sections.

use super::{Echo, Gone, Line, Next, Shell, eos, facts, filtered, ios, written};
use crate::switch::{
    Kind,
    state::State,
    text::{Wrong, edit, words},
};

/// A terminal in configuration mode.
#[derive(Debug, Default)]
pub struct Config {
    /// EOS: the session that is open; without one lines are live at once.
    pub session: Option<String>,
    pub path: Vec<String>,
}

pub struct Cli<'s> {
    pub shell: Shell<'s>,
    pub kind: Kind,
    pub is_enabled: bool,
    pub config: Option<Config>,
    /// How far the caret of a complaint is from the left.
    prompt: usize,
}

/// Commands that both know.
#[derive(Debug, Clone, Copy)]
enum Common {
    Enable,
    Disable,
    Exit,
    Length,
    Width,
    Version,
    Interfaces,
    Vlans,
    Neighbours,
    Clock,
    Ping,
}

/// Those that need no privilege. Whether a pattern is there is all that a user without it may learn.
const USER: &[(&str, Common)] = &[
    ("enable", Common::Enable),
    ("disable", Common::Disable),
    ("exit", Common::Exit),
    ("quit", Common::Exit),
    ("logout", Common::Exit),
    ("terminal length *", Common::Length),
    ("terminal width *", Common::Width),
    ("show version", Common::Version),
    ("show interfaces status", Common::Interfaces),
    ("show vlan", Common::Vlans),
    ("show vlan brief", Common::Vlans),
    ("show ip bgp summary", Common::Neighbours),
    ("show clock", Common::Clock),
    ("ping **", Common::Ping),
];

/// The end of a command that is not done.
pub enum Ended {
    Wrong(Wrong),
    Gone,
}

impl From<Gone> for Ended {
    fn from(_: Gone) -> Self {
        Self::Gone
    }
}

impl From<Wrong> for Ended {
    fn from(wrong: Wrong) -> Self {
        Self::Wrong(wrong)
    }
}

impl<'s> Cli<'s> {
    pub fn new(shell: Shell<'s>, kind: Kind) -> Self {
        Self { shell, kind, is_enabled: false, config: None, prompt: 0 }
    }

    pub async fn run(mut self, command: Option<String>) -> Result<(), Gone> {
        if let Some(command) = command {
            // A command of its own is of a user of level 15, and nothing pages it.
            self.is_enabled = true;
            self.shell.term.page = 0;
            self.line(command.trim()).await?;
            return Ok(());
        }
        loop {
            let prompt = self.prompt();
            self.prompt = prompt.len();
            self.shell.say(&prompt).await?;
            let line = match self.shell.term.line(Echo::On).await? {
                Line::Text(text) => text,
                Line::Out => {
                    self.config = None;
                    continue;
                }
                Line::End => String::from("exit"),
            };
            if line.trim().is_empty() {
                continue;
            }
            if self.line(line.trim_end()).await? == Next::Bye {
                return Ok(());
            }
        }
    }

    fn prompt(&self) -> String {
        let name = self.shell.device.look(|s| s.name().unwrap_or("switch").to_owned());
        let Some(Config { session, path }) = &self.config else {
            return format!("{name}{}", if self.is_enabled { "#" } else { ">" });
        };
        let mut mode = String::from("config");
        if let Some(session) = session {
            mode.push_str("-s-");
            mode.extend(session.chars().take(6));
        }
        let word = path.last().map(|line| line.split(' ').next().unwrap_or_default().to_owned());
        match word.as_deref() {
            None => {}
            Some("interface") => {
                let number = path[0].trim_start_matches("interface ");
                let short = number.find(|c: char| c.is_ascii_digit()).map_or("", |i| &number[i..]);
                match self.kind {
                    Kind::Eos => mode.push_str(&format!("-if-{}{short}", &number[..2])),
                    _ => mode.push_str("-if"),
                }
            }
            Some("vlan") if self.kind == Kind::Eos => mode.push_str(&path[0].replace("vlan ", "-vlan-")),
            Some("router") => mode.push_str(if path[0].contains("bgp") { "-router-bgp" } else { "-router" }),
            Some("address-family") => mode.push_str("-router-af"),
            Some(word) => {
                mode.push('-');
                mode.push_str(word);
            }
        }
        if self.kind == Kind::Ios {
            mode = mode.replace("-router-bgp", "-router");
        }
        format!("{name}({mode})#")
    }

    async fn line(&mut self, line: &str) -> Result<Next, Gone> {
        self.shell.think().await;
        let fault = self.shell.device.strike(line);
        if let Some(fault) = fault.as_ref().filter(|f| !f.is_after) {
            self.shell.suffer(fault).await?;
        }
        let done = if self.config.is_some() { self.configure(line).await } else { self.execute(line).await };
        let next = match done {
            Ok(next) => next,
            Err(Ended::Gone) => return Err(Gone),
            Err(Ended::Wrong(wrong)) => {
                self.complain(line, &wrong).await?;
                Next::Go
            }
        };
        if let Some(fault) = fault.as_ref().filter(|f| f.is_after) {
            self.shell.suffer(fault).await?;
        }
        Ok(next)
    }

    async fn complain(&mut self, line: &str, wrong: &Wrong) -> Result<(), Gone> {
        let text = match (self.kind, wrong) {
            (Kind::Eos, Wrong::Invalid(_)) => "% Invalid input\n".to_owned(),
            (Kind::Eos, Wrong::Incomplete) => "% Incomplete command\n".to_owned(),
            (Kind::Eos, Wrong::Ambiguous) => "% Ambiguous command\n".to_owned(),
            (_, Wrong::Invalid(at)) => {
                format!("{:width$}^\n% Invalid input detected at '^' marker.\n\n", "", width = self.prompt + at)
            }
            (_, Wrong::Incomplete) => "% Incomplete command.\n\n".to_owned(),
            (_, Wrong::Ambiguous) => format!("% Ambiguous command:  \"{line}\"\n"),
        };
        self.shell.say(&text).await
    }

    /// Shows lines through the pipe and the pager.
    pub async fn put(&mut self, lines: Vec<String>, pipe: Option<&str>) -> Result<(), Ended> {
        let lines = match pipe {
            None => lines,
            Some(pipe) => filtered(lines, pipe).map_err(|()| Wrong::Invalid(0))?,
        };
        let page = self.shell.term.page;
        if pipe.is_some_and(|p| p.trim() == "no-more") && self.kind == Kind::Eos {
            self.shell.term.page = 0;
        }
        let shown = self.shell.term.show(&lines, |_| " --More-- ".to_owned()).await;
        self.shell.term.page = page;
        Ok(shown?)
    }

    /// A command of exec mode.
    pub async fn execute(&mut self, line: &str) -> Result<Next, Ended> {
        if line.starts_with('!') {
            return Ok(Next::Go);
        }
        let (said, pipe) = match line.split_once('|') {
            Some((said, pipe)) => (said.trim_end(), Some(pipe)),
            None => (line, None),
        };
        match words::find(USER, said) {
            Ok((what, given)) => return self.common(*what, &given, pipe).await,
            Err(wrong) if !self.is_enabled => return Err(wrong.into()),
            Err(_) => {}
        }
        match self.kind {
            Kind::Eos => eos::execute(self, said, pipe).await,
            _ => ios::execute(self, said, pipe).await,
        }
    }

    async fn common(&mut self, what: Common, given: &[String], pipe: Option<&str>) -> Result<Next, Ended> {
        match what {
            Common::Enable => self.enable().await?,
            Common::Disable => self.is_enabled = false,
            Common::Exit => return Ok(Next::Bye),
            Common::Length => {
                self.shell.term.page = given[0].parse().ok().filter(|n| *n <= 512).ok_or(Wrong::Invalid(16))?;
                if self.kind == Kind::Eos {
                    let text = match self.shell.term.page {
                        0 => "Pagination disabled.\n".to_owned(),
                        n => format!("Pagination set to {n} lines.\n"),
                    };
                    self.shell.say(&text).await?;
                }
            }
            Common::Width => {
                let width: usize = given[0].parse().ok().filter(|n| *n <= 32_767).ok_or(Wrong::Invalid(15))?;
                self.shell.term.width = if width == 0 { 32_767 } else { width.max(10) };
                if self.kind == Kind::Eos {
                    self.shell.say(&format!("Width set to {width} columns.\n")).await?;
                }
            }
            Common::Version => {
                let lines = self.shell.device.look(|s| version(self.kind, s, self.shell.device.now()));
                self.put(lines, pipe).await?;
            }
            Common::Clock => {
                let now = super::long_stamp(self.shell.device.now());
                self.put(vec![now], pipe).await?;
            }
            Common::Ping => {
                let text = format!(
                    "Type escape sequence to abort.\nSending 5, 100-byte ICMP Echos to {}, timeout is 2 seconds:\n!!!!!\nSuccess rate is 100 percent (5/5)\n",
                    given[0]
                );
                self.shell.say(&text).await?;
            }
            Common::Interfaces | Common::Vlans | Common::Neighbours => {
                let facts = self.shell.device.look(|s| facts::facts(self.kind, &s.running));
                self.put(table(what, &facts), pipe).await?;
            }
        }
        Ok(Next::Go)
    }

    async fn enable(&mut self) -> Result<(), Gone> {
        let (password, enable) = self.shell.device.with(|inner| {
            let credential = &inner.identity.credential;
            (credential.password.clone(), credential.enable.clone())
        });
        let is_asked = self.kind == Kind::Ios || enable != password;
        if self.is_enabled || !is_asked {
            self.is_enabled = true;
            return Ok(());
        }
        for _ in 0..3 {
            if self.shell.ask("Password: ", Echo::Off).await? == enable {
                self.is_enabled = true;
                return Ok(());
            }
            if self.kind == Kind::Eos {
                return self.shell.say("% Bad secret\n").await;
            }
        }
        self.shell.say("% Bad secrets\n\n").await
    }

    /// A line of configuration mode.
    async fn configure(&mut self, line: &str) -> Result<Next, Ended> {
        let said = line.trim();
        let config = self.config.get_or_insert_default();
        match said.split(' ').next().unwrap_or_default() {
            head if head.starts_with('!') => return Ok(Next::Go),
            "do" => return Box::pin(self.execute(said[2..].trim_start())).await,
            "end" => {
                self.config = None;
                return Ok(Next::Go);
            }
            "exit" | "quit" => {
                if config.path.pop().is_none() {
                    self.config = None;
                }
                return Ok(Next::Go);
            }
            _ => {}
        }
        if self.kind == Kind::Eos
            && let Some(next) = eos::in_session(self, said).await?
        {
            return Ok(next);
        }
        if self.shell.device.rejects(said) {
            return Err(Wrong::Invalid(0).into());
        }
        let (kind, user) = (self.kind, self.shell.who.user.clone());
        let config = self.config.get_or_insert_default();
        let path = &mut config.path;
        let session = &config.session;
        self.shell.device.change(|state, now| match session {
            Some(name) => match state.sessions.get_mut(name) {
                Some(candidate) => edit::edit(kind, &mut candidate.tree, path, line),
                None => Err(Wrong::Invalid(0)),
            },
            None => {
                let mut next = state.running.clone();
                edit::edit(kind, &mut next, path, line)?;
                if next != state.running {
                    state.running = next;
                    state.touch(&user, now);
                }
                Ok(())
            }
        })?;
        Ok(Next::Go)
    }
}

fn table(what: Common, facts: &facts::Facts) -> Vec<String> {
    let mut out = Vec::new();
    match what {
        Common::Interfaces => {
            out.push(format!("{:<24} {:<22} {:<12} {}", "Port", "Name", "Status", "Vlan"));
            for port in facts.ports.iter().filter(|p| !p.is_virtual()) {
                let vlan = match (port.tagged.is_empty(), port.untagged) {
                    (false, _) => "trunk".to_owned(),
                    (true, Some(vid)) => vid.to_string(),
                    (true, None) => "routed".to_owned(),
                };
                let status = if port.is_enabled { "connected" } else { "disabled" };
                out.push(format!("{:<24} {:<22.22} {status:<12} {vlan}", port.name, port.description));
            }
        }
        Common::Vlans => {
            out.push(format!("{:<5} {:<32} {:<9} Ports", "VLAN", "Name", "Status"));
            out.push(format!("{:-<5} {:-<32} {:-<9} {:-<31}", "", "", "", ""));
            for (vid, name) in &facts.vlans {
                let in_it = |p: &&facts::Port| p.untagged == Some(*vid) || p.tagged.contains(vid);
                let ports: Vec<&str> = facts.ports.iter().filter(in_it).map(|p| p.name.as_str()).collect();
                out.push(format!("{vid:<5} {name:<32} {:<9} {}", "active", ports.join(", ")));
            }
        }
        _ => {
            out.push(format!("{:<18} {:<12} {:<10} State", "Neighbor", "AS", "Up/Down"));
            for (address, number, _) in &facts.neighbours {
                out.push(format!("{address:<18} {number:<12} {:<10} Established", "1d02h"));
            }
        }
    }
    out
}

fn version(kind: Kind, state: &State, now: direttore_domain::Instant) -> Vec<String> {
    let up = now.since(state.booted_at).as_secs() / 60;
    let name = state.name().unwrap_or("switch");
    match kind {
        Kind::Eos => vec![
            "Arista DCS-7050TX-64".to_owned(),
            "Hardware version: 01.11".to_owned(),
            format!("Serial number: {}", serial(name)),
            "Hardware MAC address: 0200.0a00.0a02".to_owned(),
            String::new(),
            "Software image version: 4.31.2F (simulated)".to_owned(),
            "Architecture: x86_64".to_owned(),
            format!("Uptime: {} hours and {} minutes", up / 60, up % 60),
        ],
        _ => vec![
            "Cisco IOS XE Software, Version 17.09.04a (simulated)".to_owned(),
            format!("{name} uptime is {} hours, {} minutes", up / 60, up % 60),
            "System returned to ROM by reload".to_owned(),
            "cisco C9200-24T (ARM64) processor".to_owned(),
            format!("Processor board ID {}", serial(name)),
        ],
    }
}

/// The serial number of the switch of that name.
pub fn serial(name: &str) -> String {
    format!("SIM{}", name.to_uppercase())
}

/// What runs, between the lines that the platform puts around it.
pub fn running_lines(kind: Kind, config: &crate::switch::text::Tree) -> Vec<String> {
    let mut lines = written(kind, config);
    lines.push("end".to_owned());
    lines
}
