//! One channel, read and written with deadlines of our own and a sign of life while nothing is said.

use super::{
    connect::{broken, limit},
    error::Error,
    limits::{Deadline, Limits},
};
use crate::said::tidy;
use ssh2::{Channel, Session};
use std::{
    io::{ErrorKind, Read, Write},
    time::{Duration, Instant},
};

pub(super) struct Wire {
    session: Session,
    pub(super) channel: Channel,
    keepalive: Duration,
    output: usize,
}

/// What a read brought.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Came {
    Bytes(usize),
    /// Nothing for as long as was asked.
    Quiet,
    /// The other side will say no more.
    End,
}

impl Wire {
    pub(super) fn open(session: &Session, limits: &Limits, deadline: Deadline) -> Result<Self, Error> {
        limit(session, deadline)?;
        let channel = session.channel_session().map_err(|e| broken(&e, deadline))?;
        Ok(Self { session: session.clone(), channel, keepalive: limits.keepalive, output: limits.output })
    }

    /// A request about the channel, such as `shell`.
    pub(super) fn ask(
        &mut self,
        deadline: Deadline,
        what: impl FnOnce(&mut Channel) -> Result<(), ssh2::Error>,
    ) -> Result<(), Error> {
        limit(&self.session, deadline)?;
        what(&mut self.channel).map_err(|e| broken(&e, deadline))
    }

    /// Appends what comes next. Gives back after `quiet` without a byte, or at the deadline with its error.
    pub(super) fn read(
        &mut self,
        into: &mut Vec<u8>,
        quiet: Option<Duration>,
        deadline: Deadline,
    ) -> Result<Came, Error> {
        let begun = Instant::now();
        let had = into.len();
        into.resize(had + (32 << 10), 0);
        let came = loop {
            let left = match deadline.left() {
                Ok(left) => left,
                Err(late) => break Err(late),
            };
            let patience = left.min(self.keepalive).min(quiet.unwrap_or(Duration::MAX));
            self.session.set_timeout(u32::try_from(patience.as_millis()).unwrap_or(u32::MAX).max(1));
            match self.channel.read(&mut into[had..]) {
                Ok(0) => break Ok(Came::End),
                Ok(n) => break Ok(Came::Bytes(n)),
                Err(e) if matches!(e.kind(), ErrorKind::TimedOut | ErrorKind::WouldBlock) => {
                    if quiet.is_some_and(|quiet| begun.elapsed() >= quiet) {
                        break Ok(Came::Quiet);
                    }
                    // A box that is gone is noticed by this too.
                    if begun.elapsed() >= self.keepalive
                        && let Err(e) = self.session.keepalive_send()
                    {
                        break Err(broken(&e, deadline));
                    }
                }
                Err(e) => break Err(Error::Lost { phase: deadline.phase(), why: tidy(&e.to_string()) }),
            }
        };
        into.truncate(had + if let Ok(Came::Bytes(n)) = came { n } else { 0 });
        if into.len() > self.output {
            return Err(Error::TooLong { limit: self.output });
        }
        came
    }

    pub(super) fn write(&mut self, mut bytes: &[u8], deadline: Deadline) -> Result<(), Error> {
        while !bytes.is_empty() {
            limit(&self.session, deadline)?;
            match self.channel.write(bytes) {
                Ok(n) => bytes = &bytes[n..],
                Err(e) if matches!(e.kind(), ErrorKind::TimedOut | ErrorKind::WouldBlock) => {}
                Err(e) => return Err(Error::Lost { phase: deadline.phase(), why: tidy(&e.to_string()) }),
            }
        }
        Ok(())
    }
}
