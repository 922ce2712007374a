//! One command as its file describes it.

use crate::Kind;
use direttore_domain::Permission;
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
}

/// One option.
#[derive(Debug, Clone, PartialEq)]
pub struct Opt {
    pub name: String,
    pub kind: Kind,
    /// One sentence, at most 100 characters, without a full stop.
    pub help: String,
    pub required: bool,
    /// Not required when this other option is given.
    pub unless: Option<String>,
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
    /// Least and greatest: of an integer, of seconds, of a text's characters.
    pub limits: Option<(i64, i64)>,
    pub choices: Vec<String>,
}

/// A page of the form that asks what is missing.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Page {
    pub title: String,
    pub ask: Vec<String>,
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

    pub fn option(&self, name: &str) -> Option<&Opt> {
        self.options.iter().find(|o| o.name == name)
    }

    /// How it is said: `/guest show guest`, with what may be left out in brackets.
    pub fn usage(&self) -> String {
        let mut out = format!("/{}", self.path);
        for option in &self.options {
            let several = if option.many || option.rest { "…" } else { "" };
            let inner = match (option.positional, option.kind) {
                (true, _) => format!("{}{several}", option.name),
                (false, Kind::Flag) => option.name.clone(),
                (false, _) => format!("{}={several}", option.name),
            };
            out += &if option.is_always_required() { format!(" {inner}") } else { format!(" [{inner}]") };
        }
        out
    }

    /// The pages that ask for these options, in the file's order; at most five questions on each.
    /// Options that no page names come last, under the command's summary. Unknown names are left out.
    pub fn form_pages(&self, missing: &[&str]) -> Vec<FormPage<'_>> {
        fn add<'c>(pages: &mut Vec<FormPage<'c>>, title: &'c str, asked: Vec<&'c Opt>) {
            let chunks = asked.chunks(QUESTIONS_PER_PAGE);
            pages.extend(chunks.map(|ask| FormPage { title, ask: ask.to_vec() }));
        }
        let mut pages = Vec::new();
        let wanted = |name: &str| missing.contains(&name);
        for page in &self.pages {
            let asked = page.ask.iter().filter(|n| wanted(n)).filter_map(|n| self.option(n));
            add(&mut pages, &page.title, asked.collect());
        }
        let on_no_page = |o: &&Opt| wanted(&o.name) && !self.pages.iter().any(|p| p.ask.contains(&o.name));
        add(&mut pages, &self.summary, self.options.iter().filter(on_no_page).collect());
        pages
    }
}

impl Opt {
    /// Whether a call without it is never complete.
    pub fn is_always_required(&self) -> bool {
        self.required && self.unless.is_none()
    }

    /// Whether a word without a name is this option's value before it can be a flag.
    pub(crate) fn awaits_value(&self) -> bool {
        self.positional && self.required && !self.rest
    }

    /// Whether dispatch can list its values.
    pub fn is_live(&self) -> bool {
        self.kind.is_live() && !self.new
    }

    /// What a right value looks like, with this option's own limits and choices.
    pub fn right(&self) -> String {
        let choices = || direttore_domain::text::list(&self.choices);
        match (self.kind, self.limits) {
            (Kind::Choice, _) => format!("one of {}", choices()),
            (Kind::Integer, Some((least, most))) => format!("a whole number from {least} to {most}"),
            (Kind::Seconds, Some((least, most))) => format!("{}, {least} to {most} seconds", self.kind.right()),
            (Kind::Text, Some((least, most))) if least > 1 => format!("text of {least} to {most} characters"),
            (Kind::Text, Some((_, most))) => format!("text of at most {most} characters"),
            (kind, _) => kind.right().to_owned(),
        }
    }
}
