//! Text from elsewhere, made safe to show: shown as text, never interpreted.

/// Control characters, direction overrides and other invisible marks become visible escapes; line feeds and tabs stay.
pub fn visible_lines(text: &str) -> String {
    escape(text, |c| c == '\n' || c == '\t')
}

/// As [`visible_lines`], on one line: line feeds and tabs become escapes too.
pub fn visible(text: &str) -> String {
    escape(text, |_| false)
}

fn escape(text: &str, keep: impl Fn(char) -> bool) -> String {
    if text.chars().all(|c| keep(c) || !is_invisible(c)) {
        return text.to_owned();
    }
    let mut out = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        match c {
            c if keep(c) || !is_invisible(c) => out.push(c),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c => out.push_str(&format!("\\u{{{:x}}}", c as u32)),
        }
    }
    out
}

/// Control characters (C0, DEL, C1), bidirectional overrides and isolates, zero-width marks, line separators, tags.
fn is_invisible(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
            | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

/// At most `max` characters; what was cut is shown by `…`.
pub fn shorten(text: &str, max: usize) -> String {
    if text.chars().count() <= max {
        return text.to_owned();
    }
    let mut out: String = text.chars().take(max.saturating_sub(1)).collect();
    out.push('…');
    out
}

/// `a`, `a and b`, `a, b and c`.
pub fn list<T: AsRef<str>>(items: &[T]) -> String {
    match items {
        [] => String::new(),
        [one] => one.as_ref().to_owned(),
        [init @ .., last] => {
            let init: Vec<&str> = init.iter().map(AsRef::as_ref).collect();
            format!("{} and {}", init.join(", "), last.as_ref())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_could_be_interpreted_is_shown() {
        assert_eq!(visible("a\x1b[31mb\u{202e}c\n"), "a\\u{1b}[31mb\\u{202e}c\\n");
        assert_eq!(visible_lines("a\nb\x07"), "a\nb\\u{7}");
        assert_eq!(visible("zażółć @everyone `x`"), "zażółć @everyone `x`");
    }

    #[test]
    fn long_text_says_that_it_was_cut() {
        assert_eq!(shorten("ąęćłń", 3), "ąę…");
        assert_eq!(shorten("abc", 3), "abc");
    }
}
