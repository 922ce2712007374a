//! Content lines and the components that they make, as slices of the text.

use std::borrow::Cow;

/// Deeper nesting than this is no calendar.
const DEEPEST: usize = 8;
/// A line is broken before it gets longer than this many bytes.
const WIDTH: usize = 75;

/// One unfolded line.
#[derive(Debug, Clone, Copy)]
pub struct Line<'a> {
    /// All of it.
    pub whole: &'a str,
    pub name: &'a str,
    params: &'a str,
    pub value: &'a str,
}

#[derive(Debug, Clone, Default)]
pub struct Component<'a> {
    pub name: &'a str,
    pub lines: Vec<Line<'a>>,
    pub parts: Vec<Component<'a>>,
}

/// The text without its folds.
pub fn unfold(text: &str) -> Cow<'_, str> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    if !text.contains("\n ") && !text.contains("\n\t") {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    for line in text.split('\n') {
        match line.strip_prefix([' ', '\t']) {
            Some(more) => {
                let kept = out.trim_end_matches(['\r', '\n']).len();
                out.truncate(kept);
                out.push_str(more);
            }
            None => out.push_str(line),
        }
        out.push('\n');
    }
    Cow::Owned(out)
}

impl<'a> Line<'a> {
    /// `None` for what is no content line.
    fn read(whole: &'a str) -> Option<Self> {
        let end = whole.find([';', ':'])?;
        let name = &whole[..end];
        if name.is_empty() || !name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.')) {
            return None;
        }
        let mut is_quoted = false;
        for (at, b) in whole.bytes().enumerate().skip(end) {
            match b {
                b'"' => is_quoted = !is_quoted,
                b':' if !is_quoted => {
                    let params = whole.get(end + 1..at).unwrap_or_default();
                    return Some(Self { whole, name, params, value: &whole[at + 1..] });
                }
                _ => {}
            }
        }
        None
    }

    pub fn is(&self, name: &str) -> bool {
        self.name.eq_ignore_ascii_case(name)
    }

    /// Names and values of its parameters, without quotes.
    pub fn params(&self) -> impl Iterator<Item = (&'a str, &'a str)> + use<'a> {
        let mut rest = self.params;
        std::iter::from_fn(move || {
            if rest.is_empty() {
                return None;
            }
            let mut is_quoted = false;
            let end = rest.bytes().position(|b| {
                is_quoted ^= b == b'"';
                b == b';' && !is_quoted
            });
            let (one, more) = end.map_or((rest, ""), |at| (&rest[..at], &rest[at + 1..]));
            rest = more;
            let (name, value) = one.split_once('=').unwrap_or((one, ""));
            Some((name, value.strip_prefix('"').and_then(|v| v.strip_suffix('"')).unwrap_or(value)))
        })
    }

    pub fn param(&self, name: &str) -> Option<&'a str> {
        self.params().find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }

    /// Its value without the escapes of TEXT.
    pub fn text(&self) -> Cow<'a, str> {
        if !self.value.contains('\\') {
            return Cow::Borrowed(self.value);
        }
        let mut out = String::with_capacity(self.value.len());
        let mut chars = self.value.chars();
        while let Some(c) = chars.next() {
            match c {
                '\\' => match chars.next() {
                    Some('n' | 'N') => out.push('\n'),
                    Some(other) => out.push(other),
                    None => {}
                },
                other => out.push(other),
            }
        }
        Cow::Owned(out)
    }
}

impl<'a> Component<'a> {
    pub fn is(&self, name: &str) -> bool {
        self.name.eq_ignore_ascii_case(name)
    }

    pub fn line(&self, name: &str) -> Option<&Line<'a>> {
        self.lines.iter().find(|line| line.is(name))
    }

    pub fn all(&self, name: &str) -> impl Iterator<Item = &Line<'a>> {
        self.lines.iter().filter(move |line| line.is(name))
    }
}

/// The one calendar that an unfolded text is.
///
/// # Errors
/// What is wrong with it, as the end of a sentence.
pub fn read(text: &str) -> Result<Component<'_>, String> {
    let mut open: Vec<Component<'_>> = Vec::new();
    let mut done: Option<Component<'_>> = None;
    for (at, whole) in text.split('\n').enumerate() {
        let whole = whole.strip_suffix('\r').unwrap_or(whole);
        if whole.trim().is_empty() {
            continue;
        }
        let wrong = |why: &str| format!("line {} {why}", at + 1);
        if done.is_some() {
            return Err(wrong("comes after the calendar's end"));
        }
        let line = Line::read(whole).ok_or_else(|| wrong("is no content line"))?;
        if line.is("BEGIN") {
            if open.len() >= DEEPEST {
                return Err(wrong("is nested too deep"));
            }
            open.push(Component { name: line.value.trim(), ..Component::default() });
        } else if line.is("END") {
            let ended = open.pop().filter(|c| c.is(line.value.trim()));
            let ended = ended.ok_or_else(|| wrong("ends what has not begun"))?;
            match open.last_mut() {
                Some(outer) => outer.parts.push(ended),
                None => done = Some(ended),
            }
        } else {
            open.last_mut().ok_or_else(|| wrong("is outside the calendar"))?.lines.push(line);
        }
    }
    match done {
        Some(calendar) if calendar.is("VCALENDAR") => Ok(calendar),
        Some(other) => Err(format!("it is a {}, not a VCALENDAR", other.name)),
        None if open.is_empty() => Err("there is nothing in it".to_owned()),
        None => Err("its end is missing".to_owned()),
    }
}

/// Adds a line, folded.
pub fn write(out: &mut String, line: &str) {
    let (mut rest, mut width) = (line, WIDTH);
    while rest.len() > width {
        let mut at = width;
        while !rest.is_char_boundary(at) {
            at -= 1;
        }
        out.push_str(&rest[..at]);
        out.push_str("\r\n ");
        rest = &rest[at..];
        // The blank counts.
        width = WIDTH - 1;
    }
    out.push_str(rest);
    out.push_str("\r\n");
}

/// Adds a component as it is, folded anew.
pub fn write_component(out: &mut String, component: &Component<'_>) {
    write(out, &format!("BEGIN:{}", component.name));
    component.lines.iter().for_each(|line| write(out, line.whole));
    component.parts.iter().for_each(|part| write_component(out, part));
    write(out, &format!("END:{}", component.name));
}
