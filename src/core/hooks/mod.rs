//! What other systems say by themselves: who may say it, and what it means.
//!
//! A hook is a door for one sender, with a secret that proves it. [`event`] is a webhook of NetBox as we read it. All of
//! it is pure; `dispatch/hooks` lets in, stores and acts.

pub mod event;

use direttore_domain::Surface;
use std::{fmt, str::FromStr};

pub use event::{Event, Key, What};

/// What a hook hears.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Sender {
    Netbox,
    Alertmanager,
    Grafana,
    Proxmox,
}

impl Sender {
    pub const ALL: [Self; 4] = [Self::Netbox, Self::Alertmanager, Self::Grafana, Self::Proxmox];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Netbox => "netbox",
            Self::Alertmanager => "alertmanager",
            Self::Grafana => "grafana",
            Self::Proxmox => "proxmox",
        }
    }
}

impl fmt::Display for Sender {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for Sender {
    type Err = ();
    fn from_str(given: &str) -> Result<Self, ()> {
        Self::ALL.into_iter().find(|sender| sender.as_str() == given).ok_or(())
    }
}

/// A door that the configuration opens.
#[derive(Clone, PartialEq, Eq)]
pub struct Hook {
    pub name: String,
    pub from: Sender,
    /// What the sender proves that it has.
    pub secret: String,
}

impl Hook {
    /// Where it is, after the server's own address.
    pub fn path(&self) -> String {
        format!("/hooks/{}/{}", self.from, self.name)
    }
}

impl fmt::Debug for Hook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Hook({})", self.path())
    }
}

/// Where what hooks bring about is asked from.
pub fn origin() -> direttore_domain::Origin {
    direttore_domain::Origin { surface: Surface::Http, channel: "hooks".to_owned() }
}
