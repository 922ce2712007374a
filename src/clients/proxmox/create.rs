//! New guests: the next free VMID, a VM, a container, a copy of either.

use super::{Error, GuestAt, Proxmox, request::Request, wire};
use direttore_domain::{
    GuestKind, Hostname, NodeName, PoolName, SnapshotName, StorageName, Upid, Vmid,
    disk::{Size, new_disk},
    nic::{ContainerNic, VmNic},
};
use std::{fmt, net::IpAddr};

/// A VM that starts from nothing, or from an installation medium. Tags are no part of it: Proxmox looks at the right to
/// set them before the pool counts, so they are set by [`Proxmox::configure`] afterwards.
#[derive(Debug, Clone, PartialEq)]
pub struct NewVm {
    pub vmid: Vmid,
    pub name: Hostname,
    pub description: String,
    pub pool: Option<PoolName>,
    pub cores: u32,
    pub memory: Size,
    pub disk: Option<(StorageName, Size)>,
    /// Volume of an ISO image: `local:iso/debian.iso`.
    pub iso: Option<String>,
    pub nics: Vec<VmNic>,
    /// Whether Proxmox is to expect the guest agent in it.
    pub agent: bool,
}

/// A container from a template of containers. Of tags the same is true as for [`NewVm`].
#[derive(Clone, PartialEq)]
pub struct NewContainer {
    pub vmid: Vmid,
    pub hostname: Hostname,
    pub description: String,
    pub pool: Option<PoolName>,
    /// Volume of the template: `local:vztmpl/debian-13-standard_13.1-2_amd64.tar.zst`.
    pub template: String,
    pub rootfs: (StorageName, Size),
    pub cores: u32,
    pub memory: Size,
    /// May be zero.
    pub swap: Size,
    pub nics: Vec<ContainerNic>,
    pub nameservers: Vec<IpAddr>,
    pub search_domain: Option<String>,
    /// Public keys for root, each on one line.
    pub ssh_keys: Vec<String>,
    /// Of root; at least five characters.
    pub password: Option<String>,
    pub is_unprivileged: bool,
    /// Containers within it.
    pub nesting: bool,
}

impl fmt::Debug for NewContainer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NewContainer")
            .field("vmid", &self.vmid)
            .field("hostname", &self.hostname)
            .field("template", &self.template)
            .field("rootfs", &self.rootfs)
            .field("nics", &self.nics)
            .field("password", &self.password.as_ref().map(|_| "…"))
            .finish_non_exhaustive()
    }
}

/// What a copy of a guest is to be. Everything else is as in its source, but for MAC addresses and the machine's own
/// identifiers, which Proxmox makes anew; change it by [`Proxmox::configure`] afterwards.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CloneWish {
    pub newid: Vmid,
    pub name: Hostname,
    pub description: String,
    pub pool: Option<PoolName>,
    /// Another node only where all disks lie on shared storages.
    pub target: Option<NodeName>,
    /// Copied whole; else it stands on the template's disks, and keeps them from being removed.
    pub full: bool,
    /// For a full copy only; said with another it is not sent.
    pub storage: Option<StorageName>,
    /// A running container can be copied from a snapshot only.
    pub snapshot: Option<SnapshotName>,
}

impl Proxmox {
    /// The lowest free VMID, or `wanted` when it is free. Nothing is reserved by asking: the same answer goes to
    /// everybody until one of them creates a guest.
    ///
    /// # Errors
    /// [`Error::Exists`] when `wanted` is taken.
    pub async fn next_vmid(&self, wanted: Option<Vmid>) -> Result<Vmid, Error> {
        let request = Request::get(&["cluster", "nextid"]).with_some("vmid", wanted);
        let wire::Owned(text) = self.call(&request).await?;
        text.parse().map_err(|_| Error::Garbage { why: format!("it should be a VMID: {}", super::error::tidy(&text)) })
    }

    /// # Errors
    /// [`Error::Exists`] when the VMID is taken; [`Error::Refused`] for a bridge or storage that is not there or does
    /// not fit. The task may end with any of them, too.
    pub async fn vm_create(&self, node: &NodeName, new: &NewVm) -> Result<Upid, Error> {
        let mut boot: Vec<String> = Vec::new();
        boot.extend(new.disk.is_some().then(|| "scsi0".to_owned()));
        boot.extend(new.iso.is_some().then(|| "ide2".to_owned()));
        boot.extend((0..new.nics.len()).map(|n| format!("net{n}")));
        let request = Request::post(&["nodes", node.as_str(), "qemu"])
            .with("vmid", new.vmid)
            .with("name", &new.name)
            .with_some("description", said(&new.description))
            .with_some("pool", new.pool.as_ref())
            .with("ostype", "l26")
            .with("cores", new.cores)
            .with("memory", new.memory.mib)
            .with("scsihw", "virtio-scsi-single")
            .with_some(
                "scsi0",
                new.disk.as_ref().map(|(s, size)| format!("{},iothread=1,discard=on", new_disk(s, *size))),
            )
            .with_some("ide2", new.iso.as_ref().map(|volid| format!("{volid},media=cdrom")))
            .with_each("net", &new.nics)
            .with_some("boot", (!boot.is_empty()).then(|| format!("order={}", boot.join(";"))))
            .with_flag("agent", new.agent);
        self.start_task(&request).await
    }

    /// # Errors
    /// As of [`Proxmox::vm_create`]; [`Error::Refused`] when the template is gone.
    pub async fn container_create(&self, node: &NodeName, new: &NewContainer) -> Result<Upid, Error> {
        let (storage, size) = &new.rootfs;
        let mut request = Request::post(&["nodes", node.as_str(), "lxc"])
            .with("vmid", new.vmid)
            .with("ostemplate", &new.template)
            .with("hostname", &new.hostname)
            .with_some("description", said(&new.description))
            .with_some("pool", new.pool.as_ref())
            .with("cores", new.cores)
            .with("memory", new.memory.mib)
            .with("swap", new.swap.mib)
            .with("rootfs", new_disk(storage, *size))
            .with_each("net", &new.nics)
            .with_some("nameserver", addresses(&new.nameservers))
            .with_some("searchdomain", new.search_domain.as_ref())
            .with_some("ssh-public-keys", (!new.ssh_keys.is_empty()).then(|| new.ssh_keys.join("\n")))
            // Said always: what it means to leave it out differs between calls.
            .with("unprivileged", u8::from(new.is_unprivileged))
            .with_some("features", new.nesting.then_some("nesting=1"));
        if let Some(password) = &new.password {
            request = request.with_secret("password", password);
        }
        self.start_task(&request).await
    }

    /// Copies a guest. The task runs on the source's node and bears the source's VMID.
    ///
    /// # Errors
    /// [`Error::Exists`] when the VMID is taken; [`Error::NotFound`] when the source is gone; [`Error::Locked`] while
    /// something works on it; [`Error::Refused`] for a node or storage that does not fit.
    pub async fn clone_guest(&self, at: &GuestAt, wish: &CloneWish) -> Result<Upid, Error> {
        let name = match at.kind {
            GuestKind::Vm => "name",
            GuestKind::Container => "hostname",
        };
        let request = at
            .request(Request::post, &["clone"])
            .with("newid", wish.newid)
            .with(name, &wish.name)
            .with_some("description", said(&wish.description))
            .with_some("pool", wish.pool.as_ref())
            .with_some("target", wish.target.as_ref().filter(|target| **target != at.node))
            // Said always: a template gives a copy that stands on it, any other guest a whole one.
            .with("full", u8::from(wish.full))
            .with_some("storage", wish.storage.as_ref().filter(|_| wish.full))
            .with_some("snapname", wish.snapshot.as_ref());
        self.start_task(&request).await
    }
}

fn said(text: &str) -> Option<&str> {
    (!text.is_empty()).then_some(text)
}

/// Proxmox's list of addresses: one text with blanks; nothing for none.
pub(super) fn addresses(all: &[IpAddr]) -> Option<String> {
    (!all.is_empty()).then(|| all.iter().map(IpAddr::to_string).collect::<Vec<_>>().join(" "))
}
