//! `GET /api/v1/jobs/{id}`: a job with its steps; as server-sent events, followed to its end.

use super::{Problem, Who};
use crate::api::Api;
use axum::{
    extract::{Path, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{
        IntoResponse, Response, Sse,
        sse::{Event, KeepAlive},
    },
};
use direttore_core::dispatch::JobSeen;
use direttore_domain::{Instant, JobId, Zone};
use futures::{Stream, StreamExt, stream};
use serde_json::{Value, json};
use std::{convert::Infallible, sync::Arc, time::Duration};
use tokio::sync::watch;

const EVENTS: &str = "text/event-stream";
/// A follower hears something at least so often, so that nothing in between closes the connection.
const ALIVE: Duration = Duration::from_secs(15);

pub async fn show(
    State(api): State<Api>,
    Who(caller): Who,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let unknown = || Problem::new(StatusCode::NOT_FOUND, "no-such-job", format!("there is no job {id:?}, like J-12"));
    let id: JobId = id.parse().map_err(|_| unknown())?;
    let seen = api.dispatch.job_for(&caller, id).await?;
    let wants = headers.get(header::ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if !wants.split(',').any(|kind| kind.split(';').next().is_some_and(|kind| kind.trim() == EVENTS)) {
        return Ok(([(header::CONTENT_TYPE, "application/json")], told(&seen).to_string()).into_response());
    }
    let changes = api.follow.changes(&api.dispatch, &seen);
    let mut response = Sse::new(events(changes)).keep_alive(KeepAlive::new().interval(ALIVE)).into_response();
    // Nothing in front of us keeps them back.
    response.headers_mut().insert("x-accel-buffering", HeaderValue::from_static("no"));
    Ok(response)
}

/// The job as it is, then as it becomes, until it is over.
fn events(changes: watch::Receiver<Arc<str>>) -> impl Stream<Item = Result<Event, Infallible>> {
    let next = async |(mut changes, is_first): (watch::Receiver<Arc<str>>, bool)| {
        if !is_first && changes.changed().await.is_err() {
            return None;
        }
        let text = Arc::clone(&changes.borrow_and_update());
        Some((text, (changes, false)))
    };
    stream::unfold((changes, true), next).map(|text| Ok(Event::default().event("job").data(&*text)))
}

/// A job as programs read it. Times are ISO 8601, in UTC.
pub fn told(seen: &JobSeen) -> Value {
    let row = &seen.row;
    let when = |at: Option<Instant>| at.map(|at| Zone::UTC.iso(at));
    let steps = seen.steps.iter().map(|step| {
        let of = |value: &Option<Value>| value.as_ref().and_then(|v| v.get("upid")).cloned();
        json!({
            "name": step.name,
            "state": step.state.as_str(),
            "attempts": step.attempt,
            "task": of(&step.note).or_else(|| of(&step.done)),
            "error": step.error,
        })
    });
    json!({
        "id": row.id,
        "command": row.command,
        "title": row.title,
        "who": row.actor,
        "status": row.status.as_str(),
        "is_over": !row.status.is_unfinished(),
        "error": row.error,
        "created": when(Some(row.created)),
        "started": when(row.started),
        "ended": when(row.ended),
        "steps": steps.collect::<Vec<_>>(),
    })
}
