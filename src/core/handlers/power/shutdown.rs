//! `/power shutdown`.

use super::{Ask, Power};
use crate::{handlers::Cx, plan::Outcome};
use direttore_domain::{GuestRef, Tag, Trouble};
use serde::Deserialize;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Input {
    #[serde(default)]
    guest: Vec<GuestRef>,
    tag: Option<Tag>,
    /// Seconds that the guest has; Proxmox waits 60 unless told.
    timeout: Option<u64>,
    reason: Option<String>,
}

pub async fn plan(cx: &Cx, ask: Input) -> Result<Outcome, Trouble> {
    let timeout = ask.timeout.map(std::time::Duration::from_secs);
    super::plan(cx, Power::Shutdown, Ask { guest: ask.guest, tag: ask.tag, reason: ask.reason, timeout }).await
}
