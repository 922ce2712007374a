//! `regex_replace`, `regex_search`, `regex_findall`, `regex_escape`, with Python's way of naming groups in a replacement.

use super::{Given, none, text, wrong};
use minijinja::{
    Environment, Error, Value,
    value::{Kwargs, Rest},
};
use regex::{Captures, Regex, RegexBuilder};

pub(super) fn add_to(env: &mut Environment<'static>) {
    env.add_filter("regex_replace", replace);
    env.add_filter("regex_search", search);
    env.add_filter("regex_findall", |value: Value, args: Rest<Value>, named: Kwargs| {
        let given = Given::read("regex_findall", &["regex", "multiline", "ignorecase"], &args, &named)?;
        let regex =
            compiled(&given.need_text("regex")?, given.flag("multiline", false), given.flag("ignorecase", false))?;
        let value = text(&value);
        let found = regex.captures_iter(&value).map(|found| match found.len() {
            1 | 2 => Value::from(group(&found, found.len() - 1)),
            groups => Value::from((1..groups).map(|at| group(&found, at)).collect::<Vec<_>>()),
        });
        Ok::<_, Error>(Value::from(found.collect::<Vec<_>>()))
    });
    env.add_filter("regex_escape", |value: Value| {
        // As Python does it; the crate leaves fewer characters alone.
        let special = |c: char| c.is_ascii() && !c.is_ascii_alphanumeric() && !"_!\"%',/:;<=>@`".contains(c);
        text(&value).chars().flat_map(|c| special(c).then_some('\\').into_iter().chain([c])).collect::<String>()
    });
}

fn group(found: &Captures<'_>, at: usize) -> String {
    found.get(at).map(|group| group.as_str().to_owned()).unwrap_or_default()
}

fn compiled(pattern: &str, multiline: bool, ignorecase: bool) -> Result<Regex, Error> {
    // Python's end of the text.
    let pattern = pattern.replace(r"\Z", r"\z");
    let built =
        RegexBuilder::new(&pattern).multi_line(multiline).case_insensitive(ignorecase).size_limit(1 << 20).build();
    built.map_err(|error| {
        let last = error.to_string();
        let last = last.lines().rev().find(|line| !line.trim().is_empty()).unwrap_or_default().trim().to_owned();
        wrong(format!("{pattern:?} is no regular expression here: {}", last.trim_start_matches("error: ")))
    })
}

fn replace(value: Value, args: Rest<Value>, named: Kwargs) -> Result<String, Error> {
    let names = &["pattern", "replacement", "ignorecase", "multiline", "count", "mandatory_count"];
    let given = Given::read("regex_replace", names, &args, &named)?;
    let pattern = given.text("pattern").unwrap_or_default();
    let regex = compiled(&pattern, given.flag("multiline", false), given.flag("ignorecase", false))?;
    let parts = parts(&given.text("replacement").unwrap_or_default())?;
    let count = usize::try_from(given.number("count", 0)?).unwrap_or(0);
    let value = text(&value);
    let mut done = 0_i64;
    let text = regex.replacen(&value, count, |found: &Captures<'_>| {
        done += 1;
        parts.iter().map(|part| part.of(found)).collect::<String>()
    });
    let least = given.number("mandatory_count", 0)?;
    if done < least {
        return Err(wrong(format!("regex_replace: {pattern:?} was found {done} times, {least} are needed")));
    }
    Ok(text.into_owned())
}

/// Without more arguments what was found; else each of the groups.
fn search(value: Value, args: Rest<Value>, named: Kwargs) -> Result<Value, Error> {
    let positional: &[Value] = &args;
    let flag = |name: &str| named.get::<Option<bool>>(name).map(|flag| flag.unwrap_or(false));
    let (multiline, ignorecase) = (flag("multiline")?, flag("ignorecase")?);
    named.assert_all_used()?;
    let [pattern, wanted @ ..] = positional else { return Err(wrong("regex_search needs a pattern")) };
    let regex = compiled(&text(pattern), multiline, ignorecase)?;
    let value = text(&value);
    let Some(found) = regex.captures(&value) else { return Ok(none()) };
    if wanted.is_empty() {
        return Ok(Value::from(group(&found, 0)));
    }
    let mut groups = Vec::new();
    for part in wanted {
        for part in parts(&text(part))? {
            groups.push(part.of(&found));
        }
    }
    Ok(Value::from(groups))
}

enum Part {
    Text(String),
    Number(usize),
    Name(String),
}

impl Part {
    fn of(&self, found: &Captures<'_>) -> String {
        match self {
            Self::Text(text) => text.clone(),
            Self::Number(at) => group(found, *at),
            Self::Name(name) => found.name(name).map(|group| group.as_str().to_owned()).unwrap_or_default(),
        }
    }
}

/// `\1`, `\g<1>`, `\g<name>`, `\n`, `\\`.
fn parts(replacement: &str) -> Result<Vec<Part>, Error> {
    let mut all = Vec::new();
    let mut plain = String::new();
    let mut rest = replacement;
    while let Some(at) = rest.find('\\') {
        plain.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        let part = if let Some(named) = rest.strip_prefix("g<") {
            let (name, after) =
                named.split_once('>').ok_or_else(|| wrong(format!("{replacement:?} has a \\g< without >")))?;
            rest = after;
            name.parse().map_or_else(|_| Part::Name(name.to_owned()), Part::Number)
        } else if let Some(digit) = rest.chars().next().and_then(|c| c.to_digit(10)) {
            let two = rest.get(..2).and_then(|two| two.parse::<usize>().ok());
            rest = &rest[if two.is_some() { 2 } else { 1 }..];
            Part::Number(two.unwrap_or(digit as usize))
        } else {
            let (c, length) = match rest.chars().next() {
                Some('n') => ('\n', 1),
                Some('t') => ('\t', 1),
                Some('\\') => ('\\', 1),
                _ => ('\\', 0),
            };
            rest = &rest[length..];
            plain.push(c);
            continue;
        };
        if !plain.is_empty() {
            all.push(Part::Text(std::mem::take(&mut plain)));
        }
        all.push(part);
    }
    plain.push_str(rest);
    if !plain.is_empty() {
        all.push(Part::Text(plain));
    }
    Ok(all)
}
