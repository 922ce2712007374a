//! `/guest resize`: other cores, memory, or a larger disk. What a running VM cannot take at once waits for its next start.

use super::parts::work::{about, called, cannot, config, content, disks, fit, storages, unlocked};
use crate::{
    handlers::{Cx, cx::Found, provision::check_more},
    jobs::steps::{GuestId, Key, ResizeDisk, ResizeGuest, Step},
    lab::{boot_disk, mark},
    plan::{JobPlan, Outcome, Plan, Say},
    quota::Usage,
};
use direttore_clients::proxmox::GuestConfig;
use direttore_domain::{
    AccountName, Growth, GuestKind, GuestRef, GuestStatus, Refusal, StorageName, Trouble, disk::Size, nearest::nearest,
};
use serde::Deserialize;
use serde_json::json;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Input {
    guest: GuestRef,
    cores: Option<u32>,
    memory: Option<Size>,
    disk: Option<Growth>,
    which: Option<String>,
    reason: Option<String>,
}

/// What Proxmox takes where the configuration says nothing.
const MEMORY_MIB: u64 = 512;

/// One disk, now and then.
struct Larger {
    key: String,
    storage: StorageName,
    before: Size,
    after: Size,
}

pub async fn plan(cx: &Cx, ask: Input) -> Result<Outcome, Trouble> {
    let missing = |option: &str, right: &str| Refusal::MissingOption { option: option.into(), right: right.into() };
    if ask.cores.is_none() && ask.memory.is_none() && ask.disk.is_none() {
        return Err(missing("cores, memory or disk", "at least one of them, like cores=4").into());
    }
    if ask.which.is_some() && ask.disk.is_none() {
        return Err(missing("disk", "the disk's new size like 40G, or +10G for so much more").into());
    }
    let found = cx.guest_now(&ask.guest).await?;
    unlocked(&found, "be resized")?;
    let guest = &found.guest;
    let config = config(&found).await?;
    let number = |key: &str| config.values.get(key).and_then(|v| v.parse::<u64>().ok());
    let sockets =
        number("sockets").filter(|_| guest.kind == GuestKind::Vm).and_then(|n| n.try_into().ok()).unwrap_or(1);
    let memory = number("memory").unwrap_or(MEMORY_MIB);
    let mut keys = Vec::new();
    let mut key = |name: &str, after: Option<u64>, before: u64| {
        let current = config.values.get(name).cloned();
        // A container without a number of cores has all of its node's.
        let is_so = match (&current, guest.kind) {
            (None, GuestKind::Container) if name == "cores" => false,
            _ => after == Some(before),
        };
        if let Some(after) = after.filter(|_| !is_so) {
            keys.push(Key { name: name.to_owned(), before: current, after: after.to_string() });
        }
    };
    let cores = number("cores").unwrap_or(1);
    key("cores", ask.cores.map(u64::from), cores);
    key("memory", ask.memory.map(|m| m.mib), memory);
    let larger = match ask.disk {
        Some(growth) => Some(larger(&found, &config, growth, ask.which.as_deref())?).filter(|l| l.after > l.before),
        None => None,
    };
    if keys.is_empty() && larger.is_none() {
        let data = json!({ "label": guest.label(), "vmid": guest.vmid, "what": "is that large" });
        return Ok(Say::new("guest_already", data).into());
    }
    within_node(cx, &found, &config, &ask, sockets).await?;
    let left = match &larger {
        Some(larger) => {
            let grown = Size { mib: larger.after.mib - larger.before.mib };
            let all = storages(&found.cluster, &guest.node).await?;
            fit(&all, &guest.node, content(guest.kind), &[(larger.storage.clone(), grown)].into())?
        }
        None => vec![],
    };
    let own = mark(&config);
    let owner = super::owner::of(cx, guest, &own).await?;
    let more = Usage {
        guests: 0,
        cores: ask.cores.map_or(0, |n| u64::from(n).saturating_sub(cores) * u64::from(sockets)),
        memory_mib: ask.memory.map_or(0, |m| m.mib.saturating_sub(memory)),
        disk_mib: larger.as_ref().map_or(0, |l| l.after.mib - l.before.mib),
    };
    within_quota(cx, owner.as_ref(), &more).await?;
    let runs = found.now.status != GuestStatus::Stopped;
    let waits: Vec<&str> =
        keys.iter().map(|k| k.name.as_str()).filter(|k| runs && waits(guest.kind, &config, k)).collect();
    let extra = json!({
        "cores": ask.cores.filter(|_| keys.iter().any(|k| k.name == "cores")).map(|after| json!({
            "before": number("cores").or((guest.kind == GuestKind::Vm).then_some(1)), "after": after })),
        "sockets": sockets,
        "memory": ask.memory.filter(|_| keys.iter().any(|k| k.name == "memory")).map(|after| json!({
            "before": Size { mib: memory }, "after": after })),
        "disk": larger.as_ref().map(|l| json!({
            "key": l.key, "storage": l.storage, "before": l.before, "after": l.after })),
        "left": left, "waits": waits, "reason": ask.reason,
    });
    let question = Say::new("guest_resize", about(cx, &found, owner.as_ref(), extra));
    let sizes = larger.as_ref().map(|l| json!([l.key, l.before]));
    let state = json!([guest.vmid, guest.node, own, runs, sizes]);
    let mut steps = Vec::new();
    if !keys.is_empty() {
        steps.push(Step::ResizeGuest(ResizeGuest { guest: GuestId::from(guest), keys, sockets }));
    }
    // Last: a disk cannot be made smaller again.
    if let Some(Larger { key, after, .. }) = larger {
        steps.push(Step::ResizeDisk(ResizeDisk { guest: Some(GuestId::from(guest)), disk: key, to: after }));
    }
    let job = JobPlan::new(format!("resize {}", called(guest)), found.subject(), steps);
    Ok(Plan { state, jobs: vec![job], ..Plan::new(format!("guest {}", found.subject()), question) }.into())
}

/// The disk that is meant, and its new size.
fn larger(found: &Found, config: &GuestConfig, growth: Growth, which: Option<&str>) -> Result<Larger, Refusal> {
    let guest = &found.guest;
    if guest.is_template {
        return Err(cannot(guest, "get a larger disk", "it is a template, and copies stand on its disks"));
    }
    let all = disks(config);
    let (key, disk) = match which {
        Some(which) => {
            let has: Vec<String> = all.iter().map(|(key, _)| key.clone()).collect();
            all.into_iter().find(|(key, _)| key == which).ok_or_else(|| Refusal::NoSuch {
                what: "disk",
                given: which.to_owned(),
                nearest: nearest(which, has.iter().map(String::as_str)).map(str::to_owned),
                has,
            })?
        }
        None => boot_disk(config).ok_or_else(|| cannot(guest, "get a larger disk", "it has none to start from"))?,
    };
    let Some(before) = disk.size else {
        return Err(cannot(guest, "get a larger disk", format!("Proxmox does not say how large {key} is")));
    };
    let after = growth.from(before);
    if after < before {
        return Err(Refusal::BadValue {
            option: "disk".into(),
            given: growth.to_string(),
            what: "size that a disk can grow to",
            right: format!("more than {before}, which {key} has: disks never shrink"),
        });
    }
    Ok(Larger { key, storage: disk.storage, before, after })
}

/// Proxmox would start no guest with more than its node has.
async fn within_node(cx: &Cx, found: &Found, config: &GuestConfig, ask: &Input, sockets: u32) -> Result<(), Trouble> {
    let guest = &found.guest;
    let node = super::parts::work::node(cx, &found.cluster, &guest.node, guest.pool.as_ref()).await?;
    if let (Some(cores), Some(has)) = (ask.cores, node.cores)
        && f64::from(cores.saturating_mul(sockets)) > has
    {
        let each = if sockets > 1 { format!(" on each of {sockets} sockets") } else { String::new() };
        let why = format!("{cores}{each} were asked for, and {} has {has}", node.name);
        return Err(cannot(guest, "have so many cores", why).into());
    }
    if let (Some(memory), Some(has)) = (ask.memory, node.memory)
        && memory.mib > has >> 20
    {
        let why = format!("{memory} were asked for, and {} has {}", node.name, Size { mib: has >> 20 });
        return Err(cannot(guest, "have so much memory", why).into());
    }
    let balloon = config.values.get("balloon").and_then(|b| b.parse::<u64>().ok()).map(|mib| Size { mib });
    if let (Some(memory), Some(least)) = (ask.memory, balloon.filter(|_| guest.kind == GuestKind::Vm))
        && memory < least
    {
        return Err(cannot(guest, "have so little memory", format!("its balloon keeps {least} at least")).into());
    }
    Ok(())
}

/// What the asker has counts against the asker; another's guest does not.
async fn within_quota(cx: &Cx, owner: Option<&AccountName>, more: &Usage) -> Result<(), Trouble> {
    let is_own = owner.is_some() && owner == cx.actor.account.as_ref().map(|a| &a.name);
    if is_own {
        check_more(cx, more).await?;
    }
    Ok(())
}

/// Whether a running guest takes the key with its next start only. Containers take all at once; a VM what it is told to.
fn waits(kind: GuestKind, config: &GuestConfig, key: &str) -> bool {
    let hot = config.values.get("hotplug").map_or("network,disk,usb", String::as_str);
    let plug = if key == "cores" { "cpu" } else { key };
    kind == GuestKind::Vm && hot != "1" && !hot.split(',').any(|part| part == plug)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_waits_for_the_next_start() {
        let config = |hotplug: Option<&str>| GuestConfig {
            digest: String::new(),
            values: hotplug.into_iter().map(|h| ("hotplug".to_owned(), h.to_owned())).collect(),
        };
        assert!(waits(GuestKind::Vm, &config(None), "cores") && waits(GuestKind::Vm, &config(None), "memory"));
        assert!(!waits(GuestKind::Vm, &config(Some("network,cpu")), "cores"));
        assert!(waits(GuestKind::Vm, &config(Some("network,cpu")), "memory"));
        assert!(!waits(GuestKind::Vm, &config(Some("1")), "memory"));
        assert!(!waits(GuestKind::Container, &config(None), "memory"));
    }
}
