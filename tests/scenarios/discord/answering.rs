//! Whoever does something is answered, also when Discord takes the answer at the second try, or never.

use super::{
    log,
    play::{CALLBACK, FOLLOW_UP, ORIGINAL, POST, Play, Scene, cards, until},
};
use fake_discord::{AnswerKind, Fault, Message};
use serde_json::{Value, json};
use std::time::Duration;

const BAD: [Fault; 5] =
    [Fault::Status(500), Fault::Status(502), Fault::Status(503), Fault::DropBefore, Fault::DropAfter];

fn texts(messages: &[Message]) -> Vec<String> {
    messages.iter().map(Message::text).collect()
}

#[tokio::test]
async fn an_acknowledgement_that_fails_is_made_again() {
    let play = async |p: &Play| {
        for fault in BAD {
            // Answered at once, deferred, and a press.
            for line in ["/whoami", "/guest show web1", "/power stop web1"] {
                p.fake().fault("POST", CALLBACK, fault.clone(), 1);
                let before = p.asked("POST", CALLBACK).len();
                let told = p.says("operator", line).await;
                assert_eq!(told.len(), 1, "{fault:?} {line}: {:?}", texts(&told));
                assert!(!told[0].is_loading && !told[0].text().is_empty(), "{fault:?} {line}");
                assert_eq!(p.asked("POST", CALLBACK).len(), before + 2, "{fault:?} {line}");
            }
            p.fake().fault("POST", CALLBACK, fault.clone(), 1);
            let told = p.clicks("operator", "No").await;
            assert!(told[0].text().contains("cancelled; nothing was done"), "{fault:?}: {:?}", texts(&told));
        }
    };
    Scene::default().play(play).await;
}

/// "Thinking…" must not stay for ever.
#[tokio::test]
async fn an_answer_after_the_acknowledgement_is_given_again_too() {
    let play = async |p: &Play| {
        for fault in BAD {
            p.fake().fault("PATCH", ORIGINAL, fault.clone(), 1);
            let told = p.says("operator", "/guest show web1").await;
            assert!(told[0].text().contains("web1") && !told[0].is_loading, "{fault:?}: {:?}", texts(&told));
        }
        let shared = p.stage.seat("operator").slash("guest list", &[("share", json!(true))]).expect("it can be shared");
        p.answered(&shared).await;
        for fault in [Fault::Status(500), Fault::Status(502), Fault::DropBefore] {
            // What does not take the place of the message comes beside it.
            p.fake().fault("POST", FOLLOW_UP, fault.clone(), 1);
            let told = p.clicks("viewer", "Next").await;
            assert!(told.iter().any(|m| m.text().contains("not-the-asker")), "{fault:?}: {:?}", texts(&told));
        }
    };
    Scene::default().play(play).await;
}

/// Nothing more can be done, and it is known.
#[tokio::test]
async fn an_answer_that_is_never_taken_is_counted_and_logged() {
    let play = async |p: &Play| {
        p.fake().fault("POST", CALLBACK, Fault::Status(511), 3);
        let asked = p.sends("operator", "/whoami");
        until("it is given up", async || p.stage.discord.counts().unanswered == 1).await;
        assert!(asked.answer_now().is_none());
        log::says("an interaction was not answered: Discord cannot be reached: 511").await;
        p.expects(0, 1);
        assert_eq!(p.says("operator", "/whoami").await.len(), 1, "the next one is answered");
    };
    Scene::default().play(play).await;
}

/// Who comes before the time that Discord told fails at the end.
#[tokio::test]
async fn a_wait_is_kept_for_each_route() {
    let play = async |p: &Play| {
        for (method, route) in [("POST", CALLBACK), ("PATCH", ORIGINAL)] {
            p.fake().fault(method, route, Fault::TooMany { retry_after: 0.4 }, 1);
            let told = p.says("operator", "/guest show web1").await;
            assert!(told[0].text().contains("web1") && !told[0].is_loading);
        }
        let statuses: Vec<u16> = p.asked("POST", CALLBACK).iter().map(|r| r.status).collect();
        assert_eq!(statuses, [429, 204, 204]);
    };
    Scene::default().play(play).await;
}

/// What the bot does of itself waits together; answers to people are under no such limit.
#[tokio::test]
async fn a_wait_for_everything_is_kept() {
    let play = async |p: &Play| {
        p.fake().fault("POST", POST, Fault::TooManyGlobal { retry_after: 1.9 }, 1);
        p.says("operator", "/power start db2").await;
        p.until_answered("POST", POST, 429, 1).await;
        assert_eq!(p.says("operator", "/whoami").await.len(), 1, "nobody waits for that");
        // Another channel, by the bot itself.
        let told = p.says("viewer", "/lab status live").await;
        assert!(told[0].text().contains("kept fresh"), "{}", told[0].text());
        p.story.settle().await;
        p.is_told().await;
        assert_eq!(p.in_channel("ops").len(), 1);
    };
    Scene::default().by_rules(cards).play(play).await;
}

#[tokio::test]
async fn with_a_token_that_was_revoked_it_waits_and_says_so() {
    let play = async |p: &Play| {
        p.fake().revoke_token();
        p.says("operator", "/power start db2").await;
        p.story.settle().await;
        until("it was tried", async || p.asked("POST", POST).iter().any(|r| r.status == 401)).await;
        log::says("a message waits: Discord does not accept the token").await;
        assert!(p.in_channel("ops").is_empty());
        p.fake().restore_token();
        p.is_told().await;
        assert_eq!(p.in_channel("ops").len(), 1);
        assert!(!log::said().contains(&p.fake().token()), "the token is nobody's affair");
    };
    Scene::default().by_rules(cards).play(play).await;
}

/// As Discord might send it one day.
fn odd() -> Vec<Value> {
    let whole = json!({
        "id": "7", "application_id": "1", "type": 2, "token": "t", "version": 1, "channel_id": "3",
        "user": {"id": "4", "username": "ann", "discriminator": "0", "avatar": null}, "locale": "en-US",
        "entitlements": [], "attachment_size_limit": 1, "data": {"id": "5", "name": "whoami", "type": 1},
    });
    let without = |field: &str| {
        let mut value = whole.clone();
        value.as_object_mut().expect("an object").remove(field);
        value
    };
    let with = |field: &str, to: Value| {
        let mut value = whole.clone();
        value[field] = to;
        value
    };
    vec![
        json!({}),
        json!({"hello": "there"}),
        json!("text"),
        json!(7),
        Value::Null,
        json!([]),
        without("id"),
        without("type"),
        without("token"),
        without("channel_id"),
        without("user"),
        without("data"),
        with("id", json!("not a number")),
        with("id", json!(true)),
        with("id", json!("0")),
        with("channel_id", json!("0")),
        with("token", json!("")),
        with("type", json!(99)),
        with("type", json!(3)),
        with("type", json!(4)),
        with("data", json!([1])),
        with("user", json!({})),
        with("channel_id", json!({"id": 1})),
    ]
}

#[tokio::test]
async fn an_interaction_that_cannot_be_read_is_counted_and_logged() {
    let play = async |p: &Play| {
        let odd = odd();
        for (before, event) in odd.iter().enumerate() {
            p.fake().send_raw_event("INTERACTION_CREATE", event);
            let is_counted = async || p.stage.discord.counts().unreadable == before as u64 + 1;
            until(&format!("{event} is counted"), is_counted).await;
        }
        log::says("an interaction that cannot be read").await;
        p.expects(odd.len() as u64, 0);
        assert_eq!(p.says("operator", "/whoami").await.len(), 1, "the next one is answered");
        assert_eq!(p.asked("POST", CALLBACK).len(), 1, "once");
        assert_eq!(p.fake().identified(), 1, "on the same connection");
    };
    Scene::default().play(play).await;
}

/// A field that is new, or one that serenity wants and Discord left out, is no reason not to answer.
#[tokio::test]
async fn an_interaction_with_other_fields_than_expected_is_answered() {
    let play = async |p: &Play| {
        let user = p.fake().user_id("operator").to_string();
        let event = json!({
            "id": "1100000000000000003", "type": 2, "token": "t", "channel_id": "3", "novelty": {"of": ["2027"]},
            "member": {"user": {"id": user, "username": "operator"}, "roles": []}, "data": {"name": "whoami"},
        });
        p.fake().send_raw_event("INTERACTION_CREATE", &event);
        // Nobody at Discord has such an interaction; what counts is that it was answered.
        let asked = p.fake().until_requests(|all| all.iter().any(|r| r.route == CALLBACK && r.status == 404)).await;
        let answer = asked.iter().find(|r| r.route == CALLBACK).expect("it is there");
        assert!(answer.body.to_string().contains("you are operator"), "{}", answer.body);
        until("it is over", async || p.stage.discord.counts().unanswered == 1).await;
        p.expects(0, 1);
    };
    Scene::default().play(play).await;
}

/// Three seconds go by before Discord has the acknowledgement: nobody waits for ever.
#[tokio::test]
async fn an_acknowledgement_that_comes_too_late_ends_it() {
    let play = async |p: &Play| {
        p.fake().fault("POST", CALLBACK, Fault::Hold, 1);
        let asked = p.sends("operator", "/whoami");
        p.fake().until_requests(|all| all.iter().any(|r| r.route == CALLBACK)).await;
        p.fake().clock().advance(Duration::from_secs(4));
        p.fake().release();
        assert_eq!(asked.answer().await.kind, AnswerKind::None);
        until("it is over", async || p.stage.discord.counts().unanswered == 1).await;
        p.expects(0, 1);
    };
    Scene::default().play(play).await;
}
