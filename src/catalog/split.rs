//! A line as words: white space separates, `"a b"` and `'a b'` hold together, `\` takes the next character as it is.
//! Inside `'…'` nothing is special; inside `"…"` only `\"` and `\\` are.

/// One word of a line. Offsets named `…_at` are bytes of the line, the others bytes of `text`.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Word {
    pub(crate) start_at: usize,
    pub(crate) end_at: usize,
    /// Without quotation marks and escapes.
    pub(crate) text: String,
    /// The first `=` that is not quoted and has nothing quoted before it.
    pub(crate) equals: Option<usize>,
    /// Where the value after that `=` begins, and where the part after the last unquoted comma does.
    pub(crate) value_at: usize,
    pub(crate) piece_at: usize,
    /// Unquoted commas.
    pub(crate) commas: Vec<usize>,
    /// Nothing in it is quoted or escaped.
    pub(crate) is_bare: bool,
    /// Where a quotation began that never ends.
    pub(crate) open_at: Option<usize>,
}

impl Word {
    /// The option's name before the `=`, lower case, if the word has the form `name=…`.
    pub(crate) fn key(&self) -> Option<String> {
        let name = &self.text[..self.equals?];
        let is_name = name.starts_with(|c: char| c.is_ascii_alphabetic())
            && name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'));
        is_name.then(|| name.to_ascii_lowercase())
    }

    /// The parts between unquoted commas from byte `from` of the text; empty ones are left out unless all are.
    pub(crate) fn pieces(&self, from: usize) -> Vec<String> {
        let mut pieces = Vec::new();
        let mut begin = from;
        for comma in self.commas.iter().copied().filter(|c| *c >= from).chain([self.text.len()]) {
            if begin < comma {
                pieces.push(self.text[begin..comma].to_owned());
            }
            begin = comma + 1;
        }
        if pieces.is_empty() {
            pieces.push(String::new());
        }
        pieces
    }
}

/// The next word at or after byte `from`, which lies between characters.
pub(crate) fn next_word(line: &str, from: usize) -> Option<Word> {
    let start_at = from + line[from..].find(|c: char| !c.is_whitespace())?;
    let mut word =
        Word { start_at, end_at: line.len(), value_at: start_at, piece_at: start_at, is_bare: true, ..Word::default() };
    let mut quote: Option<(char, usize)> = None;
    let mut chars = line[start_at..].char_indices().map(|(i, c)| (start_at + i, c)).peekable();
    while let Some((at, c)) = chars.next() {
        match (quote.map(|(q, _)| q), c) {
            (None, c) if c.is_whitespace() => {
                word.end_at = at;
                break;
            }
            (None, '"' | '\'') => {
                quote = Some((c, at));
                word.is_bare = false;
            }
            (Some(q), c) if c == q => quote = None,
            (None, '\\') => {
                word.is_bare = false;
                word.text.push(chars.next().map_or('\\', |(_, next)| next));
            }
            (Some('"'), '\\') => {
                let escaped = chars.next_if(|(_, next)| matches!(next, '"' | '\\'));
                word.text.push(escaped.map_or('\\', |(_, next)| next));
            }
            (None, '=') if word.equals.is_none() && word.is_bare => {
                word.equals = Some(word.text.len());
                (word.value_at, word.piece_at) = (at + 1, at + 1);
                word.text.push('=');
            }
            (None, ',') => {
                word.commas.push(word.text.len());
                word.piece_at = at + 1;
                word.text.push(',');
            }
            (_, c) => word.text.push(c),
        }
    }
    word.open_at = quote.map(|(_, at)| at);
    Some(word)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(line: &str) -> Vec<String> {
        let mut from = 0;
        std::iter::from_fn(|| next_word(line, from).inspect(|w| from = w.end_at)).map(|w| w.text).collect()
    }

    #[test]
    fn quotes_hold_together_and_backslashes_escape() {
        assert_eq!(
            words(r#" a "b c"  'd "e' f\ g "h\"i\j" k="l m" "#),
            ["a", "b c", "d \"e", "f g", "h\"i\\j", "k=l m"]
        );
        assert_eq!(words(r"a\"), [r"a\"]);
        assert_eq!(words("\u{3000}ą\u{a0}b"), ["ą", "b"]);
    }

    #[test]
    fn keys_and_commas_count_only_unquoted() {
        let word = next_word(r#"Tags=a,"b,c",,d"#, 0).expect("it is right");
        assert_eq!((word.key().as_deref(), word.pieces(5)), (Some("tags"), vec!["a".into(), "b,c".into(), "d".into()]));
        assert_eq!(next_word(r#""a=b""#, 0).expect("it is right").key(), None);
        assert_eq!(next_word("a b=c", 0).expect("it is right").key(), None);
        assert_eq!(next_word("ü=c", 0).expect("it is right").key(), None);
    }

    #[test]
    fn an_open_quote_is_known() {
        assert_eq!(next_word("say \"x y", 4).expect("it is right").open_at, Some(4));
        assert_eq!(next_word("'x y'", 0).expect("it is right").open_at, None);
    }
}
