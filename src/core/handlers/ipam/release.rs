//! `/ipam release`: addresses looked up one by one, and given back when nothing and nobody stands against it.

use crate::{
    handlers::Cx,
    ipam::{Ipam, Marks, failure, mark::unmarked},
    jobs::steps::{Release, ReleaseAddresses, Step},
    plan::{JobPlan, Outcome, Plan, Say},
};
use direttore_clients::netbox::{Address, AddressFilter, Assigned};
use direttore_domain::{Actor, HostAddress, JobId, Refusal, Trouble, WrongForm, nearest::nearest, policy, text};
use direttore_store::job::{self, JobRow, JobStatus};
use serde::Deserialize;
use serde_json::{Value, json};
use std::{
    collections::{HashMap, HashSet},
    net::IpAddr,
};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Input {
    address: Vec<Meant>,
    reason: Option<String>,
}

/// An address as it was said, with or without the length of its network.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
struct Meant {
    address: IpAddr,
    length: Option<u8>,
}

impl TryFrom<String> for Meant {
    type Error = WrongForm;
    fn try_from(text: String) -> Result<Self, WrongForm> {
        if let Ok(address) = text.parse() {
            return Ok(Self { address, length: None });
        }
        let whole: HostAddress = text.parse()?;
        Ok(Self { address: whole.address(), length: Some(whole.length()) })
    }
}

impl Meant {
    fn text(&self) -> String {
        self.length.map_or_else(|| self.address.to_string(), |length| format!("{}/{length}", self.address))
    }
}

/// As many as a person reads before a yes.
const MOST: usize = 25;

pub async fn plan(cx: &Cx, ask: Input) -> Result<Outcome, Trouble> {
    if ask.address.len() > MOST {
        return Err(Refusal::TooManyAtOnce { what: "addresses", given: ask.address.len(), max: MOST }.into());
    }
    super::check_grants(cx, "addresses")?;
    let ipam = cx.lab.need_ipam()?;
    let mut rows = futures::future::try_join_all(ask.address.iter().map(|meant| find(ipam, meant))).await?;
    // One may be said twice, with and without its length.
    let mut seen = HashSet::new();
    rows.retain(|row| seen.insert(row.id));
    let takers = takers(cx, &rows).await?;
    let marks = &cx.rules.marks;
    let mut notes = Vec::new();
    for row in &rows {
        let taker = marks.job_in(&row.description).and_then(|job| takers.get(&job));
        stays(ipam, row, taker)?;
        is_theirs(cx, row, taker)?;
        if let Some(assigned) = &row.assigned {
            notes.push(without_its_guest(cx, row, assigned).await?);
        }
    }
    let label = match rows.as_slice() {
        [one] => super::told(one),
        several => format!("{} addresses", several.len()),
    };
    let shown: Vec<Value> = rows.iter().map(|row| shown(marks, row, &takers)).collect();
    let question = Say::new(
        "ipam_release",
        json!({ "label": label, "total": rows.len(), "rows": shown, "notes": notes, "reason": ask.reason }),
    );
    let state = rows.iter().map(|r| json!([r.id, r.address, r.description])).collect();
    let target = text::list(&rows.iter().map(super::told).collect::<Vec<_>>());
    let subject = format!("netbox/{}", rows[0].address.prefix());
    let step = ReleaseAddresses { addresses: rows.iter().map(release).collect() };
    let job = JobPlan::new(format!("give back {label}"), subject, vec![Step::ReleaseAddresses(step)]);
    Ok(Plan { state, jobs: vec![job], ..Plan::new(format!("address {target}"), question) }.into())
}

fn release(row: &Address) -> Release {
    Release {
        id: row.id,
        address: row.address,
        vrf: row.vrf.as_ref().map(|v| v.id),
        interface: row.assigned.as_ref().map(|a| a.object_id),
    }
}

fn shown(marks: &Marks, row: &Address, takers: &HashMap<JobId, JobRow>) -> Value {
    let by = marks.job_in(&row.description).map(|id| match takers.get(&id) {
        Some(job) => format!("{}, {id}", job.actor),
        None => id.to_string(),
    });
    json!({
        "address": super::told(row),
        "name": row.dns_name,
        "description": unmarked(&row.description),
        "by": by,
    })
}

/// The one address meant, asked now.
async fn find(ipam: &Ipam, meant: &Meant) -> Result<Address, Trouble> {
    let filter = AddressFilter { address: Some(meant.address), ..AddressFilter::default() };
    let mut rows = ipam.client.addresses(&filter).await.map_err(|e| failure(&e))?;
    let other = rows.first().map(|row| row.address.to_string());
    rows.retain(|row| meant.length.is_none_or(|length| row.address.length() == length));
    match rows.len() {
        0 => {
            let nearest = match other {
                Some(other) => Some(other),
                None => neighbour(ipam, meant.address).await,
            };
            Err(Refusal::NoSuch { what: "address", given: meant.text(), nearest, has: vec![] }.into())
        }
        1 => Ok(rows.swap_remove(0)),
        _ => Err(several(meant, &rows).into()),
    }
}

/// The table is not said with an address, so one that stands in several is nobody's to guess.
fn several(meant: &Meant, rows: &[Address]) -> Refusal {
    let tables: Vec<String> = rows
        .iter()
        .map(|row| row.vrf.as_ref().map_or_else(|| "the global table".to_owned(), |v| format!("the VRF {}", v.name)))
        .collect();
    let mut distinct = tables.clone();
    distinct.dedup();
    let place = if distinct.len() == tables.len() { text::list(&tables) } else { format!("{} places", rows.len()) };
    Refusal::WrongState {
        subject: meant.text(),
        verb: "be given back here".to_owned(),
        why: format!("NetBox has it in {place}; the one that is meant can be deleted there"),
    }
}

/// An address of the same network that is written alike.
async fn neighbour(ipam: &Ipam, address: IpAddr) -> Option<String> {
    let view = ipam.view_now()?;
    let around =
        view.prefixes.iter().map(|e| e.row.prefix).filter(|p| p.contains(address)).max_by_key(|p| p.length())?;
    let filter = AddressFilter { parent: Some(around), ..AddressFilter::default() };
    // What only helps to find a slip is no reason to fail.
    let rows = ipam.client.addresses(&filter).await.ok()?;
    let has: Vec<String> = rows.iter().map(|row| row.address.address().to_string()).collect();
    nearest(&address.to_string(), has.iter().map(String::as_str)).map(str::to_owned)
}

/// The jobs whose marks the addresses bear, as far as they are known here.
async fn takers(cx: &Cx, rows: &[Address]) -> Result<HashMap<JobId, JobRow>, Trouble> {
    let ids: HashSet<JobId> = rows.iter().filter_map(|row| cx.rules.marks.job_in(&row.description)).collect();
    let mut takers = HashMap::new();
    let mut tx = cx.store.read().await?;
    for id in ids {
        takers.extend(job::by_id(&mut tx, id).await?.map(|job| (id, job)));
    }
    Ok(takers)
}

fn cannot(row: &Address, why: String) -> Refusal {
    Refusal::WrongState { subject: super::told(row), verb: "be given back".to_owned(), why }
}

/// # Errors
/// Why it must stay, whoever asks.
fn stays(ipam: &Ipam, row: &Address, taker: Option<&JobRow>) -> Result<(), Refusal> {
    if ipam.is_gateway(row) {
        return Err(cannot(row, "it is a gateway".to_owned()));
    }
    match taker {
        Some(job) if job.status.is_unfinished() => {
            Err(cannot(row, format!("{}, which took it, is {}", job.id, job.status)))
        }
        Some(job) if job.status == JobStatus::Stuck => {
            Err(cannot(row, format!("{}, which took it, waits for a decision: /job retry or /job cancel", job.id)))
        }
        _ => Ok(()),
    }
}

/// # Errors
/// `not-yours`.
fn is_theirs(cx: &Cx, row: &Address, taker: Option<&JobRow>) -> Result<(), Refusal> {
    may_release(&cx.actor, &cx.command.path, &cx.channel, row, cx.rules.marks.job_in(&row.description), taker)
}

/// Whoever had it taken may give it back; everyone's, and what direttore did not take, is for administrators.
fn may_release(
    actor: &Actor,
    command: &str,
    channel: &str,
    row: &Address,
    by: Option<JobId>,
    taker: Option<&JobRow>,
) -> Result<(), Refusal> {
    if policy::reaches_owner(actor, taker.and_then(|job| job.account_id), command, channel) {
        return Ok(());
    }
    let owner = match (taker, by) {
        (Some(job), _) => job.actor.clone(),
        (None, Some(job)) => format!("whoever asked for {job}, which is not known here any more"),
        (None, None) => "whoever wrote it into NetBox".to_owned(),
    };
    Err(Refusal::NotYours { what: super::told(row), owner })
}

/// An interface's address goes with its VM or device. Only one that we took, of a VM whose guest is gone, is left over.
async fn without_its_guest(cx: &Cx, row: &Address, assigned: &Assigned) -> Result<String, Trouble> {
    let holder = super::holder(assigned);
    let belongs = || cannot(row, format!("it belongs to {holder}; delete the guest, or take it off in NetBox"));
    let is_ours =
        cx.rules.marks.job_in(&row.description).is_some() && assigned.object_type == "virtualization.vminterface";
    let Some(vm) = assigned.parent.as_ref().filter(|_| is_ours) else { return Err(belongs().into()) };
    // The view lags; a guest that was made a moment ago must be seen.
    let fresh = futures::future::join_all(cx.lab.clusters().iter().map(|c| c.refresh())).await;
    for view in fresh {
        let view = view?;
        let has_name = |name: Option<&str>| name.is_some_and(|n| n.eq_ignore_ascii_case(&vm.name));
        if view.guests.iter().any(|e| has_name(e.guest.name.as_deref())) {
            return Err(belongs().into());
        }
    }
    Ok(format!("{} is on {holder} in NetBox, and no guest is called {}", super::told(row), vm.name))
}

#[cfg(test)]
mod tests;
