//! `/inventory …`: the devices of NetBox.

pub mod device;
pub mod devices;

use direttore_clients::netbox::{AddressRef, Device};

/// What people call it; NetBox' own words for one without a name.
fn name(device: &Device) -> &str {
    device.name.as_deref().unwrap_or(&device.display)
}

/// The address to reach it by: IPv4 first, without the length.
fn address(device: &Device) -> Option<String> {
    let bare = |a: &AddressRef| a.address.address().to_string();
    device.primary_ip4.as_ref().or(device.primary_ip6.as_ref()).map(bare)
}

#[cfg(test)]
mod tests;
