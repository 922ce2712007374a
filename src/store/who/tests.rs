use super::*;
use crate::{
    account, grant, group, token,
    trials::{NOW, on_both, operator},
};
use direttore_domain::{Surface, TokenKind};

fn grant_to(receiver: &str) -> Grant {
    let to = receiver.parse().expect("a receiver");
    Grant {
        pools: vec!["lab".parse().expect("a name")],
        sites: vec!["lab-1".parse().expect("a slug")],
        tenants: vec!["netlab".parse().expect("a slug")],
        tags: vec!["core".parse().expect("a tag")],
        commands: vec!["power *".to_owned()],
        channels: vec!["discord:1".to_owned()],
        ..Grant::of(to)
    }
}

#[tokio::test]
async fn somebody_is_read_as_by_single_statements() {
    on_both(async |store| {
        let (alice, bob) = (operator(&store, "alice").await, operator(&store, "bob").await);
        let mut tx = store.write().await.expect("a transaction");
        for name in ["ops", "dev", "idle"] {
            group::create(&mut tx, &name.parse().expect("a name")).await.expect("new");
        }
        for name in ["ops", "dev"] {
            group::add(&mut tx, &name.parse().expect("a name"), alice.id).await.expect("in it");
        }
        for receiver in ["role:viewer", "group:ops", "bob", "alice", "role:operator", "group:idle"] {
            grant::add(&mut tx, &grant_to(receiver), NOW).await.expect("added");
        }
        for account in [&alice, &bob] {
            let identity = Identity { surface: Surface::Console, subject: account.name.to_string() };
            let who = of_identity(&mut tx, &identity).await.expect("read").expect("there");
            assert_eq!(Some(&who), of_account(&mut tx, account.id).await.expect("read").as_ref());
            assert_eq!(who.account, *account);
            assert_eq!(who.groups, group::of_account(&mut tx, account.id).await.expect("read"));
            for role in [None, Some(Role::Viewer), Some(Role::Operator), Some(Role::Admin)] {
                let grants = grant::for_actor(&mut tx, &account.name, &who.groups, role).await.expect("read");
                assert_eq!(who.grants(role), grants, "{} as {role:?}", account.name);
            }
        }
        assert!(account::set_disabled(&mut tx, bob.id, true).await.expect("written"));
        let who = of_account(&mut tx, bob.id).await.expect("read").expect("there");
        assert!(who.account.is_disabled && who.groups.is_empty());
        assert_eq!(of_account(&mut tx, 999).await.expect("read"), None);
        let stranger = Identity { surface: Surface::Discord, subject: "4711\0".to_owned() };
        assert_eq!(of_identity(&mut tx, &stranger).await.expect("read"), None);
    })
    .await;
}

#[tokio::test]
async fn what_changes_somebodys_rights_is_counted_and_nothing_else() {
    on_both(async |store| {
        let alice = operator(&store, "alice").await;
        let secret: direttore_domain::TokenName = "phone".parse().expect("a name");
        // Each in a transaction of its own: whether the number went up by it.
        macro_rules! counts {
            ($tx:ident => $run:expr) => {{
                let before = store.rights();
                let mut $tx = store.write().await.expect("a transaction");
                $run.await.expect("written");
                assert_eq!(store.rights(), before, "not before it is committed");
                $tx.commit().await.expect("committed");
                store.rights() > before
            }};
        }
        let ops: GroupName = "ops".parse().expect("a name");
        let new = token::NewToken {
            account_id: alice.id,
            kind: TokenKind::Caldav,
            name: &secret,
            scope: "",
            hash: "h",
            expires: None,
            told: None,
            now: NOW,
        };
        let on_discord = Identity { surface: Surface::Discord, subject: "1".to_owned() };
        assert!(!counts!(tx => group::create(&mut tx, &ops)));
        assert!(!counts!(tx => token::add(&mut tx, &new)));
        assert!(!counts!(tx => token::used(&mut tx, 1, NOW)));
        assert!(!counts!(tx => account::set_password(&mut tx, alice.id, None)));
        assert!(counts!(tx => account::set_role(&mut tx, alice.id, None)));
        assert!(counts!(tx => account::set_disabled(&mut tx, alice.id, true)));
        assert!(counts!(tx => account::set_zone(&mut tx, alice.id, "UTC")));
        assert!(counts!(tx => account::link(&mut tx, &on_discord, alice.id)));
        assert!(counts!(tx => account::move_identity(&mut tx, &on_discord, alice.id)));
        assert!(counts!(tx => group::add(&mut tx, &ops, alice.id)));
        assert!(counts!(tx => grant::add(&mut tx, &grant_to("alice"), NOW)));
        assert!(counts!(tx => grant::remove(&mut tx, 1)));
        assert!(counts!(tx => group::remove(&mut tx, &ops, alice.id)));
        assert!(counts!(tx => group::delete(&mut tx, &ops)));
        assert!(counts!(tx => token::revoke(&mut tx, alice.id, &secret, NOW)));
        assert!(counts!(tx => account::delete(&mut tx, alice.id)));

        let before = store.rights();
        let mut tx = store.write().await.expect("a transaction");
        grant::add(&mut tx, &grant_to("bob"), NOW).await.expect("added");
        drop(tx);
        assert_eq!(store.rights(), before, "nothing was changed");
    })
    .await;
}
