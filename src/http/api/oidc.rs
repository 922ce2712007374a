//! `/api/auth/oidc/…`: sign-in by an identity provider. A browser is sent there, comes back with a code, and is given
//! tokens as for a password.
//!
//! What only that browser knows is in a cookie that no script reads and no other page sends along; what stands in
//! addresses is of no use without it.

use super::{Api, auth, shapes::Tokens, v1::Problem};
use crate::serve::Peer;
use axum::{
    Extension,
    extract::{RawQuery, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use direttore_core::dispatch::Back;
use direttore_domain::Trouble;
use std::{collections::HashMap, net::IpAddr};
use tokio::time::Instant;

/// How long the provider may take with somebody, in seconds.
const PATIENCE: u32 = 600;

/// Its name makes browsers take it from nobody but us, and only by TLS.
const SECURE: &str = "__Host-direttore-oidc";
/// On loopback there is no TLS.
const PLAIN: &str = "direttore-oidc";

/// Begin to sign in: to the identity provider.
#[utoipa::path(get, path = "/api/auth/oidc/login", tag = "sign-in",
    params(("return_to" = Option<String>, Query, description = "A path of this server, given back with the tokens"),
        ("link" = Option<String>, Query, description = "The code that /link showed: be that account from now on")),
    responses((status = 302, description = "The identity provider's page")))]
pub async fn login(
    State(api): State<Api>,
    Extension(Peer(from)): Extension<Peer>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let query = asked(query.as_deref());
    let given = |key: &str| query.get(key).map(String::as_str).filter(|text| !text.is_empty());
    // A page of somebody else's must not make whoever looks at it the same person as another account.
    let site = headers.get("sec-fetch-site").and_then(|site| site.to_str().ok()).unwrap_or("none");
    if given("link").is_some() && !matches!(site, "none" | "same-origin") {
        let said = "a code of /link is not taken from another site's page: open the address yourself";
        return Err(Problem::new(StatusCode::FORBIDDEN, "other-site", said));
    }
    let now = Instant::now();
    if let Some(wait) = api.wrong.unfinished.wait(&from, now) {
        api.dispatch.throttled();
        return Ok(too_many(wait.as_secs() + 1));
    }
    // Counted before it is begun, so that many at once are no more than many after one another.
    api.wrong.unfinished.count(from, now);
    let sent = match api.dispatch.send_to_provider(given("return_to"), given("link")).await {
        Ok(sent) => sent,
        Err(trouble) => {
            api.wrong.unfinished.uncount(&from);
            return Err(problem(trouble));
        }
    };
    let to = HeaderValue::from_str(&sent.to).map_err(|error| problem(Trouble::bug(error)))?;
    let cookie = cookie(api.dispatch.is_public_secure(), &sent.ticket, PATIENCE).map_err(problem)?;
    Ok((StatusCode::FOUND, [(header::LOCATION, to), (header::SET_COOKIE, cookie)]).into_response())
}

/// Come back from the identity provider: with its code, or with why there is none.
#[utoipa::path(get, path = "/api/auth/oidc/callback", tag = "sign-in",
    params(("state" = String, Query), ("code" = Option<String>, Query), ("error" = Option<String>, Query),
        ("iss" = Option<String>, Query)),
    responses((status = 200, description = "Signed in", body = Tokens)))]
pub async fn callback(
    State(api): State<Api>,
    Extension(Peer(from)): Extension<Peer>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Response {
    let mut response = match come_back(&api, from, &headers, query.as_deref()).await {
        Ok(response) => response,
        Err(trouble) => problem(trouble).into_response(),
    };
    if let Ok(gone) = cookie(api.dispatch.is_public_secure(), "", 0) {
        response.headers_mut().insert(header::SET_COOKIE, gone);
    }
    response
}

async fn come_back(api: &Api, from: IpAddr, headers: &HeaderMap, query: Option<&str>) -> Result<Response, Trouble> {
    let query = asked(query);
    let given = |key: &str| query.get(key).map(String::as_str);
    let back = Back {
        ticket: ticket(headers, api.dispatch.is_public_secure()),
        state: given("state"),
        code: given("code"),
        error: given("error"),
        issuer: given("iss"),
    };
    let entered = api.dispatch.back_from_provider(&back).await?;
    api.wrong.unfinished.uncount(&from);
    Ok(auth::tokens_and(&entered.signed, entered.return_to.as_deref()))
}

fn asked(query: Option<&str>) -> HashMap<String, String> {
    auth::form(query.unwrap_or_default().as_bytes())
}

fn name(is_secure: bool) -> &'static str {
    if is_secure { SECURE } else { PLAIN }
}

fn cookie(is_secure: bool, value: &str, seconds: u32) -> Result<HeaderValue, Trouble> {
    let secure = if is_secure { "; Secure" } else { "" };
    let text = format!("{}={value}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Lax{secure}", name(is_secure));
    HeaderValue::from_str(&text).map_err(Trouble::bug)
}

/// What the browser keeps. Of two under one name neither is believed.
fn ticket(headers: &HeaderMap, is_secure: bool) -> Option<&str> {
    let all = headers.get_all(header::COOKIE).iter().filter_map(|line| line.to_str().ok());
    let pairs = all.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
    let mut ours = pairs.filter(|(key, _)| *key == name(is_secure)).map(|(_, value)| value);
    ours.next().filter(|_| ours.next().is_none())
}

fn problem(trouble: Trouble) -> Problem {
    let status = match trouble.code() {
        // Too late is not the same as wrong: it may be worth another try.
        "no-answer" => Some(StatusCode::GATEWAY_TIMEOUT),
        // Where there is no provider there is nothing here, and nothing is wrong.
        "not-set-up" => Some(StatusCode::NOT_FOUND),
        _ => None,
    };
    if let Trouble::Failure(failure) = &trouble {
        tracing::warn!("a sign-in by the identity provider failed: {failure}");
    }
    let problem = Problem::with_hint(trouble);
    match status {
        Some(status) => problem.with_status(status),
        None => problem,
    }
}

fn too_many(seconds: u64) -> Response {
    let said = "too many sign-ins were begun from here and not finished; try again later";
    let mut response = Problem::new(StatusCode::TOO_MANY_REQUESTS, "too-often", said).into_response();
    response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    response
}

#[cfg(test)]
mod tests {
    use super::*;
    use direttore_domain::{Failure, Refusal};

    fn headers(lines: &[&'static str]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(header::COOKIE, HeaderValue::from_static(line));
        }
        headers
    }

    #[test]
    fn a_cookie_is_found_among_others_and_only_once() {
        let of = |lines: &[&'static str], is_secure| ticket(&headers(lines), is_secure).map(str::to_owned);
        let some = |text: &str| Some(text.to_owned());
        assert_eq!(of(&["a=b; __Host-direttore-oidc=xyz; c=d"], true), some("xyz"));
        assert_eq!(of(&["a=b", "direttore-oidc=xyz"], false), some("xyz"));
        assert_eq!(of(&["direttore-oidc=xyz"], true), None, "anybody could have set that one");
        assert_eq!(of(&["direttore-oidc=x; direttore-oidc=y"], false), None);
        assert_eq!(of(&["direttore-oidc=x", "direttore-oidc=y"], false), None);
        assert_eq!(of(&[], false), None);
    }

    #[test]
    fn a_cookie_is_for_that_browser_alone() {
        let told = |is_secure| cookie(is_secure, "x", 600).expect("a header").to_str().expect("text").to_owned();
        assert_eq!(told(true), "__Host-direttore-oidc=x; Path=/; Max-Age=600; HttpOnly; SameSite=Lax; Secure");
        assert_eq!(told(false), "direttore-oidc=x; Path=/; Max-Age=600; HttpOnly; SameSite=Lax");
    }

    #[test]
    fn the_askers_mistakes_the_providers_and_the_databases_are_told_apart() {
        let peer = || "id.example".to_owned();
        let why = String::new;
        let all: [(Trouble, u16); 8] = [
            (Refusal::WrongSignIn.into(), 400),
            (Refusal::SignInDenied { why: why() }.into(), 403),
            (Refusal::NoRole { who: why(), because: why() }.into(), 403),
            (Refusal::NotLinked { account: why() }.into(), 409),
            (Failure::Unreachable { peer: peer(), why: why() }.into(), 502),
            (Failure::Garbage { peer: peer(), why: why() }.into(), 502),
            (Failure::Slow { peer: peer(), seconds: 10 }.into(), 504),
            (Failure::Store { why: why() }.into(), 503),
        ];
        for (trouble, status) in all {
            let code = trouble.code();
            assert_eq!(problem(trouble).into_response().status().as_u16(), status, "{code}");
        }
    }
}
