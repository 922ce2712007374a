//! Texts: `splitlines`, `comment`, `wordwrap`, `center`, `truncate`, `quote`, `xml`, `basename`, `dirname`.

use super::{Given, text, wrong};
use minijinja::{
    Environment, Error, Value,
    value::{Kwargs, Rest},
};

/// Characters that a filter may fill up to.
const WIDEST: i64 = 10_000;

pub(super) fn add_to(env: &mut Environment<'static>) {
    env.add_filter("splitlines", |value: Value| {
        Value::from(text(&value).lines().map(str::to_owned).collect::<Vec<_>>())
    });
    env.add_filter("comment", comment);
    env.add_filter("wordwrap", wordwrap);
    env.add_filter("center", |value: Value, args: Rest<Value>, named: Kwargs| {
        let given = Given::read("center", &["width"], &args, &named)?;
        let width = usize::try_from(given.number("width", 80)?.clamp(0, WIDEST)).unwrap_or(0);
        let text = text(&value);
        let room = width.saturating_sub(text.chars().count());
        // Python gives the odd blank to the left where the width is odd.
        let left = room / 2 + (room & width & 1);
        Ok::<_, Error>(format!("{}{text}{}", " ".repeat(left), " ".repeat(room - left)))
    });
    env.add_filter("truncate", truncate);
    env.add_filter("quote", |value: Value| {
        let text = text(&value);
        let plain = |c: char| c.is_ascii_alphanumeric() || "@%+=:,./-_".contains(c);
        if !text.is_empty() && text.chars().all(plain) { text } else { format!("'{}'", text.replace('\'', "'\"'\"'")) }
    });
    env.add_filter("xml", |value: Value| {
        let text = text(&value);
        text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
    });
    env.add_filter("basename", |value: Value| {
        let text = text(&value);
        text.rsplit('/').next().unwrap_or_default().to_owned()
    });
    env.add_filter("dirname", |value: Value| {
        let text = text(&value);
        text.rsplit_once('/').map_or("", |(folder, _)| if folder.is_empty() { "/" } else { folder }).to_owned()
    });
}

/// As Jinja's: a text that is only a little too long stays.
fn truncate(value: Value, args: Rest<Value>, named: Kwargs) -> Result<String, Error> {
    let given = Given::read("truncate", &["length", "killwords", "end", "leeway"], &args, &named)?;
    let size = |name, otherwise| given.number(name, otherwise).map(|n| usize::try_from(n.max(0)).unwrap_or(0));
    let (length, leeway) = (size("length", 255)?, size("leeway", 5)?);
    let end = given.text("end").unwrap_or_else(|| "...".to_owned());
    let text = text(&value);
    if text.chars().count() <= length + leeway {
        return Ok(text);
    }
    let cut: String = text.chars().take(length.saturating_sub(end.chars().count())).collect();
    let cut =
        if given.flag("killwords", false) { cut } else { cut.rsplit_once(' ').map_or(cut.clone(), |c| c.0.to_owned()) };
    Ok(cut + &end)
}

/// Begin, decoration, and end of a style; none has no lines around it.
fn style(name: &str) -> Option<(&'static str, &'static str, &'static str)> {
    Some(match name {
        "plain" => ("", "# ", ""),
        "erlang" => ("", "% ", ""),
        "c" => ("", "// ", ""),
        "cblock" => ("/*", " * ", " */"),
        "xml" => ("<!--", " - ", "-->"),
        _ => return None,
    })
}

fn comment(value: Value, args: Rest<Value>, named: Kwargs) -> Result<String, Error> {
    let names = &["style", "decoration", "beginning", "end", "prefix", "postfix", "newline"];
    let given = Given::read("comment", names, &args, &named)?;
    let name = given.text("style").unwrap_or_else(|| "plain".to_owned());
    let (begin, mark, end) = style(&name)
        .ok_or_else(|| wrong(format!("comment does not know {name:?}; it knows plain, erlang, c, cblock and xml")))?;
    let mark = given.text("decoration").unwrap_or_else(|| mark.to_owned());
    let begin = given.text("beginning").unwrap_or_else(|| begin.to_owned());
    let end = given.text("end").unwrap_or_else(|| end.to_owned());
    let newline = given.text("newline").unwrap_or_else(|| "\n".to_owned());
    let around = mark.trim_end().to_owned();
    let prefix = given.text("prefix").unwrap_or_else(|| around.clone());
    let postfix = given.text("postfix").unwrap_or(around);
    let text = text(&value);
    let words = text.split('\n').map(|line| format!("{mark}{line}").trim_end().to_owned());
    let lines = [begin, prefix].into_iter().filter(|line| !line.is_empty()).chain(words);
    let lines = lines.chain([postfix, end].into_iter().filter(|line| !line.is_empty()));
    Ok(lines.collect::<Vec<_>>().join(&newline))
}

/// As Python's textwrap does it: at blanks and behind hyphens, long words broken.
fn wordwrap(value: Value, args: Rest<Value>, named: Kwargs) -> Result<String, Error> {
    let names = &["width", "break_long_words", "wrapstring", "break_on_hyphens"];
    let given = Given::read("wordwrap", names, &args, &named)?;
    let width = usize::try_from(given.number("width", 79)?.clamp(1, WIDEST)).unwrap_or(79);
    let breaks = given.flag("break_long_words", true);
    let hyphens = given.flag("break_on_hyphens", true);
    let between = given.text("wrapstring").unwrap_or_else(|| "\n".to_owned());
    let lines: Vec<String> = text(&value).lines().flat_map(|line| wrapped(line, width, breaks, hyphens)).collect();
    Ok(lines.join(&between))
}

fn wrapped(line: &str, width: usize, breaks: bool, hyphens: bool) -> Vec<String> {
    let mut out = Vec::new();
    let mut current = String::new();
    let mut length = 0;
    for (chunk, is_first) in chunks(line, hyphens) {
        let blank = usize::from(is_first && length > 0);
        let size = chunk.chars().count();
        if length + blank + size <= width {
            current.extend(" ".repeat(blank).chars().chain(chunk.chars()));
            length += blank + size;
            continue;
        }
        let mut rest = chunk;
        if breaks && size > width {
            // What does not fit anywhere fills what is left of this line.
            let room = width.saturating_sub(length + blank);
            if room > 0 && length > 0 {
                let at = rest.char_indices().nth(room).map_or(rest.len(), |(at, _)| at);
                current.extend(" ".repeat(blank).chars().chain(rest[..at].chars()));
                rest = rest[at..].to_owned();
            }
        }
        if length > 0 {
            out.push(std::mem::take(&mut current));
        }
        while breaks && rest.chars().count() > width {
            let at = rest.char_indices().nth(width).map_or(rest.len(), |(at, _)| at);
            out.push(rest[..at].to_owned());
            rest = rest[at..].to_owned();
        }
        length = rest.chars().count();
        current = rest;
    }
    out.push(current);
    out
}

/// Words, cut behind hyphens; true where a blank was before.
fn chunks(line: &str, hyphens: bool) -> Vec<(String, bool)> {
    let mut all = Vec::new();
    for word in line.split_whitespace() {
        if !hyphens {
            all.push((word.to_owned(), true));
            continue;
        }
        for (at, part) in word.split_inclusive('-').enumerate() {
            all.push((part.to_owned(), at == 0));
        }
    }
    all
}
