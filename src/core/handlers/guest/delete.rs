//! `/guest delete`: the end of a guest, and of its records in NetBox. A running one is stopped first; all of it stands
//! in the question.

use crate::{
    handlers::{Cx, cx::Found},
    ipam::{Records, failure, records::own_macs},
    jobs::steps::{DeleteGuest, ForgetGuest, GuestId, PowerGuest, Registered, Step, UnregisterGuest},
    lab::mark,
    plan::{JobPlan, Outcome, Plan, Say},
};
use direttore_clients::proxmox::GuestConfig;
use direttore_domain::{GuestRef, GuestStatus, Power, Refusal, Trouble};
use serde::Deserialize;
use serde_json::{Value, json};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Input {
    guest: GuestRef,
    #[serde(rename = "keep-addresses")]
    keep_addresses: bool,
    reason: Option<String>,
}

pub async fn plan(cx: &Cx, ask: Input) -> Result<Outcome, Trouble> {
    let found = cx.guest_now(&ask.guest).await?;
    let (at, guest, now) = (found.at(), &found.guest, &found.now);
    let config = found.cluster.client.guest_config(&at).await.map_err(|e| found.cluster.failure(&e))?;
    if config.values.get("protection").is_some_and(|v| v == "1") {
        return Err(refuse(&found, "it is protected; switch protection off in Proxmox first").into());
    }
    if now.is_ha_managed {
        return Err(refuse(&found, "the HA manager looks after it; remove it from HA first").into());
    }
    if let Some(lock) = &now.lock {
        return Err(refuse(&found, &format!("it is locked ({lock})")).into());
    }
    let mark = mark(&config);
    let records = records(cx, &found, &config, ask.keep_addresses).await?;
    let unregister = records.as_ref().and_then(unregister);
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
    steps.extend(unregister.clone().map(Step::UnregisterGuest));
    let name = guest.name.clone().unwrap_or_else(|| guest.vmid.to_string());
    let since = running.then(|| cx.clock.now() - std::time::Duration::from_secs(now.uptime));
    let question = Say::new(
        "guest_delete",
        json!({
            "guest": guest,
            "label": guest.label(),
            "kind": guest.kind.to_string(),
            "owner": owner,
            "since": since,
            "reason": ask.reason,
            "netbox": told(records.as_ref(), unregister.as_ref()),
            "kept": ask.keep_addresses && cx.lab.ipam().is_some(),
        }),
    );
    let job = JobPlan::new(format!("delete {} ({})", guest.label(), guest.vmid), found.subject(), steps);
    let doubts = records.map(|r| r.doubts);
    Ok(Plan {
        typed_name: Some(name),
        // What goes in NetBox is in the job itself.
        state: json!([guest.name, guest.node, guest.vmid, mark, running, owner, doubts]),
        jobs: vec![job],
        ..Plan::new(format!("guest {}", found.subject()), question)
    }
    .into())
}

fn refuse(found: &Found, why: &str) -> Refusal {
    Refusal::WrongState {
        subject: format!("{} ({})", found.guest.label(), found.guest.vmid),
        verb: "be deleted".into(),
        why: why.into(),
    }
}

/// What NetBox has of the guest; `None` without a NetBox, or when that is to stay.
async fn records(cx: &Cx, found: &Found, config: &GuestConfig, keep: bool) -> Result<Option<Records>, Trouble> {
    let guest = &found.guest;
    let (Some(ipam), Some(name), false) = (cx.lab.ipam(), &guest.name, keep) else { return Ok(None) };
    let macs = own_macs(guest.kind, config);
    match ipam.records_of(&guest.cluster, name, guest.vmid, &macs).await {
        Ok(records) => Ok(Some(records)),
        // Without knowing what it has there its addresses would stay behind for ever.
        Err(error) => {
            let why = format!("{}; keep-addresses deletes it and leaves what NetBox has of it", failure(&error));
            Err(refuse(found, &why).into())
        }
    }
}

fn unregister(records: &Records) -> Option<UnregisterGuest> {
    let vm = records.vm.as_ref()?;
    let addresses = records.addresses.iter().map(Registered::from).collect();
    Some(UnregisterGuest { vm: vm.id, name: vm.name.clone(), addresses })
}

/// What of NetBox stands in the question.
fn told(records: Option<&Records>, unregister: Option<&UnregisterGuest>) -> Value {
    let Some(records) = records else { return Value::Null };
    let addresses = unregister.iter().flat_map(|u| &u.addresses).map(|a| a.address.to_string());
    json!({
        "vm": unregister.map(|u| &u.name),
        "addresses": addresses.collect::<Vec<_>>(),
        "doubts": records.doubts,
    })
}
