//! `/device approve`: a second person's yes. It is bound to what was shown: device, text and configuration before.

use super::{
    Cx, meant_by_id,
    parts::pushing::{job_for, must_be_free},
};
use crate::{
    devices::{Body, PushWish, Wanted, What, hash},
    plan::{Change, Outcome, Plan, PushDeed, Say},
};
use direttore_domain::{PushId, Refusal, Trouble, text};
use direttore_store::device_push::{self, Push, Target as Row};
use serde::Deserialize;
use serde_json::json;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Input {
    push: PushId,
    reason: Option<String>,
}

pub async fn plan(cx: &Cx, ask: Input) -> Result<Outcome, Trouble> {
    let (push, rows) = waiting(cx, ask.push).await?;
    if push.account_id == cx.actor.account_id() {
        return Err(Refusal::NotApprover { what: push.id.to_string() }.into());
    }
    let wish: PushWish = serde_json::from_value(push.wish.clone()).map_err(Trouble::bug)?;
    let devices = cx.lab.need_devices()?;
    let mut targets = Vec::new();
    for row in &rows {
        let meant = meant_by_id(cx, u64::try_from(row.device).map_err(Trouble::bug)?).await?;
        must_be_free(cx, &meant.target).await?;
        let body =
            cx.rules.derived.shown(&row.body).ok_or_else(|| Trouble::bug("the body of a push cannot be read"))?;
        let body: Body = serde_json::from_str(&body).map_err(Trouble::bug)?;
        let text = match &wish.what {
            What::Template { template, vars, .. } => {
                let wanted = Wanted { template: template.clone(), vars: vars.clone(), at: wish.at };
                devices.render(meant.ipam, &meant.row, &wanted).await?.rendered.text
            }
            What::Rollback => body.text,
        };
        let running = devices.call(&meant.target, |link| link.fetch_config()).await;
        let running = running.map_err(|error| devices.trouble(&meant.target, &error))?.running;
        if hash(&meant.target, &text, &running) != row.hash {
            return Err(Refusal::ChangedMeanwhile { what: row.name.clone() }.into());
        }
        targets.push(meant.target);
    }
    let names: Vec<&str> = rows.iter().map(|row| row.name.as_str()).collect();
    let job = job_for(&wish, &targets.iter().collect::<Vec<_>>(), devices, &push);
    let question = Say::new(
        "device_push_rejected",
        json!({ "id": push.id, "by": cx.actor.name(), "is_told": false, "reason": ask.reason }),
    );
    let changes = vec![Change::Push(PushDeed::Approve { id: push.id })];
    Ok(Plan { changes, jobs: vec![job], ..Plan::new(format!("device {}", text::list(&names)), question) }.into())
}

/// One that waits for a yes, with its devices.
pub(super) async fn waiting(cx: &Cx, id: PushId) -> Result<(Push, Vec<Row>), Trouble> {
    let mut tx = cx.store.read().await?;
    let push = device_push::get(&mut tx, id).await?;
    let push =
        push.ok_or_else(|| Refusal::NoSuch { what: "push", given: id.to_string(), nearest: None, has: vec![] })?;
    if push.status != "pending" || push.expires <= cx.clock.now() {
        let why = match push.status.as_str() {
            "approved" if push.approver.is_empty() => "it needed no second person".to_owned(),
            "approved" => format!("{} said yes to it", push.approver),
            "rejected" => format!("{} said no to it", push.approver),
            _ => "nobody said yes to it in time".to_owned(),
        };
        return Err(Refusal::WrongState { subject: id.to_string(), verb: "be decided".to_owned(), why }.into());
    }
    let rows = device_push::targets(&mut tx, id).await?;
    Ok((push, rows))
}
