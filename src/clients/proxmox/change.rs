//! Changes of a guest's configuration, and the growth of its disks.

use super::{
    Error, GuestAt, Proxmox,
    create::addresses,
    request::{ENCODED, Request},
};
use direttore_domain::{
    Growth, Tag, Upid,
    disk::Size,
    nic::{IpConfig, VmNic},
};
use percent_encoding::utf8_percent_encode;
use std::{fmt, net::IpAddr};

/// Keys to set and to remove, by Proxmox's own names.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Change {
    pub values: Vec<(String, String)>,
    /// Values that are neither recorded nor shown.
    pub secrets: Vec<(String, String)>,
    pub delete: Vec<String>,
    /// Of the configuration that the change was made for; another one now means [`Error::Stale`].
    pub digest: Option<String>,
}

impl Change {
    pub fn is_empty(&self) -> bool {
        self.values.is_empty() && self.secrets.is_empty() && self.delete.is_empty()
    }

    #[must_use]
    pub fn with(mut self, key: impl Into<String>, value: impl ToString) -> Self {
        self.values.push((key.into(), value.to_string()));
        self
    }

    fn with_some(self, key: &str, value: Option<impl ToString>) -> Self {
        match value {
            Some(value) => self.with(key, value),
            None => self,
        }
    }
}

impl fmt::Debug for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let secrets: Vec<(&str, &str)> = self.secrets.iter().map(|(key, _)| (key.as_str(), "…")).collect();
        f.debug_struct("Change")
            .field("values", &self.values)
            .field("secrets", &secrets)
            .field("delete", &self.delete)
            .field("digest", &self.digest)
            .finish()
    }
}

/// What a VM is to be after it was cloned from a template with cloud-init. What is not said stays as it is.
#[derive(Clone, Default, PartialEq)]
pub struct VmSettings {
    pub cores: Option<u32>,
    pub memory: Option<Size>,
    /// From `net0` on.
    pub nics: Vec<VmNic>,
    /// Of the NICs in the same order; one that says nothing is left out.
    pub ipconfigs: Vec<IpConfig>,
    /// Proxmox has them for the guest, not for a NIC.
    pub nameservers: Vec<IpAddr>,
    pub search_domain: Option<String>,
    /// The account that cloud-init makes.
    pub user: Option<String>,
    /// Its public keys, each on one line.
    pub ssh_keys: Vec<String>,
    pub password: Option<String>,
    pub tags: Vec<Tag>,
    pub description: Option<String>,
    /// On, or as it is.
    pub agent: bool,
}

impl fmt::Debug for VmSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("VmSettings")
            .field("cores", &self.cores)
            .field("memory", &self.memory)
            .field("nics", &self.nics)
            .field("ipconfigs", &self.ipconfigs)
            .field("user", &self.user)
            .field("password", &self.password.as_ref().map(|_| "…"))
            .field("tags", &self.tags)
            .finish_non_exhaustive()
    }
}

/// The change that makes a VM so.
pub fn vm_change(settings: &VmSettings) -> Change {
    let mut change = Change::default()
        .with_some("cores", settings.cores)
        .with_some("memory", settings.memory.map(|m| m.mib))
        .with_some("agent", settings.agent.then_some(1));
    for (n, nic) in settings.nics.iter().enumerate() {
        change = change.with(format!("net{n}"), nic);
    }
    for (n, config) in settings.ipconfigs.iter().enumerate().filter(|(_, config)| !config.is_empty()) {
        change = change.with(format!("ipconfig{n}"), config);
    }
    let mut change = change
        .with_some("nameserver", addresses(&settings.nameservers))
        .with_some("searchdomain", settings.search_domain.as_ref())
        .with_some("ciuser", settings.user.as_ref())
        .with_some("sshkeys", (!settings.ssh_keys.is_empty()).then(|| ssh_keys(&settings.ssh_keys)))
        .with_some("tags", (!settings.tags.is_empty()).then(|| tag_list(&settings.tags)))
        .with_some("description", settings.description.as_ref());
    change.secrets.extend(settings.password.iter().map(|p| ("cipassword".to_owned(), p.clone())));
    change
}

/// Public keys as `sshkeys` of a VM wants them: percent-encoded in themselves, a second time when the request is sent.
pub fn ssh_keys(keys: &[String]) -> String {
    utf8_percent_encode(&keys.join("\n"), ENCODED).to_string()
}

/// Tags as a configuration has them.
pub fn tag_list(tags: &[Tag]) -> String {
    tags.iter().map(Tag::as_str).collect::<Vec<_>>().join(";")
}

impl Proxmox {
    /// Changes the configuration and comes back when that is done; of a running guest, some keys wait for its next
    /// start. A change that says nothing is not sent.
    ///
    /// # Errors
    /// [`Error::Stale`] when the digest is another; [`Error::Locked`] while something works on the guest.
    pub async fn configure(&self, at: &GuestAt, change: &Change) -> Result<(), Error> {
        if change.is_empty() {
            return Ok(());
        }
        let mut request = at.request(Request::put, &["config"]);
        for (key, value) in &change.values {
            request = request.with(key.clone(), value);
        }
        for (key, value) in &change.secrets {
            request = request.with_secret(key.clone(), value);
        }
        let request = request
            .with_some("delete", (!change.delete.is_empty()).then(|| change.delete.join(",")))
            .with_some("digest", change.digest.as_ref());
        self.tell(&request).await
    }

    /// Lets a disk grow (`scsi0`, `rootfs`); it never shrinks.
    ///
    /// # Errors
    /// [`Error::Refused`] when there is no such disk, or it is larger already.
    pub async fn resize_disk(&self, at: &GuestAt, disk: &str, growth: Growth) -> Result<Upid, Error> {
        let request = at.request(Request::put, &["resize"]).with("disk", disk).with("size", growth);
        self.start_task(&request).await
    }
}

#[cfg(test)]
mod tests;
