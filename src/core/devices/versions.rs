//! What a device says now, held against what the history has of it.

use super::{Devices, Target, kept::of_history};
use direttore_clients::{
    device::{Config, Error, Preview, Scope, Wish},
    history::{Packed, Version},
    netbox,
};
use direttore_domain::{Failure, device::Diff};

impl Devices {
    /// What runs, if it is a configuration at all; `last` is what it said before.
    ///
    /// # Errors
    /// What the session or the text is.
    pub async fn fetch_running(&self, target: &Target, last: Option<&str>) -> Result<String, Failure> {
        let raw = self.call(target, |link| link.fetch_running()).await.map_err(|e| self.failure(target, &e))?;
        judged(target, &raw, last)?;
        Ok(raw)
    }

    /// The same, with what would run after a restart, and with what `text` would make of it where one is given: of that
    /// alone the error is within.
    ///
    /// # Errors
    /// What the session or the text is.
    pub async fn look_at(
        &self,
        target: &Target,
        text: Option<String>,
    ) -> Result<(Config, Option<Result<Preview, Error>>), Failure> {
        let looked = self.call(target, move |link| {
            let config = link.fetch_config()?;
            let preview = text.map(|text| {
                let before = config.running.clone();
                link.preview(&Wish { job: "look".to_owned(), text, scope: Scope::Merge, before })
            });
            Ok((config, preview))
        });
        let looked = looked.await.map_err(|e| self.failure(target, &e))?;
        judged(target, &looked.0.running, None)?;
        Ok(looked)
    }

    /// The newest text that is kept of a device, with its blob.
    ///
    /// # Errors
    /// The repository's; also that the device's name cannot be a file's.
    pub async fn kept(&self, target: &Target) -> Result<Option<(String, String)>, Failure> {
        self.history().await?.newest(&target.name, target.group.as_deref()).await.map_err(|e| of_history(&e))
    }

    /// # Errors
    /// The repository's.
    pub async fn text(&self, blob: &str) -> Result<String, Failure> {
        self.history().await?.text(blob).await.map_err(|e| of_history(&e))
    }

    /// The newest versions as the repository itself has them: for an index that was lost, or never was.
    ///
    /// # Errors
    /// The repository's.
    pub async fn walk(&self, device: &str, group: Option<&str>, most: usize) -> Result<Vec<Version>, Failure> {
        let found = self.history().await?.versions(device, group, most).await;
        found.map_err(|e| of_history(&e))
    }

    /// What is kept against what the device says, masked.
    pub fn drift(&self, target: &Target, kept: &str, raw: &str) -> Diff {
        self.diff(target.platform, kept, &self.as_kept(target, raw))
    }

    /// Brings the history to its remote, where it has one.
    ///
    /// # Errors
    /// The remote's; what is kept here stays.
    pub async fn push_history(&self) -> Result<(), Failure> {
        let Some(remote) = self.settings.remote.clone() else { return Ok(()) };
        self.history().await?.push(remote).await.map_err(|e| of_history(&e))
    }

    /// # Errors
    /// The repository's.
    pub async fn pack_history(&self) -> Result<Packed, Failure> {
        self.history().await?.pack().await.map_err(|e| of_history(&e))
    }

    /// Whether all is there that a login needs: whoever asks for all devices means these.
    pub fn is_ready(&self, row: &netbox::Device) -> bool {
        let has_address = row.primary_ip4.is_some() || row.primary_ip6.is_some();
        let has_login = self.login_name(row).is_some_and(|name| self.settings.logins.contains_key(name));
        has_address && has_login && self.platform(row).is_ok()
    }
}

fn judged(target: &Target, raw: &str, last: Option<&str>) -> Result<(), Failure> {
    let no_config =
        |why: direttore_domain::device::NoConfig| Failure::Garbage { peer: target.name.clone(), why: why.to_string() };
    Devices::is_whole(target, raw, last).map_err(no_config)
}
