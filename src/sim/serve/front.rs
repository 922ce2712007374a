//! The way of one request: transport, faults, who calls, which endpoint, may they, is it right, do it, keep it, answer.

use super::{
    Server,
    answer::{self, Form, Reply},
    auth, now, params,
};
use crate::{
    api::{Answer, Call, No, Who, privileges},
    fault::Strike,
    table::{self, Args, Endpoint, Raw, check},
};
use bytes::Bytes;
use direttore_domain::GuestKind;
use http::{HeaderMap, Method, Request, header};
use http_body_util::{BodyExt as _, Limited};
use hyper::body::Incoming;
use percent_encoding::percent_decode_str;
use std::{
    collections::BTreeMap,
    sync::{Arc, atomic::Ordering},
};

/// Bytes of a body.
const LARGEST: usize = 512 * 1024;

/// The connection is closed without an answer.
#[derive(Debug)]
pub struct Dropped;

impl std::fmt::Display for Dropped {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the connection was dropped on purpose")
    }
}

impl std::error::Error for Dropped {}

/// A request that passed the transport.
struct Asked {
    method: Method,
    headers: HeaderMap,
    form: Form,
    /// Without `/api2/json`, not decoded: `/nodes/pve1/status`.
    path: String,
    query: String,
    body: Bytes,
}

pub async fn answer(server: Arc<Server>, request: Request<Incoming>) -> Result<Reply, Dropped> {
    server.requests.fetch_add(1, Ordering::Relaxed);
    let asked = match read(request).await {
        Ok(asked) => asked,
        Err(reply) => return Ok(*reply),
    };
    let (wait, fault) = {
        let mut state = server.lock();
        (state.faults.wait(&asked.path), state.faults.take(asked.method.as_str(), &asked.path))
    };
    if !wait.is_zero() {
        tokio::time::sleep(wait).await;
    }
    if let Some(fault) = fault.as_ref().filter(|fault| !fault.is_after) {
        return strike(fault.strike).await;
    }
    let accepted = asked.headers.get(header::ACCEPT_ENCODING).and_then(|v| v.to_str().ok());
    let reads_gzip = accepted.is_some_and(|list| list.split(',').any(|e| e.trim().starts_with("gzip")));
    let reply = handle(&server, asked).await;
    let reply = if reads_gzip { answer::compressed(reply).await } else { reply };
    if reply.status() == 401 && !server.brake.is_zero() {
        tokio::time::sleep(server.brake).await;
    }
    match fault {
        Some(fault) => strike(fault.strike).await,
        None => Ok(reply),
    }
}

async fn strike(strike: Strike) -> Result<Reply, Dropped> {
    match strike {
        Strike::Status(status) => Ok(answer::proxy_failed(status)),
        Strike::Drop => Err(Dropped),
        Strike::Hang => std::future::pending().await,
        Strike::Garbage => Ok(answer::garbage()),
        // Told apart before, and done where the request is carried out.
        Strike::Taken => Err(Dropped),
    }
}

/// What Proxmox's HTTP server refuses before it looks at the path.
async fn read(request: Request<Incoming>) -> Result<Asked, Box<Reply>> {
    let refuse = |status, words: &str| Err(Box::new(answer::plain(status, words)));
    let (parts, body) = request.into_parts();
    let method = parts.method;
    let known = [Method::GET, Method::POST, Method::PUT, Method::DELETE];
    if !known.contains(&method) {
        return refuse(501, &format!("method '{method}' not available"));
    }
    if parts.headers.contains_key(header::TRANSFER_ENCODING) {
        return refuse(501, "chunked transfer encoding not supported");
    }
    let length =
        parts.headers.get(header::CONTENT_LENGTH).and_then(|v| v.to_str().ok()?.parse::<usize>().ok()).unwrap_or(0);
    if length > 0 && (method == Method::GET || method == Method::DELETE) {
        return refuse(501, &format!("Unexpected content for method '{method}'"));
    }
    if length > LARGEST {
        return refuse(501, "for data too large");
    }
    let kind = parts.headers.get(header::CONTENT_TYPE).map(|v| v.to_str().unwrap_or("?").to_ascii_lowercase());
    let kind = kind.as_deref().map(|k| k.split(';').next().unwrap_or_default().trim());
    if length > 0 && !matches!(kind, None | Some("application/x-www-form-urlencoded" | "application/json")) {
        return refuse(506, &format!("unsupported content type '{}'", kind.unwrap_or_default()));
    }
    let Ok(body) = Limited::new(body, LARGEST).collect().await else {
        return refuse(400, "the body could not be read");
    };
    let (form, path) = match parts.uri.path() {
        path if path.starts_with("/api2/json") => (Form::Json, &path["/api2/json".len()..]),
        path if path.starts_with("/api2/extjs") => (Form::ExtJs, &path["/api2/extjs".len()..]),
        path => return refuse(404, &format!("no such file '{path}'")),
    };
    Ok(Asked {
        form,
        path: path.to_owned(),
        query: parts.uri.query().unwrap_or_default().to_owned(),
        body: body.to_bytes(),
        method,
        headers: parts.headers,
    })
}

/// With a folder the world is written before the answer, and writing may take its time: not on the runtime's threads.
async fn handle(server: &Arc<Server>, asked: Asked) -> Reply {
    if server.dir.is_none() {
        return handle_now(server, &asked);
    }
    let server = Arc::clone(server);
    let handled = tokio::task::spawn_blocking(move || handle_now(&server, &asked)).await;
    handled.unwrap_or_else(|_| answer::plain(500, "unexpected end of the handler"))
}

fn handle_now(server: &Server, asked: &Asked) -> Reply {
    let now = now();
    let mut state = server.lock();
    state.advance(now);
    let parts: Vec<String> = asked.path.split('/').filter(|p| !p.is_empty()).map(decoded).collect();
    let is_version_8 = state.world.is_version_8();
    let found = table::find(asked.method.as_str(), &parts, is_version_8);
    let is_open = found.as_ref().is_some_and(|(endpoint, _)| endpoint.is_open);
    let who = if is_open { Ok(Who::default()) } else { auth::caller(&state.world, &asked.method, &asked.headers, now) };
    let who = match who {
        Ok(who) => who,
        Err(words) => return answer::unauthorized(words),
    };
    let Some((endpoint, values)) = found else {
        let what = format!("{} {}", asked.method, asked.path);
        server.note_unserved(what.clone());
        return answer::refused(&No::new(501, format!("Method '{what}' not implemented")), asked.form);
    };
    if !endpoint.takes_token && (who.token.is_some() || auth::token(&asked.headers).is_some()) {
        let words = format!("URI '{}' not available with API token, need proper ticket.", asked.path);
        return answer::refused(&No::new(403, words), asked.form);
    }
    let state = &mut *state;
    let result = check_call(state, asked, endpoint, values, &who).and_then(|args| {
        if endpoint.is_forwarded {
            reach(state, &args)?;
        }
        let args = check::all(endpoint.params, is_version_8, &args).map_err(No::parameters)?;
        if let Some(vmid) = wished_vmid(endpoint, &args)
            && state.faults.take_vmid(endpoint.method, &asked.path)
        {
            state.world.add_stranger(vmid);
        }
        call(server, state, endpoint, who, args, now)
    });
    // A login leaves no trace in the world.
    let is_change = asked.method != Method::GET && !endpoint.is_open;
    // A refused call changed nothing worth keeping: what time did is done again by the next one.
    if result.is_ok()
        && is_change
        && let Err(error) = server.save(state)
    {
        tracing::error!(%error, "the simulated world could not be written");
        return answer::refused(&No::business("unable to write the world's file"), asked.form);
    }
    match result {
        Ok(answer) => answer::good(answer, asked.form),
        Err(no) if no.status >= 595 => answer::proxy_failed(no.status),
        Err(no) => answer::refused(&no, asked.form),
    }
}

fn decoded(part: &str) -> String {
    percent_decode_str(part).decode_utf8_lossy().into_owned()
}

/// All parameters together, after the endpoint's privileges were looked at: rights come before right forms.
fn check_call(
    state: &super::State,
    asked: &Asked,
    endpoint: &Endpoint,
    values: BTreeMap<String, String>,
    who: &Who,
) -> Result<BTreeMap<String, Raw>, No> {
    let is_json =
        asked.headers.get(header::CONTENT_TYPE).is_some_and(|v| v.as_bytes().starts_with(b"application/json"));
    let mut given = params::body(&asked.body, is_json)?;
    for (name, value) in params::pairs(asked.query.as_bytes()) {
        given.insert(name, value);
    }
    given.remove("_dc");
    for (name, value) in &values {
        let conflict =
            given.insert(name.clone(), Raw::One(value.clone())).is_some_and(|old| old != Raw::One(value.clone()));
        if conflict {
            return Err(No::parameter(name, "duplicate parameter (already defined in URI) with conflicting values!"));
        }
    }
    privileges::check(&state.world, who, endpoint.needs, &values)?;
    Ok(given)
}

/// A call is handed to the node that it names.
fn reach(state: &super::State, args: &BTreeMap<String, Raw>) -> Result<(), No> {
    let Some(Raw::One(node)) = args.get("node") else { return Ok(()) };
    match state.world.nodes.get(node) {
        Some(node) if node.is_online() => Ok(()),
        Some(_) => Err(No::new(595, "No route to host")),
        None => Err(No::business(format!(
            "hostname lookup '{node}' failed - failed to get address info for: {node}: Name or service not known"
        ))),
    }
}

/// The VMID that a request is about to give to a new guest.
fn wished_vmid(endpoint: &Endpoint, args: &Args) -> Option<u32> {
    let name = match (endpoint.method, endpoint.path) {
        ("POST", "/nodes/{node}/qemu" | "/nodes/{node}/lxc") => "vmid",
        ("POST", path) if path.ends_with("/clone") => "newid",
        _ => return None,
    };
    args.vmid(name)
}

fn call(
    server: &Server,
    state: &mut super::State,
    endpoint: &Endpoint,
    who: Who,
    args: Args,
    now: u64,
) -> Result<Answer, No> {
    let kind = if endpoint.path.contains("/lxc") { GuestKind::Container } else { GuestKind::Vm };
    let mut call = Call {
        world: &mut state.world,
        published: &state.published,
        made: &mut state.made,
        now,
        who,
        args,
        kind,
        fingerprint: server.access.fingerprint.as_deref(),
    };
    (endpoint.handler)(&mut call)
}
