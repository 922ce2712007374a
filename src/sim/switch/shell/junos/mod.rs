//! Junos: a candidate that is loaded, compared, checked and committed, for good or for some minutes.

mod configure;

use super::{Echo, Gone, Line, Next, Shell, facts, filtered, stamp};
use crate::switch::{
    Kind,
    state::State,
    text::{Tree, braces, statement, tree},
};

/// Which candidate somebody works on.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Mode {
    Shared,
    Exclusive,
    Private(Box<Own>),
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Own {
    tree: Tree,
    base: Tree,
}

pub struct Cli<'s> {
    shell: Shell<'s>,
    mode: Option<Mode>,
    /// The level of `edit`.
    at: Vec<String>,
}

const UNKNOWN: &str = "\nunknown command.\n";

/// Words that a command begins with, where what follows may be wrong.
const FIRST: [&str; 7] = ["show", "set", "configure", "edit", "request", "ping", "exit"];

/// One line that changes a configuration, below a level of it.
///
/// # Errors
/// What Junos says.
pub fn change(config: &mut Tree, at: &[String], line: &str) -> Result<(), Vec<String>> {
    let mut said = statement::words_of(line.trim());
    if said.is_empty() {
        return Ok(());
    }
    let verb = said.remove(0);
    let full: Vec<String> = at.iter().flat_map(|l| statement::words_of(l)).chain(said).collect();
    let wrong = |word: String| {
        let at = line.find(word.as_str()).filter(|_| !word.is_empty()).unwrap_or(line.len());
        let what = if word.is_empty() { "missing argument." } else { "syntax error." };
        vec![format!("{:at$}^\n", ""), format!("{what}\n")]
    };
    match verb.as_str() {
        "set" => statement::set(config, &full).map_err(wrong),
        "delete" => match statement::delete(config, &full) {
            Ok(true) => Ok(()),
            Ok(false) => Err(vec!["warning: statement not found\n".to_owned()]),
            Err(word) => Err(wrong(word)),
        },
        _ => Err(vec![format!("{:>1$}^", "", 0), UNKNOWN.to_owned()]),
    }
}

impl<'s> Cli<'s> {
    pub fn new(shell: Shell<'s>) -> Self {
        Self { shell, mode: None, at: Vec::new() }
    }

    pub async fn run(mut self, command: Option<String>) -> Result<(), Gone> {
        if let Some(command) = command {
            self.shell.term.page = 0;
            self.line(command.trim()).await?;
            return Ok(());
        }
        let name = self.name();
        self.shell.say(&format!("--- JUNOS 23.4R2.13 (simulated) on {name}\n")).await?;
        loop {
            let prompt = self.prompt();
            self.shell.say(&prompt).await?;
            let line = match self.shell.term.line(Echo::On).await? {
                Line::Text(text) => text,
                Line::Out | Line::End => String::from("exit"),
            };
            if line.trim().is_empty() {
                continue;
            }
            if self.line(line.trim()).await? == Next::Bye {
                return Ok(());
            }
        }
    }

    fn name(&self) -> String {
        self.shell.device.look(|s| s.name().unwrap_or("switch").to_owned())
    }

    fn prompt(&self) -> String {
        let (user, name) = (&self.shell.who.user, self.name());
        if self.mode.is_none() {
            return format!("{user}@{name}> ");
        }
        let level = if self.at.is_empty() { String::new() } else { format!(" {}", self.at.join(" ")) };
        format!("\n[edit{level}]\n{user}@{name}# ")
    }

    async fn line(&mut self, line: &str) -> Result<Next, Gone> {
        self.shell.think().await;
        let fault = self.shell.device.strike(line);
        if let Some(fault) = fault.as_ref().filter(|f| !f.is_after) {
            self.shell.suffer(fault).await?;
        }
        let next = match self.mode {
            Some(_) => self.configure(line).await?,
            None => self.execute(line).await?,
        };
        if let Some(fault) = fault.as_ref().filter(|f| f.is_after) {
            self.shell.suffer(fault).await?;
        }
        Ok(next)
    }

    async fn put(&mut self, mut lines: Vec<String>, pipes: &[&str]) -> Result<(), Gone> {
        let page = self.shell.term.page;
        for pipe in pipes {
            if *pipe == "no-more" {
                self.shell.term.page = 0;
            }
            lines = match filtered(lines, pipe) {
                Ok(lines) => lines,
                Err(()) => {
                    self.shell.term.page = page;
                    return self.shell.say("syntax error.\n").await;
                }
            };
        }
        let more = |part: usize| if part == 0 { "---(more)---".to_owned() } else { format!("---(more {part}%)---") };
        let shown = self.shell.term.show(&lines, more).await;
        self.shell.term.page = page;
        shown
    }

    /// Operational mode.
    async fn execute(&mut self, line: &str) -> Result<Next, Gone> {
        let mut parts = line.split('|').map(str::trim);
        let said = parts.next().unwrap_or_default();
        let pipes: Vec<&str> = parts.collect();
        let words: Vec<&str> = said.split_whitespace().collect();
        let device = self.shell.device.clone();
        match words.as_slice() {
            ["exit" | "quit"] => return Ok(Next::Bye),
            ["set", "cli", "screen-length", n] if n.parse::<usize>().is_ok() => {
                self.shell.term.page = n.parse().unwrap_or(0);
                self.shell.say(&format!("Screen length set to {n}\n")).await?;
            }
            ["set", "cli", "screen-width", n] if n.parse::<usize>().is_ok() => {
                let width: usize = n.parse().unwrap_or(0);
                self.shell.term.width = if width == 0 { 32_767 } else { width.max(40) };
                self.shell.say(&format!("Screen width set to {n}\n")).await?;
            }
            ["set", "cli", "complete-on-space", "off"] => {
                self.shell.say("Disabling complete-on-space\n").await?;
            }
            ["set", "cli", "timestamp" | "idle-timeout" | "prompt" | "terminal", ..] => {}
            ["show", "version"] => {
                let rows = ["Model: ex3400-48t", "Junos: 23.4R2.13"].map(str::to_owned);
                let lines = [format!("Hostname: {}", self.name())].into_iter().chain(rows).collect();
                self.put(lines, &pipes).await?;
            }
            ["show", "configuration", path @ ..] => {
                let path: Vec<String> = path.iter().map(|w| (*w).to_owned()).collect();
                self.show_configuration(&path, &pipes).await?;
            }
            ["show", "system", "commit"] => {
                let now = device.now();
                let lines = device.look(|s| commits(s, now));
                self.put(lines, &pipes).await?;
            }
            ["show", "system", "rollback", n] => {
                let found = n.parse().ok().and_then(|n| device.look(|s| back(s, n)));
                match found {
                    Some(found) => self.put(braces::print(&found), &pipes).await?,
                    None => self.shell.say(&format!("error: rollback {n} does not exist\n")).await?,
                }
            }
            ["show", "system", "uptime"] => {
                let now = device.now();
                let booted = device.look(|s| s.booted_at);
                let lines = vec![format!("Current time: {}", stamp(now)), format!("System booted: {}", stamp(booted))];
                self.put(lines, &pipes).await?;
            }
            ["show", "interfaces", "terse"]
            | ["show", "interfaces", "descriptions"]
            | ["show", "vlans"]
            | ["show", "bgp", "summary"] => {
                let facts = device.look(|s| facts::facts(Kind::Junos, &s.running));
                self.put(table(words[1], &facts), &pipes).await?;
            }
            ["show", "chassis", "hardware"] => {
                let serial = super::industry::serial(&self.name());
                self.put(
                    vec!["Hardware inventory:".to_owned(), format!("Chassis          {serial}  EX3400-48T")],
                    &pipes,
                )
                .await?;
            }
            ["ping", host, ..] => {
                let text = format!(
                    "PING {host} ({host}): 56 data bytes\n64 bytes from {host}: icmp_seq=0 ttl=64 time=0.512 ms\n"
                );
                self.shell.say(&text).await?;
            }
            ["configure"] | ["edit"] => self.enter(Mode::Shared).await?,
            ["configure", "exclusive"] => self.enter(Mode::Exclusive).await?,
            ["configure", "private"] => {
                let base = device.look(|s| s.running.clone());
                self.enter(Mode::Private(Box::new(Own { tree: base.clone(), base }))).await?;
            }
            ["request", "system", "reboot"] => {
                let sure = self.shell.ask("Reboot the system ? [yes,no] (no) ", Echo::On).await?;
                if sure == "yes" {
                    let told = device.tell("reboot 1s");
                    debug_assert!(told.is_ok(), "the word is one of the grammar");
                    return Ok(Next::Bye);
                }
            }
            ["show"] | ["set"] | ["set", "cli"] | ["show", "system"] | ["request", ..] => {
                self.shell.say(&format!("{:>1$}^\nmissing argument.\n", "", line.len())).await?;
            }
            [first, second, ..] if FIRST.contains(first) => {
                let at = line.find(second).unwrap_or(0);
                self.shell.say(&format!("{:>at$}^\nsyntax error, expecting <command>.\n", "")).await?;
            }
            _ => self.shell.say(&format!("{:>1$}^{UNKNOWN}", "", 0)).await?,
        }
        Ok(Next::Go)
    }

    async fn show_configuration(&mut self, path: &[String], pipes: &[&str]) -> Result<(), Gone> {
        let device = self.shell.device.clone();
        let mut is_set = false;
        let mut is_headed = path.is_empty();
        let mut rest: Vec<&str> = Vec::new();
        for pipe in pipes {
            match pipe.split_whitespace().collect::<Vec<_>>().as_slice() {
                ["display", "set"] => is_set = true,
                ["display", "omit"] => is_headed = false,
                ["display", "inheritance"] => {}
                ["compare", "rollback", n] => {
                    let older = n.parse().ok().and_then(|n| device.look(|s| back(s, n)));
                    let Some(older) = older else {
                        return self.shell.say(&format!("error: rollback {n} does not exist\n")).await;
                    };
                    let lines = device.look(|s| braces::compare(&older, &s.running));
                    return self.put(lines, &[]).await;
                }
                _ => rest.push(pipe),
            }
        }
        let config = device.look(|s| s.running.clone());
        let Ok(level) = statement::lines_of(path) else {
            return self.shell.say("syntax error.\n").await;
        };
        let below = tree::find(&config, &level).cloned().unwrap_or_default();
        let lines = if is_set {
            let head: String = path.iter().map(|w| format!("{w} ")).collect();
            statement::rows(&below).into_iter().map(|row| format!("set {head}{row}")).collect()
        } else {
            let head = device.look(|s| format!("## Last commit: {} by {}", stamp(s.changed_at), s.changed_by));
            is_headed.then_some(head).into_iter().chain(braces::print(&below)).collect()
        };
        self.put(lines, &rest).await
    }
}

/// What ran `n` commits ago.
fn back(state: &State, n: usize) -> Option<Tree> {
    match n {
        0 => Some(state.running.clone()),
        n => state.history.get(n - 1).map(|past| past.tree.clone()),
    }
}

fn commits(state: &State, now: direttore_domain::Instant) -> Vec<String> {
    let mut lines = vec![format!("0   {} by {} via cli", stamp(state.changed_at), state.changed_by)];
    if let Some(timer) = &state.timer {
        let minutes = timer.at.since(now).as_secs().div_ceil(60);
        lines[0].push_str(&format!(" commit confirmed, rollback in {minutes}mins"));
    }
    let said = |comment: &str| (!comment.is_empty()).then(|| format!("    {comment}"));
    lines.extend(said(&state.comment));
    for (i, past) in state.history.iter().enumerate() {
        lines.push(format!("{:<3} {} by {} via cli", i + 1, stamp(past.at), past.by));
        lines.extend(said(&past.comment));
    }
    lines
}

fn table(what: &str, facts: &facts::Facts) -> Vec<String> {
    match what {
        "interfaces" => {
            let mut lines = vec![format!("{:<24}{:<6}{:<6}{:<20}", "Interface", "Admin", "Link", "Description")];
            for port in &facts.ports {
                let word = if port.is_enabled { "up" } else { "down" };
                lines.push(format!("{:<24}{word:<6}{word:<6}{:<20}", port.name, port.description));
            }
            lines
        }
        "vlans" => {
            let mut lines = vec![format!("{:<24}{:<8}Interfaces", "VLAN name", "Tag")];
            for (vid, name) in &facts.vlans {
                let in_it = |p: &&facts::Port| p.untagged == Some(*vid) || p.tagged.contains(vid);
                let ports: Vec<&str> = facts.ports.iter().filter(in_it).map(|p| p.name.as_str()).collect();
                lines.push(format!("{name:<24}{vid:<8}{}", ports.join(" ")));
            }
            lines
        }
        _ => {
            let mut lines = vec![format!("Groups: 1 Peers: {} Down peers: 0", facts.neighbours.len())];
            lines.push(format!("{:<24}{:<12}State", "Peer", "AS"));
            lines.extend(facts.neighbours.iter().map(|(a, n, _)| format!("{a:<24}{n:<12}Establ")));
            lines
        }
    }
}
