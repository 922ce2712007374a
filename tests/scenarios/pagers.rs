//! Lists of several pages: their buttons work from the moment when they are shown, before and after their row is written,
//! and are nobody else's.

use super::story::{Story, on_both};
use direttore_core::dispatch::{Dispatch, Heard, What};
use direttore_domain::{Claims, Identity, Origin, Surface};
use direttore_reply::Reply;
use direttore_store::{account, question};

async fn hear(dispatch: &Dispatch, who: &str, what: What) -> Reply {
    let identity = Identity { surface: Surface::Console, subject: who.to_owned() };
    let origin = Origin { surface: Surface::Console, channel: "pagers".to_owned() };
    let replies = dispatch.hear(Heard { identity, claims: Claims::default(), origin, what }).await;
    replies.into_iter().next().expect("an answer")
}

async fn list(dispatch: &Dispatch, who: &str) -> Reply {
    let reply = hear(dispatch, who, What::Say("/guest list".to_owned())).await;
    assert!(reply.actions.iter().any(|a| a == "Next"), "it has several pages: {:?}", reply.actions);
    reply
}

async fn next(dispatch: &Dispatch, who: &str, on: &str) -> Reply {
    hear(dispatch, who, What::Press { on: on.to_owned(), label: "Next".to_owned() }).await
}

async fn rows(s: &Story, on: &str) -> usize {
    let id: i64 = on.strip_prefix('p').and_then(|n| n.parse().ok()).expect("a pager's id");
    let mut tx = s.dispatch.store.read().await.expect("the database answers");
    usize::from(question::get(&mut tx, -id).await.expect("the database answers").is_some())
}

#[tokio::test]
async fn pages_are_turned_before_and_after_the_row_is_written() {
    on_both(async |s: &Story| {
        // On SQLite nobody can write while this is open: the list comes all the same, and its button works.
        let blocked =
            if s.dispatch.store.is_postgres() { None } else { Some(s.dispatch.store.write().await.expect("its turn")) };
        let first = list(&s.dispatch, "viewer").await;
        let second = next(&s.dispatch, "viewer", &first.id).await;
        assert_eq!(second.replaces.as_deref(), Some(first.id.as_str()));
        assert!(second.actions.iter().any(|a| a == "Back"), "{:?}", second.actions);
        let refused = next(&s.dispatch, "operator", &first.id).await;
        assert_eq!(refused.code.as_deref(), Some("not-the-asker"));
        if blocked.is_some() {
            assert_eq!(rows(s, &first.id).await, 0, "it is not written yet");
        }
        drop(blocked);

        s.dispatch.flush().await;
        assert_eq!((rows(s, &first.id).await, rows(s, &second.id).await), (1, 1));
        let again = next(&s.dispatch, "viewer", &first.id).await;
        assert_eq!(again.replaces.as_deref(), Some(first.id.as_str()), "as often as one likes");
        let another = s.another();
        let elsewhere = next(&another, "viewer", &first.id).await;
        assert_eq!(elsewhere.replaces.as_deref(), Some(first.id.as_str()), "in another process too");
        assert_eq!(next(&another, "operator", &first.id).await.code.as_deref(), Some("not-the-asker"));
        another.flush().await;
        assert_eq!(next(&s.dispatch, "viewer", "p1").await.code.as_deref(), Some("nothing-open"));
    })
    .await;
}

#[tokio::test]
async fn the_pagers_of_an_account_that_is_gone_keep_nobody_elses_from_the_disk() {
    on_both(async |s: &Story| {
        s.say("admin", "/user create bob viewer").await;
        let mut tx = s.dispatch.store.write().await.expect("its turn");
        let (gone, other) = (list(&s.dispatch, "bob").await, list(&s.dispatch, "viewer").await);
        let bob = account::by_name(&mut tx, &"bob".parse().expect("a name")).await.expect("read").expect("there");
        account::delete(&mut tx, bob.id).await.expect("deleted");
        tx.commit().await.expect("committed");
        s.dispatch.flush().await;
        assert_eq!((rows(s, &gone.id).await, rows(s, &other.id).await), (0, 1));
        assert_ne!(next(&s.dispatch, "bob", &gone.id).await.replaces, Some(gone.id));
    })
    .await;
}

/// What somebody may do is kept in memory for a moment; what is changed here counts at once all the same.
#[tokio::test]
async fn what_is_taken_away_counts_with_the_next_word() {
    on_both(async |s: &Story| {
        s.say("admin", "/user create bob viewer").await;
        for (line, yes, code) in [
            ("/user disable bob", true, Some("account-disabled")),
            ("/user disable bob off=true", true, None),
            ("/grant add bob pools=nowhere commands=\"node *\"", false, Some("not-granted")),
            ("/grant remove 1", false, None),
        ] {
            hear(&s.dispatch, "bob", What::Say("/guest list".to_owned())).await;
            s.say("admin", line).await;
            if yes {
                s.press("admin", "Yes").await;
            }
            let told = hear(&s.dispatch, "bob", What::Say("/guest list".to_owned())).await;
            assert_eq!(told.code.as_deref(), code, "after {line}: {:?}", told.title);
        }
    })
    .await;
}
