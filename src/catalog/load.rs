//! Files of `commands/` as commands, checked: a broken file says its name, the line and what is wrong.

use crate::{Catalog, Command, Confirm, Example, Kind, Opt, Page, Runs, value};
use direttore_domain::Permission;
use serde::Deserialize;
use serde_json::Value;
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
    pages: Vec<Spanned<Page>>,
    #[serde(default)]
    examples: Vec<FileExample>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FileOption {
    name: Spanned<String>,
    kind: Kind,
    help: String,
    #[serde(default)]
    required: bool,
    unless: Option<String>,
    #[serde(default)]
    many: bool,
    positional: Option<bool>,
    #[serde(default)]
    rest: bool,
    #[serde(default)]
    new: bool,
    default: Option<toml::Value>,
    limits: Option<(i64, i64)>,
    #[serde(default)]
    choices: Vec<String>,
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
    let mut options: Vec<Opt> = Vec::new();
    for given in read.options {
        let span = given.name.span();
        let option = option(given).map_err(|why| error(Some(span.clone()), why))?;
        if options.iter().any(|o| o.name == option.name) {
            return Err(error(Some(span), format!("the option {} is there twice", option.name)));
        }
        if let Some(last) = options.last().filter(|o| option.positional && (o.many || o.rest) && o.positional) {
            return Err(error(Some(span), format!("{} takes all values, so {} gets none", last.name, option.name)));
        }
        options.push(option);
    }
    let exists = |name: &str| options.iter().any(|o| o.name == name);
    if let Some(lost) = options.iter().filter_map(|o| o.unless.as_deref()).find(|u| !exists(u)) {
        return Err(error(None, format!("unless = {lost:?} names no option of this command")));
    }
    if read.guarded && !exists("reason") {
        return Err(error(None, "what is guarded by reservations has an option reason".to_owned()));
    }
    for page in &read.pages {
        if let Some(lost) = page.as_ref().ask.iter().find(|a| !exists(a)) {
            return Err(error(Some(page.span()), format!("the page asks for {lost}, which is no option")));
        }
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
        pages: read.pages.into_iter().map(Spanned::into_inner).collect(),
        examples: read.examples.into_iter().map(example).collect(),
    })
}

fn option(given: FileOption) -> Result<Opt, String> {
    let positional = given.positional.unwrap_or(given.required);
    let mut option = Opt {
        name: given.name.into_inner(),
        kind: given.kind,
        help: given.help,
        required: given.required,
        unless: given.unless,
        many: given.many,
        positional: positional || given.rest,
        rest: given.rest,
        new: given.new,
        default: None,
        limits: given.limits,
        choices: given.choices,
    };
    let name = &option.name;
    if !is_word(name) {
        return Err(format!("{name:?} cannot be an option: lower-case letters and hyphens only"));
    }
    if (option.kind == Kind::Choice) == option.choices.is_empty() {
        return Err(format!("{name}: a choice has choices, and nothing else has"));
    }
    if option.limits.is_some_and(|(least, most)| least > most) {
        return Err(format!("{name}: the first of limits is the least"));
    }
    if option.limits.is_some() && !matches!(option.kind, Kind::Integer | Kind::Seconds | Kind::Text) {
        return Err(format!("{name}: a {} has no limits", option.kind));
    }
    if option.kind == Kind::Flag && (option.required || option.many || option.positional) {
        return Err(format!("{name}: a flag is said by its name, so it is neither required, many nor positional"));
    }
    if option.many && option.rest {
        return Err(format!("{name}: either many values or the rest of the line"));
    }
    if option.unless.is_some() && !option.required {
        return Err(format!("{name}: unless needs required = true"));
    }
    if let Some(default) = given.default {
        if option.required || option.many {
            return Err(format!("{name}: what is required or many has no default"));
        }
        option.default = Some(typed_default(&option, &default)?);
    }
    Ok(option)
}

fn typed_default(option: &Opt, default: &toml::Value) -> Result<Value, String> {
    let text = match default {
        toml::Value::String(text) => text.clone(),
        toml::Value::Integer(number) => number.to_string(),
        toml::Value::Boolean(flag) => flag.to_string(),
        other => return Err(format!("{}: {other} cannot be a default", option.name)),
    };
    value::typed(option, &text).map_err(|refusal| format!("{}: default: {refusal}", option.name))
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
