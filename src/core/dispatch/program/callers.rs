//! Who a token is of. What the database said is kept for a moment, so that a request needs no question of it; whatever
//! is changed through this process counts with the next request.

use crate::{
    Clock,
    dispatch::{Dispatch, calendars::failure},
    password,
    signed::Use,
};
use direttore_domain::{Account, Actor, Claims, Failure, TokenKind, TokenSecret};
use direttore_store::{session, token};
use serde::{Deserialize, Serialize};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};
use tokio::time::Instant as Moment;

/// What other processes change counts here after this.
const KEPT: Duration = Duration::from_millis(500);
/// As many are kept in mind.
const MOST: usize = 10_000;

/// A program that acts for an account.
#[derive(Debug, Clone)]
pub struct Caller {
    pub actor: Arc<Actor>,
    /// What the identity provider said when they signed in.
    pub claims: Claims,
    /// What it was let in by, for the audit log.
    pub(super) by: String,
    account: Account,
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
enum Key {
    Session(i64),
    Token([u8; 32]),
}

/// Who was who a moment ago.
#[derive(Default)]
pub(in crate::dispatch) struct Callers {
    kept: Mutex<Kept>,
}

#[derive(Default)]
struct Kept {
    /// Counts what was changed: what was read before a change is not kept after it.
    changes: u64,
    entries: HashMap<Key, (Moment, Caller)>,
}

impl Callers {
    /// Something about accounts, their roles, grants or tokens was changed.
    pub fn forget(&self) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.changes += 1;
        kept.entries.clear();
    }

    /// Whoever it is, or the count to put them in with.
    fn get(&self, key: Key) -> Result<Caller, u64> {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let found = kept.entries.get(&key).filter(|(until, _)| Moment::now() < *until);
        found.map(|(_, caller)| caller.clone()).ok_or(kept.changes)
    }

    fn put(&self, key: Key, seen: u64, read: Moment, caller: Caller) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.changes != seen {
            return;
        }
        if kept.entries.len() >= MOST {
            kept.entries.clear();
        }
        kept.entries.insert(key, (read + KEPT, caller));
    }
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
                    named = Some(said.sub);
                    Key::Session(said.sid)
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
        let is_theirs = |caller: &Caller| named.as_deref().is_none_or(|name| caller.account.name.as_str() == name);
        let seen = match self.callers.get(key) {
            Ok(caller) => return Ok(Some(caller).filter(is_theirs)),
            Err(seen) => seen,
        };
        Ok(self.by_key(key, seen).await?.filter(is_theirs))
    }

    /// Whether what let somebody in still does.
    ///
    /// # Errors
    /// The database's.
    pub async fn is_still_in(&self, who: &Caller) -> Result<bool, Failure> {
        match self.callers.get(who.key) {
            Ok(_) => Ok(true),
            Err(seen) => Ok(self.by_key(who.key, seen).await?.is_some()),
        }
    }

    async fn by_key(&self, key: Key, seen: u64) -> Result<Option<Caller>, Failure> {
        let read = Moment::now();
        let caller = match key {
            Key::Session(id) => self.by_session(id).await?,
            Key::Token(digest) => self.by_token(&digest).await?,
        };
        if let Some(caller) = &caller {
            self.callers.put(key, seen, read, caller.clone());
        }
        Ok(caller)
    }

    async fn by_session(&self, id: i64) -> Result<Option<Caller>, Failure> {
        let mut tx = self.store.read().await.map_err(failure)?;
        let found = session::find(&mut tx, id, Clock::wall()).await.map_err(failure)?;
        drop(tx);
        let Some(found) = found.filter(|found| !found.account.is_disabled) else { return Ok(None) };
        let claims = Provided::read(&found.claims);
        self.caller(found.account, claims, "(signed in)".to_owned(), Key::Session(id)).await.map(Some)
    }

    async fn by_token(&self, digest: &[u8; 32]) -> Result<Option<Caller>, Failure> {
        let (hash, now) = (password::hex(digest), self.clock.now());
        let mut tx = self.store.read().await.map_err(failure)?;
        let found = token::by_hash(&mut tx, TokenKind::Api, &hash, now).await.map_err(failure)?;
        drop(tx);
        let Some((row, account)) = found.filter(|(_, account)| !account.is_disabled) else { return Ok(None) };
        if row.is_due(now) {
            self.note_use(row.id).await;
        }
        self.caller(account, Claims::default(), format!("(token {})", row.name), Key::Token(*digest)).await.map(Some)
    }

    async fn caller(&self, account: Account, claims: Claims, by: String, key: Key) -> Result<Caller, Failure> {
        let actor = self.actor_by_token(&account, &claims).await.map_err(failure)?;
        Ok(Caller { actor: Arc::new(actor), claims, by, account, key })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use direttore_domain::{Identity, Surface};

    fn caller(name: &str) -> Caller {
        let account = Account {
            id: 1,
            name: name.parse().expect("a name"),
            role: None,
            is_disabled: false,
            zone: "UTC".to_owned(),
        };
        let actor = Actor {
            identity: Identity { surface: Surface::Http, subject: name.to_owned() },
            account: Some(account.clone()),
            role: None,
            because: String::new(),
            grants: vec![],
            groups: vec![],
        };
        Caller { actor: Arc::new(actor), claims: Claims::default(), by: String::new(), account, key: Key::Session(1) }
    }

    #[tokio::test(start_paused = true)]
    async fn who_was_read_before_a_change_is_not_kept_after_it() {
        let (callers, key) = (Callers::default(), Key::Session(1));
        let seen = callers.get(key).expect_err("nobody yet");
        callers.put(key, seen, Moment::now(), caller("alice"));
        assert!(callers.get(key).is_ok());
        callers.forget();
        let seen_again = callers.get(key).expect_err("forgotten");
        // Read while the change was under way.
        callers.put(key, seen, Moment::now(), caller("alice"));
        assert!(callers.get(key).is_err());
        callers.put(key, seen_again, Moment::now(), caller("alice"));
        assert!(callers.get(key).is_ok());
        tokio::time::advance(KEPT).await;
        assert!(callers.get(key).is_err(), "others may have changed it");
    }
}
