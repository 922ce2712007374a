//! `/snapshot …`.

pub mod create;
pub mod delete;
pub mod list;
pub mod rollback;

use super::{Cx, cx::Found};
use direttore_clients::proxmox::Snapshot;
use direttore_domain::{GuestStatus, Refusal, SnapshotName, Trouble, nearest::nearest};

/// All snapshots of a guest.
async fn all(found: &Found) -> Result<Vec<Snapshot>, Trouble> {
    found.cluster.client.snapshots(&found.at()).await.map_err(|e| found.cluster.failure(&e).into())
}

/// The snapshot of that name.
async fn find(found: &Found, name: &SnapshotName) -> Result<Snapshot, Trouble> {
    let all = all(found).await?;
    if let Some(snapshot) = all.iter().find(|s| &s.name == name) {
        return Ok(snapshot.clone());
    }
    let has: Vec<String> = all.iter().map(|s| s.name.to_string()).collect();
    let nearest = nearest(name.as_str(), has.iter().map(String::as_str)).map(str::to_owned);
    Err(Refusal::NoSuch { what: "snapshot", given: name.to_string(), nearest, has }.into())
}

/// A guest that something else holds cannot be touched now.
fn unlocked(found: &Found, verb: &str) -> Result<(), Trouble> {
    let guest = &found.guest;
    let refuse = |why: String| Refusal::WrongState {
        subject: format!("{} ({})", guest.label(), guest.vmid),
        verb: verb.to_owned(),
        why,
    };
    if guest.is_template {
        return Err(refuse("it is a template".into()).into());
    }
    match &found.now.lock {
        Some(lock) => Err(refuse(format!("it is locked ({lock})")).into()),
        None => Ok(()),
    }
}

fn target(found: &Found, name: &SnapshotName) -> String {
    format!("snapshot {}/{name}", found.subject())
}

/// What every question about a snapshot shows.
async fn question(
    cx: &Cx,
    found: &Found,
    template: &'static str,
    extra: serde_json::Value,
) -> Result<crate::plan::Say, Trouble> {
    let guest = &found.guest;
    let owner = direttore_store::owner::get(&mut cx.store.read().await?, &guest.cluster, guest.vmid).await?;
    let mut data = serde_json::json!({
        "label": guest.label(),
        "vmid": guest.vmid,
        "kind": guest.kind.to_string(),
        "node": guest.node,
        "status": found.now.status.as_str(),
        "since": (found.now.status != GuestStatus::Stopped)
            .then(|| cx.clock.now() - std::time::Duration::from_secs(found.now.uptime)),
        "owner": owner.map(|o| o.account),
    });
    if let (Some(data), serde_json::Value::Object(extra)) = (data.as_object_mut(), extra) {
        data.extend(extra);
    }
    Ok(crate::plan::Say::new(template, data))
}
