//! `/user role`.

use crate::{
    handlers::Cx,
    plan::{Change, Outcome, Plan, Say},
};
use direttore_domain::{AccountName, Role, Trouble};
use serde::Deserialize;
use serde_json::json;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Input {
    name: AccountName,
    role: String,
}

pub async fn plan(cx: &Cx, ask: Input) -> Result<Outcome, Trouble> {
    let role = super::parse_role(&ask.role)?;
    let account = super::find(cx, &ask.name).await?;
    let data = json!({ "name": account.name, "before": account.role, "role": role });
    if account.role == role {
        return Ok(Say::new("user_role_already", data).into());
    }
    if role != Some(Role::Admin) {
        super::not_the_last_admin(cx, &account, "given a lower role").await?;
    }
    let change = Change::SetRole { account: account.id, name: account.name.clone(), role };
    let plan = Plan::change(
        format!("account {}", account.name),
        Say::new("user_role", data.clone()),
        vec![change],
        Say::new("user_role_done", data),
    );
    Ok(Plan { state: json!(account.role), ..plan }.into())
}
