//! Why a text is no time: one sentence that names what was given, and what would be right.

use crate::{Instant, Zone, text};

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WrongTime {
    #[error("{given:?} is no {what}")]
    Unreadable { given: String, what: &'static str, right: String },
    #[error("{given:?} lacks {what}")]
    Missing { given: String, what: &'static str, right: String },
    #[error("it would end at {} and start at {}", .zone.text(*.end), .zone.text(*.start))]
    EndBeforeStart { zone: Zone, start: Instant, end: Instant },
    #[error("{given:?} is no length: it is nothing")]
    ZeroLength { given: String },
    #[error("{given:?} does not exist in {zone}: the clocks are set forward over it")]
    Gap { given: String, zone: Zone, before: Instant, after: Instant },
    #[error("{given:?} exists twice in {zone}: the clocks are set back over it")]
    Twice { given: String, zone: Zone, earlier: Instant, later: Instant },
    #[error("{given:?} says when it ends, and so does {other:?}")]
    Contradiction { given: String, other: String },
    #[error("{given:?} is too far away or too long")]
    TooFar { given: String },
}

pub(super) const TIME: &str = "a time like 14:30, tomorrow 9am, fri 14:00, 2026-12-01 09:00 or in 2h";
pub(super) const LENGTH: &str = "a length like 2h, 90m, 1d or 2h30m";
pub(super) const WINDOW: &str = "a time with an end, like fri 14:00-16:00 or tomorrow 9am for 2h";

impl WrongTime {
    pub(super) fn time(given: &str) -> Self {
        Self::unreadable(given, "time", TIME)
    }

    pub(super) fn unreadable(given: &str, what: &'static str, right: &str) -> Self {
        Self::Unreadable { given: shown(given), what, right: right.to_owned() }
    }

    /// What would be right, as a clause for a hint.
    pub fn right(&self) -> String {
        match self {
            Self::Unreadable { right, .. } | Self::Missing { right, .. } => right.clone(),
            Self::EndBeforeStart { .. } => "an end after the start".to_owned(),
            Self::ZeroLength { .. } => LENGTH.to_owned(),
            Self::Gap { zone, before, after, .. } => format!("{} or {}", zone.iso(*before), zone.iso(*after)),
            Self::Twice { zone, earlier, later, .. } => format!("{} or {}", zone.iso(*earlier), zone.iso(*later)),
            Self::Contradiction { .. } => "one end: as a time, as a length, or with the start".to_owned(),
            Self::TooFar { .. } => "a time before 2101, and at most ten years".to_owned(),
        }
    }

    /// The instants to choose from, where the text leaves two.
    pub fn choices(&self) -> Option<[Instant; 2]> {
        match self {
            Self::Gap { before: a, after: b, .. } | Self::Twice { earlier: a, later: b, .. } => Some([*a, *b]),
            _ => None,
        }
    }
}

pub(super) fn shown(given: &str) -> String {
    text::shorten(&text::visible(given), 60)
}
