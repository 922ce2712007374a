//! What may stand in a value, and how long a line may be.

/// Without control characters but line feeds and tabs; other ends of lines become line feeds. No blanks at the ends and no
/// long runs of them: folded, they would be a line of blanks, which some readers drop.
pub(super) fn clean(text: &str) -> String {
    const RUN: usize = 20;
    let text = text.replace("\r\n", "\n");
    let mut run = 0;
    let mut is_short = |c: &char| {
        run = if c.is_whitespace() && *c != '\n' { run + 1 } else { 0 };
        run <= RUN
    };
    let kept = text.chars().filter(|c| matches!(c, '\n' | '\t') || !is_dropped(*c)).filter(|c| is_short(c));
    kept.collect::<String>().trim().to_owned()
}

/// As [`clean`], on one line.
pub(super) fn line(text: &str) -> String {
    clean(text).split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Control characters, and what some readers take for the end of a line or for the beginning of a file.
fn is_dropped(c: char) -> bool {
    c.is_control() || matches!(c, '\u{2028}' | '\u{2029}' | '\u{feff}')
}

/// TEXT of RFC 5545, 3.3.11.
pub(super) fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        match c {
            '\\' | ';' | ',' => out.extend(['\\', c]),
            '\n' => out.push_str("\\n"),
            c => out.push(c),
        }
    }
    out
}

/// An address of the web, with everything in it percent-encoded that no address has.
pub(super) fn url(given: &str) -> Option<String> {
    let given = line(given);
    let is_web =
        ["http://", "https://"].iter().any(|s| given.get(..s.len()).is_some_and(|g| g.eq_ignore_ascii_case(s)));
    is_web.then(|| {
        let mut out = String::with_capacity(given.len());
        for byte in given.bytes() {
            match byte {
                b'!' | b'#'..=b';' | b'=' | b'?'..=b'[' | b']' | b'_' | b'a'..=b'z' | b'~' => {
                    out.push(char::from(byte))
                }
                other => out.push_str(&format!("%{other:02X}")),
            }
        }
        out
    })
}

/// Lines of any length, folded or not, as lines of at most 75 octets; no character is cut in two.
pub(super) fn folded(text: &str) -> String {
    const LONGEST: usize = 75;
    let mut out = String::with_capacity(text.len() + text.len() / 32);
    for line in text.replace("\r\n ", "").split_terminator("\r\n") {
        let (mut rest, mut room) = (line, LONGEST);
        while rest.len() > room {
            let (start, end) = rest.split_at(rest.floor_char_boundary(room));
            out.push_str(start);
            out.push_str("\r\n ");
            // The space that marks the next line is one of its octets.
            (rest, room) = (end, LONGEST - 1);
        }
        out.push_str(rest);
        out.push_str("\r\n");
    }
    out
}
