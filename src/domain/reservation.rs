//! What a reservation is, and what can become of it. Its window is half open, `[start, end)`, in whole seconds.

use crate::{GuestKind, Instant, Vmid, name::WrongForm};
use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr, time::Duration};

/// Shown as `R-12`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ReservationId(pub i64);

impl FromStr for ReservationId {
    type Err = WrongForm;
    /// `R-12`, `r-12` and `12`.
    fn from_str(given: &str) -> Result<Self, WrongForm> {
        let digits = given.strip_prefix("R-").or_else(|| given.strip_prefix("r-")).unwrap_or(given);
        match digits.parse::<i64>() {
            Ok(n) if n > 0 && digits.bytes().all(|b| b.is_ascii_digit()) => Ok(Self(n)),
            _ => Err(WrongForm::new("reservation", given, "a reservation's name like R-12")),
        }
    }
}

impl fmt::Display for ReservationId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "R-{}", self.0)
    }
}

impl Serialize for ReservationId {
    fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for ReservationId {
    fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        String::deserialize(d)?.parse().map_err(serde::de::Error::custom)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ReservationStatus {
    /// Held for a while for somebody who waited.
    Offered,
    /// Waits for an approver's yes.
    Pending,
    Booked,
    /// It is now.
    Active,
    /// Its time is over.
    Ended,
    /// Given back before its end.
    Released,
    Cancelled,
    /// Nobody checked in.
    NoShow,
    /// Stands in line for what others have.
    Waiting,
}

impl ReservationStatus {
    pub const ALL: [Self; 9] = [
        Self::Offered,
        Self::Pending,
        Self::Booked,
        Self::Active,
        Self::Ended,
        Self::Released,
        Self::Cancelled,
        Self::NoShow,
        Self::Waiting,
    ];

    /// Whether nobody else can have the slot.
    pub fn holds_slot(self) -> bool {
        matches!(self, Self::Offered | Self::Pending | Self::Booked | Self::Active)
    }

    /// Whether others are kept from what it is of while its window lasts.
    pub fn guards(self) -> bool {
        matches!(self, Self::Booked | Self::Active)
    }

    /// Nothing becomes of it any more, but for a new check.
    pub fn is_over(self) -> bool {
        matches!(self, Self::Ended | Self::Released | Self::Cancelled | Self::NoShow)
    }

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Offered => "offered",
            Self::Pending => "pending",
            Self::Booked => "booked",
            Self::Active => "active",
            Self::Ended => "ended",
            Self::Released => "released",
            Self::Cancelled => "cancelled",
            Self::NoShow => "no-show",
            Self::Waiting => "waiting",
        }
    }
}

impl FromStr for ReservationStatus {
    type Err = WrongForm;
    fn from_str(given: &str) -> Result<Self, WrongForm> {
        let found = Self::ALL.into_iter().find(|s| s.as_str() == given);
        found.ok_or_else(|| WrongForm::new("status of a reservation", given, "one like booked or waiting"))
    }
}

impl fmt::Display for ReservationStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// What the lab does with the guests when the window is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AtEnd {
    #[default]
    Leave,
    Shutdown,
    /// Back to the snapshot that was taken at the start.
    Rollback,
    Destroy,
}

impl AtEnd {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Leave => "leave",
            Self::Shutdown => "shutdown",
            Self::Rollback => "rollback",
            Self::Destroy => "destroy",
        }
    }
}

/// What the lab does by itself for a reservation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Acts {
    /// The guests are started when the window begins.
    pub start: bool,
    /// A snapshot of each is taken then, before they are started.
    pub snapshot: bool,
    pub end: AtEnd,
}

impl Acts {
    pub fn is_none(self) -> bool {
        self == Self::default()
    }
}

/// What a program says of a reservation that it asks for, beside what is asked of everybody.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Request {
    /// For whom, in its own words; the holder is the account that it asks as.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub requester: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kind: Option<GuestKind>,
    /// The guest that a node is wanted for, which may not be there yet.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub vmid: Option<Vmid>,
}

/// What a rule or a resource demands of a window. Each is no limit when it is zero.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct WindowLimits {
    pub longest: Duration,
    /// How far ahead it may begin.
    pub ahead: Duration,
}

/// Bookings end at most this far ahead, whatever the rules: the tables of time zones do not reach much further.
pub const FURTHEST: Duration = Duration::from_secs(5 * 366 * 24 * 3600);

/// Why a window cannot be had, whoever else has what.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WrongWindow {
    Past,
    TooLong { longest: Duration },
    TooFar { ahead: Duration },
}

/// `grace`: how long ago it may have begun.
///
/// # Errors
/// The rule in the way.
pub fn fits(
    start: Instant,
    end: Instant,
    now: Instant,
    grace: Duration,
    limits: WindowLimits,
) -> Result<(), WrongWindow> {
    if start + grace < now || end <= now {
        return Err(WrongWindow::Past);
    }
    if !limits.longest.is_zero() && end.since(start) > limits.longest {
        return Err(WrongWindow::TooLong { longest: limits.longest });
    }
    let ahead = if limits.ahead.is_zero() { FURTHEST } else { limits.ahead.min(FURTHEST) };
    if start.since(now) > ahead || end.since(now) > FURTHEST {
        return Err(WrongWindow::TooFar { ahead });
    }
    Ok(())
}

/// The next free stretches of `length` beginning at or after `from`, given what is taken (sorted or not): at most
/// `count`, the first as early as can be and each further one after a taken stretch.
pub fn free_windows(
    taken: &[(Instant, Instant)],
    from: Instant,
    length: Duration,
    until: Instant,
    count: usize,
) -> Vec<(Instant, Instant)> {
    let mut taken = taken.to_vec();
    taken.sort_unstable();
    let mut free = Vec::new();
    let mut at = from;
    for (start, end) in taken.into_iter().chain([(until, until)]) {
        if start.since(at) >= length && start > at && at + length <= until {
            free.push((at, at + length));
        }
        if free.len() == count {
            break;
        }
        at = at.max(end);
    }
    free
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Instant {
        Instant::from_seconds(seconds)
    }

    fn s(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn statuses_are_read_as_they_are_written() {
        for status in ReservationStatus::ALL {
            assert_eq!(status.as_str().parse(), Ok(status));
            assert_eq!(serde_json::to_value(status).expect("text"), status.as_str());
            assert!(!(status.holds_slot() && status.is_over()), "{status}");
            assert!(!status.guards() || status.holds_slot(), "{status}");
        }
        assert_eq!("R-12".parse(), Ok(ReservationId(12)));
        assert_eq!("r-12".parse(), Ok(ReservationId(12)));
        for wrong in ["", "R-0", "R--1", "J-12", "R-x", "+3"] {
            assert!(wrong.parse::<ReservationId>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_window_fits_or_says_why_not() {
        let limits = WindowLimits { longest: s(100), ahead: s(1000) };
        let of = |start, end| fits(at(start), at(end), at(10_000), s(300), limits);
        assert_eq!(of(10_000, 10_100), Ok(()));
        assert_eq!(of(9_990, 10_050), Ok(()), "a moment ago is now");
        assert_eq!(of(9_699, 10_050), Err(WrongWindow::Past));
        assert_eq!(of(9_800, 10_000), Err(WrongWindow::Past), "over already");
        assert_eq!(of(10_000, 10_101), Err(WrongWindow::TooLong { longest: s(100) }));
        assert_eq!(of(11_001, 11_050), Err(WrongWindow::TooFar { ahead: s(1000) }));
        let none = WindowLimits::default();
        let ten_years = at(10 * 366 * 86_400);
        assert_eq!(fits(ten_years, ten_years + s(60), at(0), s(0), none), Err(WrongWindow::TooFar { ahead: FURTHEST }));
    }

    #[test]
    fn the_nearest_free_windows() {
        let of = |taken: &[(i64, i64)], from, length, count| {
            let taken: Vec<_> = taken.iter().map(|(a, b)| (at(*a), at(*b))).collect();
            let free = free_windows(&taken, at(from), s(length), at(1000), count);
            free.iter().map(|(a, b)| (a.seconds(), b.seconds())).collect::<Vec<_>>()
        };
        assert_eq!(of(&[], 5, 10, 3), [(5, 15)]);
        assert_eq!(of(&[(0, 20), (30, 40), (45, 60)], 5, 10, 3), [(20, 30), (60, 70)]);
        assert_eq!(of(&[(0, 20), (30, 40), (50, 60)], 5, 10, 2), [(20, 30), (40, 50)]);
        assert_eq!(of(&[(30, 40), (0, 35)], 5, 10, 3), [(40, 50)], "overlapping and unsorted");
        assert_eq!(of(&[(0, 995)], 5, 10, 3), [], "no room before the end");
    }
}
