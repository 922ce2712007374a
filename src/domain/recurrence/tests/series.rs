//! The windows of rules.

use super::*;

/// The starts on the wall, or the kind of error.
fn series(text: &str, first: &str, name: &str) -> String {
    starts(&rule(text), hour(first, zone(name)), name, &[], Caps::default())
}

fn starts(rule: &Recurrence, first: Window, name: &str, except: &[Instant], caps: Caps) -> String {
    match rule.occurrences(first, zone(name), except, caps) {
        Ok(windows) => {
            assert!(windows.iter().all(|w| w.length() == first.length()));
            let start = |w: &Window| zone(name).iso(w.start).replace(":00+", "+").replace(":00-", "-");
            windows.iter().map(start).collect::<Vec<_>>().join(" ")
        }
        Err(wrong) => kind(&wrong).to_owned(),
    }
}

const ROME: &str = "Europe/Rome";

#[test]
fn the_time_on_the_wall_repeats() {
    for (text, first, expected) in [
        ("daily x3", "2026-03-27 09:00", "2026-03-27T09+01:00 2026-03-28T09+01:00 2026-03-29T09+02:00"),
        // 02:30 does not exist on the 29th: left out, and not counted.
        ("daily x3", "2026-03-27 02:30", "2026-03-27T02:30+01:00 2026-03-28T02:30+01:00 2026-03-30T02:30+02:00"),
        ("daily until 2026-03-30", "2026-03-28 02:30", "2026-03-28T02:30+01:00 2026-03-30T02:30+02:00"),
        // It exists twice on the 25th: at the first.
        ("daily x3", "2026-10-24 02:30", "2026-10-24T02:30+02:00 2026-10-25T02:30+02:00 2026-10-26T02:30+01:00"),
        (
            "weekly on mon,wed x4",
            "2026-11-30 09:00",
            "2026-11-30T09+01:00 2026-12-02T09+01:00 2026-12-07T09+01:00 2026-12-09T09+01:00",
        ),
        // The first is one of them even where the rule does not have it.
        ("weekly on mon x3", "2026-12-01 09:00", "2026-12-01T09+01:00 2026-12-07T09+01:00 2026-12-14T09+01:00"),
        ("weekdays x3", "2026-12-03 09:00", "2026-12-03T09+01:00 2026-12-04T09+01:00 2026-12-07T09+01:00"),
        (
            "monthly x4",
            "2026-01-31 09:00",
            "2026-01-31T09+01:00 2026-03-31T09+02:00 2026-05-31T09+02:00 2026-07-31T09+02:00",
        ),
        (
            "FREQ=MONTHLY;BYDAY=-1FR;COUNT=3",
            "2026-11-27 09:00",
            "2026-11-27T09+01:00 2026-12-25T09+01:00 2027-01-29T09+01:00",
        ),
        ("FREQ=MONTHLY;BYDAY=1MO;COUNT=2", "2026-12-07 09:00", "2026-12-07T09+01:00 2027-01-04T09+01:00"),
        (
            "FREQ=MONTHLY;BYMONTHDAY=-1;COUNT=3",
            "2027-01-31 09:00",
            "2027-01-31T09+01:00 2027-02-28T09+01:00 2027-03-31T09+02:00",
        ),
        (
            "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1;COUNT=2",
            "2026-11-30 09:00",
            "2026-11-30T09+01:00 2026-12-31T09+01:00",
        ),
        (
            "FREQ=DAILY;BYHOUR=9,14;COUNT=3",
            "2026-12-01 09:00",
            "2026-12-01T09+01:00 2026-12-01T14+01:00 2026-12-02T09+01:00",
        ),
        (
            "FREQ=WEEKLY;INTERVAL=2;COUNT=2;BYDAY=TU,SU;WKST=SU",
            "2026-12-01 09:00",
            "2026-12-01T09+01:00 2026-12-13T09+01:00",
        ),
        (
            "FREQ=WEEKLY;INTERVAL=2;COUNT=2;BYDAY=TU,SU;WKST=MO",
            "2026-12-01 09:00",
            "2026-12-01T09+01:00 2026-12-06T09+01:00",
        ),
        // An end counts if it is the very start; 09:00 in Rome is 08:00 UTC.
        ("FREQ=DAILY;UNTIL=20261202T080000Z", "2026-12-01 09:00", "2026-12-01T09+01:00 2026-12-02T09+01:00"),
        ("FREQ=DAILY;UNTIL=20261202T075959Z", "2026-12-01 09:00", "2026-12-01T09+01:00"),
        ("FREQ=DAILY;UNTIL=20261202T090000", "2026-12-01 09:00", "2026-12-01T09+01:00 2026-12-02T09+01:00"),
        ("FREQ=DAILY;UNTIL=20261202T085959", "2026-12-01 09:00", "2026-12-01T09+01:00"),
        ("FREQ=DAILY;UNTIL=20261202", "2026-12-01 09:00", "2026-12-01T09+01:00 2026-12-02T09+01:00"),
    ] {
        assert_eq!(series(text, first, ROME), expected, "{text} from {first}");
    }
    // Half an hour, on an island.
    assert_eq!(
        series("daily x2", "2026-10-03 02:15", "Australia/Lord_Howe"),
        "2026-10-03T02:15+10:30 2026-10-05T02:15+11:00"
    );
}

#[test]
fn the_29th_of_february_comes_in_leap_years() {
    let caps = Caps { occurrences: 100, days: 3660 };
    let first = hour("2028-02-29 09:00", zone(ROME));
    let starts = |text| starts(&rule(text), first, ROME, &[], caps);
    assert_eq!(starts("yearly x3"), "2028-02-29T09+01:00 2032-02-29T09+01:00 2036-02-29T09+01:00");
    assert_eq!(starts("FREQ=YEARLY;UNTIL=20310101"), "2028-02-29T09+01:00");
}

#[test]
fn exceptions_are_counted_and_left_out() {
    let first = hour("2026-12-01 09:00", zone(ROME));
    let starts = |except: &[Instant]| starts(&rule("daily x3"), first, ROME, except, Caps::default());
    assert_eq!(starts(&[at("2026-12-02T09:00+01:00")]), "2026-12-01T09+01:00 2026-12-03T09+01:00");
    assert_eq!(starts(&[first.start]), "2026-12-02T09+01:00 2026-12-03T09+01:00");
    assert_eq!(starts(&[at("2026-12-02T10:00+01:00")]).split(' ').count(), 3);
    let all = ["2026-12-01T08:00Z", "2026-12-02T08:00Z", "2026-12-03T08:00Z"].map(at);
    assert_eq!(starts(&all), "nothing");
}

#[test]
fn a_series_has_an_end_and_is_not_too_much() {
    for (text, expected) in [
        ("daily", "endless"),
        ("FREQ=DAILY;COUNT=1000000", "too many"),
        ("daily x101", "too many"),
        ("daily until 2027-06-01", "too many"),
        ("FREQ=DAILY;UNTIL=99991231", "too many"),
        ("weekly until 2099-01-01", "too long"),
        ("monthly x13", "2026"),
        ("monthly x14", "too long"),
        ("yearly x2", "2026"),
        ("yearly x3", "too long"),
        ("daily until 2026-11-30", "ends before start"),
        ("FREQ=DAILY;UNTIL=20261201T075959Z", "ends before start"),
        // Days that never come.
        ("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30;COUNT=2", "too long"),
        ("FREQ=DAILY;BYMONTH=4;BYMONTHDAY=31;COUNT=2", "too long"),
    ] {
        let got = series(text, "2026-12-01 09:00", ROME);
        assert!(got.starts_with(expected), "{text}: {got}");
    }
    assert_eq!(series("daily x100", "2026-12-01 09:00", ROME).split(' ').count(), 100);
}

#[test]
fn bookings_of_a_series_do_not_overlap() {
    let start = at("2026-10-24T09:00+02:00");
    let lasting = |hours: u64| Window::new(start, start + Duration::from_secs(hours * 3600)).expect("hours");
    let starts = |window| starts(&rule("daily x2"), window, ROME, &[], Caps::default());
    // The day on which the clocks are set back has 25 hours.
    assert_eq!(starts(lasting(25)), "2026-10-24T09+02:00 2026-10-25T09+01:00");
    assert_eq!(starts(lasting(26)), "overlaps");
}

#[test]
fn what_is_wrong_is_said_with_the_cap() {
    let first = hour("2026-12-01 09:00", zone(ROME));
    let wrong = |text| rule(text).occurrences(first, zone(ROME), &[], Caps::default()).expect_err(text);
    assert_eq!(wrong("daily").to_string(), "FREQ=DAILY has no end");
    assert_eq!(wrong("daily").right(), "an end, COUNT=10 or UNTIL=20261231; in words x10 or until 2026-12-31");
    let many = "the rule means 1000000 bookings, and a series has at most 100";
    assert_eq!(wrong("FREQ=DAILY;COUNT=1000000").to_string(), many);
    assert_eq!(
        wrong("yearly x3").to_string(),
        "only 2 of the bookings of FREQ=YEARLY;COUNT=3 lie within 366 days of the first, which is the longest a series may last"
    );
}
