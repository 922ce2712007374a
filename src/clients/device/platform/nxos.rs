//! Cisco NX-OS.

use super::{CISCO_LIKE, Mechanism, Platform, Proof};

pub(super) static NXOS: Platform = Platform {
    slug: "cisco_nxos",
    also: &["nxos"],
    name: "Cisco NX-OS",
    proof: Proof::Documentation,
    mechanism: Mechanism::Checkpoint,
    opening: &["terminal length 0", "terminal width 511"],
    enable: false,
    save: Some("copy running-config startup-config"),
    // Its configuration ends with whatever comes last.
    end: None,
    volatile: &[r"^!Time:", r"^!Running configuration last done at:", r"^!Startup config saved at:"],
    ..CISCO_LIKE
};
