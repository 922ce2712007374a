//! Windows: ranges in one text, and starts with an end or a length.

use super::*;

fn span(from: &str, until: Option<&str>, lasting: Option<&str>, reading: &Reading) -> String {
    match window(from, until, lasting, reading) {
        Ok(window) => {
            let day = |at| reading.zone.wall(at).to_string();
            let (start, end) = (day(window.start), day(window.end));
            let hours = window.length().as_secs() as f64 / 3600.0;
            format!("{} to {} = {hours} h", &start[5..], &end[5..])
        }
        Err(wrong) => kind(&wrong).to_owned(),
    }
}

#[test]
fn ranges_in_one_text() {
    for (text, expected) in [
        ("fri 14:00-16:00", "11-27 14:00 to 11-27 16:00 = 2 h"),
        ("fri 14:00 – 16:00", "11-27 14:00 to 11-27 16:00 = 2 h"),
        ("fri 14:00 to 16:00", "11-27 14:00 to 11-27 16:00 = 2 h"),
        ("14:00-16:00 fri", "11-27 14:00 to 11-27 16:00 = 2 h"),
        ("tomorrow 9am for 2h", "11-26 09:00 to 11-26 11:00 = 2 h"),
        ("tomorrow at 9am for 1 day 2 hours", "11-26 09:00 to 11-27 11:00 = 26 h"),
        ("9-11", "11-26 09:00 to 11-26 11:00 = 2 h"),
        ("11-13", "11-25 11:00 to 11-25 13:00 = 2 h"),
        ("9-11 tomorrow", "11-26 09:00 to 11-26 11:00 = 2 h"),
        ("tomorrow 9-11", "11-26 09:00 to 11-26 11:00 = 2 h"),
        ("9am-5pm", "11-26 09:00 to 11-26 17:00 = 8 h"),
        ("9am-5", "11-26 09:00 to 11-26 17:00 = 8 h"),
        ("9-11pm", "11-25 21:00 to 11-25 23:00 = 2 h"),
        ("11-1pm", "11-25 11:00 to 11-25 13:00 = 2 h"),
        ("fri 9am until 5pm", "11-27 09:00 to 11-27 17:00 = 8 h"),
        ("fri 9am till sat noon", "11-27 09:00 to 11-28 12:00 = 27 h"),
        ("fri 22:00-02:00", "11-27 22:00 to 11-28 02:00 = 4 h"),
        ("fri 9 - sat 5", "11-27 09:00 to 11-28 05:00 = 20 h"),
        ("tonight - midnight", "11-25 20:00 to 11-26 00:00 = 4 h"),
        ("now for 45m", "11-25 10:00 to 11-25 10:45 = 0.75 h"),
        ("now until 5pm", "11-25 10:00 to 11-25 17:00 = 7 h"),
        ("now until 5pm tomorrow", "11-25 10:00 to 11-26 17:00 = 31 h"),
        ("in 2h for 1h", "11-25 12:00 to 11-25 13:00 = 1 h"),
        ("in 2h until +30m", "11-25 12:00 to 11-25 12:30 = 0.5 h"),
        ("1 dec 9-11", "12-01 09:00 to 12-01 11:00 = 2 h"),
        ("dec 1 9:00 to dec 3 9:00", "12-01 09:00 to 12-03 09:00 = 48 h"),
        ("dec 31 22:00 to jan 1 2:00", "12-31 22:00 to 01-01 02:00 = 4 h"),
        ("2026-12-01 09:00-11:00", "12-01 09:00 to 12-01 11:00 = 2 h"),
        ("2026-12-01 14:00-16:00", "12-01 14:00 to 12-01 16:00 = 2 h"),
        ("2026-12-01T14:00 - 2026-12-02T10:00", "12-01 14:00 to 12-02 10:00 = 20 h"),
        ("2026-12-01T14:00-05:00 for 1h", "12-01 20:00 to 12-01 21:00 = 1 h"),
        ("@1795600800 to @1795604400", "11-25 11:00 to 11-25 12:00 = 1 h"),
    ] {
        assert_eq!(span(text, None, None, &wednesday()), expected, "{text}");
    }
}

#[test]
fn starts_with_an_end_or_a_length() {
    for (from, until, lasting, expected) in [
        ("tomorrow 9am", None, Some("2h30m"), "11-26 09:00 to 11-26 11:30 = 2.5 h"),
        ("+2h", None, Some("PT2H"), "11-25 12:00 to 11-25 14:00 = 2 h"),
        ("tomorrow 9am", Some("+2h"), None, "11-26 09:00 to 11-26 11:00 = 2 h"),
        ("tomorrow 9am", Some("11:00"), None, "11-26 09:00 to 11-26 11:00 = 2 h"),
        ("tomorrow 9am", Some("8:00"), None, "11-26 09:00 to 11-27 08:00 = 23 h"),
        ("tomorrow 9am", Some("9am"), None, "11-26 09:00 to 11-27 09:00 = 24 h"),
        ("tomorrow 9am", Some("midnight"), None, "11-26 09:00 to 11-27 00:00 = 15 h"),
        ("fri 14:00", Some("sunday 18:00"), None, "11-27 14:00 to 11-29 18:00 = 52 h"),
        ("next friday 14:00", Some("fri 18:00"), None, "11-27 14:00 to 11-27 18:00 = 4 h"),
        ("fri 14:00", Some("fri 13:00"), None, "11-27 14:00 to 12-04 13:00 = 167 h"),
        ("fri 14:00", Some("next fri 14:00"), None, "11-27 14:00 to 12-04 14:00 = 168 h"),
        ("now", Some("tomorrow 9am"), None, "11-25 10:00 to 11-26 09:00 = 23 h"),
        ("now", Some("1 dec 9:00"), None, "11-25 10:00 to 12-01 09:00 = 143 h"),
        ("now", Some("2026-12-01T09:00Z"), None, "11-25 10:00 to 12-01 10:00 = 144 h"),
        ("2026-12-01 09:00-05:00", None, Some("1h"), "12-01 15:00 to 12-01 16:00 = 1 h"),
    ] {
        assert_eq!(span(from, until, lasting, &wednesday()), expected, "{from} {until:?} {lasting:?}");
    }
}

#[test]
fn what_is_no_window() {
    for (from, until, lasting, expected) in [
        ("fri 14:00", None, None, "missing"),
        ("fri", None, None, "missing"),
        ("fri", None, Some("2h"), "missing"),
        ("fri 14:00", Some("sat"), None, "missing"),
        ("2026-12-01T09:00-11:00", None, None, "missing"),
        ("2026-12-01 09:00-05:00", None, None, "missing"),
        ("", None, None, "unreadable"),
        ("banana", None, None, "unreadable"),
        ("banana", None, Some("2h"), "unreadable"),
        ("9", None, Some("2h"), "unreadable"),
        ("9-5", None, None, "unreadable"),
        ("9-11-13", None, None, "unreadable"),
        ("fri 14:00-", None, None, "unreadable"),
        ("-16:00", None, None, "unreadable"),
        ("fri 14:00-25:00", None, None, "unreadable"),
        ("22:00-02:00 fri", None, None, "unreadable"),
        ("now until 11", None, None, "unreadable"),
        ("tomorrow 9am for", None, None, "unreadable"),
        ("tomorrow 9am for 2h for 3h", None, None, "unreadable"),
        ("tomorrow 9am for 2h tomorrow", None, None, "unreadable"),
        ("tomorrow 9am for -2h", None, None, "unreadable"),
        ("for 2h", None, None, "unreadable"),
        ("fri 14:00", Some("banana"), None, "unreadable"),
        ("fri 14:00", Some("2h"), None, "unreadable"),
        ("fri 14:00", None, Some("banana"), "unreadable"),
        ("fri 14:00", None, Some("0h"), "zero"),
        ("fri 14:00 for 0h", None, None, "zero"),
        ("fri 14:00", Some("+0h"), None, "zero"),
        ("fri 14:00", Some("16:00"), Some("2h"), "contradiction"),
        ("fri 14:00-16:00", Some("17:00"), None, "contradiction"),
        ("fri 14:00-16:00", None, Some("2h"), "contradiction"),
        ("fri 14:00", Some("now"), None, "end before start"),
        ("fri 14:00", Some("2026-11-27 14:00"), None, "end before start"),
        ("fri 14:00", Some("tomorrow 9am"), None, "end before start"),
        ("2026-12-02 9am to 2026-12-01 9am", None, None, "end before start"),
        ("fri 14:00", None, Some("9999999d"), "too far"),
        ("fri 14:00 for 9999999d", None, None, "too far"),
        ("now", Some("2050-01-01 09:00"), None, "too far"),
        ("2100-12-31 09:00", None, Some("3d"), "too far"),
    ] {
        assert_eq!(span(from, until, lasting, &wednesday()), expected, "{from:?} {until:?} {lasting:?}");
    }
}

#[test]
fn over_the_change_of_the_clocks() {
    let october = reading("2026-10-24T12:00+02:00", ROME);
    assert_eq!(span("today 22:00 for 8h", None, None, &october), "10-24 22:00 to 10-25 05:00 = 8 h");
    assert_eq!(span("today 22:00 - 6:00", None, None, &october), "10-24 22:00 to 10-25 06:00 = 9 h");
    assert_eq!(span("tomorrow 1:00 - 2:30", None, None, &october), "twice");
    assert_eq!(span("tomorrow 2:30", None, Some("1h"), &october), "twice");
    assert_eq!(
        span("2026-10-25T02:30+02:00", Some("2026-10-25T02:30+01:00"), None, &october),
        "10-25 02:30 to 10-25 02:30 = 1 h"
    );
    let march = reading("2026-03-28T12:00+01:00", ROME);
    assert_eq!(span("tomorrow 1:00 - 4:00", None, None, &march), "03-29 01:00 to 03-29 04:00 = 2 h");
    assert_eq!(span("tomorrow 2:30 - 4:00", None, None, &march), "gap");
    assert_eq!(span("tomorrow 1:00", Some("2:30"), None, &march), "gap");
}

#[test]
fn the_end_that_is_missing_is_asked_for_with_an_example() {
    let wrong = window("fri 14:00", None, None, &wednesday()).expect_err("no end");
    assert_eq!(wrong.to_string(), "\"fri 14:00\" lacks an end");
    assert_eq!(wrong.right(), "an end or a length, like fri 14:00 for 2h");
    let wrong = window("now", Some("2026-11-25 09:00"), None, &wednesday()).expect_err("it ends before");
    assert_eq!(
        wrong.to_string(),
        "it would end at 2026-11-25 09:00 Europe/Rome (+01:00) and start at 2026-11-25 10:00 Europe/Rome (+01:00)"
    );
}
