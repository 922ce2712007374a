//! Who a token is of. What the database said is kept for as long as it is sure, so that a request needs no question of it.

use crate::{
    Clock,
    dispatch::{Dispatch, Heard, What, calendars::failure},
    password,
    signed::Use,
    sure::Seen,
};
use direttore_domain::{Account, Actor, Claims, Failure, Identity, Origin, Surface, TokenKind, TokenSecret};
use direttore_store::{session, token};
use futures::future::BoxFuture;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Where what is heard from programs comes from, as grants name it after `http:`.
pub(super) const CHANNEL: &str = "api";

/// A program that acts for an account. Cheap to clone: each request has its own.
#[derive(Debug, Clone)]
pub struct Caller {
    pub actor: Arc<Actor>,
    /// What is heard whenever it asks: with what the identity provider said when they signed in, and what it was let in
    /// by.
    pub(super) heard: Arc<Heard>,
    account: Arc<Account>,
    key: Key,
}

impl Caller {
    pub fn account(&self) -> &Account {
        &self.account
    }

    /// The number of the session, where somebody signed in.
    pub fn session(&self) -> Option<i64> {
        match self.key {
            Key::Session(id) => Some(id),
            Key::Token(_) => None,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(in crate::dispatch) enum Key {
    Session(i64),
    Token([u8; 32]),
}

/// What a session keeps of the identity provider's word.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Provided {
    pub name: String,
    pub groups: Vec<String>,
}

impl Provided {
    pub fn read(text: &str) -> Claims {
        let Provided { name, groups } = serde_json::from_str(text).unwrap_or_default();
        Claims { name, roles: groups }
    }

    pub fn text(claims: &Claims) -> String {
        let provided = Self { name: claims.name.clone(), groups: claims.roles.clone() };
        serde_json::to_string(&provided).expect("names are text")
    }
}

impl Dispatch {
    /// Whom a token lets in: one that was signed here, or an API token. Nobody: it is none, its time is over, it was
    /// taken back, or the account is disabled.
    ///
    /// # Errors
    /// The database's.
    pub async fn enter(&self, given: &str) -> Result<Option<Caller>, Failure> {
        let mut named = None;
        let key = if given.contains('.') {
            match self.rules.signer.read(given, Use::Access, Clock::wall()) {
                Some(said) => {
                    let key = Key::Session(said.sid);
                    named = Some(said);
                    key
                }
                None => return Ok(None),
            }
        } else {
            match TokenSecret::typed(given) {
                Some(secret) => Key::Token(password::secret_digest(&secret)),
                None => return Ok(None),
            }
        };
        // A database that was restored gives numbers of sessions again.
        let is_theirs = |caller: &Caller| named.as_ref().is_none_or(|said| caller.account.name.as_str() == said.sub);
        Ok(self.by_key(key).await?.filter(is_theirs))
    }

    /// Whether what let somebody in still does.
    ///
    /// # Errors
    /// The database's.
    pub async fn is_still_in(&self, who: &Caller) -> Result<bool, Failure> {
        Ok(self.by_key(who.key).await?.is_some())
    }

    async fn by_key(&self, key: Key) -> Result<Option<Caller>, Failure> {
        let seen = Seen::now(&self.store);
        if let Some(caller) = self.callers.get(&key, seen) {
            return Ok(Some(caller));
        }
        let caller = match key {
            Key::Session(id) => self.by_session(id).await?,
            Key::Token(digest) => self.by_token(&digest).await?,
        };
        match &caller {
            Some(caller) => self.callers.put(key, caller.clone(), seen),
            None => self.callers.forget(&key),
        }
        Ok(caller)
    }

    fn by_session<'s>(&'s self, id: i64) -> BoxFuture<'s, Result<Option<Caller>, Failure>> {
        Box::pin(async move {
            let mut tx = self.store.glance().await.map_err(failure)?;
            let found = session::find(&mut tx, id, Clock::wall()).await.map_err(failure)?;
            drop(tx);
            let Some(found) = found.filter(|found| !found.account.is_disabled) else { return Ok(None) };
            let claims = Provided::read(&found.claims);
            self.caller(found.account, claims, "(signed in)".to_owned(), Key::Session(id)).await.map(Some)
        })
    }

    fn by_token<'s>(&'s self, digest: &'s [u8; 32]) -> BoxFuture<'s, Result<Option<Caller>, Failure>> {
        Box::pin(async move {
            let (hash, now) = (password::hex(digest), self.clock.now());
            let mut tx = self.store.glance().await.map_err(failure)?;
            let found = token::by_hash(&mut tx, TokenKind::Api, &hash, now).await.map_err(failure)?;
            drop(tx);
            let Some((row, account)) = found.filter(|(_, account)| !account.is_disabled) else { return Ok(None) };
            if row.is_due(now) {
                self.note_use(row.id).await;
            }
            self.caller(account, Claims::default(), format!("(token {})", row.name), Key::Token(*digest))
                .await
                .map(Some)
        })
    }

    async fn caller(&self, account: Account, claims: Claims, by: String, key: Key) -> Result<Caller, Failure> {
        let actor = Arc::new(self.actor_by_token(&account, &claims).await.map_err(failure)?);
        let identity = Identity { surface: Surface::Http, subject: account.name.to_string() };
        let origin = Origin { surface: Surface::Http, channel: CHANNEL.to_owned() };
        let heard = Arc::new(Heard { identity, claims, origin, what: What::Say(by) });
        Ok(Caller { actor, heard, account: Arc::new(account), key })
    }
}
