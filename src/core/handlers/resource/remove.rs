//! `/resource remove`: only what people made.

use super::{cannot, find};
use crate::{
    handlers::Cx,
    plan::{Change, Outcome, Plan, Say},
    reserve::Stock,
};
use direttore_domain::{ResourceKey, ResourceRef, Trouble};
use serde::Deserialize;
use serde_json::json;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Input {
    resource: ResourceRef,
}

pub async fn plan(cx: &Cx, ask: Input) -> Result<Outcome, Trouble> {
    let (key, name) = find(cx, &ask.resource).await?;
    if !matches!(key, ResourceKey::Pool(_) | ResourceKey::Named(_)) {
        let why = format!("it is a {} of the lab; /resource edit with clear= takes its rules away", key.kind());
        return Err(cannot(&name, "be removed", why).into());
    }
    let said = Say::new("resource_removed", json!({ "name": name, "kind": key.kind() }));
    let target = key.to_string();
    let stock = Stock::Remove { of: (key, name) };
    Ok(Plan::change(target, said.clone(), vec![Change::Stock(Box::new(stock))], said).into())
}
