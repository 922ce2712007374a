//! The gateway, frame by frame: its order, its limits, how sessions go on.

use crate::support::{Said, Socket, get, identify, lab, lab_of, ops};
use fake_discord::{Fake, World};
use flate2::{Decompress, FlushDecompress};
use futures::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use std::time::Duration;
use tokio_tungstenite::tungstenite::Message;

fn with(fake: &Fake, field: &str, value: Value) -> Value {
    let mut identify = identify(fake);
    identify["d"][field] = value;
    identify
}

/// The close code that this first payload gets.
async fn first(fake: &Fake, payload: &Value) -> u16 {
    let mut socket = Socket::open(fake).await;
    socket.say(payload).await;
    socket.closed().await
}

#[tokio::test]
async fn hello_ready_heartbeat_interaction() {
    let Some(fake) = lab().await else { return };
    let mut socket = Socket::open(&fake).await;
    let hello = socket.payload().await;
    assert_eq!(hello, json!({"t": null, "s": null, "op": 10, "d": {"heartbeat_interval": 41250, "_trace": []}}));
    socket.say(&json!({"op": 1, "d": null})).await;
    assert_eq!(socket.payload().await["op"], 11);
    socket.say(&identify(&fake)).await;
    let ready = socket.payload().await;
    assert_eq!((&ready["t"], &ready["s"], &ready["op"]), (&json!("READY"), &json!(1), &json!(0)));
    let application = fake.application_id().to_string();
    assert_eq!((&ready["d"]["v"], &ready["d"]["application"]["id"]), (&json!(10), &json!(application)));
    assert_eq!(ready["d"]["guilds"], json!([{"id": fake.guild_id("lab").to_string(), "unavailable": true}]));
    assert_eq!(ready["d"]["resume_gateway_url"], fake.gateway_url());
    fake.ask_for_heartbeat();
    assert_eq!(socket.payload().await["op"], 1);
    ops(&fake, "alice").slash("ping", &[]).unwrap();
    let event = socket.payload().await;
    assert_eq!((&event["t"], &event["s"]), (&json!("INTERACTION_CREATE"), &json!(2)));
    for field in ["attachment_size_limit", "entitlements", "token", "version", "locale", "channel_id", "application_id"]
    {
        assert!(!event["d"][field].is_null(), "{field}");
    }
    assert_eq!(event["d"]["member"]["permissions"], json!(((1_u64 << 53) - 1).to_string()));
    fake.assert_clean();
}

#[tokio::test]
async fn each_breach_has_its_code() {
    let Some(fake) = lab().await else { return };
    assert_eq!(first(&fake, &with(&fake, "token", json!("wrong"))).await, 4004);
    assert_eq!(first(&fake, &with(&fake, "token", json!(7))).await, 4002);
    assert_eq!(first(&fake, &with(&fake, "intents", json!(1 << 1))).await, 4014);
    assert_eq!(first(&fake, &with(&fake, "intents", json!(1 << 15))).await, 4014);
    assert_eq!(first(&fake, &with(&fake, "intents", json!(1 << 30))).await, 4013);
    assert_eq!(first(&fake, &with(&fake, "shard", json!([1, 1]))).await, 4010);
    assert_eq!(first(&fake, &json!({"op": 3, "d": {}})).await, 4003);
    assert_eq!(first(&fake, &json!({"op": 77, "d": {}})).await, 4001);
    assert_eq!(first(&fake, &json!({"d": {}})).await, 4002);
    assert_eq!(first(&fake, &with(&fake, "large", json!("x".repeat(4096)))).await, 4002);
    let mut socket = Socket::open(&fake).await;
    socket.0.send(Message::text("no JSON")).await.unwrap();
    assert_eq!(socket.closed().await, 4002);
    let mut socket = Socket::open(&fake).await;
    socket.identify(&fake).await;
    socket.say(&identify(&fake)).await;
    assert_eq!(socket.closed().await, 4005);
    assert_eq!(Socket::open_with(&fake, "?v=9&encoding=json").await.closed().await, 4012);
    assert!(fake.violations().iter().all(|v| v.rule == "gateway"));
    assert!(fake.violations().len() >= 12, "{:?}", fake.violations());
    // With the token alone, or with its prefix, and with small intents, it is all right.
    for token in [fake.token(), format!("Bot {}", fake.token())] {
        let mut socket = Socket::open(&fake).await;
        assert_eq!(socket.payload().await["op"], 10);
        socket.say(&with(&fake, "token", json!(token))).await;
        assert_eq!(socket.payload().await["t"], "READY");
    }
}

#[tokio::test]
async fn a_hundred_and_twenty_payloads_a_minute() {
    let Some(fake) = lab().await else { return };
    let mut socket = Socket::open(&fake).await;
    socket.identify(&fake).await;
    for _ in 0..119 {
        socket.say(&json!({"op": 1, "d": 1})).await;
        assert_eq!(socket.payload().await["op"], 11);
    }
    fake.clock().advance(Duration::from_secs(61));
    for _ in 0..120 {
        socket.say(&json!({"op": 1, "d": 1})).await;
        assert_eq!(socket.payload().await["op"], 11);
    }
    socket.say(&json!({"op": 1, "d": 1})).await;
    assert_eq!(socket.closed().await, 4008);
}

async fn resume(fake: &Fake, ready: &Value, seq: u64) -> Socket {
    let mut socket = Socket::open(fake).await;
    assert_eq!(socket.payload().await["op"], 10);
    let data = json!({"token": fake.token(), "session_id": ready["d"]["session_id"], "seq": seq});
    socket.say(&json!({"op": 6, "d": data})).await;
    socket
}

#[tokio::test]
async fn a_resume_replays_what_was_missed() {
    let Some(fake) = lab().await else { return };
    let mut socket = Socket::open(&fake).await;
    let ready = socket.identify(&fake).await;
    fake.ask_to_reconnect();
    assert_eq!(socket.payload().await, json!({"t": null, "s": null, "op": 7, "d": null}));
    drop(socket);
    fake.sessions(0).await;
    let (one, two) = (ops(&fake, "bob").slash("ping", &[]).unwrap(), ops(&fake, "bob").slash("ping", &[]).unwrap());
    let mut socket = resume(&fake, &ready, 1).await;
    for (seq, handle) in [(2, &one), (3, &two)] {
        let event = socket.payload().await;
        assert_eq!((&event["s"], &event["d"]["id"]), (&json!(seq), &json!(handle.id().to_string())));
    }
    assert_eq!(socket.payload().await["t"], "RESUMED");
    assert_eq!(fake.identified(), 1);
    // From further back, everything comes again; from the future nothing can.
    drop(socket);
    fake.sessions(0).await;
    assert_eq!(resume(&fake, &ready, 2).await.payload().await["s"], 3);
    fake.sessions(0).await;
    assert_eq!(resume(&fake, &ready, 99).await.closed().await, 4007);
    fake.take_violations();
}

#[tokio::test]
async fn a_session_ends_for_good() {
    let Some(fake) = lab().await else { return };
    // With a close of 1000 the client says so.
    let mut socket = Socket::open(&fake).await;
    let ready = socket.identify(&fake).await;
    socket
        .0
        .close(Some(tokio_tungstenite::tungstenite::protocol::CloseFrame { code: 1000.into(), reason: "".into() }))
        .await
        .unwrap();
    assert!(matches!(socket.hear().await, Said::Closed(_) | Said::Gone));
    fake.sessions(0).await;
    assert_eq!(resume(&fake, &ready, 1).await.payload().await, json!({"t": null, "s": null, "op": 9, "d": false}));
    // With op 9 Discord says so; before, a refused resume is answered likewise.
    let mut socket = Socket::open(&fake).await;
    let ready = socket.identify(&fake).await;
    fake.invalidate_sessions(false);
    assert_eq!((socket.payload().await["op"].clone(), fake.identified()), (json!(9), 2));
    drop(socket);
    fake.sessions(0).await;
    assert_eq!(resume(&fake, &ready, 1).await.payload().await["op"], 9);
    let mut socket = Socket::open(&fake).await;
    let ready = socket.identify(&fake).await;
    drop(socket);
    fake.sessions(0).await;
    fake.refuse_resumes(1);
    let mut socket = resume(&fake, &ready, 1).await;
    assert_eq!(socket.payload().await["op"], 9);
    // On the same connection it may start again.
    socket.say(&identify(&fake)).await;
    assert_eq!(socket.payload().await["t"], "READY");
    fake.assert_clean();
}

#[tokio::test]
async fn two_connections_hear_every_interaction() {
    let Some(fake) = lab().await else { return };
    let (mut one, mut two) = (Socket::open(&fake).await, Socket::open(&fake).await);
    one.identify(&fake).await;
    two.identify(&fake).await;
    let asked = ops(&fake, "bob").slash("ping", &[]).unwrap();
    for socket in [&mut one, &mut two] {
        assert_eq!(socket.payload().await["d"]["id"], json!(asked.id().to_string()));
    }
}

#[tokio::test]
async fn one_stream_of_zlib_for_a_connection() {
    let Some(fake) = lab().await else { return };
    let mut socket = Socket::open_with(&fake, "?v=10&encoding=json&compress=zlib-stream").await;
    let mut stream = Decompress::new(true);
    let mut hear = async |socket: &mut Socket| loop {
        match socket.0.next().await.unwrap().unwrap() {
            Message::Binary(bytes) => {
                assert_eq!(bytes[bytes.len() - 4..], [0, 0, 255, 255]);
                let mut text = Vec::with_capacity(1 << 20);
                stream.decompress_vec(&bytes, &mut text, FlushDecompress::Sync).unwrap();
                return serde_json::from_slice::<Value>(&text).unwrap();
            }
            other => assert!(!other.is_text(), "{other:?}"),
        }
    };
    assert_eq!(hear(&mut socket).await["op"], 10);
    socket.say(&identify(&fake)).await;
    assert_eq!(hear(&mut socket).await["t"], "READY");
    for _ in 0..20 {
        fake.send_raw_event("SOMETHING_NEW", &json!({"text": "x".repeat(30_000)}));
        assert_eq!(hear(&mut socket).await["d"]["text"].as_str().unwrap().len(), 30_000);
    }
}

#[tokio::test]
async fn guilds_arrive_for_who_asks() {
    let Some(fake) = lab().await else { return };
    let mut socket = Socket::open(&fake).await;
    socket.payload().await;
    socket.say(&with(&fake, "intents", json!(1))).await;
    assert_eq!(socket.payload().await["t"], "READY");
    let guild = socket.payload().await;
    assert_eq!((&guild["t"], guild["d"]["channels"].as_array().map(Vec::len)), (&json!("GUILD_CREATE"), Some(2)));
}

#[tokio::test]
async fn bad_days_of_the_gateway() {
    let Some(fake) = lab().await else { return };
    let mut socket = Socket::open(&fake).await;
    let ready = socket.identify(&fake).await;
    fake.withhold_acks(true);
    socket.say(&json!({"op": 1, "d": 1})).await;
    fake.close(4009);
    // The heartbeat was heard and not answered: the close is what comes next.
    assert!(matches!(socket.hear().await, Said::Closed(4009)));
    fake.withhold_acks(false);
    fake.sessions(0).await;
    let mut socket = resume(&fake, &ready, 1).await;
    assert_eq!(socket.payload().await["t"], "RESUMED");
    fake.drop_connections();
    assert!(matches!(socket.hear().await, Said::Gone));
    fake.refuse_connections(1);
    let stream =
        tokio::net::TcpStream::connect(fake.gateway_url().replace("ws://", "").replace('/', "")).await.unwrap();
    tokio_tungstenite::client_async(format!("{}?v=10", fake.gateway_url()), stream).await.unwrap_err();
    Socket::open(&fake).await.identify(&fake).await;
    fake.revoke_token();
    assert_eq!(first(&fake, &identify(&fake)).await, 4004);
    fake.assert_clean();
}

#[tokio::test]
async fn strict_worlds_count_time() {
    let Some(fake) = lab_of(World::lab().strict_about_time().heartbeat_ms(1000)).await else { return };
    let mut socket = Socket::open(&fake).await;
    socket.identify(&fake).await;
    // One Identify in five seconds.
    let mut other = Socket::open(&fake).await;
    assert_eq!(other.identify(&fake).await, json!({"t": null, "s": null, "op": 9, "d": false}));
    drop(other);
    assert_eq!(get(&fake, "/gateway/bot").await.body["session_start_limit"]["remaining"], 999);
    // A client that does not send heartbeats is not there.
    fake.clock().advance(Duration::from_millis(2000));
    socket.say(&json!({"op": 1, "d": 1})).await;
    assert_eq!(socket.payload().await["op"], 11);
    fake.clock().advance(Duration::from_millis(2001));
    assert_eq!(socket.closed().await, 4009);
    fake.clock().advance(Duration::from_millis(1000));
    assert_eq!(Socket::open(&fake).await.identify(&fake).await["t"], "READY");
}
