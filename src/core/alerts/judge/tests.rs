//! Deliveries in every order: what is news, what is late, what says the same again.

use super::*;
use std::time::Duration;

fn at(minute: i64) -> Instant {
    Instant(1_796_115_600_000 + minute * 60_000)
}

fn report(said: Said, starts: Option<i64>, ends: Option<i64>) -> Report {
    Report { starts: starts.map(at), ends: ends.map(at), ..Report::new("f", "NodeDown", said) }
}

fn firing(starts: i64) -> Report {
    report(Said::Firing, Some(starts), None)
}

fn resolved(starts: i64, ends: i64) -> Report {
    report(Said::Resolved, Some(starts), Some(ends))
}

fn step(before: Option<Alert>, report: &Report, now: i64) -> (&'static str, Option<Alert>) {
    match judge(before.as_ref(), "grafana/main", report, at(now)) {
        Verdict::Fired(alert) => ("fired", Some(*alert)),
        Verdict::Again(alert) => ("again", Some(*alert)),
        Verdict::Resolved(alert) => ("resolved", Some(*alert)),
        Verdict::Same(alert) => ("same", Some(*alert)),
        Verdict::Nothing => ("nothing", before),
    }
}

/// Each report comes a minute after the one before; gives what each was.
fn story(reports: &[Report]) -> Vec<&'static str> {
    let mut alert = None;
    let mut words = Vec::new();
    for (minute, report) in reports.iter().enumerate() {
        let (word, after) = step(alert, report, 100 + i64::try_from(minute).expect("few"));
        alert = after;
        words.push(word);
    }
    words
}

#[test]
fn deliveries_in_every_order() {
    for (reports, words) in [
        // As it should be, with every delivery twice.
        (
            vec![firing(0), firing(0), resolved(0, 5), resolved(0, 5), firing(9), firing(9)],
            vec!["fired", "same", "resolved", "nothing", "again", "same"],
        ),
        // The end comes first: of something nobody was told of.
        (vec![resolved(0, 5)], vec!["nothing"]),
        // A firing that was longer on its way than its end.
        (vec![firing(0), resolved(0, 5), firing(0)], vec!["fired", "resolved", "nothing"]),
        // An end of what fired before does not end what fires now.
        (vec![firing(0), firing(9), resolved(0, 5), resolved(9, 12)], vec!["fired", "again", "nothing", "resolved"]),
        // Late words of earlier times.
        (vec![firing(9), firing(3), resolved(9, 12), firing(3)], vec!["fired", "same", "resolved", "nothing"]),
        // Several senders' beginnings brought together.
        (vec![firing(9), resolved(3, 12)], vec!["fired", "resolved"]),
        // Without dates.
        (
            vec![
                report(Said::Firing, None, None),
                report(Said::Firing, None, None),
                report(Said::Resolved, None, None),
            ],
            vec!["fired", "same", "resolved"],
        ),
        (
            vec![
                report(Said::Firing, None, None),
                report(Said::Resolved, None, None),
                report(Said::Firing, None, None),
            ],
            vec!["fired", "resolved", "again"],
        ),
        // An end that was guessed means nothing while it fires.
        (vec![report(Said::Firing, Some(0), Some(1)), resolved(0, 50)], vec!["fired", "resolved"]),
    ] {
        assert_eq!(story(&reports), words, "{reports:?}");
    }
}

#[test]
fn never_is_no_date() {
    let zero = Instant(-62_135_596_800_000);
    let said = Report { starts: Some(zero), ends: Some(zero), ..Report::new("f", "x", Said::Firing) };
    let (word, alert) = step(None, &said, 7);
    assert_eq!((word, alert.as_ref().map(|a| a.since)), ("fired", Some(at(7))));
    let over = Report { said: Said::Resolved, ..said };
    let (word, alert) = step(alert, &over, 9);
    assert_eq!((word, alert.and_then(|a| a.ended)), ("resolved", Some(at(9))));
}

#[test]
fn a_clock_that_is_ahead_dates_nothing_into_the_future() {
    let (_, alert) = step(None, &firing(60), 7);
    assert_eq!(alert.as_ref().map(|a| a.since), Some(at(7)));
    let (_, alert) = step(alert, &resolved(60, 90), 9);
    assert_eq!(alert.and_then(|a| a.ended), Some(at(9)));
}

#[test]
fn an_acknowledgement_is_of_one_firing() {
    let (_, alert) = step(None, &firing(0), 1);
    let acknowledged =
        Some(direttore_store::alert::Acknowledged { by: "bob".to_owned(), at: at(2), note: String::new() });
    let alert = Alert { acknowledged: acknowledged.clone(), ..alert.expect("it fired") };
    let (_, same) = step(Some(alert.clone()), &firing(0), 3);
    assert_eq!(same.expect("the same").acknowledged, acknowledged);
    let (_, over) = step(Some(alert), &resolved(0, 4), 4);
    let (word, again) = step(over, &firing(5), 6);
    let again = again.expect("it fires");
    assert_eq!((word, again.acknowledged, again.fired, again.first_seen), ("again", None, 2, at(1)));
}

#[test]
fn what_nobody_ends_lasts_as_long_as_its_source_says() {
    let said = Report { lasts: Some(Duration::from_secs(3600)), ..firing(0) };
    let (_, alert) = step(None, &said, 1);
    assert_eq!(alert.as_ref().and_then(|a| a.expires), Some(at(61)));
    let (_, same) = step(alert, &said, 11);
    assert_eq!(same.and_then(|a| a.expires), Some(at(71)));
}
