//! The world as tests look at it: without times and numbers that differ between two runs that did the same.

use super::World;
use serde::Serialize;
use serde_json::{Value, json};

/// A task as tests count it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TaskSeen {
    pub upid: String,
    /// `qmstart`, `vzsnapshot`, …
    pub task_type: String,
    pub vmid: Option<u32>,
    pub node: String,
    /// `user@realm` or `user@realm!token`.
    pub user: String,
    /// `None` while it runs.
    pub exit: Option<String>,
}

impl World {
    pub fn view(&self) -> Value {
        let nodes: serde_json::Map<String, Value> = self
            .nodes
            .iter()
            .map(|(name, node)| (name.clone(), json!({"status": if node.is_online() { "online" } else { "offline" }})))
            .collect();
        let guests: serde_json::Map<String, Value> = self
            .guests
            .iter()
            .map(|(vmid, guest)| {
                let snapshots: serde_json::Map<String, Value> = guest.snapshots.iter().map(|(name, s)| {
                (name.clone(), json!({
                    "parent": s.parent, "description": s.description, "memory": s.has_memory, "config": s.config,
                }))
            }).collect();
                let seen = json!({
                    "kind": guest.kind.api_name(), "node": guest.node, "status": guest.power, "lock": guest.lock,
                    "pool": guest.pool, "ha": guest.ha, "config": guest.config, "pending": guest.pending,
                    "snapshots": snapshots, "parent": guest.parent,
                });
                (vmid.to_string(), seen)
            })
            .collect();
        let volumes: Vec<Value> = self
            .volumes
            .iter()
            .map(|v| {
                // A backup's name has its moment in it.
                let name = if v.content == "backup" { &v.name[..v.name.len().min(20)] } else { &v.name };
                json!({"node": v.node, "storage": v.storage, "name": name, "vmid": v.vmid})
            })
            .collect();
        json!({"nodes": nodes, "guests": guests, "volumes": volumes})
    }

    pub fn tasks_seen(&self) -> Vec<TaskSeen> {
        let seen = |task: &super::Task| TaskSeen {
            upid: task.upid.clone(),
            task_type: task.task_type.clone(),
            vmid: task.vmid,
            node: task.node.clone(),
            user: task.user.clone(),
            exit: task.exit.clone(),
        };
        self.tasks.iter().map(seen).collect()
    }
}
