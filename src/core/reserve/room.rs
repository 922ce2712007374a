//! Whether there is room for what is wanted, which slots make it up, and when there would be.

use crate::rules::Reserve;
use direttore_domain::{Instant, JobId, ReservationId, ResourceKey};
use direttore_store::{
    StoreError, Tx,
    claim::{self, Claim, Look, Slot, Span},
    job,
    reservation::Held,
    resource::{self, Resource},
};
use serde::{Deserialize, Serialize};
use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

/// One thing that is asked for, as the lab has it now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Want {
    pub key: ResourceKey,
    /// As it is shown.
    pub name: String,
    /// How many: of a pool's members, of a resource's capacity.
    pub count: usize,
    /// The node of a guest: whoever has the node with its guests has this one.
    pub under: Option<(ResourceKey, String)>,
    /// The guests of a node that is asked for with them.
    pub covered: Vec<(ResourceKey, String)>,
}

/// What is wanted, looked up and locked.
#[derive(Debug)]
pub struct Room {
    needs: Vec<Need>,
    /// Nodes that somebody else may have with all their guests.
    under: Vec<Resource>,
    lab: Option<Resource>,
    is_lab: bool,
    /// Guests of it that are being destroyed, by resource.
    going: BTreeMap<i64, JobId>,
    first: First,
}

/// What the first look told beside the rows.
#[derive(Debug, Default)]
struct First {
    /// The end of the window that it was for.
    until: Option<Instant>,
    /// When what comes last before that ends, by resource, of those that have a claim.
    last: BTreeMap<i64, i64>,
    /// How many the holder has ahead.
    ahead: Option<u64>,
    is_locked: bool,
}

/// Who asks for room, and by when it is to end, where that is one window.
#[derive(Debug, Clone, Copy, Default)]
pub struct Asks {
    pub account: Option<i64>,
    pub until: Option<Instant>,
}

#[derive(Debug)]
struct Need {
    candidates: Vec<Resource>,
    count: usize,
    /// What the reservation is said to be of; what comes with it is only held.
    is_named: bool,
}

/// Slots that make up a whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    pub slots: Vec<Slot>,
    /// What the reservation is of, in the order in which lists show it.
    pub resources: Vec<Held>,
    /// Demanded by what is chosen.
    pub check_in: Duration,
}

/// Who is in the way.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Blocked {
    pub by: Vec<Claim>,
    /// Jobs that destroy what is wanted, each with what it is called.
    pub going: Vec<(JobId, String)>,
}

/// Claims in the way that are told at most.
const TOLD: i64 = 10;
/// Starts that are tried at most when looking for a free window.
const TRIED: usize = 200;
/// A claim is at most this long, in seconds: the longest window with its buffers.
const LONGEST_S: i64 = 6 * 366 * 24 * 3600;

fn span(start: Instant, end: Instant, of: &Resource) -> Span {
    let seconds = |d: Duration| i64::try_from(d.as_secs()).unwrap_or(0);
    Span { from_s: start.seconds() - seconds(of.rules.before), to_s: end.seconds() + seconds(of.rules.after) }
}

/// Whether it is everything at once.
pub fn is_lab(wants: &[Want]) -> bool {
    wants.iter().any(|w| w.key == ResourceKey::Lab)
}

/// Looks everything up without making or locking anything: for plans. What nobody has reserved yet has no row, and is free.
pub async fn look(tx: &mut Tx, wants: &[Want]) -> Result<Room, StoreError> {
    let mut room = gather(tx, wants, None).await?;
    room.going = going(tx, &room).await?;
    Ok(room)
}

/// Looks everything up, makes rows for what has none, and takes the locks: nobody else takes any of it until the
/// transaction ends. The caller has entered ([`claim::enter`]).
///
/// `mine` is the reservation that moves: what it lets go of is locked with what it takes, or two that move crosswise would
/// wait for each other.
pub async fn prepare(
    tx: &mut Tx,
    wants: &[Want],
    mine: Option<ReservationId>,
    asks: Asks,
    now: Instant,
) -> Result<Room, StoreError> {
    // What else is locked is known later: of pools the members, and of what moves what it had.
    let is_pool = |want: &Want| matches!(want.key, ResourceKey::Pool(_));
    let locks = mine.is_none() && !is_lab(wants) && !wants.iter().any(is_pool);
    let mut room = gather(tx, wants, Some((asks, locks, now))).await?;
    if !room.first.is_locked {
        let needed = room.needs.iter().flat_map(|n| &n.candidates);
        let mut ids: Vec<i64> = needed.chain(&room.under).map(|r| r.id).collect();
        if let Some(id) = mine {
            ids.extend(claim::of(tx, id).await?.iter().map(|claim| claim.resource));
        }
        ids.sort_unstable();
        ids.dedup();
        claim::lock(tx, &ids, room.is_lab).await?;
    }
    // Under the locks: a job that is to destroy one has said so before it looked whose it is next.
    room.going = going(tx, &room).await?;
    Ok(room)
}

/// The guests among what is wanted that are being destroyed. Those that come with their node only are none of them.
async fn going(tx: &mut Tx, room: &Room) -> Result<BTreeMap<i64, JobId>, StoreError> {
    let named = room.needs.iter().filter(|n| n.is_named).flat_map(|n| &n.candidates);
    let mut subjects: BTreeMap<String, i64> = BTreeMap::new();
    for one in named {
        if let ResourceKey::Guest(cluster, vmid) = &one.key {
            subjects.insert(format!("{cluster}/{vmid}"), one.id);
        }
    }
    if subjects.is_empty() {
        return Ok(BTreeMap::new());
    }
    let names: Vec<&str> = subjects.keys().map(String::as_str).collect();
    let found = job::noted(tx, super::SPARE, &names).await?;
    Ok(found.into_iter().filter_map(|(subject, job)| Some((*subjects.get(&subject)?, job))).collect())
}

/// To book, rows are made for what has none, and all are locked at once if they can be and are to be.
async fn gather(tx: &mut Tx, wants: &[Want], book: Option<(Asks, bool, Instant)>) -> Result<Room, StoreError> {
    // Rows are made in one order by everybody.
    let mut keys: Vec<(&ResourceKey, &str)> = wants.iter().map(|w| (&w.key, w.name.as_str())).collect();
    keys.extend(wants.iter().flat_map(|w| &w.covered).map(|(key, name)| (key, name.as_str())));
    keys.extend(wants.iter().filter_map(|w| w.under.as_ref()).map(|(key, name)| (key, name.as_str())));
    keys.sort_unstable();
    keys.dedup_by_key(|(key, _)| *key);
    // All that is there in one statement, the whole lab too, which is in everybody's way.
    let wanted: Vec<&ResourceKey> = keys.iter().map(|(key, _)| *key).chain([&ResourceKey::Lab]).collect();
    let (mut rows, first) = match book {
        Some((asks, locks, now)) => first_look(tx, &wanted, asks, locks, now).await?,
        None => (resource::by_keys(tx, &wanted).await?, First::default()),
    };
    let is_lab = is_lab(wants);
    if let Some((.., now)) = book {
        for (key, name) in keys {
            if !rows.iter().any(|r| r.key == *key && r.name == name) {
                rows.retain(|r| r.key != *key);
                rows.push(resource::ensure(tx, key, name, now).await?);
            }
        }
    }
    let row = |key: &ResourceKey| rows.iter().find(|r| r.key == *key).cloned();
    let mut needs = Vec::new();
    for want in wants {
        let candidates = match (&want.key, row(&want.key)) {
            (ResourceKey::Pool(_), Some(pool)) => {
                let members = resource::members(tx, pool.id).await?;
                if members.is_empty() { vec![pool] } else { members.into_iter().map(|m| stricter(m, &pool)).collect() }
            }
            (_, Some(own)) => vec![own],
            (_, None) => continue,
        };
        needs.push(Need { candidates, count: want.count, is_named: true });
        let covered = want.covered.iter().filter_map(|(key, _)| row(key));
        needs.extend(covered.map(|guest| Need { candidates: vec![guest], count: 1, is_named: false }));
    }
    let under = wants.iter().filter_map(|w| w.under.as_ref()).filter_map(|(key, _)| row(key)).collect();
    let lab = row(&ResourceKey::Lab).filter(|_| !is_lab);
    Ok(Room { needs, under, lab, is_lab, going: BTreeMap::new(), first })
}

async fn first_look(
    tx: &mut Tx,
    keys: &[&ResourceKey],
    asks: Asks,
    locks: bool,
    now: Instant,
) -> Result<(Vec<Resource>, First), StoreError> {
    let until_s = asks.until.map_or(0, |at| at.seconds());
    let seen = claim::survey(tx, Look { keys, account: asks.account, now, until_s, locks }).await?;
    let last = seen.rows.iter().zip(&seen.last).filter_map(|(row, last)| Some((row.id, (*last)?))).collect();
    let first = First { until: asks.until, last, ahead: seen.ahead, is_locked: seen.is_locked };
    Ok((seen.rows, first))
}

/// A member as the pool's rules have it: of both the stricter one holds.
fn stricter(mut member: Resource, pool: &Resource) -> Resource {
    let (own, rules) = (&mut member.rules, &pool.rules);
    own.needs_approval |= rules.needs_approval;
    own.longest = shorter(own.longest, rules.longest);
    own.before = own.before.max(rules.before);
    own.after = own.after.max(rules.after);
    own.check_in = shorter(own.check_in, rules.check_in);
    member
}

impl Room {
    /// The slots for a window, or who is in the way. `mine` is the reservation that moves: its own slots are free to it,
    /// and what it has it keeps where it can.
    pub async fn choose(
        &self,
        tx: &mut Tx,
        start: Instant,
        end: Instant,
        mine: Option<ReservationId>,
    ) -> Result<Result<Choice, Blocked>, StoreError> {
        let had: BTreeSet<(i64, i64)> = match mine {
            Some(id) => claim::of(tx, id).await?.into_iter().map(|c| (c.resource, c.lane)).collect(),
            None => BTreeSet::new(),
        };
        let (mut taken, mut chosen, mut check_in) = (Vec::new(), Vec::<&Resource>::new(), Duration::ZERO);
        let mut used: BTreeSet<(i64, i64)> = BTreeSet::new();
        let (mut blocked, mut going) = (Vec::new(), Vec::new());
        for need in &self.needs {
            let mut left = need.count;
            let mut slots: Vec<(&Resource, i64)> =
                need.candidates.iter().flat_map(|r| (0..r.rules.capacity).map(move |lane| (r, lane))).collect();
            slots.sort_by_key(|(r, lane)| !had.contains(&(r.id, *lane)));
            for (candidate, lane) in slots {
                if left == 0 {
                    break;
                }
                let span = span(start, end, candidate);
                if self.going.contains_key(&candidate.id) {
                    continue;
                }
                if used.contains(&(candidate.id, lane)) {
                    continue;
                }
                let is_sure = slots_of(need) == need.count && self.was_free(candidate.id, lane, span, end);
                if !is_sure && !claim::is_free(tx, candidate.id, lane, span, mine).await? {
                    continue;
                }
                used.insert((candidate.id, lane));
                taken.push(Slot { resource: candidate.id, lane, span });
                if need.is_named {
                    chosen.push(candidate);
                    check_in = shorter(check_in, candidate.rules.check_in);
                }
                left -= 1;
            }
            if left > 0 {
                for candidate in &need.candidates {
                    let span = span(start, end, candidate);
                    blocked.extend(claim::in_the_way(tx, candidate.id, None, span, mine, TOLD).await?);
                    going.extend(self.going.get(&candidate.id).map(|job| (*job, candidate.name.clone())));
                }
            }
        }
        let whole = Span { from_s: start.seconds(), to_s: end.seconds() };
        for node in &self.under {
            for claim in claim::in_the_way(tx, node.id, None, whole, mine, TOLD).await? {
                if covers(tx, claim.reservation).await? {
                    blocked.push(claim);
                }
            }
        }
        if let Some(lab) = &self.lab {
            blocked.extend(claim::in_the_way(tx, lab.id, None, whole, mine, TOLD).await?);
        }
        if self.is_lab {
            let all = claim::anywhere(tx, whole, LONGEST_S, TOLD).await?;
            blocked.extend(all.into_iter().filter(|c| Some(c.reservation) != mine));
        }
        if blocked.is_empty() && self.is_enough(taken.len()) {
            chosen.sort_unstable_by_key(|r| (r.key.kind(), &r.name, r.id));
            chosen.dedup_by_key(|r| r.id);
            let held = |r: &&Resource| Held { id: r.id, key: r.key.clone(), name: r.name.clone() };
            return Ok(Ok(Choice { slots: taken, resources: chosen.iter().map(held).collect(), check_in }));
        }
        blocked.sort_by_key(|c| (c.span, c.reservation));
        blocked.dedup_by_key(|c| c.reservation);
        Ok(Err(Blocked { by: blocked, going }))
    }

    /// How many the holder has ahead, where the first look could tell it.
    pub fn ahead(&self) -> Option<u64> {
        self.first.ahead
    }

    /// Whether the first look found a slot free, in a window that ends as the one it was for. Somebody may have come
    /// between since: then the database refuses it, so there must be nothing to choose from.
    fn was_free(&self, resource: i64, lane: i64, span: Span, end: Instant) -> bool {
        let First { until, last, .. } = &self.first;
        lane == 0 && *until == Some(end) && last.get(&resource).is_none_or(|to_s| *to_s <= span.from_s)
    }

    /// Asked for more than there is at all: nobody is in the way, and it will never do.
    fn is_enough(&self, slots: usize) -> bool {
        slots >= self.needs.iter().map(|n| n.count).sum()
    }

    /// How many of each thing there are, whoever has them: at most so many can be asked for.
    pub fn most(&self) -> impl Iterator<Item = (usize, usize)> {
        self.needs.iter().map(|n| (n.count, slots_of(n)))
    }

    /// The things themselves with their rules, of pools the members.
    pub fn resources(&self) -> impl Iterator<Item = &Resource> {
        self.needs.iter().filter(|n| n.is_named).flat_map(|n| &n.candidates)
    }

    /// When something is free or taken around a moment: where free windows may begin.
    async fn edges(
        &self,
        tx: &mut Tx,
        from: Instant,
        length: Duration,
        until: Instant,
    ) -> Result<Vec<Instant>, StoreError> {
        let mut edges = Vec::new();
        let whole = Span { from_s: from.seconds() - 7 * 86_400, to_s: until.seconds() };
        let all = self.needs.iter().flat_map(|n| &n.candidates).chain(&self.under).chain(&self.lab);
        for one in all {
            for lane in 0..one.rules.capacity {
                for claim in claim::ahead(tx, one.id, lane, whole, 100).await? {
                    edges.push(Instant::from_seconds(claim.span.to_s) + one.rules.before);
                    edges.push(Instant::from_seconds(claim.span.from_s) - one.rules.after - length);
                }
            }
        }
        if self.is_lab {
            for claim in claim::anywhere(tx, whole, LONGEST_S, 500).await? {
                edges.push(Instant::from_seconds(claim.span.to_s));
                edges.push(Instant::from_seconds(claim.span.from_s) - length);
            }
        }
        Ok(edges)
    }
}

/// How many of it there are, whoever has them.
fn slots_of(need: &Need) -> usize {
    let all: i64 = need.candidates.iter().map(|r| r.rules.capacity).sum();
    usize::try_from(all).unwrap_or(0)
}

/// The shorter of two waits, none of which is no wait at all.
fn shorter(a: Duration, b: Duration) -> Duration {
    match (a.is_zero(), b.is_zero()) {
        (true, _) => b,
        (_, true) => a,
        _ => a.min(b),
    }
}

async fn covers(tx: &mut Tx, id: ReservationId) -> Result<bool, StoreError> {
    Ok(direttore_store::reservation::get(tx, id).await?.is_some_and(|r| r.covers_guests))
}

/// The nearest windows of the same length that are free, at most `count`, by how near they begin to the one that was
/// wanted; none before now, none that overlap each other.
pub async fn free(
    tx: &mut Tx,
    room: &Room,
    wanted: (Instant, Instant),
    now: Instant,
    rules: &Reserve,
    count: usize,
) -> Result<Vec<(Instant, Instant)>, StoreError> {
    let length = wanted.1.since(wanted.0);
    let until = wanted.0 + rules.look_ahead.max(length);
    let near = |at: Instant| (at.0 - wanted.0.0).abs();
    let mut starts = room.edges(tx, wanted.0, length, until).await?;
    // Whole minutes only: nobody wants to begin at 14:03:17 because a release did.
    starts.iter_mut().for_each(|at| *at = Instant((at.0 + 59_999).div_euclid(60_000) * 60_000));
    let mut found: Vec<(Instant, Instant)> = Vec::new();
    let mut tried: BTreeSet<Instant> = BTreeSet::new();
    for _ in 0..TRIED {
        let may = |at: &Instant| *at >= now && *at <= until && !tried.contains(at);
        let Some(at) = starts.iter().copied().filter(|at| may(at)).min_by_key(|at| (near(*at), *at)) else { break };
        tried.insert(at);
        let end = at + length;
        if found.iter().any(|(start, stop)| at < *stop && *start < end) {
            continue;
        }
        if room.choose(tx, at, end, None).await?.is_ok() {
            found.push((at, end));
            starts.push(end);
        }
        if found.len() == count {
            break;
        }
    }
    found.sort_unstable();
    Ok(found)
}
