//! The mark that records in NetBox bear: which job wrote them, and as what.

use direttore_domain::{Family, JobId};
use std::fmt;

/// `direttore:J-12/nic1/ipv4`, in the description of what the job wrote.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mark(String);

impl Mark {
    /// Of everything that a job writes.
    pub fn of_job(job: JobId) -> Self {
        Self(format!("direttore:{job}"))
    }

    /// Of the address of one family of one interface, counted from 1.
    pub fn of_nic(job: JobId, nic: usize, family: Family) -> Self {
        Self(format!("direttore:{job}/nic{nic}/{}", family.to_string().to_lowercase()))
    }

    /// Of one of several addresses taken at once, counted from 1.
    pub fn of_nth(job: JobId, nth: usize) -> Self {
        Self(format!("direttore:{job}/address{nth}"))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether a description bears it: as a word, since the mark of J-1 begins that of J-12.
    pub fn is_in(&self, description: &str) -> bool {
        description.split_whitespace().any(|word| word == self.0)
    }

    /// The job whose mark, or whose step's mark, a description bears.
    pub fn job_in(description: &str) -> Option<JobId> {
        description.split_whitespace().find_map(|word| {
            let rest = word.strip_prefix("direttore:")?;
            rest.split('/').next()?.parse().ok()
        })
    }
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
        let one = Mark::of_job(JobId(1));
        assert!(one.is_in("the web server direttore:J-1"));
        assert!(!one.is_in("direttore:J-12") && !one.is_in("direttore:J-1/nic1/ipv4"));
        assert_eq!(Mark::job_in("x direttore:J-12/nic1/ipv4"), Some(JobId(12)));
        assert_eq!(Mark::job_in("direttore:everything"), None);
    }
}
