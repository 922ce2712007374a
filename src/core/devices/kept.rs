//! The history of configurations, as it is configured: what a run fetched, made into what is kept.

use super::{Devices, Secrets, Target, rules_of};
use direttore_clients::history::{Entry, Error, History, Run, Version};
use direttore_domain::{
    Failure, Instant,
    device::{NoConfig, fetched, last_change},
};

/// What was fetched of one device.
#[derive(Debug, Clone)]
pub struct Kept {
    pub target: Target,
    /// As the device said it.
    pub raw: String,
    /// Who changed it, where we know better than the device.
    pub author: Option<String>,
}

impl Devices {
    /// # Errors
    /// What keeps the repository from being opened.
    pub async fn history(&self) -> Result<&History, Failure> {
        let open = || History::open(self.settings.history.clone());
        self.history.get_or_try_init(open).await.map_err(|e| of_history(&e))
    }

    /// Keeps what changed of what a run fetched. Those that did not change are not in the answer.
    ///
    /// # Errors
    /// What the repository says; then nothing is kept.
    pub async fn record(&self, all: Vec<Kept>, why: &str, at: Instant) -> Result<Vec<(Kept, Version)>, Failure> {
        let entries = all.iter().map(|kept| Entry {
            device: kept.target.name.clone(),
            group: kept.target.group.clone(),
            text: self.as_kept(&kept.target, &kept.raw),
            author: kept.author.clone().or_else(|| last_change(&kept.raw).and_then(|change| change.who)),
        });
        let run = Run { at, why: why.to_owned(), entries: entries.collect() };
        let versions = self.history().await?.record(run).await.map_err(|e| of_history(&e))?;
        let mut out = Vec::new();
        for version in versions {
            let of = |kept: &&Kept| kept.target.name == version.device && kept.target.group == version.group;
            if let Some(kept) = all.iter().find(of) {
                out.push((kept.clone(), version));
            }
        }
        Ok(out)
    }

    /// A text as the history has it.
    pub fn as_kept(&self, target: &Target, raw: &str) -> String {
        let rules = rules_of(target.platform);
        let stored = rules.stored(raw);
        match self.settings.secrets {
            Secrets::Masked => self.mask.text(&stored, rules),
            Secrets::Sealed | Secrets::Clear => stored,
        }
    }

    /// Whether what a device said is its configuration at all; `last` is what it said before.
    ///
    /// # Errors
    /// Why it is none.
    pub fn is_whole(target: &Target, raw: &str, last: Option<&str>) -> Result<(), NoConfig> {
        fetched(raw, last, rules_of(target.platform))
    }
}

/// The repository's words.
pub fn of_history(error: &Error) -> Failure {
    Failure::Upstream { peer: "the history of configurations".to_owned(), why: error.to_string() }
}
