//! Killed while it takes back what it did: the next process takes the rest back.

use super::{
    run::{Left, Trial, each, undisturbed},
    table::{DELETE_RUNNING, Job, PROVISION_VM},
};
use crate::support::bot::{Kind, Pace};
use direttore_store::job::JobStatus;

/// A job that fails, and the steps whose undo is disturbed.
struct Undoing {
    job: &'static Job,
    /// What makes it fail.
    fault: &'static str,
    /// Where it is killed first: what is tried is behind it, so that it is met again on the way back only.
    behind: &'static str,
    /// Step and place.
    places: Vec<(&'static str, &'static str)>,
}

const ENDS: [&str; 3] = ["before", "happened", "after"];
const TASK: [&str; 6] = ["before", "intent", "answered", "stored", "happened", "after"];

/// The guest that was stopped for it is started again.
pub fn a_deletion(kind: Kind) {
    let places = TASK.map(|place| ("power-guest", place)).into();
    let undoing = Undoing { job: &DELETE_RUNNING, fault: "all fail=destroy", behind: "after:power-guest", places };
    let expected = undoing.survives(kind);
    assert_eq!(expected.world["proxmox"]["guests"]["102"]["status"], "running");
}

/// Neither the guest nor a record nor an address is left. The steps between have nothing to take back in the lab.
pub fn a_new_guest(kind: Kind) {
    let mut places: Vec<_> = TASK.map(|place| ("create-guest", place)).into();
    places.extend(["register-guest", "allocate-addresses"].into_iter().flat_map(|step| ENDS.map(|at| (step, at))));
    let fault = "all fail=qmstart times=always";
    let undoing = Undoing { job: &PROVISION_VM, fault, behind: "after:register-guest", places };
    let mut untouched =
        Trial::new(&PROVISION_VM, "untouched", Kind::Sqlite, Pace::default()).expect("SQLite is built in");
    let before = untouched.lab.world();
    assert_eq!(undoing.survives(kind).world, before, "both worlds are as before");
}

impl Undoing {
    /// What is left when nobody dies, which is what is left in any case.
    fn survives(&self, kind: Kind) -> Left {
        let expected = undisturbed(self.job, JobStatus::Failed, &[self.fault]);
        each(self.places.clone(), |(step, place)| self.kill(kind, step, place, &expected));
        expected
    }

    fn kill(&self, kind: Kind, step: &str, place: &str, expected: &Left) {
        let what = format!("killed at {place} of the undo of {step}");
        let Some(mut trial) = Trial::new(self.job, &what, kind, Pace::default()) else { return };
        trial.lab.tell(self.fault);
        trial.begin(Some(self.behind)).dies();
        trial.home.chat(Some(&format!("{place}:{step}"))).dies();
        let last = trial.home.chat(None);
        let told = trial.finish(last, false, JobStatus::Failed);
        trial.compare(told, expected);
    }
}
