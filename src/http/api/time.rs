//! Times as programs give them: ISO 8601 with an offset or without one, or seconds since 1970; and as they are told,
//! without an offset. What has none is in the zone of the configuration.

use super::input::Fields;
use direttore_domain::{Instant, Resolved, Wall, Zone};
use serde_json::{Value, json};

/// Beyond this a number counts milliseconds, as it did for the first direttore.
const SECONDS: f64 = 2e10;
/// No calendar reaches further, in seconds.
const FURTHEST: f64 = 2.5e11;

/// `2026-03-01T10:00:00`.
pub fn told(at: Instant, zone: Zone) -> String {
    let wall = zone.wall(at);
    format!("{}T{:02}:{:02}:{:02}", wall.date(), wall.hour(), wall.minute(), wall.second())
}

/// The instant that a field names, to the whole second.
pub fn moment(fields: &mut Fields, key: &str, zone: Zone) -> Option<Instant> {
    let read = match fields.raw(key)? {
        Value::Number(number) => number.as_f64().map_or(Err(Wrong::Form("invalid number")), of_number),
        Value::String(text) => match text.trim().parse::<f64>() {
            Ok(number) if text.trim().bytes().all(|b| matches!(b, b'0'..=b'9' | b'.' | b'-')) => of_number(number),
            _ => of_text(text.trim(), zone),
        },
        _ => {
            fields.refuse(key, "datetime_type", "Input should be a valid datetime", None);
            return None;
        }
    };
    match read {
        Ok(at) => Some(at),
        Err(Wrong::Form(why)) => {
            let said = format!("Input should be a valid datetime or date, {why}");
            fields.refuse(key, "datetime_from_date_parsing", said, Some(json!({ "error": why })));
            None
        }
        Err(Wrong::Clock(why)) => {
            fields.refuse_value(key, &why);
            None
        }
    }
}

#[derive(Debug, PartialEq, Eq)]
enum Wrong {
    Form(&'static str),
    /// No clock shows it, or shows it twice.
    Clock(String),
}

fn of_number(number: f64) -> Result<Instant, Wrong> {
    let seconds = if number.abs() > SECONDS { number / 1000.0 } else { number };
    if !seconds.is_finite() || seconds.abs() > FURTHEST {
        return Err(Wrong::Form("it is too far away"));
    }
    Ok(Instant::from_seconds(seconds.floor() as i64))
}

fn of_text(text: &str, zone: Zone) -> Result<Instant, Wrong> {
    if text.len() < "2026-03-01".len() {
        return Err(Wrong::Form("input is too short"));
    }
    let (date, rest) = text.split_at_checked(10).ok_or(Wrong::Form("invalid date"))?;
    let [year, month, day] = numbers(date, "-", [4, 2, 2]).ok_or(Wrong::Form("invalid date"))?;
    let (clock, offset) = match rest.strip_prefix(['T', 't', ' ', '_']) {
        Some(rest) => clock_and_offset(rest)?,
        None if rest.is_empty() => ([0, 0, 0], None),
        None => return Err(Wrong::Form("unexpected extra characters at the end of the input")),
    };
    let [hour, minute, second] = clock;
    let year = i32::try_from(year).map_err(|_| Wrong::Form("year value is out of range"))?;
    let wall = Wall::new(year, month, day, hour, minute, second);
    let wall = wall.ok_or(Wrong::Form("a date or a clock that there is not"))?;
    if let Some(minutes) = offset {
        let Resolved::One(at) = Zone::UTC.resolve(wall) else { return Err(Wrong::Form("invalid date")) };
        return Ok(Instant(at.0 - i64::from(minutes) * 60_000));
    }
    let or = |a, b| format!("{} or {}", zone.iso(a), zone.iso(b));
    match zone.resolve(wall) {
        Resolved::One(at) => Ok(at),
        Resolved::Gap { before, after } => {
            let near = or(before, after);
            Err(Wrong::Clock(format!("{wall} is on no clock in {zone}, for they are set forward then; say {near}")))
        }
        Resolved::Twice { earlier, later } => {
            let both = or(earlier, later);
            Err(Wrong::Clock(format!(
                "{wall} is twice on the clocks in {zone}, for they are set back then; say {both}"
            )))
        }
    }
}

/// `10:00`, `10:00:00.5`, with `Z`, `+02:00`, `+0200` or nothing behind it; the offset in minutes.
fn clock_and_offset(rest: &str) -> Result<([u32; 3], Option<i32>), Wrong> {
    let bad_zone = Wrong::Form("invalid timezone sign");
    // A plus that was not encoded in a query comes as a space.
    let (clock, offset) = match rest.find(['Z', 'z', '+', '-', ' ']) {
        None => (rest, None),
        Some(at) => {
            let (clock, offset) = rest.split_at(at);
            let sign = if offset.starts_with('-') { -1 } else { 1 };
            let minutes = match &offset[1..] {
                "" if offset.eq_ignore_ascii_case("z") => 0,
                "" => return Err(bad_zone),
                span => {
                    let parts = numbers(span, ":", [2, 2]).or_else(|| numbers(span, "", [2, 2]));
                    let [hours, minutes] = parts.filter(|[h, m]| *h < 24 && *m < 60).ok_or(bad_zone)?;
                    sign * i32::try_from(hours * 60 + minutes).expect("less than a day")
                }
            };
            (clock, Some(minutes))
        }
    };
    let (clock, fraction) = clock.split_once(['.', ',']).unwrap_or((clock, "0"));
    let is_fraction = (1..=9).contains(&fraction.len()) && fraction.bytes().all(|b| b.is_ascii_digit());
    let parts = numbers(clock, ":", [2, 2, 2]).or_else(|| numbers(clock, ":", [2, 2]).map(|[h, m]| [h, m, 0]));
    match parts.filter(|_| is_fraction) {
        Some(parts) => Ok((parts, offset)),
        None => Err(Wrong::Form("invalid time")),
    }
}

/// Numbers of so many digits each, with something between them.
fn numbers<const N: usize>(text: &str, between: &str, digits: [usize; N]) -> Option<[u32; N]> {
    let mut left = text;
    let mut read = [0; N];
    for (nth, digits) in digits.into_iter().enumerate() {
        if nth > 0 {
            left = left.strip_prefix(between)?;
        }
        let (number, rest) = left.split_at_checked(digits)?;
        if !number.bytes().all(|b| b.is_ascii_digit()) {
            return None;
        }
        read[nth] = number.parse().ok()?;
        left = rest;
    }
    left.is_empty().then_some(read)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(value: Value, zone: &str) -> Result<String, String> {
        let zone: Zone = zone.parse().expect("a zone");
        let Value::Object(object) = json!({ "at": value }) else { unreachable!("an object") };
        let mut fields = Fields::new(super::super::input::From::Body, object);
        match moment(&mut fields, "at", zone) {
            Some(at) => Ok(told(at, Zone::UTC)),
            None => Err(fields.wrong.remove(0).said),
        }
    }

    #[test]
    fn what_is_the_same_instant() {
        for given in [
            json!("2026-03-01T10:00:00"),
            json!("2026-03-01 10:00"),
            json!("2026-03-01T10:00:00.999Z"),
            json!("2026-03-01T12:00:00+02:00"),
            json!("2026-03-01T12:00:00+0200"),
            json!("2026-03-01T12:00:00 02:00"),
            json!("2026-03-01T05:00:00-05:00"),
            json!(1_772_359_200),
            json!("1772359200"),
            json!(1_772_359_200_000_i64),
            json!(1_772_359_200.25),
        ] {
            assert_eq!(read(given.clone(), "UTC").as_deref(), Ok("2026-03-01T10:00:00"), "{given}");
        }
        assert_eq!(read(json!("2026-03-01"), "UTC").as_deref(), Ok("2026-03-01T00:00:00"));
        assert_eq!(read(json!("2026-03-01T10:00:00"), "Europe/Rome").as_deref(), Ok("2026-03-01T09:00:00"));
    }

    #[test]
    fn what_is_none() {
        let form = |why: &str| Err(format!("Input should be a valid datetime or date, {why}"));
        for (given, why) in [
            (json!("yesterday"), "input is too short"),
            (json!("yesterday, at ten"), "invalid date"),
            (json!("2026-02-30T10:00:00"), "a date or a clock that there is not"),
            (json!("2026-03-01T25:00:00"), "a date or a clock that there is not"),
            (json!("2026-03-01T10"), "invalid time"),
            (json!("2026-03-01T10:00:00."), "invalid time"),
            (json!("2026-03-01T10:00:00+2"), "invalid timezone sign"),
            (json!("2026-03-01x"), "unexpected extra characters at the end of the input"),
            (json!("2026-03-0\u{e9}T10:00:00"), "invalid date"),
            (json!(1e300), "it is too far away"),
        ] {
            assert_eq!(read(given.clone(), "UTC"), form(why), "{given}");
        }
        assert_eq!(read(json!(true), "UTC"), Err("Input should be a valid datetime".to_owned()));
    }

    #[test]
    fn clocks_that_are_changed() {
        let said = |at: &str| read(json!(at), "Europe/Rome").expect_err("not one instant");
        assert_eq!(
            said("2026-03-29T02:30:00"),
            "Value error, 2026-03-29 02:30 is on no clock in Europe/Rome, for they are set forward then; \
             say 2026-03-29T01:30+01:00 or 2026-03-29T03:30+02:00"
        );
        assert_eq!(
            said("2026-10-25T02:30:00"),
            "Value error, 2026-10-25 02:30 is twice on the clocks in Europe/Rome, for they are set back then; \
             say 2026-10-25T02:30+02:00 or 2026-10-25T02:30+01:00"
        );
        assert_eq!(read(json!("2026-10-25T02:30:00+01:00"), "Europe/Rome").as_deref(), Ok("2026-10-25T01:30:00"));
    }
}
