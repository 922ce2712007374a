//! Lengths of time as people write them: `90s`, `5m`, `2h`, `3d`, `1w`, `1h30m`.

use std::time::Duration;

/// No length above this is taken: a hundred years, so that sums with instants stay far from the edge.
const MAX_SECONDS: u64 = 100 * 365 * 86_400;

/// Numbers with units `s`, `m`, `h`, `d` and `w`, each unit at most once and the greater before the lesser.
pub fn parse_duration(text: &str) -> Option<Duration> {
    let mut seconds: u64 = 0;
    let mut last_unit = u64::MAX;
    let mut rest = text;
    while !rest.is_empty() {
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        let number: u64 = rest[..digits].parse().ok()?;
        let unit = match rest.as_bytes().get(digits)? {
            b's' | b'S' => 1,
            b'm' => 60,
            b'h' | b'H' => 3600,
            b'd' | b'D' => 86_400,
            b'w' | b'W' => 7 * 86_400,
            _ => return None,
        };
        if unit >= last_unit {
            return None;
        }
        last_unit = unit;
        seconds = seconds.checked_add(number.checked_mul(unit)?)?;
        rest = &rest[digits + 1..];
    }
    (!text.is_empty() && seconds <= MAX_SECONDS).then(|| Duration::from_secs(seconds))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_in_falling_order() {
        let seconds = |t| parse_duration(t).map(|d| d.as_secs());
        assert_eq!(seconds("90s"), Some(90));
        assert_eq!(seconds("1h30m"), Some(5400));
        assert_eq!(seconds("1w2d"), Some(9 * 86_400));
        for wrong in ["", "90", "m", "1m1h", "1h1h", "1y", "-1h", "99999999999999999999s", "9999999w", "1é"] {
            assert_eq!(seconds(wrong), None, "{wrong}");
        }
    }
}
