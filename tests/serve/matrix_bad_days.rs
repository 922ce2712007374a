//! On a real homeserver, when something is wrong: it is not there, it wants a pause, the token dies, the keys are lost.

use super::matrix::{Home, page, stop};
use crate::support::{
    front::{Front, Passed},
    process::until,
};
use reqwest::Method;
use serde_json::{Value, json};
use std::{fs, time::Duration};

#[tokio::test(flavor = "multi_thread")]
async fn without_a_homeserver_it_starts_and_says_so() {
    let Some(home) = Home::new().await else { return };
    is_at(&home, "http://127.0.0.1:9");
    let mut serve = home.start("serve");
    until("it says what is wrong", || serve.said().contains("there is no connection to Matrix: ").then_some(()));
    assert!(page(&serve, "/readyz").await.starts_with("ready"));
    assert!(page(&serve, "/metrics").await.contains("direttore_chat_connected{surface=\"matrix\"} 0\n"));
    stop(&mut serve);
}

/// Configures another address of the homeserver.
fn is_at(home: &Home, url: &str) {
    let file = home.folder.path().join("direttore.toml");
    let text = fs::read_to_string(&file).expect("it is ours").replace(&home.synapse.url, url);
    fs::write(&file, text).expect("it is ours");
}

/// What is sent, and what is listened for: each is left alone as long as the homeserver says, and nothing is lost or said
/// twice.
#[tokio::test(flavor = "multi_thread")]
async fn a_homeserver_that_wants_a_pause_gets_it() {
    const SEND: &str = "/send/m.room.message/";
    const SYNC: &str = "/sync?";
    let Some(home) = Home::new().await else { return };
    let (front, mut passed) = Front::of(&home.synapse.url).await;
    is_at(&home, &front.url);
    let mut serve = home.start("serve");
    home.alice.until_there(&home.room, &home.bot.id).await;
    let begin = home.alice.say(&home.room, "!whoami").await;
    home.alice.hears(&home.room, &home.bot.id, &begin).await;
    let wait = Duration::from_millis(1500);
    for path in [SEND, SYNC] {
        front.limits(path, 2, wait);
        let told = home.asks().await;
        assert!(told.contains("admin"), "{path}: {told}");
    }
    // What comes last is answered last: nothing is on its way any more.
    home.asks().await;
    assert_eq!(home.alice.said(&home.room, &home.bot.id, &begin).await.len(), 4, "an answer to each");
    stop(&mut serve);
    let mut all: Vec<Passed> = Vec::new();
    while let Ok(one) = passed.try_recv() {
        all.push(one);
    }
    for path in [SEND, SYNC] {
        let of: Vec<&Passed> = all.iter().filter(|one| one.path.contains(path)).collect();
        let limited: Vec<usize> = (0..of.len()).filter(|at| of[*at].status == 429).collect();
        assert_eq!(limited.len(), 2, "{path}");
        for at in limited {
            let (no, again) = (of[at], of[at + 1]);
            let paused = again.came.duration_since(no.at);
            assert!(paused >= wait, "{path} again after {paused:?}");
            assert_eq!((&again.path, again.asked()), (&no.path, no.asked()), "the same is asked again");
            assert_eq!(no.answer()["errcode"], json!("M_LIMIT_EXCEEDED"));
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_password_stops_it_for_good() {
    let Some(home) = Home::new().await else { return };
    home.configure("password = 'another'");
    let mut serve = home.start("serve");
    let line = "does not accept matrix.password";
    until("it says what is wrong", || serve.said().contains(line).then_some(()));
    assert_eq!(page(&serve, "/readyz").await, "ready\nmatrix is stopped\n");
    stop(&mut serve);
    assert_eq!(serve.said().matches(line).count(), 1, "it is not tried again: {}", serve.said());
}

/// Ends the session that it kept, as somebody with its token would.
async fn sign_out(home: &Home) -> String {
    let session = home.session();
    let bot = home.bot.with_token(session["access_token"].as_str().expect("there is one"));
    bot.ask(Method::POST, "v3/logout", json!({})).await;
    session["device_id"].as_str().expect("there is one").to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_device_that_was_deleted_is_followed_by_another_that_is_signed() {
    let Some(home) = Home::new().await else { return };
    let mut serve = home.start("serve");
    home.alice.until_there(&home.room, &home.bot.id).await;
    home.asks().await;
    let device = sign_out(&home).await;
    // It finds out by itself, and goes on.
    assert!(home.asks().await.contains("admin"));
    assert_ne!(home.session()["device_id"], device);
    let keys = json!({ "device_keys": { &home.bot.id: [] } });
    let keys = home.alice.ask(Method::POST, "v3/keys/query", keys).await;
    let new = home.session()["device_id"].as_str().expect("there is one").to_owned();
    let signatures = keys["device_keys"][&home.bot.id][&new]["signatures"][&home.bot.id].as_object();
    assert_eq!(signatures.map(|all| all.len()), Some(2), "by itself and by its account: {keys:#}");
    assert!(home.kept("store.1").exists(), "the old keys are put aside");
    stop(&mut serve);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dead_token_without_a_password_stops_it() {
    let Some(home) = Home::new().await else { return };
    home.configure(&format!("access_token = '{}'", home.bot.token));
    let mut serve = home.start("serve");
    home.alice.until_there(&home.room, &home.bot.id).await;
    home.asks().await;
    home.bot.ask(Method::POST, "v3/logout", json!({})).await;
    let line = "does not accept matrix.access_token";
    until("it says what is wrong", || serve.said().contains(line).then_some(()));
    assert_eq!(page(&serve, "/readyz").await, "ready\nmatrix is stopped\n");
    assert!(!serve.said().contains(&home.bot.token), "{}", serve.said());
    stop(&mut serve);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_its_keys_and_the_recovery_key_it_is_silent_where_it_is_encrypted() {
    let Some(home) = Home::new().await else { return };
    let mut serve = home.start("serve");
    home.alice.until_there(&home.room, &home.bot.id).await;
    home.asks().await;
    stop(&mut serve);
    let key = fs::read_to_string(home.kept("matrix-recovery-key")).expect("it was made");
    assert!(!serve.said().contains(key.trim()) && serve.said().contains("matrix-recovery-key"), "{}", serve.said());
    fs::remove_dir_all(home.kept("")).expect("it is ours");

    let mut serve = home.start("serve");
    until("it says so", || serve.said().contains("silent in encrypted rooms").then_some(()));
    assert!(home.asks().await.contains("admin"), "in a clear room it answers");
    let path = format!("v3/rooms/{}/state/m.room.encryption/", home.room);
    home.alice.ask(Method::PUT, &path, json!({ "algorithm": "m.megolm.v1.aes-sha2" })).await;
    let asked = home.alice.say(&home.room, "!whoami").await;
    stop(&mut serve);
    assert_eq!(home.alice.said(&home.room, &home.bot.id, &asked).await, Vec::<Value>::new());

    home.configure(&format!("password = '{}'\nrecovery_key = '{}'", home.bot.password, key.trim()));
    let mut serve = home.start("serve");
    let mut check = home.start("check");
    until("it is signed", || {
        check.end();
        let is_signed = check.said().contains("is signed by its account");
        if !is_signed {
            check = home.start("check");
        }
        is_signed.then_some(())
    });
    stop(&mut serve);
}
