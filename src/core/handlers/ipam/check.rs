//! `/ipam check`: addresses and VMs in NetBox, and holds of ours, whose job or guest is gone. Asked live; nothing is
//! changed.

use crate::{
    handlers::Cx,
    ipam::{
        Ipam, failure,
        leftovers::{Around, Leftover, Taker},
        records::own_macs,
    },
    jobs::steps::GuestId,
    lab::{Cluster, View, at},
    plan::{Outcome, Say},
};
use direttore_clients::{
    netbox::{AddressFilter, Error, Vm, VmFilter, VrfIs},
    proxmox::{self, GuestAt},
};
use direttore_domain::{JobId, Pond, PondOf, Prefix, Trouble, nic::Mac};
use direttore_store::{
    address_hold::{self, AddressHold},
    job,
};
use futures::StreamExt;
use serde::Deserialize;
use serde_json::{Value, json};
use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Input {
    prefix: Option<Pond>,
}

/// All that bears a mark of ours has this in its description.
const MARKED: &str = "direttore:";
/// As many are shown; what is left over is put right before more of it is looked at.
const SHOWN: usize = 30;
/// `/ipam release` takes no more at once.
const AT_ONCE: usize = 25;
/// As many guests are looked into at most, to find one that was renamed.
const MOST_LOOKED_INTO: usize = 200;

pub async fn plan(cx: &Cx, ask: Input) -> Result<Outcome, Trouble> {
    let ipam = cx.lab.need_ipam()?;
    let scope = Scope::new(ipam, ask.prefix.as_ref()).await?;
    let vms = VmFilter { description_ic: Some(MARKED.to_owned()), ..VmFilter::default() };
    let addresses = scope.addresses();
    let (vms, addresses, views) = futures::join!(ipam.client.vms(&vms), ipam.client.addresses(&addresses), views(cx));
    let (vms, addresses) = (vms.map_err(|e| failure(&e))?, addresses.map_err(|e| failure(&e))?);
    let mut missing: Vec<String> = views.iter().filter_map(|(_, v)| v.as_ref().err().cloned()).collect();
    let mut holds = holds(cx).await?;
    holds.retain(|hold| scope.has(hold));
    let mut around = Around {
        marks: cx.rules.marks.clone(),
        guests: names(&views).collect(),
        is_whole: missing.is_empty(),
        ..Around::default()
    };
    let texts = addresses.iter().map(|a| &a.description).chain(vms.iter().map(|vm| &vm.description));
    let marked = texts.filter_map(|text| cx.rules.marks.job_in(text));
    around.jobs = jobs(cx, marked.chain(holds.iter().filter_map(|h| h.job)).collect()).await?;
    around.gone = gone(cx, ipam, &vms, &views, &mut missing).await?;
    let held = held_in_netbox(ipam, &holds).await.map_err(|e| failure(&e))?;

    let mut rows: Vec<(Leftover, Value)> = Vec::new();
    let mut release: Vec<String> = Vec::new();
    for row in &addresses {
        if let Some(left) = around.address(row) {
            // A VRF cannot be said there.
            if left.can_release && row.vrf.is_none() {
                release.push(row.address.address().to_string());
            }
            let shown = shown(&super::told(row), "address", &left);
            rows.push((left, shown));
        }
    }
    for (hold, is_there) in holds.iter().zip(held) {
        rows.extend(around.hold(hold, is_there).map(|left| {
            let address = scope.told(hold);
            let shown = shown(&address, "held by direttore", &left);
            (left, shown)
        }));
    }
    // A VM is in no prefix.
    let vms = vms.iter().filter(|_| ask.prefix.is_none());
    rows.extend(vms.filter_map(|vm| {
        let left = around.vm(vm)?;
        let shown = shown("", &format!("VM {}", vm.name), &left);
        Some((left, shown))
    }));
    let total = rows.len();
    let vms_left = rows.iter().any(|(_, row)| row["address"] == "");
    release.truncate(AT_ONCE);
    let data = json!({
        "prefix": ask.prefix,
        "looked": addresses.len(),
        "total": total,
        "rows": rows.into_iter().take(SHOWN).map(|(_, row)| row).collect::<Vec<_>>(),
        "more": total.saturating_sub(SHOWN),
        "release": release,
        "vms": vms_left,
        "missing": missing,
    });
    Ok(Say::new("ipam_check", data).into())
}

fn shown(address: &str, what: &str, left: &Leftover) -> Value {
    json!({ "address": address, "what": what, "job": left.job, "since": left.since, "why": left.why })
}

/// Where is looked.
struct Scope {
    prefix: Option<Prefix>,
    /// Said with the prefix; else all tables.
    vrf: Option<u64>,
    /// Names of VRFs.
    vrfs: HashMap<u64, String>,
}

impl Scope {
    async fn new(ipam: &Ipam, pond: Option<&Pond>) -> Result<Self, Trouble> {
        let view = ipam.view().await?;
        let vrf = match pond.and_then(|p| p.vrf.as_deref()) {
            Some(name) => Some(view.vrf(name)?.id),
            None => None,
        };
        let prefix = pond.and_then(|p| match p.what {
            PondOf::Prefix(prefix) => Some(prefix),
            PondOf::Range(..) => None,
        });
        Ok(Self { prefix, vrf, vrfs: view.vrfs.iter().map(|v| (v.id, v.name.clone())).collect() })
    }

    fn addresses(&self) -> AddressFilter {
        AddressFilter {
            description_ic: Some(MARKED.to_owned()),
            parent: self.prefix,
            vrf_id: self.vrf.map(VrfIs::Id),
            ..AddressFilter::default()
        }
    }

    fn has(&self, hold: &AddressHold) -> bool {
        self.prefix.is_none_or(|p| p.contains(hold.address)) && self.vrf.is_none_or(|vrf| vrf == hold.vrf)
    }

    fn told(&self, hold: &AddressHold) -> String {
        match self.vrfs.get(&hold.vrf) {
            Some(name) => format!("{}@{name}", hold.address),
            None => hold.address.to_string(),
        }
    }
}

type Views = Vec<(Arc<Cluster>, Result<Arc<View>, String>)>;

/// Every cluster as it is now: a guest that was made a moment ago must be seen.
async fn views(cx: &Cx) -> Views {
    let asked = cx.lab.clusters().iter().map(|cluster| async move {
        let view = cluster.refresh().await.map_err(|failure| failure.to_string());
        (Arc::clone(cluster), view)
    });
    futures::future::join_all(asked).await
}

fn names(views: &Views) -> impl Iterator<Item = String> {
    let seen = views.iter().filter_map(|(_, view)| view.as_ref().ok());
    seen.flat_map(|view| view.guests.iter().filter_map(|e| Some(e.guest.name.as_ref()?.to_lowercase())))
}

async fn holds(cx: &Cx) -> Result<Vec<AddressHold>, Trouble> {
    let mut tx = cx.store.read().await?;
    Ok(address_hold::all(&mut tx).await?)
}

async fn jobs(cx: &Cx, ids: HashSet<JobId>) -> Result<HashMap<JobId, Taker>, Trouble> {
    let ids: Vec<JobId> = ids.into_iter().collect();
    let mut tx = cx.store.read().await?;
    let mut known = HashMap::new();
    for (id, status) in job::status_of(&mut tx, &ids).await? {
        // What goes on is no finding, whenever it began.
        let ended = if status.is_unfinished() { None } else { job::by_id(&mut tx, id).await?.and_then(|j| j.ended) };
        known.insert(id, Taker { status, ended });
    }
    Ok(known)
}

/// Whether NetBox has each of the addresses that we hold.
async fn held_in_netbox(ipam: &Ipam, holds: &[AddressHold]) -> Result<Vec<bool>, Error> {
    let asked = holds.iter().map(|hold| {
        let vrf_id = Some(if hold.vrf == 0 { VrfIs::Global } else { VrfIs::Id(hold.vrf) });
        let filter = AddressFilter { vrf_id, address: Some(hold.address), ..AddressFilter::default() };
        async move { ipam.client.addresses(&filter).await.map(|rows| !rows.is_empty()) }
    });
    let answers: Vec<Result<bool, Error>> =
        futures::stream::iter(asked.collect::<Vec<_>>()).buffered(8).collect().await;
    answers.into_iter().collect()
}

/// The VMs whose guest is in no cluster: not by name, and not by hardware address either, since a guest may have been
/// renamed, and Proxmox' list may lack one that was just made. Those of clusters that are not ours, or that cannot be
/// seen, are not among them.
async fn gone(
    cx: &Cx,
    ipam: &Ipam,
    vms: &[Vm],
    views: &Views,
    missing: &mut Vec<String>,
) -> Result<HashSet<u64>, Trouble> {
    let mut gone = HashSet::new();
    for (cluster, view) in views {
        let Ok(view) = view else { continue };
        let theirs = ipam.cluster_name(&cluster.name);
        let here = |vm: &&Vm| vm.cluster.as_ref().is_some_and(|c| c.name.eq_ignore_ascii_case(theirs));
        let is_there = |name: &str| {
            view.guests.iter().any(|e| e.guest.name.as_deref().is_some_and(|n| n.eq_ignore_ascii_case(name)))
        };
        let lost: Vec<&Vm> = vms.iter().filter(here).filter(|vm| !is_there(&vm.name)).collect();
        let Some(cluster_id) = lost.first().and_then(|vm| vm.cluster.as_ref()).map(|c| c.id) else { continue };
        let records = lost.iter().map(|vm| ipam.records_on((*vm).clone()));
        let known = VmFilter { cluster_id: Some(cluster_id), ..VmFilter::default() };
        let (records, known) = futures::try_join!(futures::future::try_join_all(records), ipam.client.vms(&known))
            .map_err(|e| failure(&e))?;
        let known: HashSet<String> = known.into_iter().map(|vm| vm.name.to_lowercase()).collect();
        let mut asked = strangers(view, &known);
        asked.extend(made(cx, cluster, &lost).await?);
        let Some(macs) = macs(cluster, asked).await else {
            let peer = cluster.peer();
            missing.push(format!("not every guest of {peer} could be looked into, and one may have been renamed"));
            continue;
        };
        for (vm, records) in lost.iter().zip(records) {
            if !records.macs.values().flatten().any(|mac| macs.contains(mac)) {
                gone.insert(vm.id);
            }
        }
    }
    Ok(gone)
}

/// Guests that NetBox does not know by their names.
fn strangers(view: &View, known: &HashSet<String>) -> Vec<GuestAt> {
    let is_known = |name: Option<&String>| name.is_some_and(|n| known.contains(&n.to_lowercase()));
    let guests = view.guests.iter().map(|e| &e.guest);
    guests.filter(|g| !g.is_template && !is_known(g.name.as_ref())).map(|g| at(g)).collect()
}

/// Where the guests of these VMs were made, as their jobs have it.
async fn made(cx: &Cx, cluster: &Cluster, vms: &[&Vm]) -> Result<Vec<GuestAt>, Trouble> {
    let mut all = Vec::new();
    let mut tx = cx.store.read().await?;
    for job in vms.iter().filter_map(|vm| cx.rules.marks.job_in(&vm.description)) {
        let steps = job::steps(&mut tx, job).await?;
        let guests = steps.iter().filter_map(|step| step.done.as_ref()?.get("guest").cloned());
        let guests = guests.filter_map(|guest| serde_json::from_value::<GuestId>(guest).ok());
        let here = guests.filter(|guest| guest.cluster == cluster.name);
        all.extend(here.map(|g| GuestAt { node: g.node, kind: g.kind, vmid: g.vmid }));
    }
    Ok(all)
}

/// The hardware addresses of guests; `None` when they cannot all be looked at.
async fn macs(cluster: &Cluster, guests: Vec<GuestAt>) -> Option<HashSet<Mac>> {
    if guests.len() > MOST_LOOKED_INTO {
        return None;
    }
    let asked = guests.into_iter().map(|at| async move {
        match cluster.client.guest_config(&at).await {
            Ok(config) => Some(own_macs(at.kind, &config)),
            Err(proxmox::Error::NotFound { .. }) => Some(vec![]),
            Err(_) => None,
        }
    });
    let answers: Vec<Option<Vec<Mac>>> = futures::stream::iter(asked).buffer_unordered(8).collect().await;
    let all: Option<Vec<Vec<Mac>>> = answers.into_iter().collect();
    Some(all?.into_iter().flatten().collect())
}
