//! How values get into a template: escaped, unless one of these filters says that they are code, a date, a person or a link.

use crate::{format, markup};
use direttore_domain::text;
use minijinja::{Environment, Error, ErrorKind, Value};

/// Markup for `value`: what a filter marked stays, all else becomes plain text on one line.
/// `true` is `yes`, `false` is `no`, none is nothing.
pub(crate) fn say(value: &Value) -> String {
    match value.as_str() {
        Some(marked) if value.is_safe() => marked.to_owned(),
        _ => markup::escape(&text::visible(&words(value))),
    }
}

/// `value` in words, before anything is escaped.
pub(crate) fn words(value: &Value) -> String {
    if let Some(text) = value.as_str() {
        return text.to_owned();
    }
    if value.is_none() || value.is_undefined() {
        return String::new();
    }
    match bool::try_from(value.clone()) {
        Ok(true) if !value.is_number() => "yes".to_owned(),
        Ok(false) if !value.is_number() => "no".to_owned(),
        _ if value.is_number() && !value.is_integer() => {
            f64::try_from(value.clone()).map_or_else(|_| value.to_string(), format::number)
        }
        _ => value.to_string(),
    }
}

/// `value` in a table's cell, as `format` says: `bytes`, `percent`, `bar`, `duration`, `when` or `list`. Nothing for none.
pub(crate) fn formatted(value: &Value, format: &str, zone: &str) -> Result<String, Error> {
    if value.is_none() || value.is_undefined() {
        return Ok(String::new());
    }
    Ok(match format {
        "bytes" => format::bytes(number(value)?),
        "percent" => format::percent(number(value)?),
        "bar" => format::bar(number(value)?),
        "duration" => format::duration(number(value)?),
        "when" => format::when(instant(value)?, zone),
        "list" => text::list(&value.try_iter()?.map(|v| words(&v)).collect::<Vec<_>>()),
        _ => return Err(wrong(format!("there is no format {format}"))),
    })
}

pub(crate) fn add_to(env: &mut Environment<'static>) {
    // They would let data through unescaped, or escape it for another language.
    for name in ["safe", "escape", "e", "pprint", "urlencode", "tojson"] {
        env.remove_filter(name);
    }
    env.add_filter("code", |value: Value| mark(&value, |v| Ok(quoted('`', &text::visible(&words(v)), '`'))));
    env.add_filter("block", |value: Value| mark(&value, |v| Ok(quoted('`', &text::visible_lines(&words(v)), '`'))));
    env.add_filter("when", |value: Value| mark(&value, |v| Ok(format!("<when:{}>", instant(v)?.millis()))));
    env.add_filter("who", |value: Value| mark(&value, |v| Ok(format!("<who:{}>", one_line(v)))));
    env.add_filter("link", |value: Value| mark(&value, |v| Ok(link(v))));
    env.add_filter("bytes", |value: Value| plain(&value, |v| Ok(format::bytes(number(v)?))));
    env.add_filter("percent", |value: Value| plain(&value, |v| Ok(format::percent(number(v)?))));
    env.add_filter("bar", |value: Value| plain(&value, |v| Ok(format::bar(number(v)?))));
    env.add_filter("duration", |value: Value| plain(&value, |v| Ok(format::duration(number(v)?))));
    env.add_filter("list", |value: Value| mark(&value, list));
    env.add_filter("plural", |value: Value, one: String, many: Option<String>| {
        plain(&value, |v| Ok(format::plural(number(v)?, &one, many.as_deref())))
    });
}

fn plain(value: &Value, say: impl Fn(&Value) -> Result<String, Error>) -> Result<Value, Error> {
    check(value)?;
    if value.is_none() { Ok(Value::from("")) } else { say(value).map(Value::from) }
}

/// As [`plain`], but what comes out is markup.
fn mark(value: &Value, say: impl Fn(&Value) -> Result<String, Error>) -> Result<Value, Error> {
    check(value)?;
    if value.is_none() || value.as_str() == Some("") {
        return Ok(Value::from(""));
    }
    say(value).map(Value::from_safe_string)
}

fn check(value: &Value) -> Result<(), Error> {
    if value.is_undefined() { Err(Error::from(ErrorKind::UndefinedError)) } else { Ok(()) }
}

fn quoted(open: char, words: &str, close: char) -> String {
    format!("{open}{}{close}", markup::escape(words))
}

fn one_line(value: &Value) -> String {
    markup::escape(&text::visible(&words(value)))
}

/// Other schemes (`javascript:`) stay words.
fn link(value: &Value) -> String {
    let address = words(value);
    let is_web = address.starts_with("https://") || address.starts_with("http://");
    if is_web && !address.contains(char::is_whitespace) {
        format!("<link:{}>", one_line(value))
    } else {
        one_line(value)
    }
}

/// Items may be marked already (`names | map("code") | list`).
fn list(value: &Value) -> Result<String, Error> {
    Ok(text::list(&value.try_iter()?.map(|item| say(&item)).collect::<Vec<_>>()))
}

pub(crate) fn number(value: &Value) -> Result<f64, Error> {
    if value.is_number() { f64::try_from(value.clone()) } else { Err(wrong(format!("{} is no number", value.kind()))) }
}

pub(crate) fn instant(value: &Value) -> Result<direttore_domain::Instant, Error> {
    let millis = value.as_i64().filter(|_| value.is_number());
    millis.map(direttore_domain::Instant).ok_or_else(|| wrong(format!("{} is no instant", value.kind())))
}

fn wrong(why: String) -> Error {
    Error::new(ErrorKind::InvalidOperation, why)
}
