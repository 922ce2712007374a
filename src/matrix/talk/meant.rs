//! What somebody means: a line, a button by its sign or by words, or answers to the questions of an open form.

use super::note::Posted;
use crate::{heard::bare, render::Button};
use direttore_core::dispatch::What;

/// The button that a sign stands for.
pub(super) fn by_sign<'p>(posted: &'p Posted, key: &str) -> Option<&'p Button> {
    posted.buttons.iter().find(|button| button.sign.as_deref().is_some_and(|sign| bare(sign) == key))
}

/// The button that words stand for: its label, its number, or a sign that was written.
pub(super) fn by_words<'p>(posted: &'p Posted, text: &str) -> Option<&'p Button> {
    let text = text.trim().trim_matches(['[', ']']).trim();
    let number: Option<usize> = text.trim_end_matches('.').parse().ok();
    let is_meant = |button: &&Button| {
        button.label.eq_ignore_ascii_case(text) || (button.number.is_some() && button.number == number)
    };
    // A number may be the answer to a question.
    let found = posted.buttons.iter().find(is_meant).filter(|_| posted.asks.is_none() || number.is_none());
    found.or_else(|| by_sign(posted, &bare(text)))
}

pub(super) fn press(posted: &Posted, button: &Button) -> What {
    What::Press { on: posted.on.clone(), label: button.label.clone() }
}

/// Answers to the questions of a form: `name=value …`, or one a line in their order.
///
/// # Errors
/// What is wrong with them, and what would be right.
pub(super) fn answers(posted: &Posted, asks: &[(String, bool)], text: &str) -> Result<What, String> {
    let on = posted.on.clone();
    if let Some(values) = named(text, asks) {
        return Ok(What::Fill { on, values: values? });
    }
    let lines: Vec<&str> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    if lines.len() > asks.len() {
        let keys: Vec<&str> = asks.iter().map(|(key, _)| key.as_str()).collect();
        let (given, of) = (lines.len(), asks.len());
        return Err(format!(
            "these are {given} answers to {of} questions; right would be one line for each of {}",
            keys.join(", ")
        ));
    }
    let is_whole = lines.len() == asks.len();
    // Who answers one after another goes on where nothing is said yet.
    let left = asks.iter().filter(|(_, is_answered)| is_whole || !is_answered);
    let all: Vec<&String> = left.chain(asks.iter().filter(|(_, is)| !is_whole && *is)).map(|(key, _)| key).collect();
    let values: Vec<(String, String)> =
        all.iter().zip(&lines).map(|(key, line)| ((*key).clone(), one(line))).filter(|(_, v)| v != "-").collect();
    let is_wizard = posted.buttons.iter().any(|button| button.label == "Next");
    let is_left = asks.iter().any(|(key, is)| !is && !values.iter().any(|(k, _)| k == key));
    Ok(match is_wizard && !is_whole && is_left {
        true => What::Set { on, values },
        false => What::Fill { on, values },
    })
}

/// An answer that stands alone may be in quotes all the same.
fn one(line: &str) -> String {
    let inner = ['"', '\''].iter().find_map(|quote| line.strip_prefix(*quote)?.strip_suffix(*quote));
    inner.unwrap_or(line).to_owned()
}

/// Nothing when the text does not begin with `name=` of a question.
fn named(text: &str, asks: &[(String, bool)]) -> Option<Result<Vec<(String, String)>, String>> {
    let (key, _) = text.trim_start().split_once('=')?;
    let is_asked = asks.iter().any(|(ask, _)| ask.eq_ignore_ascii_case(key));
    // A value may have such a sign in it; with several questions it is the name of one that is not asked.
    (is_key(key) && (is_asked || asks.len() > 1)).then(|| pairs(text))
}

fn is_key(word: &str) -> bool {
    word.starts_with(|c: char| c.is_ascii_alphabetic())
        && word.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'))
}

fn pairs(text: &str) -> Result<Vec<(String, String)>, String> {
    let mut found = Vec::new();
    for word in split(text)? {
        match word.split_once('=') {
            Some((key, value)) if is_key(key) => found.push((key.to_ascii_lowercase(), value.to_owned())),
            _ => {
                let word = direttore_domain::text::shorten(&direttore_domain::text::visible(&word), 60);
                return Err(format!(
                    "{word:?} is not of the form name=value; right would be quotes around all of a value"
                ));
            }
        }
    }
    Ok(found)
}

/// Parted at white space, as commands are: quotes hold together, a backslash takes the next character as it is.
fn split(text: &str) -> Result<Vec<String>, String> {
    let (mut all, mut word, mut quote): (Vec<String>, Option<String>, Option<char>) = (vec![], None, None);
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match quote {
            Some(open) if c == open => quote = None,
            Some('"') if c == '\\' && matches!(chars.peek(), Some('"' | '\\')) => {
                word.get_or_insert_default().extend(chars.next());
            }
            Some(_) => word.get_or_insert_default().push(c),
            None if c.is_whitespace() => all.extend(word.take()),
            None if matches!(c, '"' | '\'') => {
                quote = Some(c);
                word.get_or_insert_default();
            }
            None if c == '\\' => word.get_or_insert_default().push(chars.next().unwrap_or('\\')),
            None => word.get_or_insert_default().push(c),
        }
    }
    all.extend(word);
    match quote {
        Some(open) => Err(format!("the answer ends inside a quotation that began with {open}")),
        None => Ok(all),
    }
}

#[cfg(test)]
mod tests;
