//! `POST /hooks/{from}/{name}`: what other systems tell by themselves. Who hears it looks at the proof, over the very
//! bytes that came, before anything reads them.

use crate::{body, error::Refused, limit::Limit, serve::Peer};
use axum::{
    Extension, Json,
    body::Body,
    extract::{Path, Request, State, rejection::PathRejection},
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use direttore_core::dispatch::{Dispatch, Posted};
use serde_json::json;
use std::{net::IpAddr, sync::Arc, time::Duration};
use tokio::time::Instant;

pub const PATH: &str = "/hooks/{from}/{name}";

/// A device with all that hangs on it is some tens of kilobytes.
const LARGEST: usize = 1024 * 1024;

#[derive(Clone)]
pub struct Hooks {
    dispatch: Arc<Dispatch>,
    /// How long a body may take.
    read: Duration,
    /// Whose wrong proofs are told of. What is right is let in however much is wrong beside it: a secret cannot be
    /// guessed, and what is not let in is lost, for the sender tries once.
    wrong: Arc<Limit<IpAddr>>,
}

impl Hooks {
    pub fn new(dispatch: Arc<Dispatch>, read: Duration) -> Self {
        Self { dispatch, read, wrong: Arc::new(Limit::new(3, Duration::from_secs(60))) }
    }
}

pub async fn post(
    State(hooks): State<Hooks>,
    Extension(Peer(from)): Extension<Peer>,
    path: Result<Path<(String, String)>, PathRejection>,
    request: Request<Body>,
) -> Result<Response, Refused> {
    let Path((sender, name)) = path.map_err(|_| Refused::NoSuchPath)?;
    let (head, body) = request.into_parts();
    let body = body::read(&head.headers, body, LARGEST, hooks.read).await?;
    let header = |name: &str| head.headers.get(name)?.to_str().ok();
    let posted = hooks.dispatch.hook(&sender, &name, &header, &body).await;
    let answer = match posted {
        Posted::Accepted => (StatusCode::ACCEPTED, Json(json!({ "status": "accepted" }))).into_response(),
        Posted::Duplicate => (StatusCode::OK, Json(json!({ "status": "duplicate" }))).into_response(),
        Posted::Unproven => {
            hooks.tell_of_wrong(from);
            let why = "there is no such hook, or this does not prove to be from whom it hears";
            let bearer = [(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"))];
            (StatusCode::UNAUTHORIZED, bearer, Json(json!({ "detail": why }))).into_response()
        }
        Posted::Unreadable(why) => (StatusCode::BAD_REQUEST, Json(json!({ "detail": why }))).into_response(),
        Posted::NotStored => return Err(Refused::Unavailable),
    };
    Ok(([(header::CACHE_CONTROL, HeaderValue::from_static("no-store"))], answer).into_response())
}

impl Hooks {
    fn tell_of_wrong(&self, from: IpAddr) {
        let now = Instant::now();
        if self.wrong.allows(&from, now) {
            self.wrong.count(from, now);
            tracing::warn!("something was posted to a hook from {from} without the right proof");
        }
    }
}
