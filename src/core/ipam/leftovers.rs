//! What direttore took in NetBox and nobody has any more. Pure: how jobs and guests stand comes in.
//!
//! What somebody may be using is never called left over: in doubt it is passed over, since the next thing that a person
//! does with it is to give it back.

use super::{Marks, mark};
use direttore_clients::netbox::{Address, Vm};
use direttore_domain::{Instant, JobId};
use direttore_store::{address_hold::AddressHold, job::JobStatus};
use std::collections::{HashMap, HashSet};

/// A job, as far as it matters here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Taker {
    pub status: JobStatus,
    pub ended: Option<Instant>,
}

/// What is known of the world around NetBox' records.
#[derive(Debug, Default)]
pub struct Around {
    /// Of this installation: what others wrote is theirs.
    pub marks: Marks,
    /// Jobs that are not in it are not known here.
    pub jobs: HashMap<JobId, Taker>,
    /// VMs of NetBox, by id, whose guest is in none of the clusters.
    pub gone: HashSet<u64>,
    /// Names of guests that are there, in lower case.
    pub guests: HashSet<String>,
    /// Whether every cluster could be seen. If not, nobody can say that a guest is gone.
    pub is_whole: bool,
}

/// Something left over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Leftover {
    pub job: Option<JobId>,
    /// When its job ended, or it was held.
    pub since: Option<Instant>,
    /// A clause.
    pub why: String,
    /// Whether `/ipam release` takes it.
    pub can_release: bool,
}

/// How a job stands that left something.
enum Stand {
    /// It runs, or a person is to decide on it: what it has is its own.
    Goes,
    Done,
    /// Why it has no use for anything.
    Over(String),
}

impl Around {
    fn stand(&self, job: JobId) -> Stand {
        match self.jobs.get(&job).map(|t| t.status) {
            None => Stand::Over(format!("{job} is not known here")),
            Some(JobStatus::Queued | JobStatus::Running | JobStatus::Stuck) => Stand::Goes,
            Some(JobStatus::Done) => Stand::Done,
            Some(JobStatus::Failed) => Stand::Over(format!("{job} failed")),
            Some(JobStatus::Cancelled) => Stand::Over(format!("{job} was cancelled")),
        }
    }

    fn ended(&self, job: JobId) -> Option<Instant> {
        self.jobs.get(&job).and_then(|t| t.ended)
    }

    /// Whether and why an address that bears our mark is left over.
    pub fn address(&self, row: &Address) -> Option<Leftover> {
        let job = self.marks.job_in(&row.description)?;
        let left = |why, can_release| Some(Leftover { job: Some(job), since: self.ended(job), why, can_release });
        let stand = self.stand(job);
        if matches!(stand, Stand::Goes) {
            return None;
        }
        if let Some(assigned) = &row.assigned {
            let vm = assigned.parent.as_ref().filter(|_| assigned.object_type == "virtualization.vminterface")?;
            // Whoever has it otherwise, has it.
            return if self.gone.contains(&vm.id) { left("its guest is gone".to_owned(), true) } else { None };
        }
        let guest = is_of_guest(row).then(|| guest_of(row)).flatten();
        let lives = guest.as_ref().is_some_and(|name| self.guests.contains(name));
        match (stand, guest) {
            (_, Some(name)) if lives => left(format!("on no interface, but the guest {name} is there"), false),
            // Somebody asked for it, and has it.
            (Stand::Done, _) if !is_of_guest(row) => None,
            (_, _) if is_of_guest(row) && !self.is_whole => None,
            (Stand::Over(why), _) => left(why, true),
            (_, Some(name)) => left(format!("the guest {name} is gone"), true),
            (_, None) => left("on no interface, and for no guest".to_owned(), true),
        }
    }

    /// Whether an address that we hold has nothing in NetBox to hold it for.
    pub fn hold(&self, hold: &AddressHold, is_in_netbox: bool) -> Option<Leftover> {
        if is_in_netbox {
            return None;
        }
        let why = match hold.job.map(|job| self.stand(job)) {
            Some(Stand::Goes) => return None,
            Some(Stand::Over(why)) => format!("{why}; not in NetBox"),
            Some(Stand::Done) => "not in NetBox".to_owned(),
            None => "its job is not known here; not in NetBox".to_owned(),
        };
        Some(Leftover { job: hold.job, since: Some(hold.created), why, can_release: false })
    }

    /// Whether a VM that bears our mark has lost its guest.
    pub fn vm(&self, vm: &Vm) -> Option<Leftover> {
        let job = self.marks.job_in(&vm.description)?;
        if !self.gone.contains(&vm.id) || matches!(self.stand(job), Stand::Goes) {
            return None;
        }
        let why = "its guest is gone".to_owned();
        Some(Leftover { job: Some(job), since: self.ended(job), why, can_release: false })
    }
}

/// Whether it was taken for an interface of a guest, and not by itself.
fn is_of_guest(row: &Address) -> bool {
    let of_nic = |word: &str| mark::is_mark(word) && word.contains("/nic");
    row.description.split_whitespace().any(of_nic)
}

/// The guest that it was taken for, in lower case: its DNS name without the domain, else the word before `, for`.
fn guest_of(row: &Address) -> Option<String> {
    let named = row.dns_name.split('.').next().filter(|name| !name.is_empty());
    let named = named.or_else(|| row.description.split_once(", for ").map(|(name, _)| name));
    named.map(str::to_lowercase)
}

#[cfg(test)]
mod tests;
