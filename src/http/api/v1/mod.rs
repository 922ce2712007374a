//! `/api/v1`: every command of the catalogue, with its answers as JSON. What asks people first gives a plan with an id,
//! which is confirmed by a request of its own; what makes a job gives that, which can be followed.

pub mod commands;
mod follow;
pub mod jobs;
pub mod plans;
mod problem;

pub use follow::Follow;
pub use problem::Problem;

use super::{Api, enter::caller};
use axum::{
    extract::FromRequestParts,
    http::{StatusCode, request::Parts},
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

pub fn nothing() -> Problem {
    Problem::new(
        StatusCode::NOT_FOUND,
        "no-such-path",
        "there is nothing here; GET /api/v1/commands lists the commands",
    )
}
