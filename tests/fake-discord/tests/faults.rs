//! Bad days that a test asks for.

use crate::support::{Ask, ask, get, lab, lab_of, ops};
use fake_discord::{Fake, Fault, World};
use serde_json::json;
use std::time::Duration;

const ROUTE: &str = "/channels/{channel_id}/messages";

fn messages(fake: &Fake) -> String {
    format!("/channels/{}/messages", fake.channel_id("ops"))
}

async fn say(fake: &Fake, text: &str) -> u16 {
    ask(fake, "POST", &messages(fake), json!({"content": text})).await.status
}

#[tokio::test]
async fn who_waits_is_let_through() {
    let Some(fake) = lab().await else { return };
    fake.fault("POST", ROUTE, Fault::TooMany { retry_after: 2.5 }, 1);
    let got = ask(&fake, "POST", &messages(&fake), json!({"content": "a"})).await;
    assert_eq!(got.status, 429);
    assert_eq!(
        (&got.body["retry_after"], &got.body["global"], &got.body["code"]),
        (&json!(2.5), &json!(false), &json!(0))
    );
    assert_eq!(
        (&got.headers["retry-after"], &got.headers["x-ratelimit-scope"]),
        (&"3".parse().unwrap(), &"user".parse().unwrap())
    );
    assert_eq!(got.headers["content-type"], "application/json");
    // Other routes and channels are not meant.
    assert_eq!(get(&fake, &messages(&fake)).await.status, 200);
    fake.clock().advance(Duration::from_millis(2500));
    assert_eq!(say(&fake, "b").await, 200);
    fake.assert_clean();
}

#[tokio::test]
async fn who_does_not_wait_breaches() {
    let Some(fake) = lab().await else { return };
    fake.fault("POST", ROUTE, Fault::TooMany { retry_after: 60.0 }, 1);
    assert_eq!((say(&fake, "a").await, say(&fake, "b").await), (429, 429));
    assert_eq!(fake.take_violations()[0].rule, "early retry");
    fake.clock().advance(Duration::from_secs(60));
    assert_eq!(say(&fake, "c").await, 200);
    fake.assert_clean();
}

#[tokio::test]
async fn a_global_limit_is_for_all_but_interactions() {
    let Some(fake) = lab().await else { return };
    fake.fault("GET", "/users/@me", Fault::TooManyGlobal { retry_after: 60.0 }, 1);
    let got = get(&fake, "/users/@me").await;
    assert_eq!((got.status, &got.headers["x-ratelimit-global"]), (429, &"true".parse().unwrap()));
    assert_eq!(got.body["global"], true);
    let asked = ops(&fake, "bob").slash("ping", &[]).unwrap();
    crate::support::reply(&fake, &asked, json!({"type": 5})).await;
    fake.assert_clean();
    assert_eq!(say(&fake, "a").await, 429);
    assert_eq!(fake.violations().len(), 1);
}

#[tokio::test]
async fn statuses_and_lost_connections() {
    let Some(fake) = lab().await else { return };
    let bob = ops(&fake, "bob");
    fake.fault("POST", ROUTE, Fault::Status(503), 2);
    assert_eq!((say(&fake, "a").await, say(&fake, "b").await, say(&fake, "c").await), (503, 503, 200));
    let send =
        Ask::json(&fake, "POST", &messages(&fake), &json!({"content": "d", "nonce": "1", "enforce_nonce": true}));
    fake.fault("POST", ROUTE, Fault::DropBefore, 1);
    fake.fault("POST", ROUTE, Fault::DropAfter, 1);
    assert!(send.try_send(&fake).await.is_none());
    assert_eq!(bob.sees().len(), 1);
    assert!(send.try_send(&fake).await.is_none());
    assert_eq!(bob.sees().len(), 2);
    // The nonce makes the third attempt the second: nobody reads it twice.
    let got = send.send(&fake).await;
    assert_eq!((got.status, got.body["content"].as_str(), bob.sees().len()), (200, Some("d"), 2));
    fake.clock().advance(Duration::from_secs(301));
    send.send(&fake).await;
    assert_eq!(bob.sees().len(), 3);
    fake.assert_clean();
}

#[tokio::test]
async fn a_held_request_goes_on_when_it_is_let() {
    let Some(fake) = lab().await else { return };
    fake.fault("POST", ROUTE, Fault::Hold, 1);
    let send = Ask::json(&fake, "POST", &messages(&fake), &json!({"content": "slow"}));
    let sent = async { send.send(&fake).await.status };
    let released = async {
        fake.until_requests(|all| all.iter().any(|r| r.route == ROUTE)).await;
        assert!(ops(&fake, "bob").sees().is_empty());
        fake.release();
    };
    assert_eq!(tokio::join!(sent, released).0, 200);
    assert_eq!(ops(&fake, "bob").sees_text("slow").await.content, "slow");
    fake.assert_clean();
}

#[tokio::test]
#[should_panic(expected = "faults that never struck")]
async fn a_fault_that_never_struck_is_noticed() {
    // Where the description is not there, there is nothing to notice.
    let Some(fake) = lab().await else { panic!("faults that never struck") };
    fake.fault("POST", ROUTE, Fault::Status(500), 1);
    fake.assert_clean();
}

#[tokio::test]
async fn strict_worlds_have_real_limits() {
    let Some(fake) = lab_of(World::lab().strict_about_time()).await else { return };
    for left in ["4", "3", "2", "1", "0"] {
        let got = ask(&fake, "POST", &messages(&fake), json!({"content": "a"})).await;
        assert_eq!((got.status, got.headers["x-ratelimit-remaining"].to_str().unwrap()), (200, left));
    }
    assert_eq!(say(&fake, "too many").await, 429);
    fake.clock().advance(Duration::from_secs(5));
    assert_eq!(say(&fake, "again").await, 200);
    fake.assert_clean();
}

#[tokio::test]
async fn answers_carry_limits_and_nothing_runs_dry() {
    let Some(fake) = lab().await else { return };
    for _ in 0..60 {
        let got = get(&fake, "/users/@me").await;
        assert_eq!(got.headers["x-ratelimit-remaining"], "49");
        assert!(
            ["limit", "reset", "reset-after", "bucket"]
                .iter()
                .all(|h| got.headers.contains_key(format!("x-ratelimit-{h}")))
        );
    }
    fake.assert_clean();
}
