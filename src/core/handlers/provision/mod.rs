//! `/provision vm` and `/provision container`: from a wish to a plan that says exactly what will be made.
//!
//! `place` finds the node, `source` what the guest is made from, `network` its interfaces and addresses, `quota` whether
//! the asker may have it, `review` what is shown. What was not said is chosen, and marked so.

pub mod container;
mod parts;
pub mod vm;

pub(in crate::handlers) use parts::quota::check_more;
pub use parts::source::offers;

use parts::{network, place, quota, review};

use crate::{
    handlers::Cx,
    jobs::steps::{
        AllocateAddresses, ConfigureGuest, CreateGuest, From, HoldGuest, HoldPlan, InNetBox, NewGuest, NewIp, NewNic,
        RecordOwner, RegisterGuest, ResizeDisk, StartGuest, Step, VerifyGuest,
    },
    lab::Cluster,
    plan::{JobPlan, Outcome, Plan},
};
use direttore_clients::netbox::VmFilter;
use direttore_domain::{
    ClusterName, GuestKind, Hostname, KeyName, NicWish, NodeName, PoolName, Refusal, StorageName, Tag, Trouble, Vmid,
    disk::Size, nearest::nearest,
};
use direttore_store::{hold, key};
use std::net::IpAddr;

/// What was asked for, of either kind. What is `None` is chosen.
#[derive(Debug, Clone)]
pub struct Wish {
    pub kind: GuestKind,
    pub name: Hostname,
    pub node: Option<NodeName>,
    pub cluster: Option<ClusterName>,
    pub template: Option<String>,
    pub cores: Option<u32>,
    pub memory: Option<Size>,
    /// MiB.
    pub swap_mib: u64,
    pub disk: Option<Size>,
    pub storage: Option<StorageName>,
    pub vmid: Option<Vmid>,
    pub pool: Option<PoolName>,
    pub nics: Vec<NicWish>,
    pub dns: Vec<IpAddr>,
    pub domain: Option<String>,
    pub user: Option<String>,
    pub keys: Vec<KeyName>,
    pub password: bool,
    pub tags: Vec<Tag>,
    pub description: Option<String>,
    pub is_privileged: bool,
    pub nesting: bool,
    pub stopped: bool,
    pub reason: Option<String>,
}

impl Wish {
    /// How a text of nothing but a name is completed.
    pub(super) fn nics(texts: &[String]) -> Result<Vec<NicWish>, Refusal> {
        let read = |(at, text): (usize, &String)| NicWish::read_text(&format!("nic{}", at + 1), text);
        texts.iter().enumerate().map(read).collect()
    }
}

const CORES: u32 = 1;
const MEMORY: Size = Size { mib: 512 };
const DISK: Size = Size { mib: 8 * 1024 };

pub async fn decide(cx: &Cx, wish: Wish) -> Result<Outcome, Trouble> {
    let rules = cx.rules.provision.clone();
    let mut chosen: Vec<&'static str> = Vec::new();
    let mut choose = |what: &'static str, was_said: bool| {
        if !was_said {
            chosen.push(what);
        }
    };
    let cores = wish.cores.unwrap_or(CORES);
    let memory = wish.memory.unwrap_or(MEMORY);
    choose("cores", wish.cores.is_some());
    choose("memory", wish.memory.is_some());
    let mut network = network::settle(cx, &wish).await?;
    let sizes = place::Sizes { cores, memory, disk: wish.disk };
    let place = place::find(cx, &wish, &sizes, &network).await?;
    choose("node", wish.node.is_some());
    choose("template", wish.template.is_some());
    choose("storage", wish.storage.is_some());
    choose("disk", wish.disk.is_some());
    choose("nic", !wish.nics.is_empty());
    choose("vmid", wish.vmid.is_some());
    let cluster = &place.cluster;
    free_name(cx, cluster, &wish.name, wish.vmid).await?;
    let keys = keys(cx, &wish).await?;
    let netbox = in_netbox(cx, cluster, &wish).await?;
    let mut nics = place.fit.nics.clone();
    vlans_of_its_site(cx, netbox.as_ref(), &mut nics, &mut network.notes);
    let spec = NewGuest {
        cluster: cluster.name.clone(),
        node: place.node.name.clone(),
        kind: wish.kind,
        name: wish.name.clone(),
        vmid: wish.vmid,
        from: place.fit.from.clone(),
        cores,
        memory,
        swap_mib: wish.swap_mib,
        disk: place.fit.disk,
        storage: place.fit.storage.name.clone(),
        pool: wish.pool.clone().or(rules.pool.clone()),
        nics,
        dns: if wish.dns.is_empty() { rules.dns.clone() } else { wish.dns.clone() },
        domain: wish.domain.clone().or(rules.domain.clone()),
        user: wish.user.clone().or(rules.user.clone()),
        keys: keys.iter().map(|k| k.public_key.clone()).collect(),
        password: wish.password,
        hidden_password: None,
        tags: if wish.tags.is_empty() { rules.tags.clone() } else { wish.tags.clone() },
        description: wish.description.clone(),
        is_privileged: wish.is_privileged,
        nesting: wish.nesting,
        starts: !wish.stopped,
        netbox,
    };
    let quota = quota::check(cx, &spec).await?;
    let hold = HoldPlan {
        cluster: spec.cluster.clone(),
        name: spec.name.to_string(),
        vmid: spec.vmid,
        cores: spec.cores.into(),
        memory_mib: spec.memory.mib,
        disk_mib: spec.disk.mib,
        quota,
    };
    let steps = steps(&spec, hold);
    let question = review::question(cx, &wish, &spec, &place, &network, &chosen, &keys);
    let job = JobPlan {
        title: format!("make the {} {}", spec.kind, spec.name),
        subject: format!("{}/new/{}", spec.cluster, spec.name.as_str().to_lowercase()),
        placed_on: Some((spec.cluster.clone(), spec.node.clone())),
        behalf: None,
        reveals_password: spec.password,
        steps,
    };
    Ok(Plan {
        jobs: vec![job],
        settled: review::settled(&wish, &spec),
        ..Plan::new(format!("guest {}/{}", spec.cluster, spec.name), question)
    }
    .into())
}

fn steps(spec: &NewGuest, plan: HoldPlan) -> Vec<Step> {
    let macs = spec.nics.iter().map(|nic| nic.mac).collect();
    let mut steps = vec![Step::HoldGuest(HoldGuest { plan, macs })];
    let is_fixed = |ip: &NewIp| matches!(ip, NewIp::From { .. } | NewIp::Fixed { .. });
    if spec.netbox.is_some() && spec.nics.iter().any(|nic| is_fixed(&nic.ip) || is_fixed(&nic.ip6)) {
        steps.push(Step::AllocateAddresses(AllocateAddresses { spec: spec.clone() }));
    }
    steps.push(Step::CreateGuest(CreateGuest { spec: spec.clone() }));
    if ConfigureGuest::is_needed(spec) {
        steps.push(Step::ConfigureGuest(ConfigureGuest { spec: spec.clone() }));
    }
    if let From::Clone { disk, size, .. } = &spec.from
        && *size < spec.disk
    {
        steps.push(Step::ResizeDisk(ResizeDisk { guest: None, disk: disk.clone(), to: spec.disk }));
    }
    steps.push(Step::RecordOwner(RecordOwner {}));
    if let Some(netbox) = &spec.netbox {
        steps.push(Step::RegisterGuest(RegisterGuest { spec: spec.clone(), netbox: netbox.clone(), adopts: false }));
    }
    if spec.starts {
        steps.push(Step::StartGuest(StartGuest {}));
    }
    steps.push(Step::VerifyGuest(VerifyGuest { spec: spec.clone() }));
    steps
}

/// Name and number must be nobody's: no guest's, no other job's, and no VM's in NetBox.
pub(in crate::handlers) async fn free_name(
    cx: &Cx,
    cluster: &Cluster,
    name: &Hostname,
    vmid: Option<Vmid>,
) -> Result<(), Trouble> {
    let view = cluster.view().await?;
    let name = name.as_str();
    if let Some(guest) =
        view.guests.iter().find(|e| e.guest.name.as_deref().is_some_and(|n| n.eq_ignore_ascii_case(name)))
    {
        let given = format!("{name} ({}, on {})", guest.vmid, guest.guest.node);
        return Err(Refusal::Exists { what: "the guest", given }.into());
    }
    if let Some(guest) = vmid.and_then(|vmid| view.guest(vmid)) {
        let given = format!("{} ({})", guest.vmid, guest.label());
        return Err(Refusal::Exists { what: "the VMID", given }.into());
    }
    let mut tx = cx.store.read().await?;
    for held in hold::all(&mut tx, Some(&cluster.name)).await? {
        if held.name.eq_ignore_ascii_case(name) {
            return Err(Refusal::BeingMade { what: format!("a guest {name}"), job: held.job }.into());
        }
        if held.vmid.is_some() && held.vmid == vmid {
            return Err(
                Refusal::BeingMade { what: format!("a guest with that VMID ({})", held.name), job: held.job }.into()
            );
        }
    }
    Ok(())
}

/// The keys that may log in: those named, else all of the asker's.
async fn keys(cx: &Cx, wish: &Wish) -> Result<Vec<key::KeyRow>, Trouble> {
    let Some(account) = cx.actor.account_id() else { return Ok(vec![]) };
    let mut tx = cx.store.read().await?;
    let all = key::list(&mut tx, account).await?;
    if wish.keys.is_empty() {
        return Ok(all);
    }
    let find = |name: &KeyName| {
        all.iter().find(|k| k.name == *name).cloned().ok_or_else(|| {
            let has: Vec<String> = all.iter().map(|k| k.name.to_string()).collect();
            let nearest = nearest(name.as_str(), has.iter().map(String::as_str)).map(str::to_owned);
            Trouble::from(Refusal::NoSuch { what: "key", given: name.to_string(), nearest, has })
        })
    };
    wish.keys.iter().map(find).collect()
}

/// NetBox refuses an interface whose VLAN is of another site than its VM. Such a VLAN is set on the guest, and left out
/// of the record.
fn vlans_of_its_site(cx: &Cx, netbox: Option<&InNetBox>, nics: &mut [NewNic], notes: &mut Vec<String>) {
    let (Some(netbox), Some(view)) = (netbox, cx.lab.ipam().and_then(|i| i.view_now())) else { return };
    let own = netbox.site.or_else(|| {
        let cluster = view.clusters.iter().find(|c| c.id == netbox.cluster)?;
        cluster.site.as_ref().map(|s| s.id)
    });
    for (at, nic) in nics.iter_mut().enumerate() {
        let Some(vlan) = nic.vlan_id.and_then(|id| view.vlans.iter().find(|v| v.id == id)) else { continue };
        if vlan.site.as_ref().is_some_and(|site| Some(site.id) != own) {
            nic.vlan_id = None;
            notes.push(format!(
                "NetBox has VLAN {} for another site; it is left out of nic{}'s record",
                vlan.vid,
                at + 1
            ));
        }
    }
}

/// Where in NetBox it is written down; `None` without a NetBox.
async fn in_netbox(cx: &Cx, cluster: &Cluster, wish: &Wish) -> Result<Option<InNetBox>, Trouble> {
    let Some(ipam) = cx.lab.ipam() else { return Ok(None) };
    let view = ipam.view().await?;
    let wanted = ipam.cluster_name(&cluster.name);
    let Some(row) = view.clusters.iter().find(|c| c.name.eq_ignore_ascii_case(wanted)) else {
        return Err(Refusal::NoSuch {
            what: "cluster in NetBox",
            given: wanted.to_owned(),
            nearest: nearest(wanted, view.clusters.iter().map(|c| c.name.as_str())).map(str::to_owned),
            has: view.clusters.iter().map(|c| c.name.clone()).collect(),
        }
        .into());
    };
    if !cx.is_confirmed {
        let filter = VmFilter { name: Some(wish.name.to_string()), cluster_id: Some(row.id), ..VmFilter::default() };
        let there = ipam.client.vms(&filter).await.map_err(|e| crate::ipam::failure(&e))?;
        if !there.is_empty() {
            let given = format!("{} in the cluster {} of NetBox", wish.name, row.name);
            return Err(Refusal::Exists { what: "the VM", given }.into());
        }
    }
    let site = ipam.settings.site.as_ref().and_then(|slug| view.sites.iter().find(|s| s.slug == *slug)).map(|s| s.id);
    Ok(Some(InNetBox { cluster: row.id, site, has_tag: view.has_tag, has_job_field: view.has_job_field }))
}
