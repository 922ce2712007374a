//! Gaps and folds of real zones, and every zone against another reader of the same tables.

use super::*;
use chrono::MappedLocalTime;
use proptest::prelude::*;

fn zone(name: &str) -> Zone {
    name.parse().expect("the zone exists")
}

fn wall(text: &str) -> Wall {
    Wall(NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M").expect("a wall's time"))
}

/// What a wall's time means, in the words of ISO 8601.
fn means(name: &str, text: &str) -> String {
    let zone = zone(name);
    match zone.resolve(wall(text)) {
        Resolved::One(at) => zone.iso(at),
        Resolved::Twice { earlier, later } => format!("{} or {}", zone.iso(earlier), zone.iso(later)),
        Resolved::Gap { before, after } => format!("not, but {} / {}", zone.iso(before), zone.iso(after)),
    }
}

#[test]
fn hours_that_do_not_exist_and_hours_that_exist_twice() {
    for (name, text, expected) in [
        ("Europe/Rome", "2026-03-29 02:30", "not, but 2026-03-29T01:30+01:00 / 2026-03-29T03:30+02:00"),
        ("Europe/Rome", "2026-03-29 02:00", "not, but 2026-03-29T01:00+01:00 / 2026-03-29T03:00+02:00"),
        ("Europe/Rome", "2026-03-29 01:59", "2026-03-29T01:59+01:00"),
        ("Europe/Rome", "2026-03-29 03:00", "2026-03-29T03:00+02:00"),
        ("Europe/Rome", "2026-10-25 02:30", "2026-10-25T02:30+02:00 or 2026-10-25T02:30+01:00"),
        ("Europe/Rome", "2026-10-25 02:00", "2026-10-25T02:00+02:00 or 2026-10-25T02:00+01:00"),
        ("Europe/Rome", "2026-10-25 03:00", "2026-10-25T03:00+01:00"),
        ("Europe/Rome", "2026-10-25 01:59", "2026-10-25T01:59+02:00"),
        ("America/New_York", "2026-03-08 02:30", "not, but 2026-03-08T01:30-05:00 / 2026-03-08T03:30-04:00"),
        ("America/New_York", "2026-11-01 01:30", "2026-11-01T01:30-04:00 or 2026-11-01T01:30-05:00"),
        ("Australia/Lord_Howe", "2026-10-04 02:15", "not, but 2026-10-04T01:45+10:30 / 2026-10-04T02:45+11:00"),
        ("Africa/Casablanca", "2027-02-07 02:30", "2027-02-07T02:30+01:00 or 2027-02-07T02:30+00:00"),
        ("Asia/Kathmandu", "2026-10-25 02:30", "2026-10-25T02:30+05:45"),
        // A whole day that an island left out.
        ("Pacific/Apia", "2011-12-30 12:00", "not, but 2011-12-29T12:00-10:00 / 2011-12-31T12:00+14:00"),
    ] {
        assert_eq!(means(name, text), expected, "{name} {text}");
    }
}

#[test]
fn lengths_are_elapsed_time() {
    let rome = zone("Europe/Rome");
    let Resolved::One(start) = rome.resolve(wall("2026-10-24 22:00")) else { panic!("an hour like others") };
    let end = start + std::time::Duration::from_secs(8 * 3600);
    assert_eq!(rome.text(end), "2026-10-25 05:00 Europe/Rome (+01:00)");
}

#[test]
fn an_instant_in_words_has_zone_and_offset() {
    let at = Instant::from_seconds(1_796_112_000);
    assert_eq!(zone("Europe/Rome").text(at), "2026-12-01 09:00 Europe/Rome (+01:00)");
    assert_eq!(zone("America/St_Johns").text(at), "2026-12-01 04:30 America/St_Johns (-03:30)");
    assert_eq!(Zone::UTC.text(at + std::time::Duration::from_secs(7)), "2026-12-01 08:00:07 UTC (+00:00)");
    assert_eq!(zone("Europe/Rome").wall(at).weekday(), Weekday::Tue);
    assert_eq!(zone("Asia/Kathmandu").offset(at), 345);
}

#[test]
fn zones_are_read_in_any_case_and_unknown_ones_name_their_neighbours() {
    assert_eq!(zone("europe/ROME").name(), "Europe/Rome");
    let near = |given: &str| given.parse::<Zone>().expect_err("no such zone").nearest;
    assert_eq!(near("rome").first().map(String::as_str), Some("Europe/Rome"));
    assert_eq!(near("Europe/Romme").first().map(String::as_str), Some("Europe/Rome"));
    assert_eq!(near("new york").first().map(String::as_str), Some("America/New_York"));
    assert_eq!(near("Lord_How").first().map(String::as_str), Some("Australia/Lord_Howe"));
    assert_eq!(near("qqqq"), Vec::<String>::new());
    assert_eq!(serde_json::from_str::<Zone>("\"utc\"").ok().map(String::from).as_deref(), Some("UTC"));
    assert!(serde_json::from_str::<Zone>("\"Mars/Base\"").is_err());
}

#[test]
fn no_instant_is_too_far() {
    for name in ["Pacific/Kiritimati", "Pacific/Niue"] {
        for at in [i64::MIN, -1, 0, i64::MAX] {
            assert!(!zone(name).text(Instant(at)).is_empty());
        }
    }
    assert_eq!(Wall::new(2026, 2, 30, 0, 0, 0), None);
    assert_eq!(Wall::new(9999, 12, 31, 0, 0, 0).and_then(|w| w.days_later(1)), None);
}

proptest! {
    #[test]
    fn every_zone_agrees_with_another_reader_of_its_table(
        index in 0..chrono_tz::TZ_VARIANTS.len(),
        // From 1973 to 2100: before, some offsets had seconds and changed twice within days.
        minutes in 1_577_836i64..68_000_000,
    ) {
        let tz = chrono_tz::TZ_VARIANTS[index];
        let wall = DateTime::<Utc>::from_timestamp(minutes * 60, 0).expect("in this century").naive_utc();
        let expected = match tz.from_local_datetime(&wall) {
            MappedLocalTime::Single(at) => Some(Resolved::One(instant(at.naive_utc()))),
            MappedLocalTime::Ambiguous(a, b) => {
                Some(Resolved::Twice { earlier: instant(a.naive_utc()), later: instant(b.naive_utc()) })
            }
            MappedLocalTime::None => None,
        };
        let resolved = Zone(tz).resolve(Wall(wall));
        match (resolved, expected) {
            (Resolved::Gap { before, after }, None) => prop_assert!(before < after),
            (got, expected) => prop_assert_eq!(Some(got), expected),
        }
    }

    #[test]
    fn a_wall_leads_back_to_its_instant(index in 0..chrono_tz::TZ_VARIANTS.len(), seconds in 94_700_000i64..4_000_000_000) {
        let zone = Zone(chrono_tz::TZ_VARIANTS[index]);
        let at = Instant::from_seconds(seconds);
        let leads_back = match zone.resolve(zone.wall(at)) {
            Resolved::One(one) => one == at,
            Resolved::Twice { earlier, later } => earlier == at || later == at,
            Resolved::Gap { .. } => false,
        };
        prop_assert!(leads_back);
    }
}
