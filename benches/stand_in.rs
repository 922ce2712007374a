//! Somebody in Discord's place who judges nothing and has one clock for both ends: it notes when a frame leaves on the
//! gateway and when the headers of its callback are here.
//!
//! Its requests come over TLS as to Discord; its gateway is on loopback without, as a bot wants it of a stand-in.

use futures::{SinkExt, StreamExt};
use http_body_util::{BodyExt, Full};
use hyper::{
    Request, Response, StatusCode,
    body::{Bytes, Incoming},
    server::conn::http1,
    service::service_fn,
};
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use std::{
    collections::HashMap,
    convert::Infallible,
    net::{Ipv4Addr, SocketAddr},
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::{
    net::{TcpListener, TcpStream},
    runtime::{Builder, Runtime},
    sync::{Mutex, mpsc, oneshot, watch},
};
use tokio_tungstenite::{accept_async, tungstenite::Message};

pub const APPLICATION: u64 = 400_000_000_000_000_001;
pub const GUILD: u64 = 400_000_000_000_000_002;
pub const ROLE: u64 = 400_000_000_000_000_003;
const CHANNEL: u64 = 400_000_000_000_000_004;

/// Whoever does not answer within this never will.
const PATIENCE: Duration = Duration::from_secs(30);

/// It ends when this is dropped.
pub struct StandIn {
    /// Of its requests.
    pub addr: SocketAddr,
    /// The authority of its certificate.
    pub ca_pem: String,
    gateway: SocketAddr,
    shards: watch::Receiver<HashMap<String, mpsc::UnboundedSender<Order>>>,
    callbacks: Mutex<mpsc::UnboundedReceiver<Callback>>,
    runtime: Option<Runtime>,
}

/// Frames to be sent one after another; the moments at which they left are the answer.
struct Order(Vec<Value>, oneshot::Sender<Vec<Instant>>);

struct Callback {
    interaction: u64,
    at: Instant,
    body: Bytes,
}

/// From a frame to its callback, and the callback.
pub struct Answered {
    pub took: Duration,
    pub body: Value,
}

/// What the tasks of the server share.
struct Shared {
    gateway: SocketAddr,
    commands: Bytes,
    shards: watch::Sender<HashMap<String, mpsc::UnboundedSender<Order>>>,
    callbacks: mpsc::UnboundedSender<Callback>,
}

impl StandIn {
    /// On a thread of its own. `commands` are those that it has registered.
    pub fn start(commands: &Value) -> Self {
        let runtime = Builder::new_multi_thread().worker_threads(1).enable_all().build().expect("a runtime");
        let (acceptor, ca_pem) = fake_discord::tls().expect("a certificate can be made");
        let listen = || runtime.block_on(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))).expect("loopback has a port");
        let (requests, gateway) = (listen(), listen());
        let of = |listener: &TcpListener| listener.local_addr().expect("it is bound");
        let (addr, gateway_addr) = (of(&requests), of(&gateway));
        let (shards, shards_seen) = watch::channel(HashMap::new());
        let (callbacks, callbacks_seen) = mpsc::unbounded_channel();
        let commands = commands.to_string().into();
        let shared = Arc::new(Shared { gateway: gateway_addr, commands, shards, callbacks });
        let of_requests = Arc::clone(&shared);
        runtime.spawn(async move {
            while let Ok((stream, _)) = requests.accept().await {
                let (acceptor, shared) = (acceptor.clone(), Arc::clone(&of_requests));
                tokio::spawn(async move {
                    let _ = stream.set_nodelay(true);
                    let Ok(stream) = acceptor.accept(stream).await else { return };
                    let service = service_fn(move |request| answer(Arc::clone(&shared), request));
                    let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
                });
            }
        });
        runtime.spawn(async move {
            while let Ok((stream, _)) = gateway.accept().await {
                tokio::spawn(shard(Arc::clone(&shared), stream));
            }
        });
        let (gateway, callbacks) = (gateway_addr, Mutex::new(callbacks_seen));
        Self { addr, ca_pem, gateway, shards: shards_seen, callbacks, runtime: Some(runtime) }
    }

    pub fn gateway_url(&self) -> String {
        format!("ws://{}/", self.gateway)
    }

    /// Waits until a bot with that token is on the gateway.
    pub async fn connected(&self, token: &str) {
        let mut shards = self.shards.clone();
        let connected = shards.wait_for(|shards| shards.contains_key(token));
        let _ = tokio::time::timeout(PATIENCE, connected).await.expect("a bot connects").expect("the server runs");
    }

    /// Lets each of these people say `/guest list` at once to the bot with that token; its answers are in the order of
    /// the people. The ids are those of the interactions and must be new.
    pub async fn guest_lists(&self, token: &str, said: &[(u64, u64)]) -> Vec<Answered> {
        let frames = said.iter().map(|(id, user)| guest_list(*id, *user)).collect();
        let shard = self.shards.borrow().get(token).cloned().expect("the bot is connected");
        let (sent, left) = oneshot::channel();
        shard.send(Order(frames, sent)).expect("the bot is connected still");
        let mut callbacks = self.callbacks.lock().await;
        let mut came = HashMap::new();
        while came.len() < said.len() {
            let callback = tokio::time::timeout(PATIENCE, callbacks.recv()).await;
            let callback = callback.expect("every interaction is answered").expect("the server runs");
            came.insert(callback.interaction, callback);
        }
        let left = left.await.expect("all were sent");
        let answered = |((id, _), left): (&(u64, u64), Instant)| {
            let callback = &came[id];
            let body = serde_json::from_slice(&callback.body).expect("it is JSON");
            Answered { took: callback.at.duration_since(left), body }
        };
        said.iter().zip(left).map(answered).collect()
    }
}

impl Drop for StandIn {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

async fn answer(shared: Arc<Shared>, request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Infallible> {
    let at = Instant::now();
    let (parts, body) = request.into_parts();
    let body = body.collect().await.map(|body| body.to_bytes()).unwrap_or_default();
    let words: Vec<&str> = parts.uri.path().split('/').skip(3).collect();
    let (status, said) = match words.as_slice() {
        ["interactions", id, _, "callback"] => {
            let _ = shared.callbacks.send(Callback { interaction: id.parse().unwrap_or_default(), at, body });
            (StatusCode::NO_CONTENT, Bytes::new())
        }
        ["gateway"] => (StatusCode::OK, json!({"url": format!("ws://{}/", shared.gateway)}).to_string().into()),
        [.., "commands"] => (StatusCode::OK, shared.commands.clone()),
        _ => (StatusCode::OK, Bytes::from_static(b"{\"id\":\"1\"}")),
    };
    let mut response = Response::new(Full::new(said));
    *response.status_mut() = status;
    Ok(response)
}

/// One bot on the gateway.
async fn shard(shared: Arc<Shared>, stream: TcpStream) {
    let _ = stream.set_nodelay(true);
    let Ok(mut socket) = accept_async(stream).await else { return };
    let op = |op: u8, data: Value| Message::text(json!({"t": null, "s": null, "op": op, "d": data}).to_string());
    let mut seq = 0;
    let mut event = |name: &str, data: &Value| {
        seq += 1;
        Message::text(json!({"t": name, "s": seq, "op": 0, "d": data}).to_string())
    };
    let (out, mut orders) = mpsc::unbounded_channel();
    if socket.send(op(10, json!({"heartbeat_interval": 41_250}))).await.is_err() {
        return;
    }
    loop {
        tokio::select! {
            order = orders.recv() => {
                let Some(Order(frames, sent)) = order else { return };
                let frames: Vec<Message> = frames.iter().map(|frame| event("INTERACTION_CREATE", frame)).collect();
                let mut left = Vec::with_capacity(frames.len());
                for frame in frames {
                    left.push(Instant::now());
                    if socket.send(frame).await.is_err() {
                        return;
                    }
                }
                let _ = sent.send(left);
            }
            heard = socket.next() => {
                let Some(Ok(heard)) = heard else { return };
                let Ok(payload) = serde_json::from_slice::<Value>(&heard.into_data()) else { continue };
                let reply = match payload["op"].as_u64() {
                    Some(1) => op(11, Value::Null),
                    Some(2) => {
                        let token = payload["d"]["token"].as_str().unwrap_or_default();
                        let token = token.trim_start_matches("Bot ").to_owned();
                        shared.shards.send_modify(|shards| drop(shards.insert(token, out.clone())));
                        event("READY", &ready(&shared))
                    }
                    _ => continue,
                };
                if socket.send(reply).await.is_err() {
                    return;
                }
            }
        }
    }
}

fn ready(shared: &Shared) -> Value {
    json!({
        "v": 10, "session_id": "s1", "resume_gateway_url": format!("ws://{}/", shared.gateway), "shard": [0, 1],
        "user": {
            "id": APPLICATION.to_string(), "username": "bot", "global_name": null, "discriminator": "0",
            "avatar": null, "bot": true, "public_flags": 0, "flags": 0,
        },
        "guilds": [{"id": GUILD.to_string(), "unavailable": true}],
        "application": {"id": APPLICATION.to_string(), "flags": 0}, "session_type": "normal",
        "private_channels": [], "presences": [], "relationships": [], "user_settings": {}, "_trace": [],
    })
}

/// An interaction as Discord sends it, with all that it says of channel and member.
fn guest_list(id: u64, user: u64) -> Value {
    let (guild, channel) = (GUILD.to_string(), CHANNEL.to_string());
    // As long as a real one.
    let token = format!("aW50ZXJhY3Rpb246{id:0>180}");
    json!({
        "id": id.to_string(), "application_id": APPLICATION.to_string(), "type": 2, "token": token, "version": 1,
        "guild_id": guild, "guild": {"id": guild, "locale": "en-US", "features": []}, "guild_locale": "en-US",
        "channel_id": channel,
        "channel": {
            "id": channel, "type": 0, "name": "lab", "guild_id": guild, "parent_id": null, "position": 0,
            "nsfw": false, "rate_limit_per_user": 0, "topic": null, "last_message_id": null, "flags": 0,
            "permissions": "2248473465835073",
        },
        "app_permissions": "2248473465835073", "locale": "en-US", "entitlements": [],
        "authorizing_integration_owners": {"0": guild}, "context": 0, "attachment_size_limit": 10_485_760,
        "member": {
            "user": {
                "id": user.to_string(), "username": format!("u{user}"), "global_name": null, "discriminator": "0",
                "avatar": null, "public_flags": 0, "flags": 0, "primary_guild": null,
            },
            "roles": [ROLE.to_string()], "nick": null, "avatar": null, "banner": null,
            "joined_at": "2024-01-01T00:00:00.000000+00:00", "premium_since": null, "deaf": false, "mute": false,
            "pending": false, "flags": 0, "communication_disabled_until": null, "permissions": "2248473465835073",
        },
        "data": {
            "id": "400000000000000005", "name": "guest", "type": 1, "guild_id": guild,
            "options": [{"name": "list", "type": 1, "options": []}],
        },
    })
}
