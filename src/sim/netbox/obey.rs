//! What a line of the fault grammar changes.

use super::{
    fault::{Faults, Told},
    net::Net,
    seed::BOT,
    serve::State,
    table,
    world::{Fields, World, Write},
};
use serde_json::{Value, json};
use std::time::Instant;

/// # Errors
/// There is no such thing, or NetBox would not allow it.
pub fn obey(state: &mut State, told: Told) -> Result<(), String> {
    let State { world, faults, down } = state;
    match told {
        Told::Down(time) => *down = Some(time.map(|t| Instant::now() + t)),
        Told::Up => *down = None,
        Told::Latency(latency) => faults.latency = latency,
        Told::Strike(fault) => faults.waiting.push(fault),
        Told::Clear => {
            *faults = Faults::default();
            *down = None;
        }
        Told::Token { is_revoked } => {
            for id in tokens(world)? {
                if let Some(secret) = world.secrets.get_mut(&id) {
                    secret.is_revoked = is_revoked;
                }
            }
        }
        Told::Write { is_allowed } => {
            for id in tokens(world)? {
                world.set("users.token", id, "write_enabled", is_allowed);
            }
        }
        Told::Permission { kind, action, is_given } => permission(world, &kind, &action, is_given)?,
        other => {
            world.writer.name = "somebody".into();
            change(world, other)?;
        }
    }
    Ok(())
}

/// Those of the bot.
fn tokens(world: &World) -> Result<Vec<u64>, String> {
    let bot = world.find("users.user", |u| u.text("username") == BOT).map(|(id, _)| id);
    let bot = bot.ok_or_else(|| format!("there is no user {BOT}"))?;
    Ok(world.all("users.token").filter(|(_, t)| t.id("user") == Some(bot)).map(|(id, _)| id).collect())
}

fn permission(world: &mut World, kind: &str, action: &str, is_given: bool) -> Result<(), String> {
    if table::model(kind).is_none() && kind != "core.objectchange" {
        return Err(format!("there is no {kind}"));
    }
    let bot = world.find("users.user", |u| u.text("username") == BOT).map(|(id, _)| id);
    let user = bot.and_then(|id| world.users.get_mut(&id)).ok_or_else(|| format!("there is no user {BOT}"))?;
    let mut of_action = user.permissions.iter_mut().filter(|p| p.actions.iter().any(|a| a == action)).peekable();
    if of_action.peek().is_none() {
        return Err(format!(
            "the bot has no permission for {action}; right is view, add, change, delete or render_config"
        ));
    }
    for permission in of_action {
        permission.kinds.retain(|k| k != kind);
        if is_given {
            permission.kinds.push(kind.to_owned());
        }
    }
    Ok(())
}

/// What somebody else does.
fn change(world: &mut World, told: Told) -> Result<(), String> {
    let make = |world: &mut World, kind: &str, body: Value| {
        let model = table::model(kind).ok_or("there is no such kind")?;
        let body = body.as_object().cloned().unwrap_or_default();
        let object = world.draft(model, &body).map_err(|why| why.to_string())?;
        world.insert(model, object);
        Ok::<(), String>(())
    };
    match told {
        Told::Take { address, vrf } => {
            let vrf = match vrf {
                None => None,
                Some(name) => {
                    let found = world.find("ipam.vrf", |v| v.text("name") == name || v.text("rd") == name);
                    Some(found.ok_or_else(|| format!("there is no VRF {name}"))?.0)
                }
            };
            make(
                world,
                "ipam.ipaddress",
                json!({"address": address, "vrf": vrf, "description": "taken by somebody else"}),
            )
        }
        Told::Release { address } => {
            let net = Net::parse(&address).ok_or_else(|| format!("{address:?} is no address"))?;
            let is_it = |n: Net| (n.bits, n.address) == (net.bits, net.address);
            let found = world.find("ipam.ipaddress", |o| o.net.is_some_and(is_it)).map(|(id, _)| id);
            let id = found.ok_or_else(|| format!("there is no address {address}"))?;
            world.delete("ipam.ipaddress", id)
        }
        Told::Vm { name, is_gone } => {
            let kind = "virtualization.virtualmachine";
            if !is_gone {
                let cluster = world.all("virtualization.cluster").next().map(|(id, _)| id);
                return make(
                    world,
                    kind,
                    json!({"name": name, "cluster": cluster, "description": "made by somebody else"}),
                );
            }
            let found = world.find(kind, |o| o.text("name") == name).map(|(id, _)| id);
            let id = found.ok_or_else(|| format!("there is no virtual machine {name}"))?;
            world.delete(kind, id)
        }
        Told::Prefix { prefix, field, value } => {
            let model = table::model("ipam.prefix").ok_or("there are no prefixes")?;
            let found = world.find(model.kind, |o| o.text("prefix") == prefix).map(|(id, _)| id);
            let id = found.ok_or_else(|| format!("there is no prefix {prefix}"))?;
            let body = Fields::from_iter([(field.to_owned(), json!(value))]);
            let object = world.redraft(model, id, Write::Some, &body).map_err(|why| why.to_string())?;
            world.replace(model, id, object);
            Ok(())
        }
        _ => Ok(()),
    }
}
