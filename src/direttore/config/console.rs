//! `[console]`: the chat at the terminal.

use super::{error::ConfigError, section::Section};
use std::time::Duration;

pub(super) const KEYS: &[&str] = &["color", "history", "redraw_ms"];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Color {
    /// On a terminal, unless `NO_COLOR` is set.
    Auto,
    Always,
    Never,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Console {
    pub color: Color,
    /// Whether lines are kept in the data folder.
    pub history: bool,
    /// How often a live answer is drawn anew.
    pub redraw: Duration,
}

pub(super) fn read(mut section: Section<'_>) -> Result<Console, ConfigError> {
    let colors = [("auto", Color::Auto), ("always", Color::Always), ("never", Color::Never)];
    Ok(Console {
        color: section.choice("color", &colors, Color::Auto)?,
        history: section.flag("history", true)?,
        redraw: section.millis("redraw_ms", 2_000)?,
    })
}
