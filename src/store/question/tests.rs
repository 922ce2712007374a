use super::*;
use crate::trials::{NOW, committed, console, on_both};
use serde_json::json;
use std::time::Duration;

fn asked<'a>(origin: &'a Origin, body: &'a Value) -> NewQuestion<'a> {
    let expires = Some(NOW + Duration::from_secs(60));
    NewQuestion { kind: "confirm", asker: "console:alice", account_id: None, origin, body, expires, now: NOW }
}

#[tokio::test]
async fn of_two_takers_one_wins() {
    on_both(async |store| {
        let id = committed!(store, tx => create(&mut tx, &asked(&console("a"), &json!({}))).await.expect("new"));
        let take_it = async || committed!(store, tx => take(&mut tx, id).await.expect("tried"));
        let (first, second, third) = tokio::join!(take_it(), take_it(), take_it());
        assert_eq!([first, second, third].into_iter().filter(|won| *won).count(), 1);
        let mut tx = store.read().await.expect("a transaction");
        assert_eq!(get(&mut tx, id).await.expect("read").expect("there").state, QuestionState::Used);
    })
    .await;
}

#[tokio::test]
async fn a_taker_that_does_not_commit_leaves_it_open() {
    on_both(async |store| {
        let id = committed!(store, tx => create(&mut tx, &asked(&console("a"), &json!({}))).await.expect("new"));
        let mut tx = store.write().await.expect("a transaction");
        assert!(take(&mut tx, id).await.expect("tried"));
        drop(tx);
        assert!(committed!(store, tx => take(&mut tx, id).await.expect("tried")));
    })
    .await;
}

#[tokio::test]
async fn the_newest_open_one_here_is_meant() {
    on_both(async |store| {
        let (here, there) = (console("here"), console("there"));
        let mut tx = store.write().await.expect("a transaction");
        let old = create(&mut tx, &asked(&here, &json!({ "n": 1 }))).await.expect("new");
        let new = create(&mut tx, &asked(&here, &json!({ "n": "\u{0}" }))).await.expect("new");
        create(&mut tx, &asked(&there, &json!({}))).await.expect("new");
        let newest = newest_open(&mut tx, "console:alice", &here, NOW).await.expect("read").expect("there");
        assert_eq!((newest.id, newest.body), (new, json!({ "n": "\u{0}" })));
        assert!(update_body(&mut tx, new, &json!({ "n": 3 })).await.expect("open"));
        assert!(cancel(&mut tx, new).await.expect("open"));
        assert!(!cancel(&mut tx, new).await.expect("not open"));
        assert!(!take(&mut tx, new).await.expect("not open"));
        assert!(!update_body(&mut tx, new, &json!({})).await.expect("not open"));
        assert_eq!(get(&mut tx, new).await.expect("read").expect("there").body, json!({ "n": 3 }));
        let newest = newest_open(&mut tx, "console:alice", &here, NOW).await.expect("read");
        assert_eq!(newest.map(|q| q.id), Some(old));
        assert_eq!(newest_open(&mut tx, "console:bob", &here, NOW).await.expect("read"), None);
        let late = NOW + Duration::from_secs(60);
        assert_eq!(newest_open(&mut tx, "console:alice", &here, late).await.expect("read"), None);
        assert_eq!(forget(&mut tx, late).await.expect("forgotten"), 3);
        assert_eq!(get(&mut tx, old).await.expect("read"), None);
    })
    .await;
}
