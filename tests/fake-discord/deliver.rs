//! How interactions reach the bot: over the gateway, or by a signed POST to its endpoint.

use crate::{interactions::answer, state::Inner, world::Id};
use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair as _};
use bytes::Bytes;
use http::{Request, header};
use http_body_util::{BodyExt as _, Full};
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use std::{fmt, sync::Arc};
use tokio::net::TcpStream;

/// The one way or the other, never both.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Deliver {
    Gateway,
    /// `http://127.0.0.1:8080/discord/interactions`
    Http(String),
}

/// The application's key.
pub struct Signer(Ed25519KeyPair);

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Signer").field(&self.public_key()).finish()
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

impl Signer {
    pub fn generate() -> Self {
        Self(Ed25519KeyPair::generate().expect("the operating system gives random bytes"))
    }

    /// 64 hexadecimal digits.
    pub fn public_key(&self) -> String {
        hex(self.0.public_key().as_ref())
    }

    fn sign(&self, timestamp: &str, body: &[u8]) -> String {
        hex(self.0.sign(&[timestamp.as_bytes(), body].concat()).as_ref())
    }
}

/// What is done to a POST so that the endpoint must refuse it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Spoil {
    Nothing,
    /// A signature of something else.
    Signature,
    /// One byte of the body changed after signing.
    Body,
    /// The timestamp changed after signing.
    Timestamp,
    NoSignature,
    NoTimestamp,
    /// A signature that is no hexadecimal number of the right length.
    Garbage,
}

impl Spoil {
    pub const ALL: [Self; 6] =
        [Self::Signature, Self::Body, Self::Timestamp, Self::NoSignature, Self::NoTimestamp, Self::Garbage];
}

/// What an endpoint answered.
#[derive(Debug, Clone)]
pub struct Answered {
    pub status: u16,
    pub content_type: String,
    pub body: Bytes,
}

#[derive(Debug, thiserror::Error)]
pub enum EndpointError {
    #[error("{0} is no http address on this machine")]
    Address(String),
    #[error("the endpoint cannot be reached")]
    Connect(#[from] std::io::Error),
    #[error("the endpoint does not speak HTTP")]
    Speak(#[from] hyper::Error),
    #[error("{0}")]
    Wrong(String),
}

pub async fn post(inner: &Inner, url: &str, payload: &Value, spoil: Spoil) -> Result<Answered, EndpointError> {
    let uri: http::Uri = url.parse().map_err(|_| EndpointError::Address(url.to_owned()))?;
    let authority = uri.authority().filter(|_| uri.scheme_str() == Some("http"));
    let authority = authority.ok_or_else(|| EndpointError::Address(url.to_owned()))?;
    let timestamp = (inner.clock.now_ms() / 1000).to_string();
    let mut body = payload.to_string().into_bytes();
    let mut signature = inner.signer.sign(&timestamp, &body);
    let mut shown = timestamp.clone();
    match spoil {
        Spoil::Signature => signature = inner.signer.sign(&timestamp, b"something else"),
        Spoil::Body => body.push(b' '),
        Spoil::Timestamp => shown = format!("{timestamp}0"),
        Spoil::Garbage => signature = "no signature".to_owned(),
        Spoil::Nothing | Spoil::NoSignature | Spoil::NoTimestamp => {}
    }
    let path = uri.path_and_query().map_or("/", |p| p.as_str());
    let mut request = Request::post(path)
        .header(header::HOST, authority.as_str())
        .header(header::CONTENT_TYPE, "application/json")
        .header(header::USER_AGENT, "Discord-Interactions/1.0 (+https://discord.com)");
    if spoil != Spoil::NoSignature {
        request = request.header("X-Signature-Ed25519", signature);
    }
    if spoil != Spoil::NoTimestamp {
        request = request.header("X-Signature-Timestamp", shown);
    }
    let request = request.body(Full::new(Bytes::from(body))).expect("all parts are well-formed");
    let stream = TcpStream::connect(authority.as_str()).await?;
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?;
    let driven = tokio::spawn(connection);
    let answer = sender.send_request(request).await?;
    let status = answer.status().as_u16();
    let content_type = answer.headers().get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or_default();
    let content_type = content_type.to_owned();
    let body = answer.into_body().collect().await?.to_bytes();
    driven.abort();
    Ok(Answered { status, content_type, body })
}

/// What Discord does when an endpoint is saved, and again now and then: a PING, and POSTs that must be refused.
pub async fn check_endpoint(inner: &Inner, url: &str) -> Result<(), EndpointError> {
    let application = inner.look(|state| state.place.application);
    let id = inner.change(|state| state.id(inner.clock.now_ms()));
    let ping = json!({
        "id": id.to_string(), "application_id": application.to_string(), "type": 1, "token": "ping", "version": 1,
        "entitlements": [],
    });
    for spoil in Spoil::ALL {
        let answered = post(inner, url, &ping, spoil).await?;
        if answered.status != 401 {
            return Err(EndpointError::Wrong(format!("{spoil:?} was answered with {}, not 401", answered.status)));
        }
    }
    let pong = post(inner, url, &ping, Spoil::Nothing).await?;
    let body: Value = serde_json::from_slice(&pong.body).unwrap_or_default();
    if pong.status != 200 || !is_json(&pong.content_type) || body["type"] != 1 {
        return Err(EndpointError::Wrong(format!("PING was answered with {} {body}", pong.status)));
    }
    Ok(())
}

fn is_json(content_type: &str) -> bool {
    content_type.split(';').next().is_some_and(|kind| kind.trim().eq_ignore_ascii_case("application/json"))
}

/// Sends an interaction on its way.
pub fn deliver(inner: &Arc<Inner>, id: Id, payload: Value) {
    let url = inner.change(|state| match state.deliver.clone() {
        Deliver::Gateway => {
            state.gateway.dispatch("INTERACTION_CREATE", &payload);
            None
        }
        Deliver::Http(url) => Some(url),
    });
    if let Some(url) = url {
        tokio::spawn(by_post(Arc::clone(inner), url, id, payload));
    }
}

async fn by_post(inner: Arc<Inner>, url: String, id: Id, payload: Value) {
    let wrong = |what: String| inner.change(|state| state.violate("endpoint", what));
    let answered = match post(&inner, &url, &payload, Spoil::Nothing).await {
        Ok(answered) => answered,
        Err(error) => return wrong(error.to_string()),
    };
    match answered.status {
        202 if answered.body.is_empty() => {}
        200 if is_json(&answered.content_type) => {
            let Ok(body) = serde_json::from_slice::<Value>(&answered.body) else {
                return wrong("an inline answer is no JSON".to_owned());
            };
            let now = inner.clock.now_ms();
            let done = inner.change(|state| {
                let interaction = state.interactions.get(&id).cloned();
                let interaction = interaction.filter(|i| !i.is_overdue(now) && i.answer.is_none());
                let interaction = interaction.ok_or("it came too late, or after another answer".to_owned())?;
                answer(&inner, state, &interaction, &body, &[]).map_err(|error| error.body().to_string())
            });
            match done {
                Ok(()) => {
                    const CALLBACK: &str = "/interactions/{interaction_id}/{interaction_token}/callback";
                    crate::record::keep(CALLBACK, "POST", &body);
                }
                Err(why) => wrong(format!("an inline answer was refused: {why}")),
            }
        }
        status => wrong(format!("an interaction was answered with {status} {}", answered.content_type)),
    }
}
