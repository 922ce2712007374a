//! `/power reset`.

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
    reason: Option<String>,
}

pub async fn plan(cx: &Cx, ask: Input) -> Result<Outcome, Trouble> {
    let timeout = None;
    super::plan(cx, Power::Reset, Ask { guest: ask.guest, tag: ask.tag, reason: ask.reason, timeout }).await
}
