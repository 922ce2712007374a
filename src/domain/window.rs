//! Windows of time: half open, `[start, end)`, in whole seconds. Back to back is no overlap.

use crate::Instant;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// Made by [`Window::new`], which holds that it starts before it ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "Ends")]
pub struct Window {
    pub start: Instant,
    pub end: Instant,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Ends {
    start: Instant,
    end: Instant,
}

impl Window {
    /// Both ends are floored to whole seconds; none unless something lies between them then.
    pub fn new(start: Instant, end: Instant) -> Option<Self> {
        let (start, end) = (floored(start), floored(end));
        (start < end).then_some(Self { start, end })
    }

    pub fn overlaps(self, other: Self) -> bool {
        self.start < other.end && other.start < self.end
    }

    pub fn contains(self, at: Instant) -> bool {
        self.start <= at && at < self.end
    }

    pub fn length(self) -> Duration {
        self.end.since(self.start)
    }

    /// With this much more before and after it: what a booking keeps free around itself.
    #[must_use]
    pub fn widened(self, before: Duration, after: Duration) -> Self {
        let up = after + Duration::from_millis(999);
        Self { start: floored(self.start - before), end: floored(self.end + up) }
    }

    /// Of the same length, from another start.
    pub fn moved_to(self, start: Instant) -> Option<Self> {
        Self::new(start, start + self.length())
    }

    /// What both have in common.
    pub fn common(self, other: Self) -> Option<Self> {
        Self::new(self.start.max(other.start), self.end.min(other.end))
    }
}

fn floored(at: Instant) -> Instant {
    Instant::from_seconds(at.seconds())
}

impl TryFrom<Ends> for Window {
    type Error = &'static str;
    fn try_from(ends: Ends) -> Result<Self, Self::Error> {
        Self::new(ends.start, ends.end).ok_or("a window starts before it ends")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn window(start: i64, end: i64) -> Window {
        Window::new(Instant::from_seconds(start), Instant::from_seconds(end)).expect("start is before end")
    }

    #[test]
    fn only_what_has_a_length_is_a_window() {
        assert_eq!(Window::new(Instant(5_000), Instant(5_000)), None);
        assert_eq!(Window::new(Instant(6_000), Instant(5_000)), None);
        assert_eq!(Window::new(Instant(5_100), Instant(5_900)), None);
        assert_eq!(Window::new(Instant(5_900), Instant(6_100)), Some(window(5, 6)));
        assert_eq!(Window::new(Instant(-100), Instant(100)), Some(window(-1, 0)));
    }

    #[test]
    fn back_to_back_is_no_overlap() {
        let table = [
            (window(0, 10), window(10, 20), false),
            (window(0, 10), window(9, 20), true),
            (window(0, 10), window(2, 3), true),
            (window(0, 10), window(0, 10), true),
            (window(0, 10), window(11, 20), false),
        ];
        for (a, b, expected) in table {
            assert_eq!(a.overlaps(b), expected, "{a:?} {b:?}");
            assert_eq!(b.overlaps(a), expected, "{b:?} {a:?}");
            assert_eq!(a.common(b).is_some(), expected, "{a:?} {b:?}");
        }
        assert!(window(0, 10).contains(Instant::from_seconds(0)));
        assert!(!window(0, 10).contains(Instant::from_seconds(10)));
        assert_eq!(window(0, 10).common(window(4, 20)), Some(window(4, 10)));
    }

    #[test]
    fn it_is_widened_outwards_and_moved_as_a_whole() {
        let seconds = Duration::from_secs;
        assert_eq!(window(100, 200).widened(seconds(10), seconds(20)), window(90, 220));
        assert_eq!(window(100, 200).widened(Duration::from_millis(1), Duration::from_millis(1)), window(99, 201));
        assert_eq!(window(100, 200).widened(Duration::ZERO, Duration::ZERO), window(100, 200));
        assert_eq!(window(100, 200).moved_to(Instant::from_seconds(500)), Some(window(500, 600)));
        assert_eq!(window(100, 200).length(), seconds(100));
    }

    #[test]
    fn it_travels_as_milliseconds_and_is_checked_on_arrival() {
        let text = serde_json::to_string(&window(1, 2)).expect("two numbers");
        assert_eq!(text, r#"{"start":1000,"end":2000}"#);
        assert_eq!(serde_json::from_str::<Window>(&text).ok(), Some(window(1, 2)));
        assert!(serde_json::from_str::<Window>(r#"{"start":2000,"end":2000}"#).is_err());
    }
}
