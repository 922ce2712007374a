//! Palo Alto PAN-OS.

use super::{CISCO_LIKE, Mechanism, Platform, Proof};

pub(super) static PANOS: Platform = Platform {
    slug: "paloalto_panos",
    also: &["panos"],
    name: "PAN-OS",
    proof: Proof::Documentation,
    mechanism: Mechanism::Candidate,
    prompt: r"^(?P<base>[\w.-]+@[\w.-]+)(?:\([\w-]+\))?[>#]$",
    above_prompt: &[r"^\[edit.*\]$"],
    opening: &["set cli scripting-mode on", "set cli pager off"],
    enable: false,
    running: "show config running",
    startup: None,
    configure: "configure",
    leave: "exit",
    save: None,
    comment: "#",
    errors: &[r"^\s*(?:Invalid syntax|Unknown command|Server error|Validation Error|Commit failed|error:)"],
    pager: &[r"^lines \d+-\d+", r"(?i)^-+ ?more"],
    end: Some(r"^(?:\}|</config>)$"),
    volatile: &[r"^(?:time|uptime|app-version|av-version|threat-version):"],
    secrets: &[r"<phash>([^<]*)</phash>", r"<key>([^<]*)</key>", r"(?m)\b(?:phash|key|password) (\S+);?"],
    ..CISCO_LIKE
};
