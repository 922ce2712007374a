//! An identity provider, by OpenID Connect: where to send a person's browser, and who came back.
//!
//! The code flow with PKCE. [`Provider::address`] is where sign-in begins; [`Provider::claims`] takes the code that the
//! browser brought back and gives what the provider says of the person, once the ID token is proven ([`claims`]). What the
//! provider says of itself ([`found`]) is looked for when it is first needed, and again when it has become old, could not
//! be had, or a key is unknown. Nothing here keeps a sign-in, knows an account or gives a role.

mod claims;
mod error;
mod found;
mod transport;

#[cfg(test)]
mod tests;

pub use claims::at_path;
pub use error::Error;

use crate::said::{Secrets, tidy};
use claims::{Not, Rest, proven};
use direttore_domain::Instant;
use found::{Found, Tokens, Us};
use openidconnect::{
    AuthorizationCode, ClientId, ClientSecret, CsrfToken, IssuerUrl, Nonce, OAuth2TokenResponse, PkceCodeChallenge,
    PkceCodeVerifier, RedirectUrl, RequestTokenError, Scope, SubjectIdentifier, UserInfoClaims, UserInfoError,
    core::{CoreAuthenticationFlow, CoreErrorResponseType, CoreGenderClaim},
};
use serde_json::{Map, Value};
use std::{fmt, sync::Arc, time::Duration};
use tokio::{sync::Mutex, time::Instant as Moment};
use transport::Transport;

#[derive(Clone)]
pub struct Settings {
    /// As the provider writes it, a slash at its end included.
    pub issuer: String,
    pub client_id: String,
    /// A client without one proves by PKCE alone that the code is its own.
    pub client_secret: Option<String>,
    pub scopes: Vec<String>,
    /// Where the provider sends browsers back to.
    pub redirect: String,
    /// Claims that are asked for at the userinfo endpoint when the ID token lacks them, as paths.
    pub wants: Vec<String>,
    /// Certificates of authorities that are trusted besides the system's.
    pub ca_pem: Option<String>,
    pub connect: Duration,
    pub read: Duration,
}

/// What only the browser that began knows, or can show: each is used for one sign-in.
pub struct Secret {
    pub state: String,
    pub nonce: String,
    pub verifier: String,
}

/// What the provider says of a person.
#[derive(Debug, Clone, PartialEq)]
pub struct Said {
    /// Who it is, as the issuer tells its people apart.
    pub subject: String,
    pub claims: Map<String, Value>,
}

/// What is seen of a provider, for those who look after it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Looked {
    pub endpoints: Vec<String>,
    /// What its ID tokens may be signed with: `RS256`.
    pub algorithms: Vec<String>,
    pub keys: usize,
}

/// What a provider said of itself is taken for so long.
const KEPT: Duration = Duration::from_secs(3600);
/// Whoever waited while it was asked in vain does not ask at once again.
const VAIN: Duration = Duration::from_secs(2);
/// Keys that nobody knows send us to it no more often.
const KEYS: Duration = Duration::from_secs(30);

pub struct Provider {
    us: Us,
    scopes: Vec<Scope>,
    wants: Vec<String>,
    transport: Transport,
    known: Mutex<Known>,
}

#[derive(Default)]
struct Known {
    found: Option<(Arc<Found>, Moment)>,
    vain: Option<(Error, Moment)>,
    keys: Option<Moment>,
}

impl Provider {
    /// # Errors
    /// [`Error::Settings`]. Nothing is asked yet.
    pub fn new(settings: Settings) -> Result<Self, Error> {
        let transport = Transport::new(&settings)?;
        let wrong = |what: &str, given: &str| Error::Settings(format!("{} is no address ({what})", tidy(given)));
        let us = Us {
            issuer: IssuerUrl::new(settings.issuer.clone()).map_err(|_| wrong("issuer", &settings.issuer))?,
            id: ClientId::new(settings.client_id),
            secret: settings.client_secret.map(ClientSecret::new),
            redirect: RedirectUrl::new(settings.redirect.clone()).map_err(|_| wrong("redirect", &settings.redirect))?,
        };
        // The library asks for it anyhow.
        let scopes = settings.scopes.into_iter().filter(|scope| scope != "openid").map(Scope::new).collect();
        Ok(Self { us, scopes, wants: settings.wants, transport, known: Mutex::default() })
    }

    pub fn issuer(&self) -> &str {
        self.us.issuer.as_str()
    }

    /// Where a browser is sent to sign in.
    ///
    /// # Errors
    /// The provider cannot be asked about itself.
    pub async fn address(&self, secret: &Secret) -> Result<String, Error> {
        let found = self.found().await?;
        let (state, nonce) = (CsrfToken::new(secret.state.clone()), Nonce::new(secret.nonce.clone()));
        let verifier = PkceCodeVerifier::new(secret.verifier.clone());
        let (url, ..) = found
            .client
            .authorize_url(CoreAuthenticationFlow::AuthorizationCode, || state, || nonce)
            .add_scopes(self.scopes.iter().cloned())
            .set_pkce_challenge(PkceCodeChallenge::from_code_verifier_sha256(&verifier))
            .url();
        Ok(url.into())
    }

    /// What the provider says of the person whose browser brought the code.
    ///
    /// # Errors
    /// [`Error::Code`] when the code is not good; [`Error::NotProven`] when the answer does not prove who it is from.
    pub async fn claims(&self, code: &str, secret: &Secret, now: Instant) -> Result<Said, Error> {
        let found = self.found().await?;
        let tokens = self.exchange(&found, code, secret).await?;
        let (found, mut claims) = match proven(&found, &tokens, &secret.nonce, now) {
            Ok(claims) => (found, claims),
            Err(Not::Accepted(error)) => return Err(error),
            Err(Not::OfAKnownKey(error)) => {
                let newer = self.newer(&found).await?.ok_or(error)?;
                match proven(&newer, &tokens, &secret.nonce, now) {
                    Ok(claims) => (newer, claims),
                    Err(Not::Accepted(error) | Not::OfAKnownKey(error)) => return Err(error),
                }
            }
        };
        let subject = claims.get("sub").and_then(Value::as_str).unwrap_or_default().to_owned();
        if subject.is_empty() {
            return Err(Error::NotProven { why: "it is of nobody (sub)".to_owned() });
        }
        if found.has_userinfo && self.wants.iter().any(|path| at_path(&claims, path).is_none()) {
            // What is signed comes before what is only told.
            for (name, value) in self.userinfo(&found, &tokens, &subject).await? {
                claims.entry(name).or_insert(value);
            }
        }
        Ok(Said { subject, claims })
    }

    /// What it says of itself just now.
    ///
    /// # Errors
    /// Why it cannot be used.
    pub async fn look(&self) -> Result<Looked, Error> {
        let found = Found::at(&self.us, &self.transport).await?;
        let name = |algorithm| serde_json::to_value(algorithm).ok().and_then(|name| Some(name.as_str()?.to_owned()));
        Ok(Looked {
            algorithms: found.algorithms.iter().filter_map(name).collect(),
            endpoints: found.endpoints,
            keys: found.keys,
        })
    }

    async fn exchange(&self, found: &Found, code: &str, secret: &Secret) -> Result<Tokens, Error> {
        let verifier = PkceCodeVerifier::new(secret.verifier.clone());
        let request = found
            .client
            .exchange_code(AuthorizationCode::new(code.to_owned()))
            .map_err(|error| Error::Garbage { why: error.to_string() })?
            .set_pkce_verifier(verifier);
        request.request_async(&self.transport).await.map_err(|error| match error {
            RequestTokenError::Request(error) => error,
            RequestTokenError::ServerResponse(said) => {
                let ours = self.us.secret.as_ref().map_or("", |secret| secret.secret());
                let hidden = Secrets(vec![code, &secret.verifier, ours]);
                let why = tidy(&hidden.hide(&said.to_string()));
                match said.error() {
                    CoreErrorResponseType::InvalidGrant => Error::Code,
                    CoreErrorResponseType::InvalidClient | CoreErrorResponseType::UnauthorizedClient => {
                        Error::Credentials { why }
                    }
                    _ => Error::Refused { why },
                }
            }
            // What came may hold tokens: where it stops making sense is all that is told.
            RequestTokenError::Parse(error, _) => Error::Garbage {
                why: format!("no tokens can be read from it (at {})", tidy(&error.path().to_string())),
            },
            RequestTokenError::Other(why) => Error::Garbage { why: tidy(&why) },
        })
    }

    async fn userinfo(&self, found: &Found, tokens: &Tokens, subject: &str) -> Result<Map<String, Value>, Error> {
        let subject = SubjectIdentifier::new(subject.to_owned());
        let request = found.client.user_info(tokens.access_token().clone(), Some(subject));
        let request = request.map_err(|error| Error::Garbage { why: error.to_string() })?;
        let asked: Result<UserInfoClaims<Rest, CoreGenderClaim>, _> = request.request_async(&self.transport).await;
        let said = asked.map_err(|error| match error {
            UserInfoError::Request(error) => error,
            UserInfoError::ClaimsVerification(error) => Error::NotProven { why: tidy(&format!("userinfo: {error}")) },
            UserInfoError::Response(status, ..) => Error::Refused { why: format!("userinfo ({})", status.as_u16()) },
            _ => Error::Garbage { why: "userinfo".to_owned() },
        })?;
        match serde_json::to_value(said) {
            Ok(Value::Object(claims)) => Ok(claims),
            _ => Err(Error::Garbage { why: "userinfo".to_owned() }),
        }
    }

    /// What it said of itself, not long ago or just now. Of many who want to know at once one asks.
    async fn found(&self) -> Result<Arc<Found>, Error> {
        let mut known = self.known.lock().await;
        let old = match &known.found {
            Some((found, since)) if since.elapsed() < KEPT => return Ok(Arc::clone(found)),
            Some((found, _)) => Some(Arc::clone(found)),
            None => None,
        };
        let error = match &known.vain {
            Some((error, since)) if since.elapsed() < VAIN => error.clone(),
            _ => match known.ask(&self.us, &self.transport).await {
                Ok(found) => return Ok(found),
                Err(error) => error,
            },
        };
        old.ok_or(error)
    }

    /// What it says of itself now, when that may be something else than what was `used`.
    async fn newer(&self, used: &Arc<Found>) -> Result<Option<Arc<Found>>, Error> {
        let mut known = self.known.lock().await;
        match &known.found {
            Some((found, _)) if !Arc::ptr_eq(found, used) => return Ok(Some(Arc::clone(found))),
            _ if known.keys.is_some_and(|since| since.elapsed() < KEYS) => return Ok(None),
            _ => {}
        }
        known.keys = Some(Moment::now());
        known.ask(&self.us, &self.transport).await.map(Some)
    }
}

impl Known {
    async fn ask(&mut self, us: &Us, transport: &Transport) -> Result<Arc<Found>, Error> {
        match Found::at(us, transport).await {
            Ok(found) => {
                let found = Arc::new(found);
                self.found = Some((Arc::clone(&found), Moment::now()));
                self.vain = None;
                Ok(found)
            }
            Err(error) => {
                self.vain = Some((error.clone(), Moment::now()));
                Err(error)
            }
        }
    }
}

impl fmt::Debug for Provider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Provider").field("issuer", &self.issuer()).finish_non_exhaustive()
    }
}
