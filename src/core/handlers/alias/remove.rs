//! `/alias remove`: one's own first; a shared one with `users`.

use crate::{
    handlers::Cx,
    plan::{Change, Outcome, Plan, Say},
};
use direttore_domain::{AliasName, Permission, Refusal, Trouble, nearest::nearest, policy};
use serde::Deserialize;
use serde_json::json;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Input {
    name: AliasName,
}

pub async fn plan(cx: &Cx, ask: Input) -> Result<Outcome, Trouble> {
    let mut tx = cx.store.read().await?;
    let account_id = cx.actor.account_id();
    let Some(alias) = direttore_store::alias::find(&mut tx, account_id, &ask.name).await? else {
        let has: Vec<String> = direttore_store::alias::visible(&mut tx, account_id)
            .await?
            .into_iter()
            .map(|a| a.name.to_string())
            .collect();
        let nearest = nearest(ask.name.as_str(), has.iter().map(String::as_str)).map(str::to_owned);
        return Err(Refusal::NoSuch { what: "alias", given: ask.name.to_string(), nearest, has }.into());
    };
    drop(tx);
    if alias.is_shared {
        policy::may_say(&cx.actor, Permission::Users, &cx.command.path, &cx.channel)?;
    }
    let owner = if alias.is_shared { None } else { account_id };
    let said = Say::new("alias_removed", json!({ "alias": ask.name, "line": alias.line }));
    let change = Change::RemoveAlias { owner, name: ask.name.clone() };
    Ok(Plan::change(format!("alias {}", ask.name), said.clone(), vec![change], said).into())
}
