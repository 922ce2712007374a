//! NETCONF: the candidate under a lock, and a confirmed commit that outlives its session by the name that we give it.

use super::{Committed, Pending, Preview, Scope, Undone, Wish};
use crate::device::{
    error::Error,
    link::Link,
    netconf::{Datastore, Netconf},
};
use std::time::Duration;

pub(super) fn preview(link: &mut Link, wish: &Wish) -> Result<Preview, Error> {
    let netconf = link.netconf()?;
    netconf.lock(Datastore::Candidate)?;
    let after = stage(netconf, wish).and_then(|()| {
        if netconf.capabilities().validate {
            netconf.validate()?;
        }
        netconf.get_config(Datastore::Candidate)
    });
    netconf.discard()?;
    netconf.unlock(Datastore::Candidate)?;
    Ok(Preview { after: Some(after?), ..Preview::default() })
}

pub(super) fn commit(link: &mut Link, wish: &Wish, timer: Duration) -> Result<Committed, Error> {
    let netconf = link.netconf()?;
    if !netconf.capabilities().confirmed_commit {
        return Err(Error::Unsupported { platform: "this NETCONF server", what: "confirmed commit" });
    }
    netconf.lock(Datastore::Running)?;
    netconf.lock(Datastore::Candidate)?;
    let seconds = timer.as_secs().max(1);
    // What is not valid fails at the commit too (RFC 6241, section 8.3.4.1). Asked to validate first, netconfd takes the candidate
    // for committed: the commit then answers ok and does nothing.
    let done = stage(netconf, wish).and_then(|()| netconf.commit_confirmed(seconds, &wish.name()));
    if done.is_err() {
        netconf.discard()?;
    }
    // A server that takes the end of a session for the end of a commit without a name must not see one before it is confirmed.
    netconf.unlock(Datastore::Candidate)?;
    netconf.unlock(Datastore::Running)?;
    done?;
    Ok(Committed { rolls_back_after: Some(Duration::from_secs(seconds)) })
}

pub(super) fn confirm(link: &mut Link, wish: &Wish) -> Result<(), Error> {
    let netconf = link.netconf()?;
    // A confirmation commits the candidate again: it must be what is live, and nobody's newer thoughts.
    netconf.discard()?;
    match netconf.confirm(&wish.name()) {
        Err(Error::Rpc(e)) if is_gone(&e.tag) => Err(Error::NothingPending),
        other => other,
    }
}

pub(super) fn undo(link: &mut Link, wish: &Wish) -> Result<Undone, Error> {
    let netconf = link.netconf()?;
    let undone = match netconf.cancel(&wish.name()) {
        Ok(()) => Undone::Done,
        Err(Error::Rpc(e)) if is_gone(&e.tag) => Undone::Nothing,
        Err(e) => return Err(e),
    };
    // The candidate may still have what running has lost, by us or by the timer, and would let nobody lock it.
    netconf.discard()?;
    Ok(undone)
}

/// A server must refuse a lock on what waits for its confirmation (RFC 6241, section 7.5).
pub(super) fn pending(link: &mut Link) -> Result<Pending, Error> {
    let netconf = link.netconf()?;
    match netconf.lock(Datastore::Running) {
        Ok(()) => {
            netconf.unlock(Datastore::Running)?;
            Ok(Pending::Unseen)
        }
        Err(Error::Locked { by }) => Ok(Pending::Other { by }),
        Err(e) => Err(e),
    }
}

/// No such commit: the name is wrong, or nothing waits.
fn is_gone(tag: &str) -> bool {
    matches!(tag, "invalid-value" | "operation-failed" | "bad-element" | "missing-element" | "operation-not-supported")
}

fn stage(netconf: &mut Netconf, wish: &Wish) -> Result<(), Error> {
    netconf.edit_candidate(&wish.text, wish.scope == Scope::Replace)
}
