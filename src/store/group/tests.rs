use super::*;
use crate::{
    StoreError, grant,
    trials::{NOW, on_both, operator},
};
use direttore_domain::Grant;

#[tokio::test]
async fn groups_have_members() {
    on_both(async |store| {
        let (alice, bob) = (operator(&store, "alice").await, operator(&store, "bob").await);
        let (ops, dev): (GroupName, GroupName) = ("ops".parse().expect("a name"), "dev".parse().expect("a name"));
        let mut tx = store.write().await.expect("a transaction");
        create(&mut tx, &ops).await.expect("new");
        create(&mut tx, &dev).await.expect("new");
        assert!(exists(&mut tx, &ops).await.expect("read"));
        assert!(add(&mut tx, &ops, bob.id).await.expect("added"));
        assert!(add(&mut tx, &ops, alice.id).await.expect("added"));
        assert!(!add(&mut tx, &ops, alice.id).await.expect("in it already"));
        assert!(add(&mut tx, &dev, alice.id).await.expect("added"));
        let expected = [
            GroupRow { name: dev.clone(), members: vec![alice.name.clone()] },
            GroupRow { name: ops.clone(), members: vec![alice.name.clone(), bob.name.clone()] },
        ];
        assert_eq!(list(&mut tx).await.expect("read"), expected);
        assert_eq!(of_account(&mut tx, alice.id).await.expect("read"), [dev.clone(), ops.clone()]);
        assert!(remove(&mut tx, &ops, alice.id).await.expect("removed"));
        assert!(!remove(&mut tx, &ops, alice.id).await.expect("not in it"));

        let to = GrantTo::Group(dev.clone());
        grant::add(&mut tx, &Grant::of(to), NOW).await.expect("new");
        assert!(delete(&mut tx, &dev).await.expect("deleted"));
        assert!(!delete(&mut tx, &dev).await.expect("gone"));
        assert_eq!(of_account(&mut tx, alice.id).await.expect("read"), []);
        assert_eq!(grant::list(&mut tx).await.expect("read"), []);
        assert_eq!(create(&mut tx, &ops).await, Err(StoreError::Conflict("a group of that name")));
    })
    .await;
}

#[tokio::test]
async fn a_member_is_an_account_and_the_group_is_there() {
    on_both(async |store| {
        let mut tx = store.write().await.expect("a transaction");
        let ghosts = "ghosts".parse().expect("a name");
        assert!(matches!(add(&mut tx, &ghosts, 1).await, Err(StoreError::Refused(_))));
    })
    .await;
}
