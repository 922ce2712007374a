use super::*;
use crate::{
    account,
    trials::{NOW, committed, on_both, operator},
};
use std::time::Duration;

const DAY: Duration = Duration::from_secs(24 * 3600);

fn new(account_id: i64) -> NewSession<'static> {
    NewSession { account_id, current: "n1", claims: "", now: NOW, expires: NOW + DAY }
}

#[tokio::test]
async fn a_refresh_token_works_once_and_its_copy_ends_the_session() {
    on_both(async |store| {
        let alice = operator(&store, "alice").await;
        let id = committed!(store, tx => begin(&mut tx, &new(alice.id)).await.expect("begun"));
        let mut tx = store.write().await.expect("a transaction");
        let found = find(&mut tx, id, NOW).await.expect("read").expect("it works");
        assert_eq!((found.id, &found.account, found.claims.as_str()), (id, &alice, ""));
        assert_eq!(find(&mut tx, id, NOW + DAY).await.expect("read"), None, "its time is over");
        assert_eq!(find(&mut tx, id + 1, NOW).await.expect("read"), None);
        let later = NOW + DAY + DAY;
        assert_eq!(renew(&mut tx, id, "n1", "n2", NOW, later).await.expect("asked"), Renewed::Yes);
        assert!(find(&mut tx, id, NOW + DAY).await.expect("read").is_some(), "it lasts longer now");
        assert_eq!(renew(&mut tx, id, "n2", "n3", later, later).await.expect("asked"), Renewed::No, "too late");
        let copied = Renewed::Copied { account_id: alice.id };
        assert_eq!(renew(&mut tx, id, "n1", "n3", NOW, later).await.expect("asked"), copied);
        assert_eq!(find(&mut tx, id, NOW).await.expect("read"), None, "over for both");
        assert_eq!(renew(&mut tx, id, "n2", "n3", NOW, later).await.expect("asked"), Renewed::No);
        assert_eq!(renew(&mut tx, id, "n1", "n3", NOW, later).await.expect("asked"), Renewed::No, "told once");
    })
    .await;
}

#[tokio::test]
async fn sessions_end_one_by_one_and_with_their_account() {
    on_both(async |store| {
        let (alice, bob) = (operator(&store, "alice").await, operator(&store, "bob").await);
        let mut tx = store.write().await.expect("a transaction");
        let mut ids = vec![];
        for account in [alice.id, alice.id, alice.id, bob.id] {
            ids.push(begin(&mut tx, &new(account)).await.expect("begun"));
        }
        assert!(revoke(&mut tx, ids[0], NOW).await.expect("revoked"));
        assert!(!revoke(&mut tx, ids[0], NOW).await.expect("over"));
        assert!(find(&mut tx, ids[1], NOW).await.expect("read").is_some());
        revoke_all(&mut tx, alice.id, NOW).await.expect("revoked");
        for id in &ids[..3] {
            assert_eq!(find(&mut tx, *id, NOW).await.expect("read"), None);
        }
        assert!(find(&mut tx, ids[3], NOW).await.expect("read").is_some(), "bob stays");
        assert_eq!(sweep(&mut tx, NOW).await.expect("swept"), 0);
        account::delete(&mut tx, bob.id).await.expect("deleted");
        assert_eq!(find(&mut tx, ids[3], NOW).await.expect("read"), None);
        assert_eq!(sweep(&mut tx, NOW + DAY + DAY).await.expect("swept"), 3);
    })
    .await;
}
