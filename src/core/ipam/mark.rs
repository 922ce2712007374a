//! The marks that direttore leaves on what its jobs make, in descriptions of guests and of NetBox' records: whose job it
//! was, and as what.
//!
//! A mark decides what may be taken back. Numbers of jobs begin anew with each database, come again when one is restored
//! from yesterday's copy, and several installations may share one NetBox: so a mark names the installation, and the job
//! by its number and the millisecond it was made in.

use direttore_domain::{Family, Instant, JobId};
use std::{fmt, sync::Arc};

/// Makes the marks of one installation, and knows them again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Marks(Arc<str>);

/// `direttore-k3f9ab:J-12.1k2v7x9q/nic1/ipv4`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mark(String);

impl Default for Marks {
    fn default() -> Self {
        Self::new("")
    }
}

impl Marks {
    /// Of the installation of that name: letters and digits, drawn once for a database.
    pub fn new(installation: &str) -> Self {
        match installation {
            "" => Self("direttore:".into()),
            name => Self(format!("direttore-{name}:").into()),
        }
    }

    /// Of everything that a job makes, which was made itself at that instant.
    pub fn of_job(&self, job: JobId, created: Instant) -> Mark {
        Mark(format!("{}{job}.{:x}", self.0, created.millis()))
    }

    /// The job of this installation whose mark, or whose step's mark, a description bears. Marks stand at the end; what
    /// stands before may be anybody's words.
    pub fn job_in(&self, description: &str) -> Option<JobId> {
        description.split_whitespace().rev().find_map(|word| job_of(word.strip_prefix(&*self.0)?))
    }
}

/// Of `J-12.1k2v7x9q/nic1/ipv4`.
fn job_of(rest: &str) -> Option<JobId> {
    let job = rest.split(['/', '.']).next()?;
    if job.starts_with("J-") { job.parse().ok() } else { None }
}

impl Mark {
    /// Of the address of one family of one interface, counted from 1.
    pub fn nic(&self, nic: usize, family: Family) -> Self {
        Self(format!("{}/nic{nic}/{}", self.0, family.to_string().to_lowercase()))
    }

    /// Of one of several addresses taken at once, counted from 1.
    pub fn nth(&self, nth: usize) -> Self {
        Self(format!("{}/address{nth}", self.0))
    }

    /// Whether a description bears it, or the mark of a part of it.
    pub fn covers(&self, description: &str) -> bool {
        description
            .split_whitespace()
            .any(|word| word.strip_prefix(self.0.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with('/')))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether a description bears it: as a word, since the mark of J-1 begins that of J-12.
    pub fn is_in(&self, description: &str) -> bool {
        description.split_whitespace().any(|word| word == self.0)
    }
}

/// Whether a word is a mark, of whatever installation.
pub fn is_mark(word: &str) -> bool {
    let rest = word.strip_prefix("direttore").and_then(|rest| rest.split_once(':'));
    rest.is_some_and(|(name, job)| (name.is_empty() || name.starts_with('-')) && job_of(job).is_some())
}

impl fmt::Display for Mark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A description without the marks that are for us.
pub fn unmarked(description: &str) -> String {
    let words = description.split_whitespace().filter(|word| !is_mark(word));
    words.collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    const BORN: Instant = Instant(0x1234);

    #[test]
    fn a_mark_is_a_word() {
        let marks = Marks::default();
        let one = marks.of_job(JobId(1), BORN);
        assert!(one.is_in("the web server direttore:J-1.1234"));
        assert!(!one.is_in("direttore:J-1.1234/nic1/ipv4") && one.covers("direttore:J-1.1234/nic1/ipv4"));
        assert!(!one.covers("direttore:J-12.1234") && !one.covers("direttore:J-1.12345/nic1/ipv4"));
        assert_eq!(marks.job_in("x direttore:J-12.1/nic1/ipv4"), Some(JobId(12)));
        assert_eq!(marks.job_in("direttore:J-3.1 says he direttore:J-4.1"), Some(JobId(4)));
        assert_eq!(marks.job_in("direttore:everything"), None);
    }

    #[test]
    fn another_installations_marks_are_not_ours() {
        let (here, there) = (Marks::new("k3f9ab"), Marks::new("x7y8z9"));
        let mark = there.of_job(JobId(5), BORN).nic(1, Family::V4);
        assert_eq!(mark.as_str(), "direttore-x7y8z9:J-5.1234/nic1/ipv4");
        assert_eq!((here.job_in(mark.as_str()), there.job_in(mark.as_str())), (None, Some(JobId(5))));
        assert_eq!(Marks::default().job_in(mark.as_str()), None);
    }

    #[test]
    fn a_restored_databases_next_job_is_another_one() {
        let marks = Marks::new("k3f9ab");
        let (before, after) = (marks.of_job(JobId(5), BORN), marks.of_job(JobId(5), Instant(0x9999)));
        assert!(!after.covers(before.nic(1, Family::V4).as_str()));
    }

    #[test]
    fn marks_are_not_shown() {
        assert_eq!(unmarked("web1, for alice direttore:J-12/nic1/ipv4"), "web1, for alice");
        assert_eq!(unmarked("direttore:J-12/address1"), "");
        assert_eq!(unmarked("see direttore:docs  twice"), "see direttore:docs twice");
    }
}
