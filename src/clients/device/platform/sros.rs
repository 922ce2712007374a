//! Nokia SR OS: read by the classic command, changed in the MD-CLI.

use super::{CISCO_LIKE, Mechanism, Platform, Proof, Timer};

pub(super) static SROS: Platform = Platform {
    slug: "nokia_sros",
    also: &["sros", "alcatel_sros"],
    name: "Nokia SR OS",
    proof: Proof::Documentation,
    mechanism: Mechanism::Timer(Timer::Sros),
    prompt: r"^\*?(?P<base>[A-Z]:[\w.@-]+)(?:>[\w>$-]+)?[#$]$",
    above_prompt: &[r"^[!*]{0,2}(?:\([a-z]{2}\))?\[.*\]$"],
    opening: &["environment more false", "environment no more"],
    enable: false,
    running: "admin display-config",
    startup: None,
    configure: "configure exclusive",
    leave: "quit-config",
    save: Some("admin save"),
    comment: "#",
    errors: &[r"^(?:MINOR|MAJOR|CRITICAL): ", r"^Error: ", r"^\s*\^?\s*(?:Error|Bad command)\b"],
    pager: &[r"(?i)^press any key to continue", r"(?i)^-+ ?more"],
    end: None,
    volatile: &[r"^# (?:Generated|Finished)"],
    secrets: &[
        r#"(?m)("?\S+"?) hash2?\b"#,
        r#"(?m)\bcommunity "([^"]*)""#,
        r#"(?m)\b(?:password|authentication-key|secret) "([^"]*)""#,
    ],
    ..CISCO_LIKE
};
