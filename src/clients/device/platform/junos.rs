//! Junos.

use super::{Mechanism, Over, Platform, Proof, Timer};

pub(super) static JUNOS: Platform = Platform {
    slug: "juniper_junos",
    also: &["junos", "juniper_junos_evolved"],
    name: "Junos",
    proof: Proof::Simulated,
    mechanism: Mechanism::Timer(Timer::Junos),
    prompt: r"^(?P<base>[\w.-]+@[\w.:-]+)[>#%]$",
    above_prompt: &[r"^\[edit.*\]$", r"^\{(?:master|backup|linecard|primary|secondary).*\}$"],
    opening: &["set cli screen-length 0", "set cli screen-width 0", "set cli complete-on-space off"],
    user_suffix: "",
    enter: "\n",
    enable: false,
    reads: Over::Exec,
    running: "show configuration | display set | no-more",
    startup: None,
    configure: "configure exclusive",
    leave: "exit configuration-mode",
    save: None,
    comment: "#",
    errors: &[
        r"^\s*(?:error|syntax error|unknown command|missing argument|invalid \w+|commit failed)\b",
        r"^load complete \(\d+ errors?\)",
    ],
    pager: &[r"^---\(more.*\)---$"],
    end: None,
    volatile: &[r"^## Last (?:commit|changed):"],
    secrets: &[
        r#"(?m)("\$[0-9a-z]{1,6}\$[^"]*")"#,
        r#"(?m)(?:encrypted-password|secret|authentication-key|pre-shared-key \S+|simple-password|md5-password) ("[^"]*"|\$\S+)"#,
        r"(?m)snmp(?: v3 \S+)* community (\S+)",
        r"(?m)^\s*community (\S+) \{",
        r"(?m)://[^:@/\s]+:([^@\s]+)@",
    ],
};
