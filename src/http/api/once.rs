//! `Idempotency-Key`: a request that is sent again, because its answer got lost, is answered as it was and done once.
//!
//! A key is an account's own, and is remembered for a day. What was shown once is not kept to be shown again.

use super::{Api, detail::Detail, enter::caller, given::is_v1, v1::Problem, whole::LARGEST};
use crate::body;
use axum::{
    body::{Body, to_bytes},
    extract::Request,
    http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header, response::Parts},
    middleware::Next,
    response::{IntoResponse, Response},
};
use direttore_core::dispatch::{Kept, Request as Asked};

pub const KEY: HeaderName = HeaderName::from_static("idempotency-key");
const REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");

/// In a response's extensions: something in it is shown once.
#[derive(Clone, Copy)]
pub struct ShownOnce;

/// In a response's extensions: a job was made, whatever the answer says of it.
#[derive(Clone, Copy)]
pub struct Made;

/// A longer answer is not kept.
const ANSWER: usize = 256 * 1024;
const LONGEST_KEY: usize = 200;

pub async fn once(api: &Api, request: Request<Body>, next: Next) -> Response {
    // Tokens are never kept.
    let is_sign_in = request.uri().path().starts_with("/api/auth/");
    if request.method() != Method::POST || is_sign_in || !request.headers().contains_key(&KEY) {
        return next.run(request).await;
    }
    let is_v1 = is_v1(request.uri().path());
    match keyed(api, request, next).await {
        Ok(response) => response,
        Err(detail) if is_v1 => Problem::of_detail(&detail).into_response(),
        Err(detail) => detail.into_response(),
    }
}

async fn keyed(api: &Api, request: Request<Body>, next: Next) -> Result<Response, Detail> {
    let key = key_of(request.headers())?;
    // Who is nobody is told so by the route itself.
    let Ok(caller) = caller(api, request.headers()).await? else { return Ok(next.run(request).await) };
    let (head, body) = request.into_parts();
    let bytes = body::read(&head.headers, body, LARGEST, api.read).await?;
    let path = head.uri.path_and_query().map_or("", |path| path.as_str());
    let asked = Asked::of(&key, head.method.as_str(), path, &bytes);
    match api.dispatch.begin_once(&caller, &asked).await? {
        Kept::New => {}
        Kept::Done { status, kind, body } => return Ok(again(status, &kind, body)),
        Kept::Other => {
            let said = "this Idempotency-Key was used for another request";
            return Err(Detail::new(StatusCode::UNPROCESSABLE_ENTITY, said));
        }
        Kept::Running => {
            let said = "the request with this Idempotency-Key is being done, or was cut off; ask again in a moment, \
                        then look at what it should have done";
            return Err(Detail::new(StatusCode::CONFLICT, said));
        }
    }
    let response = next.run(Request::from_parts(head, Body::from(bytes))).await;
    let (head, body) = response.into_parts();
    let is_secret = head.extensions.get::<ShownOnce>().is_some();
    let bytes = to_bytes(body, usize::MAX).await.unwrap_or_default();
    let kind = head.headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let text = std::str::from_utf8(&bytes).ok().filter(|text| text.len() <= ANSWER);
    let done = match text {
        _ if !was_done(&head) => None,
        Some(text) if !is_secret => Some((head.status.as_u16(), kind.to_owned(), text.to_owned())),
        _ => {
            let said = r#"{"detail":"this was done; what it showed is not kept to be shown again"}"#;
            Some((StatusCode::OK.as_u16(), "application/json".to_owned(), said.to_owned()))
        }
    };
    if let Err(failure) = api.dispatch.end_once(&caller, &asked, done).await {
        tracing::warn!("the answer to a request with a key could not be kept: {failure}");
    }
    Ok(Response::from_parts(head, Body::from(bytes)))
}

/// Whether something was done. What was refused, or failed before, may be asked again under the same key.
fn was_done(head: &Parts) -> bool {
    head.status.is_success() || head.extensions.get::<Made>().is_some()
}

fn key_of(headers: &HeaderMap) -> Result<String, Detail> {
    let key = headers.get(&KEY).and_then(|key| key.to_str().ok()).unwrap_or_default().trim();
    let fits = !key.is_empty() && key.len() <= LONGEST_KEY && key.bytes().all(|b| b.is_ascii_graphic());
    let said = || format!("Idempotency-Key must be 1 to {LONGEST_KEY} visible ASCII characters");
    fits.then(|| key.to_owned()).ok_or_else(|| Detail::new(StatusCode::BAD_REQUEST, said()))
}

fn again(status: u16, kind: &str, body: String) -> Response {
    let mut response = (StatusCode::from_u16(status).unwrap_or(StatusCode::OK), body).into_response();
    let headers = response.headers_mut();
    if let Ok(kind) = HeaderValue::from_str(kind) {
        headers.insert(header::CONTENT_TYPE, kind);
    }
    headers.insert(REPLAYED, HeaderValue::from_static("true"));
    response
}
