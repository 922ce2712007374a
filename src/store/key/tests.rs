use super::*;
use crate::{
    StoreError, account,
    trials::{NOW, committed, on_both, operator},
};

#[tokio::test]
async fn keys_are_an_accounts_own_and_named_once() {
    on_both(async |store| {
        let (alice, bob) = (operator(&store, "alice").await, operator(&store, "bob").await);
        let [laptop, desk]: [KeyName; 2] = ["laptop", "desk"].map(|name| name.parse().expect("a name"));
        committed!(store, tx => {
            add(&mut tx, alice.id, &laptop, "ssh-ed25519 AAAA alice@laptop", NOW).await.expect("new");
            add(&mut tx, alice.id, &desk, "ssh-ed25519 BBBB", NOW).await.expect("another name");
            add(&mut tx, bob.id, &laptop, "ssh-rsa CCCC", NOW).await.expect("another account");
        });
        let mut tx = store.write().await.expect("a transaction");
        let again = add(&mut tx, alice.id, &laptop, "ssh-rsa DDDD", NOW).await;
        assert_eq!(again, Err(StoreError::Conflict("a key of that name")));
        drop(tx);
        let mut tx = store.write().await.expect("a transaction");
        let keys = list(&mut tx, alice.id).await.expect("read");
        assert_eq!(keys.iter().map(|k| k.name.as_str()).collect::<Vec<_>>(), ["desk", "laptop"]);
        assert_eq!((keys[1].public_key.as_str(), keys[1].created), ("ssh-ed25519 AAAA alice@laptop", NOW));
        assert!(remove(&mut tx, alice.id, &laptop).await.expect("removed"));
        assert!(!remove(&mut tx, alice.id, &laptop).await.expect("gone"));
        assert_eq!(list(&mut tx, bob.id).await.expect("read").len(), 1, "bob keeps his");
        account::delete(&mut tx, bob.id).await.expect("deleted");
        assert_eq!(list(&mut tx, bob.id).await.expect("read"), []);
    })
    .await;
}
