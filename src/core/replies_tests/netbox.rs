//! What is said of NetBox and of keys: its templates, their tones and the shapes of their data.

use super::{
    data::{AT, asked, job, with},
    said, shown,
};
use direttore_reply::Tone;
use serde_json::{Value, json};

fn old() -> Value {
    json!([{ "why": "NetBox cannot be reached: timed out", "seen": AT }])
}

fn page(row: Value) -> Value {
    json!({ "rows": [row], "total": 37, "pages": { "page": 1, "of": 4 }, "stale": [], "prefix": null })
}

fn none() -> Value {
    json!({ "rows": [], "total": 0, "pages": { "page": 1, "of": 1 }, "stale": [], "prefix": null })
}

fn prefixes() -> Value {
    let full = json!({ "prefix": "10.0.11.0/24@blue", "status": "container", "vlan": null, "site": null, "free": 0 });
    let vast =
        json!({ "prefix": "2001:db8:10::/64", "status": "active", "vlan": 100, "site": "Lab 1", "free": "plenty" });
    let some = json!({ "prefix": "10.0.10.0/24", "status": "active", "vlan": 100, "site": "Lab 1", "free": 239 });
    with(&page(json!(null)), json!({ "rows": [some, vast, full] }))
}

fn addresses() -> Value {
    page(json!({ "address": "10.0.10.5/24", "status": "active", "name": "web1.lab", "assigned": "web1 net0" }))
}

fn devices() -> Value {
    page(json!({ "name": "sw1", "role": "Access switch", "type": "EX2300", "site": "Lab 1", "status": "active",
        "address": "10.0.0.2" }))
}

fn allocate() -> Value {
    json!({ "pond": "10.0.10.0/24", "count": 2, "next": ["10.0.10.5/24", "10.0.10.6/24"],
        "gateway": { "address": "10.0.10.1", "is_assumed": true }, "vlan": 100, "name": "printer1", "description": "toner" })
}

fn release() -> Value {
    json!({ "label": "10.0.10.57/24", "total": 1, "notes": [], "reason": null, "rows": [{ "address": "10.0.10.57/24",
        "name": "printer1", "description": "for alice: toner", "by": "alice, J-12" }] })
}

fn device() -> Value {
    json!({ "name": "sw1", "status": "active", "addresses": ["10.0.0.2", "2001:db8::2"], "role": "Access switch",
        "type": "Juniper EX2300", "platform": "Junos", "site": "Lab 1", "rack": "R1", "tenant": null, "serial": "SN1",
        "asset_tag": "A-1", "tags": ["core", "lab"], "description": "top of rack", "custom": [["owner", "alice"]],
        "interfaces": [{ "name": "ge-0/0/0", "mac": "BC:24:11:00:00:01", "vlan": "10, tagged 20 30",
        "peers": "r1 eth0", "description": "uplink" }], "more": 0, "link": "https://netbox.lab/dcim/devices/1/" })
}

pub(super) fn shapes() -> Vec<(&'static str, Tone, Vec<Value>)> {
    use Tone::{Info, Success, Warning};
    let vlans = page(json!({ "vid": 100, "name": "servers", "status": "active", "site": "Lab 1", "prefixes": 2 }));
    let stale = |base: &Value| with(base, json!({ "stale": old() }));
    let many: Vec<String> = (5..25).map(|n| format!("10.0.10.{n}/24")).collect();
    let bare = json!({ "next": [], "gateway": null, "vlan": null, "name": null, "description": null, "count": 1 });
    let several = json!({ "label": "2 addresses", "total": 2, "reason": "the printer is gone",
        "notes": ["10.0.10.57/24 is on web9 net0 in NetBox, and no guest is called web9"],
        "rows": [release()["rows"][0], with(&release()["rows"][0], json!({ "name": "", "description": "", "by": null }))] });
    let plain = json!({ "status": "", "addresses": [], "role": null, "type": "", "platform": null, "site": null,
        "rack": null, "serial": "", "asset_tag": null, "tags": [], "description": "", "custom": [], "interfaces": [] });
    let key = json!({ "name": "laptop", "type": "ssh-ed25519", "comment": "alice@laptop" });
    let key_row = with(&key, json!({ "since": AT }));
    let ended = |done: Value| with(&job(), json!({ "dones": [done] }));
    vec![
        ("ipam_prefixes", Info, vec![prefixes(), none()]),
        ("ipam_prefixes", Warning, vec![stale(&prefixes()), stale(&none())]),
        ("ipam_vlans", Info, vec![vlans.clone(), none()]),
        ("ipam_vlans", Warning, vec![stale(&vlans)]),
        (
            "ipam_addresses",
            Info,
            vec![
                addresses(),
                none(),
                with(&addresses(), json!({ "prefix": "10.0.10.0/24" })),
                with(&none(), json!({ "prefix": "10.0.10.0/24@blue" })),
            ],
        ),
        (
            "ipam_allocate",
            Info,
            [
                asked(&allocate()),
                asked(&with(&allocate(), json!({ "next": many.clone() }))),
                asked(&with(&allocate(), bare)),
            ]
            .concat(),
        ),
        ("ipam_release", Info, [asked(&release()), asked(&several)].concat()),
        ("inventory_devices", Info, vec![devices(), none()]),
        ("inventory_devices", Warning, vec![stale(&devices())]),
        ("inventory_device", Info, vec![device(), with(&device(), plain), with(&device(), json!({ "more": 28 }))]),
        ("key_added", Success, vec![key.clone(), with(&key, json!({ "comment": "" }))]),
        ("key_list", Info, vec![json!({ "total": 1, "rows": [key_row] }), json!({ "total": 0, "rows": [] })]),
        ("key_removed", Success, vec![key]),
        (
            "job_done",
            Success,
            vec![
                ended(
                    json!({ "what": "allocated", "label": "10.0.10.0/24", "addresses": ["10.0.10.5/24"], "ids": [7] }),
                ),
                ended(json!({ "what": "released", "label": "10.0.10.57/24", "addresses": ["10.0.10.57/24"] })),
                ended(json!({ "what": "released", "label": "20 addresses", "addresses": many })),
            ],
        ),
    ]
}

#[test]
fn netbox_in_words() {
    insta::assert_snapshot!(shown(&said("ipam_prefixes", &with(&prefixes(), json!({ "stale": old() })))), @"
    warning: page 1 of 4, 37 prefixes
    NetBox cannot be reached: timed out; shown as last seen at 2026-02-28 14:05 CET.
    prefix | status | vlan | site | free
    10.0.10.0/24 | active | 100 | Lab 1 | 239
    2001:db8:10::/64 | active | 100 | Lab 1 | plenty
    10.0.11.0/24@blue | container |  |  | 0
    ");
    let [_, again] = asked(&allocate());
    insta::assert_snapshot!(shown(&said("ipam_allocate", &again)), @"
    info: take 2 addresses of 10.0.10.0/24?
    It has changed since you asked.
    When somebody else is quicker, the next free ones are taken.
      next = 10.0.10.5/24, 10.0.10.6/24
      gateway = 10.0.10.1 (assumed)
      vlan = 100
      name = printer1
      description = toner
    ");
    let [question, _] = asked(&release());
    insta::assert_snapshot!(shown(&said("ipam_release", &question)), @"
    info: give back 10.0.10.57/24?
    It is deleted in NetBox and may be given to others at once.
    address | name | description | taken by
    10.0.10.57/24 | printer1 | for alice: toner | alice, J-12
    ");
    insta::assert_snapshot!(shown(&said("inventory_device", &device())), @"
    info: sw1 is active
      address = 10.0.0.2
      address = 2001:db8::2
      status = active
      role = Access switch
      type = Juniper EX2300
      platform = Junos
      site = Lab 1
      rack = R1
      serial number = SN1
      asset tag = A-1
      tags = core lab
      owner = alice
      description = top of rack
      in NetBox = https://netbox.lab/dcim/devices/1/
    name | mac | vlan | peers | description
    ge-0/0/0 | BC:24:11:00:00:01 | 10, tagged 20 30 | r1 eth0 | uplink
    ");
}

#[test]
fn the_end_of_taking_and_giving_back() {
    let ended = |done: Value| shown(&said("job_done", &with(&job(), json!({ "dones": [done] }))));
    let two = ["10.0.10.5/24", "10.0.10.6/24"];
    let one = ["10.0.10.57/24"];
    let nine: Vec<String> = (1..10).map(|n| format!("::{n}/64")).collect();
    let all = [
        ended(json!({ "what": "allocated", "label": "10.0.10.0/24", "addresses": two, "ids": [7, 8] })),
        ended(json!({ "what": "released", "label": one[0], "addresses": one })),
        ended(json!({ "what": "released", "label": "9 addresses", "addresses": nine })),
    ];
    insta::assert_snapshot!(all.concat(), @"
    success: J-3: 2 addresses of 10.0.10.0/24 are taken
    2 addresses of 10.0.10.0/24 are taken.
      started by = alice
      address = 10.0.10.5/24
      address = 10.0.10.6/24
      took = 3 s
    success: J-3: 10.0.10.57/24 is given back
    10.0.10.57/24 is given back.
      started by = alice
      address = 10.0.10.57/24
      took = 3 s
    success: J-3: 9 addresses are given back
    9 addresses are given back: ::1/64, ::2/64, ::3/64, ::4/64, ::5/64, ::6/64, ::7/64, ::8/64 and ::9/64.
      started by = alice
      took = 3 s
    ");
}
