//! A wish to change network devices, and how far it is with each of them.

use crate::WrongForm;
use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};

/// Shown as `P-3`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PushId(pub i64);

impl FromStr for PushId {
    type Err = WrongForm;
    /// `P-3`, `p-3` and `3`.
    fn from_str(given: &str) -> Result<Self, WrongForm> {
        let digits = given.strip_prefix("P-").or_else(|| given.strip_prefix("p-")).unwrap_or(given);
        match digits.parse::<i64>() {
            Ok(n) if n > 0 && digits.bytes().all(|b| b.is_ascii_digit()) => Ok(Self(n)),
            _ => Err(WrongForm::new("push", given, "a push's name like P-3")),
        }
    }
}

impl fmt::Display for PushId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "P-{}", self.0)
    }
}

impl Serialize for PushId {
    fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for PushId {
    fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        String::deserialize(d)?.parse().map_err(serde::de::Error::custom)
    }
}

/// How far a push is with one device.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PushState {
    Planned,
    /// A job has it.
    Pushing,
    /// Live and verified; it waits for `/device confirm`, and goes back without.
    Held,
    /// Live, verified and kept.
    Done,
    /// Nothing was changed.
    Failed,
    /// It was live, and is not any more.
    Undone,
    /// Another device failed before its turn.
    Dropped,
}

impl PushState {
    pub const ALL: [Self; 7] =
        [Self::Planned, Self::Pushing, Self::Held, Self::Done, Self::Failed, Self::Undone, Self::Dropped];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Planned => "planned",
            Self::Pushing => "pushing",
            Self::Held => "held",
            Self::Done => "done",
            Self::Failed => "failed",
            Self::Undone => "undone",
            Self::Dropped => "dropped",
        }
    }

    /// Whether the device has what it should.
    pub fn is_good(self) -> bool {
        matches!(self, Self::Held | Self::Done)
    }
}

impl fmt::Display for PushState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for PushState {
    type Err = WrongForm;
    fn from_str(given: &str) -> Result<Self, WrongForm> {
        let found = Self::ALL.into_iter().find(|state| state.as_str() == given);
        found.ok_or_else(|| WrongForm::new("state of a push", given, "planned, pushing, held, done, …"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_states_are_read_as_they_are_shown() {
        assert_eq!(
            ["P-3", "p-3", "3"].map(|text| text.parse::<PushId>()),
            [Ok(PushId(3)), Ok(PushId(3)), Ok(PushId(3))]
        );
        assert!(["", "P-", "P-0", "P--1", "P-x", "+3"].iter().all(|wrong| wrong.parse::<PushId>().is_err()));
        assert!(PushState::ALL.iter().all(|state| state.as_str().parse() == Ok(*state)));
    }
}
