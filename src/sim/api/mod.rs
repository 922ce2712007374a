//! What each call does. A handler gets parameters that passed the table, and the world settled to this moment; it reads
//! or changes the world, starts tasks, and says no with Proxmox's own words. It knows nothing of HTTP.

pub mod access;
pub mod addresses;
pub mod backup;
pub mod clone;
pub mod cluster;
pub mod config;
pub mod create;
pub mod guest;
pub mod migrate;
pub mod node;
pub mod power;
pub mod privileges;
pub mod resize;
pub mod resources;
mod restore;
pub mod snapshot;
mod space;
pub mod storage;
pub mod task;
pub mod ticket;

use crate::table::Args;
use crate::world::{Guest, Order, Published, Work, World};
use bytes::Bytes;
use direttore_domain::GuestKind;
use serde_json::Value;
use std::collections::{BTreeMap, HashMap};

pub type Handler = fn(&mut Call<'_>) -> Handled;
pub type Handled = Result<Answer, No>;

/// Who calls.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct Who {
    /// `user@realm`; empty where no credentials are needed.
    pub user: String,
    pub token: Option<String>,
}

impl Who {
    /// As it stands in UPIDs.
    pub fn full(&self) -> String {
        match &self.token {
            Some(token) => format!("{}!{token}", self.user),
            None => self.user.clone(),
        }
    }

    /// The user `root@pam` itself. No token is that, not even one of its own.
    pub fn is_root(&self) -> bool {
        self.token.is_none() && self.user == "root@pam"
    }
}

/// A good answer.
#[derive(Debug)]
pub enum Answer {
    Data(Value),
    /// A part of a list, and how long the list is.
    Page(Value, usize),
    /// The whole body, made before.
    Body(Bytes),
    /// Plain text.
    Text(String),
}

pub fn data(value: impl Into<Value>) -> Handled {
    Ok(Answer::Data(value.into()))
}

/// A refusal: status, words for the reason phrase, and what is wrong with which parameter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct No {
    pub status: u16,
    pub message: String,
    pub errors: BTreeMap<String, String>,
}

impl No {
    pub fn new(status: u16, message: impl Into<String>) -> Self {
        Self { status, message: message.into(), errors: BTreeMap::new() }
    }

    /// Nearly every refusal of Proxmox: 500 with words.
    pub fn business(message: impl Into<String>) -> Self {
        Self::new(500, message)
    }

    pub fn parameters(errors: BTreeMap<String, String>) -> Self {
        Self { status: 400, message: "Parameter verification failed.".into(), errors }
    }

    pub fn parameter(name: &str, why: impl Into<String>) -> Self {
        Self::parameters([(name.to_owned(), why.into())].into())
    }
}

impl From<String> for No {
    fn from(message: String) -> Self {
        Self::business(message)
    }
}

/// One call.
pub struct Call<'a> {
    pub world: &'a mut World,
    /// The last interval's picture.
    pub published: &'a Published,
    /// Bodies made from that picture, by who asks for what.
    pub made: &'a mut HashMap<(Who, String), Bytes>,
    /// Unix milliseconds.
    pub now: u64,
    pub who: Who,
    pub args: Args,
    /// Of the paths under `qemu` and `lxc`.
    pub kind: GuestKind,
    /// Of the certificate, upper hex with colons; absent on plain HTTP.
    pub fingerprint: Option<&'a str>,
}

impl Call<'_> {
    pub fn node(&self) -> String {
        self.args.must("node").to_owned()
    }

    pub fn vmid(&self) -> u32 {
        self.args.vmid("vmid").unwrap_or_default()
    }

    pub fn missing(&self, vmid: u32) -> No {
        let folder = if self.kind == GuestKind::Vm { "qemu-server" } else { "lxc" };
        No::business(format!("Configuration file 'nodes/{}/{folder}/{vmid}.conf' does not exist", self.node()))
    }

    /// The guest of the path: of this kind, on this node.
    pub fn guest(&self) -> Result<&Guest, No> {
        let (vmid, node) = (self.vmid(), self.node());
        let guest = self.world.guests.get(&vmid).filter(|g| g.kind == self.kind && g.node == node);
        guest.ok_or_else(|| self.missing(vmid))
    }

    pub fn guest_mut(&mut self) -> Result<&mut Guest, No> {
        let vmid = self.guest()?.vmid;
        self.world.guests.get_mut(&vmid).ok_or_else(|| No::business("gone"))
    }

    /// Starts a task of the guest in the path; `verb` follows `qm` or `vz`. Answers its UPID.
    pub fn guest_task(&mut self, verb: &str, work: Work) -> Handled {
        let task_type = format!("{}{verb}", self.kind.task_prefix());
        self.task(&task_type, work)
    }

    /// As [`Call::guest_task`] with a type of its own.
    pub fn task(&mut self, task_type: &str, work: Work) -> Handled {
        self.failing_task(task_type, work, None)
    }

    /// As [`Call::task`]; where there is a reason, it ends with that.
    pub fn failing_task(&mut self, task_type: &str, work: Work, why: Option<String>) -> Handled {
        let vmid = self.vmid();
        let order = Order {
            node: self.node(),
            task_type: task_type.to_owned(),
            id: vmid.to_string(),
            vmid: Some(vmid),
            user: self.who.full(),
            work,
        };
        data(self.world.start_failing(order, self.now, why))
    }

    /// Only `root@pam` may skip locks.
    pub fn check_skiplock(&self) -> Result<(), No> {
        if self.args.flag("skiplock") && !self.who.is_root() {
            return Err(No::parameter("skiplock", "Only root may use this option."));
        }
        Ok(())
    }
}
