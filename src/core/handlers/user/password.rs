//! `/user password`: a new one, made and shown once. One's own; another's with `users`.

use crate::{
    handlers::Cx,
    plan::{Change, Outcome, Plan, Say},
};
use direttore_domain::{AccountName, Refusal, Trouble, policy};
use serde::Deserialize;
use serde_json::json;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Input {
    account: Option<AccountName>,
}

pub async fn plan(cx: &Cx, ask: Input) -> Result<Outcome, Trouble> {
    let own = cx.actor.account.as_ref().map(|a| a.name.clone());
    let name = ask
        .account
        .or(own)
        .ok_or_else(|| Refusal::MissingOption { option: "account".into(), right: "an account's name".into() })?;
    let account = super::find(cx, &name).await?;
    if !policy::reaches_owner(&cx.actor, Some(account.id), &cx.command.path, &cx.channel) {
        return Err(Refusal::NotYours { what: format!("the password of {name}"), owner: name.to_string() }.into());
    }
    let data = json!({ "name": name });
    let change = Change::NewPassword { account: account.id, name: name.clone(), hash: None };
    let said = Say::new("user_password", data);
    Ok(Plan::change(format!("account {name}"), said.clone(), vec![change], said).into())
}
