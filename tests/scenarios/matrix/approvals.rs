//! A second person's yes, given in a room: whose it may be is called, and only theirs counts.

use super::{
    rooms::{Kept, ME},
    same::{body, labels},
    stage::{OPS, ROOM, Stage, user},
};
use crate::{
    scenarios::story::{Story, fresh, lab_settings},
    support::postgres,
};
use direttore_core::Rules;
use direttore_domain::{Origin, Surface};
use serde_json::json;
use std::sync::Arc;

/// A Monday.
const MONDAY: &str = "2040-01-02T09:00Z";

/// With a room where changes are told, in which the administrator is and the one who asks, and somebody with a name there.
async fn play(tell: impl AsyncFn(&Story, &Stage)) {
    postgres::on_both(async |store| {
        let cards = vec![Origin { surface: Surface::Matrix, channel: OPS.to_owned() }];
        let rules = Rules { cards, ..Rules::default() };
        let story = Story::with_all(store, lab_settings(), fresh(), None, rules).await;
        story.it_is(MONDAY).await;
        let stage = Stage::set(Arc::clone(&story.dispatch), false).await;
        let members = ["admin", "operator", "root", "viewer"].map(user);
        let members: Vec<(&str, i64)> = members.iter().map(|user| (user.as_str(), 0)).collect();
        stage.rooms.add(OPS, &members, false);
        stage.heard(&stage.text("admin", "!resource add rack-a kind=named approval")).await;
        tell(&story, &stage).await;
        stage.end().await;
        story.end().await;
    })
    .await;
}

async fn answer(stage: &Stage, event: &direttore_matrix::wire::Event) -> String {
    stage.heard(event).await.iter().map(|m| body(m).to_owned()).collect::<Vec<_>>().join("\n")
}

/// What asks for a yes in a room.
fn asked(stage: &Stage, room: &str) -> Kept {
    let all = stage.rooms.sent("m.room.message");
    let found = all.into_iter().rfind(|m| m.room == room && body(m).contains(" asks for "));
    found.unwrap_or_else(|| panic!("nobody is asked in {room}"))
}

fn sign(message: &Kept, label: &str) -> String {
    let all = labels(message);
    let found = all.iter().find(|(_, of)| of == label).map(|(sign, _)| sign.clone());
    found.unwrap_or_else(|| panic!("no {label}: {message:?}"))
}

#[tokio::test]
async fn another_person_says_yes_by_a_sign() {
    play(async |_, stage| {
        let held = answer(stage, &stage.text("operator", "!reserve new rack-a from=10:00 for=2h")).await;
        assert!(held.contains("is held for you until somebody says yes"), "{held}");
        stage.is_told().await;
        let (here, there) = (asked(stage, ROOM), asked(stage, OPS));
        for (message, called) in [(&here, vec![user("admin")]), (&there, vec![user("admin"), user("root")])] {
            assert_eq!(message.content["msgtype"], json!("m.text"), "a notice would ring for nobody");
            assert_eq!(message.content["m.mentions"], json!({ "user_ids": called }));
            assert_eq!(message.content["m.relates_to"], json!(null), "a message of its own");
        }
        // Nobody says yes to their own, nor who may not.
        let approve = sign(&there, "Approve");
        for (who, why) in [("operator", "not-approver"), ("viewer", "refused: ")] {
            let no = answer(stage, &stage.reacts(who, &there, &approve)).await;
            assert!(no.contains("refused: ") && no.contains(why), "{who}: {no}");
        }
        let waits = answer(stage, &stage.text("operator", "!reserve show R-1")).await;
        assert!(waits.contains("pending") || waits.contains("waits"), "{waits}");
        let yes = answer(stage, &stage.reacts("admin", &there, &approve)).await;
        assert!(yes.contains("R-1 is approved"), "{yes}");
        stage.is_told().await;
        let all = stage.rooms.sent("m.room.message");
        assert!(all.iter().any(|m| m.room == ROOM && body(m).contains("approved by admin")), "who asked is told");
        let late = answer(stage, &stage.reacts("admin", &here, &sign(&here, "Approve"))).await;
        assert!(late.contains("refused: "), "it was said already: {late}");
    })
    .await;
}

#[tokio::test]
async fn another_person_says_no_by_a_word() {
    play(async |_, stage| {
        stage.heard(&stage.text("operator", "!reserve new rack-a from=10:00 for=2h")).await;
        stage.is_told().await;
        let here = asked(stage, ROOM);
        let own = answer(stage, &stage.in_thread("operator", &here, "reject")).await;
        assert!(own.contains("refused: "), "{own}");
        let no = answer(stage, &stage.in_thread("admin", &here, "Reject")).await;
        assert!(no.contains("R-1"), "{no}");
        let free = answer(stage, &stage.text("viewer", "!reserve list")).await;
        assert!(!free.contains("rack-a"), "it is nobody's: {free}");
    })
    .await;
}

/// What calls somebody is no notice; another bot hears nothing in it all the same, wherever it stands.
#[tokio::test]
async fn another_bot_is_not_asked() {
    play(async |story, stage| {
        stage.heard(&stage.text("operator", "!reserve new rack-a from=10:00 for=2h")).await;
        stage.is_told().await;
        stage.rooms.add("!two", &[(&user("otherbot"), 0)], false);
        let called: Vec<Kept> =
            stage.rooms.events().into_iter().filter(|e| e.sender == ME && e.content["msgtype"] == "m.text").collect();
        assert_eq!(called.len(), 2);
        for said in called {
            for room in [ROOM, OPS, "!two"] {
                let mut content = said.content.clone();
                // As if it had been said to the bot, too.
                content["body"] = json!("!guest list");
                content["m.mentions"] = json!({ "user_ids": [ME] });
                let before = stage.rooms.events().len() + 1;
                let theirs = stage.rooms.put(&user("otherbot"), room, &said.kind, content, story.dispatch.now());
                assert!(stage.heard(&theirs).await.is_empty());
                assert_eq!(stage.rooms.events().len(), before, "nothing at all is sent");
            }
        }
    })
    .await;
}
