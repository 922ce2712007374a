//! A guest's own mark.

use direttore_clients::proxmox::GuestConfig;

/// What tells a guest from a later one of the same VMID: a VM's firmware UUID, a container's first hardware address.
/// Both are made anew by create, clone and restore, and kept by everything else. Empty when the configuration has none.
pub fn mark(config: &GuestConfig) -> String {
    let part = |key: &str, name: &str| {
        let value = config.values.get(key)?;
        value.split(',').find_map(|p| p.strip_prefix(name)).map(str::to_ascii_lowercase)
    };
    part("smbios1", "uuid=").or_else(|| part("net0", "hwaddr=")).unwrap_or_default()
}
