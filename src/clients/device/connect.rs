//! From a socket to a session that is logged in: handshake, host key, login.

use super::{
    algorithms,
    cancel::{Cancel, Socket},
    error::{Error, Phase},
    host_key::{self, Seen},
    limits::{Deadline, Limits},
    login,
    target::Peer,
};
use crate::said::tidy;
use ssh2::{DisconnectCode, ErrorCode, Session};
use std::sync::Arc;

/// Codes of libssh2 that mean something to us.
pub(super) const TIMED_OUT: i32 = -9;
pub(super) const NOT_AUTHENTICATED: i32 = -18;
const KEX_FAILURE: i32 = -5;
const METHOD_NOT_SUPPORTED: i32 = -33;

/// A session that is logged in. It ends when it is dropped, whatever the other side does.
pub(super) struct Connected {
    pub(super) session: Session,
    pub(super) socket: Arc<Socket>,
    pub(super) seen: Seen,
}

pub(super) fn connect(
    peer: &Peer,
    socket: Socket,
    cancel: &Cancel,
    limits: &Limits,
    whole: Deadline,
) -> Result<Connected, Error> {
    let socket = Arc::new(socket);
    cancel.watch(&socket)?;
    // From here on every way out shuts the socket, so that nothing waits for the other side's goodbye.
    let guard = Shut(socket.clone());
    let deadline = whole.within(Phase::Handshake, limits.login);
    let mut session = Session::new().map_err(|e| broken(&e, deadline))?;
    algorithms::offer(&session, peer)?;
    session.set_tcp_stream(socket.clone());
    limit(&session, deadline)?;
    session.handshake().map_err(|e| match code(&e) {
        KEX_FAILURE | METHOD_NOT_SUPPORTED => Error::NoCommonAlgorithms { legacy: peer.legacy_ssh },
        _ => broken(&e, deadline),
    })?;
    let (blob, _) = session.host_key().ok_or_else(|| Error::Garbage { why: "it showed no host key".to_owned() })?;
    let seen = host_key::judge(peer.policy, &peer.known, blob)?;
    let deadline = whole.within(Phase::Login, limits.login);
    login::login(&session, peer, deadline)?;
    session.set_keepalive(true, u32::try_from(limits.keepalive.as_secs()).unwrap_or(u32::MAX).max(1));
    std::mem::forget(guard);
    Ok(Connected { session, socket, seen })
}

/// Shuts a socket when it is dropped.
struct Shut(Arc<Socket>);

impl Drop for Shut {
    fn drop(&mut self) {
        self.0.shut();
    }
}

impl Drop for Connected {
    fn drop(&mut self) {
        // A box with five lines must know at once that one is free. It has 100 ms to take the word, and then the socket goes.
        self.session.set_blocking(true);
        self.session.set_timeout(100);
        let _told = self.session.disconnect(Some(DisconnectCode::ByApplication), "done", None);
        self.socket.shut();
    }
}

/// Lets no single call of the library outlast the deadline. The library counts whole seconds, so it may be early: callers
/// that loop look at the deadline themselves.
pub(super) fn limit(session: &Session, deadline: Deadline) -> Result<(), Error> {
    let left = deadline.left()?;
    session.set_timeout(u32::try_from(left.as_millis()).unwrap_or(u32::MAX).max(1));
    Ok(())
}

pub(super) fn code(e: &ssh2::Error) -> i32 {
    match e.code() {
        ErrorCode::Session(code) | ErrorCode::SFTP(code) => code,
    }
}

/// An error of the library that nobody expects, by what was being done.
pub(super) fn broken(e: &ssh2::Error, deadline: Deadline) -> Error {
    match code(e) {
        TIMED_OUT => deadline.error(),
        _ => Error::Lost { phase: deadline.phase(), why: tidy(e.message()) },
    }
}
