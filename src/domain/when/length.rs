//! Lengths: `2h30m`, `1 day 2 hours`, `P1DT2H`. Larger units first, each once; only whole numbers.

use super::WrongTime;
use super::{tidy, wrong};
use std::time::Duration;

/// Ten years, with the most leap days.
pub(super) const LONGEST: Duration = Duration::from_secs(3653 * 86_400);

enum Wrong {
    Unreadable,
    TooLong,
}

pub(super) fn read(given: &str) -> Result<Duration, WrongTime> {
    let text = tidy(given).unwrap_or_default();
    let seconds = match text.strip_prefix('p') {
        Some(designated) => iso(designated),
        None => units(&text, &[&["w", "week", "weeks"], DAY, HOUR, MINUTE, SECOND]),
    };
    match seconds {
        Ok(0) => Err(WrongTime::ZeroLength { given: wrong::shown(given) }),
        Ok(seconds) if seconds <= LONGEST.as_secs() => Ok(Duration::from_secs(seconds)),
        Ok(_) | Err(Wrong::TooLong) => Err(WrongTime::TooFar { given: wrong::shown(given) }),
        Err(Wrong::Unreadable) => Err(WrongTime::unreadable(given, "length", wrong::LENGTH)),
    }
}

const DAY: &[&str] = &["d", "day", "days"];
const HOUR: &[&str] = &["h", "hr", "hrs", "hour", "hours"];
const MINUTE: &[&str] = &["m", "min", "mins", "minute", "minutes"];
const SECOND: &[&str] = &["s", "sec", "secs", "second", "seconds"];

/// `1w`, `1d`, `1dt2h30m`, `t2h`: ISO 8601 without the first letter.
fn iso(text: &str) -> Result<u64, Wrong> {
    let (days, clock) = match text.split_once('t') {
        Some((_, "")) => return Err(Wrong::Unreadable),
        Some((days, clock)) => (days, Some(clock)),
        None => (text, None),
    };
    if text.contains(' ') {
        return Err(Wrong::Unreadable);
    }
    // An empty part is none at all; the other one is there then.
    let days = match clock {
        Some(_) if days.is_empty() => 0,
        _ => units(days, &[&["w"], &["d"], &[], &[], &[]])?,
    };
    let clock = clock.map_or(Ok(0), |c| units(c, &[&[], &[], &["h"], &["m"], &["s"]]))?;
    Ok(days.saturating_add(clock))
}

/// Numbers with units, in seconds. `names` has those of weeks, days, hours, minutes and seconds.
fn units(text: &str, names: &[&[&str]; 5]) -> Result<u64, Wrong> {
    const SIZES: [u64; 5] = [7 * 86_400, 86_400, 3600, 60, 1];
    let (mut rest, mut next, mut sum) = (text, 0, 0u64);
    if text.is_empty() {
        return Err(Wrong::Unreadable);
    }
    while !rest.is_empty() {
        let (digits, after) = split(rest, |b| b.is_ascii_digit());
        let (unit, after) = split(after.strip_prefix(' ').unwrap_or(after), |b| b.is_ascii_alphabetic());
        let place = (next..5).find(|i| names[*i].contains(&unit)).ok_or(Wrong::Unreadable)?;
        if digits.is_empty() {
            return Err(Wrong::Unreadable);
        }
        let count: u64 = digits.parse().map_err(|_| Wrong::TooLong)?;
        sum = count.checked_mul(SIZES[place]).and_then(|s| sum.checked_add(s)).ok_or(Wrong::TooLong)?;
        next = place + 1;
        rest = after.strip_prefix(' ').unwrap_or(after);
    }
    Ok(sum)
}

fn split(text: &str, belongs: fn(u8) -> bool) -> (&str, &str) {
    text.split_at(text.bytes().position(|b| !belongs(b)).unwrap_or(text.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_as_people_and_programs_write_them() {
        for (text, minutes) in [
            ("2h30m", 150),
            ("90m", 90),
            ("1d", 1440),
            ("1 day 2 hours", 1560),
            ("1 Day  2 HOURS", 1560),
            ("PT2H", 120),
            ("P1DT2H", 1560),
            ("p1w", 10_080),
            ("PT90M", 90),
            ("2 h", 120),
            ("1w", 10_080),
            ("120s", 2),
            (" 45min ", 45),
            ("3650d", 3650 * 1440),
        ] {
            assert_eq!(read(text), Ok(Duration::from_secs(minutes * 60)), "{text}");
        }
    }

    #[test]
    fn what_is_no_length() {
        let unreadable = [
            "",
            " ",
            "banana",
            "2",
            "h",
            "-1h",
            "1.5h",
            "2h 30",
            "30m 2h",
            "1h1h",
            "P",
            "PT",
            "P2H",
            "P1DT",
            "P1D 2H",
            "PT1D",
            "2h,30m",
            "1 month",
            "２h",
            "1h\u{0}",
            "1h\n2m",
            "+2h",
            "two hours",
            "P1W1",
        ];
        for text in unreadable {
            assert!(matches!(read(text), Err(WrongTime::Unreadable { .. })), "{text}: {:?}", read(text));
        }
        for text in ["0h", "PT0S", "0d 0h"] {
            assert!(matches!(read(text), Err(WrongTime::ZeroLength { .. })), "{text}");
        }
        for text in ["9999999d", "3654d", "99999999999999999999h", "18446744073709551615w", "1w 18446744073709551615s"]
        {
            assert!(matches!(read(text), Err(WrongTime::TooFar { .. })), "{text}");
        }
    }
}
