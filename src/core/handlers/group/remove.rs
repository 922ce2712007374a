//! `/group remove`: an account removed.

use crate::{
    handlers::{Cx, user},
    plan::{Change, Outcome, Plan, Say},
};
use direttore_domain::{AccountName, GroupName, Trouble};
use serde::Deserialize;
use serde_json::json;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Input {
    group: GroupName,
    account: AccountName,
}

pub async fn plan(cx: &Cx, ask: Input) -> Result<Outcome, Trouble> {
    let group = super::find(cx, &ask.group).await?;
    let account = user::find(cx, &ask.account).await?;
    let already = !group.members.contains(&account.name);
    let said = Say::new(
        "group_member",
        json!({ "group": group.name, "account": account.name, "done": "removed", "already": already }),
    );
    if already {
        return Ok(said.into());
    }
    let change = Change::RemoveMember { group: group.name.clone(), account: account.id };
    Ok(Plan::change(format!("group {}", group.name), said.clone(), vec![change], said).into())
}
