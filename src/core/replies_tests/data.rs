//! What handlers, dispatch and jobs give the templates, as of one small lab.

use serde_json::{Value, json};

/// 2026-02-28 14:05 in Warsaw.
pub const AT: i64 = 1_772_283_900_000;

/// `extra` over `base`.
pub fn with(base: &Value, extra: Value) -> Value {
    let mut data = base.clone();
    if let (Some(data), Value::Object(extra)) = (data.as_object_mut(), extra) {
        data.extend(extra);
    }
    data
}

pub fn asked(base: &Value) -> [Value; 2] {
    [
        with(base, json!({ "asking": true, "changed_since": false })),
        with(base, json!({ "asking": true, "changed_since": true })),
    ]
}

pub fn guest() -> Value {
    json!({ "cluster": "lab", "vmid": 101, "kind": "vm", "node": "pve1", "name": "web1", "status": "running",
        "is_template": false, "cores": 4.0, "cpu": 0.37, "memory": 4_294_967_296_u64, "memory_used": 1_610_612_736,
        "disk": 0, "disk_used": 0, "uptime": 90_061, "pool": "prod", "tags": ["web", "lab"], "lock": null, "ha": null })
}

pub fn stale() -> Value {
    json!([{ "why": "Proxmox cluster lab cannot be reached: timed out", "seen": AT },
        { "why": "Proxmox cluster far cannot be reached: refused", "seen": null }])
}

pub fn node(name: &str) -> Value {
    json!({ "node": name, "cluster": "lab", "status": "online", "cores": 16.0, "cpu": 0.37, "memory": 68_719_476_736_u64,
        "memory_used": 34_359_738_368_u64, "memory_share": 0.5, "disk": 107_374_182_400_u64,
        "disk_used": 10_737_418_240_u64, "disk_share": 0.1, "uptime": 273_600, "running": 12, "guests": 14 })
}

pub fn dark_node() -> Value {
    with(
        &node("pve3"),
        json!({ "status": "offline", "cores": null, "cpu": null, "memory": null, "memory_used": null,
        "memory_share": null, "disk": null, "disk_used": null, "disk_share": null, "uptime": null, "running": 0 }),
    )
}

pub fn power() -> Value {
    json!({ "verb": "stop", "guests": [{ "label": "web1", "vmid": 101, "kind": "VM", "node": "pve1", "status": "running",
        "owner": "alice", "since": AT }], "already": [], "reason": null })
}

pub fn snapshot() -> Value {
    json!({ "label": "web1", "vmid": 101, "kind": "VM", "node": "pve1", "status": "running", "owner": "alice",
        "name": "before-upgrade", "taken": AT, "with_memory": false, "running": true, "start": false, "reason": null })
}

pub fn job() -> Value {
    json!({ "job": "J-3", "title": "start web1 (101)", "who": "alice", "seconds": 3, "status": "running" })
}

pub fn done(what: &str, status: Option<&str>) -> Value {
    json!({ "what": what, "label": "web1", "vmid": 101, "node": status.map(|_| "pve1"), "status": status })
}

pub fn audit_row() -> Value {
    json!({ "time": AT, "who": "alice", "what": "/power stop web1", "target": "guest lab/101", "outcome": "queued" })
}

pub fn job_row() -> Value {
    json!({ "job": "J-3", "what": "start web1 (101)", "who": "alice", "status": "running", "created": AT, "ended": null })
}

pub fn guest_list(stale: &Value) -> Value {
    let row = json!({ "vmid": 101, "name": "web1", "kind": "VM", "node": "pve1", "status": "running", "cores": 4.0,
        "memory": 4_294_967_296_u64, "cpu": 0.37, "tags": "web lab" });
    json!({ "rows": [row], "total": 37, "pages": { "page": 1, "of": 4 }, "stale": stale })
}

pub fn guest_show() -> Value {
    json!({ "guest": guest(), "kind": "VM", "label": "web1", "status": "running", "addresses": ["10.0.0.5", "fd00::5"], "since": AT,
        "owner": "alice", "tags": ["web"], "cpu": 0.37, "cores": 4.0, "memory": 4_294_967_296_u64, "memory_used": 1_610_612_736,
        "disks": ["scsi0 on local-lvm, 32G"], "networks": [["net0", "virtio=BC:24:11:00:00:01,bridge=vmbr0"]],
        "description": "front end\nof the shop", "snapshots": ["before-upgrade"],
        "tasks": [{ "type": "qmstart", "user": "root@pam", "started": AT, "result": "OK" }], "missing": [] })
}

pub fn help_command() -> Value {
    json!({ "usage": "/power stop guest… [reason=]", "summary": "Stop guests at once", "help": "What is not written is lost.",
        "permission": "power", "confirm": "yes", "also": ["off"],
        "options": [{ "option": "guest", "needed": "yes", "right": "a guest", "what": "Names or VMIDs" }],
        "examples": [{ "say": "/power stop web1", "note": null }, { "say": "/power stop a b", "note": "a job for each" }] })
}

pub fn job_show(status: &str) -> Value {
    let why = (status == "stuck").then_some("it is not known");
    json!({ "job": "J-3", "title": "delete web1 (101)", "who": "alice", "status": status, "error": why, "created": AT, "started": null,
        "ended": null, "rows": [{ "step": "power-guest", "state": "done", "attempts": 1, "task": "UPID:pve1:0001:0002:0003:qmstop:101:a@pve:",
        "error": null }, { "step": "delete-guest", "state": "pending", "attempts": 0, "task": "", "error": "VM is locked" }] })
}

pub fn lab_check(failed: usize) -> Value {
    let bad = json!({ "connection": "Proxmox lab", "check": "privileges", "state": "failed", "result": "missing: VM.Snapshot on /vms",
        "advice": "add them to the bot's role" });
    let well =
        json!({ "connection": "SQLite", "check": "reachable", "state": "ok", "result": "answers", "advice": "" });
    let whole = json!([{ "what": "fingerprints", "name": "pve1", "value": "AA:BB" }]);
    json!({ "whole": whole, "rows": if failed > 0 { vec![well, bad] } else { vec![well] }, "failed": failed, "total": failed + 1 })
}

pub fn lab_status(stale: &Value) -> Value {
    json!({ "rows": [node("pve1"), dark_node()], "clusters": ["lab"], "nodes": 2, "online": 1, "guests": 28, "running": 12, "cores": 16.0,
        "memory": 68_719_476_736_u64, "memory_used": 34_359_738_368_u64, "as_of": AT, "stale": stale, "live": false })
}

pub fn node_show() -> Value {
    json!({ "node": node("pve1"), "now": { "load": "0.10 0.20 0.30", "kernel": "6.8.12-4-pve", "version": "8.2.4", "uptime": 273_600,
        "cpu": 0.37, "cores": 16.0 }, "storages": [{ "storage": "local-lvm", "type": "lvmthin", "content": "images rootdir",
        "size": 107_374_182_400_u64, "free": 53_687_091_200_u64, "status": "available" }] })
}
