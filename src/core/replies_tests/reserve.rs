//! What is said of reservations and of what can be reserved: its templates, their tones and the shapes of their data.

use super::{
    data::{AT, with},
    said, shown,
};
use direttore_reply::Tone;
use serde_json::{Value, json};

const WHEN: &str = "2026-12-01 10:00 to 12:00 Europe/Warsaw (+01:00)";

fn made(id: &str, of: &[&str]) -> Value {
    json!({ "id": id, "uid": "u@direttore", "of": of, "start": AT, "end": AT + 7_200_000, "when": WHEN, "status": "booked" })
}

fn reserved() -> Value {
    json!({ "what": "pve1", "title": "kernel tests", "zone": "Europe/Warsaw", "made": [made("R-12", &["pve1"])],
        "skipped": [], "acts": { "start": false, "snapshot": false, "end": "leave" }, "pending": false,
        "maintenance": false, "repeat": null, "guests": false })
}

fn acting(start: bool, snapshot: bool, end: &str) -> Value {
    with(&reserved(), json!({ "acts": { "start": start, "snapshot": snapshot, "end": end }, "guests": true }))
}

fn row(id: &str) -> Value {
    json!({ "id": id, "what": "pve1", "holder": "alice", "start": AT, "end": AT + 7_200_000, "when": WHEN,
        "status": "booked", "title": "kernel tests", "mine": true, "maintenance": false, "requester": null })
}

fn show() -> Value {
    with(
        &row("R-12"),
        json!({ "note": "two\nlines", "zone": "Europe/Warsaw", "acts": { "start": true, "snapshot": true, "end": "rollback" },
            "guests": true, "repeat": "every week, 4 times", "others": [{ "id": "R-13", "when": WHEN, "status": "booked" }],
            "created": AT, "check_in": true, "checked_in": null, "offered_until": null, "length": "2 h" }),
    )
}

fn bare_show() -> Value {
    with(
        &show(),
        json!({ "note": "", "title": "", "acts": { "start": false, "snapshot": false, "end": "leave" }, "guests": false,
            "repeat": null, "others": [], "check_in": false }),
    )
}

fn changed(what: &str, rows: &[Value]) -> Value {
    json!({ "rows": rows, "what": what, "holder": "alice", "mine": true, "reason": null })
}

/// As it is shown with what it is of.
pub(super) fn held(holder: &str) -> Value {
    json!({ "id": "R-12", "holder": holder, "start": AT, "end": AT + 7_200_000, "status": "booked",
        "maintenance": holder == "bob" })
}

fn calendar() -> Value {
    json!({ "title": "Reservations, week of 30 Nov 2026", "zone": "UTC", "rows": [row("R-12")], "total": 1, "show": "week",
        "pages": { "page": 1, "of": 1 }, "what": null, "before": "2026-11-23", "after": "2026-12-07" })
}

fn resource() -> Value {
    json!({ "name": "testbeds", "kind": "pool", "capacity": 1, "description": "two of a kind", "members": ["pve2", "pve3"],
        "rules": ["needs a yes of bob", "at most 2 h"], "approvers": ["bob"] })
}

fn resources() -> Value {
    let pool = json!({ "name": "testbeds", "kind": "pool", "now": "1 of 2 free", "until": null,
        "about": "two of a kind; pve2, pve3; at most 2 h, 10 min free after" });
    let rack = json!({ "name": "rack-a", "kind": "named", "now": "alice (R-12)", "until": AT, "about": "" });
    json!({ "rows": [pool, rack], "total": 2, "pages": { "page": 1, "of": 1 }, "kind": null })
}

fn told(what: &str) -> Value {
    json!({ "what": what, "id": "R-12", "name": "pve1", "holder": "alice", "when": WHEN, "title": "kernel tests",
        "minutes": 15, "until": null, "acts": null, "public": false, "why": null, "verb": "", "by": "" })
}

fn told_changed() -> Value {
    with(&told("changed"), json!({ "verb": "cancelled", "by": "admin", "why": "the rack is down" }))
}

fn feed(replaced: bool) -> Value {
    json!({ "of": "your reservations", "server": "https://lab.example", "webcal": "webcal://lab.example",
        "secret": "k8m2pxq", "replaced": replaced, "revoke": "/reserve feed revoke" })
}

pub(super) fn shapes() -> Vec<(&'static str, Tone, Vec<Value>)> {
    use Tone::{Info, Success, Warning};
    let several = json!({ "what": "2 of gpus", "made": [made("R-12", &["gpu-a", "gpu-b"])] });
    let series = json!({ "made": [made("R-12", &["pve1"]), made("R-13", &["pve1"])], "repeat": "every week, twice" });
    let short = |id: &str, of: &str, when: &str| json!({ "id": id, "of": of, "when": when, "holder": "<@1>", "status": "no-show" });
    let long = "web1 (101) and web2 (102): a title that is longer than any column can be, and goes on";
    let rows =
        [short("R-12", "pve1: x", "Fri 27 Nov 09:00–12:00"), short("R-13", long, "30 Dec 2026 22:00–1 Jan 2027 06:00")];
    let page = json!({ "rows": rows, "total": 12, "pages": { "page": 1, "of": 2 }, "zone": "Europe/Warsaw" });
    let over = json!({ "rows": [], "total": 0, "pages": { "page": 1, "of": 1 }, "zone": "UTC" });
    let checked = with(&show(), json!({ "checked_in": AT, "maintenance": true }));
    let offered = with(&bare_show(), json!({ "status": "offered", "offered_until": AT }));
    let pending = with(&row("R-12"), json!({ "status": "pending" }));
    let bare =
        json!({ "name": "rack-a", "kind": "named", "capacity": 3, "description": "", "members": [], "rules": [] });
    vec![
        (
            "reserved",
            Success,
            vec![
                reserved(),
                with(&reserved(), several),
                with(&reserved(), series.clone()),
                with(&reserved(), json!({ "maintenance": true, "what": "the whole lab", "title": "" })),
                acting(true, true, "rollback"),
                acting(true, false, "shutdown"),
                acting(false, true, "destroy"),
            ],
        ),
        (
            "reserved",
            Warning,
            vec![
                with(&reserved(), json!({ "pending": true })),
                with(&with(&reserved(), series), json!({ "skipped": [{ "when": WHEN }, { "when": WHEN }] })),
            ],
        ),
        (
            "reserve_waiting",
            Success,
            vec![reserved(), with(&reserved(), json!({ "title": "", "made": [made("R-12", &[])] }))],
        ),
        ("reserve_list", Info, vec![page, over]),
        ("reserve_feed", Success, vec![feed(false), feed(true)]),
        (
            "reserve_feeds",
            Info,
            vec![json!({ "total": 2, "of": "all reservations", "again": "/reserve feed all new", "rows": [
                { "of": "all reservations", "since": AT, "used": null },
                { "of": "what is reserved of <@1>", "since": AT, "used": AT }] })],
        ),
        ("reserve_feed_revoked", Success, vec![json!({ "of": "your reservations" })]),
        ("reserve_show", Info, vec![show(), bare_show(), checked, offered, acted("shutdown"), acted("destroy")]),
        (
            "reserve_changed",
            Success,
            vec![
                changed("cancelled", &[row("R-12")]),
                changed("cancelled", &[row("R-12"), row("R-13")]),
                with(&changed("extended", &[row("R-12")]), json!({ "mine": false, "reason": "for a test" })),
                changed("changed", &[pending]),
            ],
        ),
        (
            "reserve_calendar",
            Info,
            vec![
                calendar(),
                with(&calendar(), json!({ "pages": { "page": 2, "of": 3 }, "what": "pve1", "show": "day" })),
                with(&calendar(), json!({ "rows": [], "total": 0, "before": null })),
            ],
        ),
        (
            "resource_list",
            Info,
            vec![
                resources(),
                with(&resources(), json!({ "total": 12, "pages": { "page": 1, "of": 2 }, "kind": "pool" })),
                with(&resources(), json!({ "rows": [], "total": 0 })),
                with(&resources(), json!({ "rows": [], "total": 0, "kind": "guest" })),
            ],
        ),
        ("resource_added", Success, vec![resource(), bare.clone()]),
        ("resource_changed", Success, vec![resource(), bare.clone()]),
        ("resource_removed", Success, vec![bare]),
        (
            "reserve_told",
            Info,
            vec![
                told("starts"),
                with(&told("ends"), json!({ "acts": "the guests are shut down at the end", "minutes": 1 })),
                told("started"),
                told("ended"),
                with(&told("offered"), json!({ "until": AT })),
                with(&told("asked"), json!({ "public": true })),
                with(&told("spared"), json!({ "why": "somebody has it next" })),
                told_changed(),
            ],
        ),
        ("reserve_told", Warning, ["no-show", "unapproved", "hopeless", "unclaimed", "not-acted"].map(told).to_vec()),
    ]
}

fn acted(end: &str) -> Value {
    with(&show(), json!({ "acts": { "start": true, "snapshot": false, "end": end } }))
}

#[test]
fn what_becomes_ones_own() {
    let said = |data: Value| shown(&said("reserved", &data));
    insta::assert_snapshot!(said(acting(true, true, "shutdown")), @"
    success: pve1 is yours
      R-12 = 2026-12-01 10:00 to 12:00 Europe/Warsaw (+01:00)
      title = kernel tests
      guests = those on the node too
      at the start = a snapshot of the guests, then they are started
      at the end = the guests are shut down
    ");
    let several = json!({ "what": "2 of gpus", "made": [made("R-12", &["gpu-a", "gpu-b"])] });
    insta::assert_snapshot!(said(with(&reserved(), several)), @"
    success: gpu-a and gpu-b are yours
      R-12 = 2026-12-01 10:00 to 12:00 Europe/Warsaw (+01:00): gpu-a and gpu-b
      title = kernel tests
    ");
    let named = json!({ "what": "web1 (101), pve2 and pve3", "made": [made("R-12", &["pve2", "pve3", "web1 (101)"])] });
    insta::assert_snapshot!(said(with(&reserved(), named)), @"
    success: pve2, pve3 and web1 (101) are yours
      R-12 = 2026-12-01 10:00 to 12:00 Europe/Warsaw (+01:00)
      title = kernel tests
    ");
    let series = json!({ "made": [made("R-12", &["pve1"]), made("R-13", &["pve1"])], "repeat": "every week, 3 times",
        "skipped": [{ "when": WHEN }] });
    insta::assert_snapshot!(said(with(&reserved(), series)), @"
    warning: pve1 is yours 2 times
    Not free and left out: 2026-12-01 10:00 to 12:00 Europe/Warsaw (+01:00).
      R-12 = 2026-12-01 10:00 to 12:00 Europe/Warsaw (+01:00)
      R-13 = 2026-12-01 10:00 to 12:00 Europe/Warsaw (+01:00)
      title = kernel tests
      repeats = every week, 3 times
    ");
    let pending = json!({ "what": "pve1 and pve2", "made": [made("R-12", &["pve1", "pve2"])], "pending": true });
    insta::assert_snapshot!(said(with(&reserved(), pending)), @"
    warning: pve1 and pve2 are held for you until somebody says yes
    An administrator or an approver says yes with /reserve approve R-12; nobody else can have them meanwhile.
      R-12 = 2026-12-01 10:00 to 12:00 Europe/Warsaw (+01:00)
      title = kernel tests
    ");
    insta::assert_snapshot!(said(with(&reserved(), json!({ "maintenance": true, "what": "the whole lab", "made": [made("R-12", &["the whole lab"])] }))), @"
    success: maintenance of the whole lab is booked
      R-12 = 2026-12-01 10:00 to 12:00 Europe/Warsaw (+01:00)
      title = kernel tests
    ");
}

#[test]
fn what_people_are_told_without_having_asked() {
    let title = |data: Value| said("reserve_told", &data).title_plain();
    let kinds = [
        "starts",
        "ends",
        "started",
        "ended",
        "offered",
        "unclaimed",
        "hopeless",
        "unapproved",
        "no-show",
        "asked",
        "spared",
        "not-acted",
    ];
    let mut all: Vec<String> = kinds.iter().map(|what| title(told(what))).collect();
    all.push(title(told_changed()));
    all.extend(kinds.iter().map(|what| title(with(&told(what), json!({ "name": "pve1 and pve2", "minutes": 1 })))));
    all.push(title(with(&told_changed(), json!({ "name": "pve1 and pve2" }))));
    insta::assert_snapshot!(all.join("\n"), @"
    R-12: pve1 is yours in 15 minutes
    R-12: pve1 is yours for 15 more minutes
    R-12: pve1 is yours now
    R-12: your time with pve1 is over
    R-12: pve1 is free, and held for you
    R-12: pve1 was offered to you and not taken
    R-12: pve1 did not become free in time
    R-12: nobody said yes to pve1 in time
    R-12: nobody checked in, so pve1 is given back
    R-12: alice asks for pve1
    R-12: pve1 is not destroyed
    R-12: the lab could not do its part with pve1
    R-12 of pve1 was cancelled by admin
    R-12: pve1 and pve2 are yours in 1 minute
    R-12: pve1 and pve2 are yours for 1 more minute
    R-12: pve1 and pve2 are yours now
    R-12: your time with pve1 and pve2 is over
    R-12: pve1 and pve2 are free, and held for you
    R-12: pve1 and pve2 were offered to you and not taken
    R-12: pve1 and pve2 did not become free in time
    R-12: nobody said yes to pve1 and pve2 in time
    R-12: nobody checked in, so pve1 and pve2 are given back
    R-12: alice asks for pve1 and pve2
    R-12: pve1 and pve2 are not destroyed
    R-12: the lab could not do its part with pve1 and pve2
    R-12 of pve1 and pve2 was cancelled by admin
    ");
    insta::assert_snapshot!(shown(&said("reserve_told", &told_changed())), @"
    info: R-12 of pve1 was cancelled by admin
      window = 2026-12-01 10:00 to 12:00 Europe/Warsaw (+01:00)
      title = kernel tests
      reason = the rack is down
    ");
}

#[test]
fn one_reservation_and_its_changes() {
    insta::assert_snapshot!(shown(&said("reserve_show", &show())), @"
    info: R-12 is booked: pve1
      what = pve1
      holder = alice
      window = 2026-12-01 10:00 to 12:00 Europe/Warsaw (+01:00)
      length = 2 h
      start = 2026-02-28 14:05 CET
      end = 2026-02-28 16:05 CET
      title = kernel tests
      note = two
    lines
      guests = those on the node too
      repeats = every week, 4 times
      R-13 = 2026-12-01 10:00 to 12:00 Europe/Warsaw (+01:00) (booked)
      at the start = a snapshot of the guests, then they are started
      at the end = the guests go back to the snapshot
      check-in = needed
      made = 2026-02-28 14:05 CET
    ");
    let two = changed("cancelled", &[row("R-12"), row("R-13")]);
    insta::assert_snapshot!(shown(&said("reserve_changed", &with(&two, json!({ "mine": false, "reason": "rack down" })))), @"
    success: 2 reservations are cancelled
      R-12 = pve1, 2026-12-01 10:00 to 12:00 Europe/Warsaw (+01:00) (booked)
      R-13 = pve1, 2026-12-01 10:00 to 12:00 Europe/Warsaw (+01:00) (booked)
      holder = alice
      reason = rack down
    ");
}

#[test]
fn resources_in_words() {
    insta::assert_snapshot!(shown(&said("resource_list", &resources())), @"
    info: 2 resources
    Other nodes, guests and devices can be reserved too; they are here once they were, or have rules.
    name | kind | now | until | about
    testbeds | pool | 1 of 2 free |  | two of a kind; pve2, pve3; at most 2 h, 10 min free after
    rack-a | named | alice (R-12) | 2026-02-28 14:05 CET |
    ");
    insta::assert_snapshot!(shown(&said("resource_added", &resource())), @"
    success: pool testbeds can be reserved
    /reserve new testbeds reserves it.
      description = two of a kind
      members = pve2 and pve3
      rules = needs a yes of bob, at most 2 h
    ");
}

#[test]
fn a_week_and_who_has_something() {
    insta::assert_snapshot!(shown(&said("reserve_calendar", &calendar())), @"
    info: Reservations, week of 30 Nov 2026
    Before: /reserve calendar from=2026-11-23, after: /reserve calendar from=2026-12-07.
    id | what | when | holder | status | title
    R-12 | pve1 | 2026-12-01 10:00 to 12:00 Europe/Warsaw (+01:00) | alice | booked | kernel tests
    ");
    let held = json!({ "reservations": { "now": [held("alice")], "next": held("bob") } });
    let fields = |template: &str, data: &Value| {
        let reply = said(template, &with(data, held.clone()));
        let told = reply.fields.iter().filter(|f| f.name == "reserved" || f.name == "next");
        told.map(|f| format!("{} = {}", f.name, f.value.plain(&reply.zone))).collect::<Vec<_>>().join("\n")
    };
    insta::assert_snapshot!(fields("guest_show", &super::guest_show()), @"
    reserved = R-12 of alice until 2026-02-28 16:05 CET
    next = R-12 of bob (maintenance) from 2026-02-28 14:05 CET
    ");
    insta::assert_snapshot!(fields("node_show", &super::node_show()), @"
    reserved = R-12 of alice until 2026-02-28 16:05 CET
    next = R-12 of bob (maintenance) from 2026-02-28 14:05 CET
    ");
}
