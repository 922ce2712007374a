//! `/grant list`: all, or those for one receiver.

use crate::{
    handlers::Cx,
    plan::{Outcome, Say},
};
use direttore_domain::{GrantTo, Trouble};
use serde::Deserialize;
use serde_json::{Value, json};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Input {
    to: Option<GrantTo>,
}

pub async fn plan(cx: &Cx, ask: Input) -> Result<Outcome, Trouble> {
    let mut tx = cx.store.read().await?;
    let grants = direttore_store::grant::list(&mut tx).await?;
    let fits = |g: &&direttore_domain::Grant| ask.to.as_ref().is_none_or(|to| &g.to == to);
    let rows: Vec<Value> = grants.iter().filter(fits).map(super::row).collect();
    Ok(Say::new("grant_list", json!({ "total": rows.len(), "rows": rows })).into())
}
