//! `/api/v1/plans/{id}`: a yes or a no to what a command asked first.

use super::{
    Problem, Who,
    commands::{plan, told},
};
use crate::{api::Api, body};
use axum::{
    body::Body,
    extract::{Path, State},
    http::{HeaderMap, StatusCode},
    response::Response,
};
use direttore_core::dispatch::Waits;
use serde::Deserialize;

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Yes {
    /// Of what it touches, where the plan asks for it.
    name: Option<String>,
}

/// `POST /api/v1/plans/{id}/confirm`.
pub async fn confirm(
    State(api): State<Api>,
    Who(caller): Who,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    let bytes = body::read(&headers, body, 4096, api.read).await?;
    let yes = if bytes.iter().all(u8::is_ascii_whitespace) {
        Yes::default()
    } else {
        let unreadable = |error| {
            let said = format!("the body must be {{}} or {{\"name\": \"…\"}}: {error}");
            Problem::new(StatusCode::BAD_REQUEST, "unreadable-request", said)
        };
        serde_json::from_slice(&bytes).map_err(unreadable)?
    };
    let answered = api.dispatch.confirm_for(&caller, &id, yes.name.as_deref()).await?;
    match (&answered.waits, plan(&answered)) {
        (Waits::No, _) | (_, None) => told(&answered),
        (_, Some(mut plan)) => {
            plan["replies"] = answered.replies.iter().map(direttore_reply::Reply::to_json).collect();
            Err(Problem::changed(plan))
        }
    }
}

/// `DELETE /api/v1/plans/{id}`.
pub async fn forget(State(api): State<Api>, Who(caller): Who, Path(id): Path<String>) -> Result<StatusCode, Problem> {
    api.dispatch.drop_for(&caller, &id).await?;
    Ok(StatusCode::NO_CONTENT)
}
