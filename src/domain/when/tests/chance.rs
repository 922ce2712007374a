//! Texts of chance: nothing panics, every window has a length, and what we print we read.

use super::*;
use proptest::prelude::*;

/// Pieces of real phrases, in any order.
fn phrase() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "now",
        "in",
        "at",
        "today",
        "tomorrow",
        "tonight",
        "noon",
        "midnight",
        "next",
        "fri",
        "sunday",
        "9am",
        "9",
        "14:30",
        "25:00",
        "-",
        "–",
        "+",
        "2h",
        "30m",
        "1d",
        "P1DT2H",
        "0h",
        "2026-12-01",
        "2026-10-25",
        "2026-03-29",
        "02:30",
        "T",
        "Z",
        "+02:00",
        "1",
        "31",
        "dec",
        "feb",
        "2027",
        "1/12",
        "for",
        "until",
        "to",
        "@1795600800",
        "@",
        "9-11",
        " ",
    ]);
    let gap = prop::sample::select(vec!["", " "]);
    prop::collection::vec((piece, gap), 0..8).prop_map(|words| words.into_iter().flat_map(|(w, g)| [w, g]).collect())
}

fn any_zone() -> impl Strategy<Value = Zone> {
    let names =
        ["Europe/Rome", "America/New_York", "Australia/Lord_Howe", "Africa/Casablanca", "Asia/Kathmandu", "UTC"];
    prop::sample::select(names.map(zone).to_vec())
}

proptest! {
    #[test]
    fn no_text_panics_and_every_window_has_a_length(
        from in prop_oneof![phrase(), any::<String>()],
        until in prop::option::of(phrase()),
        lasting in prop::option::of(phrase()),
        now in prop_oneof![any::<i64>(), 0i64..4_000_000_000_000],
        zone in any_zone(),
        day_first in any::<bool>(),
    ) {
        let slash = day_first.then_some(DateOrder::DayFirst);
        let reading = Reading { now: Instant(now), zone, tonight: 99, slash };
        let said = |wrong: WrongTime| {
            prop_assert!(!wrong.to_string().is_empty() && !wrong.right().is_empty());
            Ok(())
        };
        for attempt in [
            window(&from, until.as_deref(), lasting.as_deref(), &reading),
            window(&from, until.as_deref(), None, &reading),
            window(&from, None, None, &reading),
        ] {
            match attempt {
                Ok(window) => prop_assert!(window.start < window.end && window.length() <= Duration::from_secs(3653 * 86_400)),
                Err(wrong) => said(wrong)?,
            }
        }
        if let Err(wrong) = moment(&from, &reading) {
            said(wrong)?;
        }
        if let Ok(length) = length(&from) {
            prop_assert!(!length.is_zero());
        }
    }

    #[test]
    fn what_is_printed_is_read(seconds in 94_700_000i64..4_000_000_000, printed_in in any_zone(), read_in in any_zone()) {
        let at = Instant::from_seconds(seconds);
        let reading = Reading::new(Instant::EPOCH, read_in);
        for text in [printed_in.iso(at), printed_in.text(at), printed_in.iso(at).replace('T', " "), format!("@{seconds}")] {
            prop_assert_eq!(moment(&text, &reading), Ok(at), "{}", text);
        }
    }

    #[test]
    fn a_wall_is_read_in_the_zone_of_the_asker(seconds in 94_700_000i64..4_000_000_000, zone in any_zone()) {
        let at = Instant::from_seconds(seconds);
        let reading = Reading::new(Instant::EPOCH, zone);
        match moment(&zone.wall(at).to_string(), &reading) {
            Ok(read) => prop_assert_eq!(read, at),
            Err(WrongTime::Twice { earlier, later, .. }) => prop_assert!(at == earlier || at == later),
            Err(wrong) => prop_assert!(false, "{}", wrong),
        }
    }
}
