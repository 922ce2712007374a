//! Calendars that an account keeps for itself.

use super::{
    calendar::{Answer, Calendar, Changes, Object, Put, Wanted},
    heads::{Heads, Listed},
    ics::object::Kept,
    no::No,
    path,
};
use axum::http::StatusCode;
use direttore_core::dispatch::{Bearer, Dispatch, Expects, Written};
use direttore_store::{
    StoreError,
    plain_calendar::{self, About, PlainCalendar},
    plain_object::{self, NewObject, PlainObject, Span},
};
use sha2::{Digest, Sha256};
use std::sync::Arc;

pub struct Plain {
    dispatch: Arc<Dispatch>,
    heads: Arc<Heads>,
    user: String,
    row: PlainCalendar,
}

impl Plain {
    /// An account's, by its part of the path.
    pub async fn find(
        dispatch: &Arc<Dispatch>,
        heads: &Arc<Heads>,
        who: &Bearer,
        name: &str,
    ) -> Result<Option<Self>, No> {
        let mut tx = dispatch.store.read().await.map_err(store)?;
        let row = plain_calendar::by_name(&mut tx, who.account.id, name).await.map_err(store)?;
        Ok(row.map(|row| Self::new(dispatch, heads, who, row)))
    }

    /// All of an account's.
    pub async fn all(dispatch: &Arc<Dispatch>, heads: &Arc<Heads>, who: &Bearer) -> Result<Vec<Self>, No> {
        let mut tx = dispatch.store.read().await.map_err(store)?;
        let rows = plain_calendar::list(&mut tx, who.account.id).await.map_err(store)?;
        Ok(rows.into_iter().map(|row| Self::new(dispatch, heads, who, row)).collect())
    }

    fn new(dispatch: &Arc<Dispatch>, heads: &Arc<Heads>, who: &Bearer, row: PlainCalendar) -> Self {
        Self { dispatch: Arc::clone(dispatch), heads: Arc::clone(heads), user: who.account.name.to_string(), row }
    }

    /// After the change of that number. The calendar's own number is in it: one that is made anew under the same name is
    /// another one.
    fn token_of(&self, rev: i64) -> String {
        format!("data:,{}-{rev}", self.row.id)
    }

    fn rev_of(&self, token: &str) -> Option<i64> {
        let (id, rev) = token.strip_prefix("data:,")?.split_once('-')?;
        let rev = rev.parse().ok()?;
        (id.parse() == Ok(self.row.id) && (self.row.forgotten_rev..=self.row.rev).contains(&rev)).then_some(rev)
    }

    /// All that is in it, without the texts.
    async fn heads(&self) -> Result<Listed, No> {
        let (id, rev) = (self.row.id, self.row.rev);
        if let Some(kept) = self.heads.get(id, rev) {
            return Ok(kept);
        }
        let mut tx = self.dispatch.store.read().await.map_err(store)?;
        let rows = plain_object::list(&mut tx, id, plain_object::Wanted::default(), false).await.map_err(store)?;
        let listed: Listed = Arc::new(rows.into_iter().map(object).map(Arc::new).collect());
        self.heads.keep(id, rev, &listed);
        Ok(listed)
    }

    fn object_href(&self, name: &str) -> String {
        path::calendar(&self.user, &self.row.name) + &path::encoded(name)
    }
}

/// As the database decides it.
fn is_wanted(object: &Object, wanted: Wanted<'_>) -> bool {
    let Span { start, end, .. } = object.span;
    let starts = wanted.to.is_none_or(|to| start.is_none_or(|start| start < to));
    let is_at = |from: i64| start == Some(from) && end == Some(from);
    let ends = wanted.from.is_none_or(|from| end.is_none_or(|end| end > from) || is_at(from));
    starts && ends && wanted.component.is_none_or(|component| object.component == component)
}

pub fn store(error: StoreError) -> No {
    No::from(direttore_domain::Failure::from(error))
}

fn object(row: PlainObject) -> Object {
    Object {
        name: row.name,
        etag: row.etag,
        component: row.component,
        body: row.body,
        size: row.size,
        changed: row.changed,
        span: row.span,
    }
}

/// A tag of what is in it: the same text has the same one.
fn etag(text: &str) -> String {
    let hash: String = Sha256::digest(text).iter().take(16).map(|b| format!("{b:02x}")).collect();
    format!("\"{hash}\"")
}

/// What a write that did not happen is answered with.
pub fn refusal(written: &Written) -> No {
    match written {
        Written::Stale => No::stale(),
        Written::NotLetIn => No::not_let_in(),
        Written::Exists => {
            No::dav(StatusCode::FORBIDDEN, "resource-must-be-null", "there is something under this name already")
        }
        Written::Full => {
            No::dav(StatusCode::INSUFFICIENT_STORAGE, "quota-not-exceeded", "there are as many as there may be")
        }
        _ => No::not_found(),
    }
}

impl Calendar for Plain {
    fn name(&self) -> &str {
        &self.row.name
    }

    fn about(&self) -> &About {
        &self.row.about
    }

    fn components(&self) -> &str {
        &self.row.components
    }

    fn token(&self) -> String {
        self.token_of(self.row.rev)
    }

    fn is_writable(&self) -> bool {
        true
    }

    fn list<'a>(&'a self, wanted: Wanted<'a>) -> Answer<'a, Vec<Arc<Object>>> {
        Box::pin(async move {
            if !wanted.bodies {
                let all = self.heads().await?;
                return Ok(all.iter().filter(|object| is_wanted(object, wanted)).cloned().collect());
            }
            let mut tx = self.dispatch.store.read().await.map_err(store)?;
            let of = plain_object::Wanted { component: wanted.component, from: wanted.from, to: wanted.to };
            let rows = plain_object::list(&mut tx, self.row.id, of, true).await.map_err(store)?;
            Ok(rows.into_iter().map(object).map(Arc::new).collect())
        })
    }

    fn named<'a>(&'a self, names: &'a [&'a str]) -> Answer<'a, Vec<Object>> {
        Box::pin(async move {
            let mut tx = self.dispatch.store.read().await.map_err(store)?;
            let rows = match names {
                [name] => plain_object::get(&mut tx, self.row.id, name).await.map(|row| row.into_iter().collect()),
                names => plain_object::named(&mut tx, self.row.id, names).await,
            };
            Ok(rows.map_err(store)?.into_iter().map(object).collect())
        })
    }

    fn changes<'a>(&'a self, since: Option<&'a str>, limit: Option<usize>) -> Answer<'a, Option<Changes>> {
        Box::pin(async move {
            let rev = match since {
                None if limit.is_none() => {
                    let all = self.heads().await?;
                    let all = all.iter().map(|object| (object.name.clone(), Some(object.etag.clone()))).collect();
                    return Ok(Some(Changes { all, token: self.token_of(self.row.rev), is_cut: false }));
                }
                None => 0,
                Some(token) => match self.rev_of(token) {
                    Some(rev) => rev,
                    None => return Ok(None),
                },
            };
            let most = limit.and_then(|limit| i64::try_from(limit).ok()).unwrap_or(i64::MAX - 1);
            let mut tx = self.dispatch.store.read().await.map_err(store)?;
            // One more than wanted tells whether there is more.
            let mut rows = plain_object::changes(&mut tx, self.row.id, rev, most + 1).await.map_err(store)?;
            let is_cut = i64::try_from(rows.len()).unwrap_or(i64::MAX) > most;
            rows.truncate(usize::try_from(most).unwrap_or(usize::MAX));
            let last = rows.last().map_or(rev, |row| row.rev);
            let reached = if is_cut { last } else { last.max(self.row.rev) };
            // Who begins anew has nothing that could have been deleted.
            let all = rows.into_iter().filter(|row| since.is_some() || row.etag.is_some());
            let all = all.map(|row| (row.name, row.etag)).collect();
            Ok(Some(Changes { all, token: self.token_of(reached), is_cut }))
        })
    }

    fn put<'a>(
        &'a self,
        who: &'a Bearer,
        name: &'a str,
        text: &'a str,
        kept: &'a Kept,
        expects: Expects<'a>,
    ) -> Answer<'a, Put> {
        Box::pin(async move {
            let etag = etag(text);
            let new =
                NewObject { name, uid: &kept.uid, component: kept.component, body: text, etag: &etag, span: kept.span };
            let written = self.dispatch.put_object(who, &self.row.name, &new, expects).await?;
            match written {
                Written::Created | Written::Replaced => {
                    Ok(Put { is_new: written == Written::Created, etag: Some(etag) })
                }
                Written::UidTaken(other) => {
                    let why = format!("another object of this calendar has the UID {}", kept.uid);
                    Err(No::caldav("no-uid-conflict", why).about(self.object_href(&other)))
                }
                other => Err(refusal(&other)),
            }
        })
    }

    fn delete<'a>(&'a self, who: &'a Bearer, name: &'a str, expects: Expects<'a>) -> Answer<'a, ()> {
        Box::pin(async move {
            match self.dispatch.delete_object(who, &self.row.name, name, expects).await? {
                Written::Deleted => Ok(()),
                other => Err(refusal(&other)),
            }
        })
    }

    fn describe<'a>(&'a self, who: &'a Bearer, about: &'a About) -> Answer<'a, ()> {
        Box::pin(async move {
            match self.dispatch.describe_calendar(who, &self.row.name, about).await? {
                Written::Replaced => Ok(()),
                other => Err(refusal(&other)),
            }
        })
    }

    fn remove<'a>(&'a self, who: &'a Bearer) -> Answer<'a, ()> {
        Box::pin(async move {
            match self.dispatch.delete_calendar(who, &self.row.name).await? {
                Written::Deleted => Ok(()),
                other => Err(refusal(&other)),
            }
        })
    }
}
