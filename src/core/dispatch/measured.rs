//! What is counted of commands, and what the database is asked when somebody looks at the numbers.
//!
//! Names and labels are [`measure`]'s. A series is kept for ever, so a label is a word of ours: never a name that
//! somebody gave.

use super::{Dispatch, Heard, record::Trace};
use crate::Clock;
use direttore_domain::{Instant, Refusal, ReservationStatus, Severity, Trouble, measure};
use direttore_store::{
    StoreError, alert, audit,
    job::{self, JobStatus},
    reservation,
};
use metrics::{counter, gauge};
use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};
use tokio::time::Instant as Moment;

/// The database is asked no sooner again, however often somebody looks.
const FRESH: Duration = Duration::from_secs(5);

/// When this process began, when the database was last asked, and how many of its commits are counted.
pub(super) struct Looks {
    began: Instant,
    commits: AtomicU64,
    last: tokio::sync::Mutex<Option<Moment>>,
}

impl Default for Looks {
    fn default() -> Self {
        Self { began: Clock::wall(), commits: AtomicU64::new(0), last: tokio::sync::Mutex::default() }
    }
}

impl Dispatch {
    /// Brings what is not counted where it happens up to date.
    pub async fn measure(&self) {
        gauge!(measure::BUILD, "version" => env!("CARGO_PKG_VERSION")).set(1.0);
        gauge!(measure::START).set(self.looks.began.since(Instant(0)).as_secs_f64());
        let commits = self.store.commits();
        let counted = self.looks.commits.fetch_max(commits, Ordering::Relaxed);
        counter!(measure::DATABASE_COMMITS).increment(commits.saturating_sub(counted));
        counter!(measure::BOOKINGS_REFUSED).increment(0);
        let mut last = self.looks.last.lock().await;
        if last.is_some_and(|at| at.elapsed() < FRESH) {
            return;
        }
        let asked = self.ask_database().await;
        gauge!(measure::DATABASE_UP).set(if asked.is_ok() { 1.0 } else { 0.0 });
        if let Err(error) = asked {
            tracing::debug!("the database does not tell what is measured: {error}");
        }
        *last = Some(Moment::now());
    }

    async fn ask_database(&self) -> Result<(), StoreError> {
        let mut tx = self.store.read().await?;
        let jobs = job::counts(&mut tx).await?;
        let age = job::queue_age(&mut tx, self.clock.now()).await?;
        let reservations = reservation::counts(&mut tx).await?;
        let unsealed = audit::unsealed(&mut tx).await?;
        for status in JobStatus::ALL {
            let count = match status {
                JobStatus::Queued => jobs.queued,
                JobStatus::Running => jobs.running,
                JobStatus::Done => jobs.done,
                JobStatus::Failed => jobs.failed,
                JobStatus::Cancelled => jobs.cancelled,
                JobStatus::Stuck => jobs.stuck,
            };
            gauge!(measure::JOBS, "status" => status.as_str()).set(number(count));
        }
        for status in ReservationStatus::ALL {
            let count = reservations.iter().find(|(of, _)| *of == status).map_or(0, |(_, count)| *count);
            gauge!(measure::RESERVATIONS, "status" => status.as_str()).set(number(count));
        }
        let alerts = alert::counts(&mut tx).await?;
        for (is_firing, state) in [(true, "firing"), (false, "resolved")] {
            for severity in Severity::ALL {
                let of = alerts.iter().find(|(fires, of, _)| (*fires, *of) == (is_firing, severity));
                let count = of.map_or(0, |(.., count)| *count);
                gauge!(measure::ALERTS, "state" => state, "severity" => severity.as_str()).set(number(count));
            }
        }
        gauge!(measure::QUEUE_AGE).set(age.as_secs_f64());
        gauge!(measure::AUDIT_UNSEALED).set(number(unsealed));
        Ok(())
    }
}

/// Exact for all that a database here counts.
fn number(count: i64) -> f64 {
    f64::from(u32::try_from(count).unwrap_or(u32::MAX))
}

/// What came of a command of that path.
pub(super) fn command(heard: &Heard, path: &str, outcome: &'static str) {
    let surface = heard.origin.surface.as_str();
    counter!(measure::COMMANDS, "surface" => surface, "command" => path.to_owned(), "outcome" => outcome).increment(1);
}

/// What was not done, and why. A line that is no command of ours counts under none.
pub(super) fn trouble(heard: &Heard, trace: &Trace, trouble: &Trouble) {
    let code = trouble.code();
    let outcome = match trouble {
        Trouble::Refusal(refusal) => {
            counter!(measure::REFUSALS, "code" => code).increment(1);
            if matches!(refusal, Refusal::Overlap { .. }) {
                counter!(measure::BOOKINGS_REFUSED).increment(1);
            }
            "refused"
        }
        Trouble::Failure(_) | Trouble::Bug(_) => {
            counter!(measure::FAILURES, "code" => code).increment(1);
            "failed"
        }
    };
    command(heard, trace.command_path().unwrap_or("none"), outcome);
}

/// Somebody showed a password or a refresh token, or came back from the identity provider.
pub(super) fn sign_in(outcome: &'static str) {
    counter!(measure::SIGN_INS, "outcome" => outcome).increment(1);
}

impl Dispatch {
    /// Somebody was wrong too often, and was not listened to.
    pub fn throttled(&self) {
        sign_in("throttled");
    }
}
