use super::*;
use crate::trials::{NOW, on_both};

fn to(receiver: &str) -> Grant {
    Grant {
        id: 0,
        to: receiver.parse().expect("a receiver"),
        pools: vec!["team/web".parse().expect("a pool")],
        nodes: vec![],
        sites: vec!["lab-1".parse().expect("a slug")],
        tenants: vec!["netlab".parse().expect("a slug"), "other".parse().expect("a slug")],
        tags: vec!["core".parse().expect("a tag")],
        commands: vec!["power *".to_owned(), "guest \"x\"".to_owned()],
        channels: vec!["console".to_owned()],
    }
}

#[tokio::test]
async fn an_actor_has_the_grants_of_account_groups_and_role() {
    on_both(async |store| {
        let mut tx = store.write().await.expect("a transaction");
        let mut ids = Vec::new();
        for receiver in ["alice", "bob", "group:ops", "group:dev", "role:operator", "role:viewer"] {
            ids.push(add(&mut tx, &to(receiver), NOW).await.expect("new"));
        }
        let alice = "alice".parse().expect("a name");
        let ops = ["ops".parse().expect("a name")];
        let has = for_actor(&mut tx, &alice, &ops, Some(Role::Operator)).await.expect("read");
        let has: Vec<String> = has.iter().map(|g| g.to.to_string()).collect();
        assert_eq!(has, ["alice", "group:ops", "role:operator"]);
        assert_eq!(for_actor(&mut tx, &alice, &[], None).await.expect("read").len(), 1);

        let all = list(&mut tx).await.expect("read");
        assert_eq!(all[0], Grant { id: ids[0], ..to("alice") });
        assert!(remove(&mut tx, ids[0]).await.expect("removed"));
        assert!(!remove(&mut tx, ids[0]).await.expect("gone"));
        assert_eq!(list(&mut tx).await.expect("read").len(), 5);
    })
    .await;
}
