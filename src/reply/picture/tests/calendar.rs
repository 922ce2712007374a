//! The calendar of reservations: a week or a day, with a lane for each resource.

use super::*;

/// Monday 2026-11-30, midnight in Warsaw.
const MONDAY: i64 = 1_795_993_200_000;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

const PLOT: [u8; 3] = [0x1e, 0x22, 0x2b];
const BOOKED: [u8; 3] = [0x1f, 0x44, 0x70];
const NOW: [u8; 3] = [0xff, 0x7b, 0x72];

/// Where the lanes are, and the week in them.
const LEFT: f64 = 240.0;
const WIDE: f64 = 1336.0;
const TOP: u32 = 148;

fn slot(label: &str, status: &str, mine: bool, start: i64, end: i64) -> Value {
    json!({ "label": label, "status": status, "mine": mine, "start": start, "end": end,
        "clipped_left": start < MONDAY, "clipped_right": end > MONDAY + 7 * DAY })
}

fn lane(name: &str, slots: &[Value]) -> Value {
    json!({ "name": name, "slots": slots })
}

fn week(lanes: &[Value], more: u32) -> Value {
    let label = |n: i64| {
        ["Mon 30 Nov", "Tue 1 Dec", "Wed 2 Dec", "Thu 3 Dec", "Fri 4 Dec", "Sat 5 Dec", "Sun 6 Dec"][n as usize]
    };
    let days: Vec<Value> =
        (0..7).map(|n| json!({ "label": label(n), "at": MONDAY + n * DAY, "end": MONDAY + (n + 1) * DAY })).collect();
    json!({ "title": "Reservations, week of 30 Nov 2026", "zone": ZONE, "from": MONDAY, "to": MONDAY + 7 * DAY,
        "now": MONDAY + DAY + 14 * HOUR, "days": days, "lanes": lanes, "more": more })
}

fn busy() -> Vec<Value> {
    let at = |day: i64, hour: i64| MONDAY + day * DAY + hour * HOUR;
    vec![
        lane(
            "node pve1",
            &[
                slot("R-12 alice: upgrade of the firmware", "booked", true, at(0, 9), at(1, 9)),
                slot("R-19 bob: BGP lab", "booked", false, at(2, 8), at(2, 18)),
                slot("R-20 bob", "pending", false, at(3, 9), at(3, 11)),
                slot("R-21 carol", "offered", false, at(4, 9), at(4, 12)),
            ],
        ),
        lane(
            "node pve2",
            &[
                slot("R-7 dave: long soak test", "active", false, at(-3, 0), at(2, 12)),
                slot("R-8 erin: soak again", "booked", false, at(5, 0), at(9, 0)),
            ],
        ),
        lane("node pve3", &[]),
        lane("switch sw1", &[slot("new line cards", "maintenance", false, at(1, 6), at(3, 18))]),
        lane(
            "testbeds (2 of 3)",
            &[
                slot("R-30 alice", "active", true, at(1, 13), at(1, 15)),
                slot("R-31 bob: short", "booked", false, at(1, 15), at(1, 17)),
                slot("R-32 alice: waits", "pending", true, at(2, 9), at(3, 9)),
                slot("R-33 frank: may take it", "offered", false, at(4, 0), at(5, 12)),
            ],
        ),
        lane("guest a-rather-long-name-of-a-guest (101)", &[slot("R-40 alice", "booked", true, at(6, 20), at(7, 4))]),
    ]
}

/// Where a moment is drawn.
fn column(at: i64) -> u32 {
    (LEFT + WIDE * (at - MONDAY) as f64 / (7 * DAY) as f64).round() as u32
}

#[test]
fn reservations_lie_where_their_time_is() {
    let lanes = [
        lane("node pve1", &[slot("", "booked", false, MONDAY + 2 * DAY, MONDAY + 3 * DAY)]),
        lane("node pve2", &[slot("", "active", false, MONDAY + 5 * DAY, MONDAY + 6 * DAY)]),
    ];
    let (picture, dots) = drawn("calendar", &week(&lanes, 0), "calendar_plain");
    assert_eq!((dots.width(), dots.height()), (1600, 148 + 2 * 112 + 24));
    assert_eq!(dot(&dots, 2, 2), GROUND);
    // Lanes are 112 high where there is room; what is booked lies five dots within. Not on the lines of the quarters.
    let (first, second) = (TOP + 20, TOP + 112 + 20);
    let at = |day: i64, hour: i64| column(MONDAY + day * DAY + hour * HOUR) + 1;
    assert_eq!(dot(&dots, at(2, 1), first), BOOKED);
    assert_eq!(dot(&dots, at(2, 22), first), BOOKED);
    assert_eq!(dot(&dots, at(3, 1), first), PLOT);
    assert_eq!(dot(&dots, at(1, 22), first), PLOT);
    assert_eq!(dot(&dots, at(2, 1), second), PLOT, "it is in the first lane alone");
    let kinds: std::collections::BTreeSet<_> = (0..40).map(|down| dot(&dots, at(5, 8), second + down)).collect();
    assert!(kinds.len() > 1, "what is active has a pattern");
    assert!(
        (TOP..TOP + 224).all(|y| dot(&dots, column(MONDAY + DAY + 14 * HOUR), y) == NOW),
        "the line of now is in front"
    );
    assert_eq!(
        picture.alt,
        "Reservations, week of 30 Nov 2026 (Europe/Warsaw), as of 2026-12-01 14:00 CET.\n\
         node pve1: , booked, 2026-12-02 00:00 CET to 2026-12-03 00:00 CET\n\
         node pve2: , active, 2026-12-05 00:00 CET to 2026-12-06 00:00 CET"
    );
}

#[test]
fn a_week_of_a_lab() {
    let (picture, dots) = drawn("calendar", &week(&busy(), 0), "calendar_week");
    assert!(picture.alt.contains("\nNothing is booked on node pve3.\n"), "{}", picture.alt);
    assert!(
        picture
            .alt
            .contains("\nnode pve1: R-12 alice: upgrade of the firmware, yours, booked, 2026-11-30 09:00 CET to ")
    );
    // One's own has a white frame.
    let frame = column(MONDAY + 9 * HOUR) + 1;
    assert_eq!(dot(&dots, frame, TOP + 60), [0xff; 3]);
    // What goes on beyond the week ends in a point: its corners are not filled.
    let inside = TOP + 112 + 5 + 51;
    assert_ne!(dot(&dots, 243, inside), PLOT, "the point");
    assert_eq!(dot(&dots, 1574, TOP + 112 + 8), PLOT, "a corner");
}

#[test]
fn fourteen_lanes_and_the_rest_in_words() {
    let lanes: Vec<Value> = (0..20)
        .map(|n| {
            let at = |hour: i64| MONDAY + (hour * 3 + n * 7) * HOUR;
            let status = ["booked", "active", "pending", "offered", "maintenance"][n as usize % 5];
            let label = |k: i64| format!("R-{} user{n}: some purpose", n * 10 + k);
            let slots: Vec<Value> =
                (0..3).map(|k| slot(&label(k), status, n % 4 == 0, at(k * 12), at(k * 12 + 2 + n % 6))).collect();
            lane(&format!("node pve{:02}", n + 1), &slots)
        })
        .collect();
    let (_, dots) = drawn("calendar", &week(&lanes, 3), "calendar_full");
    assert_eq!((dots.width(), dots.height()), (1600, 900));
    let words =
        (24..500).flat_map(|x| (855..880).map(move |y| (x, y))).filter(|(x, y)| dot(&dots, *x, *y) != GROUND).count();
    assert!(words > 500, "it is said that there are more");
    let (_, dots) = drawn("calendar", &week(&lanes[..14], 0), "calendar_14");
    assert!((24..1576).all(|x| dot(&dots, x, 890) == GROUND), "fourteen fit");
}

#[test]
fn a_day_has_hours() {
    let hours: Vec<Value> = (0..24)
        .map(|n| json!({ "label": format!("{n:02}:00"), "at": MONDAY + n * HOUR, "end": MONDAY + (n + 1) * HOUR }))
        .collect();
    let mut data = week(&busy(), 0);
    data["title"] = json!("Reservations on Mon 30 Nov 2026");
    data["to"] = json!(MONDAY + DAY);
    data["now"] = json!(MONDAY + 10 * HOUR + 20 * MINUTE);
    data["days"] = json!(hours);
    let (_, dots) = drawn("calendar", &data, "calendar_day");
    let x = |minutes: i64| (LEFT + WIDE * minutes as f64 / 1440.0).round() as u32;
    assert_eq!(dot(&dots, x(620), TOP + 3), NOW);
    assert_eq!(dot(&dots, x(8 * 60 + 30), TOP + 20), PLOT_PAST, "before nine it is free, and past");
    assert_eq!(dot(&dots, x(20 * 60), TOP + 20), BOOKED);
}

/// What lies before now is darker.
const PLOT_PAST: [u8; 3] = [0x1b, 0x1e, 0x26];

#[test]
fn a_calendar_of_nothing_and_of_hostile_words() {
    let (picture, _) = drawn("calendar", &week(&[], 0), "calendar_empty");
    assert!(picture.alt.ends_with("\nNothing that can be reserved is within your reach."), "{}", picture.alt);
    let long = "a very long purpose ".repeat(30);
    for (n, words) in ["<script>&lol;]]>", "\"/><image href='x'/>", "\u{202e}\u{0}🦀", &long, ""].iter().enumerate() {
        let mut data = week(&[lane(words, &[slot(words, "booked", false, MONDAY + 2 * DAY, MONDAY + 3 * DAY)])], 0);
        data["title"] = json!(words);
        data["days"][3]["label"] = json!(words);
        let (_, dots) = drawn("calendar", &data, &format!("calendar_hostile_{n}"));
        assert_eq!(dot(&dots, column(MONDAY + 2 * DAY + HOUR) + 1, TOP + 20), BOOKED, "{words}");
        assert_eq!(dot(&dots, column(MONDAY + 3 * DAY) + 3, TOP + 56), PLOT, "its label ends with its box: {words}");
    }
}
