//! A platform's patterns, read once.

use super::{ALL, Platform};
use regex::{Captures, Regex, RegexSet};
use std::sync::OnceLock;

pub(in super::super) struct Rules {
    prompt: Regex,
    above_prompt: RegexSet,
    errors: RegexSet,
    pager: RegexSet,
    secrets: Vec<Regex>,
}

/// What stands for a secret.
const MASK: &str = "…";

pub(in super::super) fn rules(platform: &'static Platform) -> &'static Rules {
    static RULES: [OnceLock<Rules>; ALL.len()] = [const { OnceLock::new() }; ALL.len()];
    let at = ALL.iter().position(|p| p.slug == platform.slug).expect("platforms are made in this folder alone");
    RULES[at].get_or_init(|| Rules::read(platform))
}

impl Rules {
    fn read(p: &Platform) -> Self {
        let one = |pattern: &str| Regex::new(pattern).expect("a test reads all patterns");
        let set = |patterns: &[&str]| RegexSet::new(patterns).expect("a test reads all patterns");
        Self {
            prompt: one(p.prompt),
            above_prompt: set(p.above_prompt),
            errors: set(p.errors),
            pager: set(p.pager),
            secrets: p.secrets.iter().map(|s| one(s)).collect(),
        }
    }

    /// The part of a prompt that stays, if the line is one.
    pub(in super::super) fn base(&self, line: &str) -> Option<String> {
        Some(self.prompt.captures(line)?.name("base")?.as_str().to_owned())
    }

    pub(in super::super) fn is_pager(&self, line: &str) -> bool {
        !line.is_empty() && self.pager.is_match(line)
    }

    pub(in super::super) fn is_above_prompt(&self, line: &str) -> bool {
        self.above_prompt.is_match(line)
    }

    /// The device's words if it complains.
    pub(in super::super) fn complaint(&self, text: &str) -> Option<String> {
        let said: Vec<&str> = text.lines().filter(|line| self.errors.is_match(line)).map(str::trim).take(3).collect();
        (!said.is_empty()).then(|| said.join("; "))
    }

    pub(in super::super) fn mask(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for secret in &self.secrets {
            let hide = |found: &Captures<'_>| {
                let (whole, hidden) = (found.get_match(), found.get(1));
                let Some(hidden) = hidden else { return MASK.to_owned() };
                let at = hidden.start() - whole.start()..hidden.end() - whole.start();
                format!("{}{MASK}{}", &whole.as_str()[..at.start], &whole.as_str()[at.end..])
            };
            text = secret.replace_all(&text, hide).into_owned();
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::device::platform::by_slug;

    #[test]
    fn all_patterns_can_be_read_and_slugs_are_told_apart() {
        for (at, platform) in ALL.into_iter().enumerate() {
            rules(platform);
            RegexSet::new(platform.volatile.iter().chain(&platform.end)).expect("they are patterns");
            for slug in platform.also.iter().chain([&platform.slug]) {
                assert_eq!(by_slug(slug).map(|p| p.slug), Some(ALL[at].slug), "{slug}");
            }
        }
        assert_eq!(by_slug("Cisco-IOS").map(|p| p.slug), Some("cisco_ios"));
        let wrong = "no_such".parse::<&Platform>().expect_err("there is none");
        assert!(wrong.contains("juniper_junos"), "{wrong}");
    }

    #[test]
    fn prompts_are_known_in_every_mode() {
        for (slug, base, lines) in [
            ("juniper_junos", "lab@mx1", vec!["lab@mx1>", "lab@mx1#"]),
            ("arista_eos", "sw1.lab", vec!["sw1.lab>", "sw1.lab#", "sw1.lab(config-s-J-12-if-Et1)#"]),
            ("cisco_ios", "R1", vec!["R1>", "R1#", "R1(config)#", "R1(config-if)#"]),
            ("cisco_nxos", "n9k", vec!["n9k#", "n9k(config-vlan)#"]),
            ("paloalto_panos", "admin@fw", vec!["admin@fw>", "admin@fw#", "admin@fw(active)>"]),
            ("nokia_sros", "A:r1", vec!["A:r1#", "*A:r1#", "A:r1>config>router#"]),
            ("nokia_sros", "A:admin@r1", vec!["A:admin@r1#"]),
            ("mikrotik_routeros", "[lab@gw]", vec!["[lab@gw] >", "[lab@gw] <SAFE>", "[lab@gw] /ip/address>"]),
            ("aruba_os", "(ctl)", vec!["(ctl) #", "(ctl) (config) #", "(ctl) [mynode] #"]),
            ("vyos", "vyos@gw", vec!["vyos@gw:~$", "vyos@gw#"]),
            ("frr", "frr1", vec!["frr1#", "frr1(config-router)#"]),
            ("linux", "", vec!["root@box:~#", "$", "[root@box ~]#"]),
        ] {
            let rules = rules(by_slug(slug).expect("it is one"));
            for line in lines {
                assert_eq!(rules.base(line).as_deref(), Some(base), "{slug}: {line}");
            }
            for line in ["", "Building configuration...", " description uplink", "! comment", "set a > b c"] {
                assert_eq!(rules.base(line), None, "{slug}: {line}");
            }
        }
    }

    #[test]
    fn pagers_and_complaints_are_known() {
        for (slug, pager) in [
            ("cisco_ios", "--More--"),
            ("fs_fsos", " --More--"),
            ("juniper_junos", "---(more)---"),
            ("juniper_junos", "---(more 40%)---"),
            ("mikrotik_routeros", "-- [Q quit|D dump|down]"),
            ("paloalto_panos", "lines 1-24"),
        ] {
            assert!(rules(by_slug(slug).expect("it is one")).is_pager(pager), "{slug}: {pager}");
        }
        for (slug, said) in [
            ("cisco_ios", "            ^\n% Invalid input detected at '^' marker."),
            ("arista_eos", "% Invalid input"),
            ("juniper_junos", "                 ^\nsyntax error."),
            ("juniper_junos", "error: configuration check-out failed"),
            ("mikrotik_routeros", "bad command name foo (line 1 column 1)"),
            ("frr", "% Unknown command: foo"),
        ] {
            assert!(rules(by_slug(slug).expect("it is one")).complaint(said).is_some(), "{slug}: {said}");
        }
        let harmless = "interface Ethernet1\n   description error-prone uplink\n   logging failure 3";
        assert_eq!(rules(by_slug("arista_eos").expect("it is one")).complaint(harmless), None);
    }

    #[test]
    fn secrets_are_masked() {
        for (slug, line, masked) in [
            ("cisco_ios", "username a privilege 15 secret 5 $1$x$y", "username a privilege 15 secret 5 …"),
            ("cisco_ios", "snmp-server community lab-ro RO", "snmp-server community … RO"),
            ("arista_eos", "username a secret sha512 $6$x$y", "username a secret sha512 …"),
            ("frr", " neighbor 192.0.2.0 password bgpsecret", " neighbor 192.0.2.0 password …"),
            ("juniper_junos", "encrypted-password \"$6$a$b\"; ## SECRET-DATA", "encrypted-password …; ## SECRET-DATA"),
            (
                "juniper_junos",
                "set snmp community lab-ro authorization read-only",
                "set snmp community … authorization read-only",
            ),
            (
                "mikrotik_routeros",
                "/user add name=lab password=labsecret group=read",
                "/user add name=lab password=… group=read",
            ),
            ("paloalto_panos", "<phash>$1$x</phash>", "<phash>…</phash>"),
        ] {
            assert_eq!(by_slug(slug).expect("it is one").mask(line), masked, "{slug}");
        }
    }
}
