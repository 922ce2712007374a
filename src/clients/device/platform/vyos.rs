//! VyOS.

use super::{CISCO_LIKE, Mechanism, Platform, Timer};

pub(super) static VYOS: Platform = Platform {
    slug: "vyos",
    also: &["vyatta_vyos", "vyos_vyos"],
    name: "VyOS",
    mechanism: Mechanism::Timer(Timer::Vyos),
    prompt: r"^(?P<base>[\w.-]+@[\w.-]+)(?::[~/\w.-]*\$|#)$",
    above_prompt: &[r"^\[edit.*\]$"],
    opening: &["set terminal length 0", "set terminal width 511"],
    enable: false,
    running: "show configuration commands | no-more",
    startup: None,
    configure: "configure",
    leave: "exit discard",
    save: Some("save"),
    comment: "#",
    errors: &[
        r"(?i)^\s*(?:invalid command|ambiguous command|incomplete command|set failed|delete failed|commit failed|error:)",
        r"(?i)configuration path: .* is not valid",
    ],
    pager: &[r"^:$", r"^lines \d+-\d+"],
    end: None,
    secrets: &[
        r"(?m)\b(?:encrypted-password|plaintext-password|pre-shared-secret|password|key) '?([^'\s]+)'?",
        r"(?m)snmp community '?([^'\s]+)'?",
    ],
    ..CISCO_LIKE
};
