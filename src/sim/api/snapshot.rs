//! Snapshots of a guest.

use super::{Call, Handled, No, config, data};
use crate::world::{Guest, Work};
use direttore_domain::GuestKind::Vm;
use serde_json::{Value, json};

pub fn list(call: &mut Call<'_>) -> Handled {
    let guest = call.guest()?;
    let mut rows: Vec<Value> = guest
        .snapshots
        .iter()
        .map(|(name, snapshot)| {
            let mut row = json!({"name": name, "description": snapshot.description, "snaptime": snapshot.taken / 1000});
            if guest.kind == Vm {
                row["vmstate"] = json!(u8::from(snapshot.has_memory));
            }
            put_parent(&mut row, snapshot.parent.as_ref());
            row
        })
        .collect();
    let mut current = json!({
        "name": "current",
        "description": "You are here!",
        "digest": guest.digest(),
        "running": u8::from(guest.is_running()),
    });
    put_parent(&mut current, guest.parent.as_ref());
    rows.push(current);
    data(rows)
}

fn put_parent(row: &mut Value, parent: Option<&String>) {
    if let Some(parent) = parent {
        row["parent"] = json!(parent);
    }
}

pub fn create(call: &mut Call<'_>) -> Handled {
    let name = call.args.must("snapname").to_owned();
    let reserved = if call.kind == Vm { ["current", "pending"] } else { ["current", "vzdump"] };
    if reserved.contains(&name.as_str()) {
        return Err(No::business(format!("unable to use snapshot name '{name}' (reserved name)")));
    }
    check_container_lock(call.guest()?)?;
    let description = call.args.text("description").unwrap_or_default().to_owned();
    let with_memory = call.args.flag("vmstate");
    call.guest_task("snapshot", Work::Snapshot { name, description, with_memory })
}

pub fn delete(call: &mut Call<'_>) -> Handled {
    check_container_lock(call.guest()?)?;
    let name = call.args.must("snapname").to_owned();
    let is_forced = call.args.flag("force");
    call.guest_task("delsnapshot", Work::DeleteSnapshot { name, is_forced })
}

pub fn rollback(call: &mut Call<'_>) -> Handled {
    let start = call.args.flag("start");
    let vmid = call.vmid();
    if start {
        call.check(&format!("/vms/{vmid}"), &["VM.PowerMgmt"])?;
    }
    check_container_lock(call.guest()?)?;
    let name = call.args.must("snapname").to_owned();
    call.guest_task("rollback", Work::Rollback { name, start })
}

/// A locked container is refused by the call, a locked VM by the task.
fn check_container_lock(guest: &Guest) -> Result<(), No> {
    if guest.kind == Vm { Ok(()) } else { Ok(guest.check_lock()?) }
}

/// What lies below one snapshot's path.
pub fn index(call: &mut Call<'_>) -> Handled {
    let _ = call;
    data(json!([{"cmd": "rollback"}, {"cmd": "config"}]))
}

pub fn config(call: &mut Call<'_>) -> Handled {
    let name = call.args.must("snapname");
    let guest = call.guest()?;
    let snapshot = guest.snapshots.get(name).ok_or_else(|| missing(name))?;
    let mut shown = config::shown(guest.kind, &snapshot.config);
    shown["description"] = json!(snapshot.description);
    shown["snaptime"] = json!(snapshot.taken / 1000);
    put_parent(&mut shown, snapshot.parent.as_ref());
    data(shown)
}

pub fn describe(call: &mut Call<'_>) -> Handled {
    let name = call.args.must("snapname").to_owned();
    let description = call.args.text("description").map(str::to_owned);
    let guest = call.guest_mut()?;
    guest.check_lock()?;
    let snapshot = guest.snapshots.get_mut(&name).ok_or_else(|| missing(&name))?;
    if let Some(description) = description {
        snapshot.description = description;
    }
    data(Value::Null)
}

pub fn missing(name: &str) -> No {
    No::business(format!("snapshot '{name}' does not exist"))
}
