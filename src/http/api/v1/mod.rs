//! `/api/v1`: every command of the catalogue, with its answers as JSON. What asks people first gives a plan with an id,
//! which is confirmed by a request of its own; what makes a job gives that, which can be followed.

mod commands;
mod follow;
mod jobs;
mod plans;
mod problem;

pub use follow::Follow;
pub use problem::Problem;

use super::{Api, enter::caller};
use crate::error::Refused;
use axum::{
    Router,
    extract::FromRequestParts,
    http::{StatusCode, request::Parts},
    routing::{MethodRouter, get, post},
};
use direttore_core::dispatch::Caller;

/// Somebody who was let in.
pub struct Who(pub Caller);

impl FromRequestParts<Api> for Who {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, api: &Api) -> Result<Self, Problem> {
        caller(api, &parts.headers).await?.map(Self).map_err(Problem::not_signed_in)
    }
}

pub fn router() -> Router<Api> {
    let refused = |methods: MethodRouter<Api>| methods.fallback(async || Problem::from(Refused::NoSuchMethod));
    Router::new()
        .route("/api/v1/commands", refused(get(commands::list)))
        .route("/api/v1/commands/{*path}", refused(get(commands::show).post(commands::give)))
        .route("/api/v1/plans/{id}", refused(axum::routing::delete(plans::forget)))
        .route("/api/v1/plans/{id}/confirm", refused(post(plans::confirm)))
        .route("/api/v1/jobs/{id}", refused(get(jobs::show)))
        .route("/api/v1/{*rest}", axum::routing::any(async || nothing()))
}

fn nothing() -> Problem {
    Problem::new(
        StatusCode::NOT_FOUND,
        "no-such-path",
        "there is nothing here; GET /api/v1/commands lists the commands",
    )
}
