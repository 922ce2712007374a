use super::*;
use crate::trials::{NOW, on_both, operator};
use std::time::Duration;

#[tokio::test]
async fn a_request_is_new_once() {
    on_both(async |store| {
        let (alice, bob) = (operator(&store, "alice").await, operator(&store, "bob").await);
        let keyed = |account_id, fingerprint| Keyed { account_id, key: "k1", fingerprint, now: NOW };
        let mut tx = store.write().await.expect("a transaction");
        assert_eq!(begin(&mut tx, &keyed(alice.id, "f1")).await.expect("asked"), Known::New);
        assert_eq!(begin(&mut tx, &keyed(bob.id, "f1")).await.expect("asked"), Known::New, "his own");
        assert_eq!(begin(&mut tx, &keyed(alice.id, "f1")).await.expect("asked"), Known::Running);
        assert_eq!(begin(&mut tx, &keyed(alice.id, "f2")).await.expect("asked"), Known::Other);
        let answer = Answer { status: 202, kind: "application/json".to_owned(), body: "{}".to_owned() };
        done(&mut tx, alice.id, "k1", &answer).await.expect("kept");
        assert_eq!(begin(&mut tx, &keyed(alice.id, "f1")).await.expect("asked"), Known::Done(answer));
        assert_eq!(begin(&mut tx, &keyed(alice.id, "f2")).await.expect("asked"), Known::Other);
        forget(&mut tx, bob.id, "k1").await.expect("forgotten");
        assert_eq!(begin(&mut tx, &keyed(bob.id, "f2")).await.expect("asked"), Known::New);
        assert_eq!(sweep(&mut tx, NOW).await.expect("swept"), 0);
        assert_eq!(sweep(&mut tx, NOW + Duration::from_secs(1)).await.expect("swept"), 2);
    })
    .await;
}
