use super::*;
use crate::{
    Store,
    claim::{self, Claim, Slot, Span},
    resource,
    trials::{self, NOW, booked, committed, console, new_reservation, node, on_both, operator, reserved},
};
use direttore_domain::AtEnd;

const HOUR: i64 = 3_600_000;

fn later(hours: i64) -> Instant {
    Instant(NOW.0 + hours * HOUR)
}

/// With something in every field.
fn full() -> Content {
    Content {
        title: "demo\0 for \"Bob\"".to_owned(),
        note: "line\nline 🚀".to_owned(),
        starts: later(1),
        ends: later(3),
        zone: "Europe/Rome".to_owned(),
        status: ReservationStatus::Pending,
        covers_guests: true,
        wanted: vec![Wanted { key: "pool/gpus".parse().expect("a key"), name: "gpus".to_owned(), count: 2 }],
        acts: Acts { start: true, snapshot: true, end: AtEnd::Rollback },
        reminded: 3,
        checked_in: Some(later(1)),
        check_in_ms: 900_000,
        offered_until: Some(later(2)),
        due: Some(later(1)),
        href: "a b.ics".to_owned(),
        body: "BEGIN:VCALENDAR\r\n".to_owned(),
        recurs: Some(later(1)),
        request: Some(Request {
            requester: Some("Zoë".to_owned()),
            kind: None,
            vmid: Some("100".parse().expect("a VMID")),
        }),
    }
}

/// Booked by nobody in particular, and what was said of it.
async fn made(tx: &mut Tx, uid: &str, change: impl FnOnce(&mut Content)) -> ReservationId {
    let (origin, mut content) = (console("here"), booked(uid));
    change(&mut content);
    trials::made(create(tx, &new_reservation(uid, &origin, &content), &[], &[]).await).id
}

fn uids(found: &[Reservation]) -> Vec<&str> {
    found.iter().map(|r| r.uid.as_str()).collect()
}

fn named(resources: &[Held]) -> Vec<&str> {
    resources.iter().map(|r| r.name.as_str()).collect()
}

#[tokio::test]
async fn it_is_kept_as_it_was_said() {
    on_both(async |store| {
        let alice = operator(&store, "alice").await;
        let (origin, content) = (console("here"), full());
        let new = NewReservation {
            series: "s",
            position: 4,
            recurrence: "FREQ=WEEKLY",
            account_id: Some(alice.id),
            is_maintenance: true,
            ..new_reservation("u1", &origin, &content)
        };
        let given = committed!(store, tx => trials::made(create(&mut tx, &new, &[], &[]).await));
        let id = given.id;
        let mut tx = store.write().await.expect("a transaction");
        let kept = get(&mut tx, id).await.expect("read").expect("there");
        let as_kept = Content { title: "demo\u{2400} for \"Bob\"".to_owned(), ..full() };
        assert_eq!(kept.content, as_kept);
        assert_eq!(kept.title, as_kept.title, "its content is its own");
        assert_eq!((kept.uid.as_str(), kept.series.as_str(), kept.position), ("u1", "s", 4));
        assert_eq!(
            (kept.recurrence.as_str(), kept.account_id, kept.holder.as_str()),
            ("FREQ=WEEKLY", Some(alice.id), "alice")
        );
        assert_eq!((&kept.origin, kept.is_maintenance, kept.rev, kept.sequence), (&origin, true, 1, 0));
        assert_eq!((kept.created, kept.changed, kept.resources.len()), (NOW, NOW, 0));
        assert_eq!(given, kept, "who made it is told what is kept");
        assert_eq!(by_uid(&mut tx, "u1").await, Ok(Some(kept)));
        assert_eq!(by_uid(&mut tx, "U1").await, Ok(None));
        assert_eq!(get(&mut tx, ReservationId(id.0 + 1)).await, Ok(None));
        assert_eq!(create(&mut tx, &new, &[], &[]).await, Ok(Created::SameUid), "there is one of that uid");
        assert!(get(&mut tx, id).await.is_ok_and(|found| found.is_some()), "and the transaction goes on");
    })
    .await;
}

#[tokio::test]
async fn it_is_made_with_all_that_it_is_of_and_its_slots_or_not_at_all() {
    on_both(async |store| {
        let mut tx = store.write().await.expect("a transaction");
        let (pve2, pve1) = (node(&mut tx, "pve2").await, node(&mut tx, "pve1").await);
        tx.commit().await.expect("committed");
        let (origin, content) = (console("here"), booked("u1"));
        let of = [("pve1", pve1), ("pve2", pve2)].map(|(name, id)| Held {
            id,
            key: format!("node/lab/{name}").parse().expect("a key"),
            name: name.to_owned(),
        });
        let slot = |resource, from_s| Slot { resource, lane: 0, span: Span { from_s, to_s: from_s + 60 } };
        let slots = [slot(pve2, 0), slot(pve1, 60), slot(pve1, 0)];
        let new = new_reservation("u1", &origin, &content);
        let given = committed!(store, tx => trials::made(create(&mut tx, &new, &of, &slots).await));
        let mut tx = store.write().await.expect("a transaction");
        assert_eq!(get(&mut tx, given.id).await, Ok(Some(given.clone())));
        let taken = claim::of(&mut tx, given.id).await.expect("read");
        assert_eq!(taken.len(), 3);
        assert!(slots.iter().all(|slot| taken.contains(&slot.of(given.id))), "{taken:?}");
        // One of that uid takes nothing, also where there is room.
        assert_eq!(create(&mut tx, &new, &of, &[slot(pve1, 600)]).await, Ok(Created::SameUid));
        assert_eq!(
            trials::made(create(&mut tx, &new_reservation("u2", &origin, &content), &of, &[]).await).resources,
            of
        );
        let new = new_reservation("u3", &origin, &content);
        assert_eq!(create(&mut tx, &new, &of, &[slot(pve2, 600), slot(pve1, 119)]).await, Ok(Created::Blocked));
        assert!(matches!(tx.commit().await, Err(StoreError::Refused(_))), "half of it is nothing");
        let mut tx = store.write().await.expect("a transaction");
        let new = new_reservation("u4", &origin, &content);
        let lane = Slot { lane: 1, ..slot(pve1, 600) };
        assert!(matches!(create(&mut tx, &new, &of, &[lane]).await, Err(StoreError::Refused(_))), "it has one lane");
        drop(tx);
        let mut tx = store.read().await.expect("a transaction");
        for uid in ["u2", "u3", "u4"] {
            assert_eq!(by_uid(&mut tx, uid).await, Ok(None), "{uid}");
        }
    })
    .await;
}

#[tokio::test]
async fn of_two_who_change_what_they_read_the_second_is_told() {
    on_both(async |store| {
        let id = committed!(store, tx => reserved(&mut tx, "u1").await);
        committed!(store, tx => {
            assert_eq!(update(&mut tx, id, 1, &full(), true, later(1)).await, Ok(true));
            assert_eq!(update(&mut tx, id, 1, &booked("stale"), true, later(2)).await, Ok(false));
            assert_eq!(update(&mut tx, id, 2, &full(), false, later(2)).await, Ok(true));
            assert_eq!(update(&mut tx, ReservationId(id.0 + 1), 1, &full(), true, NOW).await, Ok(false));
        });
        let mut tx = store.read().await.expect("a transaction");
        let kept = get(&mut tx, id).await.expect("read").expect("there");
        assert_eq!(kept.content, Content { title: "demo\u{2400} for \"Bob\"".to_owned(), ..full() });
        assert_eq!((kept.rev, kept.sequence), (3, 1), "only news are counted for calendars");
        assert_eq!((kept.created, kept.changed), (NOW, later(2)));
    })
    .await;
}

#[tokio::test]
async fn two_that_change_it_at_once_are_not_both_believed() {
    on_both(async |store| {
        let id = committed!(store, tx => reserved(&mut tx, "u1").await);
        let change = async |hours| {
            let content = Content { ends: later(hours), ..booked("u1") };
            committed!(store, tx => update(&mut tx, id, 1, &content, true, NOW).await.expect("no failure"))
        };
        let (a, b) = tokio::join!(change(5), change(6));
        assert!(a != b, "{a} {b}");
    })
    .await;
}

#[tokio::test]
async fn what_it_lost_is_remembered() {
    on_both(async |store| {
        let mut tx = store.write().await.expect("a transaction");
        let (pve2, pve1) = (node(&mut tx, "pve2").await, node(&mut tx, "pve1").await);
        let id = reserved(&mut tx, "u1").await;
        set_resources(&mut tx, id, &[pve2, pve1, pve2]).await.expect("set");
        assert_eq!(named(&get(&mut tx, id).await.expect("read").expect("there").resources), ["pve1", "pve2"]);
        set_resources(&mut tx, id, &[pve2]).await.expect("set");
        assert_eq!(named(&get(&mut tx, id).await.expect("read").expect("there").resources), ["pve2"]);
        let of_both = [of_resource(&mut tx, pve1, NOW).await, of_resource(&mut tx, pve2, NOW).await];
        let of_both = of_both.map(|found| uids(&found.expect("read")).len());
        assert_eq!(of_both, [0, 1], "it is pve1's no more");
        let lost = changed_since(&mut tx, pve1, 0).await.expect("read");
        assert_eq!(lost.iter().map(|(r, has)| (r.id, *has)).collect::<Vec<_>>(), [(id, false)]);
        set_resources(&mut tx, id, &[pve1]).await.expect("set");
        let has = async |tx: &mut Tx, resource| changed_since(tx, resource, 0).await.expect("read")[0].1;
        assert_eq!((has(&mut tx, pve1).await, has(&mut tx, pve2).await), (true, false), "it may come back");
        tx.commit().await.expect("committed");
    })
    .await;
}

#[tokio::test]
async fn a_feed_finds_what_ends_later_and_what_went_elsewhere() {
    on_both(async |store| {
        let (id, pve1) = committed!(store, tx => {
            let (pve1, pve2) = (node(&mut tx, "pve1").await, node(&mut tx, "pve2").await);
            made(&mut tx, "over", |c| (c.starts, c.ends) = (later(-3), NOW)).await;
            let second = made(&mut tx, "second", |c| (c.starts, c.ends) = (later(2), later(3))).await;
            made(&mut tx, "first", |c| (c.starts, c.ends) = (later(1), later(2))).await;
            set_resources(&mut tx, second, &[pve1]).await.expect("set");
            set_resources(&mut tx, second, &[pve2]).await.expect("set");
            (second, pve1)
        });
        let mut tx = store.read().await.expect("a transaction");
        assert_eq!(uids(&ending_after(&mut tx, NOW, 9).await.expect("read")), ["first", "second"]);
        assert_eq!(uids(&ending_after(&mut tx, NOW, 1).await.expect("read")), ["first"]);
        let ever = async |tx: &mut Tx, of: &[i64], after| {
            let found = ever_of(tx, of, after, 9).await.expect("read");
            found.into_iter().map(|(r, has)| (r.id, has)).collect::<Vec<_>>()
        };
        assert_eq!(ever(&mut tx, &[pve1], NOW).await, [(id, false)]);
        assert_eq!(ever(&mut tx, &[pve1, pve1 + 1], NOW).await, [(id, true)]);
        assert_eq!(ever(&mut tx, &[pve1], later(3)).await, []);
        assert_eq!(ever(&mut tx, &[], NOW).await, []);
    })
    .await;
}

#[tokio::test]
async fn what_is_due_comes_in_the_order_in_which_it_was_due() {
    on_both(async |store| {
        let mut tx = store.write().await.expect("a transaction");
        assert_eq!(next_due(&mut tx).await, Ok(None));
        made(&mut tx, "never", |_| ()).await;
        made(&mut tx, "third", |c| c.due = Some(later(2))).await;
        // Of two that are due at once, the one that ends first: the next begins after its end.
        made(&mut tx, "second", |c| (c.due, c.ends) = (Some(later(1)), later(9))).await;
        made(&mut tx, "first", |c| (c.due, c.ends) = (Some(later(1)), later(8))).await;
        assert_eq!(next_due(&mut tx).await, Ok(Some(later(1))));
        assert_eq!(uids(&due(&mut tx, NOW, 10).await.expect("read")), [""; 0]);
        assert_eq!(uids(&due(&mut tx, later(1), 10).await.expect("read")), ["first", "second"]);
        assert_eq!(uids(&due(&mut tx, later(2), 10).await.expect("read")), ["first", "second", "third"]);
        assert_eq!(uids(&due(&mut tx, later(2), 1).await.expect("read")), ["first"]);
        tx.commit().await.expect("committed");
    })
    .await;
}

#[tokio::test]
async fn a_view_has_what_has_a_part_of_it() {
    on_both(async |store| {
        let mut tx = store.write().await.expect("a transaction");
        for (uid, from, to) in [("late", 6, 8), ("before", 0, 2), ("into", 1, 3), ("within", 3, 4), ("all", 1, 9)] {
            made(&mut tx, uid, |c| (c.starts, c.ends) = (later(from), later(to))).await;
        }
        let longest = 9 * HOUR;
        let seen = touching(&mut tx, later(2), later(6), longest, 10).await.expect("read");
        assert_eq!(uids(&seen), ["into", "all", "within"], "half open at both ends");
        assert_eq!(uids(&touching(&mut tx, later(2), later(6), longest, 2).await.expect("read")), ["into", "all"]);
        assert_eq!(uids(&touching(&mut tx, later(8), later(99), longest, 9).await.expect("read")), ["all"]);
        tx.commit().await.expect("committed");
    })
    .await;
}

#[tokio::test]
async fn an_accounts_a_resources_and_those_of_a_series_are_found() {
    on_both(async |store| {
        let (alice, bob) = (operator(&store, "alice").await, operator(&store, "bob").await);
        let mut tx = store.write().await.expect("a transaction");
        let pve1 = node(&mut tx, "pve1").await;
        let origin = console("here");
        for (uid, account, position, from) in
            [("c", alice.id, 2, 4), ("b", alice.id, 1, 2), ("x", bob.id, 0, 1), ("a", alice.id, 0, 0)]
        {
            let content = Content { starts: later(from), ends: later(from + 1), ..booked(uid) };
            let series = if account == alice.id { "weekly" } else { "" };
            let account_id = Some(account);
            let new = NewReservation { series, position, account_id, ..new_reservation(uid, &origin, &content) };
            let id = trials::made(create(&mut tx, &new, &[], &[]).await).id;
            set_resources(&mut tx, id, &[pve1]).await.expect("set");
        }
        assert_eq!(uids(&of_series(&mut tx, "weekly").await.expect("read")), ["a", "b", "c"]);
        assert_eq!(uids(&of_series(&mut tx, "").await.expect("read")), [""; 0], "one alone is of no series");
        assert_eq!(uids(&of_account(&mut tx, alice.id, later(0)).await.expect("read")), ["a", "b", "c"]);
        assert_eq!(uids(&of_account(&mut tx, alice.id, later(1)).await.expect("read")), ["b", "c"], "not what is over");
        let of_pve1 = of_resource(&mut tx, pve1, later(1)).await.expect("read");
        assert_eq!(uids(&of_pve1), ["x", "b", "c"]);
        assert!(of_pve1.iter().all(|r| named(&r.resources) == ["pve1"]), "with what each is of");
        tx.commit().await.expect("committed");
        assert_eq!(committed!(store, tx => crate::account::delete(&mut tx, bob.id).await), Ok(true));
        let mut tx = store.read().await.expect("a transaction");
        let x = by_uid(&mut tx, "x").await.expect("read").expect("it outlives its account");
        assert_eq!((x.account_id, x.holder.as_str()), (None, "alice"));
    })
    .await;
}

#[tokio::test]
async fn who_waits_stands_in_line() {
    on_both(async |store| {
        let mut tx = store.write().await.expect("a transaction");
        let wait = |c: &mut Content| c.status = ReservationStatus::Waiting;
        let first = made(&mut tx, "first", wait).await;
        made(&mut tx, "booked", |_| ()).await;
        made(&mut tx, "second", wait).await;
        assert_eq!(uids(&waiting(&mut tx).await.expect("read")), ["first", "second"]);
        assert_eq!(update(&mut tx, first, 1, &booked("first"), true, NOW).await, Ok(true));
        assert_eq!(uids(&waiting(&mut tx).await.expect("read")), ["second"]);
        tx.commit().await.expect("committed");
    })
    .await;
}

/// Those that a calendar of the node which knows all up to the mark is told of.
async fn news(store: &Store, resource: i64, token: i64) -> (Vec<String>, i64) {
    let mut tx = store.read().await.expect("a transaction");
    let now = change_token(&mut tx).await.expect("read");
    let found = changed_since(&mut tx, resource, token).await.expect("read");
    (found.into_iter().map(|(r, _)| r.uid).collect(), now)
}

async fn on(tx: &mut Tx, uid: &str, resource: i64) -> ReservationId {
    let id = reserved(tx, uid).await;
    set_resources(tx, id, &[resource]).await.expect("set");
    id
}

#[tokio::test]
async fn a_calendar_is_told_what_was_changed_since_it_looked() {
    on_both(async |store| {
        // Whoever else writes on the server keeps PostgreSQL's mark back: it tells more than once, and misses nothing.
        let told = |found: Vec<String>, wanted: &[&str]| {
            let is_told = wanted.iter().all(|uid| found.iter().any(|found| found == uid));
            assert!(is_told && (store.is_postgres() || found.len() == wanted.len()), "{found:?}, not {wanted:?}");
        };
        let (pve1, a) = committed!(store, tx => {
            let pve1 = node(&mut tx, "pve1").await;
            (pve1, on(&mut tx, "a", pve1).await)
        });
        committed!(store, tx => on(&mut tx, "b", pve1).await);
        let (found, token) = news(&store, pve1, 0).await;
        told(found, &["a", "b"]);
        told(news(&store, pve1, token).await.0, &[]);
        committed!(store, tx => {
            let elsewhere = node(&mut tx, "pve2").await;
            on(&mut tx, "c", elsewhere).await
        });
        let found = news(&store, pve1, token).await.0;
        assert!(!found.contains(&"c".to_owned()), "it is not of it");
        told(found, &[]);
        committed!(store, tx => {
            assert_eq!(update(&mut tx, a, 1, &full(), true, NOW).await, Ok(true));
            set_resources(&mut tx, a, &[]).await.expect("set");
        });
        let (found, token) = news(&store, pve1, token).await;
        told(found, &["a"]);
        told(news(&store, pve1, token).await.0, &[]);
    })
    .await;
}

/// PostgreSQL lets several write at once, and the first to begin may be the last to commit.
#[tokio::test]
async fn what_was_begun_earlier_and_committed_later_is_not_missed() {
    on_both(async |store| {
        let pve1 = committed!(store, tx => node(&mut tx, "pve1").await);
        let (_, mut token) = news(&store, pve1, 0).await;
        let mut slow = store.write().await.expect("a transaction");
        on(&mut slow, "slow", pve1).await;
        let mut quick = 0;
        // Where one writes at a time nobody is quicker.
        if store.is_postgres() {
            for uid in ["fast", "faster"] {
                committed!(store, tx => on(&mut tx, uid, pve1).await);
                let (found, now) = news(&store, pve1, token).await;
                assert!(found.contains(&uid.to_owned()) && !found.contains(&"slow".to_owned()), "{found:?}");
                (token, quick) = (now, quick + 1);
            }
        }
        slow.commit().await.expect("committed");
        let (found, _) = news(&store, pve1, token).await;
        assert!(found.contains(&"slow".to_owned()), "{found:?} after {quick} that were quicker");
    })
    .await;
}

/// While something that was begun earlier is not committed there is no state to go by; then there is a new one.
#[tokio::test]
async fn a_state_is_of_all_that_was_changed() {
    on_both(async |store| {
        let seen = async || state(&mut store.read().await.expect("a transaction")).await.expect("read");
        // Whoever else writes on the server keeps PostgreSQL's mark back.
        let settled = async || {
            for _ in 0..10_000 {
                if let Some(state) = seen().await {
                    return state;
                }
                tokio::task::yield_now().await;
            }
            panic!("somebody has written all the time");
        };
        let empty = settled().await;
        let id = committed!(store, tx => reserved(&mut tx, "a").await);
        let first = settled().await;
        assert_eq!((empty, settled().await), (0, first));
        committed!(store, tx => assert_eq!(update(&mut tx, id, 1, &full(), false, NOW).await, Ok(true)));
        let second = settled().await;
        assert!(second > first, "{second}");
        let mut slow = store.write().await.expect("a transaction");
        reserved(&mut slow, "slow").await;
        if store.is_postgres() {
            committed!(store, tx => reserved(&mut tx, "fast").await);
            assert_eq!(seen().await, None, "the slow one may still come");
        }
        slow.commit().await.expect("committed");
        assert!(settled().await > second);
    })
    .await;
}

/// A slot goes with its reservation and its rows, whatever becomes of them.
#[tokio::test]
async fn a_reservation_that_is_not_committed_holds_nothing() {
    on_both(async |store| {
        let pve1 = committed!(store, tx => node(&mut tx, "pve1").await);
        let span = Span { from_s: 100, to_s: 200 };
        let mut tx = store.write().await.expect("a transaction");
        let reservation = on(&mut tx, "a", pve1).await;
        assert_eq!(claim::take(&mut tx, &[Claim { reservation, resource: pve1, lane: 0, span }]).await, Ok(true));
        drop(tx);
        committed!(store, tx => {
            let reservation = on(&mut tx, "a", pve1).await;
            assert_eq!(claim::take(&mut tx, &[Claim { reservation, resource: pve1, lane: 0, span }]).await, Ok(true));
        });
        let mut tx = store.read().await.expect("a transaction");
        assert_eq!(resource::all(&mut tx).await.expect("read").len(), 1);
        assert_eq!(claim::in_the_way(&mut tx, pve1, None, span, None, 9).await.expect("read").len(), 1);
    })
    .await;
}

#[tokio::test]
async fn a_list_tells_less_of_each_and_the_same_as_one_does() {
    on_both(async |store| {
        let mut tx = store.write().await.expect("a transaction");
        let pve1 = node(&mut tx, "pve1").await;
        let first = on(&mut tx, "first", pve1).await;
        let note = made(&mut tx, "note", |content| (content.starts, content.ends) = (later(2), later(3))).await;
        let waits = made(&mut tx, "waits", |content| *content = full()).await;
        let all = (Instant(i64::MIN), Instant(i64::MAX));
        let found = briefs(&mut tx, all.0, all.1).await.expect("read");
        assert_eq!(found.iter().map(|brief| brief.id).collect::<Vec<_>>(), [first, note, waits]);
        for brief in &found {
            let one = get(&mut tx, brief.id).await.expect("read").expect("there");
            assert_eq!(*brief, Brief::from(one));
        }
        let of: Vec<usize> = found.iter().map(|brief| brief.of.len()).collect();
        assert_eq!(
            (of, found[2].of[0].to_string().as_str()),
            (vec![1, 0, 1], "pool/gpus"),
            "while it waits, what it wants"
        );
        // What ends then and what begins then is in it.
        for (from, to, count) in [(later(3), later(9), 2), (later(4), later(9), 0), (Instant(0), later(1), 2)] {
            assert_eq!(briefs(&mut tx, from, to).await.expect("read").len(), count, "{from:?} {to:?}");
        }
        tx.commit().await.expect("committed");
    })
    .await;
}

#[tokio::test]
async fn they_are_counted_by_their_status() {
    on_both(async |store| {
        let mut tx = store.write().await.expect("a transaction");
        assert_eq!(counts(&mut tx).await.expect("read"), []);
        for (uid, status) in
            [("a", ReservationStatus::Booked), ("b", ReservationStatus::Booked), ("c", ReservationStatus::NoShow)]
        {
            made(&mut tx, uid, |content| content.status = status).await;
        }
        let mut found = counts(&mut tx).await.expect("read");
        found.sort_by_key(|(status, _)| status.as_str());
        assert_eq!(found, [(ReservationStatus::Booked, 2), (ReservationStatus::NoShow, 1)]);
    })
    .await;
}
