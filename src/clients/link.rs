//! What all our connections have in common: how one is set up, how an answer is read, why there is none.

use crate::{
    said::tidy,
    tls::{self, NotTrusted},
};
use bytes::{Bytes, BytesMut};
use direttore_domain::measure;
use reqwest::Client;
use rustls::ClientConfig;
use std::time::Duration;
use tokio::time::Instant;

/// An answer larger than this is not read on.
pub(crate) const MAX_BODY: usize = 64 * 1024 * 1024;

/// A client that follows no redirect, repeats nothing by itself and knows no proxy of the environment. `idle`
/// connections are kept open for `idle_for`.
///
/// # Errors
/// Why it cannot be made.
pub(crate) fn client(tls: ClientConfig, connect: Duration, idle: usize, idle_for: Duration) -> Result<Client, String> {
    Client::builder()
        .http1_only()
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .retry(reqwest::retry::never())
        .referer(false)
        .user_agent(concat!("direttore/", env!("CARGO_PKG_VERSION")))
        .connect_timeout(connect)
        .pool_idle_timeout(idle_for)
        .pool_max_idle_per_host(idle)
        .tls_backend_preconfigured(tls)
        .build()
        .map_err(|e| cause(&e))
}

/// All of a body, or `None` when it is too large.
pub(crate) async fn read_body(response: reqwest::Response) -> Result<Option<Bytes>, reqwest::Error> {
    read_body_up_to(response, MAX_BODY).await
}

/// As [`read_body`], with a limit of its own.
pub(crate) async fn read_body_up_to(
    mut response: reqwest::Response,
    most: usize,
) -> Result<Option<Bytes>, reqwest::Error> {
    let Some(first) = response.chunk().await? else { return Ok(Some(Bytes::new())) };
    if first.len() > most {
        return Ok(None);
    }
    let Some(second) = response.chunk().await? else { return Ok(Some(first)) };
    let mut body = BytesMut::from(first);
    let mut next = Some(second);
    while let Some(chunk) = next {
        if body.len() + chunk.len() > most {
            return Ok(None);
        }
        body.extend_from_slice(&chunk);
        next = response.chunk().await?;
    }
    Ok(Some(body.freeze()))
}

/// One request, with what came of it in a word.
pub(crate) fn measured(peer: &'static str, began: Instant, outcome: &'static str) {
    let took = began.elapsed().as_secs_f64();
    metrics::histogram!(measure::UPSTREAM, "peer" => peer, "outcome" => outcome).record(took);
}

/// Why there is no answer.
pub(crate) enum Lost {
    /// Another certificate than the one pinned, or one that the system does not trust. Nothing was sent.
    NotTrusted(NotTrusted),
    /// Nothing was sent.
    NoConnection(String),
    TimedOut,
    /// No request could be made of what was given.
    NoRequest(String),
    /// The answer came and cannot be decoded.
    Garbage(String),
    /// The connection broke after the request, or a part of it, had left.
    Broken(String),
}

impl Lost {
    /// `connect` is the time that a connection may take.
    pub(crate) fn of(error: &reqwest::Error, connect: Duration) -> Self {
        if let Some(not_trusted) = tls::not_trusted(error) {
            return Self::NotTrusted(not_trusted);
        }
        if error.is_connect() && error.is_timeout() {
            return Self::NoConnection(format!("no connection within {} s", connect.as_secs()));
        }
        match () {
            () if error.is_connect() => Self::NoConnection(cause(error)),
            () if error.is_timeout() => Self::TimedOut,
            () if error.is_builder() => Self::NoRequest(cause(error)),
            // A body that ends too early is reported as one that cannot be decoded.
            () if error.is_decode() && !tls::chain(error).any(|e| e.is::<hyper::Error>()) => {
                Self::Garbage(cause(error))
            }
            () => Self::Broken(cause(error)),
        }
    }
}

/// The innermost reason, which is the one that means something to people.
fn cause(error: &reqwest::Error) -> String {
    let text = tls::chain(error).last().map(ToString::to_string).unwrap_or_default();
    tidy(text.split(" (os error").next().unwrap_or(&text))
}
