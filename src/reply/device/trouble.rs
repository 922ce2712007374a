//! Why a template gave no text: where, what, what is there instead, and what would be right.

use direttore_domain::{nearest, text};
use minijinja::{Error, ErrorKind};
use serde_json::Value as Json;

/// How many names are told of what is there.
const NAMES: usize = 30;

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TemplateError {
    #[error("there is no device template {name}{}; {}", meant(.nearest.as_deref()), listed("there are", .has))]
    NoSuch { name: String, nearest: Option<String>, has: Vec<String> },
    #[error("{file}, line {line}: {why}{}", hinted(.hint.as_deref()))]
    Wrong {
        /// `junos/vlan.j2`.
        file: String,
        line: usize,
        why: String,
        /// What would be right.
        hint: Option<String>,
    },
    #[error("{name} gives more than {max} bytes")]
    TooLong { name: String, max: usize },
    #[error("{name} gives what is no text")]
    NoText { name: String },
}

fn meant(nearest: Option<&str>) -> String {
    nearest.map(|name| format!(" (did you mean {name}?)")).unwrap_or_default()
}

fn hinted(hint: Option<&str>) -> String {
    hint.map(|words| format!("; {words}")).unwrap_or_default()
}

fn listed(begin: &str, names: &[String]) -> String {
    if names.is_empty() {
        return "there is nothing".to_owned();
    }
    let mut shown: Vec<&str> = names.iter().take(NAMES).map(String::as_str).collect();
    let more = names.len().saturating_sub(NAMES);
    let more_words = format!("{more} more");
    if more > 0 {
        shown.push(&more_words);
    }
    format!("{begin} {}", text::list(&shown))
}

impl TemplateError {
    /// `source` where the engine does not have it: the template could not be read.
    pub(super) fn of(name: &str, error: &Error, source: Option<&str>, data: &Json) -> Self {
        // What happened inside of an included template is the innermost.
        let mut at = error;
        while let Some(inner) = std::error::Error::source(at).and_then(|source| source.downcast_ref::<Error>()) {
            at = inner;
        }
        let file = format!("{}.j2", at.name().or(error.name()).unwrap_or(name));
        let line = at.line().or(error.line()).unwrap_or(1);
        let source = source.or(at.template_source());
        let words = source.and_then(|source| source.lines().nth(line.saturating_sub(1))).unwrap_or_default();
        let detail = at.detail().unwrap_or_default();
        let (why, hint) = match at.kind() {
            ErrorKind::UndefinedError => undefined(detail, data),
            kind => (said(kind, detail), unsupported(kind, detail, words)),
        };
        Self::Wrong { file, line, why: text::shorten(&text::visible(&why), 500), hint }
    }
}

fn said(kind: ErrorKind, detail: &str) -> String {
    match kind {
        ErrorKind::OutOfFuel => "the template does not come to an end".to_owned(),
        ErrorKind::TemplateNotFound => format!("there is no template for this include: {detail}"),
        ErrorKind::InvalidOperation | ErrorKind::SyntaxError if !detail.is_empty() => detail.to_owned(),
        _ if detail.is_empty() => kind.to_string(),
        _ => format!("{kind}: {detail}"),
    }
}

/// The engine says "`vlan.nmae` is undefined".
fn undefined(detail: &str, data: &Json) -> (String, Option<String>) {
    let name = detail.split('`').nth(1).filter(|name| !name.is_empty());
    let Some(name) = name else {
        return ("something undefined is used".to_owned(), None);
    };
    let why = format!("{name} is undefined");
    let (parent, last) = name.rsplit_once('.').map_or((None, name), |(parent, last)| (Some(parent), last));
    let (whose, there) = match parent.map(|parent| (parent, at(data, parent))) {
        Some((parent, Some(there))) => (format!("{parent} has"), there),
        // A loop's variable, or what a template set: the data does not know it.
        Some((_, None)) => return (why, None),
        None => ("there are".to_owned(), data),
    };
    let Some(names) = there.as_object().map(|there| there.keys().cloned().collect::<Vec<_>>()) else {
        return (why, None);
    };
    let near = nearest::nearest(last, names.iter().map(String::as_str)).map(|near| format!("did you mean {near}? "));
    let mut sorted = names.clone();
    sorted.sort();
    (why, Some(format!("{}{}", near.unwrap_or_default(), listed(&whose, &sorted))))
}

fn at<'a>(data: &'a Json, path: &str) -> Option<&'a Json> {
    path.split('.').try_fold(data, |value, part| value.get(part))
}

/// What Python's Jinja does and this engine does not, with what does the same here.
fn unsupported(kind: ErrorKind, detail: &str, line: &str) -> Option<String> {
    const CHANGES: [&str; 8] = ["append", "extend", "update", "insert", "pop", "remove", "setdefault", "clear"];
    let changes = CHANGES.iter().any(|verb| detail.contains(verb) || line.contains(&format!(".{verb}(")));
    let words = match kind {
        ErrorKind::UnknownMethod if changes => {
            "values never change here: build another with `+` or combine, and carry it out of a loop with namespace()"
        }
        ErrorKind::UnknownMethod if line.contains(".all()") || line.contains(".filter(") => {
            "this looks like a template for NetBox' own renderer: its queries run only there"
        }
        ErrorKind::UnknownFunction if detail.contains("lookup") || detail.contains("query") => {
            "a template sees its data alone: lookup() reads elsewhere"
        }
        ErrorKind::SyntaxError if detail.contains("unknown statement trans") => "texts are not translated",
        ErrorKind::SyntaxError if line.contains('[') && line.contains(" for ") && line.contains(" in ") => {
            "list comprehensions are Python's: use map, select and selectattr"
        }
        ErrorKind::InvalidOperation if detail.contains("% operator") => "write '%03d' | format(x) for '%03d' % x",
        ErrorKind::InvalidOperation if detail == "none cannot be printed" => {
            "say what is printed instead with default('…', true)"
        }
        ErrorKind::UnknownFilter if line.contains("ansible.") => {
            "filters have no namespace here: ipaddr, not ansible.utils.ipaddr"
        }
        _ => return None,
    };
    Some(words.to_owned())
}
