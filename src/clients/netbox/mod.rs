//! One NetBox (4.2 to 4.7) over its REST API, by a token of either version.
//!
//! [`NetBox`] is the handle; each file beside this one adds the calls of one group to it: `prefix`, `allocate` (what
//! NetBox picks), `address`, `range`, `vlan`, `site`, `device`, `vm`, `vm_interface`, `extras`, `status`, `change` (the change log), `port` and `object` (what a discovery
//! compares and writes), and `plain` (lists in NetBox' own form). Below them:
//! `request` (one call as a value), `transport` (connections, time-outs), `answer` (what an error means), `list` (pages),
//! `fields` (lenient reading of what comes back). Start at [`NetBox::new`] and at [`Error`].
//!
//! What this client never does:
//! - send a POST, PATCH or DELETE a second time, or over a connection that may just have been closed;
//! - choose an address, look for one after a lost answer, or check what a status means: it answers what NetBox answered;
//! - send a filter that NetBox does not know (it would ignore it and answer with everything), or list POSTs and PATCHes
//!   of addresses, whose uniqueness NetBox does not guard;
//! - trust the host of a link, follow a redirect, go through a proxy of the environment, or log the token.

mod address;
mod allocate;
mod answer;
mod change;
mod device;
mod error;
mod extras;
mod fields;
mod list;
mod object;
mod plain;
mod port;
mod prefix;
mod range;
mod related;
mod request;
mod settings;
mod site;
mod status;
mod transport;
mod vlan;
mod vm;
mod vm_interface;

#[cfg(test)]
mod tests;

pub use address::{Address, AddressChange, AddressFilter, Assigned};
pub use allocate::{NewAddress, NewPrefix, Source};
pub use change::ObjectChange;
pub use device::{Device, DeviceFilter, Interface};
pub use error::Error;
pub use extras::{CustomField, Journal, NewCustomField, Tag};
pub use object::Object;
pub use plain::Plain;
pub use port::{DeviceType, Item, Port};
pub use prefix::{Prefix, PrefixFilter, VrfIs};
pub use range::{Range, RangeFilter};
pub use related::{AddressRef, Etag, Ref, VlanRef};
pub use settings::{Settings, Timeouts};
pub use site::{Cluster, Site};
pub use status::{Permission, Status, Whoami};
pub use vlan::{Vlan, VlanFilter, VlanGroup, Vrf};
pub use vm::{NewVm, Vm, VmChange, VmFilter};
pub use vm_interface::{MacAddress, MacFilter, NewVmInterface, VmInterface};

use fields::Row;
use request::{Query, Request};
use serde_json::Value;
use std::{fmt, sync::Arc};
use transport::Transport;

/// A connection to one NetBox. Cloning is cheap; all clones share connections.
#[derive(Clone)]
pub struct NetBox(Arc<Inner>);

struct Inner {
    transport: Transport,
    /// Objects of one list.
    most: usize,
}

impl NetBox {
    /// Prepares a connection; nothing is sent yet. Needs a Tokio runtime only when called upon.
    ///
    /// # Errors
    /// [`Error::Settings`]: an address, fingerprint or token of the wrong form.
    pub fn new(settings: Settings) -> Result<Self, Error> {
        let most = settings.most;
        Ok(Self(Arc::new(Inner { transport: Transport::new(settings)?, most })))
    }

    /// Its address without a slash at the end: what a link for people begins with.
    pub fn url(&self) -> &str {
        self.0.transport.url()
    }

    /// Sends a request and reads the one object of the answer.
    async fn one<T: Row>(&self, request: &Request) -> Result<T, Error> {
        self.one_tagged(request).await.map(|(row, _)| row)
    }

    /// As [`Self::one`], with the tag that tells this state of the object from the next, where the release has it.
    async fn one_tagged<T: Row>(&self, request: &Request) -> Result<(T, Option<Etag>), Error> {
        let answer = self.0.transport.send(request).await?;
        match fields::json(&answer.body)? {
            // What one object was asked for may be answered by a list of it.
            Value::Array(rows) if rows.len() == 1 => Ok((fields::read(&rows[0])?, answer.etag)),
            row => Ok((fields::read(&row)?, answer.etag)),
        }
    }

    /// Sends a request and reads a list that has no pages.
    async fn many<T: Row>(&self, request: &Request) -> Result<Vec<T>, Error> {
        let answer = self.0.transport.send(request).await?;
        let rows: Vec<Value> = fields::json(&answer.body)?;
        rows.iter().map(fields::read).collect()
    }

    /// As [`Self::many`], of a write that names so many objects, all of which must come back.
    async fn all_of<T: Row>(&self, request: &Request, named: usize) -> Result<Vec<T>, Error> {
        let rows = self.many(request).await?;
        match rows.len() {
            n if n == named => Ok(rows),
            n => Err(Error::Garbage { why: format!("of {named} {}s sent, {n} came back", T::WHAT) }),
        }
    }

    /// Sends a request whose answer says nothing but that it was done.
    async fn tell(&self, request: &Request) -> Result<(), Error> {
        self.0.transport.send(request).await.map(drop)
    }

    /// The first of a list whose name is exactly this: some filters do not look at the case of letters.
    async fn named<T: Row>(&self, path: &str, query: Query, is_it: impl Fn(&T) -> bool) -> Result<Option<T>, Error> {
        Ok(self.list(path, query).await?.into_iter().find(is_it))
    }
}

/// In a list of changes NetBox passes over ids that do not exist, and says nothing.
fn none_passed_over(what: &str, wanted: &[u64], has: impl Fn(u64) -> bool) -> Result<(), Error> {
    let gone: Vec<String> = wanted.iter().filter(|id| !has(**id)).map(u64::to_string).collect();
    match gone.as_slice() {
        [] => Ok(()),
        gone => Err(Error::NotFound { why: format!("{what} with the ids {}", direttore_domain::text::list(gone)) }),
    }
}

impl fmt::Debug for NetBox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NetBox").field("url", &self.url()).finish_non_exhaustive()
    }
}
