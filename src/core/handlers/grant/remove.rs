//! `/grant remove`.

use crate::{
    handlers::Cx,
    plan::{Change, Outcome, Plan, Say},
};
use direttore_domain::{Refusal, Trouble};
use serde::Deserialize;
use serde_json::json;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Input {
    grant: i64,
}

pub async fn plan(cx: &Cx, ask: Input) -> Result<Outcome, Trouble> {
    let mut tx = cx.store.read().await?;
    let grants = direttore_store::grant::list(&mut tx).await?;
    let Some(grant) = grants.iter().find(|g| g.id == ask.grant) else {
        let has = grants.iter().map(|g| g.id.to_string()).collect();
        return Err(Refusal::NoSuch { what: "grant", given: ask.grant.to_string(), nearest: None, has }.into());
    };
    let said = Say::new("grant_removed", json!({ "grant": super::row(grant) }));
    let change = Change::RemoveGrant { id: grant.id };
    Ok(Plan::change(format!("grant {} to {}", grant.id, grant.to), said.clone(), vec![change], said).into())
}
