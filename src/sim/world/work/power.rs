//! Start, stop, shutdown, reboot, reset, suspend and resume.

use super::{Begun, Finished, Work, guest};
use crate::world::{PowerState, Task, World};
use direttore_domain::GuestKind;

pub fn begin(work: &Work, world: &mut World, task: &Task) -> Begun {
    let unplugged = task.vmid.and_then(|vmid| world.why_unplugged(vmid));
    let guest = guest(world, task)?;
    let (word, vmid) = (guest.word(), guest.vmid);
    let not_running = || Err(format!("{word} {vmid} not running"));
    let is_suspended = guest.lock.as_deref() == Some("suspended");
    if !is_suspended {
        guest.check_lock()?;
    }
    match work {
        Work::Start if guest.is_template() => {
            let word = if guest.kind == GuestKind::Vm { "vm" } else { "CT" };
            Err(format!("you can't start a {word} if it's a template"))
        }
        Work::Start if guest.is_running() => Err(format!("{word} {vmid} already running")),
        Work::Start if unplugged.is_some() => {
            let why = unplugged.unwrap_or_default();
            Err(match guest.kind {
                GuestKind::Vm => format!("{why}\nstart failed: QEMU exited with code 1"),
                GuestKind::Container => format!("{why}\nstartup for container '{vmid}' failed"),
            })
        }
        Work::Stop | Work::Shutdown { .. } | Work::Reboot | Work::Reset | Work::Suspend | Work::SuspendToDisk
            if !guest.is_running() =>
        {
            not_running()
        }
        Work::Resume if !guest.is_running() && !is_suspended => not_running(),
        Work::SuspendToDisk => {
            guest.lock = Some("suspending".into());
            Ok(vec!["saving the state of the memory".into()])
        }
        Work::Shutdown { .. } if guest.kind == GuestKind::Container => {
            Ok(vec!["asked the container to shut down".into()])
        }
        Work::Reboot => Ok(vec![format!("requesting reboot of {word} {vmid}")]),
        _ => Ok(Vec::new()),
    }
}

pub fn finish(work: &Work, world: &mut World, task: &Task, at: u64) -> Finished {
    let guest = guest(world, task)?;
    let is_suspended = guest.lock.as_deref() == Some("suspended");
    match work {
        Work::Start | Work::Reboot => guest.start(at),
        Work::Reset => guest.power = PowerState::Running,
        Work::Stop | Work::Shutdown { .. } => guest.stop(),
        Work::Suspend => guest.power = PowerState::Paused,
        Work::SuspendToDisk => {
            guest.power = PowerState::Stopped;
            guest.lock = Some("suspended".into());
            return Ok(());
        }
        Work::Resume if is_suspended => guest.start(at),
        Work::Resume => guest.power = PowerState::Running,
        _ => {}
    }
    if is_suspended {
        guest.lock = None;
    }
    Ok(())
}
