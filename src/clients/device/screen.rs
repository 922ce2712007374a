//! What a terminal would show of what a device sent: pure, line by line.
//!
//! Carriage returns, backspaces, cursor movements within a line and erasing are carried out; everything else that is no
//! text is dropped. Thus the residue of pagers and of line editors that draw a line anew is gone.

use std::{iter::Peekable, str::Chars};

/// The text that stands there in the end, its lines without spaces behind where the terminal had drawn on them.
pub(super) fn shown(bytes: &[u8]) -> String {
    let text = crate::said::utf8(bytes);
    let mut all = String::with_capacity(text.len());
    for (at, line) in text.split('\n').enumerate() {
        if at > 0 {
            all.push('\n');
        }
        let plain = line.strip_suffix('\r').unwrap_or(line);
        if plain.chars().any(|c| c.is_control() && c != '\t') {
            all.push_str(drawn(plain).trim_end());
        } else {
            all.push_str(plain);
        }
    }
    all
}

/// One line as it stands after all that was drawn on it.
fn drawn(line: &str) -> String {
    let mut cells: Vec<char> = Vec::new();
    let mut at = 0_usize;
    let mut chars = line.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\r' => at = 0,
            '\u{8}' => at = at.saturating_sub(1),
            '\u{1b}' => escape(&mut chars, &mut cells, &mut at),
            '\t' => put('\t', &mut cells, &mut at),
            c if c.is_control() => {}
            c => put(c, &mut cells, &mut at),
        }
    }
    cells.into_iter().collect()
}

fn put(c: char, cells: &mut Vec<char>, at: &mut usize) {
    // Nobody has a line this wide; a number in an escape sequence may.
    *at = (*at).min(1 << 16);
    if *at >= cells.len() {
        cells.resize(*at, ' ');
        cells.push(c);
    } else {
        cells[*at] = c;
    }
    *at += 1;
}

/// `ESC [ … letter`, `ESC ] … BEL`, `ESC ( B`, or `ESC` and one letter.
fn escape(chars: &mut Peekable<Chars<'_>>, cells: &mut Vec<char>, at: &mut usize) {
    match chars.next() {
        Some('[') => {
            let mut number = String::new();
            for c in chars.by_ref() {
                if ('@'..='~').contains(&c) {
                    return control(c, number.parse().ok(), cells, at);
                }
                number.push(c);
            }
        }
        Some(']') => {
            while let Some(c) = chars.next() {
                if c == '\u{7}' || (c == '\u{1b}' && chars.next_if_eq(&'\\').is_some()) {
                    return;
                }
            }
        }
        Some('(' | ')') => drop(chars.next()),
        _ => {}
    }
}

fn control(letter: char, number: Option<usize>, cells: &mut Vec<char>, at: &mut usize) {
    let n = number.unwrap_or(1).clamp(1, 1 << 16);
    match letter {
        'C' => *at += n,
        'D' => *at = at.saturating_sub(n),
        'G' => *at = n - 1,
        'K' => match number.unwrap_or(0) {
            0 => cells.truncate(*at),
            1 => cells.iter_mut().take(*at).for_each(|c| *c = ' '),
            _ => cells.clear(),
        },
        'P' => drop(cells.drain((*at).min(cells.len())..(*at + n).min(cells.len()))),
        'J' => cells.truncate(*at),
        // Colours, bracketed paste and their like stand nowhere.
        _ => {}
    }
}

/// The last line as it stands now, without spaces behind, for looking after a prompt. `from` is where it begins at the earliest.
pub(super) fn last_line(bytes: &[u8], from: usize) -> String {
    let begin = bytes.iter().rposition(|b| *b == b'\n').map_or(0, |at| at + 1).max(from.min(bytes.len()));
    // A prompt is short; what is longer is the output's.
    let tail = &bytes[begin.max(bytes.len().saturating_sub(1024))..];
    drawn(&crate::said::utf8(tail)).trim_end().to_owned()
}

/// Without any white space: an echo is found by it however it was wrapped.
pub(super) fn squeezed(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pagers_and_line_editors_leave_nothing() {
        let cases: [(&[u8], &str); 8] = [
            (b"one\r\ntwo\r\n", "one\ntwo\n"),
            (b" --More-- \r          \rthree\r\n", "three\n"),
            (b" --More-- \x08\x08\x08\x08\x08\x08\x08\x08\x08\x08          \x08\x08\x08\x08\x08\x08\x08\x08\x08\x08four\r\n", "four\n"),
            (b"\x1b[7m--More--\x1b[m\r\x1b[Kfive", "five"),
            (b"sx\x08how \x1b[?2004hver\x1b[31msion\x1b[0m\r\r\n", "show version\n"),
            (b"\x1b]0;title\x07user@host:~$ ", "user@host:~$"),
            (b"sw1# shw\x1b[D\x1b[Dho", "sw1# sho"),
            (b"kept trailing  \r\n", "kept trailing  \n"),
        ];
        for (sent, right) in cases {
            assert_eq!(shown(sent), right, "{:?}", String::from_utf8_lossy(sent));
        }
    }

    #[test]
    fn junk_survives() {
        let junk: Vec<u8> = (0..=255).cycle().take(10_000).collect();
        assert!(shown(&junk).contains("ABC"));
        assert_eq!(shown(b"\x1b[99999999C\x1b[999999999999Gx").trim(), "x");
        assert_eq!(shown(b"\x1b"), "");
        assert_eq!(shown(b"caf\xe9"), "caf\u{fffd}");
    }

    #[test]
    fn the_last_line_is_what_stands_there_now() {
        assert_eq!(last_line(b"x\r\n --More-- \r          \rsw1#", 0), "sw1#");
        assert_eq!(last_line(b"x\r\nsw1# ", 0), "sw1#");
        assert_eq!(last_line(b" --More-- \r   ", 10), "");
        assert_eq!(squeezed(" show  run\r\n"), "showrun");
    }
}
