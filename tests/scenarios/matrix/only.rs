//! What only Matrix has: signs of the wrong person, edits, what is taken back, what comes twice, other bots.

use super::{
    rooms::{Kept, ME, Rooms},
    same::body,
    stage::{ROOM, Stage, settings, user},
};
use crate::scenarios::story::{Story, on_a_new_database};
use direttore_domain::{Instant, Role, Surface};
use direttore_matrix::{
    PowerRule, Settings,
    wire::{Error, Event, Power},
};
use serde_json::json;
use std::{sync::Arc, time::Duration};

/// A story with its stage beside it.
async fn play(tell: impl AsyncFn(&Story, &Stage)) {
    set(false, tell).await;
}

async fn set(is_encrypted: bool, tell: impl AsyncFn(&Story, &Stage)) {
    on_a_new_database(async |store| {
        let story = Story::start(store).await;
        let stage = Stage::set(Arc::clone(&story.dispatch), is_encrypted).await;
        tell(&story, &stage).await;
        stage.end().await;
        story.end().await;
    })
    .await;
}

/// The one message that answers.
async fn one(stage: &Stage, event: &Event) -> Kept {
    let mut answers = stage.heard(event).await;
    assert_eq!(answers.len(), 1, "{answers:?}");
    answers.remove(0)
}

/// Of guests.
fn is_list(message: &Kept) -> bool {
    body(message).contains("vmid") && !body(message).contains("refused")
}

async fn is_silent(stage: &Stage, event: &Event) {
    let before = stage.rooms.events().len();
    assert!(stage.heard(event).await.is_empty());
    assert_eq!(stage.rooms.events().len(), before, "nothing at all is sent");
}

async fn jobs(story: &Story) -> usize {
    let mut tx = story.dispatch.store.read().await.expect("the database answers");
    let counts = direttore_store::job::counts(&mut tx).await.expect("the database answers");
    usize::try_from(counts.queued + counts.running + counts.done).expect("few")
}

#[tokio::test]
async fn an_answer_stands_in_a_thread_and_calls_nobody() {
    play(async |_, stage| {
        let asked = stage.text("viewer", "!guest list");
        let answer = one(stage, &asked).await;
        let relation = json!({ "rel_type": "m.thread", "event_id": asked.id, "is_falling_back": true,
            "m.in_reply_to": { "event_id": asked.id } });
        assert_eq!(answer.content["m.relates_to"], relation);
        assert_eq!(answer.content["m.mentions"], json!({}));
        assert!(answer.content["formatted_body"].as_str().is_some_and(|html| html.contains("<table>")));
        // In a thread it stays there.
        let again = stage.in_thread("viewer", &answer, "!guest list");
        let answer = one(stage, &again).await;
        assert_eq!(answer.content["m.relates_to"]["event_id"], json!(asked.id));
    })
    .await;
}

#[tokio::test]
async fn only_the_askers_sign_counts_and_once() {
    play(async |story, stage| {
        let asked = stage.text("operator", "!power stop web1");
        let question = one(stage, &asked).await;
        let offered: Vec<Kept> = stage.rooms.sent("m.reaction");
        assert_eq!(offered.len(), 2, "yes and no are offered");
        for who in ["viewer", "admin", "stranger"] {
            is_silent(stage, &stage.reacts(who, &question, "✅")).await;
            is_silent(stage, &stage.in_thread(who, &question, "yes")).await;
        }
        is_silent(stage, &stage.reacts("operator", &question, "🔥")).await;
        is_silent(stage, &stage.in_thread("operator", &question, "let me think")).await;
        assert_eq!(jobs(story).await, 0);
        let done = one(stage, &stage.reacts("operator", &question, "✅")).await;
        assert!(body(&done).contains("J-1 is queued"), "{}", body(&done));
        let again = one(stage, &stage.reacts("operator", &question, "✅")).await;
        assert!(body(&again).contains("answered-already"), "{}", body(&again));
        let ends = {
            story.dispatch.settle(ROOM, Duration::from_secs(60)).await;
            stage.ends().await
        };
        assert_eq!(ends.len(), 1);
        assert_eq!(ends[0].content["m.mentions"], json!({ "user_ids": [user("operator")] }), "whoever asked is called");
        assert_eq!(jobs(story).await, 1);
    })
    .await;
}

#[tokio::test]
async fn words_do_what_signs_do() {
    play(async |story, stage| {
        for yes in ["YES", "✅"] {
            let question = one(stage, &stage.text("operator", "!power stop web1")).await;
            let done = one(stage, &stage.in_thread("operator", &question, yes)).await;
            assert!(body(&done).contains("is queued"), "{}", body(&done));
            story.dispatch.settle(ROOM, Duration::from_secs(60)).await;
            stage.heard(&stage.text("operator", "!power start web1")).await;
            story.dispatch.settle(ROOM, Duration::from_secs(60)).await;
        }
        // By name, outside of the thread; and as a plain reply.
        let question = one(stage, &stage.text("operator", "!power stop web1")).await;
        let no = one(stage, &stage.text("operator", "!dt no")).await;
        assert!(body(&no).contains("cancelled") || body(&no).contains("nothing was"), "{}", body(&no));
        let late = one(stage, &stage.in_thread("operator", &question, "!dt yes")).await;
        assert!(body(&late).contains("refused"), "{}", body(&late));
        let question = one(stage, &stage.text("operator", "!power stop web1")).await;
        let relation = json!({ "m.in_reply_to": { "event_id": question.id } });
        let content =
            json!({ "msgtype": "m.text", "body": "> <@bot:localhost> stop?\n\nno", "m.relates_to": relation });
        assert_eq!(stage.heard(&stage.says("operator", ROOM, content)).await.len(), 1);
        stage.is_told().await;
    })
    .await;
}

#[tokio::test]
async fn what_is_not_for_it_is_met_with_silence() {
    play(async |_, stage| {
        for body in ["guest list", "!ping", "!!guest list", "thanks bot", "yes", "<script>alert(1)</script>", ""] {
            is_silent(stage, &stage.text("operator", body)).await;
        }
        let command = |more: serde_json::Value| {
            let mut content = json!({ "msgtype": "m.text", "body": "!guest list" });
            content.as_object_mut().expect("an object").extend(more.as_object().cloned().expect("an object"));
            stage.says("operator", ROOM, content)
        };
        is_silent(stage, &command(json!({ "msgtype": "m.notice" }))).await;
        is_silent(stage, &command(json!({ "msgtype": "m.emote" }))).await;
        let edit = json!({ "m.relates_to": { "rel_type": "m.replace", "event_id": "$e1" },
            "m.new_content": { "msgtype": "m.text", "body": "!guest list" } });
        is_silent(stage, &command(edit)).await;
        let own = Event { sender: ME.to_owned(), ..command(json!({})) };
        is_silent(stage, &own).await;
    })
    .await;
}

/// Each answers people, and neither the other.
#[tokio::test]
async fn two_bots_in_a_room_do_not_talk_to_each_other() {
    play(async |story, stage| {
        let question = one(stage, &stage.text("operator", "!power stop web1")).await;
        one(stage, &stage.reacts("operator", &question, "✅")).await;
        story.dispatch.settle(ROOM, Duration::from_secs(60)).await;
        stage.is_told().await;
        for said in stage.rooms.events().into_iter().filter(|event| event.sender == ME) {
            let (room, content) = (said.room.clone(), said.content.clone());
            let theirs = stage.rooms.put(&user("otherbot"), &room, &said.kind, content, story.dispatch.now());
            is_silent(stage, &theirs).await;
        }
    })
    .await;
}

/// After a crash the same event is heard once more.
#[tokio::test]
async fn what_is_heard_twice_is_answered_once() {
    play(async |_, stage| {
        let asked = stage.text("operator", "!power stop web1");
        let first = one(stage, &asked).await;
        let (count, before) = (stage.rooms.events().len(), first.id.clone());
        let again = one(stage, &asked).await;
        assert_eq!((again.id, stage.rooms.events().len()), (before, count), "the same message, and nothing besides");
    })
    .await;
}

#[tokio::test]
async fn what_is_old_is_not_done() {
    play(async |story, stage| {
        let (stop, list) = (stage.text("operator", "!power stop web1"), stage.text("operator", "!guest list"));
        story.clock.advance(Duration::from_secs(130));
        let told = one(stage, &stop).await;
        assert!(body(&told).contains("this is 3 minutes old: send it again"), "{}", body(&told));
        assert!(is_list(&one(stage, &list).await), "what only reads may be older");
        let fresh = stage.text("operator", "!guest list");
        let old = Event { sent_at: Instant(fresh.sent_at.millis() - 601_000), ..fresh };
        assert!(body(&one(stage, &old).await).contains("11 minutes old"));
        let future = Event { sent_at: Instant(i64::MAX), ..stage.text("operator", "!guest list") };
        assert!(is_list(&one(stage, &future).await), "a time to come is now");
    })
    .await;
}

#[tokio::test]
async fn plain_text_in_an_encrypted_room_is_nobodys_word() {
    set(true, async |_, stage| {
        let sealed = stage.text("operator", "!guest list");
        let plain = Event { was_encrypted: false, ..stage.text("operator", "!guest list") };
        is_silent(stage, &plain).await;
        assert!(is_list(&one(stage, &sealed).await));
    })
    .await;
}

#[tokio::test]
async fn who_takes_a_command_back_gives_up_its_question() {
    play(async |_, stage| {
        let asked = stage.text("operator", "!power stop web1");
        let question = one(stage, &asked).await;
        let redact = |who: &str| {
            let content = json!({ "redacts": asked.id });
            stage.rooms.put(&user(who), ROOM, "m.room.redaction", content, asked.sent_at)
        };
        is_silent(stage, &redact("viewer")).await;
        assert_eq!(stage.heard(&redact("operator")).await.len(), 1);
        let late = one(stage, &stage.reacts("operator", &question, "✅")).await;
        assert!(body(&late).contains("refused"), "{}", body(&late));
    })
    .await;
}

#[tokio::test]
async fn a_secret_is_for_the_asker_alone() {
    play(async |_, stage| {
        let asked = stage.text("operator", "!link");
        let told = one(stage, &asked).await;
        assert_eq!(told.room, format!("!direct-{}", user("operator")));
        assert!(body(&told).contains("your code is"));
        let code = body(&told).lines().next().unwrap_or_default().rsplit(' ').next().unwrap_or_default().to_owned();
        let in_room = |stage: &Stage| {
            let all = stage.rooms.sent("m.room.message");
            all.iter().filter(|m| m.room == ROOM).map(|m| m.content.to_string()).collect::<String>()
        };
        assert!(in_room(stage).contains("it is in the room of the two of us") && !in_room(stage).contains(&code));
        // Where that room cannot be made it is told to nobody.
        let code = "M_FORBIDDEN".to_owned();
        stage.rooms.fails("direct", Error::Refused { status: 403, code, why: "no".to_owned() });
        stage.heard(&stage.text("operator", "!link")).await;
        assert!(in_room(stage).contains("I cannot write to you") && !in_room(stage).contains("your code is"));
    })
    .await;
}

#[tokio::test]
async fn in_a_room_of_two_no_address_is_needed() {
    play(async |_, stage| {
        stage.rooms.add("!two", &[(&user("operator"), 0)], false);
        let say = |text: &str| stage.says("operator", "!two", json!({ "msgtype": "m.text", "body": text }));
        assert!(is_list(&one(stage, &say("guest list")).await));
        assert!(body(&one(stage, &say("gest list")).await).contains("refused"), "what is meant there is answered");
        one(stage, &say("power stop web1")).await;
        assert!(!body(&one(stage, &say("no")).await).contains("refused"), "the newest question is meant");
        let wizard = one(stage, &say("provision vm")).await;
        assert!(body(&wizard).contains("In one line it is said like this: !provision vm"), "{}", body(&wizard));
    })
    .await;
}

/// A wizard as a talk: one answer a line, what is wrong beside its question, and words for its buttons.
#[tokio::test]
async fn a_wizard_is_a_talk_in_a_thread() {
    play(async |_, stage| {
        let mut page = one(stage, &stage.text("operator", "!provision container")).await;
        let asked = page.content["m.relates_to"]["event_id"].clone();
        assert!(body(&page).contains("Where (1 of 6)") && body(&page).contains("1. node"), "{}", body(&page));
        for (said, shows) in [
            ("pve2", "node: The node that will run it; the best one when empty = pve2"),
            ("next", "(2 of 6)"),
            ("alpine", "(3 of 6)"),
            ("not a name\n-\n2", "wrong: "),
            ("name=box1 memory=1G", "Container settings"),
            ("BACK", "Name and resources"),
            ("a\nb\nc\nd\ne\nf\ng", "right would be one line for each of"),
            ("cancel", "cancelled"),
        ] {
            let answer = one(stage, &stage.in_thread("operator", &page, said)).await;
            assert!(body(&answer).contains(shows), "{said}: {}", body(&answer));
            assert_eq!(answer.content["m.relates_to"]["event_id"], asked, "all of it is one thread");
            // Somebody else talks meanwhile.
            is_silent(stage, &stage.in_thread("viewer", &page, "pve3")).await;
            if !body(&answer).starts_with("these are") {
                page = answer;
            }
        }
        is_silent(stage, &stage.in_thread("operator", &page, "that was it")).await;
    })
    .await;
}

#[tokio::test]
async fn who_may_what_is_asked_of_the_rooms_each_time() {
    on_a_new_database(async |store| {
        let rooms = Arc::new(Rooms::default());
        rooms.add(ROOM, &[(&user("ann"), 0), (&user("founder"), 0), (&user("nobody"), 0)], false);
        rooms.add("!team", &[(&user("ann"), 0)], false);
        rooms.gets_power(ROOM, &user("founder"), Power::Infinite);
        let settings = Settings {
            members: vec![("!team".to_owned(), Role::Viewer)],
            power: vec![PowerRule { room: "!ops".to_owned(), cap: Role::Operator }],
            ..settings()
        };
        rooms.add("!ops", &[], false);
        rooms.gets_power("!ops", &user("founder"), Power::Infinite);
        let rules = direttore_core::Rules {
            roles: direttore_core::RoleMaps(direttore_matrix::roles::maps(&settings)),
            ..direttore_core::Rules::default()
        };
        let story = Story::with_all(
            store,
            crate::scenarios::story::lab_settings(),
            crate::scenarios::story::fresh(),
            None,
            rules,
        )
        .await;
        let stage = Stage::with(Arc::clone(&story.dispatch), Arc::clone(&rooms), settings);
        let whoami = async |who: &str| body(&one(&stage, &stage.text(who, "!whoami")).await).to_owned();
        let said = whoami("ann").await;
        assert!(said.contains("you are ann, viewer") && said.contains("member:!team"), "{said}");
        let said = whoami("founder").await;
        assert!(said.contains("founder, operator") && said.contains("power:!ops:100"), "{said}");
        assert!(whoami("root").await.contains("user:@root:localhost"));
        assert!(body(&one(&stage, &stage.text("nobody", "!guest list")).await).contains("refused"));
        assert!(stage.talk.may_invite(&user("founder")).await && !stage.talk.may_invite(&user("ann")).await);
        // What is taken away there counts no more here, also for a question that is open.
        let question = one(&stage, &stage.text("founder", "!power stop web1")).await;
        rooms.leaves("!ops", &user("founder"));
        let refused = one(&stage, &stage.reacts("founder", &question, "✅")).await;
        assert!(body(&refused).contains("refused: this needs the permission"), "{}", body(&refused));
        rooms.leaves("!team", &user("ann"));
        assert!(body(&one(&stage, &stage.text("ann", "!guest list")).await).contains("refused"));
        // Out of reach for a moment.
        rooms.fails("power", Error::Away { why: "no route".to_owned() });
        assert_eq!(stage.heard(&stage.text("root", "!whoami")).await.len(), 1);
        let links = story.dispatch.kept(Surface::Matrix, "nothing").await.expect("the database answers");
        assert!(links.is_none());
        stage.end().await;
        story.end().await;
    })
    .await;
}

/// A homeserver on a bad day: what was asked is answered once it is over, and once.
#[tokio::test]
async fn an_answer_waits_for_the_homeserver() {
    play(async |_, stage| {
        for error in [
            Error::Away { why: "503".to_owned() },
            Error::Limited { wait: Duration::from_millis(20) },
            Error::Away { why: "timeout".to_owned() },
        ] {
            stage.rooms.fails("m.room.message", error);
        }
        let asked = stage.text("viewer", "!guest list");
        assert!(is_list(&one(stage, &asked).await));
    })
    .await;
}

/// Put out of the room, the bot does not keep what it cannot tell.
#[tokio::test]
async fn what_can_be_told_to_nobody_is_let_go() {
    play(async |story, stage| {
        let question = one(stage, &stage.text("operator", "!power stop web1")).await;
        one(stage, &stage.reacts("operator", &question, "✅")).await;
        stage.rooms.leaves(ROOM, ME);
        story.dispatch.settle(ROOM, Duration::from_secs(60)).await;
        stage.is_told().await;
    })
    .await;
}

#[tokio::test]
async fn long_lines_and_storms_of_mentions_are_answered_in_short() {
    play(async |_, stage| {
        let long = format!("!dt {}", "x".repeat(64_000));
        let answer = one(stage, &stage.text("viewer", &long)).await;
        assert!(answer.content.to_string().len() < 4000, "{}", answer.content.to_string().len());
        let everybody: Vec<String> = (0..1000).map(|n| format!("@u{n}:x")).chain([ME.to_owned()]).collect();
        let content = json!({ "msgtype": "m.text", "body": "bot: guest show <b>@room</b>",
            "m.mentions": { "user_ids": everybody, "room": true } });
        let answer = one(stage, &stage.says("viewer", ROOM, content)).await;
        assert_eq!(answer.content["m.mentions"], json!({}));
        assert!(!answer.content["formatted_body"].as_str().unwrap_or_default().contains("<b>@room"));
    })
    .await;
}
