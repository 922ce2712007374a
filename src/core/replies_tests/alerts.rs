//! Alerts and silences.

use super::data::*;
use direttore_reply::Tone;
use serde_json::{Value, json};

fn row(state: &str) -> Value {
    json!({ "id": "A-12", "severity": "critical", "state": state, "what": "pve1 is down", "since": AT, "ended": AT,
        "by": "bob" })
}

fn group(states: &[&str]) -> Value {
    let loud = states.iter().filter(|state| **state == "firing").count();
    let firing = states.iter().filter(|state| **state != "resolved").count();
    let rows: Vec<Value> = states.iter().map(|state| row(state)).collect();
    json!({ "source": "alertmanager/main", "name": "NodeDown", "firing": firing, "loud": loud, "worst": "critical",
        "is_calm": false, "rows": rows, "more": 0, "left_out": 0, "again": false })
}

pub fn group_shapes() -> Vec<(&'static str, Tone, Vec<Value>)> {
    use Tone::{Info, Success, Warning};
    vec![
        (
            "alert_group",
            Warning,
            vec![
                group(&["firing"]),
                with(&group(&["firing", "firing", "silenced"]), json!({ "more": 7, "left_out": 3 })),
            ],
        ),
        (
            "alert_group",
            Info,
            vec![
                group(&["acknowledged", "silenced", "held", "resolved"]),
                group(&["acknowledged"]),
                with(&group(&["firing"]), json!({ "worst": "info", "is_calm": true })),
                with(&group(&[]), json!({ "again": true, "worst": null })),
            ],
        ),
        ("alert_group", Success, vec![with(&group(&["resolved", "resolved"]), json!({ "worst": null }))]),
    ]
}

pub fn shapes() -> Vec<(&'static str, Tone, Vec<Value>)> {
    use Tone::{Info, Success};
    let listed =
        json!({ "alert": "A-12", "severity": "critical", "state": "firing", "what": "NodeDown: x", "since": AT });
    let (one, four) = (json!({ "page": 1, "of": 1 }), json!({ "page": 2, "of": 4 }));
    let list = json!({ "rows": [listed], "total": 37, "pages": four, "which": "fires", "is_narrow": false });
    let none = json!({ "rows": [], "total": 0, "pages": one });
    let quiet = json!({ "silence": "S-3", "what": "name=NodeDown", "until": AT, "by": "bob", "why": "moved" });
    let alert = json!({
        "id": "A-12", "name": "NodeDown", "state": "firing", "severity": "critical", "summary": "pve1 is down",
        "description": "", "source": "grafana/main", "since": AT, "ended": null, "fired": 1, "labels": ["node=pve1"],
        "link": "https://example.org/x", "acknowledged": null, "silence": null,
        "rows": [{ "when": AT, "what": "fired", "who": "", "note": "pve1 is down" }],
    });
    let known = json!({
        "state": "held", "description": "for 5 minutes", "ended": AT, "fired": 3, "labels": [], "link": null,
        "acknowledged": { "by": "bob", "at": AT, "note": "mine" },
        "silence": { "id": "S-3", "until": AT, "by": "bob", "why": "" }, "rows": [],
    });
    let silence = json!({ "id": "S-3", "what": "name=NodeDown", "until": AT, "is_over": false, "by": "bob",
        "why": "moved", "created": AT, "ended_by": "", "alerts": ["A-1", "A-2"], "more": 4 });
    let over = json!({ "is_over": true, "ended_by": "eve", "alerts": [], "more": 0, "why": "" });
    let acked = json!({ "names": ["A-1"], "rows": [{ "alert": "A-1", "what": "NodeDown: x" }], "note": null });
    let silenced = json!({ "what": "alert=A-12", "until": AT, "why": null });
    let heard = json!({ "names": ["S-3"], "what": "A-12" });
    let mut all = group_shapes();
    all.extend([
        (
            "alert_list",
            Info,
            vec![
                list,
                with(&none, json!({ "which": "fires", "is_narrow": true })),
                with(&none, json!({ "which": "is known", "is_narrow": false })),
            ],
        ),
        ("alert_silences", Info, vec![json!({ "rows": [quiet], "total": 1, "pages": one }), none]),
        ("alert_show", Info, vec![with(&alert, known), alert]),
        ("alert_silence_show", Info, vec![with(&silence, over), silence]),
        (
            "alert_acked",
            Success,
            vec![with(&acked, json!({ "done": ["A-1", "A-2"], "names": ["A-1", "A-2"], "note": "n" })), acked],
        ),
        (
            "alert_silenced",
            Success,
            vec![
                with(&silenced, json!({ "silence": "S-3", "count": 0 })),
                with(&silenced, json!({ "silence": "S-3", "count": 2, "why": "moved" })),
                silenced,
            ],
        ),
        ("alert_heard", Success, vec![with(&heard, json!({ "names": ["S-3", "S-4"] })), heard]),
    ]);
    all
}
