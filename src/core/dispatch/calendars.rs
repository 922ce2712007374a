//! What programs write into the calendars that an account keeps for itself.
//!
//! A calendar program speaks no commands: it is let in by a token, reads the store, and writes through here, where
//! whose it is, the write and its audit row are one transaction. Nothing here knows what an event is.

use super::Dispatch;
use crate::{password, sure::Seen};
use direttore_domain::{Account, Failure, Instant, Origin, Surface, TokenKind, TokenSecret, Trouble};
use direttore_store::{
    StoreError, Tx,
    audit::{self, Entry},
    plain_calendar::{self, About},
    plain_object::{self, NewObject},
    token::{self, TokenRow},
};
use futures::future::BoxFuture;
use serde_json::{Value, json};

/// As many calendars as an account may have.
const CALENDARS: usize = 100;

/// A program that was let in, and as whom.
#[derive(Clone)]
pub struct Bearer {
    pub account: Account,
    /// The token's name.
    pub token: String,
    /// Where the token was made, and where what becomes of its reservations is told.
    pub told: Option<Origin>,
    hash: String,
}

/// What must be so for a write to happen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expects<'a> {
    Nothing,
    /// There is none yet.
    Absent,
    /// There is one.
    Present,
    /// It has one of these tags.
    Tags(&'a [String]),
}

impl Expects<'_> {
    /// Whether it is so of what has this tag, or is not there.
    pub fn holds(self, etag: Option<&str>) -> bool {
        match (self, etag) {
            (Self::Nothing, _) | (Self::Absent, None) | (Self::Present, Some(_)) => true,
            (Self::Tags(tags), Some(etag)) => tags.iter().any(|tag| tag == etag),
            _ => false,
        }
    }
}

/// How a write came out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Written {
    Created,
    Replaced,
    Deleted,
    /// What was to be changed is not there, or not any more.
    NotThere,
    /// It is not as it was expected to be.
    Stale,
    /// Another object has its UID: that one's name.
    UidTaken(String),
    /// A calendar of that name is there.
    Exists,
    /// There are as many as there may be.
    Full,
    /// The token was taken back meanwhile, or the account was disabled.
    NotLetIn,
}

/// A write that is under way.
struct Writing<'a> {
    tx: Tx,
    who: &'a Bearer,
    now: Instant,
}

impl Writing<'_> {
    async fn ends(mut self, what: &str, target: String, detail: Value) -> Result<(), StoreError> {
        let name = self.who.account.name.to_string();
        let entry = Entry {
            at: self.now,
            identity: format!("{}:{name}", Surface::Http),
            who: name,
            account_id: Some(self.who.account.id),
            channel: Surface::Http.to_string(),
            what: what.to_owned(),
            line: format!("(token {})", self.who.token),
            target,
            outcome: "done".to_owned(),
            detail,
            reference: None,
        };
        audit::record(&mut self.tx, &entry).await?;
        self.tx.commit().await
    }
}

pub(super) fn failure(error: StoreError) -> Failure {
    match Trouble::from(error) {
        Trouble::Failure(failure) => failure,
        other => Failure::Store { why: other.code().to_owned() },
    }
}

impl Dispatch {
    /// Whom the password of a calendar program lets in. Nobody: it is none, its time is over, it was taken back, or the
    /// account is disabled.
    ///
    /// # Errors
    /// The database's; likewise below.
    pub async fn enter_calendars(&self, secret: &str) -> Result<Option<Bearer>, Failure> {
        let Some(secret) = TokenSecret::typed(secret) else { return Ok(None) };
        let (hash, now) = (password::secret_hash(&secret), self.clock.now());
        let still = |(row, _): &(TokenRow, Account)| row.expires.is_none_or(|at| now < at);
        let seen = Seen::now(&self.store);
        let found = match self.bearers.get(&hash, seen).filter(still) {
            Some(known) => Some(known),
            None => self.bearer(&hash, seen, now).await.map_err(failure)?,
        };
        let found = found.filter(|(_, account)| !account.is_disabled);
        Ok(found.map(|(row, account)| Bearer { account, token: row.name.to_string(), told: row.told, hash }))
    }

    /// As the database has it.
    async fn bearer(&self, hash: &str, seen: Seen, now: Instant) -> Result<Option<(TokenRow, Account)>, StoreError> {
        let mut tx = self.store.glance().await?;
        let found = token::by_hash(&mut tx, TokenKind::Caldav, hash, now).await?;
        drop(tx);
        let Some((row, account)) = found else {
            self.bearers.forget(&hash.to_owned());
            return Ok(None);
        };
        self.bearers.put(hash.to_owned(), (row.clone(), account.clone()), seen);
        if row.is_due(now) && !account.is_disabled {
            self.note_use(row.id).await;
        }
        Ok(Some((row, account)))
    }

    /// Notes that a token was used. Who comes in is not kept out because nobody could note it.
    pub(super) fn note_use<'s>(&'s self, token: i64) -> BoxFuture<'s, ()> {
        Box::pin(async move {
            let noted = async {
                let mut tx = self.store.write().await?;
                token::used(&mut tx, token, self.clock.now()).await?;
                tx.commit().await
            };
            if let Err(error) = noted.await {
                tracing::debug!("the use of a token could not be noted: {error}");
            }
        })
    }

    /// `None` when the token lets nobody in any more.
    async fn writing<'a>(&self, who: &'a Bearer) -> Result<Option<Writing<'a>>, StoreError> {
        let now = self.clock.now();
        let mut tx = self.store.write().await?;
        let found = token::by_hash(&mut tx, TokenKind::Caldav, &who.hash, now).await?;
        let is_in = found.is_some_and(|(_, account)| !account.is_disabled && account.id == who.account.id);
        Ok(is_in.then_some(Writing { tx, who, now }))
    }

    /// Keeps an object in the calendar of that number, which is the bearer's.
    pub async fn put_object(
        &self,
        who: &Bearer,
        calendar: &str,
        new: &NewObject<'_>,
        expects: Expects<'_>,
    ) -> Result<Written, Failure> {
        self.try_put_object(who, calendar, new, expects).await.map_err(failure)
    }

    fn try_put_object<'s, 'a: 's>(
        &'s self,
        who: &'s Bearer,
        calendar: &'s str,
        new: &'s NewObject<'a>,
        expects: Expects<'a>,
    ) -> BoxFuture<'s, Result<Written, StoreError>> {
        Box::pin(async move {
            let Some(mut w) = self.writing(who).await? else { return Ok(Written::NotLetIn) };
            let Some(found) = plain_calendar::by_name(&mut w.tx, who.account.id, calendar).await? else {
                return Ok(Written::NotThere);
            };
            // First, for it is what others who write here wait for.
            let Some(rev) = plain_calendar::next_rev(&mut w.tx, found.id, w.now).await? else {
                return Ok(Written::NotThere);
            };
            let old = plain_object::etag(&mut w.tx, found.id, new.name).await?;
            if !expects.holds(old.as_deref()) {
                return Ok(Written::Stale);
            }
            if let Some(name) = plain_object::by_uid(&mut w.tx, found.id, new.uid).await?.filter(|n| n != new.name) {
                return Ok(Written::UidTaken(name));
            }
            plain_object::put(&mut w.tx, found.id, new, rev, w.now).await?;
            let written = if old.is_some() { Written::Replaced } else { Written::Created };
            let detail = json!({ "object": new.name, "uid": new.uid, "component": new.component, "etag": new.etag,
            "was": old });
            w.ends("calendar put", format!("calendar {calendar} of {}", who.account.name), detail).await?;
            Ok(written)
        })
    }

    pub async fn delete_object(
        &self,
        who: &Bearer,
        calendar: &str,
        name: &str,
        expects: Expects<'_>,
    ) -> Result<Written, Failure> {
        let done = async {
            let Some(mut w) = self.writing(who).await? else { return Ok(Written::NotLetIn) };
            let Some(found) = plain_calendar::by_name(&mut w.tx, who.account.id, calendar).await? else {
                return Ok(Written::NotThere);
            };
            let Some(rev) = plain_calendar::next_rev(&mut w.tx, found.id, w.now).await? else {
                return Ok(Written::NotThere);
            };
            let Some(old) = plain_object::etag(&mut w.tx, found.id, name).await? else {
                return Ok(Written::NotThere);
            };
            if !expects.holds(Some(&old)) {
                return Ok(Written::Stale);
            }
            plain_object::delete(&mut w.tx, found.id, name, rev, w.now).await?;
            let target = format!("calendar {calendar} of {}", who.account.name);
            w.ends("calendar delete", target, json!({ "object": name, "was": old })).await?;
            Ok(Written::Deleted)
        };
        done.await.map_err(failure)
    }

    /// A new calendar of the bearer's.
    pub async fn make_calendar(
        &self,
        who: &Bearer,
        name: &str,
        about: &About,
        components: &str,
    ) -> Result<Written, Failure> {
        let done = async {
            let Some(mut w) = self.writing(who).await? else { return Ok(Written::NotLetIn) };
            if plain_calendar::list(&mut w.tx, who.account.id).await?.len() >= CALENDARS {
                return Ok(Written::Full);
            }
            match plain_calendar::create(&mut w.tx, who.account.id, name, about, components, w.now).await {
                Ok(_) => {}
                Err(StoreError::Conflict(_)) => return Ok(Written::Exists),
                Err(error) => return Err(error),
            }
            let target = format!("calendar {name} of {}", who.account.name);
            w.ends("calendar make", target, json!({ "components": components })).await?;
            Ok(Written::Created)
        };
        done.await.map_err(failure)
    }

    /// What is said of a calendar, changed.
    pub async fn describe_calendar(&self, who: &Bearer, name: &str, about: &About) -> Result<Written, Failure> {
        let done = async {
            let Some(mut w) = self.writing(who).await? else { return Ok(Written::NotLetIn) };
            let Some(found) = plain_calendar::by_name(&mut w.tx, who.account.id, name).await? else {
                return Ok(Written::NotThere);
            };
            plain_calendar::describe(&mut w.tx, found.id, about, w.now).await?;
            let detail = json!({ "displayname": about.displayname, "color": about.color });
            w.ends("calendar describe", format!("calendar {name} of {}", who.account.name), detail).await?;
            Ok(Written::Replaced)
        };
        done.await.map_err(failure)
    }

    /// A calendar with all that is in it.
    pub async fn delete_calendar(&self, who: &Bearer, name: &str) -> Result<Written, Failure> {
        let done = async {
            let Some(mut w) = self.writing(who).await? else { return Ok(Written::NotLetIn) };
            let Some(found) = plain_calendar::by_name(&mut w.tx, who.account.id, name).await? else {
                return Ok(Written::NotThere);
            };
            plain_calendar::delete(&mut w.tx, found.id).await?;
            w.ends("calendar remove", format!("calendar {name} of {}", who.account.name), json!({})).await?;
            Ok(Written::Deleted)
        };
        done.await.map_err(failure)
    }
}
