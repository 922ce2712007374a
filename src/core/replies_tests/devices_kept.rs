//! What is said of what devices say: kept, compared, asked for.

use super::data::*;
use direttore_reply::Tone;
use serde_json::{Value, json};

pub fn shapes() -> Vec<(&'static str, Tone, Vec<Value>)> {
    use Tone::{Info, Success, Warning};
    let (one, none) = (json!({ "page": 1, "of": 1 }), json!({ "page": 1, "of": 4 }));
    let row = |result: &str| json!({ "device": "sw1", "result": result, "note": "last by alice at noon" });
    let backed_up = with(
        &job(),
        json!({ "label": "sw1", "rows": [row("changed")], "total": 1, "more": 0, "changed": 1, "failed": 0, "remote": null }),
    );
    let several = json!({ "label": "3 devices", "rows": [row("changed"), row("unchanged")], "total": 3, "more": 1 });
    let version = json!({ "when": AT, "who": "alice", "why": "backup by bob", "job": "J-3", "version": "1a2b3c4d" });
    let history = json!({ "device": "sw1", "rows": [version], "total": 31, "pages": none });
    let diff = json!({
        "device": "sw1", "before": "version 1a2b3c4d", "before_at": AT, "after": "what runs now", "after_at": null,
        "by": "alice", "changed": "noon", "added": 1, "removed": 0, "text": "+vlan 20", "left": 0,
    });
    let check = json!({ "device": "sw1", "against": "push J-3", "state": "differs", "note": "1 line more" });
    let drift = json!({
        "device": "sw1", "total": 1, "differ": 1, "rows": [check], "more": 0, "text": "+vlan 20", "left": 0,
        "template": null,
    });
    let well = json!({ "differ": 0, "text": "" });
    let block =
        |text: &str, why: Option<&str>| json!({ "device": "sw1", "text": text, "left": 0, "why": why, "note": null });
    let ran = json!({
        "device": "sw1", "command": "show version", "total": 1, "failed": 0, "left": 0, "more": 0,
        "columns": [], "rows": [], "blocks": [block("4.30", None)],
    });
    let table = json!({
        "command": "show vlan", "columns": ["vlan", "ports used"], "blocks": [],
        "rows": [{ "device": "sw1", "c0": "100", "c1": "Et1, Et2" }, { "device": "sw2", "c0": "100", "c1": "" }],
    });
    let unread = with(&block("odd", None), json!({ "note": "its template finds no row in this" }));
    let key = json!({ "device": "sw1", "jump": null, "known": "SHA256:a", "offered": "SHA256:b", "at": AT });
    let jump = with(&key, json!({ "jump": "bastion:22", "known": null }));
    vec![
        ("device_backed_up", Success, vec![backed_up.clone(), with(&backed_up, several.clone())]),
        (
            "device_backed_up",
            Warning,
            vec![
                with(&with(&backed_up, several), json!({ "failed": 1 })),
                with(&backed_up, json!({ "remote": "the remote cannot be reached: no route" })),
            ],
        ),
        ("device_backup", Info, asked(&json!({ "title": "back up sw1 and sw2" })).to_vec()),
        (
            "device_diff",
            Info,
            vec![
                diff.clone(),
                with(&diff, json!({ "left": 7, "by": null })),
                with(&diff, json!({ "text": "", "added": 0, "changed": null })),
            ],
        ),
        ("device_drift", Success, vec![with(&drift, well.clone()), with(&drift, with(&well, json!({ "total": 3 })))]),
        (
            "device_drift",
            Warning,
            vec![
                drift.clone(),
                with(&drift, json!({ "total": 3, "differ": 2, "more": 4, "left": 9 })),
                with(&drift, json!({ "total": 3 })),
            ],
        ),
        (
            "device_history",
            Info,
            vec![history.clone(), with(&history, json!({ "rows": [], "total": 0, "pages": one }))],
        ),
        ("device_key", Info, [asked(&key), asked(&jump)].concat()),
        ("device_key_accepted", Success, vec![key, jump]),
        (
            "device_run",
            Info,
            vec![
                ran.clone(),
                with(&ran, json!({ "blocks": [block("", None)] })),
                with(&ran, table.clone()),
                with(&ran, with(&table, json!({ "total": 3, "more": 7, "blocks": [unread] }))),
                with(&ran, json!({ "total": 2, "left": 3, "blocks": [block("a", None), block("b", None)] })),
            ],
        ),
        (
            "device_run",
            Warning,
            vec![
                with(&ran, json!({ "failed": 1, "blocks": [block("% Invalid input", Some("% Invalid input"))] })),
                with(
                    &ran,
                    json!({ "failed": 1, "total": 2, "blocks": [block("a", None), block("", Some("no route"))] }),
                ),
            ],
        ),
    ]
}
