//! Ending a session from outside: its socket is shut, and whoever reads or writes on it sees the end.

use super::error::Error;
use std::{
    net::{Shutdown, TcpStream},
    os::{
        fd::{AsRawFd, RawFd},
        unix::net::UnixStream,
    },
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

/// What a session stands on: the network, or a jump host's pump.
#[derive(Debug)]
pub(super) enum Socket {
    Tcp(TcpStream),
    Pumped(UnixStream),
}

impl Socket {
    /// Every read and write on it ends at once.
    pub(super) fn shut(&self) {
        // Already shut is shut.
        let _gone = match self {
            Self::Tcp(socket) => socket.shutdown(Shutdown::Both),
            Self::Pumped(socket) => socket.shutdown(Shutdown::Both),
        };
    }
}

impl AsRawFd for Socket {
    fn as_raw_fd(&self) -> RawFd {
        match self {
            Self::Tcp(socket) => socket.as_raw_fd(),
            Self::Pumped(socket) => socket.as_raw_fd(),
        }
    }
}

/// One call's way to be given up.
#[derive(Debug, Clone, Default)]
pub(super) struct Cancel(Arc<Inner>);

#[derive(Debug, Default)]
struct Inner {
    cancelled: AtomicBool,
    socket: Mutex<Option<Arc<Socket>>>,
}

impl Cancel {
    pub(super) fn is_cancelled(&self) -> bool {
        self.0.cancelled.load(Ordering::Acquire)
    }

    /// From now on giving up shuts this socket.
    pub(super) fn watch(&self, socket: &Arc<Socket>) -> Result<(), Error> {
        *self.0.socket.lock().unwrap_or_else(PoisonError::into_inner) = Some(socket.clone());
        // Looked at afterwards: who gives up in between finds the socket or is found here.
        if self.is_cancelled() { Err(Error::Cancelled) } else { Ok(()) }
    }

    pub(super) fn cancel(&self) {
        self.0.cancelled.store(true, Ordering::Release);
        if let Some(socket) = &*self.0.socket.lock().unwrap_or_else(PoisonError::into_inner) {
            socket.shut();
        }
    }

    /// The socket is nobody's any more.
    pub(super) fn forget(&self) {
        *self.0.socket.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }
}

/// Gives up what it stands for when it is dropped.
pub(super) struct OnDrop(pub(super) Cancel);

impl Drop for OnDrop {
    fn drop(&mut self) {
        self.0.cancel();
    }
}
