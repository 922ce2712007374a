//! What is said of network devices: its templates, their tones and the shapes of their data.

use super::data::{AT, asked, job, with};
use direttore_reply::Tone;
use serde_json::{Value, json};

fn render() -> Value {
    json!({ "device": "sw1", "template": "vlan", "platform": "Arista EOS", "lines": 2, "text": "vlan 300\n name dmz", "left": 0 })
}

fn row(name: &str, is_safe: bool) -> Value {
    json!({ "device": name, "platform": "Arista EOS", "mechanism": "configuration session", "is_safe": is_safe,
        "diff": "+vlan 300\n+ name dmz", "left": 0 })
}

fn push() -> Value {
    json!({ "name": "vlan", "is_back": false, "devices": ["sw1"], "rows": [row("sw1", true)], "unchanged": [], "hold": 0,
        "timer": 600, "checks": [], "needs_yes": false, "reason": null, "several": false })
}

fn pushed(state: &str, why: &str) -> Value {
    let results = json!([{ "device": "sw1", "state": state, "why": why, "reverts": AT,
        "warns": state == "done" && !why.is_empty() }]);
    with(&job(), json!({ "what": "pushed", "label": "vlan", "push": "P-3", "results": results }))
}

fn discover() -> Value {
    json!({ "device": "sw1", "asked": "127.0.0.2:161 as lab", "created": 1, "changed": 1, "unchanged": 12, "skipped": 1,
        "gone": 1, "rows": [{ "what": "interface Ethernet9", "done": "create", "why": "1000base-t" }], "left": 0,
        "notes": [], "applies": false })
}

fn imported(failed: usize) -> Value {
    json!({ "rows": [{ "device": "sw1", "create": 2, "change": 1, "unchanged": 3, "result": "written" }], "total": 1,
        "failed": failed, "is_dry": false })
}

pub fn shapes() -> Vec<(&'static str, Tone, Vec<Value>)> {
    use Tone::{Failed, Info, Success, Warning};
    let many = with(
        &push(),
        json!({ "devices": ["sw1", "sw2"], "rows": [row("sw1", true), row("frr1", false)], "unchanged": ["sw3"], "hold": 600,
            "checks": ["uplink"], "needs_yes": true, "reason": "new DMZ", "several": true }),
    );
    let back = with(&push(), json!({ "name": "rollback", "is_back": true }));
    let long = with(&push(), json!({ "rows": [with(&row("sw1", false), json!({ "left": 12 }))] }));
    let waits = json!({ "push": "P-3", "name": "vlan", "devices": ["sw1"], "is_back": false });
    let asks = json!({ "id": "P-3", "holder": "bob", "name": "vlan", "is_back": false, "reason": "new DMZ", "until": AT,
        "checks": ["uplink"], "hold": 300, "rows": [{ "device": "sw1", "diff": "+vlan 300", "left": 0 }], "has_file": false });
    let cut = with(&asks, json!({ "rows": [{ "device": "sw1", "diff": "+vlan 300", "left": 9 }], "has_file": true }));
    let applied = with(&discover(), json!({ "applies": true }));
    let end = json!({ "push": "P-3", "device": "sw1", "keep": true, "until": AT });
    let failed = json!({ "why": "sw1: the device refused it", "results": [
        { "device": "sw1", "state": "undone", "why": "the device refused it", "reverts": AT },
        { "device": "sw2", "state": "dropped", "why": "", "reverts": AT }] });
    vec![
        ("device_render", Info, vec![render(), with(&render(), json!({ "left": 40 }))]),
        ("device_push", Info, [push(), many, back, long].iter().flat_map(asked).collect()),
        ("device_push_waits", Warning, vec![waits.clone(), with(&waits, json!({ "is_back": true }))]),
        (
            "device_push_asked",
            Info,
            vec![asks.clone(), cut, with(&asks, json!({ "is_back": true, "reason": null, "checks": [], "hold": 0 }))],
        ),
        ("device_push_rejected", Success, vec![json!({ "id": "P-3", "by": "alice", "is_told": false })]),
        (
            "device_push_rejected",
            Warning,
            vec![
                json!({ "id": "P-3", "by": "alice", "is_told": true }),
                json!({ "id": "P-3", "by": null, "is_told": true }),
            ],
        ),
        (
            "device_unchanged",
            Success,
            vec![
                json!({ "devices": ["sw1", "sw2"], "name": "vlan", "is_back": false }),
                json!({ "devices": ["sw1"], "name": "rollback", "is_back": true }),
            ],
        ),
        (
            "device_discover",
            Info,
            [
                vec![discover(), with(&discover(), json!({ "created": 0, "changed": 0, "rows": [] }))],
                asked(&applied).into(),
            ]
            .concat(),
        ),
        ("device_discover", Warning, vec![with(&discover(), json!({ "notes": ["no table of VLANs"], "left": 3 }))]),
        ("snmp_imported", Success, vec![imported(0), with(&imported(0), json!({ "is_dry": true }))]),
        ("snmp_imported", Warning, vec![imported(1)]),
        ("device_end_push", Info, [end.clone(), with(&end, json!({ "keep": false }))].iter().flat_map(asked).collect()),
        (
            "device_pushed",
            Success,
            vec![
                pushed("done", ""),
                with(&pushed("done", ""), json!({ "label": "rollback" })),
                with(&pushed("undone", "nobody confirmed it in time"), json!({ "meant": "back" })),
            ],
        ),
        ("device_pushed", Warning, vec![pushed("held", ""), pushed("done", "it is not saved for the next start")]),
        ("device_pushed", Failed, vec![with(&pushed("failed", "x"), failed)]),
    ]
}
