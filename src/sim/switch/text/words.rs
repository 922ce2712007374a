//! Commands by their words, which may be shortened as long as it is clear what is meant.

use super::Wrong;

/// The command of the table that a line means, and its arguments. A pattern's words are literal, but `*` (one word of any
/// kind) and `**` (all that is left, at least one).
pub fn find<'t, T>(table: &'t [(&'static str, T)], line: &str) -> Result<(&'t T, Vec<String>), Wrong> {
    let words = split(line);
    let mut open: Vec<(Vec<&str>, &T, Vec<String>)> =
        table.iter().map(|(pattern, what)| (pattern.split(' ').collect(), what, Vec::new())).collect();
    for (i, (column, word)) in words.iter().enumerate() {
        if let Some(at) = open.iter().position(|(pattern, ..)| pattern.get(i) == Some(&"**")) {
            let is_literal = open.iter().any(|(p, ..)| p.get(i).is_some_and(|w| !w.starts_with('*') && fits(w, word)));
            if !is_literal {
                let (_, what, mut given) = open.swap_remove(at);
                given.push(line[*column..].trim_end().to_owned());
                return Ok((what, given));
            }
        }
        let literals: Vec<&str> =
            open.iter().filter_map(|(p, ..)| p.get(i).copied()).filter(|w| fits(w, word)).collect();
        let exact = literals.iter().find(|w| w.eq_ignore_ascii_case(word)).copied();
        let meant = exact.or(literals.first().copied());
        if exact.is_none() && literals.iter().any(|w| Some(*w) != meant) {
            return Err(Wrong::Ambiguous);
        }
        open.retain_mut(|(pattern, _, given)| match (pattern.get(i), meant) {
            (Some(w), Some(meant)) => *w == meant,
            (Some(&"*"), None) => {
                given.push(word.clone());
                true
            }
            _ => false,
        });
        if open.is_empty() {
            return Err(Wrong::Invalid(*column));
        }
    }
    let ended = open.into_iter().find(|(pattern, ..)| pattern.len() == words.len());
    ended.map(|(_, what, given)| (what, given)).ok_or(Wrong::Incomplete)
}

fn fits(literal: &str, word: &str) -> bool {
    !literal.starts_with('*') && literal.get(..word.len()).is_some_and(|head| head.eq_ignore_ascii_case(word))
}

/// Words with the columns that they begin at; what is in quotes is one.
pub fn split(line: &str) -> Vec<(usize, String)> {
    let mut words = Vec::new();
    let mut open: Option<usize> = None;
    let mut is_quoted = false;
    for (i, c) in line.char_indices() {
        if c == '"' {
            is_quoted = !is_quoted;
        }
        match (c.is_whitespace() && !is_quoted, open) {
            (true, Some(from)) => {
                words.push((from, line[from..i].to_owned()));
                open = None;
            }
            (false, None) => open = Some(i),
            _ => {}
        }
    }
    if let Some(from) = open {
        words.push((from, line[from..].to_owned()));
    }
    words
}
