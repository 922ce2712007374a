//! A Linux host: its configuration is what a list of commands says.

use super::{CISCO_LIKE, Over, Platform, Proof};

pub(super) static LINUX: Platform = Platform {
    slug: "linux",
    also: &["debian", "ubuntu", "cumulus_linux"],
    name: "Linux",
    proof: Proof::RealSoftware,
    // Directories come and go in it, so no part stays.
    prompt: r"^(?P<base>)(?:\S{1,80}(?: \S{1,80})?)?[$#]$",
    opening: &[],
    enable: false,
    reads: Over::Exec,
    running: "ip address show && ip route show",
    startup: None,
    configure: "",
    leave: "",
    save: None,
    comment: "#",
    errors: &[],
    pager: &[],
    end: None,
    secrets: &[
        r"(?im)\b(?:password|passwd|secret|psk|privatekey|presharedkey)\s*[=:]?\s+(\S+)",
        r"(?im)\b(?:password|passwd|secret|psk|privatekey|presharedkey)=(\S+)",
    ],
    ..CISCO_LIKE
};
