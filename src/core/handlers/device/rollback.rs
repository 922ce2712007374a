//! `/device rollback`: what is held is taken back; else the device goes back to what was said yes to last, or, where it has
//! that, to what was before it.

use super::{
    Cx, Meant, meant,
    parts::pushing::{Planned, plan_of},
};
use crate::{
    devices::{Body, Devices, PushWish, What},
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
    let Meant { devices, target, .. } = meant(cx, &ask.device).await?;
    let mut tx = cx.store.read().await?;
    let live = device_push::live(&mut tx, target.id).await?;
    let kept = device_push::newest_kept(&mut tx, target.id).await?;
    drop(tx);
    if let Some(live) = live {
        if live.state != PushState::Held {
            let why = format!("{} is being pushed to it", live.push);
            return Err(Refusal::WrongState { subject: target.name, verb: "be rolled back".to_owned(), why }.into());
        }
        let why = format!("{} rolled it back", cx.actor.name());
        let step = EndPush { push: live.push, device: target.id, keep: false, why };
        let title = format!("take {} back from {}", live.push, target.name);
        let data = json!({ "push": live.push, "device": target.name, "keep": false, "until": live.reverts });
        let question = Say::new("device_end_push", data);
        let job = JobPlan::new(title, target.subject(), vec![Step::EndPush(step)]);
        let state = json!([live.push, live.state]);
        return Ok(Plan { state, jobs: vec![job], ..Plan::new(format!("device {}", target.name), question) }.into());
    }
    let nothing = || Refusal::NothingFits {
        what: format!("a rollback of {}: nothing was pushed to it that is still kept", target.name),
    };
    let kept = kept.ok_or_else(nothing)?;
    let body = cx.rules.derived.shown(&kept.body).ok_or_else(nothing)?;
    let body: Body = serde_json::from_str(&body).map_err(Trouble::bug)?;
    let running = devices.call(&target, |link| link.fetch_config()).await;
    let running = running.map_err(|error| devices.trouble(&target, &error))?.running;
    let after = body.after.as_deref().filter(|after| !Devices::is_same(&target, &running, after));
    let (text, replace) = Devices::way_back(&target, &running, after.unwrap_or(&body.before));
    if text.trim().is_empty() {
        return plan_of(cx, wish(ask.reason), vec![], &[target.name]);
    }
    let foreseen = devices.foresee(&target, text, replace).await;
    let foreseen = foreseen.map_err(|error| devices.trouble(&target, &error))?;
    if foreseen.diff.trim().is_empty() {
        return plan_of(cx, wish(ask.reason), vec![], &[target.name]);
    }
    plan_of(cx, wish(ask.reason), vec![Planned { target, foreseen }], &[])
}

fn wish(reason: Option<String>) -> PushWish {
    PushWish { what: What::Rollback, hold_s: 0, checks: vec![], reason, at: direttore_domain::Instant(0) }
}
