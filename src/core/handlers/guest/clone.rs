//! `/guest clone`: a copy of a guest. Only a template can be linked to; everything else is copied in full.

use super::parts::work::{about, bridges, called, cannot, config, content, disks, fit, node, storages, unlocked};
use crate::{
    handlers::{
        Cx,
        cx::Found,
        provision::{check_more, free_name},
    },
    jobs::steps::{CloneGuest, GuestId, HoldGuest, HoldPlan, RecordOwner, Step},
    lab::mark,
    plan::{JobPlan, Outcome, Plan, Say},
    quota::Usage,
};
use direttore_clients::proxmox::GuestConfig;
use direttore_domain::{
    GuestKind, GuestRef, GuestStatus, Hostname, NodeName, PoolName, Refusal, SnapshotName, StorageName, Trouble, Vmid,
    disk::{Disk, Size},
    nearest::nearest,
    text,
};
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::BTreeMap;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Input {
    guest: GuestRef,
    name: Hostname,
    vmid: Option<Vmid>,
    node: Option<NodeName>,
    storage: Option<StorageName>,
    pool: Option<PoolName>,
    snapshot: Option<SnapshotName>,
    #[serde(default)]
    full: bool,
    reason: Option<String>,
}

pub async fn plan(cx: &Cx, ask: Input) -> Result<Outcome, Trouble> {
    let found = cx.guest_now(&ask.guest).await?;
    unlocked(&found, "be copied")?;
    let (cluster, guest) = (&found.cluster, &found.guest);
    let config = config(&found).await?;
    let pool = ask.pool.clone().or(cx.rules.provision.pool.clone());
    let to = node(cx, cluster, ask.node.as_ref().unwrap_or(&guest.node), pool.as_ref()).await?.name;
    free_name(cx, cluster, &ask.name, ask.vmid).await?;
    let disks = disks(&config);
    let full = ask.full || !guest.is_template;
    can_be_copied(&found, &config, &ask, &disks, full)?;
    let taken = snapshot(&found, &ask, full).await?;
    let left = room(&found, &ask, &disks, &to, full).await?;
    if to != guest.node {
        bridges(cluster, &to, guest.kind, &config).await?;
    }
    let more = Usage {
        guests: 1,
        // Proxmox gives containers parts of a core; whole ones are counted.
        cores: guest.cores.ceil().max(0.0) as u64,
        memory_mib: guest.memory >> 20,
        disk_mib: guest.disk >> 20,
    };
    let quota = check_more(cx, &more).await?;
    let storage = ask.storage.clone().filter(|_| full);
    let rows: Vec<Value> = disks
        .iter()
        .map(|(key, disk)| {
            let on = storage.as_ref().unwrap_or(&disk.storage);
            json!({ "key": key, "size": disk.size, "from": disk.storage, "to": on })
        })
        .collect();
    let step = CloneGuest {
        source: GuestId::from(guest),
        name: ask.name.clone(),
        vmid: ask.vmid,
        node: to.clone(),
        storage,
        pool: pool.clone(),
        snapshot: ask.snapshot.clone(),
        full,
        description: config.values.get("description").cloned(),
    };
    let hold = HoldPlan {
        cluster: cluster.name.clone(),
        name: ask.name.to_string(),
        vmid: ask.vmid,
        cores: more.cores,
        memory_mib: more.memory_mib,
        disk_mib: more.disk_mib,
        quota,
    };
    let job = JobPlan::new(
        format!("copy {} as {}", called(guest), ask.name),
        format!("{}/new/{}", cluster.name, ask.name.as_str().to_lowercase()),
        vec![
            Step::HoldGuest(HoldGuest { plan: hold, macs: vec![] }),
            Step::CloneGuest(step),
            Step::RecordOwner(RecordOwner {}),
        ],
    )
    .placed_on(&cluster.name, &to);
    let own = mark(&config);
    let owner = super::owner::of(cx, guest, &own).await?;
    let extra = json!({
        "name": ask.name, "new_vmid": ask.vmid, "to": to, "pool": pool, "full": full, "is_template": guest.is_template,
        "snapshot": ask.snapshot, "taken": taken, "disks": rows, "left": left,
        "cores": more.cores, "memory": guest.memory, "for": cx.actor.name(), "reason": ask.reason,
    });
    let question = Say::new("guest_clone", about(cx, &found, owner.as_ref(), extra));
    Ok(Plan {
        state: json!([guest.vmid, guest.node, own, taken, rows]),
        jobs: vec![job],
        ..Plan::new(format!("guest {}/{}", cluster.name, ask.name), question)
    }
    .into())
}

/// What no copy can be made of, or none of that kind.
fn can_be_copied(
    found: &Found,
    config: &GuestConfig,
    ask: &Input,
    disks: &[(String, Disk)],
    full: bool,
) -> Result<(), Refusal> {
    let guest = &found.guest;
    let bound = |(key, value): &(&String, &String)| {
        key.strip_prefix("mp").is_some_and(|n| n.bytes().all(|b| b.is_ascii_digit())) && value.starts_with('/')
    };
    if let Some((key, _)) = config.values.iter().find(bound) {
        return Err(cannot(guest, "be copied", format!("{key} is a folder of its node, which cannot be copied")));
    }
    if let Some(storage) = ask.storage.as_ref().filter(|_| !full)
        && let Some((key, disk)) = disks.iter().find(|(_, disk)| disk.storage != *storage)
    {
        let why = format!("a linked copy stands on its disk {key} on {}; full copies it", disk.storage);
        return Err(cannot(guest, &format!("be copied to {storage}"), why));
    }
    Ok(())
}

/// When the snapshot that is to be copied was taken; a running container needs one.
async fn snapshot(found: &Found, ask: &Input, full: bool) -> Result<Option<direttore_domain::Instant>, Trouble> {
    let guest = &found.guest;
    let runs = found.now.status != GuestStatus::Stopped;
    let needs = runs && full && guest.kind == GuestKind::Container;
    if ask.snapshot.is_none() && !needs {
        return Ok(None);
    }
    let all = found.cluster.client.snapshots(&found.at()).await.map_err(|e| found.cluster.failure(&e))?;
    let has: Vec<String> = all.iter().map(|s| s.name.to_string()).collect();
    match &ask.snapshot {
        None => {
            let there = match has.as_slice() {
                [] => "it has none (/snapshot create takes one)".to_owned(),
                some => format!("it has {}", text::list(some)),
            };
            let why = format!("it runs, and a running container can be copied from a snapshot only; {there}");
            Err(cannot(guest, "be copied", why).into())
        }
        Some(name) => match all.iter().find(|s| s.name == *name) {
            Some(snapshot) => Ok(snapshot.taken),
            None => {
                let nearest = nearest(name.as_str(), has.iter().map(String::as_str)).map(str::to_owned);
                Err(Refusal::NoSuch { what: "snapshot", given: name.to_string(), nearest, has }.into())
            }
        },
    }
}

/// Whether its disks can come to that node, and what is left of the storages there afterwards.
async fn room(
    found: &Found,
    ask: &Input,
    disks: &[(String, Disk)],
    to: &NodeName,
    full: bool,
) -> Result<Vec<Value>, Trouble> {
    let (cluster, guest) = (&found.cluster, &found.guest);
    let here = storages(cluster, &guest.node).await?;
    let is_shared = |name: &StorageName| here.iter().any(|s| s.name == *name && s.is_shared);
    let refuse = |why: String| Refusal::WrongState { subject: format!("node {to}"), verb: "take the copy".into(), why };
    if *to != guest.node {
        if let Some((key, disk)) = disks.iter().find(|(_, disk)| !is_shared(&disk.storage)) {
            let why = format!("{key} of {} lies on {}, which {} alone has", called(guest), disk.storage, guest.node);
            return Err(refuse(why).into());
        }
        if let Some(storage) = ask.storage.as_ref().filter(|name| !is_shared(name)) {
            return Err(
                refuse(format!("{storage} is not shared with {}; leave it out, or copy there", guest.node)).into()
            );
        }
    }
    if !full {
        return Ok(vec![]);
    }
    let mut more: BTreeMap<StorageName, Size> = BTreeMap::new();
    for (_, disk) in disks {
        let on = ask.storage.as_ref().unwrap_or(&disk.storage).clone();
        more.entry(on).or_insert(Size { mib: 0 }).mib += disk.size.map_or(0, |size| size.mib);
    }
    let there = if *to == guest.node { here } else { storages(cluster, to).await? };
    Ok(fit(&there, to, content(guest.kind), &more)?)
}
