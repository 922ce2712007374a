//! A name and a password become a session, and its tokens.

use super::{Caller, callers::Provided};
use crate::{
    Clock,
    dispatch::{Dispatch, calendars::failure, measured, record::with_request, reference},
    password,
    signed::Use,
};
use direttore_domain::{
    Account, AccountName, Claims, Failure, Identity, Surface, Trouble,
    text::{shorten, visible},
};
use direttore_store::{
    StoreError, Tx, account,
    audit::{self, Entry},
    session::{self, NewSession, Renewed},
};
use futures::future::BoxFuture;
use serde_json::{Value, json};

/// What a session's holder is given.
#[derive(Clone)]
pub struct SignedIn {
    pub access: String,
    pub refresh: String,
}

/// How somebody came whom an identity provider knows.
pub(super) struct Way {
    /// Once it is known.
    pub identity: Option<Identity>,
    pub called: String,
    pub issuer: String,
}

impl Way {
    /// In the audit log it is the identity, not what it is called.
    pub fn put(&self, mut entry: Entry) -> Entry {
        if let Some(identity) = &self.identity {
            entry.identity = identity.to_string();
        }
        "(sign-in by the identity provider)".clone_into(&mut entry.line);
        entry
    }
}

/// More than anybody types; hashing it would only take time.
const LONGEST: usize = 1024;

impl Dispatch {
    /// Nobody: no such account, a wrong password, or a disabled account; whichever it is, it takes as long.
    ///
    /// # Errors
    /// The database's.
    pub async fn sign_in_program(&self, name: &str, given: &str) -> Result<Option<SignedIn>, Trouble> {
        let name = self.folded(name);
        let (stored, account) = match &name {
            Some(name) => {
                let mut tx = self.store.read().await?;
                (account::password_hash(&mut tx, name).await?, account::by_name(&mut tx, name).await?)
            }
            None => (None, None),
        };
        let usable = stored.as_deref().filter(|_| given.len() <= LONGEST);
        let shown = &given[..given.floor_char_boundary(LONGEST)];
        let fits = self.passwords.check(shown, usable).await.map_err(Trouble::bug)?;
        let called = name.as_ref().map_or("(no name)", AccountName::as_str);
        let Some(account) = account.filter(|account| fits && !account.is_disabled) else {
            let entry = self.sign_in_entry(called, None, "refused", json!({ "code": "wrong-password" }));
            self.recorder.later(entry);
            measured::sign_in("refused");
            return Ok(None);
        };
        let anew = match stored.as_deref().filter(|stored| self.passwords.is_outdated(stored)) {
            Some(_) => Some(self.passwords.hash(given).await.map_err(Trouble::bug)?),
            None => None,
        };
        let mut tx = self.store.write().await?;
        // Hashing takes a while: another password may be set meanwhile, or the account disabled.
        if account::credentials(&mut tx, account.id).await? != Some((stored, false)) {
            drop(tx);
            let entry = self.sign_in_entry(called, None, "refused", json!({ "code": "wrong-password" }));
            self.recorder.later(entry);
            return Ok(None);
        }
        if let Some(hash) = anew {
            account::set_password(&mut tx, account.id, Some(&hash)).await?;
        }
        let signed = self.begin_session(&mut tx, &account, &Claims::default(), "").await?;
        let entry = self.sign_in_entry(called, Some(account.id), "done", Value::Null);
        audit::record(&mut tx, &entry).await?;
        tx.commit().await?;
        measured::sign_in("accepted");
        Ok(Some(signed))
    }

    pub(super) fn begin_session<'s>(
        &'s self,
        tx: &'s mut Tx,
        account: &'s Account,
        claims: &'s Claims,
        provided: &'s str,
    ) -> BoxFuture<'s, Result<SignedIn, Trouble>> {
        Box::pin(async move {
            let (now, first) = (Clock::wall(), password::make_number().map_err(Trouble::bug)?);
            let expires = now + self.rules.signer.lasts();
            let new = NewSession { account_id: account.id, current: &first, claims: provided, now, expires };
            let sid = session::begin(tx, &new).await?;
            self.tokens(account, claims, sid, &first)
        })
    }

    fn tokens(&self, account: &Account, claims: &Claims, sid: i64, jti: &str) -> Result<SignedIn, Trouble> {
        let given = self.rules.roles.given(Surface::Http, claims).map(|(role, _)| role);
        let (whose, now) = ((&account.name, account.role.max(given)), Clock::wall());
        let own = password::make_number().map_err(Trouble::bug)?;
        let signer = &self.rules.signer;
        let access = signer.token(Use::Access, whose, sid, &own, now);
        let refresh = signer.token(Use::Refresh, whose, sid, jti, now);
        let (Some(access), Some(refresh)) = (access, refresh) else {
            return Err(Trouble::bug("a token is not signed"));
        };
        Ok(SignedIn { access, refresh })
    }

    /// New tokens for a refresh token, which then does no more. One that is shown twice was copied: its session ends.
    ///
    /// # Errors
    /// The database's.
    pub async fn renew_program(&self, refresh: &str) -> Result<Option<SignedIn>, Trouble> {
        let renewed = self.renewed(refresh).await?;
        measured::sign_in(if renewed.is_some() { "accepted" } else { "refused" });
        Ok(renewed)
    }

    fn renewed<'s>(&'s self, refresh: &'s str) -> BoxFuture<'s, Result<Option<SignedIn>, Trouble>> {
        Box::pin(async move {
            let now = Clock::wall();
            let Some(said) = self.rules.signer.read(refresh, Use::Refresh, now) else { return Ok(None) };
            let next = password::make_number().map_err(Trouble::bug)?;
            let mut tx = self.store.write().await?;
            let found = session::find(&mut tx, said.sid, now).await?;
            let is_theirs =
                |found: &session::Session| !found.account.is_disabled && found.account.name.as_str() == said.sub;
            let Some(found) = found.filter(is_theirs) else { return Ok(None) };
            // What a provider said of somebody is taken for so long and no longer, however often it is renewed.
            let expires = if found.claims.is_empty() { now + self.rules.signer.lasts() } else { found.expires };
            match session::renew(&mut tx, said.sid, &said.jti, &next, now, expires).await? {
                Renewed::Yes => {
                    let claims = Provided::read(&found.claims);
                    let signed = self.tokens(&found.account, &claims, said.sid, &next)?;
                    tx.commit().await?;
                    Ok(Some(signed))
                }
                Renewed::Copied { account_id } => {
                    let detail = json!({ "code": "refresh-token-used-twice", "session_ended": true });
                    let entry = self.sign_in_entry(found.account.name.as_str(), Some(account_id), "refused", detail);
                    audit::record(&mut tx, &entry).await?;
                    tx.commit().await?;
                    Ok(None)
                }
                Renewed::No => Ok(None),
            }
        })
    }

    /// Ends the session that the caller came in by.
    ///
    /// # Errors
    /// The database's.
    pub async fn sign_out(&self, who: &Caller) -> Result<(), Failure> {
        let Some(id) = who.session() else { return Ok(()) };
        let entry = {
            let name = who.account().name.as_str();
            Entry {
                what: "sign-out".to_owned(),
                ..self.sign_in_entry(name, Some(who.account().id), "done", Value::Null)
            }
        };
        let ended = async {
            let mut tx = self.store.write().await?;
            session::revoke(&mut tx, id, Clock::wall()).await?;
            audit::record(&mut tx, &entry).await?;
            tx.commit().await
        };
        ended.await.map_err(|error: StoreError| failure(error))?;
        Ok(())
    }

    /// Names are those of our accounts, however they are capitalised.
    fn folded(&self, name: &str) -> Option<AccountName> {
        name.trim().to_lowercase().parse().ok()
    }

    pub(super) fn sign_in_entry(&self, name: &str, account_id: Option<i64>, outcome: &str, detail: Value) -> Entry {
        let who = shorten(&visible(name), 100);
        let identity = Identity { surface: Surface::Http, subject: who.clone() };
        Entry {
            at: self.clock.now(),
            identity: identity.to_string(),
            target: format!("account {who}"),
            who,
            account_id,
            channel: format!("{}:{}", Surface::Http, super::callers::CHANNEL),
            what: "sign-in".to_owned(),
            line: "(sign-in)".to_owned(),
            outcome: outcome.to_owned(),
            detail: with_request(detail),
            reference: (outcome == "failed").then(reference),
        }
    }
}
