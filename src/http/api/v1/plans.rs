//! `/api/v1/plans/{id}`: a yes or a no to what a command asked first.

use super::{
    Problem, Who,
    commands::{plan, told},
    shapes::AnsweredShape,
};
use crate::{
    api::{Api, given::Path},
    body,
};
use axum::{
    body::Body,
    extract::State,
    http::{HeaderMap, StatusCode},
    response::Response,
};
use direttore_core::dispatch::Waits;
use serde::Deserialize;
use utoipa::ToSchema;

#[derive(Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Yes {
    /// Of what it touches, where the plan asks for it.
    name: Option<String>,
}

/// Yes to a plan.
#[utoipa::path(post, path = "/api/v1/plans/{id}/confirm", tag = "commands", security(("bearer" = [])),
    params(("id" = String, Path,)), request_body = Yes,
    responses((status = 200, description = "Done", body = AnsweredShape),
        (status = 202, description = "Jobs were made", body = AnsweredShape)))]
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

/// No to a plan.
#[utoipa::path(delete, path = "/api/v1/plans/{id}", tag = "commands", security(("bearer" = [])),
    params(("id" = String, Path,)), responses((status = 204, description = "Dropped")))]
pub async fn forget(State(api): State<Api>, Who(caller): Who, Path(id): Path<String>) -> Result<StatusCode, Problem> {
    api.dispatch.drop_for(&caller, &id).await?;
    Ok(StatusCode::NO_CONTENT)
}
