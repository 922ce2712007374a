use super::*;
use crate::{
    StoreError,
    claim::{self, Claim, Span},
    reservation,
    trials::{NOW, committed, node, on_both, reserved},
};

fn key(text: &str) -> ResourceKey {
    text.parse().expect("a key")
}

fn strict() -> ResourceRules {
    ResourceRules {
        description: "four cards\0, one each".to_owned(),
        capacity: 4,
        needs_approval: true,
        approvers: vec!["bob".to_owned(), "carol".to_owned()],
        longest: Duration::from_hours(8),
        before: Duration::from_mins(5),
        after: Duration::from_mins(10),
        check_in: Duration::from_mins(15),
    }
}

fn names(resources: &[Resource]) -> Vec<&str> {
    resources.iter().map(|r| r.name.as_str()).collect()
}

#[tokio::test]
async fn what_is_reserved_first_gets_a_row_and_keeps_it_under_a_new_name() {
    on_both(async |store| {
        let web1 = key("guest/lab/101");
        let mut tx = store.write().await.expect("a transaction");
        assert_eq!(by_key(&mut tx, &web1).await, Ok(None));
        let first = ensure(&mut tx, &web1, "web1 (101)", NOW).await.expect("made");
        assert_eq!((&first.key, first.name.as_str(), &first.rules), (&web1, "web1 (101)", &ResourceRules::default()));
        assert_eq!(ensure(&mut tx, &web1, "web1 (101)", NOW).await, Ok(first.clone()));
        let renamed = ensure(&mut tx, &web1, "www (101)", NOW).await.expect("there");
        assert_eq!(renamed, Resource { name: "www (101)".to_owned(), ..first.clone() });
        assert_eq!(by_key(&mut tx, &web1).await, Ok(Some(renamed.clone())));
        assert_eq!(by_id(&mut tx, first.id).await, Ok(Some(renamed)));
        assert_eq!(by_id(&mut tx, first.id + 1).await, Ok(None));
        tx.commit().await.expect("committed");
    })
    .await;
}

#[tokio::test]
async fn two_that_reserve_a_thing_first_at_once_get_one_row() {
    on_both(async |store| {
        let ensured = async || committed!(store, tx => node(&mut tx, "pve1").await);
        let (a, b, c) = tokio::join!(ensured(), ensured(), ensured());
        assert!(a == b && b == c, "{a} {b} {c}");
        let mut tx = store.read().await.expect("a transaction");
        assert_eq!(all(&mut tx).await.expect("read").len(), 1);
    })
    .await;
}

#[tokio::test]
async fn rules_are_kept_as_they_were_said() {
    on_both(async |store| {
        let gpus = key("pool/gpus");
        let id = committed!(store, tx => add(&mut tx, &gpus, "gpus", &strict(), NOW).await.expect("made"));
        let mut tx = store.write().await.expect("a transaction");
        let taken = add(&mut tx, &gpus, "gpus", &ResourceRules::default(), NOW).await;
        assert_eq!(taken, Err(StoreError::Conflict("a resource of that name")));
        drop(tx);
        let mut tx = store.write().await.expect("a transaction");
        let kept = by_id(&mut tx, id).await.expect("read").expect("there");
        let description = "four cards\u{2400}, one each".to_owned();
        assert_eq!(kept.rules, ResourceRules { description, ..strict() });
        let found = ensure(&mut tx, &gpus, "gpus", NOW).await.expect("there");
        assert_eq!(found, kept, "reserving it leaves its rules");
        assert_eq!(set_rules(&mut tx, id, &ResourceRules::default()).await, Ok(true));
        assert_eq!(set_rules(&mut tx, id + 1, &strict()).await, Ok(false));
        assert_eq!(by_id(&mut tx, id).await.expect("read").expect("there").rules, ResourceRules::default());
        tx.commit().await.expect("committed");
        for capacity in [0, 101, -1] {
            let mut tx = store.write().await.expect("a transaction");
            let refused = set_rules(&mut tx, id, &ResourceRules { capacity, ..strict() }).await;
            assert!(matches!(refused, Err(StoreError::Refused(_))), "{capacity}: {refused:?}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_pool_has_the_members_that_were_set_last() {
    on_both(async |store| {
        let mut tx = store.write().await.expect("a transaction");
        let (b, a) = (node(&mut tx, "pve2").await, node(&mut tx, "pve1").await);
        let pool = add(&mut tx, &key("pool/nodes"), "nodes", &ResourceRules::default(), NOW).await.expect("made");
        let rack = add(&mut tx, &key("named/rack"), "rack", &ResourceRules::default(), NOW).await.expect("made");
        assert_eq!(members(&mut tx, pool).await, Ok(vec![]));
        set_members(&mut tx, pool, &[b, a, b]).await.expect("set");
        assert_eq!(names(&members(&mut tx, pool).await.expect("read")), ["pve1", "pve2"]);
        set_members(&mut tx, pool, &[rack, b]).await.expect("set");
        let other = add(&mut tx, &key("pool/all"), "all", &ResourceRules::default(), NOW).await.expect("made");
        set_members(&mut tx, other, &[rack]).await.expect("set");
        assert_eq!(names(&pools_of(&mut tx, rack).await.expect("read")), ["all", "nodes"]);
        assert_eq!(names(&pools_of(&mut tx, a).await.expect("read")), Vec::<&str>::new());
        assert_eq!(remove(&mut tx, other).await, Ok(true));
        assert_eq!(names(&members(&mut tx, pool).await.expect("read")), ["pve2", "rack"]);
        assert_eq!(names(&all(&mut tx).await.expect("read")), ["rack", "pve1", "pve2", "nodes"], "by kind and name");
        assert_eq!(remove(&mut tx, b).await, Ok(true));
        assert_eq!(names(&members(&mut tx, pool).await.expect("read")), ["rack"], "what is gone is in no pool");
        assert_eq!(remove(&mut tx, pool).await, Ok(true));
        assert_eq!(names(&all(&mut tx).await.expect("read")), ["rack", "pve1"], "members outlive their pool");
        tx.commit().await.expect("committed");
        let mut tx = store.write().await.expect("a transaction");
        set_members(&mut tx, rack, &[a, 99]).await.expect_err("no such member");
    })
    .await;
}

#[tokio::test]
async fn what_is_claimed_cannot_be_removed() {
    on_both(async |store| {
        let (pve1, a) = committed!(store, tx => {
            let (pve1, a) = (node(&mut tx, "pve1").await, reserved(&mut tx, "a").await);
            reservation::set_resources(&mut tx, a, &[pve1]).await.expect("set");
            let claim = Claim { reservation: a, resource: pve1, lane: 0, span: Span { from_s: 100, to_s: 200 } };
            assert_eq!(claim::take(&mut tx, &[claim]).await, Ok(true));
            (pve1, a)
        });
        let mut tx = store.write().await.expect("a transaction");
        let held = remove(&mut tx, pve1).await;
        assert!(matches!(held, Err(StoreError::Refused(_))), "{held:?}");
        drop(tx);
        committed!(store, tx => {
            assert_eq!(claim::forget(&mut tx, pve1 + 1).await, Ok(0), "only its own");
            assert_eq!(claim::forget(&mut tx, pve1).await, Ok(1));
            assert_eq!(claim::release(&mut tx, a).await, Ok(0));
            assert_eq!(remove(&mut tx, pve1).await, Ok(true));
            assert_eq!(remove(&mut tx, pve1).await, Ok(false));
            let left = reservation::get(&mut tx, a).await.expect("read").expect("there");
            assert_eq!(left.resources, []);
        });
    })
    .await;
}
