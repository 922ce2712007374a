//! What a push is made of: the wish, what is kept of each device, the hash that an approval is bound to, and the lines that
//! must be seen afterwards.

use super::{Devices, Target, rules_of};
use direttore_clients::device::{Preview, Scope, Wish, reverse};
use direttore_domain::Instant;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::{collections::HashSet, fmt::Write, time::Duration};

/// What somebody asked for. Kept with the push.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PushWish {
    pub what: What,
    /// Kept for so long without a confirmation; zero confirms once it is verified.
    pub hold_s: u64,
    /// Names of checks.
    pub checks: Vec<String>,
    pub reason: Option<String>,
    /// What `now()` gives in templates.
    pub at: Instant,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum What {
    Template {
        template: String,
        vars: Vec<(String, String)>,
        replace: bool,
    },
    /// Back to what was before, or was said yes to.
    Rollback,
}

impl PushWish {
    /// As jobs and messages call it: `vlan`, `rollback`.
    pub fn name(&self) -> &str {
        match &self.what {
            What::Template { template, .. } => template,
            What::Rollback => "rollback",
        }
    }

    pub fn is_back(&self) -> bool {
        self.what == What::Rollback
    }

    /// After how long a device takes the change back.
    pub fn timer(&self, commit: Duration) -> Duration {
        commit + Duration::from_secs(self.hold_s)
    }
}

/// What is kept of one device, sealed: it holds secrets.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Body {
    pub text: String,
    pub replace: bool,
    /// As the device said it.
    pub before: String,
    /// Lines that it must say afterwards.
    pub expected: Vec<String>,
    /// What it said once the change was kept.
    #[serde(default)]
    pub after: Option<String>,
}

impl Body {
    /// For the device; `job` names what is left on it meanwhile.
    pub fn wish(&self, job: String) -> Wish {
        let scope = if self.replace { Scope::Replace } else { Scope::Merge };
        Wish { job, text: self.text.clone(), scope, before: self.before.clone() }
    }
}

/// What a push would do to a device.
#[derive(Debug, Clone)]
pub struct Foreseen {
    pub body: Body,
    /// Masked; empty where nothing would change.
    pub diff: String,
    pub hash: String,
}

impl Devices {
    /// Asks the device what the text would do to it. Nothing is left on it.
    ///
    /// # Errors
    /// Whatever can happen to a session; [`direttore_clients::device::Error::Garbage`] also when what it says is no whole
    /// configuration.
    pub async fn foresee(
        &self,
        target: &Target,
        text: String,
        replace: bool,
    ) -> Result<Foreseen, direttore_clients::device::Error> {
        let mut body = Body { text, replace, before: String::new(), expected: vec![], after: None };
        let asked = body.clone();
        let of = target.clone();
        let (before, preview) = self
            .call(target, move |link| {
                let before = link.fetch_config()?.running;
                Self::is_whole(&of, &before, None)
                    .map_err(|why| direttore_clients::device::Error::Garbage { why: why.to_string() })?;
                let preview = link.preview(&Body { before: before.clone(), ..asked }.wish("plan".to_owned()))?;
                Ok((before, preview))
            })
            .await?;
        body.before = before;
        let diff = self.difference(target, &body, &preview);
        body.expected = self.expected(target, &body, &preview);
        let hash = hash(target, &body.text, &body.before);
        Ok(Foreseen { body, diff, hash })
    }

    fn difference(&self, target: &Target, body: &Body, preview: &Preview) -> String {
        let platform = target.platform;
        match (&preview.diff, &preview.after) {
            (Some(diff), _) => self.masked(platform, diff.trim_end()),
            // Both as the prediction writes them, without the comments between sections.
            (None, Some(after)) => self.diff(platform, &reverse::predict(&body.before, ""), after).text,
            // The box shows nothing beforehand: then the lines are all that can be shown.
            (None, None) => {
                let lines = self.masked(platform, &body.text);
                lines.lines().map(|line| format!("+{line}")).collect::<Vec<_>>().join("\n")
            }
        }
    }

    /// Lines that the device must have once it is done, where that can be told: what the device itself says it adds, or what
    /// the text makes of the configuration. Secrets are left out, for devices keep them otherwise than they are given.
    fn expected(&self, target: &Target, body: &Body, preview: &Preview) -> Vec<String> {
        let before: HashSet<&str> = body.before.lines().map(str::trim).collect();
        let is_lines_of_set = |line: &str| ["set ", "delete "].iter().any(|verb| line.starts_with(verb));
        let text: Vec<&str> = body.text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
        let lines: Vec<String> = if !text.is_empty() && text.iter().all(|line| is_lines_of_set(line)) {
            // Junos, VyOS: the configuration is read as such lines too, with its own quotation marks.
            text.iter().filter(|line| line.starts_with("set ")).map(|line| (*line).to_owned()).collect()
        } else if let Some(diff) = &preview.diff {
            let added = diff.lines().filter(|line| line.starts_with('+') && !line.starts_with("+++"));
            added.map(|line| line[1..].trim().to_owned()).collect()
        } else {
            preview.after.iter().flat_map(|after| after.lines()).map(|line| line.trim().to_owned()).collect()
        };
        let comment = target.platform.comment;
        let counts = |line: &String| {
            !line.is_empty()
                && !before.contains(line.as_str())
                && !line.starts_with(comment)
                && !line.starts_with("no ")
                && !matches!(line.as_str(), "exit" | "end" | "}" | "{")
                // One more of a list that the device writes as one.
                && !line.contains(" add ")
                && self.masked(target.platform, line) == **line
        };
        // What changes by itself is another line by the time that it is looked for.
        let lines = rules_of(target.platform).compared(&lines.join("\n"));
        lines.lines().map(str::to_owned).filter(counts).collect()
    }

    /// The expected lines that a configuration has not.
    pub fn missing(body: &Body, running: &str) -> Vec<String> {
        let plain = |line: &str| line.trim().replace('"', "");
        let has: HashSet<String> = running.lines().map(plain).collect();
        body.expected.iter().filter(|line| !has.contains(&plain(line))).cloned().collect()
    }

    /// The text, and whether it is the whole, by which a device that has `running` gets `wanted`.
    pub fn way_back(target: &Target, running: &str, wanted: &str) -> (String, bool) {
        let text: Vec<&str> = wanted.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
        let is_set = text
            .iter()
            .all(|line| line.starts_with("set ") || line.starts_with("deactivate ") || line.starts_with('#'));
        if is_set || target.platform.configure.is_empty() {
            return (wanted.to_owned(), true);
        }
        let stored = |text: &str| rules_of(target.platform).compared(text);
        let lines = reverse::restore(&stored(running), &stored(wanted));
        (lines.into_iter().fold(String::new(), |all, line| all + line.as_str() + "\n"), false)
    }

    /// Whether two configurations of a device are the same, but for what changes by itself.
    pub fn is_same(target: &Target, one: &str, other: &str) -> bool {
        let rules = rules_of(target.platform);
        rules.same(one, other)
            || (!target.platform.configure.is_empty() && reverse::is_same(&rules.compared(one), &rules.compared(other)))
    }
}

/// Of everything that a yes is about: the device, what it has, and what it is to be told.
pub fn hash(target: &Target, text: &str, before: &str) -> String {
    let mut hash = Sha256::new();
    for part in [target.name.as_str(), &target.id.to_string(), text, &rules_of(target.platform).compared(before)] {
        hash.update(part.len().to_le_bytes());
        hash.update(part.as_bytes());
    }
    hash.finalize().iter().fold(String::with_capacity(64), |mut all, byte| {
        write!(all, "{byte:02x}").expect("a string takes all");
        all
    })
}
