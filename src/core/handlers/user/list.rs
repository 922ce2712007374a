//! `/user list`.

use crate::{
    handlers::Cx,
    plan::{Outcome, Say},
};
use direttore_domain::{Role, Trouble};
use direttore_store::{account, group};
use serde::Deserialize;
use serde_json::{Value, json};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Input {}

pub async fn plan(cx: &Cx, _: Input) -> Result<Outcome, Trouble> {
    let mut tx = cx.store.read().await?;
    let accounts = account::list(&mut tx).await?;
    let groups = group::list(&mut tx).await?;
    let rows: Vec<Value> = accounts
        .iter()
        .map(|a| {
            let of: Vec<&str> =
                groups.iter().filter(|g| g.members.contains(&a.name)).map(|g| g.name.as_str()).collect();
            json!({
                "name": a.name,
                "role": a.role.map_or("none", Role::as_str),
                "state": if a.is_disabled { "disabled" } else { "enabled" },
                "groups": of.join(" "),
                "zone": a.zone,
            })
        })
        .collect();
    Ok(Say::new("user_list", json!({ "total": rows.len(), "rows": rows })).into())
}
