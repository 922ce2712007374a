//! `/group delete`: the group and its grants; its members stay.

use crate::{
    handlers::Cx,
    plan::{Change, Outcome, Plan, Say},
};
use direttore_domain::{GroupName, Trouble};
use serde::Deserialize;
use serde_json::json;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Input {
    name: GroupName,
}

pub async fn plan(cx: &Cx, ask: Input) -> Result<Outcome, Trouble> {
    let group = super::find(cx, &ask.name).await?;
    let said = Say::new("group_done", json!({ "group": group.name, "done": "deleted" }));
    let plan = Plan::change(format!("group {}", group.name), said.clone(), vec![Change::DeleteGroup(group.name)], said);
    Ok(Plan { state: json!(group.members), ..plan }.into())
}
