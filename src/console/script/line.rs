//! One line of a script, read: what kind of line it is, before anything is known of accounts and open questions.

use crate::say;
use direttore_catalog::duration::parse_duration;
use std::time::Duration;

#[derive(Debug, PartialEq, Eq)]
pub(super) enum Line {
    /// Blank, or a comment.
    Nothing,
    /// `...`
    Settle,
    /// `~ 2h`
    Advance(Duration),
    /// `% pve1 offline`
    Lab(String),
    /// Said by an account; the default one when `by` is `None`.
    Said { by: Option<String>, what: Said },
}

#[derive(Debug, PartialEq, Eq)]
pub(super) enum Said {
    Line(String),
    Press(String),
    Fill(Vec<(String, String)>),
}

/// The error says why the line cannot be used.
pub(super) fn read(line: &str) -> Result<Line, String> {
    let line = line.trim();
    if line.is_empty() || line.starts_with('#') {
        return Ok(Line::Nothing);
    }
    if line == "..." {
        return Ok(Line::Settle);
    }
    if let Some(by) = line.strip_prefix('~') {
        return advance(by.trim()).map(Line::Advance);
    }
    if let Some(fault) = line.strip_prefix('%') {
        let fault = fault.trim();
        return if fault.is_empty() { Err("nothing after %".to_owned()) } else { Ok(Line::Lab(fault.to_owned())) };
    }
    let (by, rest) = match line.strip_prefix('@') {
        None => (None, line),
        Some(line) => {
            let (by, rest) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
            (Some(by.to_owned()), rest.trim())
        }
    };
    if rest.is_empty() {
        return Err("nothing is said after the account".to_owned());
    }
    Ok(Line::Said { by, what: said(rest)? })
}

fn said(line: &str) -> Result<Said, String> {
    if let Some(label) = say::label(line) {
        return Ok(Said::Press(label.to_owned()));
    }
    match say::values(line) {
        Some(values) => values.map(Said::Fill),
        None => Ok(Said::Line(line.to_owned())),
    }
}

/// `2h`, `1h30m`, also `1h 30m`.
fn advance(by: &str) -> Result<Duration, String> {
    let joined: String = by.split_whitespace().collect();
    parse_duration(&joined)
        .filter(|by| !by.is_zero())
        .ok_or_else(|| format!("{by:?} is no length of time (right: 90s, 5m, 2h, 3d)"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_of_line() {
        let said = |by: Option<&str>, what| Ok(Line::Said { by: by.map(str::to_owned), what });
        assert_eq!(read("  # comment"), Ok(Line::Nothing));
        assert_eq!(read(" "), Ok(Line::Nothing));
        assert_eq!(read(" ... "), Ok(Line::Settle));
        assert_eq!(read("~ 2h"), Ok(Line::Advance(Duration::from_secs(7200))));
        assert_eq!(read("~1h 30m"), Ok(Line::Advance(Duration::from_secs(5400))));
        assert_eq!(read("% pve1 offline"), Ok(Line::Lab("pve1 offline".into())));
        assert_eq!(read("/guest list node=pve1"), said(None, Said::Line("/guest list node=pve1".into())));
        assert_eq!(read("guest list"), said(None, Said::Line("guest list".into())));
        assert_eq!(read("@viewer  /guest list"), said(Some("viewer"), Said::Line("/guest list".into())));
        assert_eq!(read("@operator [Yes]"), said(Some("operator"), Said::Press("Yes".into())));
        assert_eq!(read("name=web1"), said(None, Said::Fill(vec![("name".into(), "web1".into())])));
        for wrong in ["~", "~ soon", "~ 0s", "%", "@viewer", "a=1 b"] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }
}
