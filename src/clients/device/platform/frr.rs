//! FRRouting, behind vtysh.

use super::{CISCO_LIKE, Over, Platform, Proof};

pub(super) static FRR: Platform = Platform {
    slug: "frr",
    also: &["frrouting", "linux_frr"],
    name: "FRR",
    proof: Proof::RealSoftware,
    // A terminal of its own width and no pager, unless somebody set one.
    opening: &["terminal length 0"],
    enable: false,
    reads: Over::Exec,
    startup: None,
    volatile: &[r"^Building configuration", r"^Current configuration"],
    ..CISCO_LIKE
};
