//! Junos' own form: statements in braces, written, read, and compared.

use super::{
    diff::{self, Change},
    statement,
    tree::{Node, Tree},
};

pub fn print(tree: &[Node]) -> Vec<String> {
    let mut out = Vec::new();
    write(tree, 0, &mut out);
    out
}

const SECRET: &[&str] =
    &["encrypted-password", "authentication-key", "secret", "pre-shared-key", "authentication-password"];

fn write(tree: &[Node], depth: usize, out: &mut Vec<String>) {
    let indent = "    ".repeat(depth);
    let mut done: Vec<&str> = Vec::new();
    for node in tree {
        if !node.under.is_empty() {
            out.push(format!("{indent}{} {{", node.line));
            write(&node.under, depth + 1, out);
            out.push(format!("{indent}}}"));
            continue;
        }
        let word = node.word();
        let like: Vec<&str> = tree
            .iter()
            .filter(|n| n.word() == word && n.under.is_empty())
            .filter_map(|n| n.line.split_once(' '))
            .map(|(_, v)| v)
            .collect();
        if like.len() > 1 && ["members", "import", "export", "name-server"].contains(&word) {
            if !done.contains(&word) {
                done.push(word);
                match word {
                    "name-server" => {
                        out.push(format!("{indent}{word} {{"));
                        out.extend(like.iter().map(|v| format!("{indent}    {v};")));
                        out.push(format!("{indent}}}"));
                    }
                    _ => out.push(format!("{indent}{word} [ {} ];", like.join(" "))),
                }
            }
            continue;
        }
        let mark = if SECRET.contains(&word) { " ## SECRET-DATA" } else { "" };
        out.push(format!("{indent}{};{mark}", node.line));
    }
}

/// What one statement asks for.
#[derive(Debug, PartialEq, Eq)]
pub struct Statement {
    pub line: usize,
    /// `replace:` stood before one of its words: what is at that depth goes first.
    pub replaces: Option<Vec<String>>,
    pub words: Vec<String>,
}

/// The statements of a text in braces.
///
/// # Errors
/// The number of the line and what is wrong there.
pub fn read(text: &str) -> Result<Vec<Statement>, (usize, String)> {
    let mut out = Vec::new();
    let mut open: Vec<Vec<String>> = Vec::new();
    // The depth and the words of what is to be replaced, while it is open.
    let mut replaces: Option<(usize, Vec<String>)> = None;
    let mut words: Vec<String> = Vec::new();
    let mut is_tagged = false;
    let mut last = 1;
    for (number, token) in tokens(text) {
        last = number;
        match token.as_str() {
            "replace:" => is_tagged = true,
            "{" | ";" => {
                if words.is_empty() {
                    return Err((number, token));
                }
                let mut path: Vec<String> = open.iter().flatten().cloned().collect();
                path.append(&mut words.clone());
                if std::mem::take(&mut is_tagged) {
                    replaces = Some((open.len(), path.clone()));
                }
                if token == "{" {
                    open.push(std::mem::take(&mut words));
                } else {
                    words.clear();
                }
                let tag = replaces.as_ref().map(|(_, p)| p.clone());
                // A container is a statement too: it may have nothing in it.
                let is_plain = token == "{" && tag.is_none();
                if !is_plain {
                    out.push(Statement { line: number, replaces: tag, words: path });
                }
                if token == ";" && replaces.as_ref().is_some_and(|(depth, _)| *depth == open.len()) {
                    replaces = None;
                }
            }
            "}" => {
                if !words.is_empty() || open.pop().is_none() {
                    return Err((number, token));
                }
                if replaces.as_ref().is_some_and(|(depth, _)| *depth == open.len()) {
                    replaces = None;
                }
            }
            _ => words.push(token),
        }
    }
    if words.is_empty() && open.is_empty() { Ok(out) } else { Err((last, words.join(" "))) }
}

fn tokens(text: &str) -> Vec<(usize, String)> {
    let mut out = Vec::new();
    for (i, line) in text.lines().enumerate() {
        let mut word = String::new();
        let mut is_quoted = false;
        let mut left = line.chars().peekable();
        let mut flush = |word: &mut String| {
            if !word.is_empty() {
                out.push((i + 1, std::mem::take(word)));
            }
        };
        while let Some(c) = left.next() {
            match c {
                '"' => {
                    is_quoted = !is_quoted;
                    word.push(c);
                }
                _ if is_quoted => word.push(c),
                '#' => break,
                '/' if word.is_empty() && left.peek() == Some(&'*') => break,
                '{' | '}' | ';' => {
                    flush(&mut word);
                    word.push(c);
                    flush(&mut word);
                }
                c if c.is_whitespace() => flush(&mut word),
                c => word.push(c),
            }
        }
        flush(&mut word);
    }
    out
}

/// Does the statements to the tree; the lines that were not understood with what was wrong.
pub fn load(tree: &mut Tree, statements: &[Statement]) -> Vec<(usize, String)> {
    let mut cleared: Vec<&Vec<String>> = Vec::new();
    let mut wrong = Vec::new();
    for Statement { line, replaces, words } in statements {
        if let Some(path) = replaces.as_ref().filter(|p| !cleared.contains(p)) {
            cleared.push(path);
            if let Err(word) = statement::delete(tree, path) {
                wrong.push((*line, word));
            }
        }
        if let Err(word) = statement::set(tree, words) {
            wrong.push((*line, word));
        }
    }
    wrong
}

/// As `show | compare` writes it.
pub fn compare(from: &Tree, to: &Tree) -> Vec<String> {
    let mut out = Vec::new();
    for Change { path, gone, new } in diff::sections(from, to) {
        out.push(format!("[edit{}{}]", if path.is_empty() { "" } else { " " }, path.join(" ")));
        for (sign, nodes) in [('-', gone), ('+', new)] {
            for node in nodes {
                let lines = print(std::slice::from_ref(node));
                out.extend(lines.into_iter().map(|line| format!("{sign}   {line}")));
            }
        }
    }
    out
}
