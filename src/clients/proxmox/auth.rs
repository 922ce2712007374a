//! Credentials for each request: a token, or a ticket that is renewed in time.
//!
//! A ticket lives two hours. It is renewed before that by posting it in the place of the password, and one login at a
//! time is under way: others wait for its end instead of logging in too.

use super::{
    Auth, Error,
    request::{ENCODED, Request},
    transport::Transport,
    wire,
};
use http::{HeaderMap, HeaderName, HeaderValue, header};
use percent_encoding::{AsciiSet, utf8_percent_encode};
use serde::Deserialize;
use std::{fmt, sync::Arc, time::Duration};
use tokio::{sync::Mutex, time::Instant};

/// Proxmox's `ticket_lifetime`.
const LIFE: Duration = Duration::from_secs(2 * 60 * 60);
const RENEW_AFTER: Duration = Duration::from_secs(90 * 60);
const CSRF: HeaderName = HeaderName::from_static("csrfpreventiontoken");
/// Proxmox decodes the header's value; what stands in ordinary token names is left readable.
const IN_TOKEN: &AsciiSet = &ENCODED.remove(b'@').remove(b'!').remove(b'=');

/// What proves who we are, for one request.
pub(super) struct Pass {
    /// Tells one ticket from the next.
    serial: u64,
    headers: HeaderMap,
    /// Wanted with a ticket on whatever changes something.
    csrf: Option<HeaderValue>,
    secrets: Vec<String>,
}

impl Pass {
    pub(super) fn headers(&self, request: &Request) -> HeaderMap {
        let mut headers = self.headers.clone();
        if let Some(csrf) = self.csrf.as_ref().filter(|_| request.method != reqwest::Method::GET) {
            headers.insert(CSRF, csrf.clone());
        }
        headers
    }

    pub(super) fn secrets(&self) -> impl Iterator<Item = &str> {
        self.secrets.iter().map(String::as_str)
    }
}

pub(super) enum Session {
    Token { id: String, pass: Arc<Pass> },
    Password { user: String, password: String, ticket: Mutex<Option<Ticket>>, renew_after: Duration },
}

pub(super) struct Ticket {
    text: String,
    since: Instant,
    pass: Arc<Pass>,
}

#[derive(Deserialize)]
struct LoginAnswer {
    #[serde(default, deserialize_with = "wire::string")]
    ticket: Option<String>,
    #[serde(default, rename = "CSRFPreventionToken", deserialize_with = "wire::string")]
    csrf: Option<String>,
    #[serde(default, rename = "NeedTFA", deserialize_with = "wire::flag")]
    needs_second_factor: bool,
}

impl Session {
    pub(super) fn new(auth: Auth) -> Result<Self, Error> {
        match auth {
            Auth::Token { id, secret } => {
                let has_form = id.split_once('@').is_some_and(|(user, rest)| {
                    !user.is_empty() && rest.split_once('!').is_some_and(|(r, t)| !r.is_empty() && !t.is_empty())
                });
                if !has_form || id.chars().any(|c| c.is_control() || c.is_whitespace()) {
                    let id = super::error::tidy(&id);
                    return Err(Error::Settings(format!("{id:?} is no token's name; right would be user@realm!token")));
                }
                if secret.trim().is_empty() {
                    return Err(Error::Settings(format!("the token {id} has no secret")));
                }
                let named = format!("{id}={}", secret.trim());
                let value = format!("PVEAPIToken={}", utf8_percent_encode(&named, IN_TOKEN));
                let headers = HeaderMap::from_iter([(header::AUTHORIZATION, sensitive(&value)?)]);
                let pass = Pass { serial: 0, headers, csrf: None, secrets: vec![secret.trim().to_owned()] };
                Ok(Self::Token { id, pass: Arc::new(pass) })
            }
            Auth::Password { user, password } => {
                if !user.split_once('@').is_some_and(|(u, realm)| !u.is_empty() && !realm.is_empty()) {
                    let user = super::error::tidy(&user);
                    return Err(Error::Settings(format!("{user:?} has no realm; right would be root@pam")));
                }
                if password.is_empty() {
                    return Err(Error::Settings(format!("the user {user} has no password")));
                }
                Ok(Self::Password { user, password, ticket: Mutex::new(None), renew_after: RENEW_AFTER })
            }
        }
    }

    /// With tickets that are due for renewal at another age than the usual one.
    #[cfg(test)]
    pub(super) fn renewing_after(mut self, age: Duration) -> Self {
        if let Self::Password { renew_after, .. } = &mut self {
            *renew_after = age;
        }
        self
    }

    pub(super) fn user(&self) -> &str {
        match self {
            Self::Token { id, .. } => id,
            Self::Password { user, .. } => user,
        }
    }

    /// Credentials that are valid as far as we know; logs in or renews the ticket when it is time.
    pub(super) async fn pass(&self, transport: &Transport) -> Result<Arc<Pass>, Error> {
        let (user, password, ticket, renew_after) = match self {
            Self::Token { pass, .. } => return Ok(Arc::clone(pass)),
            Self::Password { user, password, ticket, renew_after } => (user, password, ticket, *renew_after),
        };
        let mut ticket = ticket.lock().await;
        let old = match &*ticket {
            None => return log_in(user, password, &mut ticket, transport).await,
            Some(old) if old.since.elapsed() < renew_after => return Ok(Arc::clone(&old.pass)),
            Some(old) => Ticket { text: old.text.clone(), since: old.since, pass: Arc::clone(&old.pass) },
        };
        match log_in(user, &old.text, &mut ticket, transport).await {
            Err(Error::Credentials { .. }) => log_in(user, password, &mut ticket, transport).await,
            Err(error) if old.since.elapsed() < LIFE => {
                tracing::warn!("a ticket could not be renewed, the old one is used: {error}");
                Ok(old.pass)
            }
            other => other,
        }
    }

    /// Other credentials in the place of `refused`: a new login with the password, unless someone else has just made
    /// one. `None` when there is nothing else to offer (a token).
    pub(super) async fn pass_instead_of(
        &self,
        refused: &Pass,
        transport: &Transport,
    ) -> Result<Option<Arc<Pass>>, Error> {
        let Self::Password { user, password, ticket, .. } = self else { return Ok(None) };
        let mut ticket = ticket.lock().await;
        match &*ticket {
            Some(newer) if newer.pass.serial != refused.serial => Ok(Some(Arc::clone(&newer.pass))),
            _ => log_in(user, password, &mut ticket, transport).await.map(Some),
        }
    }
}

/// Puts a new ticket in the place of the old one. `password` may be a ticket that is still valid.
async fn log_in(
    user: &str,
    password: &str,
    ticket: &mut Option<Ticket>,
    transport: &Transport,
) -> Result<Arc<Pass>, Error> {
    let since = Instant::now();
    let request =
        Request::post(&["access", "ticket"]).repeatable().with("username", user).with_secret("password", password);
    let answer: LoginAnswer = wire::data(&transport.send(&request, None).await?)?;
    let text = answer.ticket.unwrap_or_default();
    if answer.needs_second_factor || text.starts_with("PVE:!tfa!") {
        return Err(Error::Credentials {
            why: format!("{user} must give a second factor, which no program can; an API token needs none"),
        });
    }
    let (false, Some(csrf)) = (text.is_empty(), answer.csrf) else {
        return Err(Error::Garbage { why: "a login was answered without a ticket".to_owned() });
    };
    let cookie = format!("PVEAuthCookie={}", utf8_percent_encode(&text, ENCODED));
    let pass = Arc::new(Pass {
        serial: ticket.as_ref().map_or(0, |old| old.pass.serial) + 1,
        headers: HeaderMap::from_iter([(header::COOKIE, sensitive(&cookie)?)]),
        csrf: Some(sensitive(&csrf)?),
        secrets: vec![text.clone(), csrf],
    });
    *ticket = Some(Ticket { text, since, pass: Arc::clone(&pass) });
    Ok(pass)
}

fn sensitive(value: &str) -> Result<HeaderValue, Error> {
    let mut value = HeaderValue::from_str(value)
        .map_err(|_| Error::Settings("the credentials hold characters that no header can carry".to_owned()))?;
    value.set_sensitive(true);
    Ok(value)
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session").field("user", &self.user()).finish_non_exhaustive()
    }
}
