//! `/user create`: an account with a password that is made and shown once.

use crate::{
    handlers::Cx,
    plan::{Change, Outcome, Plan, Say},
};
use direttore_domain::{AccountName, Refusal, Trouble};
use serde::Deserialize;
use serde_json::json;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Input {
    name: AccountName,
    role: Option<String>,
}

pub async fn plan(cx: &Cx, ask: Input) -> Result<Outcome, Trouble> {
    let role = ask.role.as_deref().map(super::parse_role).transpose()?.flatten();
    let mut tx = cx.store.read().await?;
    if direttore_store::account::by_name(&mut tx, &ask.name).await?.is_some() {
        return Err(Refusal::Exists { what: "account", given: ask.name.to_string() }.into());
    }
    let data = json!({ "name": ask.name, "role": role });
    let change = Change::CreateAccount { name: ask.name.clone(), role, hash: None };
    let target = format!("account {}", ask.name);
    Ok(Plan::change(target, Say::new("user_created", data.clone()), vec![change], Say::new("user_created", data))
        .into())
}
