//! Taking one address in NetBox and giving it back: the careful way, for jobs.

use super::step::{StepCx, StepError};
use crate::ipam::{Ipam, Mark, Pool, failure};
use direttore_clients::netbox::{Address, AddressFilter, Error, NewAddress};
use direttore_domain::{HostAddress, Hostname, JobId};
use direttore_store::{
    address_hold,
    job::{self, JobStatus},
};
use std::{collections::HashSet, net::IpAddr};

/// For whom and under which mark it is taken.
pub(super) struct Wanted<'a> {
    pub mark: &'a Mark,
    pub job: JobId,
    pub name: Option<&'a Hostname>,
    /// The search domain, for the DNS name.
    pub domain: Option<&'a str>,
    pub who: &'a str,
    /// The gateway that the guest is to have: it cannot be the guest's own.
    pub gateway: Option<IpAddr>,
    /// What the asker wants written beside it.
    pub note: Option<&'a str>,
}

/// An address as NetBox has it.
#[derive(Debug, Clone)]
pub(super) struct Found {
    pub id: u64,
    pub address: HostAddress,
    pub description: String,
}

impl From<Address> for Found {
    fn from(row: Address) -> Self {
        Self { id: row.id, address: row.address, description: row.description }
    }
}

/// NetBox' error in a step. Credentials may be mended while the job waits.
pub(super) fn of_netbox(error: &Error) -> StepError {
    let why = failure(error).to_string();
    if error.is_temporary() || matches!(error, Error::Credentials { .. } | Error::Certificate { .. }) {
        StepError::Retry(why)
    } else {
        StepError::Fail(why)
    }
}

/// As a DNS name, with the search domain when there is one and the name has none of its own.
fn dns_name(name: &Hostname, domain: Option<&str>) -> String {
    match domain {
        Some(domain) if !name.as_str().contains('.') => format!("{name}.{domain}").to_lowercase(),
        _ => name.as_str().to_lowercase(),
    }
}

/// As many as NetBox gives without being asked for more.
const FIRST_LOOK: u32 = 50;
/// The most that NetBox lists at once.
const LONG_LOOK: u32 = 1000;
/// How often somebody else may be quicker.
const TRIES: usize = 200;

impl Wanted<'_> {
    fn record(&self, ipam: &Ipam, has_tag: bool, has_field: bool) -> NewAddress {
        let mut description = match (self.name, self.note) {
            (Some(name), None) => format!("{name}, for {}", self.who),
            (Some(name), Some(note)) => format!("{name}, for {}: {note}", self.who),
            (None, Some(note)) => format!("for {}: {note}", self.who),
            (None, None) => format!("for {}", self.who),
        };
        // NetBox takes 200 characters, and the mark must be among them.
        let room = 199 - self.mark.as_str().len();
        description = description.chars().take(room).collect();
        let mut custom = serde_json::Map::new();
        if has_field {
            custom.insert(ipam.settings.job_field.clone(), self.job.to_string().into());
        }
        NewAddress {
            status: "active".to_owned(),
            dns_name: self.name.map(|n| dns_name(n, self.domain)).unwrap_or_default(),
            description: format!("{description} {}", self.mark),
            tags: if has_tag { vec![ipam.settings.tag.clone()] } else { vec![] },
            custom,
            changelog_message: Some(format!("{} for {}", self.job, self.who)),
            ..NewAddress::default()
        }
    }
}

async fn record_of(ipam: &Ipam, wanted: &Wanted<'_>) -> Result<NewAddress, StepError> {
    let view = ipam.view().await.map_err(|f| StepError::Retry(f.to_string()))?;
    Ok(wanted.record(ipam, view.has_tag, view.has_job_field))
}

/// Takes the next free address of a pool that a guest may have.
pub(super) async fn take_next(cx: &StepCx, ipam: &Ipam, pool: &Pool, wanted: &Wanted<'_>) -> Result<Found, StepError> {
    let record = record_of(ipam, wanted).await?;
    let seen = if ipam.settings.probe { seen_on_guests(cx).await } else { HashSet::new() };
    // NetBox gives addresses one after another whatever we do; in line, jobs of this process do not take each other's.
    let _turn = ipam.turn(pool.prefix_id).await;
    let mut not: HashSet<IpAddr> = seen;
    not.extend(wanted.gateway);
    if !pool.is_unique {
        not.extend(held(cx, ipam, pool).await?);
    }
    let mut looked = Look::First;
    for _ in 0..TRIES {
        let limit = if looked == Look::First { FIRST_LOOK } else { LONG_LOOK };
        let room = ipam.room(pool, limit).await.map_err(|e| of_netbox(&e))?;
        if let Some(why) = room.closed {
            return Err(StepError::Fail(format!("{} cannot give an address: {why}", pool.pond)));
        }
        if cx.is_lost() {
            return Err(StepError::Lost);
        }
        let picked = match room.ground.pick(room.offered.iter().copied(), |a| not.contains(&a)) {
            Some(picked) => picked,
            None if room.offered.len() < limit as usize => return Err(full(ipam, pool).await),
            None if looked == Look::First => {
                looked = Look::Long;
                continue;
            }
            // NetBox lists no further: what it has is asked for, and the gap is found here.
            None => {
                let used = ipam.used(pool).await.map_err(|e| of_netbox(&e))?;
                match room.ground.first_free(&used, |a| not.contains(&a)) {
                    Some(address) => (usize::MAX, address),
                    None => return Err(full(ipam, pool).await),
                }
            }
        };
        let (place, address) = picked;
        if place == 0 && pool.is_unique {
            match ipam.client.take_next(pool.source(), &record).await {
                Ok(given) if given.address.address() == address => return Ok(given.into()),
                // Somebody was quicker, and this may be one that nobody should get.
                Ok(given)
                    if room.ground.allows(given.address.address()).is_ok()
                        && !not.contains(&given.address.address()) =>
                {
                    return Ok(given.into());
                }
                Ok(given) => {
                    give_back(ipam, given.id).await?;
                    not.insert(given.address.address());
                }
                Err(Error::Full) => return Err(full(ipam, pool).await),
                Err(error) => return Err(of_netbox(&error)),
            }
            continue;
        }
        if !pool.is_unique && !hold(cx, pool, address, wanted).await? {
            not.insert(address);
            continue;
        }
        let whole = HostAddress::new(address, pool.prefix.length()).expect("an address of the prefix takes its length");
        match ipam.client.create_address(whole, pool.vrf, &record).await {
            Ok(given) => return Ok(given.into()),
            Err(Error::Duplicate { .. }) => drop(not.insert(address)),
            Err(error) => return Err(of_netbox(&error)),
        }
    }
    Err(StepError::Retry(format!("others were quicker {TRIES} times in {}", pool.pond)))
}

#[derive(PartialEq)]
enum Look {
    First,
    Long,
}

async fn full(ipam: &Ipam, pool: &Pool) -> StepError {
    let refusal = ipam.full(pool).await;
    let hint = refusal.hint().map(|h| format!("; {h}")).unwrap_or_default();
    StepError::Fail(format!("{refusal}{hint}"))
}

/// Writes down an address that was asked for by its number.
pub(super) async fn take_fixed(ipam: &Ipam, address: HostAddress, wanted: &Wanted<'_>) -> Result<Found, StepError> {
    let record = record_of(ipam, wanted).await?;
    match ipam.client.create_address(address, None, &record).await {
        Ok(given) => Ok(given.into()),
        Err(Error::Duplicate { .. }) => Err(StepError::Fail(format!("{address} belongs to somebody else in NetBox"))),
        Err(error) => Err(of_netbox(&error)),
    }
}

async fn hold(cx: &StepCx, pool: &Pool, address: IpAddr, wanted: &Wanted<'_>) -> Result<bool, StepError> {
    let held = async {
        let mut tx = cx.store.write().await?;
        let (vrf, mark) = (pool.vrf.unwrap_or(0), wanted.mark.as_str());
        let held = address_hold::take(&mut tx, vrf, address, mark, wanted.job, cx.clock.now()).await?;
        tx.commit().await?;
        Ok(held)
    };
    held.await.map_err(super::steps::retry)
}

/// What other jobs hold of the pool. A hold goes when its job has ended and NetBox has the address no more: somebody has
/// deleted it by hand.
async fn held(cx: &StepCx, ipam: &Ipam, pool: &Pool) -> Result<Vec<IpAddr>, StepError> {
    let used = ipam.used(pool).await.map_err(|e| of_netbox(&e))?;
    let vrf = pool.vrf.unwrap_or(0);
    let held = async {
        let mut tx = cx.store.write().await?;
        let mut held = address_hold::held(&mut tx, vrf, Some(pool.prefix)).await?;
        held.retain(|h| h.job != Some(cx.job));
        let jobs: Vec<JobId> = held.iter().filter_map(|h| h.job).collect();
        let stand = job::status_of(&mut tx, &jobs).await?;
        let goes = |job: JobId| stand.iter().any(|(id, s)| *id == job && (s.is_unfinished() || *s == JobStatus::Stuck));
        let (kept, gone): (Vec<_>, Vec<_>) =
            held.into_iter().partition(|h| used.binary_search(&h.address).is_ok() || h.job.is_some_and(goes));
        for hold in gone {
            address_hold::release_address(&mut tx, vrf, hold.address).await?;
        }
        tx.commit().await?;
        Ok(kept)
    };
    let held = held.await.map_err(super::steps::retry)?;
    Ok(held.into_iter().map(|h| h.address).collect())
}

/// Addresses that running guests report. A guest that does not answer is no reason not to go on.
async fn seen_on_guests(cx: &StepCx) -> HashSet<IpAddr> {
    use futures::StreamExt;
    let mut asked = Vec::new();
    for cluster in cx.lab.clusters() {
        let Ok(view) = cluster.view().await else { continue };
        let running = view.guests.iter().filter(|e| e.guest.status == direttore_domain::GuestStatus::Running);
        asked.extend(running.map(|e| (std::sync::Arc::clone(cluster), crate::lab::at(&e.guest))));
    }
    let answers = futures::stream::iter(asked)
        .map(|(cluster, at)| async move { cluster.client.guest_addresses(&at).await.unwrap_or_default() });
    let answers: Vec<_> = answers.buffer_unordered(16).collect().await;
    answers.into_iter().flatten().map(|a| a.address).collect()
}

/// Everything that a job has taken, by its mark.
pub(super) async fn of_job(cx: &StepCx, ipam: &Ipam) -> Result<Vec<Found>, StepError> {
    Ok(rows_of_job(cx, ipam).await?.into_iter().map(Found::from).collect())
}

async fn rows_of_job(cx: &StepCx, ipam: &Ipam) -> Result<Vec<Address>, StepError> {
    let mark = cx.mark();
    let filter = AddressFilter { description_ic: Some(mark.as_str().to_owned()), ..AddressFilter::default() };
    let rows = ipam.client.addresses(&filter).await.map_err(|e| of_netbox(&e))?;
    Ok(rows.into_iter().filter(|r| mark.covers(&r.description)).collect())
}

/// An address that an earlier try took, if a guest may have it; else it is given back. NetBox may have handed out one that
/// nobody should get, and the try may have died before it saw that.
pub(super) async fn adopt(
    ipam: &Ipam,
    pool: &Pool,
    found: &Found,
    wanted: &Wanted<'_>,
) -> Result<Option<Found>, StepError> {
    let room = ipam.room(pool, 1).await.map_err(|e| of_netbox(&e))?;
    let address = found.address.address();
    if room.ground.allows(address).is_ok() && wanted.gateway != Some(address) {
        return Ok(Some(found.clone()));
    }
    give_back(ipam, found.id).await?;
    Ok(None)
}

async fn give_back(ipam: &Ipam, id: u64) -> Result<(), StepError> {
    match ipam.client.delete_address(id, None).await {
        Ok(()) | Err(Error::NotFound { .. }) => Ok(()),
        Err(error) => Err(of_netbox(&error)),
    }
}

/// Gives back what the job has taken, but for `keep`: what still bears its mark, and is on no interface but those of
/// `guest`. What people have made their own since stays theirs.
pub(super) async fn release(cx: &StepCx, ipam: &Ipam, guest: Option<&str>, keep: &[u64]) -> Result<(), StepError> {
    let is_ours = |row: &Address| match &row.assigned {
        None => true,
        Some(on) => on.parent.as_ref().is_some_and(|p| guest.is_some_and(|g| p.name.eq_ignore_ascii_case(g))),
    };
    let rows = rows_of_job(cx, ipam).await?;
    let ours = rows.iter().filter(|row| is_ours(row) && !keep.contains(&row.id));
    let given = futures::future::join_all(ours.map(|row| give_back(ipam, row.id))).await;
    given.into_iter().collect()
}
