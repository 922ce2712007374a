//! Who changed a configuration, where the device says it. Read it before the text is stored: such lines are dropped then.

use regex::Regex;
use std::sync::LazyLock;

/// As the device wrote it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LastChange {
    pub who: Option<String>,
    /// Words: devices name zones that nobody can resolve.
    pub when: String,
}

/// How many lines may come before it.
const HEAD: usize = 40;

static FORMS: LazyLock<Vec<Regex>> = LazyLock::new(|| {
    [
        // Junos: `## Last commit: 2026-11-22 10:00:00 UTC by alice`
        r"^## Last (?:commit|changed): (?<when>.+?)(?: by (?<who>\S+))?$",
        // IOS and EOS: `! Last configuration change at 10:00:00 UTC Sun Nov 22 2026 by alice`
        r"^! Last configuration change at (?<when>.+?)(?: by (?<who>\S+))?$",
        // NX-OS: `!Running configuration last done at: Sun Nov 22 10:00:00 2026`
        r"^!Running configuration last done at: (?<when>.+)$",
        // SR OS: `# Last configuration change … by`
        r"^# (?:Last saved|Modified)\s*:? (?<when>.+?)(?: by (?<who>\S+))?$",
        // RouterOS: `# 2026-11-22 10:00:00 by RouterOS 7.16` names no person.
    ]
    .iter()
    .map(|form| Regex::new(form).expect("these are regular expressions"))
    .collect()
});

/// What the head of `raw` says of the last change.
pub fn last_change(raw: &str) -> Option<LastChange> {
    raw.lines().take(HEAD).map(str::trim_end).find_map(|line| {
        let found = FORMS.iter().find_map(|form| form.captures(line))?;
        let who = found.name("who").map(|who| who.as_str().to_owned());
        Some(LastChange { who, when: found["when"].to_owned() })
    })
}
