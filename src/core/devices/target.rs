//! From a device of NetBox to a box that can be called: address, platform, login, and the host key that it showed before.

use super::{Devices, find::name};
use direttore_clients::{
    device::{self as client, Known, Login, Peer, Platform, platform},
    netbox,
};
use direttore_domain::{Refusal, Trouble, nearest::nearest};
use direttore_store::device_key;
use serde_json::Value;
use std::sync::Arc;

/// A device that can be logged in to.
#[derive(Debug, Clone)]
pub struct Target {
    /// In NetBox.
    pub id: i64,
    pub name: String,
    /// The slug of its site: the group of its file in the history.
    pub group: Option<String>,
    pub platform: &'static Platform,
    pub box_: Arc<client::Device>,
}

impl Target {
    /// What its jobs are lined up by.
    pub fn subject(&self) -> String {
        format!("netbox/device/{}", self.id)
    }

    /// Under which host keys are kept that lead to it: its own first.
    pub fn peers(&self) -> Vec<String> {
        [self.key_name()].into_iter().chain(self.box_.jump.as_deref().map(jump_name)).collect()
    }

    /// Under which its host key is kept.
    pub(super) fn key_name(&self) -> String {
        format!("device/{}", self.id)
    }
}

pub(super) fn jump_name(peer: &Peer) -> String {
    format!("jump/{}:{}", peer.host, peer.port)
}

impl Devices {
    /// The platform that NetBox says.
    ///
    /// # Errors
    /// That it says none, or one that nobody here can talk to.
    pub fn platform(&self, row: &netbox::Device) -> Result<&'static Platform, Refusal> {
        let told = row.platform.as_ref();
        let slug = told
            .map(|p| p.slug.as_deref().unwrap_or(&p.name))
            .ok_or_else(|| not_ready(row, "no platform", "a platform in NetBox"))?;
        let meant = self.settings.platforms.get(slug).map_or(slug, String::as_str);
        platform::by_slug(meant).ok_or_else(|| {
            let all = platform::ALL.map(|p| p.slug);
            let near = nearest(meant, all).map(|p| format!(" (did you mean {p}?)")).unwrap_or_default();
            not_ready(
                row,
                &format!("the platform {slug}, which direttore cannot talk to{near}"),
                "one of docs/platforms.md, or network.platforms",
            )
        })
    }

    /// # Errors
    /// What NetBox does not say, or the configuration does not know.
    pub async fn target(&self, row: &netbox::Device) -> Result<Target, Trouble> {
        let platform = self.platform(row)?;
        let address = row.primary_ip4.as_ref().or(row.primary_ip6.as_ref());
        let address = address.ok_or_else(|| not_ready(row, "no primary address", "one in NetBox"))?;
        let login = self.login(row)?;
        let fields = &self.settings.fields;
        let port = match row.custom.get(&fields.ssh_port) {
            None | Some(Value::Null) if platform.reads == client::platform::Over::Netconf => 830,
            None | Some(Value::Null) => 22,
            Some(given) => port_of(given)
                .ok_or_else(|| not_ready(row, &format!("{} = {given}", fields.ssh_port), "a port from 1 to 65535"))?,
        };
        let legacy_ssh = row.custom.get(&fields.legacy).is_some_and(|v| v == &Value::Bool(true));
        let id = i64::try_from(row.id).map_err(Trouble::bug)?;
        let mut target = Target {
            id,
            name: name(row).to_owned(),
            group: row.site.as_ref().and_then(|site| site.slug.clone()),
            platform,
            box_: Arc::new(client::Device {
                // Names are a site's own.
                name: format!("{} ({id})", name(row)),
                at: Peer {
                    host: address.address.address().to_string(),
                    port,
                    login,
                    policy: self.settings.host_keys,
                    known: vec![],
                    legacy_ssh,
                },
                jump: self.jump(row).await?,
                platform,
                limits: self.settings.limits,
                read: vec![],
            }),
        };
        let known = self.known(&target.key_name()).await?;
        if let Some(device) = Arc::get_mut(&mut target.box_) {
            device.at.known = known;
        }
        Ok(target)
    }

    /// The name of the login that NetBox' custom field says, or the configuration.
    pub fn login_name<'s>(&'s self, row: &'s netbox::Device) -> Option<&'s str> {
        let said = row.custom.get(&self.settings.fields.credential).and_then(Value::as_str);
        said.map(str::trim).filter(|s| !s.is_empty()).or(self.settings.login.as_deref())
    }

    fn login(&self, row: &netbox::Device) -> Result<Login, Refusal> {
        let field = &self.settings.fields.credential;
        let login = self.login_name(row).ok_or_else(|| {
            not_ready(row, "no login", &format!("the name of one in the custom field {field}, or network.credential"))
        })?;
        self.settings.logins.get(login).cloned().ok_or_else(|| {
            not_ready(row, &format!("the login {login:?}, which is not configured"), "one of [[network.credentials]]")
        })
    }

    async fn jump(&self, row: &netbox::Device) -> Result<Option<Arc<Peer>>, Trouble> {
        let Some(named) = row.custom.get(&self.settings.fields.jump).and_then(Value::as_str).map(str::trim) else {
            return Ok(None);
        };
        if named.is_empty() {
            return Ok(None);
        }
        let unknown =
            || not_ready(row, &format!("the jump host {named:?}, which is not configured"), "one of [[network.jumps]]");
        let jump = self.settings.jumps.get(named).ok_or_else(unknown)?;
        let login = self.settings.logins.get(&jump.login).cloned().ok_or_else(unknown)?;
        let mut peer = Peer {
            host: jump.host.clone(),
            port: jump.port,
            login,
            policy: self.settings.host_keys,
            known: vec![],
            legacy_ssh: false,
        };
        peer.known = self.known(&jump_name(&peer)).await?;
        Ok(Some(Arc::new(peer)))
    }

    async fn known(&self, peer: &str) -> Result<Vec<Known>, Trouble> {
        let kept = device_key::get(&mut self.store.read().await?, peer).await?;
        Ok(kept.into_iter().map(|key| Known { fingerprint: key.fingerprint, key: key.key }).collect())
    }
}

pub(super) fn port_of(given: &Value) -> Option<u16> {
    let number = given.as_u64().or_else(|| given.as_str()?.trim().parse().ok())?;
    u16::try_from(number).ok().filter(|port| *port > 0)
}

/// What keeps us from logging in, as the asker's to mend.
pub(super) fn not_ready(row: &netbox::Device, has: &str, right: &str) -> Refusal {
    Refusal::NotReady { what: name(row).to_owned(), has: has.to_owned(), right: right.to_owned() }
}
