//! `/device confirm`: what a push left for a person to look at is kept.

use super::{Cx, Meant, meant};
use crate::{
    jobs::steps::{EndPush, Step},
    plan::{JobPlan, Outcome, Plan, Say},
};
use direttore_domain::{PushState, Refusal, Trouble};
use direttore_store::device_push;
use serde::Deserialize;
use serde_json::json;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Input {
    device: String,
    reason: Option<String>,
}

pub async fn plan(cx: &Cx, ask: Input) -> Result<Outcome, Trouble> {
    let Meant { target, .. } = meant(cx, &ask.device).await?;
    let live = device_push::live(&mut cx.store.read().await?, target.id).await?;
    let Some(live) = live.filter(|live| live.state == PushState::Held) else {
        let why = "no push waits there for it: it was confirmed, or taken back, or never held".to_owned();
        return Err(Refusal::WrongState { subject: target.name, verb: "be confirmed".to_owned(), why }.into());
    };
    let step = EndPush { push: live.push, device: target.id, keep: true, why: String::new() };
    let title = format!("keep {} on {}", live.push, target.name);
    let data =
        json!({ "push": live.push, "device": target.name, "keep": true, "until": live.reverts, "reason": ask.reason });
    let job = JobPlan::new(title, target.subject(), vec![Step::EndPush(step)]);
    let plan = Plan::new(format!("device {}", target.name), Say::new("device_end_push", data));
    Ok(Plan { state: json!([live.push, live.state]), jobs: vec![job], ..plan }.into())
}
