//! What a program puts or deletes, as what becomes of reservations.

use super::{
    Booked,
    calendar::etag,
    entry::{Entry, Series},
    refused::refused,
    repeated,
    said::{self, Said, unbookable},
    shown, uid_of,
};
use crate::caldav::{
    calendar::Put,
    ics::{lines, object},
    no::No,
    plain::store,
};
use direttore_core::dispatch::{self, Bearer, Event, Expects, OneOf};
use direttore_domain::{Instant, Refusal, ReservationId, ReservationStatus as Status, Trouble, Window, Zone};
use direttore_store::reservation::{self, Reservation};
use std::collections::BTreeMap;

/// One time of a series as a program wants it.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Wish {
    window: Window,
    title: String,
    note: String,
}

impl Booked {
    pub(super) async fn try_put(
        &self,
        who: &Bearer,
        name: &str,
        text: &str,
        uid: &str,
        expects: Expects<'_>,
    ) -> Result<Put, No> {
        // Where nothing may be called so, that is looked at where the new one is made.
        let found = if expects == Expects::Absent { None } else { self.found(name).await? };
        let tag = found.as_ref().map(|entry| self.object(String::new(), entry).etag);
        if !expects.holds(tag.as_deref()) {
            return Err(No::stale());
        }
        let own = match &found {
            // What floats goes on as it was booked.
            Some(Entry::Series(series)) => &series.first.zone,
            _ => &who.account.zone,
        };
        let zone: Zone = own.parse().unwrap_or(Zone::UTC);
        let said = said::read(text, zone)?;
        if said.is_cancelled {
            return Err(unbookable("a cancelled event reserves nothing; delete it to cancel the reservation"));
        }
        if found.as_ref().is_some_and(|entry| entry.first().uid != uid) {
            return Err(No::caldav("no-uid-conflict", "another event has this name; an event keeps its UID"));
        }
        let is_new = found.is_none();
        let done = match &found {
            None => {
                let unless = (expects == Expects::Absent).then(|| uid_of(name));
                match self.book(who, (name, text, uid), &said, unless).await? {
                    // What is called so is in another calendar, or in none any more.
                    Err(Trouble::Refusal(Refusal::ChangedMeanwhile { .. })) if self.found(name).await?.is_none() => {
                        self.book(who, (name, text, uid), &said, None).await?
                    }
                    done => done,
                }
            }
            Some(Entry::One(held)) => self.change(who, held, (name, text, uid), &said).await?,
            Some(Entry::Series(series)) => {
                self.change_all(who, series, (name, text), &said, zone).await?.map(|()| vec![])
            }
        };
        let now = match done {
            // One alone is all that there is of it.
            Ok(mut made) if made.len() == 1 && made[0].series.is_empty() => made.pop().map(Entry::One),
            Ok(_) => self.now(uid, is_new).await?,
            Err(trouble) => return Err(self.told(trouble, uid).await),
        };
        let is_kept = now.is_some_and(|entry| entry.text(self.key.is_none()) == text);
        Ok(Put { is_new, etag: is_kept.then(|| etag(text)) })
    }

    /// What is called so. Whatever is seen here is looked at again where it is changed.
    async fn found(&self, name: &str) -> Result<Option<Entry>, No> {
        let mut tx = self.dispatch.store.glance().await.map_err(store)?;
        Ok(self.named_in(&mut tx, &[name]).await?.into_iter().next().map(|(_, entry)| entry))
    }

    /// What became of what was put.
    async fn now(&self, uid: &str, is_new: bool) -> Result<Option<Entry>, No> {
        let mut tx = self.dispatch.store.glance().await.map_err(store)?;
        let held = reservation::by_uid(&mut tx, uid).await.map_err(store)?;
        let found = self.entries(&mut tx, held.into_iter().collect()).await?.pop();
        Ok(match found {
            // All of it is of this calendar, also when nobody had reserved what it is of before.
            Some(Entry::Series(Series { first, members, .. })) if is_new => {
                Some(Entry::Series(Series { first, all: members.clone(), members }))
            }
            found => found,
        })
    }

    async fn book(
        &self,
        who: &Bearer,
        (href, body, uid): (&str, &str, &str),
        said: &Said,
        uid_of_href: Option<&str>,
    ) -> Result<Result<Vec<Reservation>, Trouble>, No> {
        let (what, count) = self.what(who, &said.location).await?;
        let mut except = said.except.clone();
        except.extend(said.singles.iter().filter(|single| single.is_cancelled).map(|single| single.recurs));
        if said.singles.iter().any(|single| !single.is_cancelled) {
            let why = "a series is booked as its rule says; single times of it (RECURRENCE-ID) are changed once it is \
                       booked";
            return Err(unbookable(why));
        }
        let note = said::note(&said.note, ReservationId(0));
        let event = Event {
            uid,
            href,
            body,
            title: &said.title,
            note: &note,
            window: said.window,
            zone: said.zone,
            what: &what,
            count,
            repeat: said.repeat.as_deref(),
            except: &except,
            uid_of_href,
        };
        Ok(self.dispatch.book_event(who, &event).await)
    }

    async fn change(
        &self,
        who: &Bearer,
        held: &Reservation,
        (href, body, uid): (&str, &str, &str),
        said: &Said,
    ) -> Result<Result<Vec<Reservation>, Trouble>, No> {
        if said.repeat.is_some() || !said.singles.is_empty() {
            let why = "a reservation that is there does not become a series; book the series as a new event";
            return Err(unbookable(why));
        }
        let what = self.elsewhere(who, &said.location, held).await?;
        let note = said::note(&said.note, held.id);
        let event = Event {
            uid,
            href,
            body,
            title: &said.title,
            note: &note,
            window: said.window,
            zone: said.zone,
            what: &what,
            count: 1,
            repeat: None,
            except: &[],
            uid_of_href: None,
        };
        Ok(self.dispatch.change_event(who, held, &event).await)
    }

    /// What it is to be of, where that is something else than it was.
    async fn elsewhere(&self, who: &Bearer, location: &str, held: &Reservation) -> Result<Vec<String>, No> {
        let is_placed = self.key.is_some() || location == shown::location(held);
        Ok(if is_placed { vec![] } else { self.what(who, location).await?.0 })
    }

    async fn change_all(
        &self,
        who: &Bearer,
        series: &Series,
        (href, body): (&str, &str),
        said: &Said,
        zone: Zone,
    ) -> Result<Result<(), Trouble>, No> {
        let wishes = wishes(body, said, zone)?;
        let what = match series.all.last() {
            Some(held) => self.elsewhere(who, &said.location, held).await?,
            None => vec![],
        };
        let (pairs, ended) = paired(series, &wishes)?;
        let noted: Vec<(&Reservation, Instant, &Wish, String)> =
            pairs.into_iter().map(|(held, at, wish)| (held, at, wish, said::note(&wish.note, held.id))).collect();
        let changed = noted.iter().map(|(held, recurs, wish, note)| OneOf {
            held,
            window: wish.window,
            recurs: *recurs,
            title: &wish.title,
            note,
        });
        let is_news = |one: &OneOf<'_>| {
            let is_moved = (one.window.start, one.window.end) != (one.held.starts, one.held.ends);
            let is_said = one.title == one.held.title && one.note == one.held.note;
            is_moved || !is_said || !what.is_empty() || one.recurs != repeated::recurs(one.held)
        };
        let series = dispatch::Series {
            first: &series.first,
            href,
            body,
            zone: said.zone,
            what: &what,
            changed: changed.filter(is_news).collect(),
            ended,
        };
        Ok(self.dispatch.change_series(who, &series).await)
    }

    pub(super) async fn try_delete(&self, who: &Bearer, name: &str, expects: Expects<'_>) -> Result<(), No> {
        let found = Booked::named(self, &[name]).await?.into_iter().next();
        let (_, entry) = found.ok_or_else(No::not_found)?;
        let tag = self.object(String::new(), &entry).etag;
        if !expects.holds(Some(&tag)) {
            return Err(No::stale());
        }
        let done = match &entry {
            Entry::One(held) => self.dispatch.cancel_event(who, held).await,
            Entry::Series(series) => {
                let lives = |held: &&Reservation| !held.status.is_over();
                let ended: Vec<&Reservation> = series.all.iter().filter(lives).collect();
                let first = &series.first;
                // One that became another thing's is not in this calendar, and stays.
                let is_all = series.members.iter().filter(lives).all(|held| self.has(held));
                let series = dispatch::Series {
                    first,
                    href: &first.href,
                    body: if is_all { "" } else { &first.body },
                    zone: None,
                    what: &[],
                    changed: vec![],
                    ended,
                };
                self.dispatch.change_series(who, &series).await
            }
        };
        done.map_err(refused)
    }
}

/// Every time that a program wants, by when it begins by the rule.
fn wishes(body: &str, said: &Said, zone: Zone) -> Result<BTreeMap<Instant, Wish>, No> {
    let unfolded = lines::unfold(body);
    let calendar = lines::read(&unfolded).map_err(|why| No::caldav("valid-calendar-data", why))?;
    let events = object::main(&calendar);
    let event = events.into_iter().find(|one| one.line("RECURRENCE-ID").is_none());
    let event = event.ok_or_else(|| unbookable("single times of an event cannot be booked without it"))?;
    let wish = |window| Wish { window, title: said.title.clone(), note: said.note.clone() };
    let by_rule = said::times(&calendar, event, zone);
    let mut wishes: BTreeMap<Instant, Wish> = by_rule.into_iter().map(|(at, window)| (at, wish(window))).collect();
    for single in &said.singles {
        let (window, title, note) = (single.window, single.title.clone(), single.note.clone());
        if single.is_cancelled {
            wishes.remove(&single.recurs);
        } else {
            wishes.insert(single.recurs, Wish { window, title, note });
        }
    }
    Ok(wishes)
}

type Pair<'a> = (&'a Reservation, Instant, &'a Wish);

/// What is wanted of each that is not over, and those that are wanted no more.
///
/// # Errors
/// Times that the series does not have.
fn paired<'a>(
    series: &'a Series,
    wishes: &'a BTreeMap<Instant, Wish>,
) -> Result<(Vec<Pair<'a>>, Vec<&'a Reservation>), No> {
    let known: BTreeMap<Instant, &Reservation> =
        series.members.iter().map(|held| (repeated::recurs(held), held)).collect();
    let lives = |held: &Reservation| !held.status.is_over() && held.status != Status::Waiting;
    let mut pairs = Vec::new();
    let mut unknown: Vec<(Instant, &Wish)> = Vec::new();
    for (at, wish) in wishes {
        match known.get(at) {
            Some(held) if lives(held) => pairs.push((*held, *at, wish)),
            // What was had stays as it was, whatever is written of it now.
            Some(held) if matches!(held.status, Status::Ended | Status::Released) => {}
            _ => unknown.push((*at, wish)),
        }
    }
    let mut ended: Vec<&Reservation> =
        series.all.iter().filter(|held| lives(held) && !wishes.contains_key(&repeated::recurs(held))).collect();
    // All of it was moved: each to its place in the new order.
    if pairs.is_empty() && !unknown.is_empty() && unknown.len() == ended.len() {
        pairs.extend(ended.drain(..).zip(unknown.drain(..)).map(|(held, (at, wish))| (held, at, wish)));
    }
    match unknown.first() {
        None => Ok((pairs, ended)),
        Some((at, _)) => Err(unbookable(format!(
            "the series has no time that begins {}; what is cancelled does not come back, and more times are booked as a \
             new event",
            Zone::UTC.text(*at)
        ))),
    }
}
