//! The way of one request to the REST API: route, waits, faults, who calls, body, description, meaning, our own answer.

mod body;
mod channels;
mod commands;
mod compose;
mod error;
mod guilds;
mod interactions;
mod limits;
mod me;
mod routes;
pub mod show;

pub use body::Upload;
pub use channels::says;
pub use compose::{Draft, create, edit};
pub use error::ApiError;

use crate::{
    faults::Fault,
    record::{self, Request},
    state::{Inner, State},
    validate::{Errors, Of},
    world::Id,
};
use bytes::Bytes;
use http::HeaderMap;
use routes::Route;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// A request, understood.
pub struct Call<'c> {
    pub inner: &'c Inner,
    pub params: BTreeMap<String, String>,
    pub query: BTreeMap<String, String>,
    pub body: Value,
    pub files: Vec<Upload>,
}

impl Call<'_> {
    /// An id in the path; it was checked to be one.
    pub fn id(&self, name: &str) -> Id {
        self.params.get(name).and_then(|id| id.parse().ok()).unwrap_or_default()
    }

    pub fn text(&self, name: &str) -> &str {
        self.params.get(name).map_or("", String::as_str)
    }

    pub fn now(&self) -> u64 {
        self.inner.clock.now_ms()
    }

    pub fn is_asked(&self, name: &str) -> bool {
        matches!(self.query.get(name).map(String::as_str), Some("true" | "1" | "True"))
    }
}

/// What is answered.
#[derive(Debug, Clone)]
pub struct Reply {
    pub status: u16,
    pub body: Option<Value>,
    pub headers: Vec<(&'static str, String)>,
}

impl Reply {
    pub fn ok(body: Value) -> Self {
        Self { status: 200, body: Some(body), headers: Vec::new() }
    }

    pub fn created(body: Value) -> Self {
        Self { status: 201, ..Self::ok(body) }
    }

    pub fn none() -> Self {
        Self { status: 204, body: None, headers: Vec::new() }
    }

    fn refused(error: &ApiError) -> Self {
        Self { status: error.status, body: Some(error.body()), headers: Vec::new() }
    }
}

/// The connection is closed without an answer.
#[derive(Debug, thiserror::Error)]
#[error("the fault asked for it")]
pub struct Dropped;

pub async fn answer(
    inner: &Inner,
    method: &str,
    path: &str,
    query: Option<&str>,
    headers: &HeaderMap,
    bytes: Bytes,
) -> Result<Reply, Dropped> {
    let header = |name: &str| headers.get(name).and_then(|v| v.to_str().ok());
    let parsed = body::parse(header("content-type"), bytes).await;
    let found = routes::find(method, path);
    let (body, files) = parsed.clone().unwrap_or_default();
    let template = found.as_ref().map_or(path, |(route, _)| route.template).to_owned();
    let number = note(inner, method, path, &template, &body, &files);
    let Some((route, params)) = found else {
        let is_described = inner.schema.templates().any(|t| routes::fits(t, path).is_some());
        let error = if is_described { ApiError::method_not_allowed() } else { ApiError::not_found() };
        inner.change(|state| state.violate("unknown route", format!("{method} {path}")));
        return Ok(finish(inner, number, Reply::refused(&error), None));
    };
    let call = Call { inner, params, query: pairs(query), body, files };
    let key = limits::key(route, &call);
    if let Some(reply) = inner.change(|state| limits::early(inner, state, route, &key, &call)) {
        return Ok(finish(inner, number, reply, None));
    }
    let fault = inner.change(|state| state.faults.take(method, route.template));
    let mut is_dropped_after = false;
    match fault {
        Some(Fault::DropBefore) => return Err(Dropped),
        Some(Fault::DropAfter) => is_dropped_after = true,
        Some(Fault::Status(status)) => {
            let error = ApiError::new(status, 0, &format!("{status}: the fake was told to fail"));
            return Ok(finish(inner, number, Reply::refused(&error), None));
        }
        Some(Fault::TooMany { retry_after }) => {
            let reply = inner.change(|state| limits::refuse(inner, state, &key, retry_after, false));
            return Ok(finish(inner, number, reply, None));
        }
        Some(Fault::TooManyGlobal { retry_after }) => {
            let reply = inner.change(|state| limits::refuse(inner, state, "", retry_after, true));
            return Ok(finish(inner, number, reply, None));
        }
        Some(Fault::Hold) => {
            let mut released = inner.released.subscribe();
            // The sender lives as long as the fake does.
            let _ = released.changed().await;
        }
        None => {}
    }
    let checked = enter(inner, route, header("authorization"), header("user-agent"))
        .and_then(|()| parsed.map(drop))
        .and_then(|()| fits_schema(inner, route, &call));
    let done = match checked {
        Ok(()) => inner.change(|state| (route.handle)(&call, state)),
        Err(error) => Err(error),
    };
    let mut reply = match done {
        Ok(reply) => {
            record::keep(route.template, method, &call.body);
            reply
        }
        Err(error) => {
            if let Some(errors) = &error.errors {
                let what = format!("{method} {}: {errors}", route.template);
                inner.change(|state| state.violate("body", what));
            }
            let mut reply = Reply::refused(&error);
            if error.status == 429 {
                let body = reply.body.get_or_insert_default();
                body["retry_after"] = json!(60.0);
                body["global"] = json!(false);
                reply.headers.push(("retry-after", "60".to_owned()));
            }
            reply
        }
    };
    let left = inner.change(|state| limits::headers(inner, state, route, &key));
    reply.headers.extend(left);
    let reply = finish(inner, number, reply, Some(route));
    if is_dropped_after { Err(Dropped) } else { Ok(reply) }
}

fn pairs(query: Option<&str>) -> BTreeMap<String, String> {
    let decoded = |text: &str| percent_encoding::percent_decode_str(text).decode_utf8_lossy().into_owned();
    let pairs = query.unwrap_or_default().split('&').filter_map(|pair| pair.split_once('='));
    pairs.map(|(name, value)| (decoded(name), decoded(value))).collect()
}

fn note(inner: &Inner, method: &str, path: &str, route: &str, body: &Value, files: &[Upload]) -> usize {
    let request = Request {
        method: method.to_owned(),
        route: route.to_owned(),
        path: path.to_owned(),
        body: body.clone(),
        files: files.iter().map(|f| f.file.clone()).collect(),
        at_ms: inner.clock.now_ms(),
        status: 0,
        code: 0,
    };
    inner.change(|state| {
        state.requests.push(request);
        state.requests.len() - 1
    })
}

/// Notes what is answered, after a look at whether it is what Discord would answer.
fn finish(inner: &Inner, number: usize, reply: Reply, route: Option<&Route>) -> Reply {
    let wrong = route.map(|route| judge(inner, route, &reply)).unwrap_or_default();
    inner.change(|state| {
        if !wrong.is_empty() {
            let template = route.map_or("", |r| r.template);
            state.violate("own answer", format!("{template} {}: {wrong}", reply.status));
        }
        if let Some(request) = state.requests.get_mut(number) {
            request.status = reply.status;
            let body = reply.body.as_ref().filter(|_| reply.status >= 400);
            request.code = body.and_then(|b| b["code"].as_u64()).unwrap_or_default();
        }
    });
    reply
}

fn judge(inner: &Inner, route: &Route, reply: &Reply) -> Errors {
    let operation = inner.schema.operation(route.method, route.template);
    let responses = operation.map(|o| &o["responses"]);
    let described = responses.and_then(|r| r.get(reply.status.to_string()));
    match (&reply.body, described) {
        // The description types the codes of single fields as integers; its documentation and Discord itself have words.
        (Some(body), _) if reply.status >= 400 => inner.schema.named("Error", body, Of::Answer),
        (Some(body), Some(described)) => {
            inner.schema.check(&described["content"]["application/json"]["schema"], body, Of::Answer)
        }
        (None, Some(_)) => Errors::default(),
        (_, None) => {
            let mut errors = Errors::default();
            errors.add(&[], "STATUS", "the description has no such status");
            errors
        }
    }
}

/// Who calls: where the description demands it, the bot's token; always a name.
fn enter(inner: &Inner, route: &Route, authorization: Option<&str>, agent: Option<&str>) -> Result<(), ApiError> {
    if agent.is_none_or(|agent| agent.trim().is_empty()) {
        return Err(ApiError::unauthorized());
    }
    let operation = inner.schema.operation(route.method, route.template);
    let security = operation.and_then(|o| o["security"].as_array());
    let is_open = security.is_none_or(|list| list.iter().any(|s| s.as_object().is_some_and(|s| s.is_empty())));
    let is_right = |given: &str| {
        inner.look(|state| given.strip_prefix("Bot ") == Some(&*state.place.token) && !state.place.is_token_revoked)
    };
    if is_open || authorization.is_some_and(is_right) { Ok(()) } else { Err(ApiError::unauthorized()) }
}

fn fits_schema(inner: &Inner, route: &Route, call: &Call) -> Result<(), ApiError> {
    let mut errors = Errors::default();
    for (name, value) in call.params.iter().filter(|(name, _)| name.ends_with("_id")) {
        if value.parse::<u64>().is_err() {
            let message = format!("Value \"{value}\" is not snowflake.");
            errors.add(std::slice::from_ref(name), "NUMBER_TYPE_COERCE", message);
        }
    }
    let operation = inner.schema.operation(route.method, route.template);
    let content = operation.and_then(|o| o["requestBody"]["content"].get("application/json"));
    let is_there = !call.body.is_null();
    if let Some(content) = content.filter(|_| is_there) {
        let wrong = match route.body {
            // The union there takes nearly anything: the member is chosen by hand, or by the handler.
            Some("") => Errors::default(),
            Some(name) => inner.schema.named(name, &call.body, Of::Request),
            None => inner.schema.check(&content["schema"], &call.body, Of::Request),
        };
        errors.0.extend(wrong.0);
    } else if content.is_some() && call.files.is_empty() {
        errors.required(&[]);
    }
    if errors.is_empty() { Ok(()) } else { Err(ApiError::invalid(errors)) }
}

/// What a route does.
type Handler = fn(&Call, &mut State) -> Result<Reply, ApiError>;
