//! Single times.

use super::*;

#[test]
fn times_as_people_write_them() {
    let reading = wednesday();
    for (text, expected) in [
        ("now", "2026-11-25T10:00+01:00"),
        ("in 2h", "2026-11-25T12:00+01:00"),
        ("in 2h30m", "2026-11-25T12:30+01:00"),
        ("in 3 days", "2026-11-28T10:00+01:00"),
        ("+2h", "2026-11-25T12:00+01:00"),
        ("14:30", "2026-11-25T14:30+01:00"),
        ("at 14:30", "2026-11-25T14:30+01:00"),
        ("10:00", "2026-11-25T10:00+01:00"),
        ("9:59", "2026-11-26T09:59+01:00"),
        ("9am", "2026-11-26T09:00+01:00"),
        ("11am", "2026-11-25T11:00+01:00"),
        ("noon", "2026-11-25T12:00+01:00"),
        ("midnight", "2026-11-26T00:00+01:00"),
        ("noon tomorrow", "2026-11-26T12:00+01:00"),
        ("midnight tomorrow", "2026-11-26T00:00+01:00"),
        ("tomorrow at midnight", "2026-11-26T00:00+01:00"),
        ("today 9am", "2026-11-25T09:00+01:00"),
        ("today at 14:30", "2026-11-25T14:30+01:00"),
        ("tomorrow 9am", "2026-11-26T09:00+01:00"),
        ("tomorrow at 9am", "2026-11-26T09:00+01:00"),
        ("9am tomorrow", "2026-11-26T09:00+01:00"),
        ("at 9 am tomorrow", "2026-11-26T09:00+01:00"),
        ("  TOMORROW   At 9AM ", "2026-11-26T09:00+01:00"),
        ("tonight", "2026-11-25T20:00+01:00"),
        ("tonight at 9pm", "2026-11-25T21:00+01:00"),
        ("fri 14:00", "2026-11-27T14:00+01:00"),
        ("14:00 friday", "2026-11-27T14:00+01:00"),
        ("wed 14:00", "2026-11-25T14:00+01:00"),
        ("wed 9am", "2026-12-02T09:00+01:00"),
        ("tuesday at noon", "2026-12-01T12:00+01:00"),
        ("next friday 8pm", "2026-11-27T20:00+01:00"),
        ("next wed 14:00", "2026-12-02T14:00+01:00"),
        ("2026-12-01 09:00", "2026-12-01T09:00+01:00"),
        ("2026-12-01T09:00", "2026-12-01T09:00+01:00"),
        ("2026-12-01 9am", "2026-12-01T09:00+01:00"),
        ("2026-12-01T08:00:00Z", "2026-12-01T09:00+01:00"),
        ("2026-12-01t08:00:30.25z", "2026-12-01T09:00:30+01:00"),
        ("2026-12-01 09:00-05:00", "2026-12-01T15:00+01:00"),
        ("2026-12-01 09:00 −05:00", "2026-12-01T15:00+01:00"),
        ("2026-12-01T09:00+0530", "2026-12-01T04:30+01:00"),
        ("2026-12-01 09:00 Europe/Rome (+01:00)", "2026-12-01T09:00+01:00"),
        ("2026-12-01 09:00 America/New_York (-05:00)", "2026-12-01T15:00+01:00"),
        ("1 dec 9:00", "2026-12-01T09:00+01:00"),
        ("1 dec at 9:00", "2026-12-01T09:00+01:00"),
        ("dec 1 at 9am", "2026-12-01T09:00+01:00"),
        ("9am dec 1", "2026-12-01T09:00+01:00"),
        ("1 december 2027 9:00", "2027-12-01T09:00+01:00"),
        ("Sept 3 2027 9:00", "2027-09-03T09:00+02:00"),
        ("25 nov 9:00", "2027-11-25T09:00+01:00"),
        ("25 nov 10:00", "2026-11-25T10:00+01:00"),
        ("1 feb 9:00", "2027-02-01T09:00+01:00"),
        ("@1795600800", "2026-11-25T11:00+01:00"),
    ] {
        assert_eq!(read(text, &reading), expected, "{text}");
    }
}

#[test]
fn what_is_no_time_is_refused() {
    let reading = wednesday();
    for text in [
        "",
        "   ",
        "banana",
        "25:00",
        "24:00",
        "9",
        "2026-02-30",
        "2026-02-30 09:00",
        "32 dec",
        "32 dec 9:00",
        "30 feb 9:00",
        "29 feb 9:00",
        "tomorrow 9am tomorrow",
        "tomorrow today 9am",
        "fri fri 14:00",
        "next tomorrow 9am",
        "-1h",
        "in -1h",
        "in",
        "2h",
        "9999999d",
        "in 2h ago",
        "tomorrow, 9am",
        "tomorrow 9am!",
        "at",
        "at at 9am",
        "at tomorrow 9am",
        "tonight 9am",
        "next 9am",
        "1 dec 9",
        "1 dec 99 9:00",
        "1969-12-31 09:00",
        "2026-12-01T9:00",
        "2026-12-01T09:00+15:00",
        "2026-12-01T09:00+01:60",
        "2026-12-01T09:00+1",
        "2026-12-01T09:00Z+01:00",
        "2026-12-01 09:00 Europe/Rome (+02:00)",
        "2026-12-01 09:00 Mars/Base (+01:00)",
        "2026-12-01T09:00:61",
        "2026-12-01T",
        "fri 14:00+01:00",
        "@",
        "@-5",
        "@12x",
        "+",
        "+-1h",
        "+ +1h",
        "1/12 9:00",
        "fri 14:00-16:00",
        "noon\u{0}",
        "noon\r\n",
        "ｎｏｏｎ",
        "１４:30",
    ] {
        assert_eq!(read(text, &reading), "unreadable", "{text:?}");
    }
    assert_eq!(read(&"tomorrow ".repeat(1000), &reading), "unreadable");
    for text in ["fri", "today", "tomorrow", "2026-12-01", "1 dec", "next friday"] {
        assert_eq!(read(text, &reading), "missing", "{text}");
    }
    for text in ["in 9999999d", "+9999999999999999999d", "@9999999999999999999999", "@99999999999", "2101-01-01 09:00"]
    {
        assert_eq!(read(text, &reading), "too far", "{text}");
    }
    assert_eq!(read("in 0h", &reading), "zero");
}

#[test]
fn the_minute_that_runs_is_not_past() {
    let reading = Reading { now: at("2026-11-25T14:30:20+01:00") + Duration::from_millis(700), ..wednesday() };
    assert_eq!(read("14:30", &reading), "2026-11-25T14:30+01:00");
    assert_eq!(read("14:29", &reading), "2026-11-26T14:29+01:00");
    assert_eq!(read("now", &reading), "2026-11-25T14:30:20+01:00");
    assert_eq!(read("wed 14:30", &reading), "2026-11-25T14:30+01:00");
}

#[test]
fn the_hour_of_tonight_and_the_order_of_dates_are_settings() {
    let day_first = Reading { tonight: 19, slash: Some(DateOrder::DayFirst), ..wednesday() };
    let month_first = Reading { slash: Some(DateOrder::MonthFirst), ..day_first };
    assert_eq!(read("tonight", &day_first), "2026-11-25T19:00+01:00");
    assert_eq!(read("1/12 9:00", &day_first), "2026-12-01T09:00+01:00");
    assert_eq!(read("1/12 9:00", &month_first), "2027-01-12T09:00+01:00");
    assert_eq!(read("9am 1/12/2027", &day_first), "2027-12-01T09:00+01:00");
    assert_eq!(read("13/12 9:00", &month_first), "unreadable");
    let refused = moment("1/12 9:00", &wednesday()).expect_err("no order is set");
    assert!(refused.right().contains("no order"), "{}", refused.right());
}

#[test]
fn hours_that_do_not_exist_or_exist_twice_name_both_instants() {
    for (now, name, text, expected) in [
        ("2026-03-01T12:00Z", ROME, "2026-03-29 02:30", "gap 2026-03-29T01:30+01:00 or 2026-03-29T03:30+02:00"),
        ("2026-03-28T12:00Z", ROME, "2:30", "gap 2026-03-29T01:30+01:00 or 2026-03-29T03:30+02:00"),
        ("2026-10-01T12:00Z", ROME, "2026-10-25 02:30", "twice 2026-10-25T02:30+02:00 or 2026-10-25T02:30+01:00"),
        ("2026-10-24T12:00Z", ROME, "sun 2:30am", "twice 2026-10-25T02:30+02:00 or 2026-10-25T02:30+01:00"),
        ("2026-03-01T12:00Z", "America/New_York", "8 mar 2:30", "gap 2026-03-08T01:30-05:00 or 2026-03-08T03:30-04:00"),
        (
            "2026-10-01T12:00Z",
            "America/New_York",
            "nov 1 1:30",
            "twice 2026-11-01T01:30-04:00 or 2026-11-01T01:30-05:00",
        ),
        (
            "2026-10-01T12:00Z",
            "Australia/Lord_Howe",
            "4 oct 2:15",
            "gap 2026-10-04T01:45+10:30 or 2026-10-04T02:45+11:00",
        ),
        (
            "2027-02-01T12:00Z",
            "Africa/Casablanca",
            "7 feb 2:30",
            "twice 2027-02-07T02:30+01:00 or 2027-02-07T02:30+00:00",
        ),
    ] {
        let reading = reading(now, name);
        let wrong = moment(text, &reading).expect_err(text);
        assert_eq!(format!("{} {}", kind(&wrong), wrong.right()), expected, "{name} {text}");
        assert!(wrong.to_string().contains(text) && wrong.to_string().contains(name), "{wrong}");
        // Saying one of them is the choice.
        let choices = wrong.choices().expect("two instants");
        let chosen = wrong.right().split(" or ").map(|said| moment(said, &reading)).collect::<Vec<_>>();
        assert_eq!(chosen, choices.map(Ok));
    }
}

#[test]
fn only_a_time_that_is_still_ahead_is_asked_about() {
    // Between the two: the first 02:30 is past, so the second is meant.
    assert_eq!(read("2:30", &reading("2026-10-25T02:40+02:00", ROME)), "2026-10-25T02:30+01:00");
    assert_eq!(read("2:30", &reading("2026-10-25T02:40+01:00", ROME)), "2026-10-26T02:30+01:00");
    assert_eq!(read("2:30", &reading("2026-03-29T04:00+02:00", ROME)), "2026-03-30T02:30+02:00");
}

#[test]
fn what_is_wrong_is_said_with_what_was_given() {
    let wrong = moment("2026-10-25 02:30", &reading("2026-10-01T12:00Z", ROME)).expect_err("it exists twice");
    assert_eq!(wrong.to_string(), "\"2026-10-25 02:30\" exists twice in Europe/Rome: the clocks are set back over it");
    let wrong = moment("fri", &wednesday()).expect_err("no clock");
    assert_eq!(wrong.to_string(), "\"fri\" lacks a time of day");
    assert_eq!(wrong.right(), "a time of day with it, like fri 14:00");
    let wrong = moment("ban\u{202e}ana", &wednesday()).expect_err("no time");
    assert_eq!(wrong.to_string(), r#""ban\\u{202e}ana" is no time"#);
}
