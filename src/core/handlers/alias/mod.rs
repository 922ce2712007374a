//! `/alias …`: saved command lines. They expand to commands only, which are then authorised like any other.

pub mod add;
pub mod list;
pub mod remove;

use direttore_domain::{Refusal, Trouble};

/// `{name}` parts of a line, in order, each once.
pub fn questions(line: &str) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    let mut rest = line;
    while let Some(open) = rest.find('{') {
        rest = &rest[open + 1..];
        let Some(close) = rest.find('}') else { break };
        let name = &rest[..close];
        let word = !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-');
        if word && !out.iter().any(|n| n == name) {
            out.push(name.to_owned());
        }
        rest = &rest[close + 1..];
    }
    out
}

/// The line with its questions answered; answers are quoted, so that they stay one value each.
pub fn expand(line: &str, answers: &[(String, String)]) -> String {
    answers.iter().fold(line.to_owned(), |line, (name, value)| {
        line.replace(&format!("{{{name}}}"), &direttore_catalog::quote(value))
    })
}

/// An alias must begin with a command; what follows is checked when it is used, since its questions are open now.
fn begins_with_command(line: &str) -> Result<(), Trouble> {
    let mut words = line.trim().trim_start_matches('/').split_whitespace();
    let catalog = direttore_catalog::catalog();
    let first = words.next().unwrap_or_default().to_lowercase();
    let both = format!("{first} {}", words.next().unwrap_or_default().to_lowercase());
    if catalog.get(&both).is_some() || catalog.get(&first).is_some() {
        return Ok(());
    }
    match catalog.read(line) {
        Err(refusal) => Err(refusal.into()),
        Ok(_) => Err(Refusal::UnknownCommand { given: first, nearest: None }.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn questions_are_found_and_answers_stay_one_value() {
        let line = "/snapshot create {guest} name={name} description={guest}";
        assert_eq!(questions(line), ["guest", "name"]);
        let answers = [("guest".to_owned(), "web1 reason=x".to_owned()), ("name".to_owned(), "before".to_owned())];
        let expanded = expand(line, &answers);
        let asked = direttore_catalog::catalog().read(&expanded).expect("one value each");
        assert_eq!(asked.given["guest"], ["web1 reason=x"]);
        assert_eq!(questions("{} {a b} {open"), Vec::<String>::new());
    }
}
