//! Requests that change something are read whole before anybody is let in, and carried to their end also when whoever
//! sent them hangs up: what was half done then would be known to nobody.

use super::{Api, cors::cors, given::is_v1, headers::unkept, once::once, v1::Problem};
use crate::body;
use axum::{
    body::Body,
    extract::{Request, State},
    http::{Method, StatusCode},
    middleware::Next,
    response::{IntoResponse, Response},
};
use direttore_core::dispatch::{RequestId, reference};
use tracing::Instrument;

/// More than any of our bodies has.
pub const LARGEST: usize = 64 * 1024;

/// One layer for all that a route of the interface needs around it: each costs boxes, and a request has few.
pub async fn whole(State(api): State<Api>, request: Request<Body>, next: Next) -> Response {
    let origins = api.origins.clone();
    cors(&origins, request, async move |request| unkept(carried(api, request, next).await)).await
}

async fn carried(api: Api, request: Request<Body>, next: Next) -> Response {
    if matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS) {
        return next.run(request).await;
    }
    let is_v1 = is_v1(request.uri().path());
    let (head, body) = request.into_parts();
    let bytes = match body::read(&head.headers, body, LARGEST, api.read).await {
        Ok(bytes) => bytes,
        Err(refused) if is_v1 => return Problem::from(refused).into_response(),
        Err(refused) => return refused.into_response(),
    };
    let request = Request::from_parts(head, Body::from(bytes));
    let id = RequestId::now();
    let work = async move {
        match id {
            Some(id) => id.during(once(&api, request, next)).await,
            None => once(&api, request, next).await,
        }
    };
    match tokio::spawn(work.in_current_span()).await {
        Ok(response) => response,
        Err(_) => {
            let reference = reference();
            tracing::error!(reference, "panic while answering a request");
            let said = format!("something went wrong here, not with you; reference {reference}");
            if is_v1 {
                return Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "bug", said).into_response();
            }
            super::detail::Detail::new(StatusCode::INTERNAL_SERVER_ERROR, said).into_response()
        }
    }
}
