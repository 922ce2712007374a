//! What can be asked: which endpoint a path is, and what each answers.

mod available;
mod changes;
mod detail;
mod filter;
mod list;
mod others;
mod render;
mod route;
mod special;
mod template;
mod tokens;
mod write;

pub use filter::Filters;
pub use route::{Route, find};
pub use tokens::random;

use super::world::{Form, World, access::Caller};
use http::Method;
use serde_json::{Value, json};

/// Whether there is a filter of that name.
#[cfg(test)]
pub fn find_filter(world: &World, model: &'static super::table::Model, name: &str) -> bool {
    filter::find(world, model, name, &[]).is_some()
}

/// A refusal.
#[derive(Debug)]
pub struct No {
    pub status: u16,
    pub body: Option<Value>,
    /// The current `ETag`, where it is told.
    pub etag: Option<u64>,
}

impl No {
    pub fn new(status: u16, body: Value) -> Self {
        Self { status, body: Some(body), etag: None }
    }

    pub fn detail(status: u16, words: impl Into<String>) -> Self {
        Self::new(status, json!({"detail": words.into()}))
    }

    pub fn forbidden() -> Self {
        Self::detail(403, "You do not have permission to perform this action.")
    }

    /// There is no such object.
    pub fn missing(class: &str) -> Self {
        Self::detail(404, format!("No {class} matches the given query."))
    }

    pub fn method(method: &Method) -> Self {
        Self::detail(405, format!("Method \"{method}\" not allowed."))
    }

    /// An answer that is an HTML page.
    pub fn page() -> Self {
        Self { status: 404, body: None, etag: None }
    }
}

impl From<Value> for No {
    fn from(errors: Value) -> Self {
        Self::new(400, errors)
    }
}

#[derive(Debug)]
pub enum Body {
    Json(Value),
    Text(String),
    Nothing,
}

/// What is answered when it went well.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub body: Body,
    /// When the object was last changed, where it is told.
    pub etag: Option<u64>,
    pub location: Option<String>,
}

impl Answer {
    pub fn json(status: u16, body: Value) -> Self {
        Self { status, body: Body::Json(body), etag: None, location: None }
    }

    pub fn gone() -> Self {
        Self { status: 204, body: Body::Nothing, etag: None, location: None }
    }
}

pub type Answered = Result<Answer, No>;

/// One call, past authentication.
#[derive(Debug)]
pub struct Call<'a> {
    pub world: &'a mut World,
    pub who: Caller,
    pub method: Method,
    /// `/api/ipam/prefixes/`.
    pub path: &'a str,
    pub query: &'a [(String, String)],
    /// Null without a body.
    pub body: Value,
    pub base: String,
    pub if_match: Option<String>,
    /// Whether plain text is wanted.
    pub wants_text: bool,
    /// Query parameters that nobody here knows.
    pub ignored: Vec<String>,
}

impl Call<'_> {
    pub fn query(&self, name: &str) -> Option<&str> {
        self.query.iter().rev().find(|(n, _)| n == name).map(|(_, v)| v.as_str())
    }

    pub fn form(&self) -> Form {
        let list =
            |name: &str| self.query(name).map(|v| v.split(',').filter(|f| !f.is_empty()).map(str::to_owned).collect());
        let is_true = |v: &str| matches!(v.to_ascii_lowercase().as_str(), "true" | "1" | "yes");
        let mut omit: std::collections::HashSet<String> = list("omit").unwrap_or_default();
        if self.query("exclude") == Some("config_context") && self.world.version < super::Version::V4_7 {
            omit.insert("config_context".to_owned());
        }
        Form { base: self.base.clone(), is_brief: self.query("brief").is_some_and(is_true), only: list("fields"), omit }
    }

    /// Whether the caller may do this with objects of the kind at all.
    pub fn needs(&self, action: &str, kind: &str) -> Result<(), No> {
        if self.world.may(&self.who, action, kind) { Ok(()) } else { Err(No::forbidden()) }
    }
}

/// # Errors
/// The refusal, as it is answered.
pub fn call(call: &mut Call<'_>, route: Route) -> Answered {
    match route {
        Route::Root => Ok(others::root(call)),
        Route::App(app) => Ok(others::app(call, app)),
        Route::Status => Ok(others::status(call)),
        Route::Check => Ok(others::check(call)),
        Route::Provision => tokens::provision(call),
        Route::ConnectedDevice => others::connected_device(call),
        Route::Changes => changes::list(call),
        Route::Change(id) => changes::detail(call, id),
        Route::List(model) => match call.method.as_str() {
            "GET" | "HEAD" => list::list(call, model),
            "POST" => write::create(call, model),
            "PUT" | "PATCH" => write::update_many(call, model),
            _ => write::delete_many(call, model),
        },
        Route::Detail(model, id) => match call.method.as_str() {
            "GET" | "HEAD" => detail::read(call, model, id),
            "PUT" | "PATCH" => write::update(call, model, id),
            _ => write::delete(call, model, id),
        },
        Route::AvailableIps(model, id) => available::ips(call, model, id),
        Route::AvailablePrefixes(id) => available::prefixes(call, id),
        Route::AvailableVlans(id) => available::vlans(call, id),
        Route::Render(model, id) => render::render(call, model, id),
        Route::Trace(id) => others::trace(call, id),
        Route::Choices(id) => others::choices(call, id),
    }
}
