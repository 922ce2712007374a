//! Through the steps of one job: apply in order; when one fails or the job is cancelled, undo in reverse.

use super::{
    Settings,
    breakpoint::{Place, reached},
    step::{Flags, StepCx, StepError, change_of},
    steps::{ENOUGH, Step},
    tell::Teller,
};
use crate::{Clock, lab::Lab, request::Requests, rules::Rules};
use direttore_domain::measure;
use direttore_store::{
    Store,
    job::{JobRow, StepChange, StepRow, StepState},
};
use serde_json::{Value, json};
use std::{
    sync::{Arc, Mutex},
    time::Duration,
};
use tracing::Instrument;

/// How a run of a job ended.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum End {
    /// What each step has to tell.
    Done(Vec<Value>),
    /// It failed, and the steps before are undone. `begun`: the step that failed had been begun.
    Failed {
        why: String,
        begun: bool,
        /// The steps that were taken back.
        undone: Vec<String>,
        /// What the step that failed has to tell.
        told: Option<Value>,
    },
    /// What remains although it was cancelled, if anything.
    Cancelled(Option<String>),
    /// It waits for a person: why, and what was done.
    Stuck {
        why: String,
        left: Vec<String>,
    },
    Later {
        by: Duration,
        why: String,
    },
    /// Another worker has it.
    Lost,
}

/// What every run needs.
#[derive(Clone)]
pub(super) struct World {
    pub lab: Lab,
    pub store: Store,
    pub clock: Clock,
    pub settings: Settings,
    pub teller: Arc<Teller>,
    pub holder: String,
    pub rules: Arc<Rules>,
    /// What jobs that wait were asked for.
    pub requests: Arc<Requests>,
}

impl World {
    fn cx(&self, job: &JobRow, rows: &[StepRow], at: usize, steps: &[Step], flags: &Arc<Flags>) -> StepCx {
        let row = &rows[at];
        let earlier = std::iter::zip(steps, rows).take(at);
        StepCx {
            rules: Arc::clone(&self.rules),
            name: steps[at].name(),
            created: job.created,
            account_id: job.account_id,
            actor: job.actor.clone(),
            earlier: earlier.filter_map(|(step, row)| Some((step.name(), row.done.clone()?))).collect(),
            lab: self.lab.clone(),
            store: self.store.clone(),
            clock: self.clock.clone(),
            settings: self.settings,
            job: job.id,
            teller: Arc::clone(&self.teller),
            flags: Arc::clone(flags),
            holder: self.holder.clone(),
            index: row.index,
            row: Mutex::new(change_of(row)),
        }
    }
}

pub(super) async fn run(world: &World, job: &JobRow, rows: Vec<StepRow>, flags: &Arc<Flags>) -> End {
    let mut steps = Vec::new();
    for row in &rows {
        match Step::read(&row.name, &row.input) {
            Ok(step) => steps.push(step),
            Err(why) => {
                return End::Stuck { why: format!("step {} cannot be read: {why}", row.index + 1), left: left(&rows) };
            }
        }
    }
    let failed = rows.iter().find(|r| r.state == StepState::Failed);
    let undoing = rows.iter().any(|r| matches!(r.state, StepState::Undoing | StepState::Undone));
    if failed.is_some() || undoing {
        // A worker before us was taking it back.
        let told = |key: &str| failed.is_some_and(|r| r.done.as_ref().is_some_and(|d| d[key] == true));
        let end = match failed.and_then(|r| r.error.clone()) {
            Some(why) if !told("cancelled") => {
                let all = failed.and_then(|r| r.done.as_ref()).and_then(|d| d.get("told")).cloned();
                End::Failed { why, begun: told("begun"), undone: vec![], told: all }
            }
            _ => End::Cancelled(None),
        };
        return undo(world, job, rows, &steps, flags, end).await;
    }
    let mut dones = Vec::new();
    let mut rows = rows;
    // Whether the step that comes was begun in the commit that ended the one before.
    let mut has_begun = false;
    for at in 0..rows.len() {
        if rows[at].state == StepState::Done {
            dones.push(rows[at].done.clone().unwrap_or_default());
            if dones.last().is_some_and(is_enough) {
                return End::Done(dones);
            }
            continue;
        }
        let cx = world.cx(job, &rows, at, &steps, flags);
        // A step that has begun decides itself whether it can stop; one that has not does not begin.
        if cx.wants_cancel() && rows[at].note.is_none() {
            return undo(world, job, rows, &steps, flags, End::Cancelled(None)).await;
        }
        cx.progress(None, None);
        if !has_begun && cx.change(begin).await.is_err() {
            return End::Lost;
        }
        has_begun = false;
        reached(Place::Before, steps[at].name());
        let began = tokio::time::Instant::now();
        let outcome = steps[at].apply(&cx).instrument(tracing::info_span!("step", step = steps[at].name())).await;
        measured(steps[at].name(), began, &outcome);
        if outcome.is_ok() {
            reached(Place::Happened, steps[at].name());
        }
        let goes_on = outcome.as_ref().is_ok_and(|done| !is_enough(done)) && !cx.wants_cancel();
        let next = rows.get(at + 1).filter(|next| goes_on && next.state == StepState::Pending);
        let end = match (outcome, next) {
            // One commit for both: the next step begins at once.
            (Ok(done), Some(next)) => {
                cx.set(|row| (row.state, row.done, row.error) = (StepState::Done, Some(done), None));
                let mut begun = change_of(next);
                begin(&mut begun);
                has_begun = true;
                if cx.hand_over(next.index, &begun).await.is_err() {
                    return End::Lost;
                }
                let next = &mut rows[at + 1];
                (next.state, next.attempt, next.error) = (begun.state, begun.attempt, begun.error);
                StepEnd::Done
            }
            (outcome, _) => finish_step(world, &cx, outcome, steps[at].cleans_up()).await,
        };
        let state = cx.state();
        let row = &mut rows[at];
        (row.state, row.attempt, row.note, row.done, row.error) =
            (state.state, state.attempt, state.note, state.done, state.error);
        match end {
            StepEnd::Done => dones.push(row.done.clone().unwrap_or_default()),
            StepEnd::Over(end) => return undo(world, job, rows, &steps, flags, end).await,
            StepEnd::Stuck(why) => return End::Stuck { why, left: left(&rows) },
            StepEnd::Later(by, why) => return End::Later { by, why },
            StepEnd::Lost => return End::Lost,
        }
        reached(Place::After, steps[at].name());
        if dones.last().is_some_and(is_enough) {
            break;
        }
    }
    End::Done(dones)
}

fn is_enough(done: &Value) -> bool {
    done[ENOUGH] == true
}

/// One try of a step.
fn measured(step: &'static str, began: tokio::time::Instant, outcome: &Result<Value, StepError>) {
    let outcome = outcome.as_ref().err().map_or("done", StepError::kind);
    let took = began.elapsed().as_secs_f64();
    metrics::histogram!(measure::STEPS, "step" => step, "outcome" => outcome).record(took);
}

fn begin(row: &mut StepChange) {
    row.state = StepState::Running;
    row.attempt += 1;
    row.error = None;
}

enum StepEnd {
    Done,
    /// The job ends so, once the steps before are undone.
    Over(End),
    Stuck(String),
    Later(Duration, String),
    Lost,
}

/// Writes down how a step came out. One that `cleans_up` is undone itself when it does not end well, so nothing that it
/// may have begun keeps it from failing.
async fn finish_step(world: &World, cx: &StepCx, outcome: Result<Value, StepError>, cleans_up: bool) -> StepEnd {
    let (attempts, noted) = (cx.state().attempt, cx.note().is_some());
    let over = |why: String, begun: bool| {
        let end = StepEnd::Over(End::Failed { why: why.clone(), begun, undone: vec![], told: None });
        (end, StepState::Failed, Some(json!({ "begun": begun })), Some(why))
    };
    let (end, state, done, error) = match outcome {
        Ok(done) => (StepEnd::Done, StepState::Done, Some(done), None),
        Err(StepError::Fail(why) | StepError::Taken(why)) if !noted || cleans_up => over(why, noted),
        // With a note the request may have left: nobody can say that nothing was done, so it is looked at again.
        Err(StepError::Retry(why) | StepError::Fail(why) | StepError::Taken(why))
            if attempts < world.settings.attempts =>
        {
            let by = backoff(&world.settings, attempts);
            (StepEnd::Later(by, why.clone()), StepState::Pending, None, Some(why))
        }
        Err(StepError::Retry(why) | StepError::Fail(why) | StepError::Taken(why)) if noted && !cleans_up => {
            (StepEnd::Stuck(why.clone()), StepState::Stuck, None, Some(why))
        }
        Err(StepError::Retry(why) | StepError::Fail(why) | StepError::Taken(why)) => over(why, noted),
        Err(StepError::Broke(why)) => over(why, true),
        Err(StepError::Told(why, told)) => {
            let end = End::Failed { why: why.clone(), begun: true, undone: vec![], told: Some(told.clone()) };
            (StepEnd::Over(end), StepState::Failed, Some(json!({ "begun": true, "told": told })), Some(why))
        }
        Err(StepError::Stuck(why)) => (StepEnd::Stuck(why.clone()), StepState::Stuck, None, Some(why)),
        Err(StepError::Cancelled(left)) if cleans_up => {
            let told = json!({ "begun": noted, "cancelled": true });
            (StepEnd::Over(End::Cancelled(left)), StepState::Failed, Some(told), Some("cancelled".to_owned()))
        }
        Err(StepError::Cancelled(left)) => (StepEnd::Over(End::Cancelled(left)), StepState::Pending, None, None),
        Err(StepError::Lost) => return StepEnd::Lost,
    };
    let saved = cx
        .change(|row| {
            row.state = state;
            row.done = done;
            row.error = error
        })
        .await;
    if saved.is_err() { StepEnd::Lost } else { end }
}

/// Takes back what was done, last first.
async fn undo(
    world: &World,
    job: &JobRow,
    mut rows: Vec<StepRow>,
    steps: &[Step],
    flags: &Arc<Flags>,
    end: End,
) -> End {
    // Taking back must not stop half-way because the job is to be cancelled: that is what it does.
    let flags =
        Arc::new(Flags { lost: flags.lost.load(std::sync::atomic::Ordering::Acquire).into(), ..Flags::default() });
    for at in (0..rows.len()).rev() {
        // What a step that failed may have left is found by its marks: it has given nothing.
        let failed = rows[at].state == StepState::Failed;
        let cleaned = rows[at].done.as_ref().is_some_and(|d| d["cleaned"] == true);
        if failed && (cleaned || !steps[at].cleans_up()) {
            continue;
        }
        if !failed && (steps[at].stays() || !matches!(rows[at].state, StepState::Done | StepState::Undoing)) {
            continue;
        }
        let cx = world.cx(job, &rows, at, steps, &flags);
        let row = &rows[at];
        let done = if failed { Value::Null } else { row.done.clone().unwrap_or_default() };
        let is_first = match row.state {
            StepState::Done => true,
            StepState::Failed => row.done.as_ref().is_none_or(|d| d["cleaning"] != true),
            _ => false,
        };
        // The notes of the way there are over; the way back writes its own.
        let begun = cx.change(|row| {
            if is_first {
                row.note = None;
                row.attempt = 0;
            }
            row.attempt += 1;
            if failed {
                row.done = Some(told(row.done.take(), "cleaning"));
            } else {
                row.state = StepState::Undoing;
            }
        });
        if begun.await.is_err() {
            return End::Lost;
        }
        reached(Place::Before, steps[at].name());
        let span = tracing::info_span!("undo", step = steps[at].name());
        let outcome = steps[at].undo(&cx, &done).instrument(span).await;
        if outcome.is_ok() {
            reached(Place::Happened, steps[at].name());
        }
        let attempts = cx.state().attempt;
        let stuck = match outcome {
            Ok(()) => None,
            Err(StepError::Lost) => return End::Lost,
            Err(StepError::Retry(why)) if attempts < world.settings.attempts => {
                return End::Later { by: backoff(&world.settings, attempts), why };
            }
            Err(StepError::Cancelled(_)) => Some("the undo was interrupted".to_owned()),
            Err(
                StepError::Retry(why)
                | StepError::Fail(why)
                | StepError::Taken(why)
                | StepError::Broke(why)
                | StepError::Told(why, _)
                | StepError::Stuck(why),
            ) => Some(why),
        };
        if let Some(cannot) = stuck {
            let left = left(&rows);
            let kept = cx.change(|row| {
                if !failed {
                    row.state = StepState::Done;
                }
                row.error = Some(cannot.clone())
            });
            if kept.await.is_err() {
                return End::Lost;
            }
            let why = match end {
                End::Failed { why, .. } => format!("{why}; and what was done before cannot be undone: {cannot}"),
                _ => format!("what was done before cannot be undone: {cannot}"),
            };
            return End::Stuck { why, left };
        }
        let undone = cx.change(|row| {
            if failed {
                // Another try of the step must not take the notes of its undo for its own.
                row.note = None;
                row.done = Some(told(row.done.take(), "cleaned"));
            } else {
                row.state = StepState::Undone;
                row.error = None
            }
        });
        if undone.await.is_err() {
            return End::Lost;
        }
        if !failed {
            rows[at].state = StepState::Undone;
        }
        reached(Place::After, steps[at].name());
    }
    let mut end = end;
    if let End::Failed { undone, .. } = &mut end {
        let taken_back = rows.iter().zip(steps).filter(|(row, step)| {
            row.state == StepState::Undone || (row.state == StepState::Failed && step.cleans_up())
        });
        undone.extend(taken_back.map(|(_, step)| step.name().to_owned()));
    }
    end
}

/// The end of a failed step with one more thing that is true of it.
fn told(done: Option<Value>, key: &str) -> Value {
    let mut done = done.filter(Value::is_object).unwrap_or_else(|| json!({}));
    done[key] = json!(true);
    done
}

/// The steps that were done and stand.
fn left(rows: &[StepRow]) -> Vec<String> {
    rows.iter().filter(|r| matches!(r.state, StepState::Done | StepState::Undoing)).map(|r| r.name.clone()).collect()
}

/// Twice as long each time, within a quarter more or less, so that many do not come back at once.
fn backoff(settings: &Settings, attempts: i64) -> Duration {
    let doubled = u32::try_from(attempts.clamp(1, 16) - 1).unwrap_or(0);
    let full = settings.retry_first.saturating_mul(1 << doubled).min(settings.retry_max);
    let mut byte = [0u8; 1];
    // Without random bytes there is no jitter, which is no harm.
    let _ = getrandom::fill(&mut byte);
    full.mul_f64(0.75 + f64::from(byte[0]) / 512.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_to_a_limit() {
        let settings = Settings::default();
        for (attempt, seconds) in [(1, 2.0), (2, 4.0), (3, 8.0), (6, 60.0), (60, 60.0)] {
            let pause = backoff(&settings, attempt).as_secs_f64();
            assert!((seconds * 0.75..=seconds * 1.25).contains(&pause), "{attempt}: {pause}");
        }
    }
}
