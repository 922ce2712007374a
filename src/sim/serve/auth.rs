//! Who calls: by cookie and ticket, or by API token.

use crate::api::{Who, ticket};
use crate::world::World;
use http::{HeaderMap, Method, header};
use percent_encoding::percent_decode_str;

fn decoded(text: &str) -> String {
    percent_decode_str(text).decode_utf8_lossy().into_owned()
}

/// The token's header value, `USER@REALM!TOKENID=SECRET`, if one was sent.
pub fn token(headers: &HeaderMap) -> Option<String> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let at = value.find("PVEAPIToken").filter(|at| *at == 0 || value[..*at].ends_with(char::is_whitespace))?;
    let rest = value[at..].strip_prefix("PVEAPIToken")?.strip_prefix(['=', ' '])?;
    Some(decoded(rest.split(';').next()?))
}

fn cookie(headers: &HeaderMap) -> Option<String> {
    let values = headers.get_all(header::COOKIE).iter().filter_map(|v| v.to_str().ok());
    let mut parts = values.flat_map(|v| v.split(';')).map(str::trim);
    parts.find_map(|part| part.strip_prefix("PVEAuthCookie=").map(decoded))
}

/// # Errors
/// The words of the 401.
pub fn caller(world: &World, method: &Method, headers: &HeaderMap, now: u64) -> Result<Who, &'static str> {
    let seconds = now / 1000;
    // The newest versions tell nobody why.
    let words = |cause: &'static str| if world.is_version_8() { cause } else { "Authentication failed!" };
    if let Some(given) = cookie(headers) {
        let user = ticket::user_of(world, &given, seconds).ok_or(words("permission denied - invalid PVE ticket"))?;
        let csrf = headers.get("CSRFPreventionToken").and_then(|v| v.to_str().ok()).unwrap_or_default();
        if *method != Method::GET && !ticket::is_csrf(world, &user, csrf, seconds) {
            return Err("Permission denied - invalid csrf token");
        }
        return Ok(Who { user, token: None });
    }
    let given = token(headers).ok_or("No ticket")?;
    by_token(world, &given, seconds).ok_or(words("invalid token value!"))
}

fn by_token(world: &World, given: &str, seconds: u64) -> Option<Who> {
    let (full, secret) = given.rsplit_once('=')?;
    let (name, id) = full.split_once('!')?;
    let user = world.users.users.get(name).filter(|user| !user.is_disabled)?;
    let token = user.tokens.get(id)?;
    let is_good = token.secret == secret && !token.is_revoked && (token.expire == 0 || token.expire > seconds);
    is_good.then(|| Who { user: name.to_owned(), token: Some(id.to_owned()) })
}
