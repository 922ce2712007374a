//! `/grant add`.

use crate::{
    handlers::{Cx, group, user},
    plan::{Change, Outcome, Plan, Say},
};
use direttore_domain::{Grant, GrantTo, NodeName, PoolName, Refusal, Trouble};
use serde::Deserialize;
use serde_json::json;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Input {
    to: GrantTo,
    #[serde(default)]
    pools: Vec<PoolName>,
    #[serde(default)]
    nodes: Vec<NodeName>,
    #[serde(default)]
    commands: Vec<String>,
    #[serde(default)]
    channels: Vec<String>,
}

pub async fn plan(cx: &Cx, ask: Input) -> Result<Outcome, Trouble> {
    let Input { to, pools, nodes, commands, channels } = ask;
    if pools.is_empty() && nodes.is_empty() && commands.is_empty() && channels.is_empty() {
        let right = "at least one of pools=, nodes=, commands= and channels=".to_owned();
        return Err(Refusal::MissingOption { option: "what the grant covers".into(), right }.into());
    }
    match &to {
        GrantTo::Account(name) => drop(user::find(cx, name).await?),
        GrantTo::Group(name) => drop(group::find(cx, name).await?),
        GrantTo::Role(_) => {}
    }
    // A misspelt node would make a grant that covers nothing. Pools may be empty and are then not seen, so they pass.
    for node in &nodes {
        cx.lab.node(node).await?;
    }
    let grant = Grant { id: 0, to, pools, nodes, commands, channels };
    let said = Say::new("grant_added", json!({ "grant": super::row(&grant) }));
    let target = format!("grant to {}", grant.to);
    Ok(Plan::change(target, said.clone(), vec![Change::AddGrant(grant)], said).into())
}
