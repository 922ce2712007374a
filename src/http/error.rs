//! What is said when a request is not served.

use axum::{
    Json,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde_json::json;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refused {
    NoSuchPath,
    /// The path is right.
    NoSuchMethod,
    TooLarge,
    TooSlow,
    /// Whoever asks was wrong too often.
    TooOften,
    /// What it needs does not answer.
    Unavailable,
    /// The connection broke, or what came is no HTTP.
    Broken,
}

impl Refused {
    pub fn said(self) -> (StatusCode, &'static str) {
        match self {
            Self::NoSuchPath => (StatusCode::NOT_FOUND, "Not Found"),
            Self::NoSuchMethod => (StatusCode::METHOD_NOT_ALLOWED, "Method Not Allowed"),
            Self::TooLarge => (StatusCode::PAYLOAD_TOO_LARGE, "the body is too large"),
            Self::TooSlow => (StatusCode::REQUEST_TIMEOUT, "the body did not come in time"),
            Self::TooOften => {
                (StatusCode::TOO_MANY_REQUESTS, "this was wrong too often; a little later it may be tried again")
            }
            Self::Unavailable => {
                (StatusCode::SERVICE_UNAVAILABLE, "the database does not answer; the same may work later")
            }
            Self::Broken => (StatusCode::BAD_REQUEST, "the body cannot be read"),
        }
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        let (status, why) = self.said();
        let mut response = (status, Json(json!({ "detail": why }))).into_response();
        if matches!(self, Self::TooLarge | Self::TooSlow | Self::Broken) {
            // What is left of the body is nobody's request.
            response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
        }
        if matches!(self, Self::TooOften | Self::Unavailable) {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("10"));
        }
        response
    }
}
