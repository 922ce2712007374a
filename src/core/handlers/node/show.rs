//! `/node show`: one node as it is now.

use crate::{
    handlers::Cx,
    plan::{Outcome, Say},
    reserve::{Touch, standing},
};
use direttore_domain::{NodeName, NodeStatus, ResourceKey, Trouble};
use serde::Deserialize;
use serde_json::{Value, json};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Input {
    node: NodeName,
}

pub async fn plan(cx: &Cx, ask: Input) -> Result<Outcome, Trouble> {
    let (cluster, node) = super::find(cx, &ask.node).await?;
    let view = cluster.view().await?;
    let guests = super::count(view.guests.iter().map(|e| e.guest.as_ref()), &node.name);
    let storages: Vec<Value> = view
        .storages
        .iter()
        .filter(|s| s.node == node.name)
        .map(|s| {
            json!({
                "storage": s.name,
                "type": s.plugin,
                "content": s.content.join(" "),
                "size": s.size,
                "free": s.size.saturating_sub(s.used),
                "status": if s.is_available { "available" } else { "unknown" },
            })
        })
        .collect();
    let now = match node.status {
        NodeStatus::Online => Some(cluster.client.node_status(&node.name).await.map_err(|e| cluster.failure(&e))?),
        // A node that is gone is shown as last seen: asking it would only wait for the time-out.
        _ => None,
    };
    let touch = Touch {
        key: ResourceKey::Node(node.cluster.clone(), node.name.clone()),
        name: node.name.to_string(),
        under: None,
    };
    let reservations = standing(&mut cx.store.read().await?, &touch, cx.clock.now()).await?;
    let data = json!({
        "reservations": reservations.shown(),
        "node": super::row(&node, guests),
        "now": now.as_ref().map(|n| json!({
            "load": n.load.map(|l| format!("{l:.2}")).join(" "),
            "kernel": n.kernel,
            "version": n.pve_version,
            "uptime": n.uptime,
            "cpu": n.cpu,
            "cores": n.cores,
        })),
        "storages": storages,
    });
    Ok(Say::new("node_show", data).into())
}
