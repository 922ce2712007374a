//! `/guest delete`: the end of a guest. A running one is stopped first; both stand in the question.

use crate::{
    handlers::Cx,
    jobs::steps::{DeleteGuest, ForgetGuest, GuestId, PowerGuest, Step},
    lab::mark,
    plan::{JobPlan, Outcome, Plan, Say},
};
use direttore_domain::{GuestRef, GuestStatus, Power, Refusal, Trouble};
use serde::Deserialize;
use serde_json::json;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Input {
    guest: GuestRef,
    reason: Option<String>,
}

pub async fn plan(cx: &Cx, ask: Input) -> Result<Outcome, Trouble> {
    let found = cx.guest_now(&ask.guest).await?;
    let (at, guest, now) = (found.at(), &found.guest, &found.now);
    let config = found.cluster.client.guest_config(&at).await.map_err(|e| found.cluster.failure(&e))?;
    let refuse = |why: &str| Refusal::WrongState {
        subject: format!("{} ({})", guest.label(), guest.vmid),
        verb: "be deleted".into(),
        why: why.into(),
    };
    if config.values.get("protection").is_some_and(|v| v == "1") {
        return Err(refuse("it is protected; switch protection off in Proxmox first").into());
    }
    if now.is_ha_managed {
        return Err(refuse("the HA manager looks after it; remove it from HA first").into());
    }
    if let Some(lock) = &now.lock {
        return Err(refuse(&format!("it is locked ({lock})")).into());
    }
    let mark = mark(&config);
    let owner = super::owner::of(cx, guest, &mark).await?;
    let running = now.status != GuestStatus::Stopped;
    let id = GuestId::from(guest);
    let mut steps = Vec::new();
    if running {
        steps.push(Step::PowerGuest(PowerGuest {
            power: Power::Stop,
            restart_on_undo: true,
            ..PowerGuest::new(id.clone(), Power::Stop)
        }));
    }
    steps.push(Step::DeleteGuest(DeleteGuest { guest: id.clone(), mark: mark.clone() }));
    steps.push(Step::ForgetGuest(ForgetGuest { guest: id, mark: mark.clone() }));
    let name = guest.name.clone().unwrap_or_else(|| guest.vmid.to_string());
    let since = running.then(|| cx.clock.now() - std::time::Duration::from_secs(now.uptime));
    let question = Say::new(
        "guest_delete",
        json!({ "guest": guest, "label": guest.label(), "kind": guest.kind.to_string(), "owner": owner, "since": since, "reason": ask.reason }),
    );
    let job = JobPlan { title: format!("delete {} ({})", guest.label(), guest.vmid), subject: found.subject(), steps };
    Ok(Plan {
        typed_name: Some(name),
        state: json!([guest.name, guest.node, guest.vmid, mark, running, owner]),
        jobs: vec![job],
        ..Plan::new(format!("guest {}", found.subject()), question)
    }
    .into())
}
