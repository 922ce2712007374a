//! `GET /api/v1/jobs/{id}`: a job with its steps; as server-sent events, followed to its end.

use super::{Problem, Who, shapes::JobShape};
use crate::{
    api::{Api, given::Path},
    connection::told as stopping,
};
use axum::{
    extract::State,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{
        IntoResponse, Response, Sse,
        sse::{Event, KeepAlive},
    },
};
use direttore_core::dispatch::{Caller, Dispatch, JobSeen};
use direttore_domain::{Instant, JobId, Zone};
use futures::{Stream, StreamExt, stream};
use serde_json::{Value, json};
use std::{convert::Infallible, sync::Arc, time::Duration};
use tokio::{sync::watch, time::timeout};

const EVENTS: &str = "text/event-stream";
/// A follower hears something at least so often, so that nothing in between closes the connection.
const ALIVE: Duration = Duration::from_secs(15);
/// So often it is asked whether they still may.
const STILL: Duration = Duration::from_secs(2);

/// A job with its steps. With `Accept: text/event-stream` the job as it is, then whenever it has become another.
#[utoipa::path(get, path = "/api/v1/jobs/{id}", tag = "commands", security(("bearer" = [])),
    params(("id" = String, Path, description = "`J-12`")),
    responses((status = 200, description = "The job", content((JobShape = "application/json"), (String = "text/event-stream")))))]
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
    let (dispatch, stop) = (Arc::clone(&api.dispatch), api.stop.clone());
    let followed = Followed { changes, who: caller, dispatch, stop, is_first: true };
    let mut response = Sse::new(events(followed)).keep_alive(KeepAlive::new().interval(ALIVE)).into_response();
    // Nothing in front of us keeps them back.
    response.headers_mut().insert("x-accel-buffering", HeaderValue::from_static("no"));
    Ok(response)
}

/// A job and who follows it.
struct Followed {
    changes: watch::Receiver<Arc<str>>,
    who: Caller,
    dispatch: Arc<Dispatch>,
    stop: watch::Receiver<bool>,
    is_first: bool,
}

/// What a follower hears.
enum News {
    Job(Arc<str>),
    /// The last thing: the server stops, and the job goes on.
    Stops,
}

impl Followed {
    /// Waits for the next change. None when the job is over, or its follower is let in no more.
    async fn next(&mut self) -> Option<News> {
        while !std::mem::take(&mut self.is_first) {
            let changed = tokio::select! {
                changed = timeout(STILL, self.changes.changed()) => changed,
                () = stopping(&mut self.stop) => return Some(News::Stops),
            };
            match changed {
                Ok(Ok(())) => break,
                Ok(Err(_)) => return None,
                Err(_) if self.dispatch.is_still_in(&self.who).await.unwrap_or(true) => {}
                Err(_) => return None,
            }
        }
        Some(News::Job(Arc::clone(&self.changes.borrow_and_update())))
    }
}

/// The job as it is, then as it becomes, until it is over or the server stops.
fn events(followed: Followed) -> impl Stream<Item = Result<Event, Infallible>> {
    let next = async |followed: Option<Followed>| {
        let mut followed = followed?;
        Some(match followed.next().await? {
            News::Job(text) => (Event::default().event("job").data(&*text), Some(followed)),
            News::Stops => (Event::default().comment("stopping; ask again"), None),
        })
    };
    stream::unfold(Some(followed), next).map(Ok)
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
