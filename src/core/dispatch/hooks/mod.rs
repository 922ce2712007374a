//! What other systems post to us: let in by proof, stored, and answered at once. What it brings about comes after.
//!
//! [`proof`] looks at the raw body before anything reads it. [`netbox`] takes what NetBox says, [`reconcile`] what it
//! could not say while nobody heard; [`runs`] carries out the rules that fit, and [`act`] knows what each does.
//! [`alerts`] is what senders of alerts say.

mod act;
mod alerts;
mod netbox;
mod proof;
mod reconcile;
mod runs;
mod stored;

pub use proof::Header;

use super::Dispatch;
use crate::{
    alerts::read,
    hooks::{Hook, Sender},
};
use direttore_domain::{JobId, measure};
use futures::future::BoxFuture;
use metrics::counter;
use std::{
    collections::HashSet,
    sync::{Arc, Mutex},
};
use tokio::sync::Notify;

/// What this process keeps in mind.
pub(super) struct Hooks {
    /// Something came that a rule fits.
    came: Notify,
    /// Held while runs are carried out.
    running: tokio::sync::Mutex<()>,
    /// What we are called in NetBox: not known yet, or what it told, which may be nothing.
    own: Mutex<Option<Option<String>>>,
    /// Jobs that hold something up, and that this was said of.
    told_stuck: Mutex<HashSet<JobId>>,
    /// What is to be stored.
    waiting: Arc<Mutex<stored::Waiting>>,
    /// This process, among those that would read NetBox' change log.
    holder: String,
}

impl Default for Hooks {
    fn default() -> Self {
        let mut bytes = [0u8; 8];
        // Without random bytes the processes of one machine still differ.
        let _ = getrandom::fill(&mut bytes);
        let drawn: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        Self {
            came: Notify::new(),
            running: tokio::sync::Mutex::default(),
            own: Mutex::default(),
            told_stuck: Mutex::default(),
            waiting: Arc::default(),
            holder: format!("{}-{drawn}", std::process::id()),
        }
    }
}

/// What is answered to who posted something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Posted {
    /// It is stored.
    Accepted,
    /// It was stored before.
    Duplicate,
    /// No such hook, or no proof: nobody learns which.
    Unproven,
    /// It is from whom it says, and cannot be read: why.
    Unreadable(String),
    /// It could not be stored; the same may be sent again.
    NotStored,
}

impl Posted {
    fn word(&self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Duplicate => "duplicate",
            Self::Unproven => "unproven",
            Self::Unreadable(_) => "unreadable",
            Self::NotStored => "not-stored",
        }
    }
}

impl Dispatch {
    /// Something was posted to `/hooks/{from}/{name}`.
    pub async fn hook(&self, from: &str, name: &str, header: Header<'_>, body: &[u8]) -> Posted {
        let from: Option<Sender> = from.parse().ok();
        let hook = self.rules.hooks.iter().find(|hook| Some(hook.from) == from && hook.name == name);
        let posted = match hook {
            Some(hook) if proof::is_shown(Some(hook), from, header, body) => self.proven(hook, body).await,
            Some(_) => Posted::Unproven,
            None => {
                proof::is_shown(None, from, header, body);
                Posted::Unproven
            }
        };
        // Of what is not ours, who sends it must not make series.
        let sender = hook.map_or("none", |hook| hook.from.as_str());
        counter!(measure::HOOKS, "from" => sender, "outcome" => posted.word()).increment(1);
        posted
    }

    fn proven<'s>(&'s self, hook: &'s Hook, body: &'s [u8]) -> BoxFuture<'s, Posted> {
        Box::pin(async move {
            match hook.from {
                Sender::Netbox => self.hear_netbox(hook, body).await,
                Sender::Alertmanager => self.hear_alerts(hook, body, read::alertmanager).await,
                Sender::Grafana => self.hear_alerts(hook, body, read::grafana).await,
                Sender::Proxmox => self.hear_alerts(hook, body, read::proxmox).await,
            }
        })
    }
}
