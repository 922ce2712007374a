//! `/group create`.

use crate::{
    handlers::Cx,
    plan::{Change, Outcome, Plan, Say},
};
use direttore_domain::{GroupName, Refusal, Trouble};
use serde::Deserialize;
use serde_json::json;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Input {
    name: GroupName,
}

pub async fn plan(cx: &Cx, ask: Input) -> Result<Outcome, Trouble> {
    let mut tx = cx.store.read().await?;
    if direttore_store::group::exists(&mut tx, &ask.name).await? {
        return Err(Refusal::Exists { what: "group", given: ask.name.to_string() }.into());
    }
    let said = Say::new("group_done", json!({ "group": ask.name, "done": "created" }));
    let change = Change::CreateGroup(ask.name.clone());
    Ok(Plan::change(format!("group {}", ask.name), said.clone(), vec![change], said).into())
}
