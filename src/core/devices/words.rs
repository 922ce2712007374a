//! What people may see of a configuration: masked, and two of them as a difference.

use super::Devices;
use direttore_clients::device::{Platform, platform::ALL};
use direttore_domain::device::{Diff, Rules};
use std::sync::OnceLock;

/// A platform's patterns as the rules for its texts, read once.
pub fn rules_of(platform: &'static Platform) -> &'static Rules {
    static RULES: [OnceLock<Rules>; ALL.len()] = [const { OnceLock::new() }; ALL.len()];
    let at = ALL.iter().position(|p| p.slug == platform.slug).expect("a platform is one of all");
    RULES[at].get_or_init(|| made(platform).expect("a test reads the patterns of every platform"))
}

fn made(platform: &Platform) -> Result<Rules, direttore_domain::device::WrongPattern> {
    let rules = Rules::default()
        .delete(platform.volatile.iter().copied())?
        .secrets(platform.secrets.iter().copied())?
        .errors(platform.errors.iter().copied())?;
    platform.end.map_or(Ok(rules.clone()), |end| rules.end(end))
}

impl Devices {
    /// The text with a mark for each secret; equal secrets have equal marks.
    pub fn masked(&self, platform: &'static Platform, text: &str) -> String {
        self.mask.text(text, rules_of(platform))
    }

    /// What differs, of what counts, masked.
    pub fn diff(&self, platform: &'static Platform, before: &str, after: &str) -> Diff {
        let rules = rules_of(platform);
        let compared = |text: &str| self.mask.text(&rules.compared(text), rules);
        Diff::of(&compared(before), &compared(after))
    }
}
