//! `POST /discord/interactions`: what Discord says that somebody did. Who hears it checks the signature, over the very
//! bytes that came.

use crate::{body, error::Refused};
use axum::{
    Json,
    body::Body,
    extract::{Request, State},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
};
use serde_json::Value;
use std::{sync::Arc, time::Duration};

pub const PATH: &str = "/discord/interactions";
const SIGNATURE: &str = "X-Signature-Ed25519";
const TIMESTAMP: &str = "X-Signature-Timestamp";

/// Discord's are a few kilobytes; the longest text that a person can send is 4000 characters, five times.
pub const LARGEST: usize = 1024 * 1024;

/// Of signature, timestamp and body: the status and, where there is one, the body.
pub type Hear = Arc<dyn Fn(Option<&str>, Option<&str>, &[u8]) -> (u16, Option<Value>) + Send + Sync>;

#[derive(Clone)]
pub struct Interactions {
    pub hear: Hear,
    /// How long the body may take.
    pub read: Duration,
}

pub async fn interactions(State(all): State<Interactions>, request: Request<Body>) -> Result<Response, Refused> {
    let (head, body) = request.into_parts();
    let body = body::read(&head.headers, body, LARGEST, all.read).await?;
    let (status, answer) = (all.hear)(text(&head.headers, SIGNATURE), text(&head.headers, TIMESTAMP), &body);
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    Ok(match answer {
        Some(answer) => (status, Json(answer)).into_response(),
        None => status.into_response(),
    })
}

fn text<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    headers.get(name)?.to_str().ok()
}
