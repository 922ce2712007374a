//! `/device reject`: no to somebody's push; whoever asked may take it back so too.

use super::{Cx, approve::waiting};
use crate::plan::{Change, Outcome, Plan, PushDeed, Say};
use direttore_domain::{PushId, Trouble, policy, text};
use serde::Deserialize;
use serde_json::json;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Input {
    push: PushId,
}

pub async fn plan(cx: &Cx, ask: Input) -> Result<Outcome, Trouble> {
    let (push, rows) = waiting(cx, ask.push).await?;
    // One's own is taken back whatever grants have become of it.
    if push.account_id != cx.actor.account_id() && !cx.reaches_all() {
        let view = cx.lab.need_ipam()?.view().await?;
        for row in &rows {
            let Cx { actor, command, channel, .. } = cx;
            let touched = view.touches(row.device);
            policy::check_touch(actor, command.permission, &command.path, channel, &row.name, touched)?;
        }
    }
    let names: Vec<&str> = rows.iter().map(|row| row.name.as_str()).collect();
    let said = Say::new("device_push_rejected", json!({ "id": push.id, "by": cx.actor.name(), "is_told": false }));
    let changes = vec![Change::Push(PushDeed::Reject { id: push.id })];
    Ok(Plan::change(format!("device {}", text::list(&names)), said.clone(), changes, said).into())
}
