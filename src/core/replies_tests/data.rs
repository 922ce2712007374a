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
        "tasks": [{ "type": "qmstart", "user": "root@pam", "started": AT, "result": "OK" }], "missing": [], "netbox": null,
        "reservations": { "now": [], "next": null } })
}

pub fn guest_delete() -> Value {
    let netbox = json!({ "vm": "web1", "addresses": ["10.0.10.21/24", "2001:db8:10::15/64"], "doubts": [] });
    json!({ "guest": guest(), "label": "web1", "kind": "VM", "owner": "alice", "since": AT, "reason": "old", "netbox": netbox,
        "kept": false })
}

/// A guest that NetBox is in doubt about.
pub fn in_doubt() -> Value {
    json!({ "vm": null, "addresses": [], "differences": [], "doubts": ["NetBox has several VMs web1 in the cluster lab (ids 2 and 5)"] })
}

pub fn unregistered(left: &[&str]) -> Value {
    json!({ "what": "unregistered", "label": "web1", "addresses": ["10.0.10.21/24", "2001:db8:10::15/64"], "left": left })
}

pub fn ipam_check() -> Value {
    let rows = json!([
        { "address": "10.0.10.5/24", "what": "address", "job": "J-5", "since": AT, "why": "J-5 failed" },
        { "address": "10.0.10.6@blue", "what": "held by direttore", "job": null, "since": AT, "why": "NetBox has no such address" },
        { "address": "", "what": "VM web9", "job": "J-7", "since": null, "why": "its guest is gone" },
    ]);
    json!({ "prefix": "10.0.10.0/24", "looked": 40, "total": 34, "rows": rows, "more": 31, "release": ["10.0.10.5"],
        "vms": true, "missing": ["Proxmox cluster far cannot be reached: refused"] })
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
    json!({ "reservations": { "now": [], "next": null }, "node": node("pve1"), "now": { "load": "0.10 0.20 0.30", "kernel": "6.8.12-4-pve", "version": "8.2.4", "uptime": 273_600,
        "cpu": 0.37, "cores": 16.0 }, "storages": [{ "storage": "local-lvm", "type": "lvmthin", "content": "images rootdir",
        "size": 107_374_182_400_u64, "free": 53_687_091_200_u64, "status": "available" }] })
}

/// The last step of a provisioned guest, with what every end of a job has.
pub fn provisioned() -> Value {
    with(
        &job(),
        json!({
            "what": "provisioned", "label": "web9", "vmid": 137, "kind": "VM", "node": "pve1", "status": "running",
            "addresses": [
                { "nic": 1, "address": "10.0.10.8/24", "gateway": "10.0.10.1", "is_assumed": true },
                { "nic": 2, "address": "2001:db8:10::2/64", "gateway": null, "is_assumed": false },
            ],
            "reported": [], "started": true, "unverified": null, "user": null, "keys": 0, "in_netbox": true,
            "from_iso": false, "upid": "UPID:pve1:000003E9:CD0838BA:6B02A467:qmclone:9002:direttore@pve!bot:",
        }),
    )
}

pub fn review() -> Value {
    json!({
        "kind": "VM", "name": "web9", "vmid": null, "cluster": "lab", "node": "pve1",
        "template": { "name": "debian-13-cloud", "what": "template VM", "key": "9000" }, "full": false, "is_clone": true,
        "cores": 2, "memory": "2G", "swap": null, "disk": "8G", "storage": "local-lvm", "pool": null,
        "nics": [
            { "nth": 1, "name": "net0", "bridge": "vmbr0", "vlan": 100, "model": "virtio", "mac": null,
              "ip": { "how": "netbox", "pool": "10.0.10.0/24", "next": "10.0.10.8", "length": 24, "gateway": "10.0.10.1", "assumed": true, "family": "IPv4" },
              "ip6": { "how": "auto" } },
            { "nth": 2, "name": "net1", "bridge": "vmbr0", "vlan": null, "model": "e1000", "mac": "BC:24:11:00:00:01",
              "ip": { "how": "dhcp" }, "ip6": { "how": "fixed", "address": "2001:db8::5/64", "gateway": null } },
            { "nth": 3, "name": "net2", "bridge": "vmbr0", "vlan": null, "model": "virtio", "mac": null, "ip": null, "ip6": null },
        ],
        "dns": [], "domain": null, "user": "debian", "keys": [], "password": false, "tags": ["direttore"],
        "description": null, "privileged": false, "nesting": false, "stopped": false, "reason": null, "in_netbox": true,
        "chosen": ["node", "disk", "vmid"], "memory_left": 1u64 << 37, "storage_left": 1u64 << 40, "notes": [],
        "owner": "alice", "line": "/provision vm web9", "asking": true, "changed_since": false,
    })
}

/// A question about web1; `extra` is what the command itself shows.
fn about(extra: Value) -> Value {
    let about = json!({ "label": "web1", "vmid": 101, "kind": "VM", "node": "pve1", "status": "running", "since": AT,
        "owner": "alice", "reason": null });
    with(&about, extra)
}

fn disk(on: &str) -> Value {
    json!({ "key": "scsi0", "size": "32G", "from": "local-lvm", "to": on })
}

pub fn guest_clone() -> Value {
    about(json!({ "name": "web2", "new_vmid": null, "to": "pve1", "pool": "lab", "full": true, "is_template": false,
        "snapshot": null, "taken": null, "disks": [disk("local")], "left": [{ "storage": "local", "left": 1_073_741_824 }],
        "cores": 2, "memory": 4_294_967_296_u64, "for": "bob" }))
}

pub fn guest_resize() -> Value {
    about(json!({ "cores": { "before": 2, "after": 4 }, "sockets": 1, "memory": { "before": "4G", "after": "8G" },
        "disk": { "key": "scsi0", "storage": "local-lvm", "before": "32G", "after": "40G" },
        "left": [{ "storage": "local-lvm", "left": 1_073_741_824 }], "waits": ["cores", "memory"] }))
}

pub fn guest_migrate() -> Value {
    about(
        json!({ "to": "pve2", "disks": [disk("local-lvm")], "left": [{ "storage": "local-lvm", "left": 1_073_741_824 }],
        "runs": true, "restarts": false, "ha": false, "is_tight": false, "unused_storage": null }),
    )
}

pub fn guest_backup() -> Value {
    about(json!({ "storage": "local", "chosen": true, "free": 53_687_091_200_u64, "size": 34_359_738_368_u64,
        "is_tight": false, "mode": "snapshot", "runs": true, "is_busy": false, "notes": "before the upgrade",
        "protect": true }))
}

pub fn guest_restore() -> Value {
    let volid = "local:backup/vzdump-qemu-101-2026_02_28-14_00_00.vma.zst";
    about(json!({ "backup": volid, "taken": AT, "notes": "nightly", "of": 101, "cores": 2, "memory": 4_294_967_296_u64,
        "disks": [{ "storage": "local-lvm", "size": "32G" }], "over": true, "status": "stopped", "since": null,
        "snapshots": ["before-upgrade"], "renamed": null }))
}

/// The same of a guest that is not there yet.
pub fn guest_restore_anew() -> Value {
    let base = guest_restore();
    let anew = json!({ "over": false, "label": "web1-restored", "renamed": "web1", "vmid": null, "pool": "lab",
        "left": [{ "storage": "local-lvm", "left": 1_073_741_824 }] });
    with(&base, anew)
}
