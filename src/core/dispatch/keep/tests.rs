//! Whose turn is what: by what a reservation is and what the clock shows, whatever went wrong before.

use super::*;
use direttore_domain::{Acts, Origin, Surface};
use direttore_store::reservation::Content;

const MINUTE: Duration = Duration::from_secs(60);
const REMIND: Duration = Duration::from_secs(900);
/// The window is of two hours from here.
const START_AT: Instant = Instant(1_796_115_600_000);

fn minutes(n: i64) -> Instant {
    Instant(START_AT.0 + n * 60_000)
}

/// Of two hours, with nothing told or owed.
fn held(status: Status) -> Reservation {
    let content = Content {
        title: String::new(),
        note: String::new(),
        starts: START_AT,
        ends: minutes(120),
        zone: "UTC".to_owned(),
        status,
        covers_guests: false,
        wanted: vec![],
        acts: Acts::default(),
        reminded: 0,
        checked_in: None,
        check_in_ms: 0,
        offered_until: None,
        due: None,
        href: String::new(),
        body: String::new(),
        request: None,
        recurs: None,
    };
    Reservation {
        id: ReservationId(1),
        uid: "u".to_owned(),
        series: String::new(),
        position: 0,
        recurrence: String::new(),
        account_id: Some(1),
        holder: "alice".to_owned(),
        origin: Origin { surface: Surface::Console, channel: "here".to_owned() },
        is_maintenance: false,
        content,
        rev: 1,
        sequence: 0,
        created: START_AT,
        changed: START_AT,
        resources: vec![],
    }
}

fn reminded(status: Status, reminded: i64) -> Reservation {
    let mut held = held(status);
    held.content.reminded = reminded;
    held
}

fn turn_at(held: &Reservation, minute: i64) -> Turn {
    turn(held, minutes(minute), REMIND)
}

#[test]
fn what_nobody_took_or_approved_in_time_is_given_back() {
    for minute in [-30, 0, 200] {
        assert_eq!(turn_at(&held(Status::Offered), minute), Turn::Unclaimed);
        assert_eq!(turn_at(&held(Status::Pending), minute), Turn::Unapproved);
        assert_eq!(turn_at(&held(Status::Waiting), minute), Turn::Hopeless);
    }
}

#[test]
fn a_start_comes_before_its_reminder_that_was_missed() {
    assert_eq!(turn_at(&held(Status::Booked), -15), Turn::RemindStart);
    assert_eq!(turn_at(&reminded(Status::Booked, START), -15), Turn::Nothing);
    for minute in [0, 1, 119, 120, 5_000] {
        assert_eq!(turn_at(&held(Status::Booked), minute), Turn::Start, "{minute}");
    }
}

#[test]
fn what_is_owed_is_tried_once_before_anything_else() {
    for owed in [START_OWED, END_OWED, START_OWED | END_OWED] {
        for minute in [0, 60, 110, 120, 5_000] {
            assert_eq!(turn_at(&reminded(Status::Active, START | owed), minute), Turn::Act, "{owed} at {minute}");
        }
        assert_eq!(turn_at(&reminded(Status::Ended, owed), 120), Turn::Act);
        assert_eq!(turn_at(&reminded(Status::Released, owed), 30), Turn::Act);
        for over in [Status::Cancelled, Status::NoShow] {
            assert_eq!(turn_at(&reminded(over, owed), 30), Turn::Nothing, "the lab does nothing for it any more");
        }
    }
    assert_eq!(turn_at(&held(Status::Ended), 120), Turn::Nothing);
    assert_eq!(turn_at(&reminded(Status::Active, START), 60), Turn::Nothing);
}

#[test]
fn what_went_wrong_once_keeps_nothing_else_waiting() {
    let late = reminded(Status::Active, START | START_OWED | LATE);
    assert_eq!(turn_at(&late, 60), Turn::Act, "tried again where nothing else is due");
    assert_eq!(turn_at(&late, 104), Turn::Act);
    assert_eq!(turn_at(&late, 105), Turn::RemindEnd);
    assert_eq!(turn_at(&late, 120), Turn::End);
    assert_eq!(turn_at(&late, 5_000), Turn::End);
    let told = reminded(Status::Active, START | END | START_OWED | LATE);
    assert_eq!(turn_at(&told, 110), Turn::Act);
    assert_eq!(turn_at(&reminded(Status::Ended, END_OWED | LATE), 125), Turn::Act);
    assert_eq!(turn_at(&reminded(Status::Ended, LATE), 125), Turn::Nothing, "nothing is owed any more");
}

#[test]
fn who_does_not_check_in_loses_it_unless_it_is_over() {
    let checked = |minute: i64, reminded: i64| {
        let mut held = held(Status::Active);
        (held.content.check_in_ms, held.content.reminded) = (minute * 60_000, reminded);
        held
    };
    assert_eq!(turn_at(&checked(10, START), 9), Turn::Nothing);
    assert_eq!(turn_at(&checked(10, START), 10), Turn::NoShow);
    assert_eq!(turn_at(&checked(10, START), 5_000), Turn::NoShow, "also when nobody looked for days");
    assert_eq!(turn_at(&checked(10, START | START_OWED), 10), Turn::Act, "what is owed was to be done before");
    assert_eq!(turn_at(&checked(10, START | START_OWED | LATE), 10), Turn::NoShow);
    assert_eq!(turn_at(&checked(180, START), 180), Turn::End, "it ends before anybody would have to");
    let mut here = checked(10, START);
    here.content.checked_in = Some(START_AT + MINUTE);
    assert_eq!(turn_at(&here, 10), Turn::Nothing);
}
