//! The road to Discord's REST API: serenity's client with its rate limiter, our bodies, plain JSON back.
//!
//! serenity counts the limit of webhooks for all tokens of an application together, although Discord counts each token
//! by itself. So each interaction gets a limiter of its own; connections are shared.

use crate::{
    interaction::Id,
    message::{Callback, File, Message},
    settings::{Settings, StandIn},
};
use direttore_domain::Failure;
use serde::Serialize;
use serde_json::Value;
use serenity::{
    builder::CreateAttachment,
    http::{Http, HttpBuilder, HttpError, LightMethod, Multipart, MultipartUpload, Request, Route},
};
use std::{
    net::SocketAddr,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};
use tokio::time::Instant;

/// Why a request did not do what it should.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// Discord says no; its own code and words.
    #[error("Discord refused: {why} ({code})")]
    Refused { status: u16, code: i64, why: String },
    #[error("Discord does not accept the token")]
    Token,
    /// It may come right by itself.
    #[error("Discord cannot be reached: {why}")]
    Away { why: String },
    /// It is we who cannot: what is told next is not known.
    #[error("{why}")]
    Ours { why: String },
}

/// Discord's codes that we decide by.
pub mod code {
    pub const UNKNOWN_CHANNEL: i64 = 10_003;
    pub const UNKNOWN_GUILD: i64 = 10_004;
    pub const UNKNOWN_MEMBER: i64 = 10_007;
    pub const UNKNOWN_MESSAGE: i64 = 10_008;
    pub const UNKNOWN_INTERACTION: i64 = 10_062;
    pub const TOO_MANY_LATE_EDITS: i64 = 30_046;
    pub const ALREADY_ACKNOWLEDGED: i64 = 40_060;
    pub const MISSING_ACCESS: i64 = 50_001;
    pub const MISSING_PERMISSIONS: i64 = 50_013;
    pub const INVALID_WEBHOOK_TOKEN: i64 = 50_027;
}

impl Error {
    pub fn code(&self) -> Option<i64> {
        match self {
            Self::Refused { code, .. } => Some(*code),
            _ => None,
        }
    }

    pub fn is_temporary(&self) -> bool {
        matches!(self, Self::Away { .. } | Self::Ours { .. })
    }
}

impl From<Failure> for Error {
    fn from(failure: Failure) -> Self {
        Self::Ours { why: failure.to_string() }
    }
}

impl From<serenity::Error> for Error {
    fn from(error: serenity::Error) -> Self {
        match error {
            serenity::Error::Http(HttpError::UnsuccessfulRequest(answer)) => {
                let status = answer.status_code.as_u16();
                let code = i64::try_from(answer.error.code).unwrap_or(0);
                let details = answer.error.errors.iter().map(|e| format!("{}: {}", e.path, e.message));
                let why = std::iter::once(answer.error.message.clone()).chain(details).collect::<Vec<_>>().join("; ");
                match status {
                    401 if code != self::code::INVALID_WEBHOOK_TOKEN => Self::Token,
                    429 | 500.. => Self::Away { why: format!("{why} ({status})") },
                    _ => Self::Refused { status, code, why },
                }
            }
            serenity::Error::Http(HttpError::Request(error)) => Self::Away { why: told(&error) },
            other => Self::Away { why: other.to_string() },
        }
    }
}

/// An error with its causes; the address of the request is left out, for it has a token in it.
fn told(error: &reqwest::Error) -> String {
    let mut source = std::error::Error::source(error);
    let mut words =
        vec![if error.is_timeout() { "it does not answer in time".to_owned() } else { "no answer".to_owned() }];
    while let Some(error) = source {
        words.push(error.to_string());
        source = error.source();
    }
    words.join(": ")
}

/// The application's requests. Cloning is cheap.
#[derive(Clone)]
pub struct Transport(Arc<Inner>);

struct Inner {
    http: Arc<Http>,
    /// Until when Discord wants nothing of the bot at all; answers to interactions are exempt.
    silent_until: Arc<Mutex<Instant>>,
    client: reqwest::Client,
    token: String,
    application: Id,
    is_stand_in: bool,
    stand_in: Option<SocketAddr>,
}

/// A request is given up after this; what it was about is then in doubt.
const PATIENCE: Duration = Duration::from_secs(10);

impl Transport {
    /// # Errors
    /// The certificate of the stand-in cannot be read.
    pub fn new(settings: &Settings) -> Result<Self, String> {
        let mut client = reqwest::Client::builder().timeout(PATIENCE).https_only(true);
        if let Some(StandIn { addr, ca_pem }) = &settings.stand_in {
            let authority = reqwest::Certificate::from_pem(ca_pem.as_bytes()).map_err(|e| e.to_string())?;
            client = client.resolve("discord.com", *addr).tls_certs_only([authority]);
        }
        let client = client.build().map_err(|e| e.to_string())?;
        let mut http = http(&client, &settings.token, settings.application);
        let silent_until = Arc::new(Mutex::new(Instant::now()));
        if let Some(limiter) = &mut http.ratelimiter {
            let until = Arc::clone(&silent_until);
            // serenity makes only that request wait which was told to.
            limiter.set_ratelimit_callback(Box::new(move |told| {
                if told.global {
                    *until.lock().unwrap_or_else(PoisonError::into_inner) = Instant::now() + told.timeout;
                }
            }));
        }
        let http = Arc::new(http);
        let (token, application) = (settings.token.clone(), settings.application);
        let stand_in = settings.stand_in.as_ref().map(|s| s.addr);
        let is_stand_in = stand_in.is_some();
        Ok(Self(Arc::new(Inner { http, silent_until, client, token, application, is_stand_in, stand_in })))
    }

    /// A request of the bot itself.
    async fn call<B: Serialize>(
        &self,
        route: Route<'_>,
        method: LightMethod,
        body: Option<&B>,
        file: Option<&File>,
    ) -> Result<Value, Error> {
        let until = *self.0.silent_until.lock().unwrap_or_else(PoisonError::into_inner);
        tokio::time::sleep_until(until).await;
        call(&self.0.http, route, method, body, file).await
    }

    pub(crate) fn http(&self) -> Arc<Http> {
        Arc::clone(&self.0.http)
    }

    /// The answers to one interaction.
    pub fn of_interaction(&self, id: Id, token: String) -> Answers {
        let Inner { client, token: bot, application, .. } = &*self.0;
        Answers { http: http(client, bot, *application), application: *application, id, token }
    }

    /// Where the gateway is. With a stand-in it is on the same machine, or nowhere.
    pub async fn gateway(&self) -> Result<String, Error> {
        let answer = self.call(Route::Gateway, LightMethod::Get, None::<&()>, None).await?;
        let url = answer["url"].as_str().unwrap_or_default().to_owned();
        if is_gateway(&url, self.0.stand_in) {
            Ok(url)
        } else {
            Err(Error::Refused { status: 200, code: 0, why: format!("{url:?} is no gateway of it") })
        }
    }

    pub fn is_stand_in(&self) -> bool {
        self.0.is_stand_in
    }

    pub async fn post(&self, channel: Id, message: &Message) -> Result<Id, Error> {
        let route = Route::ChannelMessages { channel_id: channel.into() };
        id_of(&self.call(route, LightMethod::Post, Some(message), message.file.as_ref()).await?)
    }

    pub async fn edit(&self, channel: Id, id: Id, message: &Message) -> Result<(), Error> {
        let route = Route::ChannelMessage { channel_id: channel.into(), message_id: id.into() };
        self.call(route, LightMethod::Patch, Some(message), message.file.as_ref()).await?;
        Ok(())
    }

    pub async fn delete(&self, channel: Id, id: Id) -> Result<(), Error> {
        let route = Route::ChannelMessage { channel_id: channel.into(), message_id: id.into() };
        self.call(route, LightMethod::Delete, None::<&()>, None).await?;
        Ok(())
    }

    /// The roles that a member has now.
    pub async fn roles_of(&self, guild: Id, user: Id) -> Result<Vec<Id>, Error> {
        let member = self.get(Route::GuildMember { guild_id: guild.into(), user_id: user.into() }).await?;
        let roles = member["roles"].as_array().into_iter().flatten();
        Ok(roles.filter_map(|role| role.as_str()?.parse().ok()).collect())
    }

    /// The commands of the guild as Discord has them.
    pub async fn commands(&self, guild: Id) -> Result<Vec<Value>, Error> {
        let answer = self.call(self.commands_route(guild), LightMethod::Get, None::<&()>, None).await?;
        Ok(answer.as_array().cloned().unwrap_or_default())
    }

    /// All of them anew.
    pub async fn put_commands(&self, guild: Id, commands: &[Value]) -> Result<(), Error> {
        self.call(self.commands_route(guild), LightMethod::Put, Some(&commands), None).await?;
        Ok(())
    }

    fn commands_route(&self, guild: Id) -> Route<'static> {
        Route::GuildCommands { application_id: self.0.application.into(), guild_id: guild.into() }
    }

    /// What is at a place, for checks.
    pub(crate) async fn get(&self, route: Route<'_>) -> Result<Value, Error> {
        self.call(route, LightMethod::Get, None::<&()>, None).await
    }
}

/// Whether the address is one of Discord's, or on the machine of the stand-in; a name and a password in it have no place.
fn is_gateway(url: &str, stand_in: Option<SocketAddr>) -> bool {
    let Some((scheme, rest)) = url.split_once("://") else { return false };
    let place = rest.split(['/', '?', '#', '\\']).next().unwrap_or_default();
    match stand_in {
        Some(addr) => scheme == "ws" && place.parse::<SocketAddr>().is_ok_and(|place| place.ip() == addr.ip()),
        None => {
            let host = place.strip_suffix(":443").unwrap_or(place);
            let is_name = host.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-'));
            scheme == "wss" && is_name && (host == "discord.gg" || host.ends_with(".discord.gg"))
        }
    }
}

fn http(client: &reqwest::Client, token: &str, application: Id) -> Http {
    HttpBuilder::new(token).client(client.clone()).application_id(application.into()).build()
}

/// What answers one interaction, by the token that came with it.
pub struct Answers {
    http: Http,
    application: Id,
    id: Id,
    token: String,
}

impl Answers {
    pub async fn first(&self, callback: &Callback) -> Result<(), Error> {
        let route = Route::InteractionResponse { interaction_id: self.id.into(), token: &self.token };
        let file = if let Callback::Message(message) = callback { message.file.as_ref() } else { None };
        call(&self.http, route, LightMethod::Post, Some(callback), file).await?;
        Ok(())
    }

    /// The first answer, or the message whose component was used.
    pub async fn edit(&self, message: &Message) -> Result<(), Error> {
        let route =
            Route::WebhookOriginalInteractionResponse { application_id: self.application.into(), token: &self.token };
        call(&self.http, route, LightMethod::Patch, Some(message), message.file.as_ref()).await?;
        Ok(())
    }

    pub async fn follow_up(&self, message: &Message) -> Result<Id, Error> {
        let route = Route::WebhookFollowupMessages { application_id: self.application.into(), token: &self.token };
        id_of(&call(&self.http, route, LightMethod::Post, Some(message), message.file.as_ref()).await?)
    }

    pub async fn edit_follow_up(&self, id: Id, message: &Message) -> Result<(), Error> {
        let route = Route::WebhookFollowupMessage {
            application_id: self.application.into(),
            token: &self.token,
            message_id: id.into(),
        };
        call(&self.http, route, LightMethod::Patch, Some(message), message.file.as_ref()).await?;
        Ok(())
    }
}

fn id_of(answer: &Value) -> Result<Id, Error> {
    let id = answer["id"].as_str().and_then(|id| id.parse().ok()).filter(|id| *id != 0);
    id.ok_or_else(|| Error::Away { why: "its answer names no message".to_owned() })
}

/// One request; an answer without a body is null.
async fn call<B: Serialize>(
    http: &Http,
    route: Route<'_>,
    method: LightMethod,
    body: Option<&B>,
    file: Option<&File>,
) -> Result<Value, Error> {
    let mut request = Request::new(route, method);
    let text = body.map(|b| serde_json::to_string(b).map_err(|e| Error::Away { why: e.to_string() })).transpose()?;
    request = match (text, file) {
        (payload_json, Some(file)) => {
            let one = CreateAttachment::bytes(file.bytes.clone(), file.name.clone());
            let upload = MultipartUpload::Attachments(vec![one]);
            request.multipart(Some(Multipart { upload, fields: vec![], payload_json }))
        }
        (Some(text), None) => request.body(Some(text.into_bytes())),
        (None, None) => request,
    };
    let answer = http.request(request).await?;
    let bytes = answer.bytes().await.map_err(|e| Error::Away { why: told(&e) })?;
    if bytes.is_empty() {
        return Ok(Value::Null);
    }
    serde_json::from_slice(&bytes).map_err(|e| Error::Away { why: format!("its answer is no JSON: {e}") })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_gateway_is_discords_or_the_stand_ins() {
        let stand_in = Some("127.0.0.1:4433".parse().expect("an address"));
        let of_discord =
            ["wss://gateway.discord.gg", "wss://gateway-us-east1-b.discord.gg/?v=10", "wss://discord.gg:443"];
        let of_stand_in = ["ws://127.0.0.1:5000", "ws://127.0.0.1:5000/", "ws://127.0.0.1:5000?v=10"];
        for url in of_discord {
            assert!(is_gateway(url, None) && !is_gateway(url, stand_in), "{url}");
        }
        for url in of_stand_in {
            assert!(!is_gateway(url, None) && is_gateway(url, stand_in), "{url}");
        }
        for url in [
            "",
            "gateway.discord.gg",
            "ws://gateway.discord.gg",
            "wss://discord.gg.evil.example",
            "wss://evildiscord.gg",
            "wss://evil.example/.discord.gg",
            "wss://evil.example#.discord.gg",
            "wss://evil.example\\.discord.gg",
            "wss://gateway.discord.gg@evil.example",
            "wss://evil.example:1@gateway.discord.gg",
            "ws://127.0.0.1:5000@evil.example:80",
            "ws://127.0.0.1.evil.example:5000",
            "ws://127.0.0.1",
            "wss://127.0.0.1:5000",
            "ws://127.0.0.2:5000",
        ] {
            assert!(!is_gateway(url, None) && !is_gateway(url, stand_in), "{url}");
        }
    }
}
