//! Disks in Proxmox's grammar: what a person types (`32G`), what a new disk is sent as (`local-lvm:32`), and what a configuration says.

use crate::{StorageName, WrongForm};
use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};

/// A size as people type it: `512M`, `32G`, `1.5T`; a bare number is GiB. Kept in MiB.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Size {
    pub mib: u64,
}

impl FromStr for Size {
    type Err = WrongForm;
    fn from_str(text: &str) -> Result<Self, WrongForm> {
        let wrong = || WrongForm::new("size", text, "a number with M, G or T, like 512M or 32G");
        let lower = text.trim().to_ascii_lowercase();
        let digits = lower.trim_end_matches(|c: char| c.is_ascii_alphabetic());
        let factor: u64 = match &lower[digits.len()..] {
            "m" | "mb" | "mib" => 1,
            "" | "g" | "gb" | "gib" => 1024,
            "t" | "tb" | "tib" => 1024 * 1024,
            _ => return Err(wrong()),
        };
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
        let number = |s: &str| {
            let fits = !s.is_empty() && s.len() <= 9 && s.bytes().all(|b| b.is_ascii_digit());
            fits.then(|| s.parse::<u64>().ok()).flatten()
        };
        let scale = 10u64.pow(u32::try_from(fraction.len().min(9)).map_err(|_| wrong())?);
        let thousandths = number(fraction).ok_or_else(wrong)? * factor;
        if !thousandths.is_multiple_of(scale) {
            return Err(wrong());
        }
        let mib = number(whole).ok_or_else(wrong)? * factor + thousandths / scale;
        if mib == 0 { Err(wrong()) } else { Ok(Self { mib }) }
    }
}

impl TryFrom<String> for Size {
    type Error = WrongForm;
    fn try_from(text: String) -> Result<Self, WrongForm> {
        text.parse()
    }
}

impl From<Size> for String {
    fn from(size: Size) -> String {
        size.to_string()
    }
}

impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.mib.is_multiple_of(1024) { write!(f, "{}G", self.mib / 1024) } else { write!(f, "{}M", self.mib) }
    }
}

/// A new disk as Proxmox wants it: `STORAGE:SIZE` with a bare number of GiB (`local-lvm:32G` is refused there).
pub fn new_disk(storage: &StorageName, size: Size) -> String {
    let (whole, rest) = (size.mib / 1024, size.mib % 1024);
    if rest == 0 {
        return format!("{storage}:{whole}");
    }
    let fraction = format!("{:.10}", rest as f64 / 1024.0);
    format!("{storage}:{whole}.{}", fraction[2..].trim_end_matches('0'))
}

/// A disk in a guest's configuration: `local-lvm:vm-100-disk-0,size=32G,ssd=1`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Disk {
    pub storage: StorageName,
    /// Within the storage: `vm-100-disk-0`, `iso/debian.iso`.
    pub volume: String,
    pub size: Option<Size>,
    pub is_cdrom: bool,
}

impl FromStr for Disk {
    type Err = WrongForm;
    fn from_str(text: &str) -> Result<Self, WrongForm> {
        let wrong = || WrongForm::new("disk", text, "storage:volume,size=32G");
        let mut parts = text.split(',');
        let first = parts.next().unwrap_or_default();
        let volid = first.strip_prefix("file=").or_else(|| first.strip_prefix("volume=")).unwrap_or(first);
        let (storage, volume) = volid.split_once(':').ok_or_else(wrong)?;
        if volume.is_empty() || volume.chars().any(|c| c.is_control() || c.is_whitespace()) {
            return Err(wrong());
        }
        let mut disk = Self { storage: storage.parse()?, volume: volume.to_owned(), size: None, is_cdrom: false };
        for part in parts {
            match part.split_once('=') {
                // `4M` and `528K` are real sizes of EFI disks; below one MiB there is nothing to show.
                Some(("size", size)) => disk.size = size.parse().ok(),
                Some(("media", media)) => disk.is_cdrom = media == "cdrom",
                Some(_) => {}
                None => return Err(wrong()),
            }
        }
        Ok(disk)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn sizes_people_type() {
        for (text, mib) in [("32G", 32 * 1024), ("512M", 512), ("8", 8 * 1024), ("1.5T", 1536 * 1024), ("2 gib", 0)] {
            assert_eq!(text.parse::<Size>().map(|s| s.mib).unwrap_or(0), mib, "{text}");
        }
        for text in ["", "G", "-1G", "0", "1.5M", "1e3G", "9999999999G", "32X", "1.G"] {
            assert!(text.parse::<Size>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_new_disk_is_a_bare_number_of_gib() {
        let storage = "local-lvm".parse().expect("a name");
        assert_eq!(new_disk(&storage, Size { mib: 32 * 1024 }), "local-lvm:32");
        assert_eq!(new_disk(&storage, Size { mib: 512 }), "local-lvm:0.5");
        assert_eq!(new_disk(&storage, Size { mib: 1025 }), "local-lvm:1.0009765625");
    }

    #[test]
    fn a_disk_of_a_configuration() {
        let disk: Disk = "local-lvm:vm-100-disk-0,iothread=1,size=32G".parse().expect("valid");
        assert_eq!((disk.storage.as_str(), disk.size), ("local-lvm", Some(Size { mib: 32 * 1024 })));
        assert!("local:iso/debian.iso,media=cdrom".parse::<Disk>().expect("valid").is_cdrom);
        assert!("none,media=cdrom".parse::<Disk>().is_err());
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in "\\PC{0,40}") {
            let _ = (text.parse::<Size>(), text.parse::<Disk>());
        }

        #[test]
        fn sizes_are_printed_as_they_are_read(mib in 1u64..100_000_000) {
            let size = Size { mib };
            prop_assert_eq!(size.to_string().parse::<Size>(), Ok(size));
        }
    }
}
