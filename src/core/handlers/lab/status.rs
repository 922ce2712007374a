//! `/lab status`: nodes with their load, and totals.

use crate::{
    handlers::{Cx, node},
    plan::{Outcome, Picture, Say},
};
use direttore_domain::{ClusterName, GuestStatus, NodeStatus, Trouble};
use serde::Deserialize;
use serde_json::json;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Input {
    cluster: Option<ClusterName>,
    /// Kept fresh by the surface, which asks again.
    #[serde(default)]
    live: bool,
}

pub async fn plan(cx: &Cx, ask: Input) -> Result<Outcome, Trouble> {
    let sight = cx.sight(ask.cluster.as_ref()).await?;
    let rows = node::rows(cx, &sight);
    let reached = |g: &&direttore_domain::Guest| !g.is_template && cx.reaches(direttore_domain::policy::touches(g));
    let guests = sight.guests().filter(reached).count();
    let running = sight.guests().filter(reached).filter(|g| g.status == GuestStatus::Running).count();
    let (nodes, online) = (sight.nodes().count(), sight.nodes().filter(|n| n.status == NodeStatus::Online).count());
    // Weighed by the processors of the nodes that told their load.
    let (loaded, told) = sight
        .nodes()
        .filter_map(|n| n.cpu.zip(n.cores))
        .fold((0.0, 0.0), |(loaded, told), (cpu, cores)| (loaded + cpu * cores, told + cores));
    let sum = |f: fn(&direttore_domain::Node) -> Option<u64>| sight.nodes().filter_map(f).sum::<u64>();
    let clusters: Vec<String> =
        sight.views.iter().filter_map(|v| v.nodes.first()).map(|n| n.cluster.to_string()).collect();
    let data = json!({
        "rows": rows,
        "clusters": clusters,
        "nodes": nodes,
        "online": online,
        "guests": guests,
        "running": running,
        "cores": sight.nodes().filter_map(|n| n.cores).sum::<f64>(),
        "cpu": (told > 0.0).then(|| loaded / told),
        "memory": sum(|n| n.memory),
        "memory_used": sum(|n| n.memory_used),
        "disk": sum(|n| n.disk),
        "disk_used": sum(|n| n.disk_used),
        "as_of": sight.views.iter().map(|v| v.as_of).min(),
        "stale": super::stale(&sight),
        "live": ask.live,
    });
    let picture = cx.shows_pictures.then(|| Picture { template: "lab_status", data: data.clone() });
    Ok(Say::new("lab_status", data).with_picture(picture).into())
}
