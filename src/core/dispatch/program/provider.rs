//! Somebody whom an identity provider knows gets a session: sent there by [`Dispatch::send_to_provider`], let in by
//! [`Dispatch::back_from_provider`] when they come back.
//!
//! Who it is hangs on issuer and subject alone. Whom their groups give a role gets an account at first use, never one
//! that exists; to be the same person as an account is said with the code of `/link`.

use super::{SignedIn, callers::Provided, sign_in::Way};
use crate::{
    Clock,
    dispatch::{Dispatch, actor::TRIES, measured},
    oidc::{Oidc, Person, Ticket},
    password,
};
use direttore_domain::{Account, AccountName, Failure, Instant, LinkCode, Refusal, Surface, Trouble};
use direttore_store::{
    StoreError, Tx, account, audit, link_code,
    oidc::{self, Begun},
};
use futures::future::BoxFuture;
use serde_json::json;
use std::time::Duration;

/// How long somebody may take at the provider.
const PATIENCE: Duration = Duration::from_secs(600);

/// The longest path that is kept.
const PATH: usize = 512;

/// Where a browser is to go, and what it is to bring back.
pub struct Sent {
    pub to: String,
    /// For that browser alone.
    pub ticket: String,
}

/// What a browser brings from the provider.
#[derive(Default)]
pub struct Back<'a> {
    pub ticket: Option<&'a str>,
    pub state: Option<&'a str>,
    pub code: Option<&'a str>,
    pub error: Option<&'a str>,
    pub issuer: Option<&'a str>,
}

/// Who was let in, and where they wanted to go.
pub struct Entered {
    pub signed: SignedIn,
    pub return_to: Option<String>,
}

impl Dispatch {
    /// Whether browsers come by TLS, as far as is said; then what they keep is never sent without it.
    pub fn is_public_secure(&self) -> bool {
        self.rules.public_url.as_ref().is_some_and(|url| url.starts_with("https://"))
    }

    /// Sends a browser to sign in. `return_to`: a path of ours; `code`: what `/link` showed.
    ///
    /// # Errors
    /// `not-set-up`; `bad-value` for a path that leads elsewhere; the provider's and the database's failures.
    pub async fn send_to_provider(&self, return_to: Option<&str>, code: Option<&str>) -> Result<Sent, Trouble> {
        let provider = self.provider()?;
        let return_to = return_to.unwrap_or_default();
        if !return_to.is_empty() && !is_path(return_to) {
            return Err(Refusal::BadValue {
                option: "return_to".to_owned(),
                given: return_to.chars().take(100).collect(),
                what: "path of this server",
                right: "a path like /docs, of up to 512 characters".to_owned(),
            }
            .into());
        }
        let code = code.map(|code| LinkCode::typed(code).ok_or(Refusal::WrongCode)).transpose()?;
        let ticket = Ticket::drawn().map_err(Trouble::bug)?;
        // Before anything is kept: nobody is sent to a provider that is away.
        let to = provider.address(&ticket).await?;
        let begun = Begun {
            return_to: return_to.to_owned(),
            code_hash: code.as_ref().map(password::code_hash).unwrap_or_default(),
        };
        let now = Clock::wall();
        let mut tx = self.store.write().await?;
        oidc::begin(&mut tx, &ticket.hash(), &begun, now, now + PATIENCE).await?;
        tx.commit().await?;
        Ok(Sent { to, ticket: ticket.text() })
    }

    /// Lets in whoever comes back, once.
    ///
    /// # Errors
    /// `wrong-sign-in`, `sign-in-denied`, `no-role`, `not-linked`, `wrong-code`, `account-disabled`; the provider's and the
    /// database's failures.
    pub async fn back_from_provider(&self, back: &Back<'_>) -> Result<Entered, Trouble> {
        let entered = self.entered(back).await;
        measured::sign_in(if entered.is_ok() { "accepted" } else { "refused" });
        entered
    }

    fn entered<'s, 'a: 's>(&'s self, back: &'s Back<'a>) -> BoxFuture<'s, Result<Entered, Trouble>> {
        Box::pin(async move {
            let provider = self.provider()?;
            let ticket = back.ticket.and_then(Ticket::shown).ok_or(Refusal::WrongSignIn)?;
            if back.state != Some(ticket.state().as_str()) {
                return Err(Refusal::WrongSignIn.into());
            }
            let mut tx = self.store.write().await?;
            let begun = oidc::take(&mut tx, &ticket.hash(), Clock::wall()).await?;
            tx.commit().await?;
            let begun = begun.ok_or(Refusal::WrongSignIn)?;
            let mut way =
                Way { identity: None, called: "(nobody yet)".to_owned(), issuer: provider.issuer().to_owned() };
            let signed = match self.person(provider, back, &ticket).await {
                Ok(person) => {
                    way.identity = Some(person.identity.clone());
                    way.called.clone_from(&person.claims.name);
                    self.settled(provider, &person, &begun, &way).await
                }
                Err(trouble) => Err(trouble),
            };
            match signed {
                Ok(signed) => Ok(Entered { signed, return_to: Some(begun.return_to).filter(|path| !path.is_empty()) }),
                Err(trouble) => {
                    let outcome = if matches!(trouble, Trouble::Refusal(_)) { "refused" } else { "failed" };
                    let detail = json!({ "code": trouble.code(), "issuer": way.issuer });
                    let entry = way.put(self.sign_in_entry(&way.called, None, outcome, detail));
                    self.recorder.later(entry);
                    Err(trouble)
                }
            }
        })
    }

    fn provider(&self) -> Result<&Oidc, Refusal> {
        let missing = Refusal::NotSetUp { what: "sign-in by an identity provider", key: "oidc.issuer" };
        self.rules.oidc.as_ref().ok_or(missing)
    }

    async fn person(&self, provider: &Oidc, back: &Back<'_>, ticket: &Ticket) -> Result<Person, Trouble> {
        // RFC 9207: of several providers, it is the one that was asked.
        if back.issuer.is_some_and(|issuer| issuer != provider.issuer()) {
            return Err(Refusal::WrongSignIn.into());
        }
        if let Some(error) = back.error {
            return Err(Refusal::SignInDenied { why: word(error) }.into());
        }
        let code = back.code.filter(|code| !code.is_empty()).ok_or(Refusal::WrongSignIn)?;
        let maps = |group: &str| self.rules.roles.ids(Surface::Http).any(|id| id == group);
        provider.person(code, ticket, maps).await
    }

    async fn settled(&self, provider: &Oidc, person: &Person, begun: &Begun, way: &Way) -> Result<SignedIn, Trouble> {
        let mut tries = 1;
        loop {
            let mut tx = self.store.write().await?;
            let settled = match self.their_account(&mut tx, provider, person, begun, way).await {
                Ok(account) => self.let_in(&mut tx, person, &account, way).await,
                Err(not) => Err(not),
            };
            match settled {
                Ok(signed) => {
                    tx.commit().await?;
                    return Ok(signed);
                }
                // On PostgreSQL two may write at once: the same person twice, or two who are called alike.
                Err(Settling::Taken) if tries < TRIES => tries += 1,
                Err(Settling::Taken) => return Err(Trouble::bug("an account is taken each time it is looked for")),
                Err(Settling::Not(trouble)) => return Err(trouble),
            }
        }
    }

    /// Whose account the identity is, or becomes.
    async fn their_account(
        &self,
        tx: &mut Tx,
        provider: &Oidc,
        person: &Person,
        begun: &Begun,
        way: &Way,
    ) -> Result<Account, Settling> {
        let now = self.clock.now();
        let known = account::by_identity(tx, &person.identity).await?;
        if !begun.code_hash.is_empty() {
            let account = self.meant(tx, &begun.code_hash, now).await?;
            if let Some(other) = known.filter(|known| known.id != account.id) {
                let why = format!(
                    "it is account {}'s already; sign in without the code, say /link there, and its code elsewhere",
                    other.name
                );
                let subject = "this sign-in".to_owned();
                return Err(Refusal::WrongState { subject, verb: "be linked".to_owned(), why }.into());
            }
            account::link(tx, &person.identity, account.id).await?;
            self.noted(tx, way, &account, "(linked)").await?;
            return Ok(account);
        }
        if let Some(account) = known {
            return Ok(account);
        }
        let who = person.claims.name.as_str();
        if self.rules.roles.given(Surface::Http, &person.claims).is_none() {
            let because = "none of the groups that the identity provider tells gives a role (oidc.roles)".to_owned();
            let who = if who.is_empty() { "whoever signed in".to_owned() } else { word(who) };
            return Err(Refusal::NoRole { who, because }.into());
        }
        if who.is_empty() {
            let why = format!("it says no {} of the person (oidc.name_claim)", provider.name_claim());
            return Err(Failure::Upstream { peer: "the identity provider".to_owned(), why }.into());
        }
        let name = AccountName::like(who, 1);
        if self.is_meant(&name) || account::by_name(tx, &name).await?.is_some() {
            return Err(Refusal::NotLinked { account: name.to_string() }.into());
        }
        let account = account::create(tx, &name, None, None, now).await?;
        account::link(tx, &person.identity, account.id).await?;
        self.noted(tx, way, &account, "(first use)").await?;
        Ok(account)
    }

    async fn meant(&self, tx: &mut Tx, code_hash: &str, now: Instant) -> Result<Account, Settling> {
        let account = match link_code::take(tx, code_hash, now).await? {
            Some(id) => account::by_id(tx, id).await?,
            None => None,
        };
        account.ok_or_else(|| Refusal::WrongCode.into())
    }

    async fn noted(&self, tx: &mut Tx, way: &Way, account: &Account, line: &str) -> Result<(), StoreError> {
        let detail = json!({ "issuer": way.issuer });
        let mut entry = way.put(self.sign_in_entry(account.name.as_str(), Some(account.id), "done", detail));
        (entry.what, entry.line) = ("link".to_owned(), line.to_owned());
        audit::record(tx, &entry).await?;
        Ok(())
    }

    async fn let_in(&self, tx: &mut Tx, person: &Person, account: &Account, way: &Way) -> Result<SignedIn, Settling> {
        // Held until the session is there, so that whoever disables the account ends it too.
        let is_enabled = matches!(account::credentials(tx, account.id).await?, Some((_, false)));
        if !is_enabled {
            return Err(Refusal::AccountDisabled { account: account.name.to_string() }.into());
        }
        let given = self.rules.roles.given(Surface::Http, &person.claims);
        if account.role.is_none() && given.is_none() {
            let because = "the account has none, and none of the groups that the identity provider tells gives one";
            return Err(Refusal::NoRole { who: account.name.to_string(), because: because.to_owned() }.into());
        }
        let detail = json!({ "issuer": way.issuer, "group": given.map(|(_, group)| group) });
        let entry = way.put(self.sign_in_entry(account.name.as_str(), Some(account.id), "done", detail));
        let provided = Provided::text(&person.claims);
        let signed = self.begin_session(tx, account, &person.claims, &provided).await?;
        audit::record(tx, &entry).await?;
        Ok(signed)
    }
}

/// Why nobody was settled yet.
enum Settling {
    /// Somebody else wrote what was free a moment ago.
    Taken,
    Not(Trouble),
}

impl From<StoreError> for Settling {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Conflict(_) => Self::Taken,
            error => Self::Not(error.into()),
        }
    }
}

impl From<Trouble> for Settling {
    fn from(trouble: Trouble) -> Self {
        Self::Not(trouble)
    }
}

impl From<Refusal> for Settling {
    fn from(refusal: Refusal) -> Self {
        Self::Not(refusal.into())
    }
}

impl From<Failure> for Settling {
    fn from(failure: Failure) -> Self {
        Self::Not(failure.into())
    }
}

/// A path of ours, as a browser understands it: what begins otherwise leads to somebody else's page.
fn is_path(text: &str) -> bool {
    let is_plain = text.len() <= PATH && text.bytes().all(|b| b.is_ascii_graphic() && b != b'\\');
    is_plain && text.starts_with('/') && !text.starts_with("//")
}

/// What comes from outside, fit to be shown.
fn word(text: &str) -> String {
    direttore_domain::text::shorten(&direttore_domain::text::visible(text), 100)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_paths_of_ours_are_paths() {
        for path in ["/", "/docs", "/a/b?c=d#e", "/%2f%2fevil.example", "/a//b"] {
            assert!(is_path(path), "{path}");
        }
        let long = format!("/{}", "a".repeat(PATH));
        let others = [
            "",
            "docs",
            "//evil.example",
            "/\\evil.example",
            "\\/evil.example",
            "https://evil.example",
            "/a b",
            "/\tevil",
            "/\n/evil.example",
            " /docs",
            "/ą",
            "javascript:alert(1)",
            &long,
        ];
        for other in others {
            assert!(!is_path(other), "{other:?}");
        }
    }
}
