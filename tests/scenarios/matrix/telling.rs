//! What comes by itself: progress by edits, cards, the mirrored log, a picture of the lab that is kept fresh, the
//! catalogue described.

use super::{
    rooms::{Kept, ME, Rooms},
    same::{body, labels},
    stage::{OPS, ROOM, Stage, settings, user},
};
use crate::scenarios::story::{PATIENCE, Paces, Story, fresh, job_settings, lab_settings, on_a_new_database};
use direttore_core::{Rules, jobs};
use direttore_domain::{Identity, Origin, Surface};
use direttore_matrix::{
    Settings,
    wire::{Error, Power},
};
use direttore_store::{
    account,
    audit::{Key, seal},
};
use serde_json::json;
use std::{sync::Arc, time::Duration};

const AUDIT: &str = "!audit";
const NEW: &str = "!new-lab";

/// With rooms for cards and for the log.
async fn play(change: fn(&mut Settings), tell: impl AsyncFn(&Story, &Stage)) {
    on_a_new_database(async |store| {
        let cards = vec![Origin { surface: Surface::Matrix, channel: OPS.to_owned() }];
        let rules = Rules { cards, ..Rules::default() };
        // What is locked is waited for as long as it takes.
        let jobs = jobs::Settings { attempts: i64::MAX, ..job_settings() };
        let paces = Paces { jobs, ..Paces::default() };
        let story = Story::paced(store, lab_settings(), fresh(), None, rules, paces).await;
        for name in ["operator", "viewer"] {
            let mut tx = story.dispatch.store.write().await.expect("the database answers");
            let account =
                account::by_name(&mut tx, &name.parse().expect("a name")).await.expect("the database answers");
            let identity = Identity { surface: Surface::Matrix, subject: user(name) };
            account::link(&mut tx, &identity, account.expect("an account").id).await.expect("nobody else's");
            tx.commit().await.expect("the database answers");
        }
        let rooms = Rooms::default();
        for room in [ROOM, OPS, AUDIT] {
            rooms.add(room, &[(&user("operator"), 0), (&user("viewer"), 0)], false);
        }
        let mut settings = settings();
        change(&mut settings);
        let stage = Stage::with(Arc::clone(&story.dispatch), Arc::new(rooms), settings);
        tell(&story, &stage).await;
        stage.end().await;
        story.end().await;
    })
    .await;
}

async fn until(what: &str, is_so: impl Fn() -> bool) {
    let wait = async {
        while !is_so() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(PATIENCE, wait).await.unwrap_or_else(|_| panic!("{what}: never"));
}

fn notices(stage: &Stage, room: &str) -> Vec<Kept> {
    let all = stage.rooms.sent("m.room.message");
    all.into_iter().filter(|m| m.room == room && m.content["m.relates_to"]["rel_type"] != "m.replace").collect()
}

fn edits(stage: &Stage) -> Vec<Kept> {
    let all = stage.rooms.sent("m.room.message");
    all.into_iter().filter(|m| m.content["m.relates_to"]["rel_type"] == "m.replace").collect()
}

async fn confirmed(stage: &Stage, line: &str) -> Kept {
    let question = stage.heard(&stage.text("operator", line)).await.remove(0);
    stage.heard(&stage.reacts("operator", &question, "✅")).await.remove(0)
}

#[tokio::test]
async fn a_job_has_one_message_that_is_edited_and_a_word_at_its_end() {
    let quick = |settings: &mut Settings| settings.paces.edit = Duration::from_millis(30);
    play(quick, async |story, stage| {
        story.lab("guest 101 lock=backup");
        let told = confirmed(stage, "!power stop web1").await;
        until("it is told and edited", || !edits(stage).is_empty()).await;
        let waits = |m: &Kept| body(&stage.rooms.shown(&m.id)).contains("waits: stop web1");
        until("it waits", || notices(stage, ROOM).iter().any(waits)).await;
        story.lab("guest 101 unlock");
        // What waits for its next try is not due, and not over either.
        loop {
            let mut tx = story.dispatch.store.read().await.expect("the database answers");
            let counts = direttore_store::job::counts(&mut tx).await.expect("the database answers");
            if counts.queued + counts.running == 0 {
                break;
            }
        }
        stage.is_told().await;
        let root = &told.content["m.relates_to"]["event_id"];
        let of_job: Vec<Kept> = notices(stage, ROOM).into_iter().filter(|m| body(m).starts_with("J-1: ")).collect();
        let (first, last) = (of_job.first().expect("its message"), of_job.last().expect("its message"));
        assert!(of_job.iter().all(|m| m.content["m.relates_to"]["event_id"] == *root), "in the thread that asked");
        assert_eq!(last.content["m.mentions"], json!({ "user_ids": [user("operator")] }));
        assert_eq!(last.content["msgtype"], json!("m.text"), "a notice would ring for nobody");
        let others = of_job.iter().filter(|m| m.id != last.id);
        assert!(others.chain(&edits(stage)).all(|m| m.content["msgtype"] == "m.notice"), "and nothing else rings");
        let shown = stage.rooms.shown(&first.id);
        assert!(body(&shown).contains("started by"), "what it shows last is the end: {}", body(&shown));
        assert_eq!(of_job.len(), 2, "one message, and one word: {of_job:?}");
        assert!(edits(stage).iter().all(|edit| edit.content["m.relates_to"]["event_id"] == json!(first.id)));
    })
    .await;
}

/// What is told of a job, and what is kept fresh, is told in the new room, once the bot is there.
#[tokio::test]
async fn what_is_told_in_a_room_follows_it_where_it_is_replaced() {
    let quick = |settings: &mut Settings| settings.paces.edit = Duration::from_millis(30);
    play(quick, async |story, stage| {
        stage.heard(&stage.text("viewer", "!lab status live")).await;
        story.lab("guest 101 lock=backup");
        confirmed(stage, "!power stop web1").await;
        let waits = |m: &Kept| body(&stage.rooms.shown(&m.id)).contains("waits: stop web1");
        until("it waits", || notices(stage, ROOM).iter().any(waits)).await;
        stage.rooms.is_replaced(ROOM);
        let before = notices(stage, ROOM).len();
        story.lab("pve3 offline");
        story.lab("guest 101 unlock");
        let waiting = async || story.dispatch.waiting(Surface::Matrix).await.expect("the database answers");
        until("its card is told elsewhere", || !notices(stage, OPS).is_empty()).await;
        while waiting().await.len() > 1 {
            tokio::task::yield_now().await;
        }
        assert_eq!(notices(stage, ROOM).len(), before, "nothing can be said in the old room");
        assert_eq!(waiting().await[0].reply.job.as_deref(), Some("J-1"), "its end is kept");
        stage.rooms.add(NEW, &[(&user("operator"), 0), (&user("viewer"), 0)], false);
        stage.rooms.is_followed(ROOM, NEW);
        stage.is_told().await;
        let ended = notices(stage, NEW).into_iter().find(|m| m.content["msgtype"] == "m.text").expect("its end");
        assert!(body(&ended).contains("web1"), "{}", body(&ended));
        assert_eq!(ended.content["m.mentions"], json!({ "user_ids": [user("operator")] }));
        let live = || notices(stage, NEW).into_iter().find(|m| body(m).contains("pve3") && m.id != ended.id);
        until("the lab is kept fresh there", || live().is_some()).await;
        let live = live().expect("it is there");
        assert!(body(&live).contains("offline"), "{}", body(&live));
        story.lab("pve3 online");
        until("it is edited", || !body(&stage.rooms.shown(&live.id)).contains("offline")).await;
        let gone = json!({ "redacts": live.id });
        let gone = stage.rooms.put(&user("viewer"), NEW, "m.room.redaction", gone, story.dispatch.now());
        stage.heard(&gone).await;
        let kept = story.dispatch.kept(Surface::Matrix, "live").await.expect("the database answers");
        assert_eq!(kept, Some(json!({})), "nothing is kept fresh any more");
    })
    .await;
}

/// A homeserver that wants a pause gets one, and each thing is told once.
#[tokio::test]
async fn an_end_waits_as_long_as_the_homeserver_wants() {
    play(
        |_| {},
        async |story, stage| {
            confirmed(stage, "!power stop web1").await;
            let wait = Duration::from_millis(300);
            let begun = tokio::time::Instant::now();
            // Its end and its card are told side by side.
            for _ in 0..2 {
                stage.rooms.fails("m.room.message", Error::Limited { wait });
            }
            story.dispatch.settle(ROOM, PATIENCE).await;
            stage.is_told().await;
            assert!(begun.elapsed() >= wait, "{:?}", begun.elapsed());
            let ends = |room| notices(stage, room).iter().filter(|m| body(m).contains("web1 (101) is stopped")).count();
            assert_eq!((ends(ROOM), ends(OPS)), (1, 1));
        },
    )
    .await;
}

#[tokio::test]
async fn a_change_is_a_card_and_every_act_a_line_of_the_log() {
    let audited = |settings: &mut Settings| settings.audit_room = Some(AUDIT.to_owned());
    play(audited, async |story, stage| {
        // The log is mirrored from when it is first looked at.
        let noted = async || story.dispatch.kept(Surface::Matrix, "mirror").await.expect("it answers").is_some();
        while !noted().await {
            tokio::task::yield_now().await;
        }
        confirmed(stage, "!power stop web1").await;
        story.dispatch.settle(ROOM, PATIENCE).await;
        stage.is_told().await;
        let cards = notices(stage, OPS);
        assert_eq!(cards.len(), 1, "{cards:?}");
        assert!(body(&cards[0]).starts_with("J-1: web1 (101) is stopped") && labels(&cards[0]).is_empty());
        assert_eq!(cards[0].content["m.relates_to"], json!(null), "a message of its own");
        story.dispatch.flush().await;
        let key = Key::new(b"a key of these tests").expect("it is long enough");
        seal(&story.dispatch.store, &key, "test").await.expect("the database answers");
        until("the log is mirrored", || notices(stage, AUDIT).iter().any(|m| body(m).contains("/power stop web1")))
            .await;
    })
    .await;
}

#[tokio::test]
async fn the_lab_is_kept_fresh_until_its_message_is_deleted() {
    play(
        |_| {},
        async |story, stage| {
            let begun = stage.text("viewer", "!lab status live");
            stage.heard(&begun).await;
            let all = notices(stage, ROOM);
            let live = all.iter().find(|m| m.content["m.relates_to"].is_null()).expect("it is posted").clone();
            assert!(all.iter().any(|m| body(m).contains("kept fresh for 12 hours")));
            story.lab("pve3 offline");
            until("it is edited", || body(&stage.rooms.shown(&live.id)).contains("offline")).await;
            let content = json!({ "redacts": live.id });
            let gone = stage.rooms.put(&user("viewer"), ROOM, "m.room.redaction", content, begun.sent_at);
            stage.heard(&gone).await;
            let kept = story.dispatch.kept(Surface::Matrix, "live").await.expect("the database answers");
            assert_eq!(kept, Some(json!({})), "nothing is kept fresh any more");
        },
    )
    .await;
}

#[tokio::test]
async fn the_catalogue_is_described_where_the_bot_may() {
    let described = |settings: &mut Settings| {
        settings.descriptions = true;
        settings.rooms = vec![ROOM.to_owned(), OPS.to_owned()];
    };
    play(described, async |_, stage| {
        let all = direttore_catalog::catalog().commands().len();
        until("all is described", || stage.rooms.state().len() >= 2 * all).await;
        let keys: std::collections::BTreeSet<String> = stage.rooms.state().into_iter().map(|(_, key, _)| key).collect();
        assert_eq!(keys.len(), all, "the same keys in both rooms");
        stage.rooms.gets_power(ROOM, ME, Power::Level(0));
    })
    .await;
}
