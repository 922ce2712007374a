//! `/node list`.

use crate::{
    handlers::Cx,
    plan::{Outcome, Say},
};
use direttore_domain::{ClusterName, Trouble};
use serde::Deserialize;
use serde_json::json;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Input {
    cluster: Option<ClusterName>,
}

pub async fn plan(cx: &Cx, ask: Input) -> Result<Outcome, Trouble> {
    let sight = cx.sight(ask.cluster.as_ref()).await?;
    let rows = super::rows(cx, &sight);
    let data = json!({ "total": rows.len(), "rows": rows, "stale": super::super::lab::stale(&sight) });
    Ok(Say::new("node_list", data).into())
}
