//! Who asks: `Authorization: Bearer`, with a token that somebody signed in for or an API token.

use super::{Api, detail::Detail};
use axum::{
    extract::FromRequestParts,
    http::{header, request::Parts},
};
use direttore_core::dispatch::Caller;

/// Somebody who was let in.
pub struct Who(pub Caller);

impl FromRequestParts<Api> for Who {
    type Rejection = Detail;

    async fn from_request_parts(parts: &mut Parts, api: &Api) -> Result<Self, Detail> {
        let given = parts.headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
        let token =
            given.and_then(|given| given.trim().split_once(' ')).filter(|(s, _)| s.eq_ignore_ascii_case("bearer"));
        let Some((_, token)) = token else { return Err(Detail::unauthorized("Not authenticated")) };
        match api.dispatch.enter(token.trim()).await? {
            Some(caller) => Ok(Self(caller)),
            None => Err(Detail::unauthorized("Could not validate credentials")),
        }
    }
}
