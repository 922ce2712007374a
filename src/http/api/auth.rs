//! `/api/auth/…`: a name and a password become tokens, those become new ones, and who one is.

use super::{
    Api,
    detail::{Detail, Wrong},
    enter::Who,
    input,
    shapes::{Me, Refresh, SignIn, Tokens},
};
use crate::{body, serve::Peer};
use axum::{
    Extension, Json,
    body::Body,
    extract::State,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use direttore_core::dispatch::SignedIn;
use direttore_domain::{AccountName, Role};
use serde_json::{Value, json};
use std::{collections::HashMap, net::IpAddr};
use tokio::time::Instant;

/// More than a name and a password have.
const FORM: usize = 8 * 1024;

const WRONG: &str = "Incorrect username or password";
const OVER: &str = "Invalid or expired refresh token";

/// Sign in: the password grant of OAuth 2 (RFC 6749, section 4.3).
#[utoipa::path(post, path = "/api/auth/token", tag = "sign-in",
    request_body(content = SignIn, content_type = "application/x-www-form-urlencoded"),
    responses((status = 200, description = "Signed in", body = Tokens)))]
pub async fn token(
    State(api): State<Api>,
    Extension(Peer(from)): Extension<Peer>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Detail> {
    let bytes = body::read(&headers, body, FORM, api.read).await?;
    let is_form = headers.get(header::CONTENT_TYPE).and_then(|t| t.to_str().ok()).is_some_and(|kind| {
        kind.split(';').next().is_some_and(|k| k.trim().eq_ignore_ascii_case("application/x-www-form-urlencoded"))
    });
    let form = if is_form { form(&bytes) } else { HashMap::new() };
    let mut wrong = Vec::new();
    for key in ["username", "password"] {
        if !form.contains_key(key) {
            wrong.push(bad(key, "missing", "Field required", Value::Null));
        }
    }
    if let Some(grant) = form.get("grant_type").filter(|grant| *grant != "password") {
        wrong.push(bad(
            "grant_type",
            "string_pattern_mismatch",
            "String should match pattern '^password$'",
            json!(grant),
        ));
    }
    if !wrong.is_empty() {
        return Err(Detail::unprocessable(wrong));
    }
    let (name, password) = (form["username"].trim().to_lowercase(), form["password"].as_str());
    // What is no name at all counts as one.
    let called = name.parse::<AccountName>().map(|name| name.to_string()).unwrap_or_default();
    let (now, pair) = (Instant::now(), (called, from));
    if let Some(wait) = locked(&api, &pair, now) {
        api.dispatch.throttled();
        return Err(Detail::later(wait));
    }
    // Counted before it is looked at, so that many at once are no more than many after one another.
    api.wrong.addresses.count(from, now);
    api.wrong.pairs.count(pair.clone(), now);
    api.wrong.names.count(pair.0.clone(), now);
    let signed = api.dispatch.sign_in_program(&name, password).await;
    if !matches!(signed, Ok(None)) {
        api.wrong.addresses.uncount(&from);
        api.wrong.pairs.uncount(&pair);
        api.wrong.names.uncount(&pair.0);
    }
    match signed? {
        Some(signed) => {
            api.wrong.pairs.forgive(&pair);
            Ok(tokens(&signed))
        }
        None => Err(Detail::unauthorized(WRONG)),
    }
}

fn bad(key: &str, kind: &'static str, said: &str, input: Value) -> Wrong {
    Wrong { kind, at: vec![json!("body"), json!(key)], said: said.to_owned(), input, about: None }
}

/// How many seconds somebody must wait who was wrong too often: from that address, as that account, or both.
fn locked(api: &Api, pair: &(String, IpAddr), now: Instant) -> Option<u64> {
    let waits =
        [api.wrong.addresses.wait(&pair.1, now), api.wrong.pairs.wait(pair, now), api.wrong.names.wait(&pair.0, now)];
    waits.into_iter().flatten().max().map(|wait| wait.as_secs() + 1)
}

/// The fields of a form; of one given twice the last.
pub(super) fn form(bytes: &[u8]) -> HashMap<String, String> {
    let text = String::from_utf8_lossy(bytes);
    let decoded =
        |part: &str| percent_encoding::percent_decode_str(&part.replace('+', " ")).decode_utf8_lossy().into_owned();
    let pairs = text.split('&').filter(|pair| !pair.is_empty()).map(|pair| pair.split_once('=').unwrap_or((pair, "")));
    pairs.map(|(key, value)| (decoded(key), decoded(value))).collect()
}

fn tokens(signed: &SignedIn) -> Response {
    tokens_and(signed, None)
}

/// With where they wanted to go, when they said so.
pub(super) fn tokens_and(signed: &SignedIn, return_to: Option<&str>) -> Response {
    let (access_token, refresh_token) = (&*signed.access, &*signed.refresh);
    let body = Tokens { access_token, refresh_token, token_type: "bearer", return_to };
    // RFC 6749, section 5.1.
    let about = [(header::CACHE_CONTROL, "no-store"), (header::PRAGMA, "no-cache")];
    (StatusCode::OK, about, Json(body)).into_response()
}

/// New tokens for a refresh token, which then works no more.
#[utoipa::path(post, path = "/api/auth/refresh", tag = "sign-in", request_body = Refresh,
    responses((status = 200, description = "New tokens", body = Tokens)))]
pub async fn refresh(State(api): State<Api>, headers: HeaderMap, body: Body) -> Result<Response, Detail> {
    let mut fields = input::object(&headers, body, api.read).await?;
    let token: String = fields.need("refresh_token", input::Fields::text);
    fields.done()?;
    match api.dispatch.renew_program(&token).await? {
        Some(signed) => Ok(tokens(&signed)),
        None => Err(Detail::new(StatusCode::UNAUTHORIZED, OVER)),
    }
}

/// The session's tokens work no more.
#[utoipa::path(post, path = "/api/auth/logout", tag = "sign-in", security(("bearer" = [])),
    responses((status = 204, description = "Signed out")))]
pub async fn logout(State(api): State<Api>, Who(caller): Who) -> Result<StatusCode, Detail> {
    api.dispatch.sign_out(&caller).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Who one is.
#[utoipa::path(get, path = "/api/auth/me", tag = "sign-in", security(("bearer" = [])),
    responses((status = 200, description = "The account", body = Me)))]
pub async fn me(Who(caller): Who) -> Json<Me> {
    let (account, role) = (caller.account(), caller.actor.role);
    Json(Me {
        id: account.id,
        username: account.name.clone(),
        role: role.map_or("none", Role::as_str),
        permissions: permissions(role),
    })
}

/// What a role may do, in the first direttore's words and order.
pub fn permissions(role: Option<Role>) -> &'static [&'static str] {
    const ALL: [&str; 9] = [
        "read:dashboard",
        "read:resources",
        "read:reservations",
        "write:provision",
        "write:reservations",
        "action:vm_power",
        "write:users",
        "delete:resources",
        "read:users",
    ];
    match role {
        None => &[],
        Some(Role::Viewer) => &ALL[..3],
        Some(Role::Operator) => &ALL[..6],
        Some(Role::Admin) => &ALL,
    }
}
