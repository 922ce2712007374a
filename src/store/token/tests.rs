use super::*;
use crate::{
    StoreError, account,
    trials::{NOW, committed, on_both, operator},
};

fn name(text: &str) -> TokenName {
    text.parse().expect("a name")
}

fn new<'a>(account_id: i64, name: &'a TokenName, hash: &'a str) -> NewToken<'a> {
    NewToken { account_id, kind: TokenKind::Caldav, name, scope: "", hash, expires: None, told: None, now: NOW }
}

#[tokio::test]
async fn a_token_opens_its_kind_until_it_is_revoked() {
    on_both(async |store| {
        let (alice, bob) = (operator(&store, "alice").await, operator(&store, "bob").await);
        let phone = name("phone");
        let id = committed!(store, tx => {
            add(&mut tx, &new(bob.id, &phone, "b1")).await.expect("another account's");
            add(&mut tx, &new(alice.id, &phone, "a1")).await.expect("new")
        });
        let mut tx = store.write().await.expect("a transaction");
        let again = add(&mut tx, &new(alice.id, &phone, "a2")).await;
        assert_eq!(again, Err(StoreError::Conflict("a token of that name")));
        drop(tx);
        let mut tx = store.write().await.expect("a transaction");
        let (row, whose) = by_hash(&mut tx, TokenKind::Caldav, "a1", NOW).await.expect("read").expect("it works");
        assert_eq!((row.id, row.name.as_str(), row.last_used, &whose), (id, "phone", None, &alice));
        assert_eq!(by_hash(&mut tx, TokenKind::Api, "a1", NOW).await.expect("read"), None, "another kind");
        assert_eq!(by_hash(&mut tx, TokenKind::Caldav, "", NOW).await.expect("read"), None, "unknown");
        assert!(row.is_due(NOW));
        used(&mut tx, id, NOW).await.expect("noted");
        let row = list(&mut tx, alice.id).await.expect("read").remove(0);
        assert_eq!(row.last_used, Some(NOW));
        assert!(!row.is_due(NOW) && row.is_due(NOW + NOTED));
        assert!(revoke(&mut tx, alice.id, &phone, NOW).await.expect("revoked"));
        assert!(!revoke(&mut tx, alice.id, &phone, NOW).await.expect("gone"));
        assert_eq!(by_hash(&mut tx, TokenKind::Caldav, "a1", NOW).await.expect("read"), None);
        assert_eq!(list(&mut tx, alice.id).await.expect("read"), []);
        add(&mut tx, &new(alice.id, &phone, "a3")).await.expect("the name is free");
        assert!(by_hash(&mut tx, TokenKind::Caldav, "b1", NOW).await.expect("read").is_some(), "bob keeps his");
        account::delete(&mut tx, bob.id).await.expect("deleted");
        assert_eq!(by_hash(&mut tx, TokenKind::Caldav, "b1", NOW).await.expect("read"), None);
    })
    .await;
}

#[tokio::test]
async fn a_token_works_until_its_time_is_over() {
    on_both(async |store| {
        let alice = operator(&store, "alice").await;
        let (phone, end) = (name("phone"), NOW + Duration::from_secs(60));
        let mut tx = store.write().await.expect("a transaction");
        add(&mut tx, &NewToken { expires: Some(end), ..new(alice.id, &phone, "a1") }).await.expect("new");
        assert!(by_hash(&mut tx, TokenKind::Caldav, "a1", NOW).await.expect("read").is_some());
        assert_eq!(by_hash(&mut tx, TokenKind::Caldav, "a1", end).await.expect("read"), None);
        assert_eq!(list(&mut tx, alice.id).await.expect("read")[0].expires, Some(end), "it is still listed");
    })
    .await;
}

#[tokio::test]
async fn a_disabled_accounts_token_says_so() {
    on_both(async |store| {
        let alice = operator(&store, "alice").await;
        let mut tx = store.write().await.expect("a transaction");
        add(&mut tx, &new(alice.id, &name("phone"), "a1")).await.expect("new");
        account::set_disabled(&mut tx, alice.id, true).await.expect("disabled");
        let (_, whose) = by_hash(&mut tx, TokenKind::Caldav, "a1", NOW).await.expect("read").expect("it is there");
        assert!(whose.is_disabled);
    })
    .await;
}

#[tokio::test]
async fn a_token_knows_where_it_was_made() {
    on_both(async |store| {
        let alice = operator(&store, "alice").await;
        let (phone, laptop) = (name("phone"), name("laptop"));
        let there = Origin { surface: direttore_domain::Surface::Discord, channel: "17".to_owned() };
        let mut tx = store.write().await.expect("a transaction");
        add(&mut tx, &NewToken { told: Some(&there), ..new(alice.id, &phone, "a1") }).await.expect("new");
        add(&mut tx, &new(alice.id, &laptop, "a2")).await.expect("new");
        let (row, _) = by_hash(&mut tx, TokenKind::Caldav, "a1", NOW).await.expect("read").expect("it works");
        assert_eq!(row.told, Some(there.clone()));
        let told: Vec<_> = list(&mut tx, alice.id).await.expect("read").into_iter().map(|row| row.told).collect();
        assert_eq!(told, [None, Some(there)]);
    })
    .await;
}
