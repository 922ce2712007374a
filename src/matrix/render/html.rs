//! Text in the HTML that clients keep. Data never becomes a tag, a link or a pill.

use super::{Manner, sign::spoken};
use direttore_domain::text::{visible, visible_lines};
use direttore_reply::{Span, Text, format};

/// As it is, whatever it is.
pub(super) fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in visible_lines(text).chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
    out
}

pub(super) fn text(text: &Text, zone: &str, manner: Manner) -> String {
    let mut out = String::new();
    for span in &text.0 {
        match span {
            Span::Plain(words) => out += &*escaped(&visible(&spoken(words, manner.lead))),
            Span::Bold(words) | Span::Who(words) if !words.is_empty() => {
                out += &*format!("<strong>{}</strong>", escaped(&visible(words)));
            }
            Span::Code(words) if words.contains('\n') => {
                out += &*format!("<pre><code>{}</code></pre>", escaped(&visible_lines(words)));
            }
            Span::Code(words) if !words.is_empty() => {
                out += &*format!("<code>{}</code>", escaped(&visible(&spoken(words, manner.lead))));
            }
            Span::Bold(_) | Span::Who(_) | Span::Code(_) => {}
            Span::When(at) => out += &*escaped(&format::when(*at, zone)),
            Span::Line => out += "<br>",
            Span::Link(address) => out += &*link(address),
        }
    }
    let mut trimmed = out.as_str();
    while let Some(rest) = trimmed.strip_prefix("<br>").or_else(|| trimmed.strip_suffix("<br>")) {
        trimmed = rest;
    }
    trimmed.to_owned()
}

fn link(address: &str) -> String {
    let shown = escaped(&visible(address));
    match address.starts_with("http://") || address.starts_with("https://") {
        true => format!("<a href=\"{shown}\">{shown}</a>"),
        false => shown,
    }
}
