//! `/guest backup`: a backup of a guest, now. Older ones stay.

use super::parts::work::{about, called, config, disks, free, storage, storages, total, unlocked};
use crate::{
    handlers::Cx,
    jobs::steps::{BackupGuest, GuestId, Step},
    lab::mark,
    plan::{JobPlan, Outcome, Plan, Say},
};
use direttore_clients::proxmox::BackupMode;
use direttore_domain::{GuestRef, GuestStatus, Refusal, Storage, StorageName, Trouble};
use serde::Deserialize;
use serde_json::json;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Input {
    guest: GuestRef,
    storage: Option<StorageName>,
    #[serde(default)]
    mode: BackupMode,
    notes: Option<String>,
    #[serde(default)]
    protect: bool,
}

pub async fn plan(cx: &Cx, ask: Input) -> Result<Outcome, Trouble> {
    let found = cx.guest_now(&ask.guest).await?;
    let guest = &found.guest;
    // One that is backed up just now can be waited for; anything else holds it for who knows how long.
    let is_busy = found.now.lock.as_deref() == Some("backup");
    if !is_busy {
        unlocked(&found, "be backed up")?;
    }
    let (config, all) = futures::join!(config(&found), storages(&found.cluster, &guest.node));
    let (config, all) = (config?, all?);
    let takes = |s: &&Storage| s.is_available && s.content.iter().any(|c| c == "backup");
    let onto =
        match &ask.storage {
            Some(name) => storage(&all, &guest.node, name, "backup")?,
            None => all.iter().filter(takes).max_by_key(|s| (free(s), s.name.clone())).ok_or_else(|| {
                Refusal::NothingFits { what: format!("a storage of {} that takes backups", guest.node) }
            })?,
        };
    let size = total(&disks(&config)).mib << 20;
    let own = mark(&config);
    let owner = super::owner::of(cx, guest, &own).await?;
    let runs = found.now.status != GuestStatus::Stopped;
    let step = BackupGuest {
        guest: GuestId::from(guest),
        storage: onto.name.clone(),
        mode: ask.mode,
        notes: ask.notes.clone(),
        protect: ask.protect,
    };
    let extra = json!({
        "storage": onto.name, "chosen": ask.storage.is_none(), "free": free(onto), "size": size,
        "is_tight": free(onto) < size, "mode": ask.mode.as_str(), "runs": runs, "is_busy": is_busy,
        "notes": ask.notes, "protect": ask.protect,
    });
    let question = Say::new("guest_backup", about(cx, &found, owner.as_ref(), extra));
    let title = format!("back up {} to {}", called(guest), onto.name);
    let job = JobPlan::new(title, found.subject(), vec![Step::BackupGuest(step)]);
    Ok(Plan {
        state: json!([guest.vmid, guest.node, own, runs]),
        jobs: vec![job],
        ..Plan::new(format!("guest {}", found.subject()), question)
    }
    .into())
}
