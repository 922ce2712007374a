//! The commands: what may be said, read from `commands/**/*.toml`, and how a line of text becomes typed answers.
//!
//! A file `commands/<group>/<verb>.toml` (or `commands/<word>.toml`) describes one command: words, kinds, limits,
//! permission, pages, examples. There is no logic in it. This crate reads such files ([`load`]), reads what a person
//! wrote ([`Catalog::read`]), checks the form of each value ([`Command::answers`]), says a command back in one line
//! ([`Command::line`]), asks page by page ([`Command::wizard_pages`]), completes half a line ([`Catalog::complete`]) and
//! writes the reference ([`markdown`]).
//!
//! It never asks whether a guest, node or account exists, and never decides who may say what: that is dispatch's work.
//! Start at [`command`] for what a command is, at [`read`] for the grammar of a line.

pub mod answers;
pub mod command;
pub mod complete;
pub mod duration;
pub mod kind;
mod line;
pub mod load;
mod markdown;
pub mod read;
pub mod repeat;
pub mod since;
mod split;
mod value;
pub mod wizard;

pub use answers::Answers;
pub use command::{Command, Confirm, Example, FormPage, Opt, Page, Runs};
pub use complete::{Candidate, Completion, Want};
pub use kind::Kind;
pub use line::quote;
pub use load::LoadError;
pub use markdown::markdown;
pub use read::{Asked, Given, MAX_LINE};
pub use since::Since;
pub use wizard::WizardPage;

use std::{
    collections::{BTreeMap, HashMap},
    sync::LazyLock,
};

/// All commands, in the order of their paths.
#[derive(Debug)]
pub struct Catalog {
    commands: Vec<Command>,
    /// Paths and other names, to the position in `commands`.
    names: HashMap<String, usize>,
    /// A group's first word, to the positions of its commands.
    groups: BTreeMap<String, Vec<usize>>,
}

/// The catalogue built into the program.
///
/// # Panics
/// When a file in `commands/` is broken: the message names file and line. A test loads it, so that no build ships one.
pub fn catalog() -> &'static Catalog {
    static CATALOG: LazyLock<Catalog> = LazyLock::new(|| match load::embedded() {
        Ok(catalog) => catalog,
        Err(broken) => panic!("{broken}"),
    });
    &CATALOG
}

impl Catalog {
    fn new(commands: Vec<Command>) -> Self {
        let mut names = HashMap::new();
        let mut groups: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        for (at, command) in commands.iter().enumerate() {
            for name in std::iter::once(&command.path).chain(&command.also) {
                names.insert(name.clone(), at);
            }
            if let Some(group) = command.group() {
                groups.entry(group.to_owned()).or_default().push(at);
            }
        }
        Self { commands, names, groups }
    }

    pub fn commands(&self) -> &[Command] {
        &self.commands
    }

    /// By path (`guest list`) or by another name (`guests`).
    pub fn get(&self, path: &str) -> Option<&Command> {
        self.names.get(path).map(|at| &self.commands[*at])
    }

    /// First words that need a second one: `guest`, `power`, …
    pub fn groups(&self) -> impl Iterator<Item = &str> {
        self.groups.keys().map(String::as_str)
    }

    /// The commands of one group, in the order of their verbs; none if there is no such group.
    pub fn group(&self, name: &str) -> impl Iterator<Item = &Command> {
        self.groups.get(name).into_iter().flatten().map(|at| &self.commands[*at])
    }
}

#[cfg(test)]
mod tests;
