//! A booking calendar as the protocol wants one.

use super::{
    Booked,
    entry::{Entry, with_names},
    refused::refused,
    said::unbookable,
    shown, stored,
};
use crate::caldav::{
    calendar::{Answer, Calendar, Changes, Object, Put, Wanted},
    ics::object::Kept,
    no::No,
    path,
    plain::store,
};
use axum::http::StatusCode;
use direttore_core::dispatch::{Bearer, Expects};
use direttore_domain::{Refusal, ResourceKey, Trouble, text};
use direttore_store::{plain_calendar::About, reservation};
use sha2::{Digest, Sha256};
use std::{collections::HashMap, sync::Arc};

/// Names that are told to who said none that is known.
const TOLD: usize = 20;

pub(super) fn etag(text: &str) -> String {
    let hash: String = Sha256::digest(text).iter().take(16).map(|b| format!("{b:02x}")).collect();
    format!("\"{hash}\"")
}

impl Booked {
    pub(super) fn object(&self, name: String, entry: &Entry) -> Object {
        let body = entry.text(self.key.is_none());
        Object {
            name,
            etag: etag(&body),
            component: "VEVENT".to_owned(),
            size: i64::try_from(body.len()).unwrap_or(i64::MAX),
            body,
            changed: entry.changed(),
            span: entry.span(),
        }
    }

    /// After the change of that number.
    fn token_of(&self, change: i64) -> String {
        format!("data:,{}-{}-{change}", self.mark(), self.day())
    }

    /// Who a pool's members are can change, and a named thing be made anew. What has no row yet has had no change.
    fn mark(&self) -> String {
        let of = match &self.key {
            Some(ResourceKey::Pool(_) | ResourceKey::Named(_)) => {
                format!("{} {:?} {:?}", self.name, self.number, self.of)
            }
            _ => self.name.clone(),
        };
        Sha256::digest(of).iter().take(4).map(|b| format!("{b:02x}")).collect()
    }

    /// The change and the day of a token of this calendar.
    fn read_token(&self, token: &str) -> Option<(i64, i64)> {
        let mut parts = token.strip_prefix("data:,")?.splitn(3, '-');
        let (mark, day, change) = (parts.next()?, parts.next()?.parse().ok()?, parts.next()?.parse().ok()?);
        (mark == self.mark() && change <= self.change && day <= self.day()).then_some((day, change))
    }

    async fn try_changes(&self, since: Option<&str>, limit: Option<usize>) -> Result<Option<Changes>, No> {
        let since = match since {
            None => None,
            Some(token) => match self.read_token(token) {
                // What is over for long went at some midnight.
                Some((day, change)) if day == self.day() => Some(change),
                _ => return Ok(None),
            },
        };
        if since.is_none() && limit.is_none() {
            let all = self.shown(None, None).await?.into_iter().map(|(name, entry)| {
                let tag = self.object(String::new(), &entry).etag;
                (name, Some(tag))
            });
            return Ok(Some(Changes { all: all.collect(), token: self.token_of(self.change), is_cut: false }));
        }
        let mut tx = self.dispatch.store.read().await.map_err(store)?;
        let mut found = stored::changed(&mut tx, &self.of, since.unwrap_or(0)).await.map_err(store)?;
        if since.is_none() {
            found.retain(|(held, _)| self.has(held) && held.ends > self.oldest());
        }
        let mut token = self.change;
        let mut is_cut = false;
        let last =
            limit.filter(|limit| *limit < found.len()).and_then(|limit| Some(found.get(limit.checked_sub(1)?)?.1));
        // What others may still come before is told now and once more, so it is no place to go on from.
        if let Some(last) = last.filter(|last| *last < self.change) {
            let kept = found.iter().take_while(|(_, change)| *change <= last).count();
            is_cut = kept < found.len();
            token = if is_cut { last + 1 } else { token };
            found.truncate(kept);
        }
        let found = self.entries(&mut tx, found.into_iter().map(|(held, _)| held).collect()).await?;
        drop(tx);
        let (there, gone): (Vec<_>, Vec<_>) = found.into_iter().partition(|entry| self.is_shown(entry));
        let gone = gone.iter().filter(|_| since.is_some());
        let mut all: HashMap<String, Option<String>> = gone.map(|entry| (shown::name(entry.first()), None)).collect();
        for (name, entry) in with_names(there) {
            let tag = self.object(String::new(), &entry).etag;
            all.insert(name, Some(tag));
        }
        // What is gone may have left its name to another.
        let left: Vec<String> = all.iter().filter(|(_, tag)| tag.is_none()).map(|(name, _)| name.clone()).collect();
        let left: Vec<&str> = left.iter().map(String::as_str).collect();
        if !left.is_empty() {
            for (name, entry) in Booked::named(self, &left).await? {
                let tag = self.object(String::new(), &entry).etag;
                all.insert(name, Some(tag));
            }
        }
        let mut all: Vec<_> = all.into_iter().collect();
        all.sort_unstable();
        Ok(Some(Changes { all, token: self.token_of(token), is_cut }))
    }

    /// What is in one's own calendar is of what its LOCATION names.
    pub(super) async fn what(&self, who: &Bearer, location: &str) -> Result<(Vec<String>, usize), No> {
        if let Some(key) = &self.key {
            return Ok((vec![key.to_string()], 1));
        }
        let mut counts: Vec<usize> = Vec::new();
        let mut what = Vec::new();
        for name in location.split([',', '\n']).map(str::trim).filter(|name| !name.is_empty()) {
            let counted = name.split_once(" of ").and_then(|(n, name)| Some((n.trim().parse().ok()?, name.trim())));
            let (count, name) = counted.unwrap_or((1, name));
            counts.push(count);
            what.push(name.to_owned());
        }
        counts.dedup();
        match counts.as_slice() {
            [count] => Ok((what, *count)),
            [] => {
                let all = self.dispatch.bookable(who).await.map_err(refused)?;
                let mut names: Vec<String> = all.iter().take(TOLD).map(|thing| thing.name.clone()).collect();
                if all.len() > TOLD {
                    names.push(format!("{} more", all.len() - TOLD));
                }
                let names = if names.is_empty() { "nothing yet".to_owned() } else { text::list(&names) };
                Err(unbookable(format!("LOCATION says what is reserved, and it is empty; there is {names}")))
            }
            _ => Err(unbookable("of several things so many of each are reserved as of the others")),
        }
    }

    /// With the other event that has the UID, where the bearer can see it.
    pub(super) async fn told(&self, trouble: Trouble, uid: &str) -> No {
        let is_taken = matches!(trouble, Trouble::Refusal(Refusal::Exists { .. }));
        let no = refused(trouble);
        if !is_taken {
            return no;
        }
        let Ok(mut tx) = self.dispatch.store.read().await else { return no };
        match reservation::by_uid(&mut tx, uid).await {
            Ok(Some(held)) if held.account_id == Some(self.account) => {
                no.about(path::calendar(&self.user, super::MINE) + &path::encoded(&shown::name(&held)))
            }
            _ => no,
        }
    }
}

impl Calendar for Booked {
    fn name(&self) -> &str {
        &self.name
    }

    fn about(&self) -> &About {
        &self.about
    }

    fn components(&self) -> &str {
        "VEVENT"
    }

    fn token(&self) -> String {
        self.token_of(self.change)
    }

    fn is_writable(&self) -> bool {
        self.may_book
    }

    fn list<'a>(&'a self, wanted: Wanted<'a>) -> Answer<'a, Vec<Arc<Object>>> {
        Box::pin(async move {
            if wanted.component.is_some_and(|component| component != "VEVENT") {
                return Ok(vec![]);
            }
            let all = self.shown(wanted.from, wanted.to).await?;
            let mut all: Vec<_> = all.into_iter().map(|(name, entry)| Arc::new(self.object(name, &entry))).collect();
            all.sort_unstable_by(|a, b| a.name.cmp(&b.name));
            Ok(all)
        })
    }

    fn named<'a>(&'a self, names: &'a [&'a str]) -> Answer<'a, Vec<Object>> {
        Box::pin(async move {
            let found = Booked::named(self, names).await?;
            Ok(found.into_iter().map(|(name, entry)| self.object(name, &entry)).collect())
        })
    }

    fn changes<'a>(&'a self, since: Option<&'a str>, limit: Option<usize>) -> Answer<'a, Option<Changes>> {
        Box::pin(self.try_changes(since, limit))
    }

    fn put<'a>(
        &'a self,
        who: &'a Bearer,
        name: &'a str,
        text: &'a str,
        kept: &'a Kept,
        expects: Expects<'a>,
    ) -> Answer<'a, Put> {
        Box::pin(self.try_put(who, name, text, &kept.uid, expects))
    }

    fn delete<'a>(&'a self, who: &'a Bearer, name: &'a str, expects: Expects<'a>) -> Answer<'a, ()> {
        Box::pin(self.try_delete(who, name, expects))
    }

    fn describe<'a>(&'a self, _: &'a Bearer, _: &'a About) -> Answer<'a, ()> {
        Box::pin(async { Err(fixed("what is said of a booking calendar is what is said of the thing (/resource)")) })
    }

    fn remove<'a>(&'a self, _: &'a Bearer) -> Answer<'a, ()> {
        Box::pin(async { Err(fixed("a booking calendar is there as long as what it is of")) })
    }
}

fn fixed(why: &str) -> No {
    No::dav(StatusCode::FORBIDDEN, "need-privileges", why)
}
