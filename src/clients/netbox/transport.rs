//! Sends requests to one NetBox.
//!
//! Reads share connections that stay open; NetBox closes idle ones after two seconds, so one that closes without an
//! answer is met now and then, and the read is sent once more over a new connection. Each write has a connection of its
//! own: it would be in doubt for nothing on one just closed, and is never sent again.

use super::{
    Error, Etag, Settings, Timeouts, answer,
    request::Request,
    settings::{authorization, base_url},
};
use crate::{
    link::{self, Lost, MAX_BODY},
    record::Recorder,
    said::Secrets,
    tls::{self, NotTrusted},
};
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, header};
use reqwest::{Client, Url};
use std::time::Duration;
use tokio::time::Instant;
use tracing::Instrument;

/// Below the two seconds after which the usual server of NetBox closes an idle connection.
const IDLE: Duration = Duration::from_millis(1500);
/// Connections kept open for reading.
const OPEN: usize = 8;

pub(super) struct Transport {
    /// `netbox.lab:443`.
    name: String,
    base: Url,
    authorization: HeaderValue,
    /// To be cut out of what comes back.
    token: String,
    pooled: Client,
    fresh: Client,
    timeouts: Timeouts,
    record: Option<Recorder>,
}

/// A success.
pub(super) struct Answer {
    pub(super) body: Bytes,
    pub(super) etag: Option<Etag>,
}

impl Transport {
    pub(super) fn new(settings: Settings) -> Result<Self, Error> {
        let Settings { url, token, verify_tls, fingerprint, timeouts, record, most: _ } = settings;
        let base = base_url(&url)?;
        let name = match (base.host_str(), base.port_or_known_default()) {
            (Some(name), Some(port)) => format!("{name}:{port}"),
            _ => return Err(Error::Settings("the address of NetBox has no host in it".to_owned())),
        };
        let token = token.trim().to_owned();
        let authorization = authorization(&token)?;
        if base.scheme() == "http" {
            if fingerprint.is_some() {
                return Err(Error::Settings(format!("{name}: plain HTTP has no certificate to pin; use https://")));
            }
            if !is_on_this_machine(&base) {
                tracing::warn!(host = %name, "{name} is asked over plain HTTP: everybody on the way can read the token");
            }
        }
        let tls = tls::config(fingerprint.as_deref(), verify_tls && base.scheme() == "https");
        let tls = tls.map_err(Error::Settings)?;
        let client = |idle: usize| {
            let client = link::client(tls.clone(), timeouts.connect, idle, IDLE);
            client.map_err(|why| Error::Settings(format!("{name}: {why}")))
        };
        let (pooled, fresh) = (client(OPEN)?, client(0)?);
        let record = record.map(Recorder::new);
        Ok(Self { pooled, fresh, name, base, authorization, token, timeouts, record })
    }

    pub(super) fn url(&self) -> &str {
        self.base.as_str().trim_end_matches('/')
    }

    pub(super) async fn send(&self, request: &Request) -> Result<Answer, Error> {
        if !request.is_repeatable() {
            return self.once(&self.fresh, self.timeouts.write, request).await;
        }
        match self.once(&self.pooled, self.timeouts.read, request).await {
            Err(Error::Dropped { .. }) => self.once(&self.fresh, self.timeouts.read, request).await,
            other => other,
        }
    }

    async fn once(&self, client: &Client, after: Duration, request: &Request) -> Result<Answer, Error> {
        let began = Instant::now();
        let span = tracing::info_span!("call", peer = "netbox", host = %self.name, http.method = %request.method, http.path = %request.path);
        let answer = self.exchange(client, after, request).instrument(span).await;
        link::measured("netbox", began, answer.as_ref().err().map_or("ok", Error::kind));
        answer
    }

    async fn exchange(&self, client: &Client, after: Duration, request: &Request) -> Result<Answer, Error> {
        let headers = self.headers(request)?;
        if let Some(record) = &self.record {
            record.write(&request.record());
        }
        let mut call = client.request(request.method.clone(), self.address(request)).timeout(after);
        if let Some(body) = &request.body {
            call = call.json(body);
        }
        let lost = |e: reqwest::Error| self.lost(after, &e);
        let response = call.headers(headers).send().await.map_err(lost)?;
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let id = headers.get("x-request-id").and_then(|v| v.to_str().ok()).unwrap_or_default();
        tracing::debug!(host = %self.name, status, netbox.request_id = %id, "{} {} {status}", request.method, request.path);
        let body = link::read_body(response).await;
        if (200..300).contains(&status) {
            return match body {
                Ok(Some(body)) => Ok(Answer { body, etag: etag(&headers) }),
                Ok(None) => Err(Error::Garbage { why: format!("it is larger than {} MiB", MAX_BODY >> 20) }),
                Err(error) => Err(lost(error)),
            };
        }
        // The status is the answer: an error page that breaks off takes nothing away from it.
        let body = body.ok().flatten().unwrap_or_default();
        Err(answer::error_of(status, &headers, &body, &Secrets(vec![&self.token])))
    }

    fn headers(&self, request: &Request) -> Result<HeaderMap, Error> {
        let mut headers = HeaderMap::from_iter([
            (header::AUTHORIZATION, self.authorization.clone()),
            (header::ACCEPT, HeaderValue::from_static(request.accept)),
        ]);
        if let Some(Etag(etag)) = &request.only_if {
            // One that no header can carry is none that the server gave, so the object is another one by now.
            headers.insert(header::IF_MATCH, HeaderValue::from_str(etag).map_err(|_| Error::Stale)?);
        }
        Ok(headers)
    }

    fn address(&self, request: &Request) -> Url {
        let mut url = self.base.clone();
        url.set_path(&format!("{}{}", self.base.path().trim_end_matches('/'), request.path));
        if !request.query.0.is_empty() {
            url.query_pairs_mut().extend_pairs(&request.query.0);
        }
        url
    }

    /// Why there is no answer.
    fn lost(&self, after: Duration, error: &reqwest::Error) -> Error {
        let host = self.name.clone();
        match Lost::of(error, self.timeouts.connect) {
            Lost::NotTrusted(NotTrusted { seen, is_pinned: true }) => Error::Certificate { host, seen },
            Lost::NotTrusted(NotTrusted { seen, is_pinned: false }) => Error::Untrusted { host, seen },
            Lost::NoConnection(why) => Error::Unreachable { host, why },
            Lost::TimedOut => Error::TimedOut { host, after },
            Lost::NoRequest(why) => Error::Settings(format!("{host}: {why}")),
            Lost::Garbage(why) => Error::Garbage { why },
            Lost::Broken(why) => Error::Dropped { host, why },
        }
    }
}

/// What stands before NetBox may mark the tag of an answer that it compressed; NetBox knows only its own.
/// What does not leave this machine, like the demo's own, nobody on the way reads.
fn is_on_this_machine(base: &Url) -> bool {
    let host = base.host_str().unwrap_or_default().trim_matches(['[', ']']);
    host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}

fn etag(headers: &HeaderMap) -> Option<Etag> {
    let tag = headers.get(header::ETAG)?.to_str().ok()?;
    let own = tag.strip_suffix("-gzip\"").map(|own| format!("{own}\""));
    Some(Etag(own.unwrap_or_else(|| tag.to_owned())))
}
