//! What is said when a request is refused, in the form of the first direttore: `{"detail": "…"}`, and for an answer
//! of the wrong form a list of what is wrong where.

use super::once::Made;
use crate::error::Refused;
use axum::{
    Json,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use direttore_core::dispatch::reference;
use direttore_domain::{Failure, Permission, Refusal, Role, Trouble};
use serde_json::{Value, json};

#[derive(Debug)]
pub struct Detail {
    status: StatusCode,
    detail: Value,
    /// Asks who asks to sign in.
    asks: bool,
    again: Option<u64>,
    /// A job was made before.
    made: bool,
}

/// A value that is wrong, as Pydantic tells it.
#[derive(Debug)]
pub struct Wrong {
    /// `missing`, `int_parsing`, …
    pub kind: &'static str,
    /// `body`, `title`.
    pub at: Vec<Value>,
    pub said: String,
    pub input: Value,
    pub about: Option<Value>,
}

impl Detail {
    pub fn new(status: StatusCode, detail: impl Into<String>) -> Self {
        Self { status, detail: Value::String(detail.into()), asks: false, again: None, made: false }
    }

    /// For what went wrong after a job was made.
    pub fn after_job(self) -> Self {
        Self { made: true, ..self }
    }

    /// Status and words, for whoever says them in another form.
    pub fn told(&self) -> (StatusCode, String) {
        (self.status, self.detail.as_str().map_or_else(|| self.detail.to_string(), str::to_owned))
    }

    pub fn not_found(what: &str) -> Self {
        Self::new(StatusCode::NOT_FOUND, format!("{what} not found"))
    }

    pub fn unauthorized(detail: &str) -> Self {
        Self { asks: true, ..Self::new(StatusCode::UNAUTHORIZED, detail) }
    }

    /// Whoever was wrong too often waits so many seconds.
    pub fn later(seconds: u64) -> Self {
        let said = "Too many failed attempts; try again later";
        Self { again: Some(seconds), ..Self::new(StatusCode::TOO_MANY_REQUESTS, said) }
    }

    pub fn unprocessable(wrong: Vec<Wrong>) -> Self {
        let told = wrong.into_iter().map(|wrong| {
            let mut one = json!({ "type": wrong.kind, "loc": wrong.at, "msg": wrong.said, "input": wrong.input });
            if let Some(about) = wrong.about {
                one["ctx"] = about;
            }
            one
        });
        let detail = Value::Array(told.collect());
        Self { status: StatusCode::UNPROCESSABLE_ENTITY, detail, asks: false, again: None, made: false }
    }
}

impl IntoResponse for Detail {
    fn into_response(self) -> Response {
        let mut response = (self.status, Json(json!({ "detail": self.detail }))).into_response();
        if self.asks {
            response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        if self.made {
            response.extensions_mut().insert(Made);
        }
        if let Some(again) = self.again {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(again));
        }
        response
    }
}

impl From<Refused> for Detail {
    fn from(refused: Refused) -> Self {
        let (status, why) = refused.said();
        Self {
            again: matches!(refused, Refused::TooOften | Refused::Unavailable).then_some(10),
            ..Self::new(status, why)
        }
    }
}

impl From<Failure> for Detail {
    fn from(failure: Failure) -> Self {
        Trouble::Failure(failure).into()
    }
}

impl From<Trouble> for Detail {
    fn from(trouble: Trouble) -> Self {
        let status = status_of(&trouble);
        match trouble {
            Trouble::Refusal(Refusal::NotAllowed { permission, .. }) => Self::new(status, requires(permission)),
            Trouble::Failure(failure @ Failure::Store { .. }) => {
                // What exactly is wrong with it is for the log.
                tracing::warn!("a request is not answered: {failure}");
                Self { again: Some(10), ..Self::new(status, "the database does not answer") }
            }
            Trouble::Bug(bug) => {
                let reference = reference();
                tracing::error!(reference, "bug while answering a request: {bug}");
                Self::new(status, format!("something went wrong here, not with you; reference {reference}"))
            }
            other => Self::new(status, other.to_string()),
        }
    }
}

/// `Requires one of: ['operator', 'admin']`, as the first direttore said it.
fn requires(permission: Permission) -> String {
    let lowest = permission.lowest_role();
    let roles = [Role::Viewer, Role::Operator, Role::Admin].into_iter().filter(|role| *role >= lowest);
    let roles: Vec<String> = roles.map(|role| format!("'{role}'")).collect();
    format!("Requires one of: [{}]", roles.join(", "))
}

/// What a trouble is in HTTP: the asker's mistakes are 4xx, the lab's troubles 502 and 503.
pub fn status_of(trouble: &Trouble) -> StatusCode {
    status_of_code(trouble.code())
}

/// As [`status_of`], by the code that a reply carries.
pub fn status_of_code(code: &str) -> StatusCode {
    match code {
        "not-allowed" | "not-granted" | "account-disabled" | "not-yours" | "not-the-asker" | "not-approver"
        | "sign-in-denied" | "no-role" => StatusCode::FORBIDDEN,
        "wrong-sign-in" => StatusCode::BAD_REQUEST,
        "unknown-command" => StatusCode::NOT_FOUND,
        code if code.starts_with("no-such-") => StatusCode::NOT_FOUND,
        "exists-already" | "wrong-state" | "conflict" | "reserved" | "reason-needed" | "being-made" | "over-quota"
        | "over-limit" | "changed-meanwhile" | "last-admin" | "answered-already" | "prefix-full" | "nothing-fits"
        | "which-guest" | "which-node" | "locked" | "guest-elsewhere" | "not-linked" => StatusCode::CONFLICT,
        "expired" | "nothing-open" => StatusCode::GONE,
        "not-set-up" | "database" => StatusCode::SERVICE_UNAVAILABLE,
        "unreachable"
        | "no-answer"
        | "credentials-refused"
        | "certificate-changed"
        | "privilege-missing"
        | "denied"
        | "upstream-error"
        | "upstream-garbage"
        | "node-offline" => StatusCode::BAD_GATEWAY,
        "bug" => StatusCode::INTERNAL_SERVER_ERROR,
        _ => StatusCode::UNPROCESSABLE_ENTITY,
    }
}
