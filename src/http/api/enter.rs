//! Who asks: `Authorization: Bearer`, with a token that somebody signed in for or an API token.

use super::{Api, detail::Detail};
use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, header, request::Parts},
};
use direttore_core::dispatch::Caller;
use direttore_domain::Failure;

/// Somebody who was let in.
pub struct Who(pub Caller);

impl FromRequestParts<Api> for Who {
    type Rejection = Detail;

    async fn from_request_parts(parts: &mut Parts, api: &Api) -> Result<Self, Detail> {
        caller(api, &parts.headers).await?.map(Self).map_err(Detail::unauthorized)
    }
}

/// Whoever the head of a request says it is from, or why nobody.
pub async fn caller(api: &Api, headers: &HeaderMap) -> Result<Result<Caller, &'static str>, Failure> {
    let given = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let token = given.and_then(|given| given.trim().split_once(' ')).filter(|(s, _)| s.eq_ignore_ascii_case("bearer"));
    let Some((_, token)) = token else { return Ok(Err("Not authenticated")) };
    Ok(api.dispatch.enter(token.trim()).await?.ok_or("Could not validate credentials"))
}
