//! RouterOS: safe mode, in a session that is held open while somebody looks whether all is well.
//!
//! When the session is lost the box goes back; so it does when we die. Ctrl-X keeps the change, Ctrl-D undoes it, and
//! `/quit` would keep it too, so it is never said.

use super::{Scope, Wish};
use crate::device::{
    error::{Error, Phase},
    link::Link,
    platform::Mechanism,
    pool::{Done, Pool},
    target::Device,
};
use std::{
    sync::{
        Arc,
        mpsc::{Receiver, RecvTimeoutError, Sender, channel},
    },
    time::{Duration, Instant},
};
use tokio::{sync::oneshot, task::JoinHandle};

/// Between signs of life of the session that is held.
const PULSE: Duration = Duration::from_secs(10);
const KEEP: &[u8] = b"\x18";
const UNDO: &[u8] = b"\x04";

/// A change that is live and held. Dropped, it is undone.
#[derive(Debug)]
pub struct Held {
    decide: Sender<bool>,
    ended: JoinHandle<Result<Done<bool>, Error>>,
}

impl Held {
    /// Keeps the change.
    ///
    /// # Errors
    /// The session was lost, so the device undoes it; [`Error::NothingPending`] when the time was over.
    pub async fn confirm(self) -> Result<(), Error> {
        self.end(true).await
    }

    /// Undoes the change.
    ///
    /// # Errors
    /// The session was lost, so the device undoes it by itself.
    pub async fn undo(self) -> Result<(), Error> {
        self.end(false).await
    }

    async fn end(self, keep: bool) -> Result<(), Error> {
        // A session that is gone says why below.
        let _gone = self.decide.send(keep);
        let done = self.ended.await.unwrap_or(Err(Error::Panicked))?;
        if done.value == keep { Ok(()) } else { Err(Error::NothingPending) }
    }
}

impl Pool {
    /// Makes the change live in safe mode and holds its session for at most `limit`. Look whether all is well by
    /// [`Pool::call_beside`], then confirm or undo.
    ///
    /// # Errors
    /// [`Error::Rejected`], after which nothing of the change is left; whatever can happen to a session.
    pub async fn hold(&self, device: Arc<Device>, wish: Wish, limit: Duration) -> Result<Held, Error> {
        let (decide, decision) = channel();
        let (tell, live) = oneshot::channel();
        let pool = self.clone();
        let ended =
            tokio::spawn(async move { pool.call(device, move |link| hold(link, &wish, limit, tell, &decision)).await });
        match live.await {
            Ok(()) => Ok(Held { decide, ended }),
            // It ended before it was live.
            Err(_) => Err(ended.await.unwrap_or(Err(Error::Panicked)).err().unwrap_or(Error::NothingPending)),
        }
    }
}

/// Whether the change was kept.
fn hold(
    link: &mut Link,
    wish: &Wish,
    limit: Duration,
    live: oneshot::Sender<()>,
    decision: &Receiver<bool>,
) -> Result<bool, Error> {
    if link.platform().mechanism != Mechanism::SafeMode {
        return Err(Error::Unsupported { platform: link.platform().name, what: "safe mode" });
    }
    link.unless(wish.scope, Scope::Replace)?;
    let lines = wish.lines(link.platform().comment);
    // A hundred actions are what the box can take back.
    if lines.len() > 90 {
        return Err(Error::Unsupported { platform: link.platform().name, what: "safe mode for more than 90 lines" });
    }
    let shell = link.shell()?;
    let said = shell.press(KEEP)?;
    if !shell.prompt().contains("<SAFE>") {
        return Err(if said.contains("Hijacking") || said.contains("already") {
            Error::Locked { by: "another session's safe mode".to_owned() }
        } else {
            shell.rejected("safe mode", &said)
        });
    }
    for line in &lines {
        if line.contains("identity set") {
            shell.expect_new_name();
        }
        if let Err(e) = shell.order(line) {
            if matches!(e, Error::Rejected { .. }) {
                shell.last_press(UNDO)?;
            }
            return Err(e);
        }
    }
    if live.send(()).is_err() {
        shell.last_press(UNDO)?;
        return Ok(false);
    }
    let until = Instant::now() + limit;
    let keep = loop {
        let left = until.saturating_duration_since(Instant::now());
        if left.is_zero() {
            break false;
        }
        match decision.recv_timeout(left.min(PULSE)) {
            Ok(keep) => break keep,
            Err(RecvTimeoutError::Disconnected) => break false,
            Err(RecvTimeoutError::Timeout) => {
                let lost = |e: ssh2::Error| Error::Lost { phase: Phase::Session, why: crate::said::tidy(e.message()) };
                link.connected.session.keepalive_send().map_err(lost)?;
            }
        }
    };
    let shell = link.shell()?;
    if keep {
        shell.press(KEEP)?;
        if shell.prompt().contains("<SAFE>") {
            return Err(Error::Garbage { why: "it stays in safe mode".to_owned() });
        }
    } else {
        shell.last_press(UNDO)?;
    }
    Ok(keep)
}
