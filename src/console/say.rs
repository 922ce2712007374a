//! A typed line as what is meant: a command, a press, an answer to a form.

use crate::open::Open;
use direttore_core::dispatch::What;

/// `[Label]` with nothing before or after.
pub(crate) fn label(line: &str) -> Option<&str> {
    line.trim().strip_prefix('[')?.strip_suffix(']').map(str::trim).filter(|label| !label.is_empty())
}

/// `key=value key="a b"`: `None` when the line does not begin with a key; the error says what is wrong with the rest.
pub(crate) fn values(line: &str) -> Option<Result<Vec<(String, String)>, String>> {
    let first = line.trim_start().split(|c: char| c.is_whitespace()).next()?;
    key(first)?;
    Some(pairs(line))
}

/// What a line typed at the prompt means, given what can be answered.
pub(crate) fn meant(line: &str, open: &Open) -> What {
    let line = line.trim();
    // A button's label alone presses it while it can be answered; no command is called like one.
    if let Some((on, label)) = label(line).map_or_else(|| open.open_button(line), |label| open.button(label)) {
        return What::Press { on, label };
    }
    match (values(line), open.form()) {
        (Some(Ok(values)), Some(on)) => What::Fill { on, values },
        _ => What::Say(line.to_owned()),
    }
}

fn key(word: &str) -> Option<&str> {
    let (key, _) = word.split_once('=')?;
    let is_key = key.starts_with(|c: char| c.is_ascii_alphabetic())
        && key.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'));
    is_key.then_some(key)
}

fn pairs(line: &str) -> Result<Vec<(String, String)>, String> {
    let mut found: Vec<(String, String)> = Vec::new();
    for word in words(line)? {
        let key = key(&word).ok_or_else(|| format!("{word:?} is not of the form key=value"))?;
        found.push((key.to_ascii_lowercase(), word[key.len() + 1..].to_owned()));
    }
    Ok(found)
}

/// Parted at white space; `"a b"` and `'a b'` hold together, `\` takes the next character as it is: as in commands.
fn words(line: &str) -> Result<Vec<String>, String> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quote = None;
    let mut chars = line.chars().peekable();
    while let Some(c) = chars.next() {
        match (quote, c) {
            (None, c) if c.is_whitespace() => words.extend(word.take()),
            (None, '"' | '\'') => {
                quote = Some(c);
                word.get_or_insert_default();
            }
            (Some(open), c) if c == open => quote = None,
            (None, '\\') => word.get_or_insert_default().push(chars.next().unwrap_or('\\')),
            (Some('"'), '\\') => {
                let escaped = chars.next_if(|next| matches!(next, '"' | '\\'));
                word.get_or_insert_default().push(escaped.unwrap_or('\\'));
            }
            (_, c) => word.get_or_insert_default().push(c),
        }
    }
    if quote.is_some() {
        return Err("the line ends inside a quotation".to_owned());
    }
    words.extend(word);
    Ok(words)
}

#[cfg(test)]
mod tests {
    use super::*;
    use direttore_reply::{Form, Reply, Tone};

    #[test]
    fn labels_and_values() {
        assert_eq!(label(" [Yes, stop it] "), Some("Yes, stop it"));
        assert_eq!((label("[]"), label("[a] b"), label("yes")), (None, None, None));
        let pairs = |line: &str| {
            values(line).map(|v| v.map(|v| v.into_iter().map(|(k, v)| format!("{k}:{v}")).collect::<Vec<_>>()))
        };
        assert_eq!(
            pairs("a=1 B-c=\"x y\" d='e=f' g=").expect("keys").expect("whole"),
            ["a:1", "b-c:x y", "d:e=f", "g:"]
        );
        assert_eq!(pairs("/a b=1"), None);
        assert_eq!(pairs("=1"), None);
        assert!(pairs("a=1 b").expect("a key").is_err());
        assert!(pairs("a=\"1").expect("a key").is_err());
    }

    #[test]
    fn a_bare_yes_answers_only_an_open_question() {
        let mut open = Open::default();
        assert!(matches!(meant("yes", &open), What::Say(line) if line == "yes"));
        let actions = vec!["Yes".to_owned(), "No".to_owned()];
        open.shown(&Reply { id: "q".into(), actions, ..Reply::new(Tone::Info, "?") });
        assert!(matches!(meant(" YES ", &open), What::Press { on, label } if on == "q" && label == "Yes"));
        assert!(matches!(meant("[no]", &open), What::Press { label, .. } if label == "No"));
        assert!(matches!(meant("name=web1", &open), What::Say(_)));
        open.shown(&Reply { id: "f".into(), form: Some(Form::default()), ..Reply::new(Tone::Info, "?") });
        assert!(
            matches!(meant("name=web1", &open), What::Fill { on, values } if on == "f" && values == [("name".to_owned(), "web1".to_owned())])
        );
        assert!(matches!(meant("/help", &open), What::Say(_)));
    }
}
