//! `/inventory …`: the devices of NetBox.

pub mod device;
pub mod devices;

use crate::devices::name;
use direttore_clients::netbox::{AddressRef, Device};

/// The address to reach it by: IPv4 first, without the length.
fn address(device: &Device) -> Option<String> {
    let bare = |a: &AddressRef| a.address.address().to_string();
    device.primary_ip4.as_ref().or(device.primary_ip6.as_ref()).map(bare)
}

#[cfg(test)]
mod tests;
