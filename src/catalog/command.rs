//! One command as its file describes it.

use crate::Kind;
use direttore_domain::{NicModel, Permission, Role, disk::Size};
use serde::Deserialize;
use serde_json::Value;

/// At most this many questions fit on one page of a form (a Discord modal has five rows).
pub const QUESTIONS_PER_PAGE: usize = 5;

#[derive(Debug, Clone, PartialEq)]
pub struct Command {
    /// Its words: `guest list`, `help`.
    pub path: String,
    /// One sentence, at most 100 characters, without a full stop.
    pub summary: String,
    /// More for `/help <command>`; may be empty.
    pub help: String,
    pub permission: Permission,
    pub runs: Runs,
    pub confirm: Confirm,
    /// Refused while somebody else has a reservation on what it touches; has an option `reason`.
    pub guarded: bool,
    /// Other names, in surfaces of text.
    pub also: Vec<String>,
    pub options: Vec<Opt>,
    pub pages: Vec<Page>,
    /// Of a wizard: what it shows as `step 2/6`. None for a command that only asks what is missing.
    pub steps: u32,
    pub examples: Vec<Example>,
}

/// How it is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Runs {
    /// From cache and database, at once.
    Now,
    /// Asks a peer: acknowledged first.
    Live,
    /// Makes durable jobs: acknowledged first.
    Job,
}

/// What is asked before it is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Confirm {
    #[default]
    No,
    Yes,
    /// The asker types the name of what is touched.
    Name,
    /// Everything that will be sent is shown, and can be changed. Wizards only.
    Review,
}

/// One option.
#[derive(Debug, Clone, PartialEq)]
pub struct Opt {
    pub name: String,
    pub kind: Kind,
    /// One sentence, at most 100 characters, without a full stop.
    pub help: String,
    pub required: bool,
    /// Not required when one of these other options is given.
    pub unless: Vec<String>,
    /// Takes several values.
    pub many: bool,
    /// May be said without its name.
    pub positional: bool,
    /// Takes the rest of the line as one text.
    pub rest: bool,
    /// Names something that does not exist yet: the kind's form, no completion.
    pub new: bool,
    /// Typed as in [`crate::Answers`].
    pub default: Option<Value>,
    /// Least and greatest: of an integer, of seconds, of a text's characters, of a size in MiB.
    pub limits: Option<(i64, i64)>,
    pub choices: Vec<String>,
    /// May be there so many times, said as `nic1=… nic2=…`; see [`crate::repeat`].
    pub at_most: Option<u32>,
    /// What a form asks for one of them. On a line they stand within its value: `nic1="bridge=vmbr0 vlan=100"`.
    pub parts: Vec<Opt>,
}

/// A page of the form that asks what is missing, or of the wizard.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    pub title: String,
    pub ask: Vec<String>,
    /// Of a wizard, from 1; else 0.
    pub step: u32,
    /// There once for each repetition of this option, and asks for its parts.
    pub repeat: Option<String>,
}

/// A line that works.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Example {
    pub say: String,
    /// What it does, where that is not plain; may be empty.
    pub note: String,
}

/// A page as it is shown: only what is asked now.
#[derive(Debug, Clone, PartialEq)]
pub struct FormPage<'c> {
    pub title: &'c str,
    pub ask: Vec<&'c Opt>,
}

impl Command {
    /// `["guest", "list"]`, or one word.
    pub fn words(&self) -> impl Iterator<Item = &str> {
        self.path.split(' ')
    }

    /// `guest` of `guest list`; none for a command of one word.
    pub fn group(&self) -> Option<&str> {
        self.path.split_once(' ').map(|(group, _)| group)
    }

    /// `list` of `guest list`, `help` of `help`.
    pub fn verb(&self) -> &str {
        self.path.split_once(' ').map_or(&self.path, |(_, verb)| verb)
    }

    /// The option of this name; `nic`, `nic1` and `nic3` are all the one that may be there several times.
    pub fn option(&self, name: &str) -> Option<&Opt> {
        self.place_of(name).map(|(option, _)| option)
    }

    /// The keys that [`crate::Answers`] can have: the fields of the handler's input.
    pub fn input_names(&self) -> impl Iterator<Item = &str> {
        self.options.iter().map(|o| o.name.as_str())
    }

    /// How it is said: `/guest show guest`, with what may be left out in brackets.
    pub fn usage(&self) -> String {
        let mut out = format!("/{}", self.path);
        for option in &self.options {
            let several = if option.many || option.rest { "…" } else { "" };
            let inner = match (option.positional, option.kind) {
                (true, _) => format!("{}{several}", option.name),
                (false, Kind::Flag) => option.name.clone(),
                (false, _) if option.at_most.is_some() => format!("{}=…", option.key(1)),
                (false, _) => format!("{}={several}", option.name),
            };
            out += &if option.is_always_required() { format!(" {inner}") } else { format!(" [{inner}]") };
        }
        out
    }

    /// The pages that ask for these options, in the file's order; at most five questions on each.
    /// Options that no page names come last, under the command's summary. Unknown names are left out, and so are pages
    /// of a wizard that repeat.
    pub fn form_pages(&self, missing: &[&str]) -> Vec<FormPage<'_>> {
        fn add<'c>(pages: &mut Vec<FormPage<'c>>, title: &'c str, asked: Vec<&'c Opt>) {
            let chunks = asked.chunks(QUESTIONS_PER_PAGE);
            pages.extend(chunks.map(|ask| FormPage { title, ask: ask.to_vec() }));
        }
        let mut pages = Vec::new();
        let wanted = |name: &str| missing.contains(&name);
        for page in self.pages.iter().filter(|p| p.repeat.is_none()) {
            let asked = page.ask.iter().filter(|n| wanted(n)).filter_map(|n| self.option(n));
            add(&mut pages, &page.title, asked.collect());
        }
        let is_placed = |name: &String| self.pages.iter().any(|p| p.repeat.is_none() && p.ask.contains(name));
        let on_no_page = |o: &&Opt| wanted(&o.name) && !is_placed(&o.name);
        add(&mut pages, &self.summary, self.options.iter().filter(on_no_page).collect());
        pages
    }
}

impl Opt {
    /// Whether a call without it is never complete.
    pub fn is_always_required(&self) -> bool {
        self.required && self.unless.is_empty()
    }

    /// Whether a word without a name is this option's value before it can be a flag.
    pub(crate) fn awaits_value(&self) -> bool {
        self.positional && self.required && !self.rest
    }

    /// Whether dispatch can list its values.
    pub fn is_live(&self) -> bool {
        self.kind.is_live() && !self.new
    }

    /// Values that can be offered without asking anyone: all of a choice, the words that an address may be.
    pub fn fixed(&self) -> Vec<String> {
        let words: &[&str] = match self.kind {
            Kind::Choice => return self.choices.clone(),
            Kind::Role => &Role::ALL.map(Role::as_str),
            Kind::Model => &NicModel::ALL.map(NicModel::as_str),
            Kind::Flag => &["true", "false"],
            Kind::Since => &["1h", "24h", "7d"],
            Kind::Vlan => &["none"],
            Kind::Ipv4 => &["dhcp", "none", "netbox:"],
            Kind::Ipv6 => &["auto", "dhcp", "none", "netbox:"],
            _ => &[],
        };
        words.iter().map(|w| (*w).to_owned()).collect()
    }

    /// What a right value looks like, with this option's own limits and choices.
    pub fn right(&self) -> String {
        let choices = || direttore_domain::text::list(&self.choices);
        match (self.kind, self.limits) {
            (Kind::Choice, _) => format!("one of {}", choices()),
            (Kind::Integer, Some((least, most))) => format!("a whole number from {least} to {most}"),
            (Kind::Seconds, Some((least, most))) => format!("{}, {least} to {most} seconds", self.kind.right()),
            (Kind::Size, Some((least, most))) => format!("a size from {} to {}", size(least), size(most)),
            (Kind::Text, Some((least, most))) if least > 1 => format!("text of {least} to {most} characters"),
            (Kind::Text, Some((_, most))) => format!("text of at most {most} characters"),
            (kind, _) => kind.right().to_owned(),
        }
    }
}

/// A limit in MiB as people write it.
pub(crate) fn size(mib: i64) -> String {
    match u64::try_from(mib) {
        Ok(mib) if mib > 0 => Size { mib }.to_string(),
        _ => "0".to_owned(),
    }
}
