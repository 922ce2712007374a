//! `/group list`.

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
    let groups = direttore_store::group::list(&mut tx).await?;
    let rows: Vec<Value> = groups
        .iter()
        .map(|g| {
            let members: Vec<&str> = g.members.iter().map(AsRef::as_ref).collect();
            json!({ "group": g.name, "members": members.join(" ") })
        })
        .collect();
    Ok(Say::new("group_list", json!({ "total": rows.len(), "rows": rows })).into())
}
