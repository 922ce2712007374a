//! Moments as microseconds since 1970, and how they are written.

use std::time::{SystemTime, UNIX_EPOCH};

pub fn now() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_micros()).unwrap_or(u64::MAX)
}

/// Year, month, day of a number of days since 1970.
fn civil(days: u64) -> (u64, u64, u64) {
    // Counted from 1 March of the year 0, so that the leap day is a year's last one.
    let days = days + 719_468;
    let (era, day) = (days / 146_097, days % 146_097);
    let year = (day - day / 1460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let day = day - (153 * month + 2) / 5 + 1;
    let (month, next) = if month < 10 { (month + 3, 0) } else { (month - 9, 1) };
    (era * 400 + year + next, month, day)
}

/// `2026-11-22T02:28:26.365530`, without a zone: it is UTC.
fn plain(micros: u64) -> String {
    let (seconds, fraction) = (micros / 1_000_000, micros % 1_000_000);
    let (year, month, day) = civil(seconds / 86_400);
    let (hour, minute, second) = (seconds / 3600 % 24, seconds / 60 % 60, seconds % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{fraction:06}")
}

/// As in bodies: `…Z`.
pub fn iso(micros: u64) -> String {
    plain(micros) + "Z"
}

/// As in an `ETag`.
pub fn etag(micros: u64) -> String {
    format!("W/\"{}+00:00\"", plain(micros))
}

/// `2026-11-22 02:28`.
pub fn minute(micros: u64) -> String {
    plain(micros)[..16].replace('T', " ")
}

/// The reverse of [`iso`], of any fraction and with `Z` only.
pub fn parse(text: &str) -> Option<u64> {
    let digits = |range: std::ops::Range<usize>| text.get(range)?.parse::<u64>().ok();
    let (year, month, day) = (digits(0..4)?, digits(5..7)?, digits(8..10)?);
    let (hour, minute, second) = (digits(11..13)?, digits(14..16)?, digits(17..19)?);
    let (year, month) = if month > 2 { (year, month - 3) } else { (year.checked_sub(1)?, month + 9) };
    let days = year * 365 + year / 4 - year / 100 + year / 400 + (153 * month + 2) / 5 + day.checked_sub(1)?;
    let days = days.checked_sub(719_468)?;
    Some((days * 86_400 + hour * 3600 + minute * 60 + second) * 1_000_000)
}

#[cfg(test)]
mod tests {
    #[test]
    fn moments_are_written_and_read() {
        assert_eq!(super::iso(1_795_314_506_365_530), "2026-11-22T02:28:26.365530Z");
        assert_eq!(super::etag(951_782_400_000_000), "W/\"2000-02-29T00:00:00.000000+00:00\"");
        assert_eq!(super::parse("2026-11-22T02:28:26Z"), Some(1_795_314_506_000_000));
    }
}
