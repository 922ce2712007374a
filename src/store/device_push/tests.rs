use super::*;
use crate::{
    StoreError,
    trials::{NOW, committed, on_both},
};
use direttore_domain::Surface;
use serde_json::json;

async fn new(tx: &mut Tx, devices: &[i64]) -> PushId {
    let targets: Vec<_> = devices.iter().map(|d| (*d, format!("sw{d}"), "h".to_owned(), "sealed".to_owned())).collect();
    let origin = Origin { surface: Surface::Console, channel: "demo".into() };
    let new = NewPush {
        account_id: None,
        actor: "alice",
        origin: &origin,
        wish: &json!({ "template": "vlan" }),
        status: "pending",
        targets: &targets,
        now: NOW,
        expires: Instant(NOW.0 + 1000),
    };
    create(tx, &new).await.expect("created")
}

#[tokio::test]
async fn one_push_has_a_device_at_once() {
    on_both(async |store| {
        let ids = committed!(store, tx => (new(&mut tx, &[1, 2]).await, new(&mut tx, &[2, 3]).await));
        committed!(store, tx => {
            assert_eq!(decide(&mut tx, ids.0, "approved", "bob").await, Ok(true));
            assert_eq!(decide(&mut tx, ids.0, "rejected", "eve").await, Ok(false), "it was said");
            begin(&mut tx, ids.0, NOW).await.expect("free");
            set_job(&mut tx, ids.0, JobId(7)).await.expect("noted");
        });
        let mut tx = store.write().await.expect("a transaction");
        let both = begin(&mut tx, ids.1, NOW).await;
        assert!(matches!(both, Err(StoreError::Conflict(_))), "{both:?}");
        drop(tx);
        committed!(store, tx => {
            let held = (PushState::Held, "");
            assert_eq!(set(&mut tx, ids.0, 2, held, Instant(NOW.0 + 60), NOW).await, Ok(true));
            assert_eq!(set(&mut tx, ids.0, 1, (PushState::Done, ""), Instant(0), NOW).await, Ok(true));
            assert_eq!(set(&mut tx, ids.0, 9, held, NOW, NOW).await, Ok(false));
        });
        committed!(store, tx => {
            let push = get(&mut tx, ids.0).await.expect("read").expect("there");
            assert_eq!((push.status.as_str(), push.approver.as_str(), push.job), ("approved", "bob", Some(JobId(7))));
            assert_eq!(live(&mut tx, 2).await.expect("read").map(|t| (t.push, t.state)), Some((ids.0, PushState::Held)));
            assert_eq!(live(&mut tx, 1).await, Ok(None));
            assert_eq!(newest_kept(&mut tx, 1).await.expect("read").map(|t| t.push), Some(ids.0));
            assert_eq!(overdue(&mut tx, NOW).await, Ok(vec![]));
            let waits = waiting(&mut tx, NOW, 10).await.expect("read");
            let named = |(device, name): (i64, &str)| (device, name.to_owned());
            assert_eq!(waits.iter().map(|push| push.id).collect::<Vec<_>>(), [ids.1], "the other one was decided");
            assert_eq!(waits[0].devices, [(2, "sw2"), (3, "sw3")].map(named));
            assert_eq!(waiting(&mut tx, Instant(NOW.0 + 1000), 10).await, Ok(vec![]), "its time is over");
            let held: Vec<String> = held(&mut tx, 10).await.expect("read").into_iter().map(|t| t.name).collect();
            assert_eq!(held, ["sw2"]);
            let over = overdue(&mut tx, Instant(NOW.0 + 60)).await.expect("read");
            assert_eq!(over.iter().map(|t| t.name.as_str()).collect::<Vec<_>>(), ["sw2"]);
            assert_eq!(forget_bodies(&mut tx, Instant(NOW.0 + 1)).await, Ok(0), "what is kept stays for a rollback");
            assert_eq!(set(&mut tx, ids.0, 1, (PushState::Undone, ""), Instant(0), NOW).await, Ok(true));
            assert_eq!(forget_bodies(&mut tx, Instant(NOW.0 + 1)).await, Ok(1), "what is over alone");
            let waiting = pending(&mut tx).await.expect("read");
            assert_eq!(waiting.iter().map(|push| push.id).collect::<Vec<_>>(), [ids.1], "the other was decided");
            assert_eq!(decide(&mut tx, ids.1, "expired", "").await, Ok(true));
            assert_eq!(pending(&mut tx).await, Ok(vec![]));
            let names = targets(&mut tx, ids.1).await.expect("read");
            assert_eq!(names.iter().map(|t| t.device).collect::<Vec<_>>(), [2, 3]);
        });
    })
    .await;
}
