//! Long lines on a terminal, broken between words rather than wherever the edge is.

use unicode_width::UnicodeWidthChar;

/// The line in parts of at most `width` columns; a word that is wider stays whole. Escapes for colour take no room.
pub(super) fn at_words(line: &str, width: usize) -> Vec<String> {
    let mut parts = Vec::new();
    let mut part = String::new();
    let mut used = 0;
    for word in line.split_inclusive(' ') {
        let (full, bare) = (columns(word), columns(word.trim_end()));
        if used > 0 && used + bare > width {
            parts.push(std::mem::take(&mut part).trim_end().to_owned());
            used = 0;
        }
        part.push_str(word);
        used += full;
    }
    parts.push(part);
    parts
}

fn columns(text: &str) -> usize {
    let mut width = 0;
    let mut in_escape = false;
    for c in text.chars() {
        match c {
            '\x1b' => in_escape = true,
            'm' if in_escape => in_escape = false,
            _ if in_escape => {}
            c => width += c.width().unwrap_or(0),
        }
    }
    width
}

#[cfg(test)]
mod tests {
    use super::at_words;

    #[test]
    fn words_stay_whole() {
        assert_eq!(at_words("one two three", 8), ["one two", "three"]);
        assert_eq!(at_words("verylongword x", 5), ["verylongword", "x"]);
        assert_eq!(at_words("\x1b[36mone\x1b[0m two", 7), ["\x1b[36mone\x1b[0m two"]);
        assert_eq!(at_words("", 5), [""]);
        assert_eq!(at_words("  indented text", 10), ["  indented", "text"]);
    }
}
