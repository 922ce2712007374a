//! Which devices a command is about that takes several: those named, or all that are as asked for.

use crate::{
    devices::{find, name},
    handlers::{Cx, device::reached, inventory::devices::fitting},
};
use direttore_clients::netbox::Device;
use direttore_domain::{Refusal, Trouble};

/// What was said of them.
#[derive(Debug)]
pub(in super::super) struct Chosen {
    pub named: Vec<String>,
    pub site: Option<String>,
    pub role: Option<String>,
    pub tag: Option<String>,
}

impl Chosen {
    /// The devices meant, each once: those named as NetBox has them now, or all of its list that can be logged in to and
    /// that grants reach.
    ///
    /// # Errors
    /// A name, site, role or tag that there is not; that nothing fits, or more than `most` do.
    pub(in super::super) async fn find(&self, cx: &Cx, most: usize) -> Result<Vec<Device>, Trouble> {
        let (devices, ipam) = (cx.lab.need_devices()?, cx.lab.need_ipam()?);
        let too_many = |given: usize| Refusal::TooManyAtOnce { what: "devices", given, max: most };
        if self.named.len() > most {
            return Err(too_many(self.named.len()).into());
        }
        let mut rows: Vec<Device> = Vec::new();
        for given in &self.named {
            let row = find(ipam, given).await?;
            reached(cx, &row)?;
            if !rows.iter().any(|other| other.id == row.id) {
                rows.push(row);
            }
        }
        if !self.named.is_empty() {
            return Ok(rows);
        }
        let view = ipam.view().await?;
        let rows_of = fitting(&view, self.site.clone(), self.role.clone(), self.tag.clone())?;
        let ready = rows_of.into_iter().filter(|row| devices.is_ready(row) && reached(cx, row).is_ok());
        rows.extend(ready.cloned());
        rows.sort_by(|a, b| (name(a), a.id).cmp(&(name(b), b.id)));
        match rows.len() {
            0 => Err(Refusal::NothingFits { what: "that can be logged in to".to_owned() }.into()),
            given if given > most => Err(too_many(given).into()),
            _ => Ok(rows),
        }
    }

    /// Whether all there are are meant.
    pub(in super::super) fn is_all(&self) -> bool {
        self.named.is_empty() && self.site.is_none() && self.role.is_none() && self.tag.is_none()
    }
}
