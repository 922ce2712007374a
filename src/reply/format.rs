//! Sizes, shares, durations and dates in words: pure functions, used by the filters and by the surfaces.

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use direttore_domain::Instant;

/// `2026-02-28 14:05 CET`; UTC when `zone` is unknown. An instant beyond the calendar is shown in milliseconds.
pub fn when(at: Instant, zone: &str) -> String {
    let Some(utc) = DateTime::<Utc>::from_timestamp_millis(at.millis()) else {
        return format!("{} ms", at.millis());
    };
    let zone = Tz::from_str_insensitive(zone).unwrap_or(Tz::UTC);
    utc.with_timezone(&zone).format("%Y-%m-%d %H:%M %Z").to_string()
}

/// `512 B`, `1.5 GiB`, `120 GiB`: powers of 1024, one decimal where it says something.
pub fn bytes(count: f64) -> String {
    const UNITS: [&str; 7] = ["B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];
    let mut size = count;
    let mut unit = 0;
    // 1023.95 would be rounded to 1024.0 of the smaller unit.
    while size.abs() >= 1023.95 && unit + 1 < UNITS.len() {
        size /= 1024.0;
        unit += 1;
    }
    format!("{} {}", short(size), UNITS[unit])
}

/// A share of 1 in whole percent: `0.37` is `37 %`.
pub fn percent(share: f64) -> String {
    format!("{} %", number((share * 100.0).round()))
}

/// A share of 1 as a bar with its percent: `0.37` is `##.... 37 %`. Only the bar ends at 100 %.
pub fn bar(share: f64) -> String {
    const WIDE: usize = 6;
    // The cast saturates, so that neither infinity nor a negative number gets through.
    let full = ((share * WIDE as f64).round() as usize).min(WIDE);
    format!("{}{} {}", "#".repeat(full), ".".repeat(WIDE - full), percent(share))
}

/// Seconds as its two largest units: `3 d 4 h`, `2 min 5 s`, `45 s`.
pub fn duration(seconds: f64) -> String {
    const UNITS: [(u64, &str); 4] = [(86_400, "d"), (3600, "h"), (60, "min"), (1, "s")];
    // The cast saturates, so that neither infinity nor a negative number gets through.
    let mut rest = seconds.round() as u64;
    let mut parts = Vec::new();
    let first = UNITS.iter().position(|(size, _)| rest >= *size).unwrap_or(UNITS.len() - 1);
    for (size, unit) in UNITS.iter().skip(first).take(2) {
        let count = rest / size;
        rest %= size;
        if count > 0 || parts.is_empty() {
            parts.push(format!("{count} {unit}"));
        }
    }
    parts.join(" ")
}

/// `1 guest`, `3 guests`; `many` where an s is not enough.
pub fn plural(count: f64, one: &str, many: Option<&str>) -> String {
    let word = match many {
        _ if count == 1.0 => one.to_owned(),
        Some(many) => many.to_owned(),
        None => format!("{one}s"),
    };
    format!("{} {word}", number(count))
}

/// Whole numbers without `.0`.
pub fn number(value: f64) -> String {
    // Adding zero turns a negative zero into zero.
    format!("{}", value + 0.0)
}

fn short(size: f64) -> String {
    if size.abs() >= 100.0 || (size * 10.0).round() % 10.0 == 0.0 { number(size.round()) } else { format!("{size:.1}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_shares_and_durations_in_words() {
        assert_eq!(bytes(0.0), "0 B");
        assert_eq!(bytes(1_610_612_736.0), "1.5 GiB");
        assert_eq!(bytes(536_870_912.0), "512 MiB");
        assert_eq!(bytes(1024.0 * 1024.0 - 1.0), "1 MiB");
        assert_eq!(percent(0.374), "37 %");
        assert_eq!(percent(-0.001), "0 %");
        assert_eq!(bar(0.37), "##.... 37 %");
        assert_eq!(bar(1.2), "###### 120 %");
        assert_eq!(bar(-0.5), "...... -50 %");
        assert_eq!(duration(273_600.0), "3 d 4 h");
        assert_eq!(duration(125.0), "2 min 5 s");
        assert_eq!(duration(3600.0), "1 h");
        assert_eq!(duration(0.2), "0 s");
        assert_eq!(duration(f64::NAN), "0 s");
        assert_eq!(plural(1.0, "guest", None), "1 guest");
        assert_eq!(plural(0.0, "guest", None), "0 guests");
        assert_eq!(plural(2.0, "entry", Some("entries")), "2 entries");
    }

    #[test]
    fn dates_in_the_readers_zone() {
        let at = Instant(1_772_283_900_000);
        assert_eq!(when(at, "Europe/Warsaw"), "2026-02-28 14:05 CET");
        assert_eq!(when(at, "europe/warsaw"), "2026-02-28 14:05 CET");
        assert_eq!(when(at, "nowhere"), "2026-02-28 13:05 UTC");
        assert_eq!(when(Instant(i64::MAX), "UTC"), format!("{} ms", i64::MAX));
    }
}
