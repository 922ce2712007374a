//! `/guest show`: one guest as it is now.

use super::parts::chart;
use crate::{
    handlers::{Cx, cx::Found},
    ipam::{
        Records,
        drift::{Seen, drift},
        records::own_macs,
    },
    lab::mark,
    plan::{Outcome, Say},
    reserve::{Touch, standing},
};
use direttore_clients::{
    netbox,
    proxmox::{Exit, GuestConfig, Source, Task, TaskFilter, TaskState},
};
use direttore_domain::{GuestRef, GuestStatus, ResourceKey, Trouble, disk::Disk};
use direttore_store::Tx;
use serde::Deserialize;
use serde_json::{Value, json};
use std::{fmt::Display, net::IpAddr};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Input {
    guest: GuestRef,
}

const TASKS_SHOWN: u32 = 5;

pub async fn plan(cx: &Cx, ask: Input) -> Result<Outcome, Trouble> {
    let found = cx.guest_now(&ask.guest).await?;
    let (at, guest, now) = (found.at(), &found.guest, &found.now);
    let client = &found.cluster.client;
    let filter =
        TaskFilter { vmid: Some(guest.vmid), source: Source::All, limit: Some(TASKS_SHOWN), ..TaskFilter::default() };
    let addresses = async {
        match now.status {
            // A guest that does not run has no addresses, and the agent of a paused one does not answer.
            GuestStatus::Running => client.guest_addresses(&at).await,
            _ => Ok(vec![]),
        }
    };
    let (config, snapshots, tasks, addresses, records, picture) = futures::join!(
        client.guest_config(&at),
        client.snapshots(&at),
        client.tasks(&guest.node, &filter),
        addresses,
        records(cx, &found),
        chart::picture(cx, &found),
    );
    let config = config.map_err(|e| found.cluster.failure(&e))?;
    // What is shown besides is left out with its reason rather than failing the whole.
    let mut missing: Vec<String> = Vec::new();
    let mut note = |what: &str, error: &dyn Display| missing.push(format!("{what}: {error}"));
    let snapshots = snapshots.inspect_err(|e| note("snapshots", e)).unwrap_or_default();
    let tasks = tasks.inspect_err(|e| note("tasks", e)).unwrap_or_default();
    let addresses = addresses.inspect_err(|e| note("addresses", e)).unwrap_or_default();
    let reported: Vec<IpAddr> = addresses.iter().map(|a| a.address).collect();
    let records = records.inspect_err(|e| note("NetBox", e)).unwrap_or_default();
    let netbox = records.map(|records| compare(cx, &found, &config, &reported, records));
    let mut tx = cx.store.read().await?;
    let owner = direttore_store::owner::get(&mut tx, &guest.cluster, guest.vmid).await?;
    let owner = owner.filter(|o| o.mark == mark(&config)).map(|o| o.account);
    let reservations = reserved(cx, &mut tx, &found).await?;
    let since = (now.status != GuestStatus::Stopped && now.uptime > 0)
        .then(|| cx.clock.now() - std::time::Duration::from_secs(now.uptime));
    let data = json!({
        "guest": guest,
        "kind": guest.kind.to_string(),
        "label": guest.label(),
        "status": now.status.as_str(),
        "addresses": reported,
        "since": since,
        "owner": owner,
        "tags": guest.tags,
        "cpu": now.cpu,
        "cores": now.cores,
        "memory": now.memory,
        "memory_used": now.memory_used,
        "disks": disks(&config),
        "networks": numbered(&config, "net"),
        "description": config.values.get("description"),
        "snapshots": snapshots.iter().map(|s| s.name.as_str()).collect::<Vec<_>>(),
        "tasks": tasks.iter().map(task).collect::<Vec<_>>(),
        "missing": missing,
        "netbox": netbox,
        "reservations": reservations,
    });
    Ok(Say::new("guest_show", data).with_picture(picture).into())
}

/// Who has it, or its node with all its guests.
async fn reserved(cx: &Cx, tx: &mut Tx, found: &Found) -> Result<Value, Trouble> {
    let guest = &found.guest;
    let touch = Touch {
        key: ResourceKey::Guest(guest.cluster.clone(), guest.vmid),
        name: guest.offer(),
        under: Some(ResourceKey::Node(guest.cluster.clone(), guest.node.clone())),
    };
    Ok(standing(tx, &touch, cx.clock.now()).await?.shown())
}

/// What goes by its name in NetBox; `None` without a NetBox. A template is none of NetBox' business.
async fn records(cx: &Cx, found: &Found) -> Result<Option<Records>, netbox::Error> {
    let guest = &found.guest;
    match (cx.lab.ipam(), &guest.name) {
        (Some(ipam), Some(name)) if !guest.is_template => ipam.records_named(&guest.cluster, name).await.map(Some),
        _ => Ok(None),
    }
}

/// Whether it is in NetBox, and a clause for each difference.
fn compare(cx: &Cx, found: &Found, config: &GuestConfig, reported: &[IpAddr], records: Records) -> Value {
    let (guest, now) = (&found.guest, &found.now);
    let records = records.of_guest(&guest.label(), guest.vmid, &own_macs(guest.kind, config));
    let seen = Seen { guest, status: now.status, cores: now.cores, memory: now.memory, config, reported };
    let view = cx.lab.ipam().and_then(|ipam| ipam.view_now());
    json!({
        "vm": records.vm.as_ref().map(|vm| &vm.name),
        "differences": drift(&seen, &records, view.as_deref()),
        "doubts": records.doubts,
    })
}

/// The entries `prefix0`, `prefix1`, … as `[key, value]`.
fn numbered(config: &GuestConfig, prefix: &str) -> Vec<[String; 2]> {
    let numbered = |key: &&String| {
        key.strip_prefix(prefix).is_some_and(|n| !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit()))
    };
    config.values.keys().filter(numbered).map(|k| [k.clone(), config.values[k].clone()]).collect()
}

/// Disks with their size: `scsi0 on local-lvm, 32G`. CD drives are left out.
fn disks(config: &GuestConfig) -> Vec<String> {
    let mut out = Vec::new();
    for prefix in ["scsi", "virtio", "sata", "ide", "mp"] {
        out.extend(numbered(config, prefix));
    }
    out.extend(config.values.get("rootfs").map(|v| ["rootfs".to_owned(), v.clone()]));
    let shown = out.into_iter().filter_map(|[key, value]| {
        let disk: Disk = value.parse().ok().filter(|d: &Disk| !d.is_cdrom)?;
        let size = disk.size.map_or_else(String::new, |s| format!(", {s}"));
        Some(format!("{key} on {}{size}", disk.storage))
    });
    shown.collect()
}

fn task(task: &Task) -> Value {
    let result = match &task.state {
        TaskState::Running => "running".to_owned(),
        TaskState::Ended(Exit::Ok) => "OK".to_owned(),
        TaskState::Ended(Exit::Warnings(n)) => format!("OK, {n} warnings"),
        TaskState::Ended(Exit::Failed(why)) => why.clone(),
    };
    json!({ "type": task.upid.task_type, "user": task.upid.user, "started": task.upid.started(), "result": result })
}
