//! What a platform is to us: its prompt, its words, where its configuration is, and how a change is made safe.
//!
//! One file each, a description and no code. All patterns are regular expressions: `prompt` and `pager` over the last line
//! without spaces behind, `errors`, `volatile` and `end` over a line, `secrets` over a text; the first group of a secret is what is masked.
//! [`Mechanism`] says which file of `change/` knows how. To add a platform: a file, a line in [`ALL`], a row in docs/platforms.md.

mod aruba;
mod eos;
mod frr;
mod fs;
mod ios;
mod junos;
mod linux;
mod netconf;
mod nxos;
mod ocnos;
mod panos;
mod routeros;
mod rules;
mod sros;
mod vyos;

pub(super) use rules::{Rules, rules};

use std::{fmt, str::FromStr};

#[derive(Debug)]
pub struct Platform {
    /// NetBox' slug.
    pub slug: &'static str,
    /// Other slugs that people have for it.
    pub also: &'static [&'static str],
    pub name: &'static str,
    pub proof: Proof,
    pub mechanism: Mechanism,
    /// With a group `base`: the part that stays the same in every mode.
    pub prompt: &'static str,
    /// Lines that belong to the prompt and stand above it.
    pub above_prompt: &'static [&'static str],
    /// Said after login: no pager, no wrapping.
    pub opening: &'static [&'static str],
    /// Said after the user's name at login.
    pub user_suffix: &'static str,
    pub enter: &'static str,
    /// Whether `>` must become `#` by `enable`.
    pub enable: bool,
    /// Where commands that only read are said.
    pub reads: Over,
    pub running: &'static str,
    pub startup: Option<&'static str>,
    /// Into the mode where a line changes something, and out of it.
    pub configure: &'static str,
    pub leave: &'static str,
    /// Running to startup, where these are two.
    pub save: Option<&'static str>,
    /// Lines that are no part of a change: comments.
    pub comment: &'static str,
    pub errors: &'static [&'static str],
    pub pager: &'static [&'static str],
    /// A line without which the configuration is not whole.
    pub end: Option<&'static str>,
    /// Lines that change by themselves.
    pub volatile: &'static [&'static str],
    pub secrets: &'static [&'static str],
}

/// Where the description was held against the thing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Proof {
    RealSoftware,
    Simulated,
    Documentation,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Over {
    /// One command on a channel of its own.
    Exec,
    Shell,
    /// XML on the subsystem.
    Netconf,
}

/// How a change is made safe.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mechanism {
    /// The device itself goes back unless it is told to keep the change, also when we are gone.
    Timer(Timer),
    /// A named point to go back to. Nobody goes back by himself.
    Checkpoint,
    /// The device goes back when the session that changed it is lost: it must be held until the change is verified.
    SafeMode,
    /// Staged and committed as a whole, with a named copy of the configuration before. Nobody goes back by himself.
    Candidate,
    /// Line by line, live; the lines that undo it are prepared.
    Plain,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Timer {
    /// `commit confirmed`, in minutes.
    Junos,
    /// `configure session … commit timer`, in seconds.
    Eos,
    /// `configure terminal revert timer`, in minutes.
    Ios,
    /// `commit confirmed` of the MD-CLI, in minutes.
    Sros,
    /// `commit-confirm`, in minutes.
    Vyos,
    /// `<confirmed/>` with `<persist>`, in seconds.
    Netconf,
}

impl Mechanism {
    /// Whether the device recovers without us.
    pub fn rolls_back_by_itself(self) -> bool {
        matches!(self, Self::Timer(_) | Self::SafeMode)
    }

    /// Whether a confirmation can come from another session, minutes later.
    pub fn can_wait_for_a_person(self) -> bool {
        matches!(self, Self::Timer(_))
    }

    /// Whether the device shows what a change would do before it does it.
    pub fn stages(self) -> bool {
        !matches!(self, Self::Timer(Timer::Ios) | Self::Checkpoint | Self::SafeMode | Self::Plain)
    }

    /// For the question before a push.
    pub fn in_words(self) -> &'static str {
        match self {
            Self::Timer(Timer::Junos | Timer::Sros) => "commit confirmed: the device rolls back by itself",
            Self::Timer(Timer::Eos) => "configuration session with a commit timer: the device rolls back by itself",
            Self::Timer(Timer::Ios) => "revert timer: the device rolls back by itself",
            Self::Timer(Timer::Vyos) => "commit-confirm: the device rolls back by itself, old releases by a reboot",
            Self::Timer(Timer::Netconf) => "confirmed commit: the device rolls back by itself",
            Self::Checkpoint => "checkpoint: no automatic rollback on this platform",
            Self::SafeMode => "safe mode: the device rolls back when our session is lost",
            Self::Candidate => "candidate with a saved copy: no automatic rollback on this platform",
            Self::Plain => "line by line with a prepared reverse: no automatic rollback on this platform",
        }
    }
}

pub static ALL: [&Platform; 14] = [
    &junos::JUNOS,
    &eos::EOS,
    &ios::IOS,
    &nxos::NXOS,
    &panos::PANOS,
    &sros::SROS,
    &routeros::ROUTEROS,
    &aruba::ARUBA,
    &fs::FS,
    &ocnos::OCNOS,
    &vyos::VYOS,
    &frr::FRR,
    &linux::LINUX,
    &netconf::NETCONF,
];

/// The platform of a slug, or none.
pub fn by_slug(slug: &str) -> Option<&'static Platform> {
    // People write `cisco-ios` as often as `cisco_ios`.
    let slug = slug.trim().to_lowercase().replace('-', "_");
    ALL.into_iter().find(|p| p.slug == slug || p.also.contains(&slug.as_str()))
}

impl Platform {
    /// The text without what its patterns know as secrets.
    pub fn mask(&'static self, text: &str) -> String {
        rules(self).mask(text)
    }
}

impl FromStr for &'static Platform {
    type Err = String;

    fn from_str(given: &str) -> Result<Self, String> {
        let names = || ALL.map(|p| p.slug).join(", ");
        by_slug(given).ok_or_else(|| format!("{given:?} is no platform that can be pushed to; there are {}", names()))
    }
}

impl fmt::Display for Platform {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

/// What command lines in the manner of Cisco's have in common; each platform says what it has otherwise.
const CISCO_LIKE: Platform = Platform {
    slug: "",
    also: &[],
    name: "",
    proof: Proof::Documentation,
    mechanism: Mechanism::Plain,
    prompt: r"^(?P<base>[A-Za-z0-9][\w.:/@-]*)(?:\([^()]*\))*[>#]$",
    above_prompt: &[],
    opening: &["terminal length 0"],
    user_suffix: "",
    enter: "\n",
    enable: true,
    reads: Over::Shell,
    running: "show running-config",
    startup: Some("show startup-config"),
    configure: "configure terminal",
    leave: "end",
    save: Some("write memory"),
    comment: "!",
    errors: &[
        r"(?i)^\s*% ?(?:invalid|incomplete|ambiguous|unknown|unrecognized|bad|error|access denied|authorization failed|cannot|not )",
        r"(?i)^\s*%?\s*command (?:rejected|authorization failed)",
        r"(?i)^\s*(?:error|syntax error|unknown command|failure)\b",
    ],
    pager: &[r"(?i)^\s*(?:<?-+ ?\(?more\)?.{0,12}-+>?|--more--.*)$", r"(?i)press any key to continue"],
    end: Some(r"^end$"),
    volatile: &[],
    secrets: CISCO_SECRETS,
};

const CISCO_SECRETS: &[&str] = &[
    r"(?im)\b(?:password|secret)(?: (?:\d+|sha512|sha256))? (\S+)",
    r"(?im)snmp-server community(?: \d)? (\S+)",
    r"(?im)snmp-server user .*?\b(?:auth|priv)(?: (?:md5|sha\S*|des|3des|aes)(?: \d+)?)? (\S+)",
    r"(?im)snmp-server user .*?\bpriv(?: (?:des|3des|aes)(?:[ -]\d+)?)? (\S+)",
    r"(?im)(?:tacacs|radius)\S*.*? key(?: \d)? (\S+)",
    r"(?im)\bkey(?:-string)? [0-9] (\S+)",
    r"(?im)\bkey-string (\S+)",
    r"(?im)isakmp key(?: \d)? (\S+)",
    r"(?im)\b(?:wpa-psk|wpa-passphrase|pre-shared-key)(?: (?:ascii|hex|local|remote))?(?: \d)? (\S+)",
    r"(?im)\b(?:md5|message-digest-key \d+ md5|authentication-key \d+ md5)(?: \d)? (\S+)",
];
