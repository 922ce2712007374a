//! The message of a room on Matrix: one, edited in place, with signs that anybody may press who may; a new one where its
//! room was replaced.

use super::*;
use crate::{
    scenarios::matrix::{
        rooms::{Kept, ME},
        same::{body, labels},
        stage::{OPS, Stage, user},
    },
    support::postgres,
};

const NEW: &str = "!new-ops";

fn in_ops() -> Rules {
    let channel = Some(Origin { surface: Surface::Matrix, channel: OPS.to_owned() });
    Rules { alerts: Alerts { channel, ..Alerts::default() }, hooks: hooks(), ..Rules::default() }
}

async fn play(tell: impl AsyncFn(&Story, &Stage)) {
    postgres::on_both(async |store| {
        let story = Story::with_all(store, lab_settings(), fresh(), None, in_ops()).await;
        let stage = Stage::set(Arc::clone(&story.dispatch), false).await;
        stage.rooms.add(OPS, &[(&user("operator"), 0), (&user("viewer"), 0)], false);
        tell(&story, &stage).await;
        stage.end().await;
        story.end().await;
    })
    .await;
}

async fn posts(s: &Story, alerts: &[Value]) {
    let body = of_alertmanager(alerts).to_string();
    assert_eq!(post_to(&s.dispatch, "alertmanager", body.as_bytes()).await, Posted::Accepted);
}

async fn later(s: &Story) {
    s.clock.advance(PACE);
    s.dispatch.do_alerts().await.expect("the database answers");
}

/// The bot's messages in a room that answer nobody, as they are shown now.
fn standing(stage: &Stage, room: &str) -> Vec<Kept> {
    let all = stage.rooms.sent("m.room.message");
    let own = all.into_iter().filter(|m| m.room == room && m.sender == ME && m.content["m.relates_to"].is_null());
    own.map(|m| stage.rooms.shown(&m.id)).collect()
}

async fn only(stage: &Stage, room: &str) -> Kept {
    stage.is_told().await;
    let mut all = standing(stage, room);
    assert_eq!(all.len(), 1, "{all:#?}");
    all.remove(0)
}

#[tokio::test]
async fn one_message_is_edited_until_all_is_over() {
    play(async |s, stage| {
        let at = s.clock.now();
        let one = |is_firing, node| alert(is_firing, "NodeDown", node, at);
        posts(s, &[one(true, "pve1")]).await;
        let first = only(stage, OPS).await;
        assert!(body(&first).contains("1 fires, critical"), "{}", body(&first));
        assert_eq!(first.content["msgtype"], json!("m.notice"), "it rings for nobody");
        later(s).await;
        posts(s, &[one(true, "pve2")]).await;
        let second = only(stage, OPS).await;
        assert!(second.id == first.id && body(&second).contains("2 fire"), "{}", body(&second));
        let no = stage.presses("viewer", &second, "Acknowledge").await;
        assert!(no.contains("refused: ") && no.contains("not-allowed"), "{no}");
        let yes = stage.presses("operator", &second, "Acknowledge").await;
        assert!(yes.contains("you look after"), "{yes}");
        later(s).await;
        let third = only(stage, OPS).await;
        assert!(third.id == first.id && body(&third).contains("acknowledged by operator"), "{}", body(&third));
        later(s).await;
        posts(s, &[one(false, "pve1"), one(false, "pve2")]).await;
        let last = only(stage, OPS).await;
        assert!(last.id == first.id && body(&last).contains("resolved"), "{}", body(&last));
        assert!(labels(&last).is_empty(), "there is nothing to be done any more");
        later(s).await;
        posts(s, &[alert(true, "NodeDown", "pve1", s.clock.now())]).await;
        stage.is_told().await;
        assert_eq!(standing(stage, OPS).len(), 2, "a later one is another message");
    })
    .await;
}

#[tokio::test]
async fn it_follows_a_room_that_is_replaced() {
    play(async |s, stage| {
        let at = s.clock.now();
        posts(s, &[alert(true, "NodeDown", "pve1", at)]).await;
        let first = only(stage, OPS).await;
        // It waits until the bot is in the new room.
        stage.rooms.is_replaced(OPS);
        later(s).await;
        posts(s, &[alert(true, "NodeDown", "pve2", at)]).await;
        assert_eq!(s.dispatch.waiting(Surface::Matrix).await.expect("the database answers").len(), 1);
        stage.rooms.add(NEW, &[(&user("operator"), 0)], false);
        stage.rooms.is_followed(OPS, NEW);
        let second = only(stage, NEW).await;
        assert!(body(&second).contains("2 fire"), "{}", body(&second));
        assert_eq!(stage.rooms.shown(&first.id).content, first.content, "the old room is left as it was");
        let yes = stage.presses("operator", &second, "Acknowledge").await;
        assert!(yes.contains("you look after"), "{yes}");
        later(s).await;
        later(s).await;
        posts(s, &[alert(false, "NodeDown", "pve1", at), alert(false, "NodeDown", "pve2", at)]).await;
        let last = only(stage, NEW).await;
        assert!(last.id == second.id && body(&last).contains("resolved"), "{}", body(&last));
    })
    .await;
}
