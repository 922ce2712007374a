//! One command on a channel of its own: no prompt, no pager, no echo.

use super::{
    error::Error,
    limits::{Deadline, Limits},
    wire::{Came, Wire},
};
use crate::said::utf8;
use ssh2::{ExtendedData, Session};

/// What a command said, errors among it, and how it ended.
pub(super) struct Said {
    pub(super) text: String,
    pub(super) status: i32,
}

pub(super) fn exec(session: &Session, command: &str, limits: &Limits, deadline: Deadline) -> Result<Said, Error> {
    let mut wire = Wire::open(session, limits, deadline)?;
    wire.ask(deadline, |c| c.handle_extended_data(ExtendedData::Merge))?;
    wire.ask(deadline, |c| c.exec(command))?;
    let mut bytes = Vec::new();
    while wire.read(&mut bytes, None, deadline)? != Came::End {}
    wire.ask(deadline, |c| c.close())?;
    wire.ask(deadline, |c| c.wait_close())?;
    let status = wire.channel.exit_status().unwrap_or(0);
    Ok(Said { text: utf8(&bytes).replace("\r\n", "\n"), status })
}
