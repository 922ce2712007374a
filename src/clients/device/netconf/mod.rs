//! NETCONF (RFC 6241) on an SSH subsystem: the operations that a safe change needs, and their errors.
//!
//! `framing` cuts messages, `reply` reads them. A lock that somebody has is [`Error::Locked`]; every other `rpc-error` is
//! [`Error::Rpc`] as the server said it.

mod framing;
mod reply;

use super::{
    error::{Error, Phase},
    limits::{Deadline, Limits},
    wire::{Came, Wire},
};
use framing::Frames;
use quick_xml::escape::escape;
use ssh2::Session;
use std::time::Duration;

/// Servers of the Yuma family (netconfd 2.13 was seen to) leave a request that reaches them together with our hello until more
/// comes. So if the first is not answered for as long, another that asks for nothing is sent after it.
const NUDGE: Duration = Duration::from_secs(2);

const BASE: &str = "urn:ietf:params:xml:ns:netconf:base:1.0";

/// What of the standard's options a server has.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Capabilities {
    /// `base:1.1`, and so messages in chunks.
    pub chunks: bool,
    pub candidate: bool,
    pub validate: bool,
    pub confirmed_commit: bool,
    /// `confirmed-commit:1.1`: a name that outlives the session, and `cancel-commit`.
    pub persist: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Datastore {
    Running,
    Candidate,
    Startup,
}

impl Datastore {
    fn tag(self) -> &'static str {
        match self {
            Self::Running => "<running/>",
            Self::Candidate => "<candidate/>",
            Self::Startup => "<startup/>",
        }
    }
}

pub(super) struct Netconf {
    wire: Wire,
    frames: Frames,
    capabilities: Capabilities,
    next: u64,
    limits: Limits,
    whole: Deadline,
}

impl Netconf {
    pub(super) fn open(session: &Session, limits: Limits, whole: Deadline) -> Result<Self, Error> {
        let deadline = whole.within(Phase::Prompt, limits.login);
        let mut wire = Wire::open(session, &limits, deadline)?;
        wire.ask(deadline, |c| c.subsystem("netconf"))?;
        let capabilities = Capabilities::default();
        let mut netconf = Self { wire, frames: Frames::default(), capabilities, next: 1, limits, whole };
        let hello = format!(
            "<hello xmlns=\"{BASE}\"><capabilities><capability>urn:ietf:params:netconf:base:1.0</capability>\
             <capability>urn:ietf:params:netconf:base:1.1</capability></capabilities></hello>"
        );
        netconf.wire.write(netconf.frames.framed(&hello).as_bytes(), deadline)?;
        let greeting = netconf.message(deadline)?;
        netconf.capabilities = reply::capabilities(&greeting)?;
        if netconf.capabilities.chunks {
            netconf.frames.speak_chunks();
        }
        Ok(netconf)
    }

    pub(super) fn capabilities(&self) -> Capabilities {
        self.capabilities
    }

    /// What is within `<data>`, as the server wrote it.
    pub(super) fn get_config(&mut self, from: Datastore) -> Result<String, Error> {
        let answer = self.call(&format!("<get-config><source>{}</source></get-config>", from.tag()))?;
        reply::data(&answer)
    }

    pub(super) fn lock(&mut self, what: Datastore) -> Result<(), Error> {
        match self.tell(&format!("<lock><target>{}</target></lock>", what.tag())) {
            Err(Error::Rpc(e)) if e.tag == "lock-denied" || e.tag == "in-use" => {
                // Session 0 is a holder that is no session of NETCONF.
                let by =
                    e.session.filter(|s| s != "0").map_or_else(|| "somebody".to_owned(), |s| format!("session {s}"));
                Err(Error::Locked { by })
            }
            other => other,
        }
    }

    pub(super) fn unlock(&mut self, what: Datastore) -> Result<(), Error> {
        self.tell(&format!("<unlock><target>{}</target></unlock>", what.tag()))
    }

    /// `config` is what stands within `<config>`, or that element itself.
    pub(super) fn edit_candidate(&mut self, config: &str, replace: bool) -> Result<(), Error> {
        let inner = reply::within_config(config)?;
        let default = if replace { "<default-operation>replace</default-operation>" } else { "" };
        let stop = "<error-option>stop-on-error</error-option>";
        let target = Datastore::Candidate.tag();
        self.tell(&format!(
            "<edit-config><target>{target}</target>{default}{stop}<config>{inner}</config></edit-config>"
        ))
    }

    pub(super) fn validate(&mut self) -> Result<(), Error> {
        self.tell("<validate><source><candidate/></source></validate>")
    }

    pub(super) fn discard(&mut self) -> Result<(), Error> {
        self.tell("<discard-changes/>")
    }

    pub(super) fn commit_confirmed(&mut self, seconds: u64, name: &str) -> Result<(), Error> {
        let persist =
            if self.capabilities.persist { format!("<persist>{}</persist>", escape(name)) } else { String::new() };
        self.tell(&format!("<commit><confirmed/><confirm-timeout>{seconds}</confirm-timeout>{persist}</commit>"))
    }

    pub(super) fn confirm(&mut self, name: &str) -> Result<(), Error> {
        self.tell(&format!("<commit>{}</commit>", self.persist_id(name)))
    }

    pub(super) fn cancel(&mut self, name: &str) -> Result<(), Error> {
        self.tell(&format!("<cancel-commit>{}</cancel-commit>", self.persist_id(name)))
    }

    fn persist_id(&self, name: &str) -> String {
        if self.capabilities.persist { format!("<persist-id>{}</persist-id>", escape(name)) } else { String::new() }
    }

    fn tell(&mut self, operation: &str) -> Result<(), Error> {
        self.call(operation).map(drop)
    }

    /// One operation and its `rpc-reply`, which is no error.
    fn call(&mut self, operation: &str) -> Result<String, Error> {
        let deadline = self.whole.within(Phase::Command, self.limits.commit);
        let id = self.send(operation, deadline)?;
        if id == 1 && self.capabilities.chunks && !self.is_heard_within(NUDGE, deadline)? {
            // An empty filter selects nothing (RFC 6241, section 6.4.2), and requests may follow each other unanswered.
            self.send("<get-config><source><running/></source><filter type=\"subtree\"/></get-config>", deadline)?;
        }
        loop {
            let answer = self.message(deadline)?;
            // What was given up before may still be answered, and what only nudged.
            if reply::is_answer_to(&answer, id)? {
                reply::errors(&answer)?;
                return Ok(answer);
            }
        }
    }

    /// Gives back the request's number.
    fn send(&mut self, operation: &str, deadline: Deadline) -> Result<u64, Error> {
        let id = self.next;
        self.next += 1;
        let rpc = format!("<rpc message-id=\"{id}\" xmlns=\"{BASE}\">{operation}</rpc>");
        self.wire.write(self.frames.framed(&rpc).as_bytes(), deadline)?;
        Ok(id)
    }

    fn is_heard_within(&mut self, quiet: Duration, deadline: Deadline) -> Result<bool, Error> {
        Ok(self.wire.read(self.frames.buffer(), Some(quiet), deadline)? != Came::Quiet)
    }

    fn message(&mut self, deadline: Deadline) -> Result<String, Error> {
        loop {
            if let Some(message) = self.frames.next()? {
                return Ok(message);
            }
            let came = self.wire.read(self.frames.buffer(), None, deadline)?;
            if came == Came::End {
                return Err(Error::Lost { phase: deadline.phase(), why: "the server ended the session".to_owned() });
            }
        }
    }
}
