//! The way of one request: faults, which endpoint, who calls, is it right, do it, keep it, answer.

use super::{
    Server,
    answer::{self, Reply},
    body,
    query::pairs,
};
use crate::netbox::{
    api::{self, Call, No, Route},
    fault::{Fault, Strike},
};
use bytes::Bytes;
use http::{HeaderMap, Method, Request, header};
use http_body_util::{BodyExt as _, Limited};
use hyper::body::Incoming;
use std::sync::Arc;

/// Bytes of a body.
const LARGEST: usize = 4 * 1024 * 1024;

/// The connection is closed without an answer.
#[derive(Debug)]
pub struct Dropped;

impl std::fmt::Display for Dropped {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the connection was dropped on purpose")
    }
}

impl std::error::Error for Dropped {}

struct Asked {
    method: Method,
    headers: HeaderMap,
    path: String,
    query: String,
    body: Bytes,
    /// A UUID.
    id: String,
}

pub async fn answer(server: Arc<Server>, request: Request<Incoming>) -> Result<Reply, Dropped> {
    if server.lock().is_down() {
        return Err(Dropped);
    }
    let (parts, body) = request.into_parts();
    let body = Limited::new(body, LARGEST).collect().await.map_err(|_| Dropped)?.to_bytes();
    let asked = Asked {
        method: parts.method,
        headers: parts.headers,
        path: parts.uri.path().to_owned(),
        query: parts.uri.query().unwrap_or_default().to_owned(),
        body,
        id: crate::secret(),
    };
    server.note_call(format!("{} {}", asked.method, asked.path));
    let (wait, fault) = {
        let faults = &mut server.lock().faults;
        (faults.latency.max(server.latency), faults.take(asked.method.as_str(), &asked.path))
    };
    if !wait.is_zero() {
        tokio::time::sleep(wait).await;
    }
    match fault {
        Some(fault) if !fault.is_after => strike(&fault).await,
        Some(fault) => {
            handle(&server, asked).await;
            strike(&fault).await
        }
        None => Ok(handle(&server, asked).await),
    }
}

async fn strike(fault: &Fault) -> Result<Reply, Dropped> {
    match fault.strike {
        Strike::Status(status) => Ok(answer::failed(status, fault.retry)),
        Strike::Drop => Err(Dropped),
        Strike::Hang => std::future::pending().await,
        Strike::Garbage => Ok(answer::garbage()),
        Strike::Html => Ok(answer::gateway_page()),
    }
}

async fn handle(server: &Server, asked: Asked) -> Reply {
    let has_slash = asked.path.ends_with('/');
    let found = api::find(&asked.path);
    let is_read = matches!(asked.method, Method::GET | Method::HEAD);
    if found.is_some() && !has_slash && is_read {
        let query = if asked.query.is_empty() { String::new() } else { format!("?{}", asked.query) };
        return answer::moved(&format!("{}/{query}", asked.path));
    }
    let version = server.look(|state| state.world.version);
    let served = found.filter(|route| has_slash && !route.is_unserved(asked.method.as_str()));
    let Some(route) = served else {
        server.note_unserved(format!("{} {}", asked.method, asked.path));
        return answer::framed(answer::refused(&No::page(), version), version, &asked.id, &[]);
    };
    let _turn = if route.is_allocation(asked.method.as_str()) {
        let turn = server.allocation.lock().await;
        if !server.write_time.is_zero() {
            tokio::time::sleep(server.write_time).await;
        }
        Some(turn)
    } else {
        None
    };
    let reply = match perform(server, &asked, route) {
        Ok(answer) => answer::good(answer, version),
        Err(no) => answer::refused(&no, version),
    };
    answer::framed(reply, version, &asked.id, route.methods())
}

fn perform(server: &Server, asked: &Asked, route: Route) -> api::Answered {
    let mut state = server.lock();
    let text = |name: header::HeaderName| asked.headers.get(name).and_then(|v| v.to_str().ok());
    let is_read = matches!(asked.method, Method::GET | Method::HEAD);
    let accept = text(header::ACCEPT).unwrap_or("*/*");
    let renders_text = matches!(route, Route::Render(..));
    if !accepts(accept, renders_text) {
        return Err(No::detail(406, "Could not satisfy the request Accept header."));
    }
    let who = if matches!(route, Route::Provision) {
        crate::netbox::world::access::Caller { user: 0, name: String::new(), is_superuser: false, may_write: true }
    } else {
        state.world.caller(text(header::AUTHORIZATION)).map_err(|words| No::detail(403, words))?
    };
    if !is_read && !who.may_write {
        return Err(No::forbidden());
    }
    let method = if asked.method == Method::HEAD { "GET" } else { asked.method.as_str() };
    if !route.methods().contains(&method) {
        return Err(No::method(&asked.method));
    }
    let given = if is_read { serde_json::Value::Null } else { body::read(&asked.headers, &asked.body)? };
    let scheme = asked.headers.get("x-forwarded-proto").and_then(|v| v.to_str().ok()).unwrap_or("http");
    let host = text(header::HOST).map_or_else(|| server.access.url.clone(), |host| format!("{scheme}://{host}"));
    let world = &mut state.world;
    world.begin();
    world.writer.user = who.user;
    world.writer.name.clone_from(&who.name);
    world.writer.request.clone_from(&asked.id);
    world.writer.message.clear();
    let query = pairs(&asked.query);
    let mut call = Call {
        world,
        who,
        method: asked.method.clone(),
        path: &asked.path,
        query: &query,
        body: given,
        base: host,
        if_match: text(header::IF_MATCH).map(str::to_owned),
        wants_text: renders_text && accept.starts_with("text/plain"),
        ignored: Vec::new(),
    };
    let result = api::call(&mut call, route);
    for name in std::mem::take(&mut call.ignored) {
        server.note_unserved(format!("{} {}?{name}", asked.method, asked.path));
    }
    if result.is_err() {
        state.world.roll_back();
        return result;
    }
    if state.world.is_changed()
        && let Err(error) = server.save(&state)
    {
        tracing::error!(%error, "the simulated NetBox could not be written");
        state.world.roll_back();
        return Err(No::new(500, serde_json::json!({"error": "the world could not be written"})));
    }
    result
}

/// Whether an answer can be of a type that is wanted.
fn accepts(accept: &str, renders_text: bool) -> bool {
    accept.split(',').any(|kind| {
        let kind = kind.split(';').next().unwrap_or_default().trim();
        matches!(kind, "*/*" | "application/*" | "application/json" | "") || renders_text && kind == "text/plain"
    })
}
