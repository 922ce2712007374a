use super::*;
use crate::{
    alias, grant, group, job, owner, question,
    trials::{NOW, committed, console, on_both, operator},
};
use direttore_domain::Grant;
use serde_json::json;

fn name(text: &str) -> AccountName {
    text.parse().expect("a name")
}

#[tokio::test]
async fn an_account_is_made_found_and_changed() {
    on_both(async |store| {
        let mut tx = store.write().await.expect("a transaction");
        assert!(!any(&mut tx).await.expect("read"));
        let alice = create(&mut tx, &name("alice"), Some(Role::Admin), Some("$argon2id$x"), NOW).await.expect("new");
        let bob = create(&mut tx, &name("bob"), None, None, NOW).await.expect("new");
        assert!(any(&mut tx).await.expect("read"));
        assert_eq!((alice.role, alice.is_disabled, alice.zone.as_str()), (Some(Role::Admin), false, "UTC"));
        assert_eq!(by_name(&mut tx, &name("alice")).await.expect("read"), Some(alice.clone()));
        assert_eq!(by_id(&mut tx, bob.id).await.expect("read"), Some(bob.clone()));
        assert_eq!(list(&mut tx).await.expect("read"), [alice.clone(), bob.clone()]);
        assert_eq!(password_hash(&mut tx, &name("alice")).await.expect("read").as_deref(), Some("$argon2id$x"));
        assert_eq!(password_hash(&mut tx, &name("bob")).await.expect("read"), None);

        assert!(set_role(&mut tx, bob.id, Some(Role::Viewer)).await.expect("written"));
        assert!(set_disabled(&mut tx, bob.id, true).await.expect("written"));
        assert!(set_zone(&mut tx, bob.id, "Europe/Warsaw").await.expect("written"));
        assert!(set_password(&mut tx, bob.id, Some("h")).await.expect("written"));
        assert!(!set_role(&mut tx, 999, None).await.expect("nobody"));
        let bob = by_id(&mut tx, bob.id).await.expect("read").expect("there");
        assert_eq!((bob.role, bob.is_disabled, bob.zone.as_str()), (Some(Role::Viewer), true, "Europe/Warsaw"));
        assert_eq!(enabled_admins(&mut tx).await.expect("read"), 1);
    })
    .await;
}

#[tokio::test]
async fn a_name_is_taken_once_and_an_identity_is_one_accounts() {
    on_both(async |store| {
        let (alice, bob) = (operator(&store, "alice").await, operator(&store, "bob").await);
        let mut tx = store.write().await.expect("a transaction");
        let again = create(&mut tx, &name("alice"), None, None, NOW).await;
        assert_eq!(again, Err(StoreError::Conflict("an account of that name")));
        drop(tx);

        let on_discord = Identity { surface: Surface::Discord, subject: "4711\0".to_owned() };
        let mut tx = store.write().await.expect("a transaction");
        link(&mut tx, &on_discord, alice.id).await.expect("new");
        link(&mut tx, &on_discord, alice.id).await.expect("the same again");
        assert!(matches!(link(&mut tx, &on_discord, bob.id).await, Err(StoreError::Conflict(_))));
        assert_eq!(by_identity(&mut tx, &on_discord).await.expect("read"), Some(alice.clone()));
        let at_console = Identity { surface: Surface::Console, subject: "bob".to_owned() };
        assert_eq!(by_identity(&mut tx, &at_console).await.expect("read"), Some(bob));
    })
    .await;
}

#[tokio::test]
async fn an_identity_moves_to_another_account() {
    on_both(async |store| {
        let mut tx = store.write().await.expect("a transaction");
        let alice = create(&mut tx, &name("alice"), None, None, NOW).await.expect("new");
        let bob = create(&mut tx, &name("bob"), None, None, NOW).await.expect("new");
        let identity = Identity { surface: Surface::Discord, subject: "42".to_owned() };
        let at_console = Identity { surface: Surface::Console, subject: "alice".to_owned() };
        for account in [&alice, &bob, &bob] {
            move_identity(&mut tx, &identity, account.id).await.expect("linked");
            assert_eq!(by_identity(&mut tx, &identity).await.expect("read").as_ref(), Some(account));
        }
        assert_eq!(by_identity(&mut tx, &at_console).await.expect("read"), Some(alice), "its others stay");
    })
    .await;
}

#[tokio::test]
async fn a_deleted_account_leaves_only_its_name() {
    on_both(async |store| {
        let alice = operator(&store, "alice").await;
        let (ops, web) = ("ops".parse().expect("a name"), "web".parse().expect("a name"));
        let lab = "lab".parse().expect("a name");
        let vmid = 101.try_into().expect("in range");
        let id = committed!(store, tx => {
            group::create(&mut tx, &ops).await.expect("new");
            group::add(&mut tx, &ops, alice.id).await.expect("both there");
            let to = GrantTo::Account(alice.name.clone());
            grant::add(&mut tx, &Grant::of(to), NOW).await.expect("new");
            alias::add(&mut tx, Some(alice.id), &web, "guest show web1", NOW).await.expect("new");
            owner::set(&mut tx, &lab, vmid, "mark", alice.id, NOW).await.expect("written");
            let origin = console("here");
            let asked = question::NewQuestion { kind: "confirm", asker: "console:alice", account_id: Some(alice.id),
                origin: &origin, body: &json!({}), expires: None, now: NOW };
            question::create(&mut tx, &asked).await.expect("new");
            let new = job::NewJob { command: "power stop", title: "stop web1", account_id: Some(alice.id),
                actor: "alice", origin: &origin, question: None, position: 0, subject: "", steps: vec![], now: NOW };
            job::enqueue(&mut tx, &new).await.expect("new")
        });
        let mut tx = store.write().await.expect("a transaction");
        assert!(delete(&mut tx, alice.id).await.expect("deleted"));
        assert!(!delete(&mut tx, alice.id).await.expect("gone"));
        assert_eq!(group::list(&mut tx).await.expect("read")[0].members, []);
        assert_eq!(grant::list(&mut tx).await.expect("read"), []);
        assert_eq!(alias::visible(&mut tx, Some(alice.id)).await.expect("read"), []);
        assert_eq!(owner::all(&mut tx).await.expect("read"), []);
        assert_eq!(question::newest_open(&mut tx, "console:alice", &console("here"), NOW).await.expect("read"), None);
        let job = job::by_id(&mut tx, id).await.expect("read").expect("it stays");
        assert_eq!((job.account_id, job.actor.as_str()), (None, "alice"));
        // A number is never given again, or the next account would get what the first one's number still stands in.
        let next = create(&mut tx, &name("alice"), None, None, NOW).await.expect("free again");
        assert!(next.id > alice.id);
    })
    .await;
}

#[tokio::test]
async fn two_cannot_both_take_away_the_last_administrator() {
    on_both(async |store| {
        let (alice, bob) = (operator(&store, "alice").await, operator(&store, "bob").await);
        committed!(store, tx => {
            set_role(&mut tx, alice.id, Some(Role::Admin)).await.expect("written");
            set_role(&mut tx, bob.id, Some(Role::Admin)).await.expect("written");
        });
        let take_away = async |id| {
            let mut tx = store.write().await.expect("a transaction");
            let is_allowed = enabled_admins(&mut tx).await.expect("read") > 1;
            if is_allowed {
                set_role(&mut tx, id, None).await.expect("written");
            }
            tx.commit().await.expect("committed");
            is_allowed
        };
        let (first, second) = tokio::join!(take_away(alice.id), take_away(bob.id));
        assert!(first != second, "exactly one may");
    })
    .await;
}

#[tokio::test]
async fn a_row_that_does_not_parse_is_said_to_be_so() {
    on_both(async |store| {
        let alice = operator(&store, "alice").await;
        let mut tx = store.write().await.expect("a transaction");
        change!(tx, sqlx::query("update account set role = 'king' where id = $1").bind(alice.id)).expect("written");
        let read = by_id(&mut tx, alice.id).await;
        assert!(matches!(&read, Err(StoreError::Corrupt(why)) if why.contains("king")), "{read:?}");
    })
    .await;
}
