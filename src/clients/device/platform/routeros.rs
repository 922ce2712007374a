//! MikroTik RouterOS.

use super::{CISCO_LIKE, Mechanism, Over, Platform, Proof};

pub(super) static ROUTEROS: Platform = Platform {
    slug: "mikrotik_routeros",
    also: &["routeros"],
    name: "RouterOS",
    proof: Proof::Simulated,
    mechanism: Mechanism::SafeMode,
    prompt: r"^(?P<base>\[[^\[\]@ ]+@[^\[\]]+\])(?: (?:<SAFE>|[/\w-]*>))+$",
    opening: &[],
    // No colours, no completion line, 511 columns.
    user_suffix: "+ct511w",
    enter: "\r\n",
    enable: false,
    reads: Over::Exec,
    running: "/export terse",
    startup: None,
    configure: "",
    leave: "",
    save: None,
    comment: "#",
    errors: &[
        r"(?i)^\s*(?:bad command name|syntax error|expected |failure:|input does not match|no such |invalid )",
        r"(?i)^\s*(?:ambiguous value|unknown parameter|missing value)",
    ],
    pager: &[r"^-- \[Q quit"],
    end: None,
    volatile: &[r"^# .* by RouterOS", r"^# \S+ not ready", r"^# inactive time", r"^# poe-out "],
    secrets: &[
        r#"\b(?:password|secret|pre-shared-key|passphrase|wpa2?-pre-shared-key|private-key|authentication-password|encryption-password)=("[^"]*"|\S+)"#,
    ],
    ..CISCO_LIKE
};
