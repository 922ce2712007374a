//! Durable jobs: what was said yes to is carried out, whoever dies meanwhile.
//!
//! A job is a row with steps. A worker leases it, applies its steps in order, and writes down each turn before and after
//! it acts; when one fails, the steps before it are undone in reverse. Another worker that takes the job over reads the
//! notes and goes on. `engine` leases and ends jobs, `run` walks through the steps of one, `task` is the careful way to
//! start one Proxmox task exactly once, `steps/` says what each step does.
//!
//! Never here: a transaction open across a call to a peer; a second POST while the first is in doubt.

mod address;
mod breakpoint;
mod device_push;
mod engine;
mod run;
mod step;
pub mod steps;
mod task;
mod tell;

pub use engine::{Engine, every};
pub use step::{StepCx, StepError};
pub use tell::Told;

use std::time::Duration;

/// All elapsed time, so that tests set it in milliseconds.
#[derive(Debug, Clone, Copy)]
pub struct Settings {
    /// How often the queue is looked at when nothing wakes the engine.
    pub poll: Duration,
    /// How long a job stays with a worker that is not heard of.
    pub lease: Duration,
    pub heartbeat: Duration,
    /// The first pause before a running task is asked about; each further one is twice as long, up to `task_poll`.
    pub task_poll_first: Duration,
    pub task_poll: Duration,
    /// The first pause before a step is tried again; each further one is twice as long.
    pub retry_first: Duration,
    pub retry_max: Duration,
    /// How often a step is tried before it fails.
    pub attempts: i64,
    /// Jobs that one process runs at once.
    pub at_once: usize,
    /// The shortest time between two progress messages of one job.
    pub progress: Duration,
    /// How long a guest may take to reach its state after the HA manager took the request.
    pub ha_patience: Duration,
    /// How long a new guest may take to report its addresses.
    pub verify: Duration,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            poll: Duration::from_secs(1),
            lease: Duration::from_secs(20),
            heartbeat: Duration::from_secs(5),
            task_poll_first: Duration::from_millis(10),
            task_poll: Duration::from_secs(1),
            retry_first: Duration::from_secs(2),
            retry_max: Duration::from_secs(60),
            attempts: 10,
            at_once: 128,
            progress: Duration::from_secs(3),
            ha_patience: Duration::from_secs(180),
            verify: Duration::from_secs(60),
        }
    }
}
