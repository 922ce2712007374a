//! Jump hosts: one session for each, shared by all devices behind it.

use super::{
    cancel::{Cancel, Socket},
    connect::connect,
    dial::dial,
    error::{Error, Phase},
    host_key::Seen,
    limits::{Deadline, Limits},
    pump::{Pump, Refused},
    target::Peer,
};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

/// The jump hosts that are connected.
#[derive(Default)]
pub(super) struct Hops(Mutex<HashMap<String, Arc<Slot>>>);

type Slot = Mutex<Option<(Pump, Seen)>>;

impl Hops {
    /// A way through `hop` to a port behind it, and the key that the hop showed.
    pub(super) fn through(
        &self,
        hop: &Peer,
        host: &str,
        port: u16,
        cancel: &Cancel,
        limits: &Limits,
        whole: Deadline,
    ) -> Result<(Socket, Seen), Error> {
        let by_way = |why: Error| Error::Jump { host: hop.host.clone(), why: Box::new(why) };
        let deadline = whole.within(Phase::Connect, limits.connect);
        for _ in 0..2 {
            let (pump, seen) = self.pump(hop, cancel, limits, whole).map_err(by_way)?;
            match pump.open(host, port, deadline) {
                Ok(stream) => return Ok((Socket::Pumped(stream), seen)),
                Err(Refused::ByHop(why)) => return Err(by_way(Error::Unreachable { host: host.to_owned(), why })),
                Err(Refused::Late) => return Err(by_way(deadline.error())),
                // The session ended between two targets: it is made anew, once.
                Err(Refused::Gone) => {}
            }
        }
        Err(by_way(Error::Lost { phase: Phase::Connect, why: "its session ended twice".to_owned() }))
    }

    /// The session with the hop, made by the first who needs it while the others wait.
    fn pump(&self, hop: &Peer, cancel: &Cancel, limits: &Limits, whole: Deadline) -> Result<(Pump, Seen), Error> {
        let key = format!("{}@{}:{}/{}", hop.login.user, hop.host, hop.port, hop.login.credential);
        let slot = self.0.lock().unwrap_or_else(PoisonError::into_inner).entry(key).or_default().clone();
        let mut slot = slot.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((pump, seen)) = &*slot
            && pump.is_alive()
        {
            // A key that was accepted with the session may be refused now.
            let known = hop.known.is_empty() || hop.known.iter().any(|k| k.fingerprint == seen.fingerprint);
            if known {
                return Ok((pump.clone(), seen.clone()));
            }
        }
        let socket = dial(&hop.host, hop.port, limits.connect, whole)?;
        let connected = connect(hop, Socket::Tcp(socket), cancel, limits, whole)?;
        cancel.forget();
        let seen = connected.seen.clone();
        let pump = Pump::start(connected)?;
        *slot = Some((pump.clone(), seen.clone()));
        Ok((pump, seen))
    }
}
