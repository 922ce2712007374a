//! Start, stop, shutdown, reboot, reset, suspend and resume of a guest.

use super::{Call, Handled, No};
use crate::world::{Guest, PowerState, Work};
use direttore_domain::GuestKind::{Container, Vm};

pub fn start(call: &mut Call<'_>) -> Handled {
    call.check_skiplock()?;
    check_inner(call, &["stateuri", "migratedfrom", "migration_type", "migration_network", "targetstorage"])?;
    let guest = call.guest()?;
    if guest.kind == Container {
        if guest.is_running() {
            return Err(already_running(guest));
        }
        check_container_lock(guest)?;
    }
    if guest.ha.is_some() {
        return ask_ha(call, "start");
    }
    call.guest_task("start", Work::Start)
}

pub fn stop(call: &mut Call<'_>) -> Handled {
    call.check_skiplock()?;
    check_inner(call, &["keepActive", "migratedfrom"])?;
    check_running(call)?;
    if call.guest()?.ha.is_some() {
        return ask_ha(call, "stop");
    }
    if call.args.flag("overrule-shutdown") {
        end_shutdowns(call);
    }
    check_container_lock(call.guest()?)?;
    call.guest_task("stop", Work::Stop)
}

pub fn shutdown(call: &mut Call<'_>) -> Handled {
    call.check_skiplock()?;
    check_inner(call, &["keepActive"])?;
    check_running(call)?;
    let is_forced = call.args.flag("forceStop");
    if !is_forced {
        check_not_paused(call)?;
    }
    if call.guest()?.ha.is_some() {
        return ask_ha(call, "stop");
    }
    check_container_lock(call.guest()?)?;
    call.guest_task("shutdown", Work::Shutdown { is_forced })
}

pub fn reboot(call: &mut Call<'_>) -> Handled {
    check_running(call)?;
    check_not_paused(call)?;
    check_container_lock(call.guest()?)?;
    call.guest_task("reboot", Work::Reboot)
}

pub fn reset(call: &mut Call<'_>) -> Handled {
    call.check_skiplock()?;
    check_running(call)?;
    call.guest_task("reset", Work::Reset)
}

pub fn suspend(call: &mut Call<'_>) -> Handled {
    call.check_skiplock()?;
    check_running(call)?;
    if !call.args.flag("todisk") {
        let verb = if call.kind == Vm { "pause" } else { "suspend" };
        return call.guest_task(verb, Work::Suspend);
    }
    let vmid = call.vmid();
    call.check(&format!("/vms/{vmid}"), &["VM.Config.Disk"])?;
    let storage = call.args.text("statestorage").unwrap_or("local-lvm").to_owned();
    call.check(&format!("/storage/{storage}"), &["Datastore.AllocateSpace"])?;
    if call.guest()?.ha.is_some() {
        return Err(No::business(format!("VM {vmid} is managed by HA, cannot suspend it to disk")));
    }
    call.guest_task("suspend", Work::SuspendToDisk)
}

pub fn resume(call: &mut Call<'_>) -> Handled {
    call.check_skiplock()?;
    check_inner(call, &["nocheck"])?;
    if call.guest()?.lock.as_deref() != Some("suspended") {
        check_running(call)?;
    }
    call.guest_task("resume", Work::Resume)
}

/// Parameters with which the nodes talk to each other.
fn check_inner(call: &Call<'_>, names: &[&str]) -> Result<(), No> {
    match names.iter().find(|name| call.args.has(name)) {
        Some(name) if !call.who.is_root() => Err(No::parameter(name, "Only root may use this option.")),
        _ => Ok(()),
    }
}

fn already_running(guest: &Guest) -> No {
    No::business(format!("{} {} already running", guest.word(), guest.vmid))
}

fn check_running(call: &Call<'_>) -> Result<(), No> {
    let guest = call.guest()?;
    if guest.is_running() { Ok(()) } else { Err(No::business(format!("{} {} not running", guest.word(), guest.vmid))) }
}

fn check_not_paused(call: &Call<'_>) -> Result<(), No> {
    let guest = call.guest()?;
    if guest.power == PowerState::Paused { Err(No::business("VM is paused - cannot shutdown")) } else { Ok(()) }
}

/// A locked container is refused by the call, a locked VM by the task.
fn check_container_lock(guest: &Guest) -> Result<(), No> {
    if guest.kind == Container { Ok(guest.check_lock()?) } else { Ok(()) }
}

/// The task ends when the request is filed; the guest acts later.
fn ask_ha(call: &mut Call<'_>, verb: &str) -> Handled {
    let wanted = if verb == "start" { "started" } else { "stopped" };
    call.guest_mut()?.ha = Some(wanted.into());
    call.task(&format!("ha{verb}"), Work::AskHa)
}

/// A stop that overrules ends the shutdown that waits for the guest.
fn end_shutdowns(call: &mut Call<'_>) {
    let (vmid, user) = (call.vmid(), call.who.full());
    let may_all = call.may(&format!("/nodes/{}", call.node()), "Sys.Modify");
    let world = &mut *call.world;
    let of_it = |i: &usize| {
        let task = &world.tasks[*i];
        matches!(task.work, Work::Shutdown { .. }) && task.vmid == Some(vmid) && (may_all || task.user == user)
    };
    let waiting: Vec<usize> = world.active.iter().copied().filter(of_it).collect();
    for i in waiting {
        world.interrupt(i, call.now, "received interrupt");
    }
}
