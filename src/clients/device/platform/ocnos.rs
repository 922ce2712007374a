//! IP Infusion OcNOS.

use super::{CISCO_LIKE, Platform};

pub(super) static OCNOS: Platform = Platform {
    slug: "ipinfusion_ocnos",
    also: &["ocnos"],
    name: "OcNOS",
    volatile: &[r"^Building configuration", r"^! Last configuration change at"],
    ..CISCO_LIKE
};
