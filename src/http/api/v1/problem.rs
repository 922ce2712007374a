//! What is said when a request is refused: `application/problem+json` (RFC 9457), with the refusal's stable code.

use crate::{
    api::detail::{Detail, status_of, status_of_code},
    error::Refused,
};
use axum::{
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use direttore_core::dispatch::reference;
use direttore_domain::{Failure, Trouble};
use direttore_reply::Reply;
use serde_json::{Value, json};

const TYPE: HeaderValue = HeaderValue::from_static("application/problem+json");

#[derive(Debug)]
pub struct Problem {
    status: StatusCode,
    code: String,
    detail: String,
    /// Where the log has more.
    reference: Option<String>,
    /// What may be done instead: the question as it is now.
    plan: Option<Box<Value>>,
}

impl Problem {
    pub fn new(status: StatusCode, code: &str, detail: impl Into<String>) -> Self {
        Self { status, code: code.to_owned(), detail: detail.into(), reference: None, plan: None }
    }

    pub fn not_signed_in(why: &str) -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "not-signed-in", why)
    }

    /// The plan is another one now.
    pub fn changed(plan: Value) -> Self {
        let said = "something has changed since it was asked; this is what would be done now";
        Self { plan: Some(Box::new(plan)), ..Self::new(StatusCode::CONFLICT, "changed-since-asked", said) }
    }

    /// With what now, for whoever sees nothing but the answer.
    pub fn with_hint(trouble: Trouble) -> Self {
        let hint = match &trouble {
            Trouble::Refusal(refusal) => refusal.hint(),
            Trouble::Failure(_) | Trouble::Bug(_) => None,
        };
        let mut problem = Self::from(trouble);
        if let Some(hint) = hint {
            problem.detail = format!("{}: {hint}", problem.detail);
        }
        problem
    }

    pub fn with_status(self, status: StatusCode) -> Self {
        Self { status, ..self }
    }

    /// What the layers around the routes refuse.
    pub fn of_detail(detail: &Detail) -> Self {
        let (status, said) = detail.told();
        Self::new(status, "unreadable-request", said)
    }

    /// A reply that refuses.
    pub fn of(reply: &Reply) -> Self {
        let code = reply.code.as_deref().unwrap_or("bug");
        let text = reply.text_plain();
        let detail = [reply.title_plain(), text].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>();
        let reference = reply.reference.clone();
        Self { reference, ..Self::new(status_of_code(code), code, detail.join("\n")) }
    }
}

impl From<Trouble> for Problem {
    fn from(trouble: Trouble) -> Self {
        let (status, code) = (status_of(&trouble), trouble.code());
        match &trouble {
            Trouble::Bug(bug) => {
                let reference = reference();
                tracing::error!(reference, "bug while answering a request: {bug}");
                let said = "something went wrong here, not with you";
                Self { reference: Some(reference), ..Self::new(status, code, said) }
            }
            Trouble::Failure(failure @ Failure::Store { .. }) => {
                tracing::warn!("a request is not answered: {failure}");
                Self::new(status, code, "the database does not answer")
            }
            other => Self::new(status, code, other.to_string()),
        }
    }
}

impl From<Failure> for Problem {
    fn from(failure: Failure) -> Self {
        Trouble::Failure(failure).into()
    }
}

impl From<Refused> for Problem {
    fn from(refused: Refused) -> Self {
        let (status, why) = refused.said();
        let code = match refused {
            Refused::NoSuchPath => "no-such-path",
            Refused::NoSuchMethod => "no-such-method",
            _ => "unreadable-request",
        };
        Self::new(status, code, why)
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut body = json!({
            "type": format!("urn:direttore:problem:{}", self.code),
            "title": self.status.canonical_reason().unwrap_or_default(),
            "status": self.status.as_u16(),
            "detail": self.detail,
            "code": self.code,
        });
        if let Some(reference) = self.reference {
            body["reference"] = json!(reference);
        }
        if let Some(plan) = self.plan {
            body["plan"] = *plan;
        }
        let mut response = (self.status, [(header::CONTENT_TYPE, TYPE)], body.to_string()).into_response();
        let headers = response.headers_mut();
        match self.status {
            StatusCode::UNAUTHORIZED => headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer")),
            StatusCode::SERVICE_UNAVAILABLE => headers.insert(header::RETRY_AFTER, HeaderValue::from_static("10")),
            _ => None,
        };
        response
    }
}
