//! What a line of the fault grammar changes.

use super::State;
use crate::{
    fault::{Faults, GuestChange, Told},
    world::{NodePower, PlannedFailure, PowerState, World},
};

/// # Errors
/// There is no such node or guest.
pub fn obey(state: &mut State, told: Told, now: u64) -> Result<(), String> {
    let State { world, faults, .. } = &mut *state;
    let known = |node: &str| match world.nodes.contains_key(node) {
        true => Ok(()),
        false => Err(format!(
            "there is no node {node}; there are {}",
            world.nodes.keys().cloned().collect::<Vec<_>>().join(", ")
        )),
    };
    match told {
        Told::Clear => {
            *faults = Faults::default();
            world.planned.clear();
        }
        Told::Strike(fault) => faults.waiting.push(fault),
        Told::Latency { node: None, wait } => {
            faults.latency_of_all = wait;
            if wait.is_zero() {
                faults.latency.clear();
            }
        }
        Told::Latency { node: Some(node), wait } => {
            known(&node)?;
            faults.latency.insert(node, wait);
        }
        Told::FailTasks { node, word, text, times } => {
            node.as_deref().map_or(Ok(()), known)?;
            world.planned.push(PlannedFailure { node, word, text, times });
        }
        Told::Token { is_revoked } => {
            let token = world.users.users.get_mut("direttore@pve").and_then(|u| u.tokens.get_mut("bot"));
            token.ok_or("the bot's token was removed")?.is_revoked = is_revoked;
        }
        Told::Node { node, is_online } => {
            known(&node)?;
            match world.nodes.get_mut(&node) {
                // Switched off, it has to start first.
                Some(there) if is_online && there.power == NodePower::Off => world.node_starts(&node, now),
                Some(there) => there.power = if is_online { NodePower::Online } else { NodePower::Unreachable },
                None => {}
            }
            state.publish(now);
        }
        Told::Guest { vmid, change } => change_guest(world, vmid, change, now)?,
    }
    Ok(())
}

fn change_guest(world: &mut World, vmid: u32, change: GuestChange, now: u64) -> Result<(), String> {
    let guest = world.guests.get_mut(&vmid).ok_or_else(|| format!("there is no guest {vmid}"))?;
    match change {
        GuestChange::Lock(lock) => guest.lock = Some(lock),
        GuestChange::Unlock => guest.lock = None,
        GuestChange::Status("stopped") => guest.stop(),
        GuestChange::Status(status) => {
            if !guest.is_running() {
                guest.start(now);
            }
            guest.power = if status == "paused" { PowerState::Paused } else { PowerState::Running };
        }
        GuestChange::Name(name) => drop(guest.config.insert(guest.name_key().to_owned(), name)),
        GuestChange::Gone => drop(world.guests.remove(&vmid)),
    }
    Ok(())
}
