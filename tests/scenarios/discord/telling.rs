//! How far a job is and how it ended: in one message, while it is there and can be edited.

use super::{
    log,
    play::{FOLLOW_UP, FOLLOWED_UP, ORIGINAL, POST, POSTED, Play, Scene, cards, until},
};
use direttore_discord::{Paces, Settings};
use fake_discord::{Fake, Fault, Message, permission};
use std::time::{Duration, Instant};

const EDIT: Duration = Duration::from_millis(120);
const TOKEN: Duration = Duration::from_secs(15 * 60);
const HOUR: Duration = Duration::from_secs(3600);

/// How far a job is, told at short paces.
fn quick(_: &Fake, settings: &mut Settings) {
    settings.paces = Paces { edit: EDIT, ..settings.paces };
}

/// Jobs that wait as long as a guest is locked.
fn scene() -> Scene {
    Scene::default().patient().set(quick)
}

/// A job that waits for its guest, of which a message tells.
async fn waiting(p: &Play) -> Message {
    begun(p).await;
    p.stage.seat("viewer").sees_text("waits: stop web1").await
}

async fn begun(p: &Play) {
    p.story.lab("guest 101 lock=backup");
    p.says("operator", "/power stop web1").await;
    let told = p.clicks("operator", "Yes, stop web1 (101)").await;
    assert!(told[0].text().contains("is queued: stop web1"), "{}", told[0].text());
}

async fn ended(p: &Play) {
    p.story.lab("guest 101 unlock");
    p.story.settle().await;
    p.is_told().await;
}

/// What everybody sees in the channel: ephemeral messages are the operator's.
fn public(p: &Play) -> Vec<Message> {
    p.in_channel("lab")
}

fn is_end(message: &Message) -> bool {
    message.text().contains("web1 \\(101\\) is stopped")
}

#[tokio::test]
async fn a_job_has_one_message_that_is_edited_at_the_paces() {
    let play = async |p: &Play| {
        let begin = Instant::now();
        let message = waiting(p).await;
        p.until_answered("PATCH", FOLLOWED_UP, 200, 5).await;
        // A third of the pace is the least, where each is of a new step.
        assert!(begin.elapsed() >= EDIT * 5 / 3, "five edits in {:?}", begin.elapsed());
        ended(p).await;
        let seen = public(p);
        assert!(seen.len() == 1 && seen[0].id == message.id && is_end(&seen[0]), "{seen:#?}");
        assert_eq!(p.asked("POST", FOLLOW_UP).len(), 1);
        let edits = p.asked("PATCH", FOLLOWED_UP).len();
        p.says("viewer", "/whoami").await;
        assert_eq!(p.asked("PATCH", FOLLOWED_UP).len(), edits, "the end is the last word");
    };
    scene().on_both().play(play).await;
}

#[tokio::test]
async fn when_the_token_has_ended_the_bot_itself_goes_on() {
    let play = async |p: &Play| {
        let message = waiting(p).await;
        p.passes(TOKEN - Duration::from_secs(30));
        p.until_answered("PATCH", POSTED, 200, 2).await;
        let by_token = p.asked("PATCH", FOLLOWED_UP).len();
        ended(p).await;
        let seen = public(p);
        assert!(seen.len() == 1 && seen[0].id == message.id && is_end(&seen[0]), "{seen:#?}");
        assert_eq!(p.asked("PATCH", FOLLOWED_UP).len(), by_token, "the token is left alone");
    };
    scene().play(play).await;
}

/// Clocks differ: Discord may be ahead.
#[tokio::test]
async fn a_token_that_ends_too_early_is_no_loss() {
    let play = async |p: &Play| {
        let message = waiting(p).await;
        p.fake().clock().advance(TOKEN + Duration::from_secs(1));
        ended(p).await;
        let seen = public(p);
        assert!(seen.len() == 1 && seen[0].id == message.id && is_end(&seen[0]), "{seen:#?}");
        let refused = p.asked("PATCH", FOLLOWED_UP);
        assert!(refused.iter().any(|r| r.code == 50_027), "it was tried: {refused:#?}");
    };
    scene().play(play).await;
}

/// Nothing was told before, for it was quick; but the end came late.
#[tokio::test]
async fn an_end_after_the_token_is_a_message_of_the_bot() {
    let play = async |p: &Play| {
        begun(p).await;
        p.passes(TOKEN);
        p.fake().fault("POST", POST, Fault::DropAfter, 1);
        ended(p).await;
        let seen = public(p);
        assert!(seen.len() == 1 && is_end(&seen[0]), "told again, it is the same message: {seen:#?}");
        assert_eq!(p.asked("POST", POST).len(), 2);
        assert_eq!(p.asked("POST", FOLLOW_UP).len(), 0);
    };
    Scene::default().patient().play(play).await;
}

#[tokio::test]
async fn a_message_that_somebody_deleted_is_made_anew() {
    let play = async |p: &Play| {
        let first = waiting(p).await;
        p.fake().delete_message(first.id);
        let second = p.stage.seat("viewer").sees_text("waits: stop web1").await;
        assert_ne!(second.id, first.id);
        p.passes(TOKEN);
        p.until_answered("PATCH", POSTED, 200, 1).await;
        p.fake().delete_message(second.id);
        ended(p).await;
        let seen = public(p);
        assert!(seen.len() == 1 && is_end(&seen[0]), "{seen:#?}");
    };
    scene().play(play).await;
}

#[tokio::test]
async fn a_message_that_is_older_than_an_hour_is_followed_by_another() {
    let play = async |p: &Play| {
        let first = waiting(p).await;
        p.passes(HOUR - Duration::from_secs(4 * 60));
        let posts = |all: &[Message]| all.len() == 2;
        let seen = p.stage.seat("viewer").sees_when(posts).await;
        assert_eq!(seen[0].id, first.id);
        p.passes(HOUR);
        ended(p).await;
        let seen = public(p);
        assert_eq!(seen.iter().filter(|m| is_end(m)).count(), 1, "{seen:#?}");
        assert!(is_end(seen.last().expect("a message")), "{seen:#?}");
        let late = p.asked("PATCH", POSTED).iter().filter(|r| r.code == 30_046).count();
        assert_eq!(late, 0, "Discord never had to say that it is too old");
    };
    scene().play(play).await;
}

/// An end that nobody can be told is logged, and those behind it are told.
#[tokio::test]
async fn in_a_channel_that_is_closed_to_the_bot_the_end_is_logged_and_others_are_told() {
    for permissions in [0, permission::VIEW_CHANNEL] {
        let play = async |p: &Play| {
            let message = waiting(p).await;
            p.passes(TOKEN);
            p.fake().permit_bot("lab", permissions);
            p.fake().delete_message(message.id);
            ended(p).await;
            assert!(public(p).is_empty());
            let channel = p.fake().channel_id("lab");
            log::says(&format!("a message for channel {channel} could not be told: Discord refused: Missing")).await;
            assert_eq!(p.in_channel("ops").len(), 1, "its card is there");
            // Answers need no permission there.
            let told = p.says("operator", "/job show J-1").await;
            assert!(told[0].text().contains("done"), "{}", told[0].text());
        };
        scene().by_rules(cards).play(play).await;
    }
}

#[tokio::test]
async fn without_the_channel_of_cards_all_else_is_told() {
    let play = async |p: &Play| {
        p.fake().permit_bot("ops", 0);
        waiting(p).await;
        ended(p).await;
        assert!(public(p).iter().any(is_end));
        let channel = p.fake().channel_id("ops");
        log::says(&format!("a message for channel {channel} could not be told")).await;
        assert!(p.in_channel("ops").is_empty());
        p.fake().permit_bot("ops", permission::EVERYONE);
        p.says("operator", "/power start web1").await;
        p.story.settle().await;
        p.is_told().await;
        assert_eq!(p.in_channel("ops").len(), 1, "the next one is there again");
    };
    scene().by_rules(cards).play(play).await;
}

/// Discord takes the first word after "thinking…" for the answer, and the answer would wipe it away.
#[tokio::test]
async fn an_end_that_is_quicker_than_the_answer_is_not_lost() {
    let play = async |p: &Play| {
        p.fake().fault("PATCH", ORIGINAL, Fault::Hold, 1);
        let asked = p.sends("operator", "/power start db2");
        p.fake().until_requests(|all| all.iter().any(|r| r.route == ORIGINAL)).await;
        p.story.settle().await;
        for _ in 0..3 {
            // Meanwhile others are answered.
            let other = p.sends("viewer", "/whoami");
            assert!(!other.reply().await.text().is_empty());
        }
        assert_eq!(p.asked("POST", FOLLOW_UP).len(), 0, "it waits for the answer");
        p.fake().release();
        p.is_told().await;
        let answer = asked.reply().await;
        assert!(answer.is_ephemeral() && answer.text().contains("J-1 is queued"), "{}", answer.text());
        let end = p.stage.seat("viewer").sees_text("db2 \\(104\\) is running").await;
        assert!(!end.is_ephemeral());
    };
    Scene::default().play(play).await;
}

#[tokio::test]
async fn what_fails_for_a_moment_is_told_again() {
    let play = async |p: &Play| {
        for (number, fault) in [Fault::Status(500), Fault::Status(503), Fault::DropBefore].into_iter().enumerate() {
            p.fake().fault("POST", FOLLOW_UP, fault.clone(), 2);
            p.says("operator", &format!("/snapshot create web1 s{number}")).await;
            p.story.settle().await;
            p.is_told().await;
            let seen = public(p);
            assert_eq!(seen.len(), number + 1, "{fault:?}: {seen:#?}");
        }
    };
    Scene::default().play(play).await;
}

/// Another process goes on where the first one was.
#[tokio::test]
async fn after_a_restart_the_same_message_is_edited() {
    let play = async |p: &Play| {
        let message = waiting(p).await;
        let again = p.restart().await;
        let edits = p.asked("PATCH", FOLLOWED_UP).len();
        p.until_answered("PATCH", FOLLOWED_UP, 200, edits + 2).await;
        ended(p).await;
        let seen = public(p);
        assert!(seen.len() == 1 && seen[0].id == message.id && is_end(&seen[0]), "{seen:#?}");
        again.stop().await;
    };
    scene().on_both().play(play).await;
}

/// Its second end is news, where it was asked for.
#[tokio::test]
async fn a_job_that_is_tried_again_gets_another_message() {
    let play = async |p: &Play| {
        p.story.lab("pve2 fail=qmstart");
        p.says("operator", "/power start db2").await;
        p.story.settle().await;
        p.is_told().await;
        let failed = p.stage.seat("viewer").sees_text("J-1 failed").await;
        p.says("operator", "/job retry J-1").await;
        p.story.settle().await;
        p.is_told().await;
        let seen = public(p);
        assert!(seen.len() == 2 && seen[0].id == failed.id && seen[0].text() == failed.text(), "{seen:#?}");
        assert!(seen[1].text().contains("db2 \\(104\\) is running"), "{}", seen[1].text());
        until("nothing is left", async || p.dispatch().settle("lab", Duration::ZERO).await.is_empty()).await;
    };
    Scene::default().play(play).await;
}
