//! `/lab status live`: a message that is kept fresh, until somebody or something ends it.

use super::play::{POST, POSTED, Play, Scene, until};
use direttore_domain::Surface;
use fake_discord::{Fault, Message, permission};
use std::time::Duration;

const MEMBER: &str = "/guilds/{guild_id}/members/{user_id}";
const HOUR: Duration = Duration::from_secs(3600);

async fn begun(p: &Play, who: &str) -> Message {
    let told = p.says(who, "/lab status live").await;
    assert!(told[0].is_ephemeral() && told[0].text().contains("kept fresh for 12 hours"), "{}", told[0].text());
    public(p).pop().expect("it is posted")
}

fn public(p: &Play) -> Vec<Message> {
    p.in_channel("lab")
}

fn now(p: &Play, message: &Message) -> Message {
    p.fake().message(message.id).expect("it was there")
}

/// It was looked at so often since now.
async fn looked(p: &Play, times: usize) {
    let before = p.asked("GET", MEMBER).len();
    p.until_answered("GET", MEMBER, 200, before + times).await;
}

async fn is_over(p: &Play) {
    let kept = async || p.dispatch().all_kept(Surface::Discord, "live/").await.expect("the database answers");
    until("nothing is kept fresh", async || kept().await.is_empty()).await;
}

#[tokio::test]
async fn it_is_edited_when_something_changed() {
    let play = async |p: &Play| {
        let message = begun(p, "viewer").await;
        assert!(!message.is_ephemeral());
        p.story.lab("pve3 offline");
        let is_seen = |all: &[Message]| all.iter().any(|m| m.id == message.id && m.text().contains("offline"));
        p.stage.seat("operator").sees_when(is_seen).await;
        assert_eq!(public(p).len(), 1, "it is the same message");
        assert!(p.asked("POST", POST).len() == 1 && !p.asked("PATCH", POSTED).is_empty());
    };
    Scene::default().on_both().play(play).await;
}

#[tokio::test]
async fn it_is_posted_anew_before_it_is_too_old() {
    let play = async |p: &Play| {
        let first = begun(p, "viewer").await;
        p.passes(HOUR - Duration::from_secs(4 * 60));
        let is_new = |all: &[Message]| all.iter().filter(|m| !m.is_ephemeral()).all(|m| m.id != first.id);
        let seen = p.stage.seat("operator").sees_when(|all| !all.is_empty() && is_new(all)).await;
        assert_eq!(seen.len(), 1, "two of them would be read as two labs");
        looked(p, 2).await;
        assert_eq!(p.asked("POST", POST).len(), 2);
        assert!(p.asked("PATCH", POSTED).iter().all(|r| r.code != 30_046));
    };
    Scene::default().play(play).await;
}

#[tokio::test]
async fn who_deletes_it_ends_it() {
    let play = async |p: &Play| {
        let message = begun(p, "viewer").await;
        p.fake().delete_message(message.id);
        p.story.lab("pve3 offline");
        is_over(p).await;
        assert!(public(p).is_empty() && p.asked("POST", POST).len() == 1);
    };
    Scene::default().play(play).await;
}

#[tokio::test]
async fn who_loses_the_role_shows_the_lab_to_nobody_any_more() {
    let play = async |p: &Play| {
        let message = begun(p, "viewer").await;
        p.fake().set_roles("viewer", &[]);
        is_over(p).await;
        let text = now(p, &message).text();
        assert!(text.contains("no longer kept fresh: this needs the permission view"), "{text}");
        assert!(!text.contains("pve1") && !text.contains("pve2"), "{text}");
    };
    Scene::default().with_roles().on_both().play(play).await;
}

#[tokio::test]
async fn after_twelve_hours_it_ends_and_says_so() {
    let play = async |p: &Play| {
        let message = begun(p, "viewer").await;
        p.passes(12 * HOUR - Duration::from_secs(60));
        let is_new = |all: &[Message]| all.iter().any(|m| m.id != message.id);
        let last = p.stage.seat("operator").sees_when(is_new).await.pop().expect("it was posted anew");
        p.passes(Duration::from_secs(60));
        is_over(p).await;
        let text = now(p, &last).text();
        assert!(text.contains("no longer kept fresh: 12 hours are over"), "{text}");
    };
    Scene::default().play(play).await;
}

#[tokio::test]
async fn a_channel_has_one_whoever_asks() {
    let play = async |p: &Play| {
        let first = begun(p, "viewer").await;
        let second = begun(p, "operator").await;
        assert_ne!(first.id, second.id);
        assert_eq!(public(p).len(), 1);
        looked(p, 2).await;
        assert_eq!(public(p)[0].id, second.id);
    };
    Scene::default().play(play).await;
}

#[tokio::test]
async fn where_the_bot_cannot_post_it_says_so() {
    let play = async |p: &Play| {
        p.fake().permit_bot("lab", permission::VIEW_CHANNEL);
        let told = p.says("viewer", "/lab status live").await;
        let text = told[0].text();
        assert!(told[0].is_ephemeral() && text.contains("I cannot post in this channel"), "{text}");
        is_over(p).await;
        p.fake().permit_bot("lab", permission::EVERYONE);
        begun(p, "viewer").await;
        p.fake().permit_bot("lab", 0);
        p.story.lab("pve3 offline");
        is_over(p).await;
    };
    Scene::default().play(play).await;
}

#[tokio::test]
async fn who_may_not_look_gets_none() {
    let play = async |p: &Play| {
        let told = p.says("stranger", "/lab status live").await;
        assert!(told[0].is_ephemeral() && told[0].text().contains("not-allowed"), "{}", told[0].text());
        assert!(public(p).is_empty() && p.asked("POST", POST).is_empty());
    };
    Scene::default().play(play).await;
}

/// It goes on after a bad moment, and in another process.
#[tokio::test]
async fn it_outlives_bad_moments_and_a_restart() {
    let play = async |p: &Play| {
        let message = begun(p, "viewer").await;
        for fault in [Fault::Status(500), Fault::DropBefore, Fault::DropAfter, Fault::TooMany { retry_after: 0.1 }] {
            p.fake().fault("GET", MEMBER, fault, 1);
        }
        p.fake().fault("PATCH", POSTED, Fault::Status(503), 1);
        p.story.lab("pve3 offline");
        p.stage.seat("operator").sees_text("offline").await;
        looked(p, 2).await;
        let again = p.restart().await;
        p.story.lab("pve3 online");
        let is_back = |all: &[Message]| all.iter().any(|m| m.id == message.id && !m.text().contains("offline"));
        p.stage.seat("operator").sees_when(is_back).await;
        assert_eq!(public(p).len(), 1);
        again.stop().await;
    };
    Scene::default().play(play).await;
}
