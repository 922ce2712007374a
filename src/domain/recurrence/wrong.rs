//! Why a text is no rule, or a rule no series: one sentence, and what would be right.

use crate::text;

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WrongRule {
    #[error("{given:?} is no rule for repeating")]
    Unreadable { given: String },
    #[error("{given:?} in a rule: {right}")]
    BadPart { given: String, right: String },
    #[error("a booking cannot repeat {given}")]
    TooOften { given: String },
    #[error("the rule has both COUNT and UNTIL")]
    TwoEnds,
    #[error("{given} has no end")]
    Endless { given: String },
    #[error("the rule means {given} bookings, and a series has at most {most}")]
    TooMany { given: String, most: usize },
    #[error(
        "only {within} of the bookings of {given} lie within {days} days of the first, which is the longest a series may last"
    )]
    TooLong { given: String, within: usize, days: u64 },
    #[error("the rule ends at {until}, before the first booking")]
    EndsBeforeStart { until: String },
    #[error("a booking of {given} would still last when its next one starts")]
    Overlaps { given: String },
    #[error("no booking of {given} is left")]
    Nothing { given: String },
}

impl WrongRule {
    pub(super) fn unreadable(given: &str) -> Self {
        Self::Unreadable { given: shown(given) }
    }

    pub(super) fn part(given: &str, right: &str) -> Self {
        Self::BadPart { given: shown(given), right: right.to_owned() }
    }

    /// What would be right, as a clause for a hint.
    pub fn right(&self) -> String {
        match self {
            Self::Unreadable { .. } => {
                "daily, weekdays, weekly on mon,wed or monthly, with x10 or until 2026-12-31; or a rule like \
                 FREQ=WEEKLY;BYDAY=MO,WE;COUNT=10"
                    .to_owned()
            }
            Self::BadPart { right, .. } => right.clone(),
            Self::TooOften { .. } => "FREQ is DAILY, WEEKLY, MONTHLY or YEARLY".to_owned(),
            Self::TwoEnds => "one of them".to_owned(),
            Self::Endless { .. } => "an end, COUNT=10 or UNTIL=20261231; in words x10 or until 2026-12-31".to_owned(),
            Self::TooMany { most, .. } => format!("COUNT={most} at most, or an earlier UNTIL"),
            Self::TooLong { days, .. } => format!("an end within {days} days of the first"),
            Self::EndsBeforeStart { .. } => "an UNTIL after the first".to_owned(),
            Self::Overlaps { .. } => "a shorter booking, or a rule that leaves more time between two".to_owned(),
            Self::Nothing { .. } => "fewer exceptions".to_owned(),
        }
    }
}

pub(super) fn shown(given: &str) -> String {
    text::shorten(&text::visible(given), 60)
}
