//! Texts of devices: what is kept, compared, hidden and shown.

mod chance;
mod csv;
mod diffs;
mod masks;
mod texts;

use super::Rules;

/// As IOS would have them.
fn ios() -> Rules {
    Rules::default()
        .delete([
            r"^Building configuration",
            r"^Current configuration\s*:",
            r"^! Last configuration change",
            r"^! NVRAM",
        ])
        .and_then(|rules| rules.ignore([r"^ntp clock-period"]))
        .and_then(|rules| {
            rules.secrets([
                r"^snmp-server community (\S+)",
                r"(?:password|secret|key) \d+ (\S+)",
                r"pre-shared-key (\S+)",
            ])
        })
        .and_then(|rules| rules.end(r"^end$"))
        .expect("these are regular expressions")
}
