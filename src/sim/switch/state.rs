//! What a switch holds: configurations, sessions, the pending timer. All of it survives a restart.

use super::{
    Credential, Kind,
    text::{Node, Tree, statement, tree},
};
use direttore_domain::Instant;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use std::{collections::BTreeMap, time::Duration};

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct State {
    pub running: Tree,
    pub startup: Tree,
    /// What ran before, the newest first: Junos' `rollback 1` and older.
    pub history: Vec<Past>,
    /// EOS: configuration sessions that are not done with.
    pub sessions: BTreeMap<String, Candidate>,
    /// Junos: what all who said plain `configure` work on together, once somebody does.
    pub shared: Option<Candidate>,
    pub files: BTreeMap<String, Tree>,
    pub timer: Option<Timer>,
    pub changed_at: Instant,
    pub changed_by: String,
    /// Junos: what whoever committed it said of it.
    #[serde(default)]
    pub comment: String,
    /// When the box last started.
    pub booted_at: Instant,
    /// IOS: the number of the next file of the archive.
    pub archived: u32,
    /// Counts changes of the running configuration.
    #[serde(default)]
    pub revision: u64,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Past {
    pub tree: Tree,
    pub at: Instant,
    pub by: String,
    #[serde(default)]
    pub comment: String,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Candidate {
    pub tree: Tree,
    /// What ran when it was opened.
    pub base: Tree,
    pub by: String,
}

impl Candidate {
    pub fn is_changed(&self) -> bool {
        self.tree != self.base
    }
}

/// Something that goes back by itself unless it is confirmed.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Timer {
    pub at: Instant,
    pub back: Tree,
    /// EOS: the session that was committed.
    pub session: Option<String>,
    pub by: String,
    pub set: Duration,
}

/// As many as Junos keeps.
const HISTORY: usize = 49;

impl State {
    pub fn new(kind: Kind, name: &str, credential: &Credential, now: Instant) -> Self {
        let running = seed(kind, name, credential);
        Self {
            startup: running.clone(),
            running,
            history: Vec::new(),
            sessions: BTreeMap::new(),
            shared: None,
            files: BTreeMap::new(),
            timer: None,
            changed_at: now,
            changed_by: "root".into(),
            comment: String::new(),
            booted_at: now,
            archived: 0,
            revision: 0,
        }
    }

    /// What became due goes back; whether something did.
    pub fn advance(&mut self, now: Instant) -> bool {
        let Some(timer) = self.timer.take_if(|t| t.at <= now) else { return false };
        if let Some(name) = &timer.session {
            self.sessions.remove(name);
        }
        self.run(timer.back, "rollback", timer.at);
        true
    }

    /// Another configuration runs from now on.
    pub fn run(&mut self, tree: Tree, by: &str, at: Instant) {
        let old = std::mem::replace(&mut self.running, tree);
        let (by_whom, comment) = (std::mem::take(&mut self.changed_by), std::mem::take(&mut self.comment));
        self.history.insert(0, Past { tree: old, at: self.changed_at, by: by_whom, comment });
        self.history.truncate(HISTORY);
        self.changed_at = at;
        by.clone_into(&mut self.changed_by);
        self.revision += 1;
    }

    /// A line at a time, as IOS changes what runs: no history, which would be one of lines.
    pub fn touch(&mut self, by: &str, at: Instant) {
        self.changed_at = at;
        by.clone_into(&mut self.changed_by);
        self.revision += 1;
    }

    pub fn arm(&mut self, back: Tree, session: Option<String>, by: &str, now: Instant, set: Duration) {
        self.timer = Some(Timer { at: now + set, back, session, by: by.to_owned(), set });
    }

    /// Off and on again. What was not saved is lost where saving is a thing of its own.
    pub fn reboot(&mut self, kind: Kind, now: Instant) {
        if kind != Kind::Junos {
            self.timer = None;
            self.sessions.clear();
            if self.running != self.startup {
                let startup = self.startup.clone();
                self.run(startup, "startup", now);
            }
        }
        self.shared = None;
        self.booted_at = now;
    }

    /// The lines that run, each with its section before it: `interface Ethernet1 shutdown`, `interfaces fxp0 disable`.
    pub fn lines(&self) -> Vec<String> {
        statement::rows(&self.running)
    }

    pub fn name(&self) -> Option<&str> {
        let system = || self.running.iter().find(|n| n.line == "system").map(|n| &n.under);
        let top = self.running.iter().find_map(|n| n.line.strip_prefix("hostname "));
        top.or_else(|| system()?.iter().find_map(|n| n.line.strip_prefix("host-name ")))
    }
}

/// The configuration of the first day.
fn seed(kind: Kind, name: &str, credential: &Credential) -> Tree {
    let text = match kind {
        Kind::Eos => include_str!("seed/eos.txt"),
        Kind::Ios => include_str!("seed/ios.txt"),
        Kind::Junos => include_str!("seed/junos.txt"),
    };
    let hash: String = Sha256::digest(credential.password.as_bytes()).iter().map(|b| format!("{b:02x}")).collect();
    let text = text
        .replace("{name}", name)
        .replace("{user}", &credential.user)
        .replace("{community}", &credential.community)
        .replace("{hash}", &hash)
        .replace("{hash9}", &hash[..24])
        .replace("{key}", &hash[..40])
        .replace("{seven}", &format!("08{}", hash[..14].to_uppercase()));
    if kind != Kind::Junos {
        return tree::parse(&text);
    }
    let mut tree = Vec::<Node>::new();
    for line in text.lines() {
        statement::set(&mut tree, &statement::words_of(line))
            .unwrap_or_else(|word| panic!("the first configuration has {word:?} in {line:?}"));
    }
    tree
}
