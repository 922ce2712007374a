//! What a plan does to reservations, carried out in the transaction that also writes its audit row: all of it or
//! nothing.

use super::{
    due,
    room::{self, Asks, Blocked, Choice, Room, Want},
};
use crate::rules::Reserve;
use direttore_domain::{Acts, Instant, Origin, Request, ReservationId, ReservationStatus as Status, Window};
use direttore_store::{
    StoreError, Tx,
    claim::{self, Claim, Slot},
    reservation::{self, Content, Created, Held, NewReservation, Reservation, Wanted},
};
use serde::Serialize;
use std::time::Duration;

#[derive(Debug, Clone, Serialize)]
pub enum Deed {
    Book(Box<Booking>),
    Alter(Box<Alter>),
}

/// One window, or the several of a series.
#[derive(Debug, Clone, Serialize)]
pub struct Booking {
    pub wants: Vec<Want>,
    pub windows: Vec<Window>,
    /// The rule of a series; empty for one window.
    pub recurrence: String,
    /// Book those that are free and tell of the others, instead of none.
    pub skip: bool,
    pub title: String,
    pub note: String,
    pub zone: String,
    /// `booked`, `pending` or `waiting`.
    pub status: Status,
    pub account_id: Option<i64>,
    pub holder: String,
    pub origin: Origin,
    pub is_maintenance: bool,
    pub covers_guests: bool,
    pub acts: Acts,
    /// How many the holder may have ahead of them at once.
    pub at_once: Option<u64>,
    /// What a calendar program called and wrote it.
    pub uid: Option<String>,
    pub href: String,
    pub body: String,
    /// Where nothing may be called so yet: the uid whose name `href` would be without the program's.
    pub uid_of_href: Option<String>,
    /// What another program said of it.
    pub request: Option<Request>,
}

/// What becomes of the slots when a reservation changes.
#[derive(Debug, Clone, Serialize)]
pub enum Again {
    /// They stay as they are.
    Keep,
    /// They are looked for and taken anew, its own counting as free.
    Take(Vec<Want>),
    /// What lies after this moment is given back.
    Cut(Instant),
    /// All is given back.
    Release,
}

#[derive(Debug, Clone, Serialize)]
pub struct Alter {
    pub id: ReservationId,
    /// As it was read: who changed it meanwhile wins.
    pub rev: i64,
    pub content: Content,
    pub again: Again,
    /// Calendars must notice: time, status or resource.
    pub is_news: bool,
    /// How many the holder may have ahead of them at once, where it is one of those again.
    pub at_once: Option<u64>,
}

/// What is on record now.
#[derive(Debug, Clone, Default)]
pub struct Done {
    pub made: Vec<Reservation>,
    /// Windows of a series that others have.
    pub skipped: Vec<Window>,
}

/// Why it was not done. The transaction can only be dropped then.
#[derive(Debug)]
pub enum NotDone {
    Store(StoreError),
    /// Somebody has a part of these windows; so many others of the series would be free.
    Blocked {
        taken: Vec<(Window, Blocked)>,
        others: usize,
    },
    /// Somebody changed it since it was read.
    Changed(ReservationId),
    TooMany {
        limit: u64,
        has: u64,
    },
    /// A calendar program's name for it is taken.
    SameUid,
    /// Something may be called so.
    SameName,
}

impl From<StoreError> for NotDone {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

/// Carries it out.
pub async fn carry_out(tx: &mut Tx, deed: &Deed, rules: &Reserve, now: Instant) -> Result<Done, NotDone> {
    match deed {
        Deed::Book(booking) => book(tx, booking, rules, now).await,
        Deed::Alter(alter) => self::alter(tx, alter, rules, now).await,
    }
}

async fn book(tx: &mut Tx, booking: &Booking, rules: &Reserve, now: Instant) -> Result<Done, NotDone> {
    let counted = booking.account_id.filter(|_| booking.at_once.is_some());
    let is_lab = room::is_lab(&booking.wants);
    match &booking.uid_of_href {
        None => claim::enter(tx, counted, is_lab).await?,
        Some(uid) if claim::enter_as(tx, (&booking.href, uid), counted, is_lab).await? => {
            return Err(NotDone::SameName);
        }
        Some(_) => {}
    }
    let waits = booking.status == Status::Waiting;
    let until = booking.windows.first().filter(|_| booking.windows.len() == 1).map(|window| window.end);
    let room = room::prepare(tx, &booking.wants, None, Asks { account: counted, until }, now).await?;
    few_enough(tx, (booking.account_id, booking.at_once), room.ahead(), booking.windows.len(), now).await?;
    let mut chosen = Vec::new();
    let mut taken: Vec<(Window, Blocked)> = Vec::new();
    for window in &booking.windows {
        match if waits { Ok(nothing()) } else { room.choose(tx, window.start, window.end, None).await? } {
            Ok(choice) => chosen.push((*window, choice)),
            Err(blocked) => taken.push((*window, blocked)),
        }
    }
    let is_part = booking.skip && !chosen.is_empty();
    if !taken.is_empty() && !is_part {
        return Err(NotDone::Blocked { taken, others: chosen.len() });
    }
    let mut done = Done { made: vec![], skipped: taken.into_iter().map(|(window, _)| window).collect() };
    // What a program wrote with a rule stays with it, also where only one time is left of it.
    let is_by_rule = booking.uid.is_some() && !booking.recurrence.is_empty();
    let series = if booking.windows.len() > 1 || is_by_rule { made_uid() } else { String::new() };
    for (position, (window, choice)) in chosen.into_iter().enumerate() {
        done.made.push(one(tx, booking, rules, window, (&series, position), choice, now).await?);
    }
    Ok(done)
}

/// Whether an account may have so many more ahead of it than the number that is known, if it is. The caller has entered
/// for it.
async fn few_enough(
    tx: &mut Tx,
    of: (Option<i64>, Option<u64>),
    ahead: Option<u64>,
    more: usize,
    now: Instant,
) -> Result<(), NotDone> {
    let (Some(account), Some(limit)) = of else { return Ok(()) };
    let has = match ahead {
        Some(ahead) => ahead,
        None => reservation::count_ahead(tx, account, now).await?,
    };
    let more = u64::try_from(more).unwrap_or(u64::MAX);
    if has.saturating_add(more) > limit { Err(NotDone::TooMany { limit, has }) } else { Ok(()) }
}

fn nothing() -> Choice {
    Choice { slots: vec![], resources: vec![], check_in: Duration::ZERO }
}

async fn one(
    tx: &mut Tx,
    booking: &Booking,
    rules: &Reserve,
    window: Window,
    (series, position): (&str, usize),
    choice: Choice,
    now: Instant,
) -> Result<Reservation, NotDone> {
    let wanted = wanted(&booking.wants);
    // A program has one event in mind, whose name and text the first keeps for all.
    let is_first = position == 0;
    let mut content = Content {
        title: booking.title.clone(),
        note: booking.note.clone(),
        starts: window.start,
        ends: window.end,
        zone: booking.zone.clone(),
        status: booking.status,
        covers_guests: booking.covers_guests,
        wanted,
        acts: booking.acts,
        reminded: 0,
        checked_in: None,
        check_in_ms: i64::try_from(choice.check_in.as_millis()).unwrap_or(0),
        offered_until: None,
        due: None,
        href: if is_first { booking.href.clone() } else { String::new() },
        body: if is_first { booking.body.clone() } else { String::new() },
        recurs: (!series.is_empty()).then_some(window.start),
        request: booking.request.clone(),
    };
    refresh(&mut content, rules, now);
    let uid = match &booking.uid {
        Some(uid) if is_first => uid.clone(),
        _ => made_uid(),
    };
    let new = NewReservation {
        uid: &uid,
        series,
        position: i64::try_from(position).unwrap_or(0),
        recurrence: &booking.recurrence,
        account_id: booking.account_id,
        holder: &booking.holder,
        origin: &booking.origin,
        is_maintenance: booking.is_maintenance,
        content: &content,
        now,
    };
    let (of, slots) = (&choice.resources[..], &choice.slots[..]);
    let made = match create(tx, &new, of, slots).await? {
        // What is over gives its name away.
        Created::SameUid => {
            reservation::calendar::retire_uid(tx, &uid).await?;
            create(tx, &new, of, slots).await?
        }
        made => made,
    };
    match made {
        Created::Made(held) => Ok(*held),
        Created::SameUid => Err(NotDone::SameUid),
        // What the first look found free may have been taken while the locks were waited for (PostgreSQL); the database
        // has the last word.
        Created::Blocked => Err(taken_after_all(window)),
    }
}

async fn create(tx: &mut Tx, new: &NewReservation<'_>, of: &[Held], slots: &[Slot]) -> Result<Created, NotDone> {
    match reservation::create(tx, new, of, slots).await {
        Err(StoreError::Conflict(_)) => Err(NotDone::SameUid),
        made => Ok(made?),
    }
}

fn taken_after_all(window: Window) -> NotDone {
    NotDone::Blocked { taken: vec![(window, Blocked::default())], others: 0 }
}

/// As a reservation keeps what was asked for.
pub fn wanted(wants: &[Want]) -> Vec<Wanted> {
    let one =
        |w: &Want| Wanted { key: w.key.clone(), name: w.name.clone(), count: i64::try_from(w.count).unwrap_or(1) };
    wants.iter().map(one).collect()
}

async fn take(tx: &mut Tx, id: ReservationId, window: Window, choice: &Choice) -> Result<(), NotDone> {
    let claims: Vec<Claim> = choice.slots.iter().map(|slot| slot.of(id)).collect();
    if !claim::take(tx, &claims).await? {
        return Err(taken_after_all(window));
    }
    let ids: Vec<i64> = choice.resources.iter().map(|held| held.id).collect();
    Ok(reservation::set_resources(tx, id, &ids).await?)
}

async fn alter(tx: &mut Tx, alter: &Alter, rules: &Reserve, now: Instant) -> Result<Done, NotDone> {
    let Alter { id, rev, again, is_news, .. } = alter;
    let mut content = alter.content.clone();
    let changed = NotDone::Changed(*id);
    let before = match reservation::get(tx, *id).await? {
        Some(before) if before.rev == *rev => before,
        _ => return Err(changed),
    };
    let takes = if let Again::Take(wants) = again { Some(room::is_lab(wants)) } else { None };
    let is_back = before.status.is_over() && !content.status.is_over();
    if takes.is_some() || is_back {
        let counted = before.account_id.filter(|_| is_back && alter.at_once.is_some());
        claim::enter(tx, counted, takes == Some(true)).await?;
    }
    if is_back {
        few_enough(tx, (before.account_id, alter.at_once), None, 1, now).await?;
    }
    match again {
        Again::Keep => {}
        Again::Take(wants) => {
            let room = room::prepare(tx, wants, Some(*id), Asks::default(), now).await?;
            let window = Window::new(content.starts, content.ends).ok_or(NotDone::Changed(*id))?;
            let choice = match room.choose(tx, window.start, window.end, Some(*id)).await? {
                Ok(choice) => choice,
                Err(blocked) => return Err(NotDone::Blocked { taken: vec![(window, blocked)], others: 0 }),
            };
            content.check_in_ms = i64::try_from(choice.check_in.as_millis()).unwrap_or(0);
            content.wanted = wanted(wants);
            claim::release(tx, *id).await?;
            take(tx, *id, window, &choice).await?;
        }
        Again::Cut(at) => {
            lock_own(tx, &before).await?;
            claim::cut(tx, *id, at.seconds()).await?;
        }
        Again::Release => {
            lock_own(tx, &before).await?;
            claim::release(tx, *id).await?;
        }
    }
    refresh(&mut content, rules, now);
    if Window::new(content.starts, content.ends).is_none() {
        return Err(changed);
    }
    if !reservation::update(tx, *id, *rev, &content, *is_news, now).await? {
        return Err(changed);
    }
    let after = reservation::get(tx, *id).await?.ok_or(changed)?;
    Ok(Done { made: vec![after], skipped: vec![] })
}

/// Of two who change one at once, one waits here and is then told that it changed.
async fn lock_own(tx: &mut Tx, own: &Reservation) -> Result<(), StoreError> {
    let ids: Vec<i64> = claim::of(tx, own.id).await?.into_iter().map(|c| c.resource).collect();
    claim::lock(tx, &ids, false).await
}

/// What follows from the rest: which reminders come too late to be told, and when the calendar must be looked at.
fn refresh(content: &mut Content, rules: &Reserve, now: Instant) {
    if content.starts - rules.remind <= now {
        content.reminded |= due::START;
    }
    // An end so soon after the start is in the reminder of the start.
    if content.ends.since(content.starts) <= rules.remind {
        content.reminded |= due::END;
    } else if content.ends - rules.remind > now {
        content.reminded &= !due::END;
    }
    if content.starts - rules.remind > now && content.status == Status::Booked {
        content.reminded &= !due::START;
    }
    content.due = due::next(content, rules, now);
}

/// A version 4 UUID at this product: an event's name for ever.
fn made_uid() -> String {
    let mut b = [0u8; 16];
    // Without random bytes the database refuses the second one of that name.
    let _ = getrandom::fill(&mut b);
    b[6] = b[6] & 0x0f | 0x40;
    b[8] = b[8] & 0x3f | 0x80;
    let hex = |bytes: &[u8]| bytes.iter().map(|b| format!("{b:02x}")).collect::<String>();
    format!("{}-{}-{}-{}-{}@direttore", hex(&b[..4]), hex(&b[4..6]), hex(&b[6..8]), hex(&b[8..10]), hex(&b[10..]))
}

/// Whether a room is there at all for what is wanted, whoever has it.
pub fn too_much(room: &Room) -> Option<(usize, usize)> {
    room.most().find(|(count, most)| count > most)
}
