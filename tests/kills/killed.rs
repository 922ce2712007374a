//! Killed once, anywhere: the next process ends the job as if nothing had happened.

use super::{
    run::{Left, Trial, each, undisturbed},
    table::{Job, Step},
};
use crate::support::{
    bot::{Kind, Pace},
    process::until,
};
use direttore_store::job::JobStatus;

#[derive(Clone, Copy)]
enum Where {
    /// It kills itself at that place of a step.
    At(&'static str, &'static Step),
    /// The request has left, and is carried out or not; no answer comes.
    Waiting { step: &'static Step, call: &'static str, is_done: bool },
}

impl Where {
    /// Whether nobody can know what became of the request.
    fn is_in_doubt(self) -> bool {
        matches!(self, Self::At("intent", _) | Self::Waiting { is_done: false, .. })
    }

    /// The call that was carried out, where it is made once.
    fn done(self) -> Option<&'static str> {
        match self {
            Self::At("before" | "intent", _) | Self::Waiting { is_done: false, .. } => None,
            Self::At(_, step) => step.calls.first().copied().filter(|_| step.is_once),
            Self::Waiting { step, call, .. } => Some(call).filter(|_| step.is_once),
        }
    }

    fn name(self) -> String {
        match self {
            Self::At(place, step) => format!("killed at {place} of {}", step.name),
            Self::Waiting { step, call, is_done: true } => format!("killed after {call} of {} arrived", step.name),
            Self::Waiting { step, call, is_done: false } => format!("killed after {call} of {} got lost", step.name),
        }
    }
}

fn places(step: &'static Step) -> Vec<Where> {
    let mut places: Vec<Where> = ["before", "happened", "after"].map(|place| Where::At(place, step)).into();
    places.extend(step.amid.iter().map(|place| Where::At(place, step)));
    for call in step.calls {
        places.extend([true, false].map(|is_done| Where::Waiting { step, call, is_done }));
    }
    places
}

/// Kills the job at every place of every step.
pub fn survives(job: &'static Job, kind: Kind) {
    let expected = undisturbed(job, JobStatus::Done, &[]);
    each(job.steps.iter().flat_map(places).collect(), |place| kill(job, kind, place, &expected));
}

fn kill(job: &'static Job, kind: Kind, place: Where, expected: &Left) {
    let Some(mut trial) = Trial::new(job, &place.name(), kind, Pace::default()) else { return };
    match place {
        Where::At(at, step) => trial.begin(Some(&format!("{at}:{}", step.name))).dies(),
        Where::Waiting { call, is_done, .. } => {
            let (world, tasks) = (trial.lab.world(), trial.lab.tasks());
            trial.lab.lose(call, "hang", is_done);
            let mut chat = trial.begin(None);
            trial.lab.strikes();
            chat.kill();
            if is_done {
                // A node goes some time after it was told to, and no task tells of it.
                until("the lab has changed", || {
                    (trial.lab.world() != world || trial.lab.tasks() != tasks).then_some(())
                });
            }
        }
    }
    if let Some(call) = place.done() {
        trial.forbid(call);
    }
    let next = trial.home.chat(None);
    let told = trial.finish(next, place.is_in_doubt() && !job.shows, JobStatus::Done);
    trial.compare(told, expected);
}
