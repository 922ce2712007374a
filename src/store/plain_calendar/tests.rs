use super::*;
use crate::{
    StoreError, account,
    plain_object::{self, NewObject, Span, Wanted},
    trials::{NOW, committed, on_both, operator},
};

const DAY: Duration = Duration::from_secs(24 * 3600);

fn named(name: &str) -> About {
    About { displayname: Some(name.to_owned()), ..About::default() }
}

#[tokio::test]
async fn calendars_are_an_accounts_own() {
    on_both(async |store| {
        let (alice, bob) = (operator(&store, "alice").await, operator(&store, "bob").await);
        let work = committed!(store, tx => {
            create(&mut tx, bob.id, "work", &named("Bob's"), "VEVENT", NOW).await.expect("another account's");
            create(&mut tx, alice.id, "work", &named("Work"), "VEVENT,VTODO", NOW).await.expect("new")
        });
        let mut tx = store.write().await.expect("a transaction");
        let again = create(&mut tx, alice.id, "work", &About::default(), "VEVENT", NOW).await;
        assert_eq!(again, Err(StoreError::Conflict("a calendar of that name")));
        drop(tx);
        let mut tx = store.write().await.expect("a transaction");
        let found = by_name(&mut tx, alice.id, "work").await.expect("read").expect("it is there");
        assert_eq!((found.id, found.components.as_str(), found.rev), (work, "VEVENT,VTODO", 0));
        assert_eq!(found.about, named("Work"));
        let about = About { color: Some("#ff0000".to_owned()), timezone: Some("x".to_owned()), ..named("Home") };
        assert!(describe(&mut tx, work, &about, NOW).await.expect("changed"));
        assert_eq!(list(&mut tx, alice.id).await.expect("read")[0].about, about);
        assert_eq!(next_rev(&mut tx, work, NOW).await.expect("counted"), Some(1));
        assert_eq!(next_rev(&mut tx, work, NOW).await.expect("counted"), Some(2));
        assert_eq!(next_rev(&mut tx, -1, NOW).await.expect("counted"), None);
        assert!(delete(&mut tx, work).await.expect("deleted"));
        assert!(!delete(&mut tx, work).await.expect("gone"));
        assert_eq!(by_name(&mut tx, alice.id, "work").await.expect("read"), None);
        account::delete(&mut tx, bob.id).await.expect("deleted");
        assert_eq!(list(&mut tx, bob.id).await.expect("read"), []);
    })
    .await;
}

#[tokio::test]
async fn what_was_deleted_is_remembered_for_a_while() {
    on_both(async |store| {
        let alice = operator(&store, "alice").await;
        let mut tx = store.write().await.expect("a transaction");
        let id = create(&mut tx, alice.id, "work", &About::default(), "VEVENT", NOW).await.expect("new");
        for (at, name) in ["a.ics", "b.ics"].into_iter().enumerate() {
            let now = NOW + DAY * u32::try_from(at * 50).expect("a few days");
            let new = NewObject { name, uid: name, component: "VEVENT", body: "x", etag: "e", span: Span::default() };
            let rev = next_rev(&mut tx, id, now).await.expect("counted").expect("it is there");
            plain_object::put(&mut tx, id, &new, rev, now).await.expect("kept");
            let rev = next_rev(&mut tx, id, now).await.expect("counted").expect("it is there");
            assert!(plain_object::delete(&mut tx, id, name, rev, now).await.expect("deleted"));
        }
        assert_eq!(forget(&mut tx, NOW + DAY * 90, DAY * 90).await.expect("forgotten"), 0, "the edge is kept");
        assert_eq!(forget(&mut tx, NOW + DAY * 91, DAY * 90).await.expect("forgotten"), 1);
        assert_eq!(list(&mut tx, alice.id).await.expect("read")[0].forgotten_rev, 2);
        let left = plain_object::changes(&mut tx, id, 2, 10).await.expect("read");
        assert_eq!(left.iter().map(|c| (c.name.as_str(), c.rev)).collect::<Vec<_>>(), [("b.ics", 4)]);
        assert_eq!(plain_object::list(&mut tx, id, Wanted::default(), true).await.expect("read"), []);
    })
    .await;
}
