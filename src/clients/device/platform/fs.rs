//! FS.com's FSOS.

use super::{CISCO_LIKE, Platform};

pub(super) static FS: Platform = Platform {
    slug: "fs_fsos",
    also: &["fsos", "fs"],
    name: "FSOS",
    volatile: &[r"^Building configuration", r"^Current configuration"],
    ..CISCO_LIKE
};
