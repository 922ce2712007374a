//! What the tests of all aggregates share.

use crate::{Store, Tx, account, job};
use direttore_domain::{Account, Instant, JobId, Origin, Role, Surface};

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
