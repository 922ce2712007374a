//! `/user disable`: nothing can be said as this account until it is enabled again (`off`).

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
    #[serde(default)]
    off: bool,
}

pub async fn plan(cx: &Cx, ask: Input) -> Result<Outcome, Trouble> {
    let account = super::find(cx, &ask.name).await?;
    let disabled = !ask.off;
    let data = json!({ "name": account.name, "disabled": disabled });
    if account.is_disabled == disabled {
        return Ok(Say::new("user_disabled_already", data).into());
    }
    if disabled {
        super::not_the_last_admin(cx, &account, "disabled").await?;
    }
    let change = Change::SetDisabled { account: account.id, name: account.name.clone(), disabled };
    let plan = Plan::change(
        format!("account {}", account.name),
        Say::new("user_disable", data.clone()),
        vec![change],
        Say::new("user_disabled", data),
    );
    Ok(plan.into())
}
