//! `/node …`: the Proxmox hosts.

pub mod list;
pub mod reboot;
pub mod show;
pub mod shutdown;

use super::Cx;
use crate::{
    jobs::steps::{PowerNode, Step},
    lab::Cluster,
    plan::{JobPlan, Outcome, Plan, Say},
    reserve::{Touch, in_force},
};
use direttore_clients::proxmox::NodePower;
use direttore_domain::{
    Guest, GuestStatus, Node, NodeName, NodeStatus, Refusal, ResourceKey, Trouble, grant::Touches, policy,
};
use direttore_store::reservation::Reservation;
use serde_json::{Value, json};
use std::sync::Arc;

/// The node, if the asker's grants reach it.
async fn find(cx: &Cx, name: &NodeName) -> Result<(Arc<Cluster>, Node), Trouble> {
    let found = cx.lab.node(name).await?;
    let touched = Touches::of_node(&found.1.name);
    let command = &cx.command;
    policy::check_touch(&cx.actor, command.permission, &command.path, &cx.channel, &format!("node {name}"), touched)?;
    Ok(found)
}

/// A node as lists and cards show it.
fn row(node: &Node, guests: (usize, usize)) -> Value {
    json!({
        "node": node.name,
        "cluster": node.cluster,
        "status": node.status.to_string(),
        "cores": node.cores,
        "cpu": node.cpu,
        "memory": node.memory,
        "memory_used": node.memory_used,
        "memory_share": share(node.memory_used, node.memory),
        "disk": node.disk,
        "disk_used": node.disk_used,
        "disk_share": share(node.disk_used, node.disk),
        "uptime": node.uptime,
        "running": guests.0,
        "guests": guests.1,
    })
}

fn share(used: Option<u64>, of: Option<u64>) -> Option<f64> {
    match (used, of) {
        (Some(used), Some(of)) if of > 0 => Some(used as f64 / of as f64),
        _ => None,
    }
}

/// Running guests and all guests of a node, templates left out.
fn count<'g>(guests: impl Iterator<Item = &'g Guest>, node: &NodeName) -> (usize, usize) {
    guests
        .filter(|g| &g.node == node && !g.is_template)
        .fold((0, 0), |(running, all), g| (running + usize::from(g.status == GuestStatus::Running), all + 1))
}

/// Each node of a sight with its guests counted, those that grants reach.
pub(super) fn rows(cx: &Cx, sight: &crate::lab::Sight) -> Vec<Value> {
    let reached = sight.nodes().filter(|n| cx.reaches(Touches::of_node(&n.name)));
    reached.map(|n| row(n, count(sight.guests().filter(|g| g.cluster == n.cluster), &n.name))).collect()
}

async fn power(cx: &Cx, name: &NodeName, power: NodePower, reason: Option<String>) -> Result<Outcome, Trouble> {
    let (cluster, node) = find(cx, name).await?;
    let verb = match power {
        NodePower::Shutdown => "shut down",
        NodePower::Reboot => "reboot",
    };
    if node.status != NodeStatus::Online {
        let why = format!("it is {}", node.status);
        return Err(Refusal::WrongState { subject: format!("node {name}"), verb: verb.into(), why }.into());
    }
    let view = cluster.refresh().await?;
    let running: Vec<&Guest> = view
        .guests
        .iter()
        .map(|e| e.guest.as_ref())
        .filter(|g| &g.node == name && g.status != GuestStatus::Stopped)
        .collect();
    let reserved = reserved(cx, &node, &running).await?;
    let labels: Vec<String> = running.iter().map(|g| g.offer()).collect();
    let question = Say::new(
        "node_power",
        json!({ "node": name, "cluster": node.cluster, "verb": verb, "running": labels, "reserved": reserved, "reason": reason }),
    );
    let step = Step::PowerNode(PowerNode { cluster: node.cluster.clone(), node: name.clone(), power });
    let subject = format!("{}/node/{name}", node.cluster);
    let job = JobPlan::new(format!("{verb} node {name}"), subject.clone(), vec![step]);
    Ok(Plan {
        typed_name: Some(name.to_string()),
        state: json!([node.cluster, name, running.iter().map(|g| g.vmid).collect::<Vec<_>>(), reserved]),
        jobs: vec![job],
        ..Plan::new(format!("node {}/{name}", node.cluster), question)
    }
    .into())
}

/// Who has the node or a guest that runs on it now, whoever asks: a clause each.
async fn reserved(cx: &Cx, node: &Node, running: &[&Guest]) -> Result<Vec<Value>, Trouble> {
    let key = ResourceKey::Node(node.cluster.clone(), node.name.clone());
    let mut touches = vec![Touch { key, name: node.name.to_string(), under: None }];
    touches.extend(running.iter().map(|guest| {
        let key = ResourceKey::Guest(guest.cluster.clone(), guest.vmid);
        Touch { key, name: guest.offer(), under: None }
    }));
    let held = in_force(&mut cx.store.read().await?, &touches, None, cx.clock.now()).await?;
    let told = |(held, what): &(Reservation, String)| json!({ "id": held.id, "holder": held.holder, "what": what, "until": held.ends, "maintenance": held.is_maintenance });
    Ok(held.iter().map(told).collect())
}
