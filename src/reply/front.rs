//! A reply template's front matter.
//!
//! ```text
//! ---
//! tone: success
//! title: {{ guest.name }} is running
//! public: true
//! actions: Yes, No
//! code: {{ code }}            · reference: · job: likewise
//! progress: {{ done }} {{ of }} {{ percent }}
//! field memory: {{ memory | bytes }}
//! table: guests
//! columns: vmid, name, memory | bytes, since = started | when
//! ---
//! The text.
//! ```
//! Jinja's loops and conditions may make lines. A line whose value renders empty is left out. `table` names the data's
//! key of a list of objects; a column is `label = key | format`, where the label is the key unless given.

use crate::{Field, Progress, RenderError, Reply, Tone, markup};

/// A rendered template, read.
pub(crate) struct Front {
    pub(crate) reply: Reply,
    /// The data's key of the table's rows.
    pub(crate) rows: Option<String>,
    pub(crate) columns: Vec<Column>,
}

pub(crate) struct Column {
    pub(crate) label: String,
    pub(crate) key: String,
    pub(crate) format: Option<String>,
}

pub(crate) fn read(template: &str, rendered: &str) -> Result<Front, RenderError> {
    let wrong = |line: &str, why: &'static str| RenderError::Front {
        template: template.to_owned(),
        line: line.to_owned(),
        why,
    };
    let (head, body) = split(rendered).ok_or_else(|| wrong("---", "no front matter"))?;
    let mut front = Front { reply: Reply::default(), rows: None, columns: Vec::new() };
    for line in head.split('\n').filter(|line| !markup::trim(line).is_empty()) {
        let colon = markup::find_plain(line, ':').ok_or_else(|| wrong(line, "a line without a colon"))?;
        let (key, value) = (markup::trim(&line[..colon]), markup::trim(&line[colon + 1..]));
        if !value.is_empty() {
            set(&mut front, key, value).map_err(|why| wrong(line, why))?;
        }
    }
    if front.rows.is_some() == front.columns.is_empty() {
        return Err(wrong("table", "table and columns need each other"));
    }
    front.reply.text = markup::parse(&body_lines(body)).map_err(|why| wrong("the text", why))?;
    Ok(front)
}

/// Front matter and text of a template, before or after rendering.
pub(crate) fn split(template: &str) -> Option<(&str, &str)> {
    let inner = template.strip_prefix("---\n")?;
    match inner.split_once("\n---\n") {
        None => inner.strip_suffix("\n---").map(|head| (head, "")),
        parts => parts,
    }
}

/// At most one empty line in a row, none at the ends: conditions leave some behind.
fn body_lines(body: &str) -> String {
    let mut lines: Vec<&str> = Vec::new();
    for line in body.split('\n').map(|line| line.trim_end_matches([' ', '\t'])) {
        if !line.is_empty() || lines.last().is_some_and(|last| !last.is_empty()) {
            lines.push(line);
        }
    }
    markup::trim(&lines.join("\n")).to_owned()
}

fn set(front: &mut Front, key: &str, value: &str) -> Result<(), &'static str> {
    let reply = &mut front.reply;
    if let Some(name) = key.strip_prefix("field ") {
        let value = markup::parse(value)?;
        if !value.is_empty() {
            reply.fields.push(Field { name: markup::unescape(markup::trim(name)), value });
        }
        return Ok(());
    }
    match key {
        "tone" => reply.tone = tone(value)?,
        "title" => reply.title = markup::parse(value)?,
        "public" => reply.public = is_yes(value)?,
        "actions" => {
            let labels = markup::split_plain(value, ',').into_iter().filter(|label| !label.is_empty());
            reply.actions.extend(labels.map(markup::unescape));
        }
        "code" => reply.code = Some(markup::unescape(value)),
        "reference" => reply.reference = Some(markup::unescape(value)),
        "job" => reply.job = Some(markup::unescape(value)),
        "progress" => reply.progress = Some(progress(value)?),
        "table" => front.rows = Some(value.to_owned()),
        "columns" => {
            front.columns = markup::split_plain(value, ',').into_iter().map(column).collect::<Result<_, _>>()?
        }
        _ => return Err("no such key"),
    }
    Ok(())
}

fn tone(value: &str) -> Result<Tone, &'static str> {
    Tone::ALL.into_iter().find(|tone| tone.as_str() == value).ok_or("no such tone")
}

fn is_yes(value: &str) -> Result<bool, &'static str> {
    match value {
        "true" | "yes" => Ok(true),
        "false" | "no" => Ok(false),
        _ => Err("neither true nor false"),
    }
}

fn progress(value: &str) -> Result<Progress, &'static str> {
    let words: Vec<&str> = value.split_whitespace().collect();
    let number = |word: &str| word.parse::<u32>().map_err(|_| "progress is: done of [percent]");
    match words[..] {
        [done, of] => Ok(Progress { done: number(done)?, of: number(of)?, percent: None }),
        [done, of, percent] => {
            let percent = u8::try_from(number(percent)?.min(100)).ok();
            Ok(Progress { done: number(done)?, of: number(of)?, percent })
        }
        _ => Err("progress is: done of [percent]"),
    }
}

fn column(words: &str) -> Result<Column, &'static str> {
    let (words, format) = match words.split_once('|') {
        Some((words, format)) => (markup::trim(words), Some(markup::trim(format).to_owned())),
        None => (words, None),
    };
    let (label, key) = words.split_once('=').map_or((words, words), |(l, k)| (markup::trim(l), markup::trim(k)));
    if label.is_empty() || key.is_empty() {
        return Err("a column without a name");
    }
    Ok(Column { label: label.to_owned(), key: key.to_owned(), format })
}
