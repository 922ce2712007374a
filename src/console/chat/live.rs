//! `lab status live`: the same reply again and again, drawn over the last one.

use crate::render::{Style, render};
use direttore_reply::{Reply, Tone};
use unicode_width::UnicodeWidthStr;

/// Whether `line` asks for it and was answered.
pub(super) fn is_wanted(line: &str, replies: &[Reply]) -> bool {
    let lower = line.trim().trim_start_matches('/').to_ascii_lowercase();
    let mut words = lower.split_whitespace();
    let is_status = words.next() == Some("lab") && words.next() == Some("status");
    let is_live = words.any(|word| matches!(word, "live" | "live=true" | "live=yes" | "live=on" | "live=1"));
    let is_answered = !replies.is_empty() && !replies.iter().any(|r| matches!(r.tone, Tone::Refused | Tone::Failed));
    is_status && is_live && is_answered
}

#[derive(Debug, Default)]
pub(super) struct Frame {
    /// Rows of the screen that the last drawing takes.
    rows: usize,
}

impl Frame {
    /// What to write to draw `replies` over the last drawing; cut to a screen of `rows`, since what has scrolled away
    /// cannot be drawn over.
    pub(super) fn draw(&mut self, replies: &[Reply], style: &Style, rows: usize) -> String {
        let bare = Style { color: false, ..*style };
        let all = |style: &Style| replies.iter().map(|reply| render(reply, style)).collect::<String>();
        let (painted, plain) = (all(style), all(&bare));
        let mut out = if self.rows > 0 { format!("\x1b[{}A\x1b[J", self.rows) } else { String::new() };
        let room = rows.saturating_sub(3).max(1);
        let mut used = 0;
        let mut left = plain.lines().count();
        for (painted, plain) in painted.lines().zip(plain.lines()) {
            // A line wider than the screen takes several rows of it.
            let takes = plain.width().div_ceil(style.width.max(1)).max(1);
            if used + takes > room {
                break;
            }
            out.push_str(painted);
            out.push('\n');
            used += takes;
            left -= 1;
        }
        let foot = if left > 0 { format!("{left} more lines; ") } else { String::new() };
        out.push_str(&format!("({foot}Enter ends this)\n"));
        self.rows = used + 1;
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reply(title: &str) -> Reply {
        Reply::new(Tone::Info, title)
    }

    #[test]
    fn only_an_answered_live_status_is_redrawn() {
        assert!(is_wanted("/lab status live", &[reply("")]));
        assert!(is_wanted("LAB  status main live=true", &[reply("")]));
        assert!(!is_wanted("/lab status", &[reply("")]));
        assert!(!is_wanted("/lab status live=false", &[reply("")]));
        assert!(!is_wanted("/help lab status live", &[reply("")]));
        assert!(!is_wanted("/lab status live", &[Reply::new(Tone::Refused, "no")]));
    }

    #[test]
    fn each_frame_is_drawn_over_the_last() {
        let style = Style { width: 10, color: false, is_terminal: true };
        let mut frame = Frame::default();
        assert_eq!(
            frame.draw(&[reply("0123456789abc"), reply("b")], &style, 24),
            "0123456789abc\nb\n(Enter ends this)\n"
        );
        assert_eq!(frame.draw(&[reply("c")], &style, 24), "\x1b[4A\x1b[Jc\n(Enter ends this)\n");
        assert_eq!(
            frame.draw(&[reply("a"), reply("b"), reply("c")], &style, 5),
            "\x1b[2A\x1b[Ja\nb\n(1 more lines; Enter ends this)\n"
        );
    }
}
