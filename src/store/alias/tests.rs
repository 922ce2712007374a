use super::*;
use crate::{
    StoreError,
    trials::{NOW, on_both, operator},
};

#[tokio::test]
async fn ones_own_comes_before_the_shared_one() {
    on_both(async |store| {
        let (alice, bob) = (operator(&store, "alice").await, operator(&store, "bob").await);
        let (web, db): (AliasName, AliasName) = ("web".parse().expect("a name"), "db".parse().expect("a name"));
        let mut tx = store.write().await.expect("a transaction");
        add(&mut tx, None, &web, "guest show web1", NOW).await.expect("new");
        add(&mut tx, Some(alice.id), &web, "guest show {which}", NOW).await.expect("another owner's");
        add(&mut tx, Some(bob.id), &db, "guest show db1", NOW).await.expect("new");
        let lines = |rows: Vec<AliasRow>| rows.into_iter().map(|r| (r.line, r.is_shared)).collect::<Vec<_>>();
        assert_eq!(
            lines(visible(&mut tx, Some(alice.id)).await.expect("read")),
            [("guest show {which}".to_owned(), false), ("guest show web1".to_owned(), true)]
        );
        assert_eq!(lines(visible(&mut tx, None).await.expect("read")), [("guest show web1".to_owned(), true)]);
        let found = find(&mut tx, Some(alice.id), &web).await.expect("read").expect("there");
        assert_eq!((found.owner, found.is_shared), (Some(alice.id), false));
        assert!(find(&mut tx, Some(bob.id), &web).await.expect("read").expect("shared").is_shared);
        assert_eq!(find(&mut tx, Some(alice.id), &db).await.expect("read"), None);
        assert!(!remove(&mut tx, Some(alice.id), &db).await.expect("bob's"));
        assert!(remove(&mut tx, None, &web).await.expect("removed"));
        assert_eq!(find(&mut tx, Some(bob.id), &web).await.expect("read"), None);
    })
    .await;
}

#[tokio::test]
async fn a_name_is_taken_once_by_each_owner() {
    on_both(async |store| {
        let alice = operator(&store, "alice").await;
        let web = "web".parse().expect("a name");
        for owner in [Some(alice.id), None] {
            let mut tx = store.write().await.expect("a transaction");
            add(&mut tx, owner, &web, "help", NOW).await.expect("new");
            tx.commit().await.expect("committed");
            let mut tx = store.write().await.expect("a transaction");
            let again = add(&mut tx, owner, &web, "help", NOW).await;
            assert_eq!(again, Err(StoreError::Conflict("an alias of that name")));
        }
    })
    .await;
}
