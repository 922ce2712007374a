//! What stands in a path and behind its question mark. What cannot be read is refused in the form of its half.

use super::{detail::Detail, v1::Problem};
use axum::{
    extract::{self, FromRequestParts},
    http::{StatusCode, request::Parts},
    response::{IntoResponse, Response},
};
use serde::de::DeserializeOwned;

pub struct Path<T>(pub T);

pub struct Query<T>(pub T);

/// Why something cannot be read.
#[derive(Debug)]
pub struct Unread {
    is_v1: bool,
    status: StatusCode,
    said: String,
}

/// Whether a path is of the half that says problems.
pub fn is_v1(path: &str) -> bool {
    path.starts_with("/api/v1/")
}

impl<T: DeserializeOwned + Send, S: Send + Sync> FromRequestParts<S> for Path<T> {
    type Rejection = Unread;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Unread> {
        let read = extract::Path::<T>::from_request_parts(parts, state).await;
        read.map(|extract::Path(read)| Self(read))
            .map_err(|refused| Unread::new(parts, refused.status(), refused.body_text()))
    }
}

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Query<T> {
    type Rejection = Unread;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Unread> {
        let read = extract::Query::<T>::from_request_parts(parts, state).await;
        read.map(|extract::Query(read)| Self(read))
            .map_err(|refused| Unread::new(parts, refused.status(), refused.body_text()))
    }
}

impl Unread {
    fn new(parts: &Parts, status: StatusCode, said: String) -> Self {
        Self { is_v1: is_v1(parts.uri.path()), status, said }
    }
}

impl IntoResponse for Unread {
    fn into_response(self) -> Response {
        match self.is_v1 {
            true => Problem::new(self.status, "unreadable-request", self.said).into_response(),
            false => Detail::new(self.status, self.said).into_response(),
        }
    }
}
