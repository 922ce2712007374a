//! Reservations, as scripts of the first direttore make and read them.

use super::{
    super::{
        calendars::program::Sidecar,
        story::{PATIENCE, Story, on_both, on_both_by_rules},
    },
    program::Script,
};
use direttore_core::{BookingLimits, Rules};
use direttore_domain::{Role, Zone};
use serde_json::{Value, json};
use std::time::Duration;

/// A Monday.
const MONDAY: &str = "2040-01-02T09:00Z";
const ALL: &str = "/api/reservations/";

/// Of a day in January 2040.
fn slot(title: &str, day: u32, hours: (u32, u32)) -> Value {
    let at = |hour: u32| format!("2040-01-{day:02}T{hour:02}:00:00");
    json!({ "title": title, "start_dt": at(hours.0), "end_dt": at(hours.1) })
}

fn with(mut body: Value, more: Value) -> Value {
    let (Some(to), Value::Object(more)) = (body.as_object_mut(), more) else { panic!("objects") };
    to.extend(more);
    body
}

/// What a person is told.
async fn told(story: &Story, who: &str, line: &str) -> String {
    story.ask(who, line).await.iter().map(|reply| reply.to_json().to_string()).collect()
}

fn ids(list: &Value) -> Vec<i64> {
    list.as_array().expect("a list").iter().filter_map(|one| one["id"].as_i64()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_a_guest_or_nothing_is_reserved() {
    on_both(async |s| {
        s.it_is(MONDAY).await;
        let sidecar = Sidecar::of(s).await;
        let script = Script::of(&sidecar, "operator").await;
        let body = with(slot("BGP lab session", 3, (10, 12)), json!({
            "requester": "alice", "resource_type": "lxc", "proxmox_node": "pve1", "vmid": 100, "notes": "first\nsecond",
        }));
        let made = script.post(ALL, body).await;
        assert_eq!(made.status, 201, "{made:?}");
        assert_eq!(made.text, r#"{"id":1,"title":"BGP lab session","requester":"alice","resource_type":"lxc","proxmox_node":"pve1","vmid":100,"start_dt":"2040-01-03T10:00:00","end_dt":"2040-01-03T12:00:00","status":"pending","notes":"first\nsecond"}"#);
        let note = script.post("/api/reservations", slot("no node", 3, (10, 12))).await;
        assert_eq!((note.status, &note.json()["requester"]), (201, &json!("operator")), "{note:?}");
        assert_eq!((&note.json()["proxmox_node"], &note.json()["vmid"]), (&Value::Null, &Value::Null));
        assert_eq!((&note.json()["resource_type"], &note.json()["notes"]), (&json!("vm"), &Value::Null));
        let again = script.post(ALL, slot("as many as one likes", 3, (10, 12))).await;
        assert_eq!(again.status, 201, "a note is in nobody's way");
        let clash = with(slot("clash", 3, (11, 13)), json!({ "proxmox_node": "pve1" }));
        let conflict = "409 Conflicts with existing reservation #1 ('BGP lab session')";
        assert_eq!(script.post(ALL, clash).await.said(), conflict);
        let adjacent = with(slot("adjacent", 3, (12, 13)), json!({ "proxmox_node": "pve1" }));
        assert_eq!(script.post(ALL, adjacent).await.status, 201);
        let guest = with(slot("the guest", 3, (10, 12)), json!({ "vmid": 100 }));
        let made = script.post(ALL, guest.clone()).await;
        assert_eq!((made.status, &made.json()["vmid"], &made.json()["proxmox_node"]), (201, &json!(100), &Value::Null));
        assert_eq!(script.post(ALL, guest).await.said(), "409 Conflicts with existing reservation #5 ('the guest')");
        // In chat they are what everybody's are, and the other way round.
        let shown = told(s, "viewer", "/reserve list").await;
        for part in ["BGP lab session", "a note", "pve1", "(100)"] {
            assert!(shown.contains(part), "{part}: {shown}");
        }
        let shown = told(s, "viewer", "/reserve show R-1").await;
        assert!(shown.contains("alice") && shown.contains("second"), "{shown}");
        let refused = told(s, "admin", r#"/reserve new pve1 from="2040-01-03 11:00" for=1h"#).await;
        assert!(refused.contains("conflict"), "{refused}");
        s.ask("operator", r#"/reserve new pve2 from="2040-01-04 11:00" for=1h"#).await;
        s.ask("operator", r#"/reserve new nothing from="2040-01-04 11:00" for=1h title="a talk""#).await;
        let list = script.get(ALL).await.json();
        assert_eq!(ids(&list), [1, 2, 3, 4, 5, 6, 7]);
        assert_eq!(list[5]["proxmox_node"], "pve2");
        assert_eq!((&list[5]["title"], &list[5]["requester"]), (&json!(""), &json!("operator")));
        assert_eq!((&list[6]["title"], &list[6]["proxmox_node"]), (&json!("a talk"), &Value::Null));
        assert_eq!(script.get("/api/reservations/6").await.json(), list[5]);
        assert_eq!(script.get("/api/reservations/99").await.said(), "404 Reservation not found");
        assert_eq!(script.get("/api/reservations/0").await.said(), "404 Reservation not found");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_of_a_while_and_whether_it_changed() {
    on_both(async |s| {
        s.it_is(MONDAY).await;
        let sidecar = Sidecar::of(s).await;
        let script = Script::of(&sidecar, "operator").await;
        for day in 3..=5 {
            let body = with(slot("one", day, (10, 12)), json!({ "proxmox_node": "pve1" }));
            assert_eq!(script.post(ALL, body).await.status, 201);
        }
        // What ends then and what begins then is in it.
        for (query, wanted) in [
            ("", &[1, 2, 3][..]),
            ("?start=2040-01-03T12:00:00", &[1, 2, 3]),
            ("?start=2040-01-03T12:00:01", &[2, 3]),
            ("?end=2040-01-04T10:00:00Z", &[1, 2]),
            ("?start=2040-01-04&end=2040-01-05", &[2]),
            ("?start=2040-01-05T13:00:00%2B01:00", &[3]),
            ("?start=2209204801", &[2, 3]),
            ("?start=&end=", &[]),
        ] {
            let told = script.get(&format!("{ALL}{query}")).await;
            if query == "?start=&end=" {
                assert_eq!(told.status, 422);
                continue;
            }
            assert_eq!(ids(&told.json()), wanted, "{query}");
        }
        let bad = script.get(&format!("{ALL}?start=garbage")).await.said();
        assert_eq!(bad, "422 query.start: Input should be a valid datetime or date, input is too short");
        let (first, second) = (script.get(ALL).await, script.get(ALL).await);
        let etag = first.header("etag").to_owned();
        assert!(etag.starts_with('"') && first.text == second.text && etag == second.header("etag"));
        let unless = async |etag: &str| Script::send(script.request("GET", ALL).header("If-None-Match", etag)).await;
        let same = unless(&etag).await;
        assert_eq!((same.status, same.text.as_str(), same.header("etag")), (304, "", etag.as_str()));
        s.ask("operator", "/reserve cancel R-2").await;
        let other = unless(&etag).await;
        assert_eq!((other.status, &other.json()[1]["status"]), (200, &json!("cancelled")), "a cancelled one stays");
        assert_ne!(other.header("etag"), etag);
        // Nobody is told by what is kept for others.
        assert_eq!(Script::nobody(&sidecar).get(ALL).await.said(), "401 Not authenticated");
        let stranger = Script::of(&sidecar, "stranger").await;
        assert_eq!(stranger.get(ALL).await.said(), "403 Requires one of: ['viewer', 'operator', 'admin']");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn reservations_that_cannot_be() {
    on_both(async |s| {
        s.it_is(MONDAY).await;
        let sidecar = Sidecar::of(s).await;
        let script = Script::of(&sidecar, "operator").await;
        let long = "t".repeat(129);
        let of = |start: Value, end: Value| json!({ "title": "x", "start_dt": start, "end_dt": end });
        let node = |name: &str| with(slot("x", 3, (10, 12)), json!({ "proxmox_node": name }));
        for (body, said) in [
            (json!({ "title": "x" }), "422 body.start_dt: Field required; body.end_dt: Field required"),
            (of(json!("yesterday"), json!("2040-01-03T12:00:00")), "422 body.start_dt: Input should be a valid datetime or date, input is too short"),
            (of(json!(null), json!(true)), "422 body.start_dt: Input should not be null; body.end_dt: Input should be a valid datetime"),
            (of(json!("2040-01-03T12:00:00"), json!("2040-01-03T10:00:00")), "400 end_dt must be after start_dt"),
            (of(json!("2040-01-03T12:00:00Z"), json!("2040-01-03T13:00:00+01:00")), "400 end_dt must be after start_dt"),
            (of(json!("1999-03-01T10:00:00"), json!("1999-03-01T12:00:00")), "422 start_dt: 1999-03-01 10:00 to 12:00 UTC (+00:00) is in the past; right would be a time from now on; it is 2040-01-02 09:00"),
            (of(json!("2039-03-01T10:00:00"), json!("2199-03-01T12:00:00")), "422 "),
            (slot("", 3, (10, 12)), "422 body.title: String should have at least 1 character"),
            (slot(" \r\n ", 3, (10, 12)), "422 body.title: String should have at least 1 character"),
            (slot(&long, 3, (10, 12)), "422 body.title: String should have at most 128 characters"),
            (slot("a\u{0}b", 3, (10, 12)), "422 body.title: Value error, control characters are not taken"),
            (with(slot("x", 3, (10, 12)), json!({ "title": 7, "vmid": -1, "resource_type": "pod" })), "422 body.title: Input should be a valid string; body.resource_type: Input should be 'vm' or 'lxc'; body.vmid: Input should be greater than or equal to 100"),
            (node("PVE1"), "404 there is no node \"PVE1\"; did you mean pve1?"),
            (node("pve9"), "404 there is no node \"pve9\"; did you mean pve1?"),
            (node("nothing"), "404 there is no node \"nothing\"; there are pve1, pve2 and pve3"),
            (with(slot("x", 3, (10, 12)), json!({ "vmid": 99_999 })), "404 there is no resource \"guest:99999\""),
            (json!([]), "422 body: Input should be a valid dictionary or object to extract fields from"),
        ] {
            let told = script.post(ALL, body.clone()).await.said();
            assert!(told.starts_with(said), "{body}\n{told}\n{said}");
        }
        for (path, said) in [
            ("/api/reservations/abc", "422 path.reservation_id: Input should be a valid integer, unable to parse string as an integer"),
            ("/api/reservations/99999999999999999999", "422 path.reservation_id: Unable to parse input string as an integer, exceeded maximum size"),
        ] {
            assert_eq!(script.get(path).await.said(), said);
            assert_eq!(script.patch(path, json!({})).await.said(), said);
            assert_eq!(script.delete(path).await.said(), said);
        }
        // A title of several lines is one line, and nothing in a calendar that it is not.
        let body = slot("Bob\r\nATTENDEE:mailto:x@example.com, and; more", 3, (10, 12));
        let made = script.post(ALL, with(body, json!({ "notes": "l1\nl2" }))).await;
        assert_eq!((made.status, &made.json()["title"]), (201, &json!("Bob ATTENDEE:mailto:x@example.com, and; more")));
        assert_eq!(made.json()["notes"], "l1\nl2");
        assert_eq!(ids(&script.get(ALL).await.json()), [made.json()["id"].as_i64().expect("a number")]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn instants_are_compared_and_not_the_digits_of_clocks() {
    on_both(async |s| {
        s.it_is(MONDAY).await;
        let sidecar = Sidecar::of(s).await;
        let script = Script::of(&sidecar, "operator").await;
        let at = |title: &str, start: &str, end: &str| {
            json!({ "title": title, "proxmox_node": "pve1", "start_dt": start, "end_dt": end })
        };
        let made = script.post(ALL, at("utc", "2040-03-05T10:00:00Z", "2040-03-05T12:00:00Z")).await;
        assert_eq!(made.status, 201);
        let said = script.post(ALL, at("x", "2040-03-05T05:30:00-05:00", "2040-03-05T07:30:00-05:00")).await.said();
        assert_eq!(said, "409 Conflicts with existing reservation #1 ('utc')");
        let made = script.post(ALL, at("y", "2040-03-05T10:00:00-05:00", "2040-03-05T12:00:00-05:00")).await;
        assert_eq!((made.status, &made.json()["start_dt"]), (201, &json!("2040-03-05T15:00:00")));
        let mixed = script.post(ALL, at("mixed", "2040-03-06T10:00:00Z", "2040-03-06T12:00:00")).await;
        assert_eq!(mixed.status, 201, "{mixed:?}");
        let span = script.post(ALL, at("span", "2040-03-07T10:00:00+00:00", "2040-03-07T09:00:00-05:00")).await;
        assert_eq!((span.status, &span.json()["end_dt"]), (201, &json!("2040-03-07T14:00:00")));
        let epoch = json!({ "title": "epoch", "start_dt": 2_214_748_800_i64, "end_dt": "2214752400" });
        let made = script.post(ALL, epoch).await;
        assert_eq!((made.status, &made.json()["start_dt"]), (201, &json!("2040-03-07T16:00:00")), "{made:?}");
        // Where the configuration names another zone.
        let there = Sidecar::in_zone(s, "Europe/Rome".parse::<Zone>().expect("a zone")).await;
        let roman = Script::of(&there, "operator").await;
        assert_eq!(roman.get("/api/reservations/1").await.json()["start_dt"], "2040-03-05T11:00:00");
        let made = roman.post(ALL, at("rome", "2040-03-08T10:00:00", "2040-03-08T12:00:00")).await.json();
        assert_eq!(made["start_dt"], "2040-03-08T10:00:00");
        let path = format!("/api/reservations/{}", made["id"]);
        assert_eq!(script.get(&path).await.json()["start_dt"], "2040-03-08T09:00:00");
        let gap = roman.post(ALL, at("gap", "2040-03-25T02:30:00", "2040-03-25T05:00:00")).await.said();
        assert!(gap.starts_with("422 body.start_dt: Value error, 2040-03-25 02:30 is on no clock in Europe/Rome"), "{gap}");
        assert_eq!(ids(&roman.get(&format!("{ALL}?start=2040-03-08T12:00:00&end=2040-03-08T12:00:00")).await.json()), [6]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reservation_is_changed_in_all_that_it_says() {
    on_both(async |s| {
        s.it_is(MONDAY).await;
        let sidecar = Sidecar::of(s).await;
        let script = Script::of(&sidecar, "operator").await;
        let body = with(slot("first", 3, (10, 12)), json!({ "proxmox_node": "pve1", "vmid": 100, "notes": "n1" }));
        let made = script.post(ALL, body).await.json();
        let path = "/api/reservations/1";
        assert_eq!(script.patch(path, json!({})).await.json(), made);
        let changed = script.patch(path, json!({ "title": "renamed", "status": "active", "notes": "n2" })).await;
        assert_eq!(changed.status, 200, "{changed:?}");
        // Its time has not come, whatever is said.
        assert_eq!(changed.json()["status"], "pending");
        assert_eq!((&changed.json()["title"], &changed.json()["notes"]), (&json!("renamed"), &json!("n2")));
        let moved = script.patch(path, json!({ "start_dt": "2040-01-03T09:00:00" })).await.json();
        assert_eq!(
            (&moved["start_dt"], &moved["end_dt"]),
            (&json!("2040-01-03T09:00:00"), &json!("2040-01-03T12:00:00"))
        );
        let cleared = script.patch(path, json!({ "notes": null, "requester": "bob", "vmid": 101 })).await.json();
        assert_eq!(
            (&cleared["notes"], &cleared["requester"], &cleared["vmid"]),
            (&Value::Null, &json!("bob"), &json!(101))
        );
        assert_eq!(cleared["proxmox_node"], "pve1");
        let other = with(slot("other", 3, (8, 12)), json!({ "proxmox_node": "pve2" }));
        assert_eq!(script.post(ALL, other).await.status, 201);
        let conflict = "409 Conflicts with existing reservation #2 ('other')";
        assert_eq!(script.patch(path, json!({ "proxmox_node": "pve2" })).await.said(), conflict);
        assert_eq!(script.get(path).await.json(), cleared, "it stayed as it was");
        for (body, said) in [
            (
                json!({ "status": "bogus" }),
                "422 body.status: Input should be 'pending', 'active', 'completed' or 'cancelled'",
            ),
            (json!({ "end_dt": "2040-01-03T09:00:00" }), "400 end_dt must be after start_dt"),
            (json!({ "title": "" }), "422 body.title: String should have at least 1 character"),
            (json!({ "proxmox_node": "pve9" }), "404 there is no node \"pve9\"; did you mean pve1?"),
            (json!({ "status": "completed" }), "409 R-1 cannot be released: it is booked"),
            (
                json!({ "status": "cancelled", "start_dt": "2040-01-04T09:00:00" }),
                "422 its time and what it is of cannot be changed by the request that ends it",
            ),
            (json!({ "start_dt": "2040-01-01T09:00:00" }), "422 start_dt: 2040-01-01 09:00 to "),
        ] {
            let told = script.patch(path, body.clone()).await.said();
            assert!(told.starts_with(said), "{body}\n{told}\n{said}");
        }
        assert_eq!(script.patch("/api/reservations/99", json!({})).await.said(), "404 Reservation not found");
        // Without its node it is of its guest, and without both of nothing.
        let guest = script.patch(path, json!({ "proxmox_node": null })).await.json();
        assert_eq!((&guest["proxmox_node"], &guest["vmid"]), (&Value::Null, &json!(101)));
        assert!(told(s, "viewer", "/reserve show R-1").await.contains("(101)"));
        let note = script.patch(path, json!({ "vmid": null })).await.json();
        assert_eq!((&note["proxmox_node"], &note["vmid"]), (&Value::Null, &Value::Null));
        assert!(told(s, "viewer", "/reserve show R-1").await.contains("a note"));
        let node = script.patch(path, json!({ "proxmox_node": "pve3" })).await.json();
        assert_eq!(node["proxmox_node"], "pve3");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reservation_ends_and_is_taken_again() {
    on_both(async |s| {
        s.it_is(MONDAY).await;
        let sidecar = Sidecar::of(s).await;
        let script = Script::of(&sidecar, "operator").await;
        let body = with(slot("mine", 3, (10, 12)), json!({ "proxmox_node": "pve1", "requester": "alice" }));
        assert_eq!(script.post(ALL, body.clone()).await.status, 201);
        let path = "/api/reservations/1";
        for _ in 0..2 {
            assert_eq!(script.delete(path).await.status, 204);
            assert_eq!(script.get(path).await.json()["status"], "cancelled");
        }
        assert_eq!(
            script.patch(path, json!({ "title": "x" })).await.said(),
            "409 R-1 cannot be changed: it is cancelled"
        );
        assert_eq!(script.patch(path, json!({ "status": "cancelled" })).await.status, 200);
        let said = script.patch(path, json!({ "status": "active" })).await.said();
        assert_eq!(said, "409 Reservation #1: it is cancelled; its time alone makes a reservation active");
        let again = script.patch(path, json!({ "status": "pending" })).await.json();
        assert_eq!((&again["status"], &again["requester"]), (&json!("pending"), &json!("alice")));
        let conflict = "409 Conflicts with existing reservation #1 ('mine')";
        assert_eq!(script.post(ALL, body.clone()).await.said(), conflict, "its slot is taken again");
        assert_eq!(
            script.patch(path, json!({ "status": "cancelled", "notes": "not needed" })).await.json()["status"],
            "cancelled"
        );
        assert_eq!(script.get(path).await.json()["notes"], "not needed");
        assert_eq!(script.post(ALL, with(body, json!({ "title": "theirs" }))).await.status, 201);
        let said = script.patch(path, json!({ "status": "pending" })).await.said();
        assert_eq!(said, "409 Conflicts with existing reservation #2 ('theirs')");
        let elsewhere = json!({ "status": "pending", "proxmox_node": "pve2" });
        assert_eq!(script.patch(path, elsewhere).await.json()["proxmox_node"], "pve2");
        // What runs is given back, and is over then.
        s.dispatch.pass(Duration::from_secs(25 * 3600 + 60), "story", PATIENCE).await.expect("time passes");
        assert_eq!(script.get(path).await.json()["status"], "active");
        let said = script.patch(path, json!({ "status": "pending" })).await.said();
        assert_eq!(said, "409 Reservation #1: it has begun, and is active until it ends, or is completed or cancelled");
        assert_eq!(script.patch(path, json!({ "status": "active" })).await.json()["status"], "active");
        let done = script.patch(path, json!({ "status": "completed", "title": "mine, done" })).await.json();
        assert_eq!((&done["status"], &done["title"]), (&json!("completed"), &json!("mine, done")));
        assert_eq!(script.delete("/api/reservations/2").await.status, 204);
        assert_eq!(script.get("/api/reservations/2").await.json()["status"], "completed");
        assert_eq!(script.delete("/api/reservations/2").await.status, 204);
        let said = script.patch(path, json!({ "status": "pending" })).await.said();
        assert_eq!(said, "409 R-1 cannot be changed: it is released");
        assert_eq!(
            script.patch(path, json!({ "status": "cancelled" })).await.said(),
            "409 R-1 cannot be cancelled: it is released"
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whose_it_is_and_who_may() {
    on_both(async |s| {
        s.it_is(MONDAY).await;
        let sidecar = Sidecar::of(s).await;
        let (viewer, operator, admin) = (
            Script::of(&sidecar, "viewer").await,
            Script::of(&sidecar, "operator").await,
            Script::by_token(s, &sidecar, "admin").await,
        );
        let body = with(slot("held", 2, (9, 20)), json!({ "proxmox_node": "pve1" }));
        let made = admin.post(ALL, body.clone()).await;
        assert_eq!((made.status, &made.json()["requester"]), (201, &json!("admin")), "{made:?}");
        let guest = with(slot("held too", 2, (9, 20)), json!({ "vmid": 100 }));
        assert_eq!(admin.post(ALL, guest).await.status, 201);
        let path = "/api/reservations/1";
        let needs = "403 Requires one of: ['operator', 'admin']";
        assert_eq!(viewer.post(ALL, json!("nonsense")).await.said(), needs, "before what is given is looked at");
        assert_eq!(viewer.patch(path, json!({})).await.said(), needs);
        assert_eq!(viewer.delete(path).await.said(), needs);
        assert_eq!(viewer.get(path).await.status, 200);
        let nobody = Script::nobody(&sidecar);
        for (method, path) in [("POST", ALL), ("GET", path), ("PATCH", path), ("DELETE", path)] {
            let told = Script::send(nobody.request(method, path)).await;
            assert_eq!((told.said().as_str(), told.header("www-authenticate")), ("401 Not authenticated", "Bearer"));
        }
        for method in ["PUT", "POST"] {
            assert_eq!(Script::send(operator.request(method, path)).await.said(), "405 Method Not Allowed");
        }
        assert_eq!(operator.patch(path, json!({ "title": "x" })).await.said(), "403 R-1 belongs to admin");
        assert_eq!(operator.delete(path).await.said(), "403 R-1 belongs to admin");
        // While it lasts, nobody else acts on what it is of.
        s.dispatch.pass(Duration::from_secs(60), "story", PATIENCE).await.expect("time passes");
        let refused = told(s, "operator", "/power stop 100").await;
        assert!(refused.contains("is reserved: R-2 of admin"), "{refused}");
        let theirs = operator.post(ALL, with(slot("theirs", 4, (9, 20)), json!({ "proxmox_node": "pve1" }))).await;
        assert_eq!(theirs.status, 201);
        let path = "/api/reservations/3";
        let why = "409 pve1 is reserved: R-3 of operator; say why with reason=, and it is done all the same";
        assert_eq!(admin.delete(path).await.said(), why);
        assert_eq!(admin.patch(path, json!({ "title": "x" })).await.said(), why);
        let changed = admin.patch(path, json!({ "title": "ours", "reason": "a fire drill" })).await;
        assert_eq!((changed.status, &changed.json()["requester"]), (200, &json!("operator")));
        assert_eq!(admin.delete(&format!("{path}?reason=a%20fire%20drill")).await.status, 204);
        assert!(told(s, "admin", "/audit what=reserve").await.contains("fire drill"));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn rules_hold_for_programs_too() {
    let rules = || {
        let mut rules = Rules::default();
        rules.reserve.approve_over = Duration::from_secs(8 * 3600);
        rules.reserve.limits = vec![(Role::Operator, BookingLimits { at_once: Some(2), ..BookingLimits::default() })];
        rules
    };
    on_both_by_rules(rules, async |s| {
        s.it_is(MONDAY).await;
        let sidecar = Sidecar::of(s).await;
        let script = Script::of(&sidecar, "operator").await;
        let long = with(slot("long", 3, (1, 20)), json!({ "proxmox_node": "pve1" }));
        assert_eq!(script.post(ALL, long).await.json()["status"], "pending");
        assert!(told(s, "viewer", "/reserve show R-1").await.contains("R-1 is pending"), "somebody has to say yes");
        let note = script.post(ALL, slot("a long note", 3, (1, 20))).await;
        assert_eq!(note.status, 201);
        assert!(told(s, "viewer", "/reserve show R-2").await.contains("R-2 is booked"), "to a note nobody has to");
        let third = script.post(ALL, with(slot("x", 4, (1, 2)), json!({ "proxmox_node": "pve1" }))).await.said();
        assert_eq!(third, "409 you have 2 reservations ahead of you, and the limit is 2 at once");
        assert_eq!(script.delete("/api/reservations/1").await.status, 204);
        assert_eq!(script.post(ALL, slot("x", 4, (1, 2))).await.status, 201);
        let said = script.patch("/api/reservations/1", json!({ "status": "pending" })).await.said();
        assert_eq!(said, "409 you have 2 reservations ahead of you, and the limit is 2 at once");
        assert_eq!(script.delete("/api/reservations/2").await.status, 204);
        assert_eq!(script.patch("/api/reservations/1", json!({ "status": "pending" })).await.status, 200);
        assert!(told(s, "viewer", "/reserve show R-1").await.contains("R-1 is pending"), "and again");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn all_of_it_is_a_calendar() {
    on_both(async |s| {
        s.it_is(MONDAY).await;
        let sidecar = Sidecar::of(s).await;
        let script = Script::of(&sidecar, "operator").await;
        let body = with(slot("BGP, lab", 3, (10, 12)), json!({ "proxmox_node": "pve1", "notes": "l1\nl2" }));
        assert_eq!(script.post(ALL, body).await.status, 201);
        assert_eq!(script.post(ALL, slot("a talk", 3, (10, 12))).await.status, 201);
        let path = "/api/reservations/export/ical";
        let told = Script::of(&sidecar, "viewer").await.get(path).await;
        assert_eq!((told.status, told.header("content-type")), (200, "text/calendar; charset=utf-8"));
        for part in ["BEGIN:VCALENDAR\r\n", "SUMMARY:pve1: BGP\\, lab (operator)", "DTSTART", "a talk", "l1\\nl2"] {
            assert!(told.text.contains(part), "{part}: {}", told.text);
        }
        let etag = told.header("etag").to_owned();
        let same = Script::send(script.request("GET", path).header("If-None-Match", &etag)).await;
        assert_eq!((same.status, same.text.as_str()), (304, ""));
        let nobody = Script::nobody(&sidecar).get(path).await;
        assert_eq!((nobody.said().as_str(), nobody.header("www-authenticate")), ("401 Not authenticated", "Bearer"));
        let stranger = Script::of(&sidecar, "stranger").await.get(path).await;
        assert_eq!(stranger.said(), "403 Requires one of: ['viewer', 'operator', 'admin']");
    })
    .await;
}
