//! What a line of the fault grammar changes.

use super::State;
use crate::{
    fault::{Faults, GuestChange, Told},
    world::{Bridge, NodePower, PlannedFailure, PowerState, World},
};

/// # Errors
/// There is no such node or guest.
pub fn obey(state: &mut State, told: Told, now: u64) -> Result<(), String> {
    let State { world, faults, .. } = &mut *state;
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
            nodes(world, Some(&node))?;
            faults.latency.insert(node, wait);
        }
        Told::FailTasks { node, word, text, times } => {
            nodes(world, node.as_deref())?;
            world.planned.push(PlannedFailure { node, word, text, times });
        }
        Told::Token { is_revoked } => {
            let token = world.users.users.get_mut("direttore@pve").and_then(|u| u.tokens.get_mut("bot"));
            token.ok_or("the bot's token was removed")?.is_revoked = is_revoked;
        }
        Told::Node { node, is_online } => {
            nodes(world, Some(&node))?;
            match world.nodes.get_mut(&node) {
                // Switched off, it has to start first.
                Some(there) if is_online && there.power == NodePower::Off => world.node_starts(&node, now),
                Some(there) => there.power = if is_online { NodePower::Online } else { NodePower::Unreachable },
                None => {}
            }
            state.publish(now);
        }
        Told::Guest { vmid, change } => change_guest(world, vmid, change, now)?,
        Told::Taken { vmid } if world.guests.contains_key(&vmid) => {
            return Err(format!("there is a guest {vmid} already"));
        }
        Told::Taken { vmid } => world.add_stranger(vmid),
        Told::Full { node, storage, is_full } => {
            let storage = known_storage(world, &storage)?;
            for node in nodes(world, node.as_deref())? {
                let place = (node, storage.clone());
                let _ = if is_full { world.full.insert(place) } else { world.full.remove(&place) };
            }
            state.publish(now);
        }
        Told::Content { storage, content } => {
            let storage = known_storage(world, &storage)?;
            world.storages.entry(storage).and_modify(|s| s.content = content);
        }
        Told::VolumeGone { node, volid } => {
            let nodes = nodes(world, node.as_deref())?;
            let before = world.volumes.len();
            world.volumes.retain(|v| !(nodes.contains(&v.node) && v.volid() == volid));
            if world.volumes.len() == before {
                return Err(format!("there is no volume {volid}"));
            }
        }
        Told::Bridge { node, bridge, becomes } => {
            for node in nodes(world, node.as_deref())? {
                let Some(node) = world.nodes.get_mut(&node) else { continue };
                match becomes {
                    Some(is_vlan_aware) => drop(node.bridges.insert(bridge.clone(), Bridge { is_vlan_aware })),
                    None => drop(node.bridges.remove(&bridge)),
                }
            }
        }
    }
    Ok(())
}

fn known_storage(world: &World, name: &str) -> Result<String, String> {
    match world.storages.get_key_value(name) {
        Some((name, _)) => Ok(name.clone()),
        None => Err(format!("there is no storage {name}; there are {}", joined(world.storages.keys()))),
    }
}

/// The node of that name, or all.
fn nodes(world: &World, name: Option<&str>) -> Result<Vec<String>, String> {
    match name {
        None => Ok(world.nodes.keys().cloned().collect()),
        Some(name) if world.nodes.contains_key(name) => Ok(vec![name.to_owned()]),
        Some(name) => Err(format!("there is no node {name}; there are {}", joined(world.nodes.keys()))),
    }
}

fn joined<'a>(names: impl Iterator<Item = &'a String>) -> String {
    names.map(String::as_str).collect::<Vec<_>>().join(", ")
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
        GuestChange::Agent(answers) => guest.is_mute = !answers,
        GuestChange::Seen(address) => guest.seen.push(address),
    }
    Ok(())
}
