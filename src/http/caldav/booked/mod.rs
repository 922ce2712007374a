//! Booking calendars: one for each thing that can be reserved, and one's own.
//!
//! What is in them are reservations. An event that is put is `/reserve new` or `/reserve change`, one that is deleted
//! `/reserve cancel` or `/reserve release`: [`said`] reads what is wanted, [`shown`] writes what is, [`refused`] tells why
//! not. Each reservation is an object of its own; a series that a program booked is one together ([`entry`], [`repeated`]),
//! as the program wrote it.

mod calendar;
mod change;
mod entry;
mod refused;
mod repeated;
mod said;
mod shown;

use super::{no::No, plain::store};
use direttore_core::dispatch::{Bearer, Bookable, Dispatch};
use direttore_domain::{Instant, ResourceKey, Trouble};
use direttore_store::{
    Tx,
    plain_calendar::About,
    reservation::{
        self, Reservation,
        calendar::{self as stored, Of},
    },
};
use entry::{Entry, Series, is_any, with_names};
use refused::refused;
use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

/// One's own, of whatever.
const MINE: &str = "mine";
/// Before what names a thing; `~` stands for what a path cannot have in a name.
const OF: &str = "r-";

const DAY: i64 = 86_400;
/// What is over stays for so many days.
const DAYS: i64 = 90;

/// Whether no other sort of calendar can be called so.
pub fn is_ours(name: &str) -> bool {
    name == MINE || name.starts_with(OF)
}

fn name_of(key: &ResourceKey) -> String {
    format!("{OF}{}", key.to_string().replace('/', "~"))
}

fn key_of(name: &str) -> Option<ResourceKey> {
    name.strip_prefix(OF)?.replace('~', "/").parse().ok()
}

pub struct Booked {
    dispatch: Arc<Dispatch>,
    user: String,
    account: i64,
    name: String,
    about: About,
    of: Of,
    /// What is booked by what is put here, and the number of its row; in one's own it is said.
    key: Option<ResourceKey>,
    number: Option<i64>,
    may_book: bool,
    /// Of all changes of reservations; read before anything that is told under it.
    change: i64,
    now: Instant,
}

impl Booked {
    /// All that the bearer may see; none for who may not see the lab.
    pub async fn all(dispatch: &Arc<Dispatch>, who: &Bearer) -> Result<Vec<Self>, No> {
        let things = match dispatch.bookable(who).await {
            Ok(things) => things,
            Err(Trouble::Refusal(_)) => return Ok(vec![]),
            Err(trouble) => return Err(refused(trouble)),
        };
        let change = mark(dispatch).await?;
        let may_book = dispatch.may_book(who).await.map_err(refused)?;
        let mut all = vec![Self::mine(dispatch, who, may_book, change)];
        all.extend(things.into_iter().map(|thing| Self::thing(dispatch, who, thing, change)));
        Ok(all)
    }

    /// One that is only written into has no mark: nothing is told under it.
    pub async fn find(
        dispatch: &Arc<Dispatch>,
        who: &Bearer,
        name: &str,
        is_to_write: bool,
    ) -> Result<Option<Self>, No> {
        if name == MINE {
            let change = if is_to_write { 0 } else { mark(dispatch).await? };
            let may_book = dispatch.may_book(who).await.map_err(refused)?;
            return Ok(Some(Self::mine(dispatch, who, may_book, change)));
        }
        let Some(key) = key_of(name) else { return Ok(None) };
        let change = if is_to_write { 0 } else { mark(dispatch).await? };
        match dispatch.bookable_one(who, &key, is_to_write).await {
            Ok(thing) => Ok(thing.map(|thing| Self::thing(dispatch, who, thing, change))),
            Err(Trouble::Refusal(_)) => Ok(None),
            Err(trouble) => Err(refused(trouble)),
        }
    }

    fn mine(dispatch: &Arc<Dispatch>, who: &Bearer, may_book: bool, change: i64) -> Self {
        let about = About {
            displayname: Some("My reservations".to_owned()),
            description: Some("LOCATION says what is reserved".to_owned()),
            ..About::default()
        };
        let of = Of::Account(who.account.id);
        Self::new(dispatch, who, (MINE.to_owned(), about, of, None), may_book, change)
    }

    fn thing(dispatch: &Arc<Dispatch>, who: &Bearer, thing: Bookable, change: i64) -> Self {
        let description = Some(thing.about).filter(|about| !about.is_empty());
        let about = About { displayname: Some(thing.name), description, ..About::default() };
        let parts = (name_of(&thing.key), about, Of::Resources(thing.shows), Some(thing.key));
        Self { number: thing.number, ..Self::new(dispatch, who, parts, thing.may_book, change) }
    }

    fn new(
        dispatch: &Arc<Dispatch>,
        who: &Bearer,
        (name, about, of, key): (String, About, Of, Option<ResourceKey>),
        may_book: bool,
        change: i64,
    ) -> Self {
        Self {
            dispatch: Arc::clone(dispatch),
            user: who.account.name.to_string(),
            account: who.account.id,
            name,
            about,
            of,
            key,
            number: None,
            may_book,
            change,
            now: dispatch.now(),
        }
    }

    /// Days since 1970: what is over leaves the calendar at midnight, so that a mark is of one day.
    fn day(&self) -> i64 {
        self.now.seconds().div_euclid(DAY)
    }

    fn oldest(&self) -> Instant {
        Instant::from_seconds((self.day() - DAYS) * DAY)
    }

    /// Whether it is one of the calendar's.
    fn has(&self, held: &Reservation) -> bool {
        let is_of = match &self.of {
            Of::Account(account) => held.account_id == Some(*account),
            Of::Resources(keys) => held.resources.iter().any(|r| keys.contains(&r.key)),
        };
        is_of && is_any(held)
    }

    fn is_shown(&self, entry: &Entry) -> bool {
        match entry {
            Entry::One(held) => self.has(held) && held.ends > self.oldest(),
            Entry::Series(series) => series.is_shown(self.oldest()),
        }
    }

    async fn shown(&self, from: Option<i64>, to: Option<i64>) -> Result<Vec<(String, Entry)>, No> {
        let from = from.map_or(self.oldest(), |from| Instant::from_seconds(from).max(self.oldest()));
        let to = to.map_or(Instant(i64::MAX), Instant::from_seconds);
        let mut tx = self.dispatch.store.read().await.map_err(store)?;
        let all = stored::shown(&mut tx, &self.of, from, to).await.map_err(store)?;
        let mut all = self.entries(&mut tx, all).await?;
        all.retain(|entry| self.is_shown(entry));
        Ok(with_names(all))
    }

    async fn named(&self, names: &[&str]) -> Result<Vec<(String, Entry)>, No> {
        let mut tx = self.dispatch.store.read().await.map_err(store)?;
        self.named_in(&mut tx, names).await
    }

    async fn named_in(&self, tx: &mut Tx, names: &[&str]) -> Result<Vec<(String, Entry)>, No> {
        let wanted: Vec<(&str, &str)> = names.iter().map(|name| (*name, uid_of(name))).collect();
        let all = stored::shown_as(tx, &self.of, self.oldest(), &wanted).await.map_err(store)?;
        let mut all = self.entries(tx, all).await?;
        all.retain(|entry| self.is_shown(entry));
        let wanted: HashSet<&str> = names.iter().copied().collect();
        let all = with_names(all);
        Ok(all.into_iter().filter(|(name, _)| wanted.contains(name.as_str())).collect())
    }

    /// Reservations with those that are one object with them, whether they are shown or not.
    async fn entries(&self, tx: &mut Tx, found: Vec<Reservation>) -> Result<Vec<Entry>, No> {
        let series: HashSet<&str> = found.iter().map(|held| held.series.as_str()).filter(|s| !s.is_empty()).collect();
        let series: Vec<&str> = series.into_iter().collect();
        let members = stored::series_of_programs(tx, &series).await.map_err(store)?;
        let mut by_series: HashMap<String, Vec<Reservation>> = HashMap::new();
        for held in members {
            by_series.entry(held.series.clone()).or_default().push(held);
        }
        let is_alone = |held: &Reservation| !by_series.contains_key(&held.series);
        let mut all: Vec<Entry> = found.into_iter().filter(is_alone).map(Entry::One).collect();
        for members in by_series.into_values() {
            let Some(first) = members.first().cloned() else { continue };
            let shown = members.iter().filter(|held| self.has(held)).cloned().collect();
            all.push(Entry::Series(Series { first, members, all: shown }));
        }
        Ok(all)
    }
}

/// Of which it is the name when a program gave none.
fn uid_of(name: &str) -> &str {
    name.strip_suffix(".ics").unwrap_or("\n")
}

async fn mark(dispatch: &Dispatch) -> Result<i64, No> {
    let mut tx = dispatch.store.read().await.map_err(store)?;
    reservation::change_token(&mut tx).await.map_err(store)
}
