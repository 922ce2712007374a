//! `/power …`: one decision for all seven verbs; each verb's file says which.

pub mod reboot;
pub mod reset;
pub mod resume;
pub mod shutdown;
pub mod start;
pub mod stop;
pub mod suspend;

use super::{Cx, cx::Found};
use crate::{
    jobs::steps::{GuestId, PowerGuest, Step},
    plan::{JobPlan, Outcome, Plan, Say},
};
use direttore_domain::{Guest, GuestRef, GuestStatus, Power, Refusal, Tag, Trouble, power::PowerFit};
use serde_json::{Value, json};
use std::time::Duration;

/// More guests than this in one line is a slip rather than a wish.
const MOST: usize = 25;

/// What all verbs ask.
struct Ask {
    guest: Vec<GuestRef>,
    tag: Option<Tag>,
    reason: Option<String>,
    timeout: Option<Duration>,
}

/// What is to be done to one guest in its present state: a step, or nothing because it is so already.
///
/// # Errors
/// `wrong-state` with the reason.
pub fn decide(
    power: Power,
    guest: &Guest,
    status: GuestStatus,
    timeout: Option<Duration>,
) -> Result<Option<PowerGuest>, Refusal> {
    match power.fit(guest, status) {
        PowerFit::Already => Ok(None),
        PowerFit::Needed => Ok(Some(PowerGuest {
            timeout_s: timeout.map(|t| t.as_secs()),
            ..PowerGuest::new(GuestId::from(guest), power)
        })),
        PowerFit::Wrong(why) => Err(Refusal::WrongState {
            subject: format!("{} ({})", guest.label(), guest.vmid),
            verb: power.to_string(),
            why: why.to_owned(),
        }),
    }
}

async fn plan(cx: &Cx, power: Power, ask: Ask) -> Result<Outcome, Trouble> {
    let guests = meant(cx, &ask).await?;
    let found = futures::future::join_all(guests.iter().map(|g| cx.guest_now(g))).await;
    let mut jobs = Vec::new();
    let mut rows: Vec<Value> = Vec::new();
    let mut already: Vec<Value> = Vec::new();
    let mut state: Vec<Value> = Vec::new();
    for found in found {
        let Found { guest, now, .. } = &found?;
        let Some(step) = decide(power, guest, now.status, ask.timeout)? else {
            already.push(json!({ "label": guest.label(), "vmid": guest.vmid, "status": now.status.as_str() }));
            continue;
        };
        let owner = direttore_store::owner::get(&mut cx.store.read().await?, &guest.cluster, guest.vmid).await?;
        let running = now.status != GuestStatus::Stopped;
        state.push(json!([guest.cluster, guest.vmid, guest.name, guest.node, now.status]));
        rows.push(json!({
            "label": guest.label(),
            "vmid": guest.vmid,
            "kind": guest.kind.to_string(),
            "node": guest.node,
            "status": now.status.as_str(),
            "owner": owner.map(|o| o.account),
            "since": running.then(|| cx.clock.now() - Duration::from_secs(now.uptime)),
        }));
        let title = format!("{power} {} ({})", guest.label(), guest.vmid);
        jobs.push(JobPlan::new(title, super::cx::subject(guest), vec![Step::PowerGuest(step)]));
    }
    let data = json!({ "verb": power.as_str(), "guests": rows, "already": already, "reason": ask.reason });
    if jobs.is_empty() {
        return Ok(Say::new("power_already", data).into());
    }
    let target = jobs.iter().map(|j| format!("guest {}", j.subject)).collect::<Vec<_>>().join(", ");
    Ok(Plan { state: Value::Array(state), jobs, ..Plan::new(target, Say::new("power", data)) }.into())
}

/// The guests named, or those with the tag that grants reach; each once.
async fn meant(cx: &Cx, ask: &Ask) -> Result<Vec<GuestRef>, Trouble> {
    let mut guests = Vec::new();
    for named in &ask.guest {
        let (_, guest) = cx.guest(named).await?;
        guests.push(guest);
    }
    if let Some(tag) = &ask.tag {
        let sight = cx.sight(None).await?;
        let tagged = sight.guests().filter(|g| g.tags.contains(tag) && !g.is_template);
        let reached: Vec<Guest> =
            tagged.filter(|g| cx.reaches(direttore_domain::policy::touches(g))).cloned().collect();
        if reached.is_empty() && guests.is_empty() {
            return Err(Refusal::NothingFits { what: format!("tag={tag}") }.into());
        }
        guests.extend(reached);
    }
    let mut seen = std::collections::HashSet::new();
    guests.retain(|g| seen.insert((g.cluster.clone(), g.vmid)));
    if guests.len() > MOST {
        return Err(Refusal::TooManyAtOnce { what: "guests", given: guests.len(), max: MOST }.into());
    }
    let exact = |g: &Guest| format!("{}/{}", g.cluster, g.vmid).parse::<GuestRef>();
    guests.iter().map(|g| exact(g).map_err(Trouble::bug)).collect()
}
