//! `/user delete`: the account, its grants, memberships and aliases. Its jobs and its lines in the audit log stay.

use crate::{
    handlers::Cx,
    plan::{Change, Outcome, Plan, Say},
};
use direttore_domain::{AccountName, Trouble};
use serde::Deserialize;
use serde_json::json;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Input {
    name: AccountName,
}

pub async fn plan(cx: &Cx, ask: Input) -> Result<Outcome, Trouble> {
    let account = super::find(cx, &ask.name).await?;
    super::not_the_last_admin(cx, &account, "deleted").await?;
    let data = json!({ "name": account.name, "role": account.role });
    let change = Change::DeleteAccount { account: account.id, name: account.name.clone() };
    let plan = Plan::change(
        format!("account {}", account.name),
        Say::new("user_delete", data.clone()),
        vec![change],
        Say::new("user_deleted", data),
    );
    Ok(Plan { typed_name: Some(account.name.to_string()), state: json!(account.role), ..plan }.into())
}
