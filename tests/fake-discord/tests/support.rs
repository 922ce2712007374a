//! A bot by hand: plain HTTP, a plain WebSocket, nothing that repairs anything.

use bytes::Bytes;
use fake_discord::{Fake, Handle, Seat, World};
use futures::{SinkExt as _, StreamExt as _};
use http_body_util::{BodyExt as _, Full};
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::{WebSocketStream, tungstenite::Message};

/// What came back.
#[derive(Debug)]
pub struct Got {
    pub status: u16,
    pub headers: http::HeaderMap,
    pub body: Value,
}

/// One request, with its headers open to change.
#[derive(Debug, Clone)]
pub struct Ask {
    pub method: String,
    pub path: String,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Ask {
    pub fn json(fake: &Fake, method: &str, path: &str, body: &Value) -> Self {
        let mut ask = Self::bare(fake, method, path);
        ask.headers.push(("content-type".into(), "application/json".into()));
        ask.body = body.to_string().into_bytes();
        ask
    }

    pub fn bare(fake: &Fake, method: &str, path: &str) -> Self {
        let headers = vec![
            ("user-agent".to_owned(), "DiscordBot (https://example.org, 1)".to_owned()),
            ("authorization".to_owned(), format!("Bot {}", fake.token())),
        ];
        Self { method: method.into(), path: path.into(), headers, body: Vec::new() }
    }

    /// `payload_json` and files.
    pub fn multipart(fake: &Fake, method: &str, path: &str, body: &Value, files: &[(&str, &str, &[u8])]) -> Self {
        let mut ask = Self::bare(fake, method, path);
        ask.headers.push(("content-type".into(), "multipart/form-data; boundary=XX".into()));
        let mut part = |head: String, bytes: &[u8]| {
            ask.body.extend_from_slice(format!("--XX\r\nContent-Disposition: form-data; {head}\r\n\r\n").as_bytes());
            ask.body.extend_from_slice(bytes);
            ask.body.extend_from_slice(b"\r\n");
        };
        part("name=\"payload_json\"".into(), body.to_string().as_bytes());
        for (name, file, bytes) in files {
            part(format!("name=\"{name}\"; filename=\"{file}\""), bytes);
        }
        ask.body.extend_from_slice(b"--XX--\r\n");
        ask
    }

    pub fn without(mut self, header: &str) -> Self {
        self.headers.retain(|(name, _)| name != header);
        self
    }

    pub fn with(mut self, header: &str, value: &str) -> Self {
        self = self.without(header);
        self.headers.push((header.into(), value.into()));
        self
    }

    /// `None`: the connection ended without an answer.
    pub async fn try_send(&self, fake: &Fake) -> Option<Got> {
        let authority = fake.api_url().replace("http://", "").replace("/api/v10", "");
        let stream = TcpStream::connect(&authority).await.expect("it listens");
        let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.expect("HTTP");
        let driven = tokio::spawn(connection);
        let mut request = http::Request::builder()
            .method(self.method.as_str())
            .uri(format!("/api/v10{}", self.path))
            .header("host", authority);
        for (name, value) in &self.headers {
            request = request.header(name, value);
        }
        let request = request.body(Full::new(Bytes::from(self.body.clone()))).expect("a request");
        let answer = sender.send_request(request).await.ok()?;
        let (parts, body) = answer.into_parts();
        let bytes = body.collect().await.ok()?.to_bytes();
        driven.abort();
        let body = if bytes.is_empty() { Value::Null } else { serde_json::from_slice(&bytes).expect("JSON") };
        Some(Got { status: parts.status.as_u16(), headers: parts.headers, body })
    }

    pub async fn send(&self, fake: &Fake) -> Got {
        self.try_send(fake).await.expect("an answer")
    }
}

pub async fn ask(fake: &Fake, method: &str, path: &str, body: Value) -> Got {
    Ask::json(fake, method, path, &body).send(fake).await
}

pub async fn get(fake: &Fake, path: &str) -> Got {
    Ask::bare(fake, "GET", path).send(fake).await
}

/// The gateway, frame by frame.
pub struct Socket(pub WebSocketStream<TcpStream>);

/// What a gateway says next.
#[derive(Debug)]
pub enum Said {
    Payload(Value),
    Closed(u16),
    Gone,
}

impl Socket {
    pub async fn open(fake: &Fake) -> Self {
        Self::open_with(fake, "?v=10&encoding=json").await
    }

    pub async fn open_with(fake: &Fake, query: &str) -> Self {
        let url = format!("{}{query}", fake.gateway_url());
        let address = fake.gateway_url().replace("ws://", "").replace('/', "");
        let stream = TcpStream::connect(address).await.expect("it listens");
        Self(tokio_tungstenite::client_async(url, stream).await.expect("a WebSocket").0)
    }

    pub async fn say(&mut self, payload: &Value) {
        self.0.send(Message::text(payload.to_string())).await.expect("it is open");
    }

    pub async fn hear(&mut self) -> Said {
        loop {
            match self.0.next().await {
                Some(Ok(Message::Text(text))) => return Said::Payload(serde_json::from_str(&text).expect("JSON")),
                Some(Ok(Message::Close(frame))) => return Said::Closed(frame.map_or(1005, |f| f.code.into())),
                Some(Ok(_)) => {}
                Some(Err(_)) | None => return Said::Gone,
            }
        }
    }

    pub async fn payload(&mut self) -> Value {
        match self.hear().await {
            Said::Payload(payload) => payload,
            other => panic!("a payload was expected: {other:?}"),
        }
    }

    /// The code of the close that comes next, whatever is said before it.
    pub async fn closed(&mut self) -> u16 {
        loop {
            match self.hear().await {
                Said::Payload(_) => {}
                Said::Closed(code) => return code,
                Said::Gone => panic!("it went without a close"),
            }
        }
    }

    pub async fn identify(&mut self, fake: &Fake) -> Value {
        assert_eq!(self.payload().await["op"], 10);
        self.say(&identify(fake)).await;
        self.payload().await
    }
}

pub fn identify(fake: &Fake) -> Value {
    let properties = json!({"os": "linux", "browser": "hand", "device": "hand"});
    json!({"op": 2, "d": {"token": format!("Bot {}", fake.token()), "intents": 0, "properties": properties}})
}

/// The lab with a few commands.
pub async fn lab() -> Option<Fake> {
    lab_of(World::lab()).await
}

pub async fn lab_of(world: World) -> Option<Fake> {
    let fake = Fake::start(world).await?;
    let text = |name: &str| json!({"name": name, "description": "A text", "type": 3});
    let commands = json!([
        {"name": "ping", "description": "Answers"},
        {"name": "guest", "description": "Guests", "options": [
            {"name": "show", "description": "Shows one", "type": 1, "options": [
                {"name": "guest", "description": "Which", "type": 3, "required": true, "autocomplete": true},
                {"name": "lines", "description": "How many", "type": 4, "min_value": 1, "max_value": 10},
                {"name": "how", "description": "In which way", "type": 3, "choices": [{"name": "Short", "value": "s"}]},
                {"name": "who", "description": "For whom", "type": 6},
            ]},
            {"name": "list", "description": "Lists them", "type": 1, "options": [text("tag")]},
        ]},
        {"name": "admin", "description": "For few", "default_member_permissions": "0"},
    ]);
    let path = format!("/applications/{}/guilds/{}/commands", fake.application_id(), fake.guild_id("lab"));
    let got = ask(&fake, "PUT", &path, commands).await;
    assert_eq!(got.status, 200, "{:?}", got.body);
    Some(fake)
}

pub fn ops(fake: &Fake, user: &str) -> Seat {
    fake.user(user).in_channel("ops")
}

pub fn callback(handle: &Handle) -> String {
    format!("/interactions/{}/{}/callback", handle.id(), handle.token())
}

pub fn webhook(fake: &Fake, handle: &Handle, rest: &str) -> String {
    format!("/webhooks/{}/{}{rest}", fake.application_id(), handle.token())
}

/// Gives an initial answer that must be accepted.
pub async fn reply(fake: &Fake, handle: &Handle, body: Value) {
    let got = ask(fake, "POST", &callback(handle), body).await;
    assert_eq!(got.status, 204, "{:?}", got.body);
}
