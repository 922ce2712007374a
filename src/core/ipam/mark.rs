//! The marks that direttore leaves on what its jobs make, in descriptions of guests and of NetBox' records: whose job it
//! was, and as what.
//!
//! A mark decides what may be taken back. Numbers of jobs begin anew with each database, and several installations may
//! share one NetBox, so a mark names the installation too.

use direttore_domain::{Family, JobId};
use std::{fmt, sync::Arc};

/// Makes the marks of one installation, and knows them again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Marks(Arc<str>);

/// `direttore-k3f9ab:J-12/nic1/ipv4`.
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

    /// Of everything that a job makes.
    pub fn of_job(&self, job: JobId) -> Mark {
        Mark(format!("{}{job}", self.0))
    }

    /// Of the address of one family of one interface, counted from 1.
    pub fn of_nic(&self, job: JobId, nic: usize, family: Family) -> Mark {
        Mark(format!("{}{job}/nic{nic}/{}", self.0, family.to_string().to_lowercase()))
    }

    /// Of one of several addresses taken at once, counted from 1.
    pub fn of_nth(&self, job: JobId, nth: usize) -> Mark {
        Mark(format!("{}{job}/address{nth}", self.0))
    }

    /// The job of this installation whose mark, or whose step's mark, a description bears.
    pub fn job_in(&self, description: &str) -> Option<JobId> {
        description.split_whitespace().find_map(|word| {
            let rest = word.strip_prefix(&*self.0)?;
            rest.split('/').next()?.parse().ok()
        })
    }
}

impl Mark {
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
    rest.is_some_and(|(name, job)| {
        let job = job.split('/').next().unwrap_or_default();
        (name.is_empty() || name.starts_with('-')) && job.starts_with("J-") && job.parse::<JobId>().is_ok()
    })
}

impl fmt::Display for Mark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_is_a_word() {
        let marks = Marks::default();
        let one = marks.of_job(JobId(1));
        assert!(one.is_in("the web server direttore:J-1"));
        assert!(!one.is_in("direttore:J-12") && !one.is_in("direttore:J-1/nic1/ipv4"));
        assert_eq!(marks.job_in("x direttore:J-12/nic1/ipv4"), Some(JobId(12)));
        assert_eq!(marks.job_in("direttore:everything"), None);
    }

    #[test]
    fn another_installations_marks_are_not_ours() {
        let (here, there) = (Marks::new("k3f9ab"), Marks::new("x7y8z9"));
        let mark = there.of_nic(JobId(5), 1, Family::V4);
        assert_eq!(mark.as_str(), "direttore-x7y8z9:J-5/nic1/ipv4");
        assert_eq!((here.job_in(mark.as_str()), there.job_in(mark.as_str())), (None, Some(JobId(5))));
        assert_eq!(Marks::default().job_in(mark.as_str()), None);
    }
}
