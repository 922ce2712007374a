//! `/alias list`: one's own and the shared ones.

use crate::{
    handlers::Cx,
    plan::{Outcome, Say},
};
use direttore_domain::Trouble;
use serde::Deserialize;
use serde_json::{Value, json};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Input {}

pub async fn plan(cx: &Cx, _: Input) -> Result<Outcome, Trouble> {
    let mut tx = cx.store.read().await?;
    let aliases = direttore_store::alias::visible(&mut tx, cx.actor.account_id()).await?;
    let rows: Vec<Value> = aliases
        .iter()
        .map(|a| json!({ "alias": a.name, "line": a.line, "shared": if a.is_shared { "yes" } else { "no" } }))
        .collect();
    Ok(Say::new("alias_list", json!({ "total": rows.len(), "rows": rows })).into())
}
