//! `[reserve]`: how far reservations may go, by role, and when people are told. Calendar time, but for `poll_ms`.

use super::{error::ConfigError, section::Section, tree::Item};
use direttore_domain::{
    AccountName, Role,
    reservation::WindowLimits,
    when::{self, DateOrder},
};
use std::{str::FromStr, time::Duration};

pub(super) const KEYS: &[&str] = &[
    "admin",
    "operator",
    "viewer",
    "grace_ms",
    "remind_ms",
    "offer_ms",
    "approve_over",
    "approvers",
    "tonight",
    "dates",
    "poll_ms",
];
pub(super) const LIMIT_KEYS: &[&str] = &["longest", "ahead", "at_once"];

/// More than anybody books.
const MAX_NUMBER: u64 = 1_000_000;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reserve {
    pub limits: Vec<(Role, WindowLimits, Option<u64>)>,
    /// How long ago a window may have begun.
    pub grace: Duration,
    /// How long before start and end people are reminded.
    pub remind: Duration,
    /// How long what became free is held for who waited.
    pub offer: Duration,
    /// Windows longer than this need an approver's yes; zero is never.
    pub approve_over: Duration,
    /// Who may approve, besides administrators.
    pub approvers: Vec<AccountName>,
    /// The hour that "tonight" means.
    pub tonight: u32,
    /// What 1/12 means; nothing where it is not said.
    pub dates: Option<DateOrder>,
    /// How often the calendar is looked at when nothing wakes it; elapsed time.
    pub poll: Duration,
}

/// A length as people write it.
struct Length(Duration);

impl FromStr for Length {
    type Err = when::WrongTime;
    fn from_str(given: &str) -> Result<Self, Self::Err> {
        when::length(given).map(Self)
    }
}

const LENGTH: &str = "a length of time like \"8h\" or \"14d\"";

pub(super) fn read(item: Option<Item>, notes: &mut Vec<String>) -> Result<Reserve, ConfigError> {
    let mut section = Section::open("reserve", item, KEYS, notes)?;
    let mut limits = Vec::new();
    for (role, key) in [(Role::Admin, "admin"), (Role::Operator, "operator"), (Role::Viewer, "viewer")] {
        let item = section.take(key);
        let inner = Section::open(section.name(key), item, LIMIT_KEYS, section.notes())?;
        limits.push(of_role(role, inner)?);
    }
    let hour = section.number("tonight", 20, 0..=23)?;
    let dates =
        [("none", None), ("day-first", Some(DateOrder::DayFirst)), ("month-first", Some(DateOrder::MonthFirst))];
    Ok(Reserve {
        limits,
        grace: section.millis("grace_ms", 300_000)?,
        remind: section.millis("remind_ms", 900_000)?,
        offer: section.millis("offer_ms", 900_000)?,
        approve_over: section.parsed::<Length>("approve_over", LENGTH)?.map(|l| l.0).unwrap_or_default(),
        approvers: section.list("approvers", "the name of an account")?.unwrap_or_default(),
        tonight: u32::try_from(hour).expect("it is at most 23"),
        dates: section.choice("dates", &dates, None)?,
        poll: section.millis("poll_ms", 1_000)?,
    })
}

/// Operators have limits unless others are set; the others have those that are set.
fn of_role(role: Role, mut section: Section<'_>) -> Result<(Role, WindowLimits, Option<u64>), ConfigError> {
    let days = |n: u64| Duration::from_secs(n * 86_400);
    let (longest, ahead, at_once) =
        if role == Role::Operator { (days(31), days(366), Some(50)) } else { (Duration::ZERO, Duration::ZERO, None) };
    let window = WindowLimits {
        longest: section.parsed::<Length>("longest", LENGTH)?.map_or(longest, |l| l.0),
        ahead: section.parsed::<Length>("ahead", LENGTH)?.map_or(ahead, |l| l.0),
    };
    Ok((role, window, section.optional_number("at_once", 0..=MAX_NUMBER)?.or(at_once)))
}
