//! Calendars that are subscribed to: found by their secret, rendered once for as long as they stay the same.
//!
//! [`kept`] has what was rendered. While nothing was written through this process it is shown as it is, for a moment
//! also without asking the database, which other processes may have written to; then the database says by a mark
//! whether it is still right. [`calendar`] makes the calendar's values of reservations.
//!
//! Never here: a secret in a log, or kept.

mod calendar;
mod kept;
pub mod packed;

pub use kept::Shown;

use crate::{caldav::http_date, error::Refused, limit::Limit};
use axum::http::HeaderValue;
use direttore_core::dispatch::{Dispatch, FeedContent, FeedFound, FeedKey};
use kept::{Entry, Kept};
use std::{net::IpAddr, sync::Arc, time::Duration};
use tokio::time::Instant as Moment;

pub struct Feeds {
    dispatch: Arc<Dispatch>,
    kept: Kept,
    /// For addresses that ask by wrong secrets.
    wrong: Limit<IpAddr>,
}

impl Feeds {
    pub fn new(dispatch: Arc<Dispatch>) -> Self {
        Self { dispatch, kept: Kept::default(), wrong: Limit::new(30, Duration::from_secs(2)) }
    }

    /// The feed of a secret, for who asks from there.
    pub async fn shown(&self, secret: &str, from: IpAddr) -> Result<Shown, Refused> {
        let key = FeedKey::of(secret);
        // Before anything is read, so that what is written meanwhile counts as later.
        let (seen, now) = ((self.dispatch.written(), Moment::now()), self.dispatch.clock.now());
        let had = key.as_ref().and_then(|key| self.kept.get(key));
        if let Some(entry) = had.as_ref().filter(|entry| entry.is_sure(seen, now)) {
            return Ok(entry.shown.clone());
        }
        // Who knows a secret is not kept out by others at the same address who guess.
        if had.is_none() && !self.wrong.allows(&from, seen.1) {
            return Err(Refused::TooOften);
        }
        let Some(key) = key else { return Err(self.refused(from)) };
        let known = had.as_ref().filter(|entry| now < entry.until).and_then(|entry| entry.mark.as_ref());
        let found = self.dispatch.feed(&key, known).await.map_err(|failure| {
            tracing::warn!("a calendar feed is not answered: {failure}");
            Refused::Unavailable
        })?;
        match (found, had) {
            (FeedFound::Same, Some(entry)) => {
                let shown = entry.shown.clone();
                self.kept.put(key, entry.seen_again(seen));
                Ok(shown)
            }
            (FeedFound::New(content), _) => {
                let entry = rendered(*content, seen).await?;
                let shown = entry.shown.clone();
                self.kept.put(key, entry);
                Ok(shown)
            }
            (FeedFound::Nothing | FeedFound::Same, _) => {
                self.kept.forget(&key);
                Err(self.refused(from))
            }
        }
    }

    /// Whether the second that a date names is over.
    pub fn is_past(&self, date: &HeaderValue) -> bool {
        let now = self.dispatch.clock.now();
        // What another process wrote may be seen a second late.
        [now, now - Duration::from_secs(1), now - Duration::from_secs(2)]
            .iter()
            .all(|at| *date != http_date(*at).as_str())
    }

    /// What is of nobody's feed, and kept by nobody.
    pub async fn rendered(&self, content: FeedContent) -> Result<Shown, Refused> {
        Ok(rendered(content, (self.dispatch.written(), Moment::now())).await?.shown)
    }

    fn refused(&self, from: IpAddr) -> Refused {
        self.wrong.count(from, Moment::now());
        Refused::NoSuchPath
    }
}

/// Long calendars take a while; other requests need not wait for it.
async fn rendered(content: FeedContent, seen: (u64, Moment)) -> Result<Entry, Refused> {
    let made = tokio::task::spawn_blocking(move || {
        let body = calendar::of(&content).to_ics();
        Entry::new(&content, body, seen)
    });
    made.await.map_err(|error| {
        tracing::error!("a calendar feed could not be rendered: {error}");
        Refused::Unavailable
    })
}
