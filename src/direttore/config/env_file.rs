//! `--env-file`: variables in a file, as systemd's `EnvironmentFile=`, Compose's `env_file:` and python-dotenv read them.
//!
//! Each line is `KEY=value`, with or without `export` before it; empty lines and those that begin with `#` or `;` say
//! nothing. A value without quotes ends with its line, or before a `#` that follows a space, and is taken as it stands.
//! In 'single quotes' everything stands for itself. In "double quotes" a backslash stands before `"`, `\`, `$` and `` ` ``,
//! and makes `n`, `r` and `t` what they are elsewhere. A value in quotes may have several lines. What would be filled in,
//! or go on, for some of those who read such files and not for others is refused. A key that is there twice has its last
//! value. What is said about a wrong line never shows it: it may hold a secret.

use super::{error::ConfigError, read_text, secret::is_readable_by_others};
use std::{collections::BTreeMap, path::Path};

const NO_VARIABLE: &str = "this is no variable; right would be KEY=value, with a KEY of letters, digits and _";
const FILLED_IN: &str =
    "nothing is filled in for ${…}; right would be the value itself, or 'single quotes' if it is meant so";
const GOES_ON: &str = "no line goes on after a backslash; right would be one line, or quotes around several";
const LIKE_A_COMMENT: &str = "a value that begins with # needs quotes";
const ESCAPES: &str =
    "in double quotes a backslash stands before \", \\, $, `, n, r or t; right would be two of them, or single quotes";
const NO_END: &str = "the quote that begins here has no end";
const AFTER: &str = "something follows the closing quote; right would be nothing, or a comment";

/// The variables of the file at `path`.
///
/// # Errors
/// With the line, for what is no variable or would be read otherwise elsewhere.
pub(super) fn read(path: &Path, notes: &mut Vec<String>) -> Result<BTreeMap<String, String>, ConfigError> {
    let text = read_text(path)?;
    let shown = path.display();
    if is_readable_by_others(path) {
        notes.push(format!("{shown} (--env-file) can be read by everyone on this machine: chmod 600 {shown}"));
    }
    parse(&text).map_err(|(line, why)| ConfigError::new(format!("{shown}:{line}"), why))
}

/// What is wrong, and in which line.
type Wrong = (usize, &'static str);

fn parse(text: &str) -> Result<BTreeMap<String, String>, Wrong> {
    let mut variables = BTreeMap::new();
    let (mut rest, mut line) = (text, 1);
    while !rest.is_empty() {
        let entry = entry(rest).map_err(|why| (line, why))?;
        let length = entry.length + rest[entry.length..].find('\n').map_or(rest.len() - entry.length, |end| end + 1);
        variables.extend(entry.variable);
        line += rest[..length].matches('\n').count();
        rest = &rest[length..];
    }
    Ok(variables)
}

/// What begins with a line: a variable or nothing.
struct Entry {
    variable: Option<(String, String)>,
    /// It ends in the line that has this place.
    length: usize,
}

fn entry(rest: &str) -> Result<Entry, &'static str> {
    let line = rest.split('\n').next().unwrap_or_default();
    let said = line.trim();
    if said.is_empty() || said.starts_with(['#', ';']) {
        return Ok(Entry { variable: None, length: line.len() });
    }
    let (key, value) = line.split_once('=').ok_or(NO_VARIABLE)?;
    let key = key_of(key).ok_or(NO_VARIABLE)?;
    let value = value.trim_start();
    let start = line.len() - value.len();
    let (value, length) = match value.chars().next() {
        Some(quote @ ('\'' | '"')) => {
            let (value, length) = quoted(&rest[start..], quote)?;
            let after = rest[start + length..].split('\n').next().unwrap_or_default().trim();
            if !(after.is_empty() || after.starts_with('#')) {
                return Err(AFTER);
            }
            (value, start + length)
        }
        _ => (plain(value)?.to_owned(), line.len()),
    };
    if value.contains('\0') {
        return Err("no variable has a NUL in it");
    }
    Ok(Entry { variable: Some((key.to_owned(), value)), length })
}

fn key_of(text: &str) -> Option<&str> {
    let text = text.trim();
    let key = text.strip_prefix("export").filter(|k| k.starts_with([' ', '\t'])).map_or(text, str::trim_start);
    let is_word = key.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    (is_word && key.starts_with(|c: char| !c.is_ascii_digit())).then_some(key)
}

/// A value without quotes.
fn plain(text: &str) -> Result<&str, &'static str> {
    if text.starts_with('#') {
        return Err(LIKE_A_COMMENT);
    }
    let comment = text.match_indices('#').map(|(at, _)| at).find(|at| text[..*at].ends_with([' ', '\t']));
    let value = text[..comment.unwrap_or(text.len())].trim_end();
    if value.contains("${") {
        return Err(FILLED_IN);
    }
    if value.ends_with('\\') { Err(GOES_ON) } else { Ok(value) }
}

/// A value that begins with `quote`, and how long it is with both quotes.
fn quoted(text: &str, quote: char) -> Result<(String, usize), &'static str> {
    let mut value = String::new();
    let mut chars = text.char_indices().skip(1).peekable();
    while let Some((at, char)) = chars.next() {
        let is_double = quote == '"';
        value.push(match char {
            end if end == quote => return Ok((value, at + 1)),
            '$' if is_double && chars.peek().is_some_and(|(_, next)| *next == '{') => return Err(FILLED_IN),
            '\\' if is_double => match chars.next() {
                Some((_, itself @ ('"' | '\\' | '$' | '`'))) => itself,
                Some((_, 'n')) => '\n',
                Some((_, 'r')) => '\r',
                Some((_, 't')) => '\t',
                _ => return Err(ESCAPES),
            },
            other => other,
        });
    }
    Err(NO_END)
}
