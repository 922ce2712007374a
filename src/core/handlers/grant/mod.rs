//! `/grant …`: they narrow a role, never widen it.

pub mod add;
pub mod list;
pub mod remove;

use direttore_domain::Grant;
use serde_json::{Value, json};

/// A grant as replies show it.
fn row(grant: &Grant) -> Value {
    let join = |v: Vec<String>| v.join(", ");
    let devices = grant.device_dimensions();
    json!({
        "grant": grant.id,
        "to": grant.to.to_string(),
        "pools": join(grant.pools.iter().map(ToString::to_string).collect()),
        "nodes": join(grant.nodes.iter().map(ToString::to_string).collect()),
        "devices": devices.join(" "),
        "commands": join(grant.commands.clone()),
        "channels": join(grant.channels.clone()),
    })
}
