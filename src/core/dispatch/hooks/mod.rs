//! What other systems post to us: let in by proof, stored, and answered at once. What it brings about comes after.
//!
//! [`proof`] looks at the raw body before anything reads it. [`netbox`] takes what NetBox says,
//! [`alerts`] what senders of alerts say.

mod alerts;
mod netbox;
mod proof;

pub use proof::Header;

use super::Dispatch;
use crate::{
    alerts::read,
    hooks::{Hook, Sender},
};
use direttore_domain::measure;
use metrics::counter;

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

    async fn proven(&self, hook: &Hook, body: &[u8]) -> Posted {
        match hook.from {
            Sender::Netbox => self.hear_netbox(hook, body).await,
            Sender::Alertmanager => self.hear_alerts(hook, body, read::alertmanager).await,
            Sender::Grafana => self.hear_alerts(hook, body, read::grafana).await,
            Sender::Proxmox => self.hear_alerts(hook, body, read::proxmox).await,
        }
    }
}
