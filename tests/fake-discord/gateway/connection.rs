//! One connection of the gateway: Hello, heartbeats, Identify or Resume, and the rules whose breach closes it.

use super::{CREATE_INTENTS, Order, PRIVILEGED, unavailable};
use crate::{
    rest::show,
    state::{Inner, State},
    world::Guild,
};
use flate2::{Compress, Compression, FlushCompress};
use futures::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use std::sync::Arc;
use tokio::{
    io::{AsyncRead, AsyncWrite},
    sync::mpsc::{self, UnboundedSender},
};
use tokio_tungstenite::{
    WebSocketStream,
    tungstenite::{Message, protocol::CloseFrame},
};

const UNKNOWN_ERROR: u16 = 4000;
const UNKNOWN_OPCODE: u16 = 4001;
const DECODE_ERROR: u16 = 4002;
const NOT_AUTHENTICATED: u16 = 4003;
const AUTHENTICATION_FAILED: u16 = 4004;
const ALREADY_AUTHENTICATED: u16 = 4005;
const INVALID_SEQ: u16 = 4007;
const RATE_LIMITED: u16 = 4008;
const SESSION_TIMED_OUT: u16 = 4009;
const INVALID_SHARD: u16 = 4010;
const INVALID_VERSION: u16 = 4012;
const INVALID_INTENTS: u16 = 4013;
const DISALLOWED_INTENTS: u16 = 4014;

/// Bytes of one payload of a client.
const LARGEST: usize = 4096;
/// Payloads of a client in a minute.
const SENDS: usize = 120;
const MINUTE: u64 = 60_000;
/// Between two Identifies.
const START_GAP: u64 = 5_000;

/// How the connection ends.
enum End {
    Close(u16),
    Drop,
}

struct Connection {
    inner: Arc<Inner>,
    number: u64,
    out: UnboundedSender<Order>,
    is_authenticated: bool,
    sends: Vec<u64>,
    heard_ms: u64,
}

/// Serves one connection until it ends.
pub async fn serve<S>(inner: Arc<Inner>, mut socket: WebSocketStream<S>, query: &str)
where
    S: AsyncRead + AsyncWrite + Unpin + Send,
{
    let (out, mut orders) = mpsc::unbounded_channel();
    let number = inner.change(|state| state.gateway.connection());
    let mut moved = inner.clock.watch();
    let heard_ms = inner.clock.now_ms();
    let mut connection =
        Connection { inner: Arc::clone(&inner), number, out, is_authenticated: false, sends: Vec::new(), heard_ms };
    let mut pipe = Pipe::new(query);
    if !query.split('&').any(|pair| pair == "v=10") {
        let _ = socket.send(close_frame(INVALID_VERSION)).await;
        return;
    }
    connection.send(&json!({
        "t": null, "s": null, "op": 10, "d": {"heartbeat_interval": inner.settings.heartbeat_ms, "_trace": []},
    }));
    let mut with_session = false;
    let end = loop {
        tokio::select! {
            order = orders.recv() => match order {
                Some(Order::Send(text)) => {
                    if socket.send(pipe.frame(&text)).await.is_err() {
                        break None;
                    }
                }
                Some(Order::Close(code)) => break Some(End::Close(code)),
                Some(Order::Drop) => break Some(End::Drop),
                None => break None,
            },
            received = socket.next() => match received {
                Some(Ok(Message::Text(text))) => {
                    if let Err(end) = connection.hear(text.as_bytes()) { break Some(end) }
                }
                Some(Ok(Message::Binary(bytes))) => {
                    if let Err(end) = connection.hear(&bytes) { break Some(end) }
                }
                Some(Ok(Message::Close(frame))) => {
                    // With these two a client says that it does not come back.
                    let code = frame.map_or(1005, |frame| u16::from(frame.code));
                    with_session = matches!(code, 1000 | 1001);
                    break None;
                }
                Some(Ok(_)) => {}
                Some(Err(_)) | None => break None,
            },
            _ = moved.changed() => if connection.is_silent() {
                break Some(End::Close(SESSION_TIMED_OUT));
            },
        }
    };
    inner.change(|state| state.gateway.ended(number, with_session));
    match end {
        Some(End::Close(code)) => {
            inner.change(|state| {
                // A client that breaks the protocol is told by a close; that it did is kept for the test.
                let is_breach = matches!(code, 4001..=4005 | 4007 | 4008 | 4010..=4014);
                if is_breach && !state.faults.closes.contains(&code) && !state.place.is_token_revoked {
                    state.violate("gateway", format!("the connection was closed with {code}"));
                }
            });
            let _ = socket.send(close_frame(code)).await;
            // The client's half of the closing, or its end.
            while let Some(Ok(_)) = socket.next().await {}
        }
        None => {
            let _ = socket.close(None).await;
        }
        Some(End::Drop) => drop(socket),
    }
}

fn close_frame(code: u16) -> Message {
    let reason = match code {
        UNKNOWN_OPCODE => "Unknown opcode.",
        DECODE_ERROR => "Error while decoding payload.",
        NOT_AUTHENTICATED => "Not authenticated.",
        AUTHENTICATION_FAILED => "Authentication failed.",
        ALREADY_AUTHENTICATED => "Already authenticated.",
        INVALID_SEQ => "Invalid seq.",
        RATE_LIMITED => "Rate limited.",
        SESSION_TIMED_OUT => "Session timed out.",
        INVALID_SHARD => "Invalid shard.",
        INVALID_VERSION => "Invalid API version.",
        INVALID_INTENTS => "Invalid intent(s).",
        DISALLOWED_INTENTS => "Disallowed intent(s).",
        _ => "Unknown error.",
    };
    Message::Close(Some(CloseFrame { code: code.into(), reason: reason.into() }))
}

impl Connection {
    fn send(&self, envelope: &Value) {
        // The receiver lives as long as the loop above.
        let _ = self.out.send(Order::Send(envelope.to_string()));
    }

    fn op(&self, op: u8, data: Value) {
        self.send(&json!({"t": null, "s": null, "op": op, "d": data}));
    }

    fn is_silent(&self) -> bool {
        let settings = &self.inner.settings;
        settings.is_strict_about_time && self.inner.clock.now_ms() > self.heard_ms + 2 * settings.heartbeat_ms
    }

    fn hear(&mut self, bytes: &[u8]) -> Result<(), End> {
        let now = self.inner.clock.now_ms();
        self.sends.retain(|at| at + MINUTE > now);
        self.sends.push(now);
        if self.sends.len() > SENDS {
            return Err(End::Close(RATE_LIMITED));
        }
        if bytes.len() > LARGEST {
            return Err(End::Close(DECODE_ERROR));
        }
        let payload: Value = serde_json::from_slice(bytes).map_err(|_| End::Close(DECODE_ERROR))?;
        let data = &payload["d"];
        match payload["op"].as_u64() {
            Some(1) => {
                self.heard_ms = now;
                if !self.inner.look(|state| state.gateway.withholds_acks) {
                    self.op(11, Value::Null);
                }
                Ok(())
            }
            Some(2) => self.identify(data, now),
            Some(6) => self.resume(data),
            Some(3 | 4 | 8) if self.is_authenticated => Ok(()),
            Some(3 | 4 | 8) => Err(End::Close(NOT_AUTHENTICATED)),
            Some(_) => Err(End::Close(UNKNOWN_OPCODE)),
            None => Err(End::Close(DECODE_ERROR)),
        }
    }

    /// Clients send the token with or without its prefix.
    fn has_token(state: &State, data: &Value) -> bool {
        let given = data["token"].as_str().unwrap_or_default();
        given.strip_prefix("Bot ").unwrap_or(given) == state.place.token && !state.place.is_token_revoked
    }

    fn identify(&mut self, data: &Value, now: u64) -> Result<(), End> {
        if self.is_authenticated {
            return Err(End::Close(ALREADY_AUTHENTICATED));
        }
        if !data["token"].is_string() || !data["properties"].is_object() {
            return Err(End::Close(DECODE_ERROR));
        }
        if !self.inner.look(|state| Self::has_token(state, data)) {
            return Err(End::Close(AUTHENTICATION_FAILED));
        }
        let intents = data["intents"].as_u64().filter(|i| *i < 1 << 26).ok_or(End::Close(INVALID_INTENTS))?;
        if intents & PRIVILEGED & !self.inner.settings.privileged_intents != 0 {
            return Err(End::Close(DISALLOWED_INTENTS));
        }
        let shard = match &data["shard"] {
            Value::Null => json!([0, 1]),
            shard => shard.clone(),
        };
        match (shard[0].as_u64(), shard[1].as_u64()) {
            (Some(this), Some(of)) if this < of => {}
            _ => return Err(End::Close(INVALID_SHARD)),
        }
        let url = self.inner.gateway_url();
        let is_strict = self.inner.settings.is_strict_about_time;
        let is_refused = self.inner.change(|state| {
            if state.gateway.starts_left(now) == 0 {
                // Discord resets the token of who logs in too often.
                state.place.is_token_revoked = true;
                return Err(End::Close(AUTHENTICATION_FAILED));
            }
            if is_strict && state.gateway.has_started_within(START_GAP, now) {
                return Ok(true);
            }
            let place = &state.place;
            let user = place.user(place.bot).map(show::user).unwrap_or_default();
            let guilds = unavailable(place.guilds.iter().map(|g| g.id));
            let arriving: Vec<Value> = match intents & CREATE_INTENTS {
                0 => Vec::new(),
                _ => place.guilds.iter().map(|guild| arriving(state, guild)).collect(),
            };
            let application = json!({"id": place.application.to_string(), "flags": 0});
            let session = state.gateway.start(self.out.clone(), self.number, now);
            let ready = json!({
                "v": 10, "user": user, "guilds": guilds, "session_id": session.id, "resume_gateway_url": url,
                "shard": shard, "application": application, "session_type": "normal", "private_channels": [],
                "presences": [], "relationships": [], "user_settings": {}, "_trace": [],
            });
            session.event("READY", &ready);
            arriving.iter().for_each(|guild| session.event("GUILD_CREATE", guild));
            Ok(false)
        })?;
        if is_refused {
            self.op(9, json!(false));
        } else {
            self.is_authenticated = true;
        }
        Ok(())
    }

    fn resume(&mut self, data: &Value) -> Result<(), End> {
        if self.is_authenticated {
            return Err(End::Close(ALREADY_AUTHENTICATED));
        }
        let (Some(id), Some(seq)) = (data["session_id"].as_str(), data["seq"].as_u64()) else {
            return Err(End::Close(DECODE_ERROR));
        };
        let is_resumed = self.inner.change(|state| {
            if !Self::has_token(state, data) {
                return Err(End::Close(AUTHENTICATION_FAILED));
            }
            if state.gateway.refused_resumes > 0 {
                state.gateway.refused_resumes -= 1;
                return Ok(false);
            }
            let Some(session) = state.gateway.session(id) else { return Ok(false) };
            if seq > session.seq {
                return Err(End::Close(INVALID_SEQ));
            }
            // A connection that is still there loses its session to this one.
            session.send(Order::Close(UNKNOWN_ERROR));
            session.out = None;
            let missed: Vec<String> = session.log.iter().filter(|(s, _)| *s > seq).map(|(_, t)| t.clone()).collect();
            session.out = Some((self.number, self.out.clone()));
            missed.into_iter().for_each(|text| session.send(Order::Send(text)));
            session.event("RESUMED", &json!({"_trace": []}));
            Ok(true)
        })?;
        if is_resumed {
            self.is_authenticated = true;
        } else {
            self.op(9, json!(false));
        }
        Ok(())
    }
}

/// A guild as it arrives after READY.
fn arriving(state: &State, guild: &Guild) -> Value {
    let place = &state.place;
    let channels: Vec<Value> =
        place.channels.iter().filter(|c| c.guild == Some(guild.id)).map(|c| show::channel(place, c)).collect();
    let bot = place.user(place.bot).map(show::user).unwrap_or_default();
    let mut shown = show::guild(guild);
    shown["joined_at"] = json!("2024-01-01T00:00:00.000000+00:00");
    shown["large"] = json!(false);
    shown["unavailable"] = json!(false);
    shown["member_count"] = json!(guild.members.len());
    shown["members"] = json!([show::member(&bot, &[])]);
    shown["channels"] = json!(channels);
    for empty in
        ["voice_states", "threads", "presences", "stage_instances", "guild_scheduled_events", "soundboard_sounds"]
    {
        shown[empty] = json!([]);
    }
    shown
}

/// Plain text, or one stream of zlib for the whole connection.
struct Pipe(Option<Compress>);

impl Pipe {
    fn new(query: &str) -> Self {
        let is_asked = query.split('&').any(|pair| pair == "compress=zlib-stream");
        Self(is_asked.then(|| Compress::new(Compression::default(), true)))
    }

    fn frame(&mut self, text: &str) -> Message {
        let Some(stream) = &mut self.0 else { return Message::text(text) };
        let mut packed = Vec::with_capacity(text.len() + 64);
        let start = stream.total_in();
        loop {
            let done = (stream.total_in() - start) as usize;
            let input = text.as_bytes().get(done..).unwrap_or_default();
            stream.compress_vec(input, &mut packed, FlushCompress::Sync).expect("memory is given when asked for");
            if packed.len() < packed.capacity() {
                return Message::binary(packed);
            }
            packed.reserve(packed.capacity());
        }
    }
}
