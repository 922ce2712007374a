//! `/token list`: one's own tokens, without their secrets.

use super::account;
use crate::{
    handlers::Cx,
    plan::{Outcome, Say},
};
use direttore_domain::Trouble;
use direttore_store::token::{self, TokenRow};
use serde::Deserialize;
use serde_json::{Value, json};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Input {}

pub async fn plan(cx: &Cx, _: Input) -> Result<Outcome, Trouble> {
    let account = account(cx)?;
    let mut tx = cx.store.read().await?;
    let row = |row: &TokenRow| {
        json!({ "name": row.name, "kind": row.kind, "since": row.created, "used": row.last_used,
            "until": row.expires })
    };
    let rows: Vec<Value> = token::list(&mut tx, account).await?.iter().map(row).collect();
    Ok(Say::new("token_list", json!({ "total": rows.len(), "rows": rows })).into())
}
