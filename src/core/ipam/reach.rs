//! What grants can name of a device: by its row, or by its number where NetBox was seen.

use super::{Device, Ref, View};
use direttore_domain::grant::Touches;

/// Only slugs: a name is not one's own.
fn slug(of: &Option<Ref>) -> Option<&str> {
    of.as_ref()?.slug.as_deref()
}

pub fn touches(device: &Device) -> Touches<'_> {
    Touches { site: slug(&device.site), tenant: slug(&device.tenant), tags: &device.tags, ..Touches::default() }
}

impl View {
    /// One that NetBox has not any more is in no site and has no tag, and so only within reach of who reaches all devices.
    pub fn touches(&self, device: i64) -> Touches<'_> {
        let is_it = |row: &&Device| i64::try_from(row.id) == Ok(device);
        self.devices.iter().find(is_it).map(touches).unwrap_or_default()
    }

    /// The tenants of devices.
    pub fn tenants(&self) -> impl Iterator<Item = &Ref> {
        self.devices.iter().filter_map(|row| row.tenant.as_ref())
    }
}
