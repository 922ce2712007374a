//! Killed while it takes back what it did: the next process takes the rest back.

use super::{
    run::{Left, Trial, each, undisturbed},
    table::DELETE_RUNNING,
};
use crate::support::bot::{Kind, Pace};
use direttore_store::job::JobStatus;

/// The deletion fails, so that the guest that was stopped for it is started again.
const FAULT: &str = "all fail=destroy";

pub fn survives(kind: Kind) {
    let expected = undisturbed(&DELETE_RUNNING, JobStatus::Failed, &[FAULT]);
    assert_eq!(expected.world["proxmox"]["guests"]["102"]["status"], "running");
    let places = vec!["before", "intent", "answered", "stored", "happened", "after"];
    each(places, |place| kill(kind, place, &expected));
}

fn kill(kind: Kind, place: &str, expected: &Left) {
    let what = format!("killed at {place} of the undo");
    let Some(mut trial) = Trial::new(&DELETE_RUNNING, &what, kind, Pace::default()) else { return };
    trial.lab.tell(FAULT);
    trial.begin(Some("after:power-guest")).dies();
    // The stop is behind it: the next time that step is met is its undo.
    trial.home.chat(Some(&format!("{place}:power-guest"))).dies();
    let last = trial.home.chat(None);
    let told = trial.finish(last, false, JobStatus::Failed);
    trial.compare(told, expected);
}
