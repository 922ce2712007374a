//! Dead when a window begins: the next process makes up for it, once. Killed while it acts is as for every job.

use super::{
    run::{Trial, undisturbed},
    table::START_WITH_A_RESERVATION,
};
use crate::support::{
    bot::{Kind, Pace},
    process::until,
};
use direttore_core::Clock;
use direttore_store::job::JobStatus;

pub fn at_a_start(kind: Kind) {
    let expected = undisturbed(&START_WITH_A_RESERVATION, JobStatus::Done, &[]);
    let Some(mut trial) = Trial::new(&START_WITH_A_RESERVATION, "dead when it begins", kind, Pace::default()) else {
        return;
    };
    let mut chat = trial.begin(None);
    let held = until("it is booked", || trial.home.reservation());
    chat.kill();
    assert_eq!(trial.home.jobs(), 0, "it was killed before it began");
    until("its time has come", || (Clock::default().now() >= held.starts).then_some(()));
    let next = trial.home.chat(None);
    let told = trial.finish(next, false, JobStatus::Done);
    assert_eq!(trial.home.jobs(), 1, "it was acted upon once");
    trial.compare(told, &expected);
}
