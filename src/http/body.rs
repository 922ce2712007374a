//! A body, within limits.

use crate::error::Refused;
use axum::{
    body::Body,
    http::{HeaderMap, header},
};
use futures::StreamExt;
use std::time::Duration;
use tokio::time::timeout;

/// How many times the limit is taken and thrown away, so that who sent too much hears why: a connection that is closed
/// while something comes in takes the answer with it.
const PATIENCE: usize = 4;

/// All of it, at most `largest` bytes, within `time`.
pub async fn read(headers: &HeaderMap, body: Body, largest: usize, time: Duration) -> Result<Vec<u8>, Refused> {
    timeout(time, collect(announced(headers), body, largest)).await.unwrap_or(Err(Refused::TooSlow))
}

fn announced(headers: &HeaderMap) -> Option<usize> {
    headers.get(header::CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

async fn collect(announced: Option<usize>, body: Body, largest: usize) -> Result<Vec<u8>, Refused> {
    let most = largest.saturating_mul(PATIENCE);
    if announced.is_some_and(|length| length > most) {
        return Err(Refused::TooLarge);
    }
    let (mut stream, mut all, mut came) = (body.into_data_stream(), Vec::new(), 0usize);
    while let Some(part) = stream.next().await {
        let part = part.map_err(|_| Refused::Broken)?;
        came = came.saturating_add(part.len());
        match came {
            came if came > most => return Err(Refused::TooLarge),
            came if came > largest => all = Vec::new(),
            _ => all.extend_from_slice(&part),
        }
    }
    if came > largest { Err(Refused::TooLarge) } else { Ok(all) }
}
