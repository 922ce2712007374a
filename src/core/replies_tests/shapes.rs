//! Every template with its tone and the shapes of its data: also empty lists and what is missing.

use super::data::*;
use direttore_reply::Tone;
use serde_json::{Value, json};

/// Template, its tone, and the shapes of its data.
pub fn shapes() -> Vec<(&'static str, Tone, Vec<Value>)> {
    use Tone::{Failed, Info, Success, Warning};
    let (one, none) = (json!({ "page": 1, "of": 1 }), json!({ "total": 0, "rows": [] }));
    let empty_page = with(&none, json!({ "pages": one, "all": false, "stale": [] }));
    let delete =
        json!({ "guest": guest(), "label": "web1", "kind": "VM", "owner": "alice", "since": AT, "reason": "old" });
    let grant = json!({ "grant": 3, "to": "group:ops", "pools": "lab", "nodes": "pve1, pve2", "commands": "power *", "channels": "" });
    let role = json!({ "name": "bob", "before": "admin", "role": "viewer" });
    let no_role = json!({ "name": "bob", "before": null, "role": null });
    let alias = json!({ "alias": "up", "line": "/power start {guest}", "shared": false, "questions": ["guest"] });
    let show = guest_show();
    let node_power = json!({ "node": "pve3", "cluster": "lab", "verb": "reboot", "running": ["web1 (101)", "db1 (105)"], "reason": null });
    let many: Vec<String> = (0..40).map(|i| format!("ci{i} ({})", 200 + i)).collect();
    let several = with(
        &power(),
        json!({ "guests": [power()["guests"][0], power()["guests"][0]], "reason": "hangs",
        "already": [{ "label": "db1", "vmid": 105, "status": "stopped" }] }),
    );
    let who = json!({ "identity": "console:alice", "account": "alice", "role": "operator", "because": "the account's own role",
        "groups": ["ops"], "zone": "Europe/Warsaw", "now": AT, "grants": 2 });
    let list = |row: Value| vec![json!({ "total": 1, "rows": [row] }), none.clone()];
    vec![
        ("alias_added", Success, vec![alias.clone(), with(&alias, json!({ "shared": true, "questions": [] }))]),
        ("alias_list", Info, list(json!({ "alias": "up", "line": "power start {guest}", "shared": "no" }))),
        ("alias_removed", Success, vec![alias]),
        (
            "audit",
            Info,
            vec![json!({ "rows": [audit_row()], "total": 37, "pages": { "page": 1, "of": 4 } }), empty_page.clone()],
        ),
        ("cancelled", Info, vec![json!({ "line": "/power stop web1" }), json!({ "line": "" })]),
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
        (
            "guest_delete",
            Info,
            [asked(&delete), asked(&with(&delete, json!({ "owner": null, "since": null, "reason": null })))].concat(),
        ),
        ("guest_list", Info, vec![guest_list(&json!([])), empty_page.clone()]),
        ("guest_list", Warning, vec![guest_list(&stale()), with(&empty_page, json!({ "stale": stale() }))]),
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
            ],
        ),
        ("guest_show", Warning, vec![with(&show, json!({ "missing": ["addresses: timed out"] }))]),
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
                with(&job(), json!({ "dones": [with(&done("start", Some("running")), json!({ "warnings": 2 }))] })),
                with(&job(), json!({ "dones": [done("start", None)] })),
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
                json!({ "jobs": [{ "job": "J-3", "what": "start web1 (101)" }], "already": null }),
                json!({ "jobs": [{ "job": "J-3", "what": "a" }, { "job": "J-4", "what": "b" }], "already": several["already"] }),
            ],
        ),
        ("job_retried", Warning, vec![job()]),
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
            ]
            .concat(),
        ),
        (
            "node_show",
            Info,
            vec![
                node_show(),
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
    ]
}
