//! How long and how much: the limits of a session, and the deadlines that they become.

use super::error::{Error, Phase};
use std::time::{Duration, Instant};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// One address, until it answers.
    pub connect: Duration,
    /// Handshake and login, up to the first prompt.
    pub login: Duration,
    /// One command, until the prompt is back.
    pub command: Duration,
    /// One commit: boxes think about it.
    pub commit: Duration,
    /// All of a session.
    pub session: Duration,
    /// Between signs of life while nothing is said.
    pub keepalive: Duration,
    /// Of one command.
    pub output: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(10),
            login: Duration::from_secs(30),
            command: Duration::from_secs(60),
            commit: Duration::from_secs(180),
            session: Duration::from_secs(15 * 60),
            keepalive: Duration::from_secs(15),
            output: 16 << 20,
        }
    }
}

/// When something must be over, and what to say if it is not.
#[derive(Debug, Clone, Copy)]
pub(super) struct Deadline {
    at: Instant,
    phase: Phase,
    after: Duration,
}

impl Deadline {
    pub(super) fn after(phase: Phase, after: Duration) -> Self {
        Self { at: Instant::now() + after, phase, after }
    }

    /// A deadline within this one.
    pub(super) fn within(self, phase: Phase, after: Duration) -> Self {
        let inner = Self::after(phase, after);
        if inner.at < self.at { inner } else { self }
    }

    pub(super) fn phase(self) -> Phase {
        self.phase
    }

    pub(super) fn error(self) -> Error {
        Error::TimedOut { phase: self.phase, after: self.after }
    }

    /// What is left.
    pub(super) fn left(self) -> Result<Duration, Error> {
        let left = self.at.saturating_duration_since(Instant::now());
        if left.is_zero() { Err(self.error()) } else { Ok(left) }
    }
}
