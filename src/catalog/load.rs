//! Files of `commands/` as commands, checked: a broken file says its name, the line and what is wrong.

mod option;
mod page;

use crate::{Catalog, Command, Confirm, Example, Page, Runs};
use direttore_domain::Permission;
use option::FileOption;
use page::FilePage;
use serde::Deserialize;
use std::ops::Range;
use toml::Spanned;

/// (path of the command, file, text) of each file.
static FILES: &[(&str, &str, &str)] = include!(concat!(env!("OUT_DIR"), "/commands.rs"));

/// What is wrong in a file, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{file}:{line}: {why}")]
pub struct LoadError {
    pub file: String,
    pub line: usize,
    pub why: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    summary: String,
    #[serde(default)]
    help: String,
    permission: Permission,
    runs: Runs,
    #[serde(default)]
    confirm: Confirm,
    #[serde(default)]
    guarded: bool,
    #[serde(default)]
    also: Vec<String>,
    #[serde(default)]
    options: Vec<FileOption>,
    #[serde(default)]
    pages: Vec<Spanned<FilePage>>,
    #[serde(default)]
    steps: u32,
    #[serde(default)]
    examples: Vec<FileExample>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FileExample {
    say: Spanned<String>,
    #[serde(default)]
    note: String,
}

/// The catalogue built into the program.
pub(crate) fn embedded() -> Result<Catalog, LoadError> {
    let commands = FILES.iter().map(|(path, file, text)| command(path, file, text));
    whole(commands.collect::<Result<_, _>>()?)
}

/// One file.
///
/// # Errors
/// With file and line, for what the form of a file forbids.
pub fn command(path: &str, file: &str, text: &str) -> Result<Command, LoadError> {
    let error = |span: Option<Range<usize>>, why: String| LoadError {
        file: file.to_owned(),
        line: span.map_or(1, |s| text[..s.start.min(text.len())].matches('\n').count() + 1),
        why,
    };
    let read: File = toml::from_str(text).map_err(|e| error(e.span(), e.message().to_owned()))?;
    if path.is_empty() || !path.split(' ').all(is_word) {
        return Err(error(None, format!("{path:?} cannot be a command: lower-case letters and hyphens only")));
    }
    let options = option::options(read.options).map_err(|(span, why)| error(Some(span), why))?;
    let exists = |name: &str| options.iter().any(|o| o.name == name);
    if let Some(lost) = options.iter().flat_map(|o| &o.unless).find(|u| !exists(u)) {
        return Err(error(None, format!("unless = {lost:?} names no option of this command")));
    }
    if read.guarded && !exists("reason") {
        return Err(error(None, "what is guarded by reservations has an option reason".to_owned()));
    }
    if (read.steps > 0) != (read.confirm == Confirm::Review) || (read.steps > 0 && read.pages.is_empty()) {
        return Err(error(None, "a wizard has steps, pages and confirm = \"review\", and nothing else has".to_owned()));
    }
    let mut pages: Vec<Page> = Vec::new();
    for given in read.pages {
        let span = given.span();
        let page = page::page(given.into_inner(), &options, read.steps, pages.last());
        pages.push(page.map_err(|why| error(Some(span), why))?);
    }
    let example = |e: FileExample| Example { say: e.say.into_inner(), note: e.note };
    Ok(Command {
        path: path.to_owned(),
        summary: read.summary,
        help: read.help.trim().to_owned(),
        permission: read.permission,
        runs: read.runs,
        confirm: read.confirm,
        guarded: read.guarded,
        also: read.also,
        options,
        pages,
        steps: read.steps,
        examples: read.examples.into_iter().map(example).collect(),
    })
}

/// All commands together: no name is there twice, and no command is also a group.
fn whole(commands: Vec<Command>) -> Result<Catalog, LoadError> {
    let file = |c: &Command| format!("commands/{}.toml", c.path.replace(' ', "/"));
    let mut names: Vec<&str> = Vec::new();
    for command in &commands {
        for name in std::iter::once(&command.path).chain(&command.also) {
            let is_group = commands.iter().any(|c| c.group() == Some(name));
            if names.contains(&name.as_str()) || is_group {
                return Err(LoadError { file: file(command), line: 1, why: format!("{name:?} is taken") });
            }
            names.push(name);
        }
    }
    Ok(Catalog::new(commands))
}

fn is_word(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_lowercase())
        && text.len() <= 32
        && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
}
