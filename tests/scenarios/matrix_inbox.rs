//! What comes through an inbox is carried out once, wherever the process dies between hearing it and having answered.

use super::story::{Story, at_console, on_both};
use direttore_core::dispatch::{Dispatch, Heard, Incoming, ToDo, What};
use direttore_domain::{Claims, Origin, Surface};
use direttore_reply::Reply;
use direttore_store::{inbox, job};
use serde_json::json;

const SURFACE: Surface = Surface::Matrix;

fn incoming(event: &str) -> Incoming {
    Incoming { event: event.to_owned(), lane: "!room".to_owned(), body: json!({ "of": event }), withdraws: None }
}

async fn put(dispatch: &Dispatch, event: &str) -> ToDo {
    let mut new = dispatch.put_in(SURFACE, &[incoming(event)], &[]).await.expect("the database answers");
    assert_eq!(new.len(), 1, "it was not known");
    new.remove(0)
}

/// What another process finds that it is to do.
async fn to_do(dispatch: &Dispatch, event: &str) -> ToDo {
    let all = dispatch.to_do(SURFACE).await.expect("the database answers");
    all.into_iter().find(|todo| todo.event == event).expect("it was not answered")
}

async fn act(dispatch: &Dispatch, todo: &ToDo, who: &str, what: What) -> Vec<Reply> {
    let origin = Origin { surface: Surface::Console, channel: "story".to_owned() };
    let heard = Heard { identity: at_console(who), claims: Claims::default(), origin, what };
    dispatch.acting_on(SURFACE, todo, dispatch.hear(heard)).await
}

fn say(line: &str) -> What {
    What::Say(line.to_owned())
}

fn press(on: &Reply, label: &str) -> What {
    What::Press { on: on.id.clone(), label: label.to_owned() }
}

async fn jobs(s: &Story) -> i64 {
    let mut tx = s.dispatch.store.read().await.expect("the database answers");
    let counts = job::counts(&mut tx).await.expect("the database answers");
    counts.queued + counts.running + counts.done + counts.failed + counts.cancelled + counts.stuck
}

#[tokio::test]
async fn a_yes_that_was_carried_out_is_answered_and_not_done_again() {
    on_both(async |s: &Story| {
        let asked = act(&s.dispatch, &put(&s.dispatch, "$ask").await, "operator", say("/power stop web1")).await;
        let yes = put(&s.dispatch, "$yes").await;
        let told = act(&s.dispatch, &yes, "operator", press(&asked[0], "Yes")).await;
        assert_eq!(told[0].job.as_deref(), Some("J-1"));
        s.note("the bot dies before it is answered");
        let other = s.another();
        let again = to_do(&other, "$yes").await;
        assert!(again.is_begun() && !yes.is_begun());
        assert_eq!(act(&other, &again, "operator", press(&asked[0], "Yes")).await, told);
        // The first process, which did not die but was thought dead.
        assert_eq!(act(&s.dispatch, &again, "operator", press(&asked[0], "Yes")).await, told);
        assert_eq!(jobs(s).await, 1);
        other.is_done(SURFACE, "$yes").await.expect("the database answers");
        assert!(other.put_in(SURFACE, &[incoming("$yes")], &[]).await.expect("asked").is_empty(), "it is known");
        let twice = act(&other, &put(&other, "$twice").await, "operator", press(&asked[0], "Yes")).await;
        assert_eq!(twice[0].code.as_deref(), Some("answered-already"), "another press of the same");
        s.dispatch.settle("story", super::story::PATIENCE).await;
        assert_eq!(jobs(s).await, 1);
    })
    .await;
}

#[tokio::test]
async fn of_two_processes_that_act_on_the_same_one_does_it() {
    on_both(async |s: &Story| {
        let todo = put(&s.dispatch, "$start").await;
        let other = s.another();
        let both = tokio::join!(
            act(&s.dispatch, &todo, "operator", say("/power start db2")),
            act(&other, &todo, "operator", say("/power start db2"))
        );
        let codes = [&both.0[0].code, &both.1[0].code];
        assert_eq!(codes.iter().filter(|code| code.is_none()).count(), 1, "{codes:?}");
        assert_eq!(jobs(s).await, 1);
    })
    .await;
}

#[tokio::test]
async fn a_secret_is_shown_once_more_and_is_nowhere_kept_as_it_is() {
    on_both(async |s: &Story| {
        let todo = put(&s.dispatch, "$token").await;
        let told = act(&s.dispatch, &todo, "operator", say("/token new caldav phone")).await;
        let secret = told[0].fields.iter().find(|field| field.name == "secret").expect("it is shown once");
        let secret = secret.value.plain("UTC");
        let mut tx = s.dispatch.store.read().await.expect("the database answers");
        let rows = inbox::waiting(&mut tx, SURFACE, 10).await.expect("the database answers");
        drop(tx);
        assert!(!rows[0].note.is_empty() && !rows[0].note.contains(&secret), "{}", rows[0].note);
        let other = s.another();
        let again = act(&other, &to_do(&other, "$token").await, "operator", say("/token new caldav phone")).await;
        assert_eq!(again, told);
    })
    .await;
}

#[tokio::test]
async fn a_page_that_was_turned_before_it_died_is_turned_again() {
    on_both(async |s: &Story| {
        let asked = act(&s.dispatch, &put(&s.dispatch, "$ask").await, "operator", say("/provision vm")).await;
        assert!(asked[0].form.is_some());
        let next = put(&s.dispatch, "$cancel").await;
        let told = act(&s.dispatch, &next, "operator", press(&asked[0], "Cancel")).await;
        let other = s.another();
        let again = act(&other, &to_do(&other, "$cancel").await, "operator", press(&asked[0], "Cancel")).await;
        assert_eq!((&again[0].title, &again[0].code), (&told[0].title, &None));
        let late = act(&other, &put(&other, "$late").await, "operator", press(&asked[0], "Cancel")).await;
        assert_eq!(late[0].code.as_deref(), Some("answered-already"));
    })
    .await;
}

#[tokio::test]
async fn what_was_taken_back_in_time_is_not_acted_on() {
    on_both(async |s: &Story| {
        let redaction = Incoming { withdraws: Some("$1".to_owned()), ..incoming("$2") };
        let heard = [incoming("$1"), redaction];
        let new = s.dispatch.put_in(SURFACE, &heard, &[]).await.expect("the database answers");
        assert_eq!(new.iter().map(|todo| todo.event.as_str()).collect::<Vec<_>>(), ["$2"]);
        put(&s.dispatch, "$3").await;
        let redaction = Incoming { withdraws: Some("$3".to_owned()), ..incoming("$4") };
        s.dispatch.put_in(SURFACE, &[redaction], &[]).await.expect("the database answers");
        let left = s.dispatch.to_do(SURFACE).await.expect("the database answers");
        assert_eq!(left.iter().map(|todo| todo.event.as_str()).collect::<Vec<_>>(), ["$2", "$4"]);
        assert!(act(&s.dispatch, &left[0], "operator", say("/help")).await[0].code.is_none());
    })
    .await;
}

#[tokio::test]
async fn how_far_was_listened_is_kept_with_what_was_heard() {
    on_both(async |s: &Story| {
        let note = |next: &str| [("sync/D1".to_owned(), json!({ "next": next }))];
        s.dispatch.put_in(SURFACE, &[incoming("$1")], &note("s1")).await.expect("the database answers");
        s.dispatch.put_in(SURFACE, &[incoming("$1")], &note("s2")).await.expect("the database answers");
        let kept = s.dispatch.kept(SURFACE, "sync/D1").await.expect("the database answers");
        assert_eq!(kept, Some(json!({ "next": "s2" })));
        assert_eq!(s.dispatch.to_do(SURFACE).await.expect("the database answers").len(), 1);
    })
    .await;
}
