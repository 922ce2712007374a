use super::*;
use crate::trials::{NOW, on_both};
use serde_json::json;
use std::time::Duration;

const SURFACE: Surface = Surface::Matrix;

async fn heard(tx: &mut Tx, event: &str, lane: &str) -> Option<i64> {
    let body = json!({ "says": "a\0b" });
    put(tx, &NewInbox { surface: SURFACE, event, lane, body: &body, now: NOW }).await.expect("kept")
}

async fn events(tx: &mut Tx) -> Vec<String> {
    waiting(tx, SURFACE, 10).await.expect("read").into_iter().map(|row| row.event).collect()
}

#[tokio::test]
async fn what_is_heard_twice_waits_once() {
    on_both(async |store| {
        let mut tx = store.write().await.expect("a transaction");
        assert!(heard(&mut tx, "$1", "!a").await.is_some());
        assert!(heard(&mut tx, "$2", "!b").await.is_some());
        assert_eq!(heard(&mut tx, "$1", "!a").await, None, "it waits already");
        assert_eq!(events(&mut tx).await, ["$1", "$2"], "in the order they came");
        assert!(done(&mut tx, SURFACE, "$1", NOW).await.expect("done"));
        assert!(!done(&mut tx, SURFACE, "$1", NOW).await.expect("asked"), "once");
        assert_eq!(heard(&mut tx, "$1", "!a").await, None, "it was answered");
        assert_eq!(events(&mut tx).await, ["$2"]);
        assert!(waiting(&mut tx, Surface::Discord, 10).await.expect("read").is_empty(), "another's");
        assert_eq!(forget(&mut tx, NOW).await.expect("swept"), 0);
        assert_eq!(forget(&mut tx, NOW + Duration::from_secs(1)).await.expect("swept"), 1, "what waits stays");
        assert!(heard(&mut tx, "$1", "!a").await.is_some(), "nobody remembers");
    })
    .await;
}

#[tokio::test]
async fn of_two_who_act_on_it_one_may_note_what_was_done() {
    on_both(async |store| {
        let mut tx = store.write().await.expect("a transaction");
        heard(&mut tx, "$1", "!a").await;
        assert!(note(&mut tx, SURFACE, "$1", "", "by one").await.expect("asked"));
        assert!(!note(&mut tx, SURFACE, "$1", "", "by the other").await.expect("asked"));
        assert!(note(&mut tx, SURFACE, "$1", "by one", "more").await.expect("asked"));
        assert_eq!(waiting(&mut tx, SURFACE, 10).await.expect("read")[0].note, "more");
        done(&mut tx, SURFACE, "$1", NOW).await.expect("done");
        assert!(!note(&mut tx, SURFACE, "$1", "", "too late").await.expect("asked"));
    })
    .await;
}

#[tokio::test]
async fn what_nobody_has_begun_can_be_withdrawn() {
    on_both(async |store| {
        let mut tx = store.write().await.expect("a transaction");
        heard(&mut tx, "$1", "!a").await;
        heard(&mut tx, "$2", "!a").await;
        note(&mut tx, SURFACE, "$2", "", "begun").await.expect("noted");
        assert!(withdraw(&mut tx, SURFACE, "$1", NOW).await.expect("asked"));
        assert!(!withdraw(&mut tx, SURFACE, "$2", NOW).await.expect("asked"), "it is done already");
        assert!(!withdraw(&mut tx, SURFACE, "$3", NOW).await.expect("asked"), "it is not there");
        assert_eq!(events(&mut tx).await, ["$2"]);
    })
    .await;
}
