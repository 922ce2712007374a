//! `/token revoke`: it opens nothing from then on.

use super::account;
use crate::{
    handlers::Cx,
    plan::{Change, Outcome, Plan, Say},
};
use direttore_domain::{Refusal, TokenName, Trouble, nearest::nearest};
use direttore_store::token;
use serde::Deserialize;
use serde_json::json;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Input {
    name: TokenName,
}

pub async fn plan(cx: &Cx, ask: Input) -> Result<Outcome, Trouble> {
    let account = account(cx)?;
    let mut tx = cx.store.read().await?;
    let tokens = token::list(&mut tx, account).await?;
    drop(tx);
    let Some(row) = tokens.iter().find(|row| row.name == ask.name) else {
        let has: Vec<String> = tokens.iter().map(|row| row.name.to_string()).collect();
        let nearest = nearest(ask.name.as_str(), has.iter().map(String::as_str)).map(str::to_owned);
        return Err(Refusal::NoSuch { what: "token", given: ask.name.to_string(), nearest, has }.into());
    };
    let said = Say::new("token_revoked", json!({ "name": row.name, "kind": row.kind }));
    let target = format!("token {} of {}", row.name, cx.actor.name());
    let change = Change::RevokeToken { account, name: ask.name };
    Ok(Plan::change(target, said.clone(), vec![change], said).into())
}
