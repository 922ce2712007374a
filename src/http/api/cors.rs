//! Which web pages of other origins may ask (CORS): those that the configuration names.

use axum::{
    extract::Request,
    http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header},
    response::{IntoResponse, Response},
};
use std::sync::Arc;

const METHODS: HeaderValue = HeaderValue::from_static("DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT");
const VARY: HeaderValue = HeaderValue::from_static("Origin");
const ASKS: HeaderName = HeaderName::from_static("access-control-request-method");

/// As browsers send them; `*` for all.
#[derive(Debug, Clone, Default)]
pub struct Origins(Arc<[String]>);

impl Origins {
    pub fn new(all: Vec<String>) -> Self {
        Self(all.into())
    }

    fn allow(&self, origin: &HeaderValue) -> bool {
        let Ok(origin) = origin.to_str() else { return false };
        self.0.iter().any(|one| one == "*" || one.eq_ignore_ascii_case(origin))
    }
}

/// `answer` is what the interface says to it, unless that is said here.
pub async fn cors(origins: &Origins, request: Request, answer: impl AsyncFnOnce(Request) -> Response) -> Response {
    let origin = request.headers().get(header::ORIGIN).cloned();
    let is_preflight = request.method() == Method::OPTIONS && request.headers().contains_key(&ASKS);
    let Some(origin) = origin else {
        let mut response = answer(request).await;
        response.headers_mut().append(header::VARY, VARY);
        return response;
    };
    let is_allowed = origins.allow(&origin);
    let mut response = match (is_preflight, is_allowed) {
        (true, true) => preflight(request.headers()),
        (true, false) => (StatusCode::BAD_REQUEST, "Disallowed CORS origin").into_response(),
        (false, _) => answer(request).await,
    };
    let headers = response.headers_mut();
    headers.append(header::VARY, VARY);
    if is_allowed {
        headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
        headers.insert(header::ACCESS_CONTROL_ALLOW_CREDENTIALS, HeaderValue::from_static("true"));
    }
    response
}

fn preflight(asked: &HeaderMap) -> Response {
    let mut response = (StatusCode::OK, "OK").into_response();
    let headers = response.headers_mut();
    headers.insert(header::ACCESS_CONTROL_ALLOW_METHODS, METHODS);
    headers.insert(header::ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("600"));
    if let Some(wants) = asked.get(header::ACCESS_CONTROL_REQUEST_HEADERS) {
        headers.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, wants.clone());
    }
    response
}
