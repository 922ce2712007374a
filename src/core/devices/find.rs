//! The one device meant: by its name, its number, or as NetBox displays it.

use crate::ipam::{Ipam, failure};
use direttore_clients::netbox::{Device, DeviceFilter, Error};
use direttore_domain::{Refusal, Trouble, nearest::nearest};

/// What people call it; NetBox' own words for one without a name.
pub fn name(device: &Device) -> &str {
    device.name.as_deref().unwrap_or(&device.display)
}

/// With its configuration context, which only a single device comes with.
///
/// # Errors
/// `no-such-device`, `which-device`, and what NetBox says.
pub async fn find(ipam: &Ipam, given: &str) -> Result<Device, Trouble> {
    let given = given.trim();
    let filter = DeviceFilter { name: Some(given.to_owned()), ..DeviceFilter::default() };
    let rows = ipam.client.devices(&filter).await.map_err(|e| failure(&e))?;
    match rows.as_slice() {
        [] => {}
        [one] => return ipam.client.device(one.id).await.map_err(|e| failure(&e).into()),
        rows => return Err(several(given, &rows.iter().collect::<Vec<_>>()).into()),
    }
    if let Ok(id) = given.parse() {
        match ipam.client.device(id).await {
            Err(Error::NotFound { .. }) => {}
            found => return found.map_err(|e| failure(&e).into()),
        }
    }
    let view = ipam.view().await?;
    let displayed: Vec<&Device> = view.devices.iter().filter(|d| d.display.eq_ignore_ascii_case(given)).collect();
    match displayed.as_slice() {
        [] => Err(Refusal::NoSuch {
            what: "device",
            given: given.to_owned(),
            nearest: nearest(given, view.devices.iter().filter_map(|d| d.name.as_deref())).map(str::to_owned),
            has: vec![],
        }
        .into()),
        [one] => ipam.client.device(one.id).await.map_err(|e| failure(&e).into()),
        rows => Err(several(given, rows).into()),
    }
}

/// A name is a device's own in its site and tenant alone.
fn several(given: &str, rows: &[&Device]) -> Refusal {
    let told = |device: &&Device| match &device.site {
        Some(site) => format!("{} ({})", device.id, site.name),
        None => device.id.to_string(),
    };
    Refusal::WhichDevice { given: given.to_owned(), several: rows.iter().map(told).collect() }
}
