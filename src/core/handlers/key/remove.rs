//! `/key remove`: guests that have it keep it.

use super::{account, parts};
use crate::{
    handlers::Cx,
    plan::{Change, Outcome, Plan, Say},
};
use direttore_domain::{KeyName, Refusal, Trouble, nearest::nearest};
use direttore_store::key;
use serde::Deserialize;
use serde_json::json;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Input {
    name: KeyName,
}

pub async fn plan(cx: &Cx, ask: Input) -> Result<Outcome, Trouble> {
    let account = account(cx)?;
    let mut tx = cx.store.read().await?;
    let keys = key::list(&mut tx, account).await?;
    drop(tx);
    let Some(row) = keys.iter().find(|row| row.name == ask.name) else {
        let has: Vec<String> = keys.iter().map(|row| row.name.to_string()).collect();
        let nearest = nearest(ask.name.as_str(), has.iter().map(String::as_str)).map(str::to_owned);
        return Err(Refusal::NoSuch { what: "key", given: ask.name.to_string(), nearest, has }.into());
    };
    let (algorithm, comment) = parts(row);
    let said = Say::new("key_removed", json!({ "name": row.name, "type": algorithm, "comment": comment }));
    let target = format!("key {} of {}", row.name, cx.actor.name());
    let change = Change::RemoveKey { account, name: ask.name };
    Ok(Plan::change(target, said.clone(), vec![change], said).into())
}
