//! What the tests of all aggregates share.

use crate::{Store, Tx, account, job, reservation, resource};
use direttore_domain::{
    Account, Acts, Instant, JobId, Origin, ReservationId, ReservationStatus, ResourceKey, Role, Surface,
};

pub(crate) use crate::postgres::{on_both, on_both_urls, settings};

pub(crate) const NOW: Instant = Instant(1_790_000_000_000);

pub(crate) fn console(channel: &str) -> Origin {
    Origin { surface: Surface::Console, channel: channel.to_owned() }
}

/// An account with the role of an operator, committed.
pub(crate) async fn operator(store: &Store, name: &str) -> Account {
    let mut tx = store.write().await.expect("a transaction");
    let name = name.parse().expect("a name");
    let made = account::create(&mut tx, &name, Some(Role::Operator), None, NOW).await.expect("a new name");
    tx.commit().await.expect("committed");
    made
}

/// A job without steps.
pub(crate) async fn enqueued(tx: &mut Tx, account_id: Option<i64>) -> JobId {
    let origin = console("here");
    let new = job::NewJob {
        command: "provision vm",
        title: "create web1",
        account_id,
        actor: "alice",
        origin: &origin,
        question: None,
        position: 0,
        subject: "",
        steps: vec![],
        now: NOW,
    };
    job::enqueue(tx, &new).await.expect("enqueued")
}

/// Several of them, committed.
pub(crate) async fn jobs<const N: usize>(store: &Store) -> [JobId; N] {
    let mut tx = store.write().await.expect("a transaction");
    let mut ids = [JobId(0); N];
    for id in &mut ids {
        *id = enqueued(&mut tx, None).await;
    }
    tx.commit().await.expect("committed");
    ids
}

/// The resource that a node is.
pub(crate) async fn node(tx: &mut Tx, name: &str) -> i64 {
    let key: ResourceKey = format!("node/lab/{name}").parse().expect("a key");
    resource::ensure(tx, &key, name, NOW).await.expect("made").id
}

/// Booked, from [`NOW`] for an hour.
pub(crate) fn booked(title: &str) -> reservation::Content {
    reservation::Content {
        title: title.to_owned(),
        note: String::new(),
        starts: NOW,
        ends: Instant(NOW.0 + 3_600_000),
        zone: "UTC".to_owned(),
        status: ReservationStatus::Booked,
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
        recurs: None,
        request: None,
    }
}

/// What is booked under a uid, of nothing yet.
pub(crate) fn new_reservation<'a>(
    uid: &'a str,
    origin: &'a Origin,
    content: &'a reservation::Content,
) -> reservation::NewReservation<'a> {
    reservation::NewReservation {
        uid,
        series: "",
        position: 0,
        recurrence: "",
        account_id: None,
        holder: "alice",
        origin,
        is_maintenance: false,
        content,
        now: NOW,
    }
}

/// It was made.
pub(crate) fn made(created: crate::Result<reservation::Created>) -> reservation::Reservation {
    match created {
        Ok(reservation::Created::Made(held)) => *held,
        other => panic!("it was not made: {other:?}"),
    }
}

/// A reservation of nothing yet.
pub(crate) async fn reserved(tx: &mut Tx, uid: &str) -> ReservationId {
    let (origin, content) = (console("here"), booked(uid));
    made(reservation::create(tx, &new_reservation(uid, &origin, &content), &[], &[]).await).id
}

/// Runs functions of an aggregate in one transaction and commits it: `committed!(store, tx => f(&mut tx).await)`.
macro_rules! committed {
    ($store:expr, $tx:ident => $run:expr) => {{
        let mut $tx = $store.write().await.expect("a transaction");
        let result = $run;
        $tx.commit().await.expect("committed");
        result
    }};
}
pub(crate) use committed;
