//! What is said when something is not done: a status, the condition of the RFC that was not met, and a sentence.

use super::xml::{CALDAV, DAV, SPACES, escape, prefix};
use axum::{
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use direttore_domain::Failure;

/// The namespace of conditions of ours.
const OURS: &str = "urn:direttore:caldav";

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct No {
    status: StatusCode,
    /// Namespace and name.
    condition: Option<(&'static str, &'static str)>,
    /// What the condition is about.
    href: Option<String>,
    why: String,
}

impl No {
    pub fn new(status: StatusCode, why: impl Into<String>) -> Self {
        Self { status, condition: None, href: None, why: why.into() }
    }

    pub fn dav(status: StatusCode, condition: &'static str, why: impl Into<String>) -> Self {
        Self { condition: Some((DAV, condition)), ..Self::new(status, why) }
    }

    pub fn caldav(condition: &'static str, why: impl Into<String>) -> Self {
        Self { condition: Some((CALDAV, condition)), ..Self::new(StatusCode::FORBIDDEN, why) }
    }

    /// Of a condition that no RFC knows.
    pub fn ours(status: StatusCode, condition: &'static str, why: impl Into<String>) -> Self {
        Self { condition: Some((OURS, condition)), ..Self::new(status, why) }
    }

    pub fn about(self, href: String) -> Self {
        Self { href: Some(href), ..self }
    }

    pub fn not_found() -> Self {
        Self::new(StatusCode::NOT_FOUND, "there is nothing here")
    }

    pub fn not_let_in() -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "a user and the secret of a caldav token of theirs are needed (/token new)")
    }

    pub fn bad(why: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, why)
    }

    pub fn stale() -> Self {
        Self::new(StatusCode::PRECONDITION_FAILED, "it is not as it was expected to be")
    }
}

impl From<Failure> for No {
    fn from(failure: Failure) -> Self {
        tracing::warn!("a calendar program is not answered: {failure}");
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "the database does not answer; the same may work later")
    }
}

impl From<crate::error::Refused> for No {
    fn from(refused: crate::error::Refused) -> Self {
        use crate::error::Refused as R;
        match refused {
            R::TooLarge => Self::new(StatusCode::PAYLOAD_TOO_LARGE, "the body is too large"),
            R::TooSlow => Self::new(StatusCode::REQUEST_TIMEOUT, "the body did not come in time"),
            R::TooOften => Self::new(StatusCode::TOO_MANY_REQUESTS, "this was wrong too often"),
            R::Unavailable => Self::new(StatusCode::SERVICE_UNAVAILABLE, "the database does not answer"),
            R::Broken => Self::bad("the body cannot be read"),
            R::NoSuchPath => Self::not_found(),
            R::NoSuchMethod => Self::new(StatusCode::METHOD_NOT_ALLOWED, "this is not asked so; see Allow"),
        }
    }
}

impl IntoResponse for No {
    fn into_response(self) -> Response {
        let mut body = format!("<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<D:error{SPACES}>");
        if let Some((space, name)) = self.condition {
            let prefix = prefix(space).unwrap_or("X");
            match &self.href {
                None if space == OURS => body += &format!("<X:{name} xmlns:X=\"{OURS}\"/>"),
                Some(href) => {
                    body += &format!("<{prefix}:{name}><D:href>");
                    escape(&mut body, href);
                    body += &format!("</D:href></{prefix}:{name}>");
                }
                None => body += &format!("<{prefix}:{name}/>"),
            }
        }
        body += "<D:responsedescription>";
        escape(&mut body, &self.why);
        body += "</D:responsedescription></D:error>\n";
        let xml = HeaderValue::from_static("application/xml; charset=utf-8");
        let mut response = (self.status, [(header::CONTENT_TYPE, xml)], body).into_response();
        let headers = response.headers_mut();
        match self.status {
            StatusCode::UNAUTHORIZED => {
                let basic = HeaderValue::from_static("Basic realm=\"direttore\", charset=\"UTF-8\"");
                headers.insert(header::WWW_AUTHENTICATE, basic);
            }
            StatusCode::SERVICE_UNAVAILABLE => {
                headers.insert(header::RETRY_AFTER, HeaderValue::from_static("10"));
            }
            // What is left of the body is nobody's request.
            StatusCode::PAYLOAD_TOO_LARGE | StatusCode::REQUEST_TIMEOUT => {
                headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
            }
            _ => {}
        }
        response
    }
}
