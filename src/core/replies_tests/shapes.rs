//! Every template with its tone and the shapes of its data: also empty lists and what is missing.

use super::data::*;
use direttore_reply::Tone;
use serde_json::{Value, json};

/// Template, its tone, and the shapes of its data.
pub fn shapes() -> Vec<(&'static str, Tone, Vec<Value>)> {
    use Tone::{Failed, Info, Success, Warning};
    let (one, none) = (json!({ "page": 1, "of": 1 }), json!({ "total": 0, "rows": [] }));
    let empty_page = with(&none, json!({ "pages": one, "all": false, "stale": [] }));
    let delete = guest_delete();
    let grant = json!({ "grant": 3, "to": "group:ops", "pools": "lab", "nodes": "pve1, pve2",
        "devices": "sites=lab-1 tags=core", "commands": "power *", "channels": "" });
    let role = json!({ "name": "bob", "before": "admin", "role": "viewer" });
    let no_role = json!({ "name": "bob", "before": null, "role": null });
    let alias = json!({ "alias": "up", "line": "/power start {guest}", "shared": false, "questions": ["guest"] });
    let show = guest_show();
    let node_power = json!({ "node": "pve3", "cluster": "lab", "verb": "reboot", "running": ["web1 (101)", "db1 (105)"], "reserved": [], "reason": null });
    let held = json!({ "now": [super::reserve::held("alice")], "next": super::reserve::held("bob") });
    let many: Vec<String> = (0..40).map(|i| format!("ci{i} ({})", 200 + i)).collect();
    let several = with(
        &power(),
        json!({ "guests": [power()["guests"][0], power()["guests"][0]], "reason": "hangs",
        "already": [{ "label": "db1", "vmid": 105, "status": "stopped" }] }),
    );
    let who = json!({ "identity": "console:alice", "account": "alice", "role": "operator", "because": "the account's own role",
        "groups": ["ops"], "zone": "Europe/Warsaw", "now": AT, "grants": 2 });
    let list = |row: Value| vec![json!({ "total": 1, "rows": [row] }), none.clone()];
    let mut all = vec![
        ("alias_added", Success, vec![alias.clone(), with(&alias, json!({ "shared": true, "questions": [] }))]),
        ("alias_list", Info, list(json!({ "alias": "up", "line": "power start {guest}", "shared": "no" }))),
        ("alias_removed", Success, vec![alias]),
        (
            "audit",
            Info,
            vec![json!({ "rows": [audit_row()], "total": 37, "pages": { "page": 1, "of": 4 } }), empty_page.clone()],
        ),
        ("cancelled", Info, vec![json!({ "line": "/power stop web1" }), json!({ "line": "" })]),
        ("guest_provisioned", Success, vec![provisioned(), with(&provisioned(), json!({ "started": false, "status": "stopped", "user": "debian", "reported": ["192.0.2.7"] }))]),
        (
            "guest_provisioned",
            Warning,
            vec![with(&provisioned(), json!({ "unverified": "it does not report 10.0.10.8", "addresses": [], "in_netbox": false })),
                 with(&provisioned(), json!({ "unverified": "no agent", "from_iso": true, "kind": "VM" }))],
        ),
        ("provision_review", Info, vec![review(), with(&review(), json!({ "changed_since": true, "kind": "container", "swap": 1 << 29, "vmid": 200, "pool": "lab", "privileged": true, "nesting": true, "stopped": true, "password": true, "keys": ["home", "work"], "dns": ["10.0.0.53"], "domain": "lab.example", "reason": "r", "description": "d", "notes": ["one thing", "another"], "memory_left": null, "is_clone": false }))]),
        (
            "wizard",
            Info,
            vec![json!({ "command": "provision vm", "title": "Where", "summary": "Make a new VM", "filled": "provision vm node=pve1", "is_new": false }),
                 json!({ "command": "provision vm", "title": "Where", "summary": "Make a new VM", "filled": "provision vm", "is_new": true })],
        ),
        (
            "form",
            Info,
            vec![
                json!({ "command": "power start", "title": "Which guests" }),
                json!({ "command": "/up {guest}", "title": "Fill in" }),
            ],
        ),
        (
            "grant_added",
            Success,
            vec![json!({ "grant": with(&grant, json!({ "grant": 0 })), "id": 3 }), json!({ "grant": grant })],
        ),
        ("grant_list", Info, list(grant.clone())),
        ("grant_removed", Success, vec![json!({ "grant": grant })]),
        (
            "group_done",
            Success,
            vec![json!({ "group": "ops", "done": "created" }), json!({ "group": "ops", "done": "deleted" })],
        ),
        ("group_list", Info, list(json!({ "group": "ops", "members": "alice bob" }))),
        (
            "group_member",
            Success,
            ["added", "removed"]
                .into_iter()
                .flat_map(|done| {
                    [true, false]
                        .map(|already| json!({ "group": "ops", "account": "bob", "done": done, "already": already }))
                })
                .collect(),
        ),
        ("guest_already", Success, vec![json!({ "label": "web1", "vmid": 101, "what": "is on pve2" })]),
        ("guest_backup", Info, guest_work(&guest_backup(), &[
            json!({ "mode": "stop", "since": null, "owner": null, "notes": null, "protect": false, "chosen": false }),
            json!({ "mode": "stop", "kind": "container" }),
            json!({ "mode": "suspend", "is_busy": true, "is_tight": true }),
            json!({ "runs": false, "since": null, "status": "stopped" }),
        ])),
        ("guest_clone", Info, guest_work(&guest_clone(), &[
            json!({ "new_vmid": 140, "owner": null, "since": null, "pool": null, "reason": "a test" }),
            json!({ "full": false, "left": [], "disks": [{ "key": "scsi0", "size": null, "from": "ceph", "to": "ceph" }] }),
            json!({ "snapshot": "nightly", "taken": AT }),
            json!({ "snapshot": "nightly", "disks": [] }),
        ])),
        (
            "guest_delete",
            Info,
            [
                asked(&delete),
                asked(&with(&delete, json!({ "owner": null, "since": null, "reason": null, "netbox": null }))),
                asked(&with(&delete, json!({ "netbox": null, "kept": true }))),
                asked(&with(&delete, json!({ "netbox": in_doubt() }))),
                asked(&with(&delete, json!({ "netbox": { "vm": null, "addresses": [], "doubts": [] } }))),
            ]
            .concat(),
        ),
        ("guest_list", Info, vec![guest_list(&json!([])), empty_page.clone()]),
        ("guest_list", Warning, vec![guest_list(&stale()), with(&empty_page, json!({ "stale": stale() }))]),
        ("guest_migrate", Info, guest_work(&guest_migrate(), &[
            json!({ "restarts": true, "ha": true, "is_tight": true, "kind": "container", "reason": "a test" }),
            json!({ "runs": false, "since": null, "owner": null, "disks": [], "left": [], "unused_storage": "ceph" }),
        ])),
        (
            "guest_owner",
            Info,
            vec![
                json!({ "label": "web1", "vmid": 101, "owner": null }),
                json!({ "label": "web1", "vmid": 101, "owner": "alice" }),
            ],
        ),
        (
            "guest_owner",
            Success,
            vec![
                json!({ "label": "web1", "vmid": 101, "owner": "bob", "before": "alice", "changed": true }),
                json!({ "label": "web1", "vmid": 101, "owner": "bob", "before": null, "changed": true }),
            ],
        ),
        ("guest_resize", Info, guest_work(&guest_resize(), &[
            json!({ "memory": null, "disk": null, "left": [], "waits": ["cores"], "sockets": 2, "reason": "a test" }),
            json!({ "cores": { "before": null, "after": 2 }, "waits": [], "kind": "container", "since": null, "owner": null }),
        ])),
        ("guest_restore", Info, [
            guest_work(&guest_restore(), &[json!({ "snapshots": [], "owner": null, "renamed": "web9", "reason": "a test" })]),
            guest_work(&guest_restore_anew(), &[
                json!({ "vmid": 140, "taken": null, "notes": null, "pool": null, "renamed": null, "disks": [], "left": [] }),
            ]),
        ].concat()),
        (
            "guest_show",
            Info,
            vec![
                show.clone(),
                with(
                    &show,
                    json!({ "addresses": [], "since": null, "owner": null, "tags": [], "memory_used": 0,
            "disks": [], "networks": [], "description": null, "snapshots": [], "tasks": [], "status": "stopped" }),
                ),
                with(&show, json!({ "netbox": { "vm": "web1", "differences": [], "doubts": [] } })),
                with(&show, json!({ "reservations": held.clone() })),
            ],
        ),
        (
            "guest_show",
            Warning,
            vec![
                with(&show, json!({ "missing": ["addresses: timed out"] })),
                with(&show, json!({ "netbox": { "vm": "web1", "differences": ["cores: 4 in Proxmox, 2 in NetBox"], "doubts": [] } })),
                with(&show, json!({ "netbox": { "vm": null, "differences": [], "doubts": [] } })),
                with(&show, json!({ "netbox": in_doubt() })),
            ],
        ),
        (
            "ipam_check",
            Info,
            vec![with(&ipam_check(), json!({ "prefix": null, "total": 0, "rows": [], "more": 0, "release": [], "vms": false, "missing": [] }))],
        ),
        (
            "ipam_check",
            Warning,
            vec![ipam_check(), with(&ipam_check(), json!({ "total": 0, "rows": [], "more": 0, "release": [], "vms": false }))],
        ),
        (
            "help",
            Info,
            vec![
                json!({ "rows": [{ "command": "/power stop", "what": "Stop guests at once", "example": "/power stop web1" }],
            "total": 1, "group": null }),
                json!({ "rows": [], "total": 0, "group": "power" }),
            ],
        ),
        (
            "help_command",
            Info,
            vec![
                help_command(),
                with(
                    &help_command(),
                    json!({ "help": "", "also": [], "options": [], "examples": [], "confirm": "name" }),
                ),
            ],
        ),
        (
            "job_cancel",
            Info,
            ["queued", "running", "stuck"]
                .into_iter()
                .flat_map(|s| asked(&with(&job(), json!({ "status": s }))))
                .collect(),
        ),
        ("job_cancelled", Success, vec![job()]),
        (
            "job_cancelling",
            Success,
            ["queued", "stuck"].map(|s| with(&job(), json!({ "status": s, "ended": true }))).to_vec(),
        ),
        ("job_cancelling", Warning, vec![with(&job(), json!({ "ended": false })), job()]),
        (
            "job_done",
            Success,
            vec![
                with(&job(), json!({ "dones": [done("start", Some("running"))] })),
                with(&job(), json!({ "dones": [], "seconds": 0 })),
            ],
        ),
        (
            "job_done",
            Warning,
            vec![
                with(&job(), json!({ "dones": [with(&done("sized", Some("running")), json!({ "cores": 4, "waits": ["cores"] }))] })),
                with(&job(), json!({ "dones": [with(&done("start", Some("running")), json!({ "warnings": 2 }))] })),
                with(&job(), json!({ "dones": [done("start", None)] })),
                with(&job(), json!({ "dones": [done("deleted", None), unregistered(&["the VM web1 has got 10.0.10.9/24 meanwhile"])] })),
            ],
        ),
        ("job_failed", Failed, vec![with(&job(), json!({ "why": "no quorum" }))]),
        (
            "job_list",
            Info,
            vec![
                with(&empty_page, json!({ "total": 1, "rows": [job_row()] })),
                empty_page.clone(),
                with(&empty_page, json!({ "all": true })),
            ],
        ),
        (
            "job_progress",
            Info,
            vec![
                with(&job(), json!({ "step": "power-guest", "percent": 37, "line": "waiting" })),
                with(&job(), json!({ "step": null, "percent": null, "line": null })),
                with(&job(), json!({ "step": "x", "percent": 0, "line": null })),
            ],
        ),
        (
            "job_queued",
            Warning,
            vec![
                json!({ "jobs": [{ "job": "J-3", "what": "start web1 (101)" }], "already": null, "elsewhere": null }),
                json!({ "jobs": [{ "job": "J-3", "what": "push vlan to sw1" }], "already": null, "elsewhere": "bob" }),
                json!({ "jobs": [{ "job": "J-3", "what": "a" }, { "job": "J-4", "what": "b" }],
                    "already": several["already"], "elsewhere": null }),
            ],
        ),
        (
            "job_retried",
            Warning,
            vec![
                with(&job(), json!({ "reason": null })),
                with(&job(), json!({ "reason": "the holder *asked* for it" })),
            ],
        ),
        ("job_show", Info, ["queued", "running", "done", "failed", "cancelled", "stuck"].map(job_show).to_vec()),
        (
            "job_stuck",
            Failed,
            vec![
                with(&job(), json!({ "why": "it is not known", "left": ["power-guest"] })),
                with(&job(), json!({ "why": "x", "left": [] })),
            ],
        ),
        (
            "job_waits",
            Warning,
            vec![
                with(&job(), json!({ "why": "VM is locked", "seconds": 4 })),
                with(&job(), json!({ "why": "x", "seconds": 0 })),
            ],
        ),
        ("lab_check", Info, vec![lab_check(0), json!({ "whole": [], "rows": [], "failed": 0, "total": 0 })]),
        ("lab_check", Warning, vec![lab_check(1)]),
        (
            "lab_status",
            Info,
            vec![
                lab_status(&json!([])),
                with(
                    &lab_status(&json!([])),
                    json!({ "rows": [], "clusters": [], "cores": 0.0, "memory": 0, "as_of": null }),
                ),
            ],
        ),
        ("lab_status", Warning, vec![lab_status(&stale())]),
        ("link_code", Info, vec![json!({ "name": "bob", "code": "k8m2p-x9q4d", "expires": AT })]),
        (
            "token_new",
            Success,
            vec![
                json!({ "name": "phone", "kind": "caldav", "secret": "k8m2pxq", "account": "bob", "server": null, "expires": null }),
                json!({ "name": "cron", "kind": "api", "secret": "k8m2pxq", "account": "bob", "server": null, "expires": AT }),
                json!({ "name": "phone", "kind": "caldav", "secret": "k8m2pxq", "account": "bob", "server": "https://lab.example/dav/", "expires": AT }),
            ],
        ),
        (
            "token_list",
            Info,
            vec![
                json!({ "total": 0, "rows": [] }),
                json!({ "total": 1, "rows": [{ "name": "phone", "kind": "caldav", "since": AT, "used": null, "until": AT }] }),
            ],
        ),
        ("token_revoked", Success, vec![json!({ "name": "phone", "kind": "caldav" })]),
        ("linked", Success, vec![json!({ "identity": "discord:42", "account": "bob" })]),
        (
            "node_list",
            Info,
            vec![
                json!({ "rows": [node("pve1"), dark_node()], "total": 2, "stale": [] }),
                json!({ "rows": [node("pve1"), with(&node("far1"), json!({ "cluster": "far" }))], "total": 2, "stale": [] }),
                with(&none, json!({ "stale": [] })),
            ],
        ),
        ("node_list", Warning, vec![json!({ "rows": [node("pve1")], "total": 1, "stale": stale() })]),
        (
            "node_power",
            Info,
            [
                asked(&node_power),
                asked(&with(&node_power, json!({ "running": [], "verb": "shut down", "reason": "memory" }))),
                asked(&with(&node_power, json!({ "running": many }))),
                asked(&with(&node_power, json!({ "reserved": [{ "id": "R-12", "holder": "alice", "what": "web1 (101)", "until": AT, "maintenance": false }] }))),
            ]
            .concat(),
        ),
        (
            "node_show",
            Info,
            vec![
                node_show(),
                with(&node_show(), json!({ "reservations": held })),
                with(
                    &node_show(),
                    json!({ "storages": [], "node": with(&dark_node(), json!({ "status": "online" })) }),
                ),
            ],
        ),
        (
            "node_show",
            Warning,
            vec![
                with(&node_show(), json!({ "node": dark_node(), "now": null })),
                with(&node_show(), json!({ "now": null })),
            ],
        ),
        (
            "power",
            Info,
            [asked(&power()), asked(&with(&power(), json!({ "verb": "reset" }))), asked(&several)].concat(),
        ),
        (
            "power_already",
            Success,
            vec![
                with(&several, json!({ "guests": [] })),
                with(&power(), json!({ "already": power()["guests"], "guests": [] })),
                with(&power(), json!({ "guests": [], "already": [power()["guests"][0], power()["guests"][0]] })),
            ],
        ),
        ("snapshot_create", Info, asked(&snapshot()).to_vec()),
        (
            "snapshot_delete",
            Info,
            [asked(&snapshot()), asked(&with(&snapshot(), json!({ "taken": null, "owner": null, "reason": "full" })))]
                .concat(),
        ),
        (
            "snapshot_list",
            Info,
            vec![
                json!({ "label": "web1", "vmid": 101, "total": 1, "rows": [{ "name": "a", "taken": AT, "memory": "yes",
            "parent": null, "current": "here", "description": "" }] }),
                with(&none, json!({ "label": "web1", "vmid": 101 })),
            ],
        ),
        (
            "snapshot_rollback",
            Info,
            [
                asked(&snapshot()),
                asked(&with(&snapshot(), json!({ "with_memory": true, "running": false, "taken": null }))),
                asked(&with(&snapshot(), json!({ "start": true }))),
            ]
            .concat(),
        ),
        (
            "user_created",
            Success,
            vec![
                json!({ "name": "bob", "role": "operator", "password": "p4ss-w0rd" }),
                json!({ "name": "bob", "role": null, "password": "p" }),
            ],
        ),
        ("user_delete", Info, [asked(&role), asked(&no_role)].concat()),
        ("user_deleted", Success, vec![role.clone()]),
        (
            "user_disable",
            Info,
            [asked(&json!({ "name": "bob", "disabled": true })), asked(&json!({ "name": "bob", "disabled": false }))]
                .concat(),
        ),
        ("user_disabled", Success, [true, false].map(|d| json!({ "name": "bob", "disabled": d })).to_vec()),
        ("user_disabled_already", Success, [true, false].map(|d| json!({ "name": "bob", "disabled": d })).to_vec()),
        (
            "user_list",
            Info,
            list(json!({ "name": "bob", "role": "none", "state": "enabled", "groups": "", "zone": "UTC" })),
        ),
        ("user_password", Success, vec![json!({ "name": "bob", "password": "p4ss-w0rd" })]),
        ("user_role", Info, [asked(&role), asked(&no_role)].concat()),
        ("user_role_already", Success, vec![role.clone(), no_role.clone()]),
        ("user_role_done", Success, vec![role, no_role]),
        (
            "whoami",
            Info,
            vec![who.clone(), with(&who, json!({ "account": null, "role": null, "groups": [], "grants": 0 }))],
        ),
    ];
    all.extend(super::alerts::shapes());
    all.extend(super::devices::shapes());
    all.extend(super::devices_kept::shapes());
    all.extend(super::netbox::shapes());
    all.extend(super::reserve::shapes());
    all
}

/// A question, and the same with other values, each also asked again.
fn guest_work(base: &Value, others: &[Value]) -> Vec<Value> {
    let all = std::iter::once(base.clone()).chain(others.iter().map(|other| with(base, other.clone())));
    all.flat_map(|data| asked(&data)).collect()
}
