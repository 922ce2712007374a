//! Just enough reading of Rust: what is code and what is text, and which paths the code names.

/// A Rust file, told apart.
pub struct Source {
    /// The file with comments, text and what only tests see blanked out; positions and lines are the file's.
    pub code: String,
    /// The same with the tests left in.
    pub all_code: String,
    /// The contents of string literals outside tests, with their lines.
    pub literals: Vec<(usize, String)>,
}

/// `crate::jobs::Step`, wherever it is named. Groups of a `use` are taken apart.
#[derive(Debug, PartialEq, Eq)]
pub struct Named {
    pub line: usize,
    pub parts: Vec<String>,
}

impl Source {
    pub fn read(text: &str) -> Self {
        let (all_code, found) = tell_apart(text);
        let code = without_tests(&all_code);
        let lines = Lines::of(&code);
        let kept = found.into_iter().filter(|(at, _)| code.as_bytes()[*at] == b'"');
        let literals = kept.map(|(at, text)| (lines.line(at), text)).collect();
        Self { literals, code, all_code }
    }

    /// Every path of two parts or more.
    pub fn paths(&self) -> Vec<Named> {
        let tokens = tokens(&self.code);
        let mut paths = Vec::new();
        let mut at = 0;
        while at < tokens.len() {
            let (word, place) = tokens[at];
            if word == "use" {
                at = tree(&tokens, at + 1, &[], &mut paths);
            } else if is_word(word) && tokens.get(at + 1).is_some_and(|t| t.0 == "::") {
                let mut parts = vec![word.to_owned()];
                while tokens.get(at + 1).is_some_and(|t| t.0 == "::")
                    && let Some((next, _)) = tokens.get(at + 2).filter(|t| is_word(t.0))
                {
                    parts.push((*next).to_owned());
                    at += 2;
                }
                paths.push((place, parts));
                at += 1;
            } else {
                at += 1;
            }
        }
        let lines = Lines::of(&self.code);
        paths.into_iter().map(|(at, parts)| Named { line: lines.line(at), parts }).collect()
    }

    /// The lines where these words stand in the code, spaces apart.
    pub fn lines_with<'a>(code: &'a str, words: &'a str) -> impl Iterator<Item = usize> + 'a {
        code.lines().enumerate().filter(move |(_, text)| text.contains(words)).map(|(at, _)| at + 1)
    }
}

/// Where lines end.
struct Lines(Vec<usize>);

impl Lines {
    fn of(text: &str) -> Self {
        Self(text.match_indices('\n').map(|(at, _)| at).collect())
    }

    /// The line of a place, from 1.
    fn line(&self, at: usize) -> usize {
        self.0.partition_point(|end| *end < at) + 1
    }
}

fn is_word(token: &str) -> bool {
    token.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
}

/// Words, `::` and single signs, with their places.
fn tokens(code: &str) -> Vec<(&str, usize)> {
    let mut tokens = Vec::new();
    let bytes = code.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        let start = at;
        at += 1;
        if bytes[start].is_ascii_alphanumeric() || bytes[start] == b'_' {
            while at < bytes.len() && (bytes[at].is_ascii_alphanumeric() || bytes[at] == b'_') {
                at += 1;
            }
        } else if code[start..].starts_with("::") {
            at += 1;
        } else if bytes[start].is_ascii_whitespace() || !bytes[start].is_ascii() {
            continue;
        }
        tokens.push((&code[start..at], start));
    }
    tokens
}

/// Takes one tree of a `use` apart, up to its `,`, `}` or `;`; gives the place after it.
fn tree(tokens: &[(&str, usize)], mut at: usize, before: &[String], paths: &mut Vec<(usize, Vec<String>)>) -> usize {
    let mut parts = before.to_vec();
    let mut first = None;
    while let Some((token, place)) = tokens.get(at) {
        match *token {
            "::" => {}
            "{" => {
                at += 1;
                while tokens.get(at).is_some_and(|t| t.0 != "}" && t.0 != ";") {
                    at = tree(tokens, at, &parts, paths);
                    at += usize::from(tokens.get(at).is_some_and(|t| t.0 == ","));
                }
                return at + 1;
            }
            // Which name it gets here is nobody's business.
            "as" => at += 1,
            "," | "}" | ";" => break,
            part => {
                first.get_or_insert(*place);
                parts.push(part.to_owned());
            }
        }
        at += 1;
    }
    if let Some(place) = first {
        paths.push((place, parts));
    }
    at
}

/// The text with comments and literals blanked (their quotes stay), and the string literals with their places.
fn tell_apart(text: &str) -> (String, Vec<(usize, String)>) {
    let bytes = text.as_bytes();
    let mut code = bytes.to_vec();
    let mut literals = Vec::new();
    let mut blank = |from: usize, to: usize| {
        code[from..to].iter_mut().filter(|b| **b != b'\n').for_each(|b| *b = b' ');
    };
    let mut at = 0;
    while at < bytes.len() {
        let rest = &text[at..];
        if rest.starts_with("//") {
            let end = at + rest.find('\n').unwrap_or(rest.len());
            blank(at, end);
            at = end;
        } else if rest.starts_with("/*") {
            let end = at + end_of_comment(rest);
            blank(at, end);
            at = end;
        } else if let Some(hashes) = raw_string(text, at) {
            let start = at + hashes + 2;
            let close = format!("\"{}", "#".repeat(hashes));
            let end = start + text[start..].find(&close).unwrap_or(text.len() - start);
            literals.push((start - 1, text[start..end].to_owned()));
            blank(start, end);
            at = end + close.len();
        } else if let Some(rest) = rest.strip_prefix('"') {
            let length = end_of_literal(rest, '"');
            literals.push((at, rest[..length].to_owned()));
            blank(at + 1, at + 1 + length);
            at += length + 2;
        } else if let Some(rest) = rest.strip_prefix('\'').filter(|rest| is_char(rest)) {
            let length = end_of_literal(rest, '\'');
            blank(at + 1, at + 1 + length);
            at += length + 2;
        } else {
            // On to whatever may begin a comment or a literal.
            at += 1 + rest.as_bytes()[1..].iter().position(|b| b"/\"'r".contains(b)).unwrap_or(rest.len());
        }
    }
    (String::from_utf8(code).expect("whole characters were blanked"), literals)
}

fn end_of_comment(text: &str) -> usize {
    let (mut depth, mut at) = (0, 0);
    while at < text.len() {
        let rest = &text.as_bytes()[at..];
        if rest.starts_with(b"/*") {
            (depth, at) = (depth + 1, at + 2);
        } else if rest.starts_with(b"*/") {
            (depth, at) = (depth - 1, at + 2);
            if depth == 0 {
                return at;
            }
        } else {
            at += 1;
        }
    }
    text.len()
}

/// Of `r#"…"#` at this place, the number of `#`.
fn raw_string(text: &str, at: usize) -> Option<usize> {
    let rest = text[at..].strip_prefix('r')?;
    let before = text[..at].strip_suffix('b').unwrap_or(&text[..at]);
    if before.ends_with(|c: char| c.is_ascii_alphanumeric() || c == '_') {
        return None;
    }
    let hashes = rest.bytes().take_while(|b| *b == b'#').count();
    rest[hashes..].starts_with('"').then_some(hashes)
}

/// After a `'`: a character, not a lifetime.
fn is_char(rest: &str) -> bool {
    let mut chars = rest.chars();
    chars.next() == Some('\\') || chars.next() == Some('\'')
}

fn end_of_literal(text: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, c) in text.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            c if c == quote => return at,
            _ => {}
        }
    }
    text.len()
}

/// Blanks each item under `#[cfg(test)]`.
fn without_tests(code: &str) -> String {
    const MARK: &str = "#[cfg(test)]";
    let mut out = code.to_owned();
    let mut from = 0;
    while let Some(found) = out[from..].find(MARK) {
        let start = from + found;
        let mut depth = 0usize;
        let mut end = out.len();
        for (at, c) in out[start + MARK.len()..].char_indices() {
            match c {
                '{' => depth += 1,
                '}' => depth = depth.saturating_sub(1),
                _ => {}
            }
            if depth == 0 && matches!(c, '}' | ';') {
                end = start + MARK.len() + at + 1;
                break;
            }
        }
        let blank: String = out[start..end].chars().map(|c| if c == '\n' { '\n' } else { ' ' }).collect();
        out.replace_range(start..end, &blank);
        from = end.min(out.len());
    }
    out
}

#[test]
fn code_text_and_tests_are_told_apart() {
    let source = Source::read(concat!(
        "// Utc::now in a comment /* not open\n",
        "fn a<'a>(x: &'a str) -> char { '\"' }\n",
        "const A: &str = \"one \\\" // two\"; /* b::c /* d::e */ f::g */ const B: &str = r#\"raw \"x\" y\"#;\n",
        "const C: char = '\\''; const D: &[u8] = b\"bytes\";\n",
        "#[cfg(test)]\n",
        "mod tests { fn f() { let t = \"in a test\"; h::i() } }\n",
        "fn last() { j::k() }\n",
    ));
    let texts: Vec<(usize, &str)> = source.literals.iter().map(|(line, text)| (*line, text.as_str())).collect();
    assert_eq!(texts, [(3, "one \\\" // two"), (3, "raw \"x\" y"), (4, "bytes")]);
    assert_eq!(source.paths(), [Named { line: 7, parts: vec!["j".to_owned(), "k".to_owned()] }]);
    assert_eq!(Source::lines_with(&source.all_code, "h::i").collect::<Vec<_>>(), [6]);
}

#[test]
fn uses_are_taken_apart() {
    let source =
        Source::read("pub use a::{self, b::{C, d::*},\n  e as f};\nuse g::h;\nfn i() { j::<k::L>(); m::n::O }");
    let paths: Vec<String> = source.paths().iter().map(|p| format!("{} {}", p.line, p.parts.join("::"))).collect();
    assert_eq!(paths, ["1 a::self", "1 a::b::C", "1 a::b::d::*", "2 a::e", "3 g::h", "4 j", "4 k::L", "4 m::n::O"]);
}
