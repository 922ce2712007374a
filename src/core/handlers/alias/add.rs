//! `/alias add`.

use crate::{
    handlers::Cx,
    plan::{Change, Outcome, Plan, Say},
};
use direttore_domain::{AliasName, Permission, Refusal, Trouble, policy};
use serde::Deserialize;
use serde_json::json;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Input {
    name: AliasName,
    line: String,
    #[serde(default)]
    shared: bool,
}

pub async fn plan(cx: &Cx, ask: Input) -> Result<Outcome, Trouble> {
    if ask.shared {
        policy::may_say(&cx.actor, Permission::Users, &cx.command.path, &cx.channel)?;
    }
    super::begins_with_command(&ask.line)?;
    // A name that is a command's first word would never be reached.
    let catalog = direttore_catalog::catalog();
    if catalog.commands().iter().any(|c| c.words().next() == Some(ask.name.as_str()))
        || catalog.get(ask.name.as_str()).is_some()
    {
        return Err(Refusal::Exists { what: "command", given: ask.name.to_string() }.into());
    }
    let owner = if ask.shared { None } else { cx.actor.account_id() };
    let mut tx = cx.store.read().await?;
    let visible = direttore_store::alias::visible(&mut tx, cx.actor.account_id()).await?;
    if visible.iter().any(|a| a.name == ask.name && a.is_shared == ask.shared) {
        return Err(Refusal::Exists { what: "alias", given: ask.name.to_string() }.into());
    }
    let questions = super::questions(&ask.line);
    let said = Say::new(
        "alias_added",
        json!({ "alias": ask.name, "line": ask.line, "shared": ask.shared, "questions": questions }),
    );
    let change = Change::AddAlias { owner, name: ask.name.clone(), line: ask.line };
    Ok(Plan::change(format!("alias {}", ask.name), said.clone(), vec![change], said).into())
}
