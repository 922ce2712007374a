//! `/guest restore`: a new guest from a backup, or the backup in the place of a guest that is there.

use super::{
    parts::archive::{Archive, find},
    parts::work::{about, called, cannot, config, content, disks, fit, node, storages, unlocked},
};
use crate::{
    handlers::{
        Cx,
        provision::{check_more, free_name},
    },
    ipam::mark::unmarked,
    jobs::steps::{GuestId, HoldGuest, HoldPlan, OverwriteGuest, RecordOwner, RestoreGuest, Step},
    lab::{boot_disk, mark},
    plan::{JobPlan, Outcome, Plan, Say},
    quota::Usage,
};
use direttore_clients::proxmox::GuestConfig;
use direttore_domain::{
    GuestKind, GuestRef, GuestStatus, Hostname, NodeName, PoolName, Refusal, StorageName, Trouble, Vmid, disk::Size,
    text,
};
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::BTreeMap;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Input {
    backup: String,
    vmid: Option<Vmid>,
    node: Option<NodeName>,
    storage: Option<StorageName>,
    pool: Option<PoolName>,
    #[serde(default)]
    overwrite: bool,
    reason: Option<String>,
}

pub async fn plan(cx: &Cx, ask: Input) -> Result<Outcome, Trouble> {
    let archive = find(cx, &ask.backup, ask.node.as_ref()).await?;
    archive.check_grants(cx).await?;
    if ask.overwrite { over(cx, &ask, &archive).await } else { anew(cx, &ask, &archive).await }
}

/// What is in the backup, as far as the question and the quota go.
struct Content {
    name: Option<Hostname>,
    cores: u64,
    memory_mib: u64,
    /// Of the disk that it starts from.
    disk: Size,
    description: Option<String>,
    /// Where its disks go; `None` is to where each was.
    storage: Option<StorageName>,
    /// What that is on each storage.
    more: BTreeMap<StorageName, Size>,
}

impl Content {
    fn read(kind: GuestKind, config: &GuestConfig, storage: Option<&StorageName>) -> Self {
        let value = |key: &str| config.values.get(key);
        let number = |key: &str, otherwise: u64| value(key).and_then(|v| v.parse().ok()).unwrap_or(otherwise);
        let name = match kind {
            GuestKind::Vm => value("name"),
            GuestKind::Container => value("hostname"),
        };
        let boot = boot_disk(config).map(|(_, disk)| disk);
        // Proxmox puts all of a container onto one storage, which without a word is `local`.
        let own = boot.as_ref().filter(|_| kind == GuestKind::Container).map(|disk| disk.storage.clone());
        let storage = storage.cloned().or(own);
        let mut more: BTreeMap<StorageName, Size> = BTreeMap::new();
        for (_, disk) in disks(config) {
            let on = storage.as_ref().unwrap_or(&disk.storage).clone();
            more.entry(on).or_insert(Size { mib: 0 }).mib += disk.size.map_or(0, |size| size.mib);
        }
        Self {
            name: name.and_then(|n| n.parse().ok()),
            cores: number("cores", 1) * number("sockets", 1),
            memory_mib: number("memory", 512),
            disk: boot.and_then(|disk| disk.size).unwrap_or(Size { mib: 0 }),
            description: value("description").cloned(),
            storage,
            more,
        }
    }

    fn told(&self, archive: &Archive, ask: &Input) -> Value {
        let disks: Vec<Value> = self.more.iter().map(|(on, size)| json!({ "storage": on, "size": size })).collect();
        json!({
            "backup": ask.backup, "taken": archive.volume.created, "notes": archive.volume.notes.as_deref().map(unmarked),
            "of": archive.of, "cores": self.cores, "memory": self.memory_mib << 20, "disks": disks,
            "over": ask.overwrite, "reason": ask.reason,
        })
    }
}

/// A guest that is not there yet.
async fn anew(cx: &Cx, ask: &Input, archive: &Archive) -> Result<Outcome, Trouble> {
    let cluster = &archive.cluster;
    let pool = ask.pool.clone().or(cx.rules.provision.pool.clone());
    let to = place(cx, archive, pool.as_ref()).await?;
    let (config, all) = futures::join!(archive.config(&to), storages(cluster, &to));
    let content_of = Content::read(archive.kind, &config?, ask.storage.as_ref());
    let name = free(cx, archive, content_of.name.as_ref(), ask.vmid).await?;
    let left = fit(&all?, &to, content(archive.kind), &content_of.more)?;
    let more =
        Usage { guests: 1, cores: content_of.cores, memory_mib: content_of.memory_mib, disk_mib: content_of.disk.mib };
    let quota = check_more(cx, &more).await?;
    let step = RestoreGuest {
        cluster: cluster.name.clone(),
        node: to.clone(),
        kind: archive.kind,
        archive: ask.backup.clone(),
        name: name.clone(),
        vmid: ask.vmid,
        storage: content_of.storage.clone(),
        pool: pool.clone(),
        description: content_of.description.clone(),
    };
    let mut data = content_of.told(archive, ask);
    data["label"] = json!(name);
    data["renamed"] = json!(content_of.name.as_ref().filter(|n| **n != name));
    data["kind"] = json!(archive.kind.to_string());
    data["vmid"] = json!(ask.vmid);
    data["node"] = json!(to);
    data["pool"] = json!(pool);
    data["left"] = json!(left);
    data["owner"] = json!(cx.actor.name());
    let hold = HoldPlan {
        cluster: cluster.name.clone(),
        name: name.to_string(),
        vmid: ask.vmid,
        cores: more.cores,
        memory_mib: more.memory_mib,
        disk_mib: more.disk_mib,
        quota,
    };
    let job = JobPlan::new(
        format!("make {name} from the backup {}", ask.backup),
        format!("{}/new/{}", cluster.name, name.as_str().to_lowercase()),
        vec![
            Step::HoldGuest(HoldGuest { plan: hold, macs: vec![] }),
            Step::RestoreGuest(step),
            Step::RecordOwner(RecordOwner {}),
        ],
    )
    .placed_on(&cluster.name, &to);
    Ok(Plan {
        state: json!([archive.volume.created, archive.volume.size]),
        jobs: vec![job],
        ..Plan::new(format!("guest {}/{name}", cluster.name), Say::new("guest_restore", data))
    }
    .into())
}

/// The node for a new guest: of those that have the backup, the one that its guest is on, else the first that will do.
async fn place(cx: &Cx, archive: &Archive, pool: Option<&PoolName>) -> Result<NodeName, Trouble> {
    let view = archive.cluster.view().await?;
    let home = archive.of.and_then(|vmid| view.guest(vmid)).map(|g| &g.node);
    let mut nodes: Vec<&NodeName> = archive.nodes.iter().collect();
    nodes.sort_by_key(|node| (Some(*node) != home, *node));
    let mut first = None;
    for name in nodes {
        match node(cx, &archive.cluster, name, pool).await {
            Ok(node) => return Ok(node.name),
            Err(trouble) => first = first.or(Some(trouble)),
        }
    }
    Err(first.unwrap_or_else(|| Refusal::NothingFits { what: "a node that has the backup".to_owned() }.into()))
}

/// How many names are tried beside the one in the backup.
const NAMES: usize = 20;

/// The name in the backup; where somebody has it, as a rule the guest that was backed up, one that says what it is.
async fn free(cx: &Cx, archive: &Archive, own: Option<&Hostname>, vmid: Option<Vmid>) -> Result<Hostname, Trouble> {
    let own =
        own.map_or_else(|| archive.of.map_or("guest".to_owned(), |of| format!("guest-{of}")), ToString::to_string);
    let mut refused = None;
    for text in names(&own).take(NAMES) {
        let Ok(name) = text.parse::<Hostname>() else { continue };
        match free_name(cx, &archive.cluster, &name, None).await {
            Ok(()) => {
                free_name(cx, &archive.cluster, &name, vmid).await?;
                return Ok(name);
            }
            Err(trouble @ Trouble::Refusal(Refusal::Exists { .. } | Refusal::BeingMade { .. })) => {
                refused = refused.or(Some(trouble));
            }
            Err(trouble) => return Err(trouble),
        }
    }
    Err(refused.unwrap_or_else(|| Refusal::NothingFits { what: format!("a name like {own}") }.into()))
}

/// `web1.lab`, `web1-restored.lab`, `web1-restored-2.lab`, …
fn names(own: &str) -> impl Iterator<Item = String> + '_ {
    let (label, domain) = own.split_at(own.find('.').unwrap_or(own.len()));
    let short = label[..label.len().min(40)].trim_end_matches('-');
    let more = (1..).map(move |n: usize| match n {
        1 => format!("{short}-restored{domain}"),
        n => format!("{short}-restored-{n}{domain}"),
    });
    std::iter::once(own.to_owned()).chain(more)
}

/// In the place of the guest that has the number now.
async fn over(cx: &Cx, ask: &Input, archive: &Archive) -> Result<Outcome, Trouble> {
    let cluster = &archive.cluster;
    let vmid = ask.vmid.or(archive.of).ok_or_else(|| Refusal::MissingOption {
        option: "vmid".into(),
        right: "the VMID of the guest to replace".into(),
    })?;
    if let Some(pool) = &ask.pool {
        return Err(Refusal::BadValue {
            option: "pool".into(),
            given: pool.to_string(),
            what: "option of an overwrite",
            right: "leave it out: the guest stays in its pool".into(),
        }
        .into());
    }
    let meant: GuestRef = format!("{}/{vmid}", cluster.name).parse().map_err(Trouble::bug)?;
    let found = cx.guest_now(&meant).await?;
    let guest = &found.guest;
    let verb = "be overwritten";
    if guest.kind != archive.kind {
        return Err(
            cannot(guest, verb, format!("it is a {}, and the backup is of a {}", guest.kind, archive.kind)).into()
        );
    }
    if !archive.nodes.contains(&guest.node) {
        let nodes: Vec<&str> = archive.nodes.iter().map(NodeName::as_str).collect();
        return Err(
            cannot(guest, verb, format!("it is on {}, and the backup on {}", guest.node, text::list(&nodes))).into()
        );
    }
    if guest.is_template {
        return Err(cannot(guest, verb, "it is a template").into());
    }
    unlocked(&found, verb)?;
    if found.now.status != GuestStatus::Stopped {
        let why = format!("it is {}; /power shutdown {} stops it", found.now.status, guest.vmid);
        return Err(cannot(guest, verb, why).into());
    }
    let at = found.at();
    let snapshots = async { cluster.client.snapshots(&at).await.map_err(|e| cluster.failure(&e)) };
    let looks = (config(&found), archive.config(&guest.node), storages(cluster, &guest.node));
    let (now, then, all, snapshots) = futures::join!(looks.0, looks.1, looks.2, snapshots);
    let (now, then, all, snapshots) = (now?, then?, all?, snapshots?);
    if now.values.get("protection").is_some_and(|v| v == "1") {
        return Err(cannot(guest, verb, "it is protected; switch protection off in Proxmox first").into());
    }
    let content_of = Content::read(archive.kind, &then, ask.storage.as_ref());
    // Its own disks make room first, so only whether the storages take it can be told.
    let none = content_of.more.keys().map(|on| (on.clone(), Size { mib: 0 })).collect();
    fit(&all, &guest.node, content(archive.kind), &none)?;
    let own = mark(&now);
    let owner = super::owner::of(cx, guest, &own).await?;
    let step = OverwriteGuest {
        guest: GuestId::from(guest),
        mark: own.clone(),
        archive: ask.backup.clone(),
        name: content_of.name.as_ref().map_or_else(|| guest.label(), ToString::to_string),
        storage: content_of.storage.clone(),
        description: content_of.description.clone(),
    };
    let lost: Vec<String> = snapshots.iter().map(|s| s.name.to_string()).collect();
    let mut extra = content_of.told(archive, ask);
    extra["snapshots"] = json!(lost);
    extra["renamed"] = json!(Some(&step.name).filter(|n| **n != guest.label()));
    let question = Say::new("guest_restore", about(cx, &found, owner.as_ref(), extra));
    let state = json!([guest.vmid, guest.node, own, lost, archive.volume.created, archive.volume.size]);
    let title = format!("restore {} from {}", called(guest), ask.backup);
    let job = JobPlan::new(title, found.subject(), vec![Step::OverwriteGuest(step)]);
    Ok(Plan { state, jobs: vec![job], ..Plan::new(format!("guest {}", found.subject()), question) }.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_say_what_it_is() {
        let first = |own: &str| names(own).take(3).collect::<Vec<_>>();
        assert_eq!(first("web1"), ["web1", "web1-restored", "web1-restored-2"]);
        assert_eq!(first("web1.lab.example")[1], "web1-restored.lab.example");
        let long = "a".repeat(63);
        assert!(names(&long).take(3).all(|name| name.parse::<Hostname>().is_ok()));
    }

    #[test]
    fn what_is_in_a_backup() {
        let config = |values: &[(&str, &str)]| GuestConfig {
            digest: String::new(),
            values: values.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect(),
        };
        let vm = config(&[
            ("name", "web1"),
            ("cores", "2"),
            ("sockets", "2"),
            ("memory", "2048"),
            ("boot", "order=scsi0"),
            ("scsi0", "local-lvm:vm-101-disk-0,size=32G"),
            ("scsi1", "ceph:vm-101-disk-1,size=8G"),
        ]);
        let read = Content::read(GuestKind::Vm, &vm, None);
        assert_eq!((read.cores, read.memory_mib, read.disk.to_string().as_str()), (4, 2048, "32G"));
        assert_eq!((read.more.len(), read.storage), (2, None));
        let onto: StorageName = "local".parse().expect("a name");
        let read = Content::read(GuestKind::Vm, &vm, Some(&onto));
        assert_eq!(read.more.into_iter().collect::<Vec<_>>(), [(onto, Size { mib: 40 << 10 })]);
        let container = config(&[("hostname", "dns1"), ("rootfs", "local-lvm:vm-100-disk-0,size=8G")]);
        let read = Content::read(GuestKind::Container, &container, None);
        assert_eq!(read.storage.map(|s| s.to_string()).as_deref(), Some("local-lvm"));
        assert_eq!(read.name.map(|n| n.to_string()).as_deref(), Some("dns1"));
    }
}
