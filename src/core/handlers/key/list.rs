//! `/key list`: one's own keys.

use super::{account, parts};
use crate::{
    handlers::Cx,
    plan::{Outcome, Say},
};
use direttore_domain::Trouble;
use direttore_store::key::{self, KeyRow};
use serde::Deserialize;
use serde_json::{Value, json};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Input {}

pub async fn plan(cx: &Cx, _: Input) -> Result<Outcome, Trouble> {
    let account = account(cx)?;
    let mut tx = cx.store.read().await?;
    let row = |row: &KeyRow| {
        let (algorithm, comment) = parts(row);
        json!({ "name": row.name, "type": algorithm, "comment": comment, "since": row.created })
    };
    let rows: Vec<Value> = key::list(&mut tx, account).await?.iter().map(row).collect();
    Ok(Say::new("key_list", json!({ "total": rows.len(), "rows": rows })).into())
}
