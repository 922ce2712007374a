//! `/node reboot`.

use crate::{handlers::Cx, plan::Outcome};
use direttore_clients::proxmox::NodePower;
use direttore_domain::{NodeName, Trouble};
use serde::Deserialize;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Input {
    node: NodeName,
    reason: Option<String>,
}

pub async fn plan(cx: &Cx, ask: Input) -> Result<Outcome, Trouble> {
    super::power(cx, &ask.node, NodePower::Reboot, ask.reason).await
}
