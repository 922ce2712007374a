//! Disks and NICs inside a configuration: how their values are read, and what becomes of a value that asks for a new one.

use super::{Guest, World};
use direttore_domain::GuestKind;

/// The value of `name` in a property string.
pub fn option<'a>(value: &'a str, name: &str) -> Option<&'a str> {
    value.split(',').find_map(|part| part.strip_prefix(name)?.strip_prefix('='))
}

pub fn is_numbered(key: &str, family: &str) -> bool {
    key.strip_prefix(family).is_some_and(|n| !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit()))
}

pub fn is_disk(key: &str) -> bool {
    matches!(key, "rootfs" | "efidisk0" | "tpmstate0")
        || ["scsi", "virtio", "sata", "ide", "mp"].iter().any(|family| is_numbered(key, family))
}

pub fn is_data(value: &str) -> bool {
    option(value, "media") != Some("cdrom") && !value.starts_with("none") && !value.contains("cloudinit")
}

/// Bytes of a disk by its `size=`.
pub fn disk_bytes(value: &str) -> Option<u64> {
    parse_size(option(value, "size")?)
}

/// `32G`, `528K`, `512`: bytes.
pub fn parse_size(text: &str) -> Option<u64> {
    let (number, shift) = match text.char_indices().last()? {
        (end, 'K') => (&text[..end], 10),
        (end, 'M') => (&text[..end], 20),
        (end, 'G') => (&text[..end], 30),
        (end, 'T') => (&text[..end], 40),
        _ => (text, 0),
    };
    let number: f64 = number.parse().ok()?;
    Some((number * (1u64 << shift) as f64) as u64)
}

/// Bytes as Proxmox writes them in a configuration: in the largest unit that needs no fraction.
pub fn print_size(bytes: u64) -> String {
    for (unit, shift) in [("T", 40), ("G", 30), ("M", 20), ("K", 10)] {
        if bytes >= 1 << shift && bytes.is_multiple_of(1 << shift) {
            return format!("{}{unit}", bytes >> shift);
        }
    }
    bytes.to_string()
}

/// The storage that a disk lies on.
pub fn disk_storage(value: &str) -> Option<&str> {
    value.split([',', ':']).next().filter(|s| !s.is_empty() && value.contains(':'))
}

/// `local-lvm:32` asks for a new volume: storage and GiB.
pub fn new_volume(value: &str) -> Option<(&str, f64)> {
    let first = value.split(',').next()?;
    let first = first.strip_prefix("file=").or_else(|| first.strip_prefix("volume=")).unwrap_or(first);
    crate::table::format::new_volume(first)
}

/// What a configuration holds after the call: new volumes have their names, NICs their addresses, tags their order.
pub fn allocate(world: &World, vmid: u32, kind: GuestKind, given: Vec<(String, String)>) -> Vec<(String, String)> {
    let guest = world.guests.get(&vmid);
    let mut taken: Vec<String> = Vec::new();
    let mut done = Vec::with_capacity(given.len());
    for (key, value) in given {
        let value = match key.as_str() {
            "tags" => sorted_tags(&value),
            "cipassword" => hashed(&value),
            _ if is_numbered(&key, "net") => with_address(world, guest, vmid, kind, &key, &value),
            _ if is_disk(&key) => with_volume(guest, vmid, &value, &mut taken),
            _ => value,
        };
        done.push((key, value));
    }
    done
}

/// A password is kept only so that it can be checked.
pub fn hashed(password: &str) -> String {
    use sha2::Digest as _;
    if password.starts_with('$') {
        return password.to_owned();
    }
    let sum = sha2::Sha256::digest(password.as_bytes());
    format!("$5$sim${}", sum.iter().map(|b| format!("{b:02x}")).collect::<String>())
}

fn sorted_tags(value: &str) -> String {
    let mut tags: Vec<String> = crate::table::format::split_list(value).map(str::to_lowercase).collect();
    tags.sort_unstable();
    tags.dedup();
    tags.join(";")
}

fn with_address(world: &World, guest: Option<&Guest>, vmid: u32, kind: GuestKind, key: &str, value: &str) -> String {
    if kind == GuestKind::Container {
        let with_mac = if option(value, "hwaddr").is_some() {
            value.to_owned()
        } else {
            format!("{value},hwaddr={}", world.mac(vmid, key))
        };
        return if option(value, "type").is_some() { with_mac } else { format!("{with_mac},type=veth") };
    }
    let (model, rest) = value.split_once(',').map_or((value, ""), |(model, rest)| (model, rest));
    let model = model.strip_prefix("model=").unwrap_or(model);
    if model.contains('=') || option(value, "macaddr").is_some() {
        return value.to_owned();
    }
    // A NIC that is set anew without its address gets another one.
    let salt = guest.and_then(|g| g.config.get(key)).map(|old| format!("{key}{old}"));
    let mac = world.mac(vmid, salt.as_deref().unwrap_or(key));
    if rest.is_empty() { format!("{model}={mac}") } else { format!("{model}={mac},{rest}") }
}

/// A guest's volume by its plain name: on a storage of files it is one, in a folder of its guest.
pub fn volume_on(storage: &str, vmid: u32, name: &str) -> String {
    if storage == "local" { format!("{storage}:{vmid}/{name}.raw") } else { format!("{storage}:{name}") }
}

/// The plain name in a volume of any storage: `vm-100-disk-0`.
pub fn plain_name(volume: &str) -> &str {
    let name = volume.rsplit(['/', ':']).next().unwrap_or(volume);
    name.strip_suffix(".raw").unwrap_or(name)
}

fn with_volume(guest: Option<&Guest>, vmid: u32, value: &str, taken: &mut Vec<String>) -> String {
    let (first, rest) = value.split_once(',').map_or((value, None), |(first, rest)| (first, Some(rest)));
    let rest = rest.map(|r| format!(",{r}")).unwrap_or_default();
    if let Some(storage) = first.strip_suffix(":cloudinit") {
        return format!("{storage}:vm-{vmid}-cloudinit,media=cdrom");
    }
    let Some((storage, gib)) = new_volume(value) else { return value.to_owned() };
    let is_free = |volume: &String| {
        !taken.contains(volume) && !guest.is_some_and(|g| g.config.values().any(|v| v.starts_with(volume.as_str())))
    };
    let mut names = (0u32..).map(|n| volume_on(storage, vmid, &format!("vm-{vmid}-disk-{n}")));
    let volume = names.find(is_free).unwrap_or_default();
    taken.push(volume.clone());
    format!("{volume}{rest},size={}", print_size((gib * 1_073_741_824.0) as u64))
}
