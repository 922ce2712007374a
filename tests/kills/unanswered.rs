//! Nobody dies, but the answer to the call is lost: what was done is found, what was not is done once.

use super::{
    run::{Left, Trial, each, undisturbed},
    table::{Job, Step},
};
use crate::support::bot::{Kind, Pace};
use direttore_store::job::JobStatus;

/// A hanging answer is given up soon. Looks are so far apart that a node has gone by the third.
const PACE: Pace = Pace { write: 400, task_poll: 60, commit_timer: 600_000 };

/// What comes instead of the answer, and whether the call was carried out.
const LOST: [(&str, bool); 6] =
    [("status=596", true), ("drop", true), ("hang", true), ("garbage", true), ("status=596", false), ("hang", false)];

pub fn survives(job: &'static Job) {
    let expected = undisturbed(job, JobStatus::Done, &[]);
    let calls = job.steps.iter().flat_map(|step| step.calls.iter().map(move |call| (step, *call)));
    let trials = calls.flat_map(|(step, call)| LOST.map(|(lost, is_done)| (step, call, lost, is_done)));
    each(trials.collect(), |trial| lose(job, trial, &expected));
}

fn lose(job: &'static Job, (step, call, lost, is_done): (&Step, &str, &str, bool), expected: &Left) {
    let what = format!("{lost} {} {call}", if is_done { "after" } else { "instead of" });
    let mut trial = Trial::new(job, &what, Kind::Sqlite, PACE).expect("SQLite is built in");
    trial.lab.lose(call, lost, is_done);
    if is_done && step.is_once {
        trial.forbid(call);
    }
    let chat = trial.begin(None);
    let told = trial.finish(chat, !is_done && !job.shows, JobStatus::Done);
    trial.compare(told, expected);
}
