//! What a calendar that is subscribed to shows: a secret leads to a token, that to an account, and that to the
//! reservations it may see.
//!
//! Whoever serves feeds keeps what was rendered under its [`FeedMark`]: while that is the same, the reservations need
//! not be read. Nothing here knows what a calendar file is.

use super::{Dispatch, calendars::failure};
use crate::{handlers::reservation_names, password};
use direttore_domain::{
    Account, Actor, Failure, FeedScope, Identity, Instant, Permission, ReservationStatus, ResourceKey, Role, Surface,
    TokenKind, TokenSecret, Zone, grant::Touches, policy,
};
use direttore_store::{
    StoreError, Tx, grant, group,
    reservation::{self, Reservation},
    resource, token,
};
use futures::future::BoxFuture;
use std::time::Duration;

/// Whose grants cover this sees as much in a feed.
const LIST: &str = "reserve list";
/// How long what is over stays.
const KEPT: Duration = Duration::from_secs(30 * DAY);
const DAY: u64 = 24 * 3600;
/// How long something rendered may be shown: what resources are called has no mark.
const FRESH: Duration = Duration::from_secs(900);
/// As many as a feed shows.
const MOST: i64 = 10_000;

/// Stands for a secret that was given. Whoever has it knows no secret.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct FeedKey([u8; 32]);

impl FeedKey {
    /// `None` for what is no secret of ours.
    pub fn of(secret: &str) -> Option<Self> {
        TokenSecret::typed(secret).map(|secret| Self(password::secret_digest(&secret)))
    }
}

/// What a feed's content hangs on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FeedMark {
    token: i64,
    state: i64,
    since: Instant,
    is_shown: bool,
    zone: String,
}

/// What there is under a key.
pub enum FeedFound {
    /// Nobody's, revoked, or of an account that is disabled.
    Nothing,
    /// It is as it was under the mark that was given.
    Same,
    New(Box<FeedContent>),
}

pub struct FeedContent {
    /// `None` where what is written just now lets nobody say what was seen.
    pub mark: Option<FeedMark>,
    pub title: String,
    pub zone: Option<Zone>,
    /// The last change that it shows, or when the feed was made.
    pub changed: Instant,
    /// Until when it may be shown as it is.
    pub until: Instant,
    pub slots: Vec<FeedSlot>,
}

/// A reservation of a feed.
pub struct FeedSlot {
    pub held: Reservation,
    /// What it is of, in words.
    pub what: String,
    /// It was of the feed's resource and went elsewhere.
    pub is_gone: bool,
}

impl Dispatch {
    /// Goes up with everything that is written through this process. While it is the same, only other processes can have
    /// changed something.
    pub fn written(&self) -> u64 {
        self.store.commits()
    }

    /// What the feed of that key shows, unless it is what `known` is the mark of.
    ///
    /// # Errors
    /// The database's.
    pub async fn feed(&self, key: &FeedKey, known: Option<&FeedMark>) -> Result<FeedFound, Failure> {
        self.try_feed(key, known).await.map_err(failure)
    }

    fn try_feed<'s>(
        &'s self,
        key: &'s FeedKey,
        known: Option<&'s FeedMark>,
    ) -> BoxFuture<'s, Result<FeedFound, StoreError>> {
        Box::pin(async move {
            let now = self.clock.now();
            let mut tx = self.store.read().await?;
            let found = token::by_hash(&mut tx, TokenKind::Feed, &password::hex(&key.0), now).await?;
            let Some((row, account)) = found.filter(|(_, account)| !account.is_disabled) else {
                return Ok(FeedFound::Nothing);
            };
            let scope: FeedScope = row.scope.parse().map_err(|wrong| StoreError::Corrupt(format!("{wrong}")))?;
            let is_shown = self.shows(&mut tx, &account, &scope).await?;
            // Of whole days, so that it is the same feed all day.
            let midnight = midnight(now);
            let since = since(now);
            let state = reservation::state(&mut tx).await?;
            let mark = |state| FeedMark { token: row.id, state, since, is_shown, zone: account.zone.clone() };
            let mark = state.map(mark);
            let is_same = mark.is_some() && mark.as_ref() == known;
            let found = match is_same {
                true => FeedFound::Same,
                false => {
                    let slots = if is_shown { slots(&mut tx, &scope, account.id, since).await? } else { vec![] };
                    let tomorrow = Instant::from_seconds(midnight + day());
                    let until = (now + FRESH).min(tomorrow).min(row.expires.unwrap_or(tomorrow));
                    let changed = slots.iter().map(|slot| slot.held.changed).max().unwrap_or(row.created);
                    let title = scope.title(&account.name, &called(&mut tx, &scope).await?);
                    let zone = account.zone.parse().ok();
                    FeedFound::New(Box::new(FeedContent { mark, title, zone, changed, until, slots }))
                }
            };
            drop(tx);
            if row.is_due(now) {
                self.note_use(row.id).await;
            }
            Ok(found)
        })
    }

    /// What a feed of all shows, made now.
    pub(super) fn feed_of_all<'s>(&'s self, account: &'s Account) -> BoxFuture<'s, Result<FeedContent, StoreError>> {
        Box::pin(async move {
            let now = self.clock.now();
            let slots = slots(&mut self.store.read().await?, &FeedScope::All, account.id, since(now)).await?;
            let changed = slots.iter().map(|slot| slot.held.changed).max().unwrap_or(now);
            let title = FeedScope::All.title(&account.name, "");
            Ok(FeedContent { mark: None, title, zone: account.zone.parse().ok(), changed, until: now + FRESH, slots })
        })
    }

    /// Whether `/reserve list` would show it to the account now. What it would not show, the feed is empty of: programs
    /// then forget what they had.
    async fn shows(&self, tx: &mut Tx, account: &Account, scope: &FeedScope) -> Result<bool, StoreError> {
        // The role that a surface gives cannot be asked for here. Who has none of their own had one that may look, or
        // could not have made the feed.
        let given = (!self.rules.roles.0.is_empty()).then_some(Role::Viewer);
        let role = account.role.or(given);
        let groups = group::of_account(tx, account.id).await?;
        let grants = grant::for_actor(tx, &account.name, &groups, role).await?;
        let actor = Actor {
            identity: Identity { surface: Surface::Http, subject: account.name.to_string() },
            account: Some(account.clone()),
            role,
            because: String::new(),
            grants,
            groups: groups.iter().map(ToString::to_string).collect(),
        };
        let channel = Surface::Http.to_string();
        if policy::may_say(&actor, Permission::View, LIST, &channel).is_err() {
            return Ok(false);
        }
        let may_touch = |touched: Touches<'_>| policy::may_touch(&actor, Permission::View, LIST, &channel, touched);
        Ok(match scope {
            FeedScope::Resource(ResourceKey::Node(_, node)) => may_touch(Touches::of_node(node)),
            FeedScope::Resource(ResourceKey::Guest(cluster, vmid)) => {
                let view = self.lab.cluster(cluster).ok().and_then(|c| c.view_now());
                let guest = view.as_ref().and_then(|view| view.guest(*vmid));
                may_touch(guest.map_or(Touches::default(), |guest| policy::touches(guest)))
            }
            FeedScope::Resource(ResourceKey::Device(id)) => {
                let view = self.lab.ipam().and_then(|ipam| ipam.view_now());
                may_touch(view.as_deref().map(|view| view.touches(*id)).unwrap_or_default())
            }
            _ => true,
        })
    }
}

fn midnight(now: Instant) -> i64 {
    now.seconds().div_euclid(day()) * day()
}

/// What ended before is left out.
fn since(now: Instant) -> Instant {
    Instant(Instant::from_seconds(midnight(now)).0 - millis(KEPT))
}

fn day() -> i64 {
    i64::try_from(DAY).expect("a day has few seconds")
}

fn millis(span: Duration) -> i64 {
    i64::try_from(span.as_millis()).expect("a month has few milliseconds")
}

async fn slots(tx: &mut Tx, scope: &FeedScope, account: i64, since: Instant) -> Result<Vec<FeedSlot>, StoreError> {
    let all = match scope {
        FeedScope::Mine => still(reservation::of_account(tx, account, since).await?),
        FeedScope::All => still(reservation::ending_after(tx, since, MOST).await?),
        FeedScope::Resource(key) => {
            let Some(found) = resource::by_key(tx, key).await? else { return Ok(vec![]) };
            let mut ids = vec![found.id];
            if matches!(key, ResourceKey::Pool(_)) {
                ids.extend(resource::members(tx, found.id).await?.iter().map(|member| member.id));
            }
            reservation::ever_of(tx, &ids, since, MOST).await?
        }
    };
    // Who stands in line has nothing yet.
    let told = all.into_iter().filter(|(held, _)| held.status != ReservationStatus::Waiting);
    Ok(told.map(|(held, has)| FeedSlot { what: reservation_names(&held), is_gone: !has, held }).collect())
}

fn still(all: Vec<Reservation>) -> Vec<(Reservation, bool)> {
    all.into_iter().map(|held| (held, true)).collect()
}

/// What people call the resource of a feed.
async fn called(tx: &mut Tx, scope: &FeedScope) -> Result<String, StoreError> {
    let FeedScope::Resource(key) = scope else { return Ok(String::new()) };
    let found = resource::by_key(tx, key).await?;
    Ok(found.map_or_else(|| scope.short(), |found| found.name))
}
