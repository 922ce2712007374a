//! The checker itself: right requests pass, each kind of wrong one is refused.

use super::*;
use serde_json::json;

fn line(method: &str, path: &str, params: Value) -> Value {
    let place = if matches!(method, "GET" | "DELETE") { "query" } else { "body" };
    json!({"method": method, "path": path, "params": params, "where": place})
}

fn small() -> Schema {
    Schema::new(&json!({
        "formats": {"two": {"a": {"type": "integer", "default_key": 1}, "b": {"type": "string", "optional": 1}}},
        "endpoints": {
            "GET /nodes/{node}": {"parameters": {"node": {"type": "string", "format": "pve-node"}}},
            "GET /nodes/all": {"parameters": {}},
            "POST /nodes/{node}/x/{vmid}": {"parameters": {
                "node": {"type": "string", "format": "pve-node"},
                "vmid": {"type": "integer", "format": "pve-vmid", "minimum": 100, "maximum": "999999999"},
                "name": {"type": "string", "maxLength": 4, "minLength": 2},
                "flag": {"type": "boolean", "optional": 1, "requires": "kind"},
                "kind": {"type": "string", "enum": ["one", "two"], "optional": "1"},
                "size": {"type": "string", "pattern": "(?^i:\\+?\\d+[g])", "optional": 1},
                "share": {"type": "number", "minimum": 0, "maximum": 1, "optional": 1},
                "ids": {"type": "array", "items": {"type": "integer"}, "optional": 1},
                "vms": {"type": "string", "format": "pve-vmid-list", "optional": 1},
                "pair": {"type": "string", "format": "two", "optional": 1},
                "net[n]": {"type": "string", "optional": 1, "format": {
                    "model": {"type": "string", "default_key": 1, "enum": ["virtio", "e1000"]},
                    "macaddr": {"type": "string", "format": "mac-addr", "optional": 1},
                    "virtio": {"alias": "macaddr", "keyAlias": "model"},
                    "bridge": {"type": "string", "format": "pve-bridge-id", "optional": 1},
                    "tag": {"type": "integer", "minimum": 1, "maximum": 4094, "optional": 1}}},
            }},
        },
    }))
}

fn post(params: Value) -> Result<String, String> {
    let mut all = json!({"name": "web"});
    all.as_object_mut().expect("an object").extend(object(&params).clone());
    small().check(&line("POST", "/nodes/pve1/x/100", all)).map(str::to_owned)
}

#[test]
fn right_ones_pass() {
    for params in [
        json!({}),
        json!({"flag": "1", "kind": "one"}),
        json!({"size": "+10G"}),
        json!({"share": "0.5", "ids": ["1", "2"], "vms": "100,200;300"}),
        json!({"net0": "virtio,bridge=vmbr0,tag=5", "net31": "virtio=BC:24:11:00:00:01"}),
        json!({"pair": "5,b=x"}),
        json!({"name": "…"}),
        json!({"node": "pve1"}),
    ] {
        assert_eq!(post(params.clone()), Ok("POST /nodes/{node}/x/{vmid}".to_owned()), "{params}");
    }
    assert_eq!(small().check(&line("GET", "/nodes/all", json!({}))), Ok("GET /nodes/all"));
    assert_eq!(small().check(&line("GET", "/nodes/p%76e", json!({}))), Ok("GET /nodes/{node}"));
}

#[test]
fn wrong_ones_are_refused() {
    for (params, why) in [
        (json!({"vmstate": "1"}), "no parameter vmstate"),
        (json!({"net[n]": "virtio"}), "no parameter net[n]"),
        (json!({"net32": "virtio"}), "no parameter net32"),
        (json!({"net01": "virtio"}), "no parameter net01"),
        (json!({"name": "x"}), "too short"),
        (json!({"name": "xxxxx"}), "too long"),
        (json!({"flag": "1"}), "flag needs kind"),
        (json!({"flag": "maybe", "kind": "one"}), "no boolean"),
        (json!({"kind": "three"}), "none of the words"),
        (json!({"size": "10"}), "right form"),
        (json!({"size": "x10G"}), "right form"),
        (json!({"share": "1.5"}), "out of range"),
        (json!({"share": "half"}), "no number"),
        (json!({"ids": ["a"]}), "no whole number"),
        (json!({"kind": ["one"]}), "no list"),
        (json!({"vms": "100,7"}), "no pve-vmid"),
        (json!({"net0": "bridge=vmbr0"}), "model is missing"),
        (json!({"net0": "virtio,tag=5000"}), "tag: \"5000\" is out of range"),
        (json!({"net0": "virtio,ip=10.0.0.1/24"}), "model"),
        (json!({"net0": "virtio=nonsense"}), "mac-addr"),
        (json!({"net0": "virtio,tag=1,tag=2"}), "twice"),
        (json!({"pair": "b=x"}), "a is missing"),
        (json!({"node": "pve2"}), "differs"),
    ] {
        let refused = post(params.clone()).expect_err(&params.to_string());
        assert!(refused.contains(why), "{params}: {refused}");
    }
    let schema = small();
    for (method, path) in [("GET", "/nope"), ("PUT", "/nodes/pve1"), ("GET", "/nodes/pve1/"), ("GET", "/nodes/-x")] {
        assert!(schema.check(&line(method, path, json!({}))).is_err(), "{method} {path}");
    }
    assert!(schema.check(&line("POST", "/nodes/pve1/x/99", json!({"name": "web"}))).is_err());
    assert!(
        schema.check(&line("POST", "/nodes/pve1/x/100", json!({}))).expect_err("no name").contains("name is missing")
    );
    let in_query = json!({"method": "POST", "path": "/nodes/pve1/x/100", "params": {"name": "web"}, "where": "query"});
    assert!(schema.check(&in_query).expect_err("wrong place").contains("body"));
}

#[test]
fn a_record_is_checked_line_by_line() {
    let schema = small();
    let record = format!(
        "{}\n\n{}\nnot json\n{}\n",
        line("GET", "/nodes/all", json!({})),
        line("GET", "/nodes/all", json!({})),
        line("GET", "/nodes/all", json!({"x": "1"}))
    );
    let (endpoints, wrong) = schema.check_all(&record);
    assert_eq!(endpoints.into_iter().collect::<Vec<_>>(), ["GET /nodes/all"]);
    assert_eq!(wrong.len(), 2, "{wrong:?}");
}

#[test]
fn another_version_has_other_parameters() {
    let mut schema = small();
    schema.apply(&json!({
        "endpoints_missing_vs_9.2.3": ["GET /nodes/all"],
        "parameters": {"POST /nodes/{node}/x/{vmid}": {"missing_here": ["flag"], "only_here": ["maxfiles"]}},
        "types": {"POST /nodes/{node}/x/{vmid}": {"name": {
            "maxLength": {"9.2.3": 4, "here": null}, "pattern": {"9.2.3": null, "here": "[a-z]+"}}}},
    }));
    // The path now falls to the template beside it.
    assert_eq!(schema.check(&line("GET", "/nodes/all", json!({}))), Ok("GET /nodes/{node}"));
    let post = |params| schema.check(&line("POST", "/nodes/pve1/x/100", params));
    assert!(post(json!({"name": "longer", "maxfiles": "3"})).is_ok());
    assert!(post(json!({"name": "Longer"})).is_err());
    assert!(post(json!({"name": "web", "flag": "1", "kind": "one"})).is_err());
}

#[test]
fn the_published_schema_is_understood() {
    let (Some(new), Some(old)) = (Schema::load(), Schema::load_8_4()) else { return };
    assert!(new.endpoints.len() > old.endpoints.len() && old.endpoints.len() > 600);
    fn patterns(value: &Value, found: &mut BTreeSet<String>) {
        match value {
            Value::Object(all) => {
                all.iter().for_each(|(key, value)| match value.as_str().filter(|_| key == "pattern") {
                    Some(pattern) => drop(found.insert(pattern.to_owned())),
                    None => patterns(value, found),
                })
            }
            Value::Array(all) => all.iter().for_each(|value| patterns(value, found)),
            _ => {}
        }
    }
    let mut found = BTreeSet::new();
    new.endpoints.values().chain(old.endpoints.values()).flatten().for_each(|(_, rule)| patterns(rule, &mut found));
    found.iter().for_each(|pattern| drop(compiled(pattern)));
    assert!(found.len() > 50, "{}", found.len());
    for schema in [&new, &old] {
        let check = |method, path, params| schema.check(&line(method, path, params));
        let upid =
            "/nodes/pve1/tasks/UPID%3Apve1%3A00000ACD%3A00006AE8%3A679A423B%3Aqmstart%3A100%3Abot%40pve%21x%3A/log";
        assert!(check("GET", upid, json!({"start": "0", "limit": "50"})).is_ok());
        assert!(check("POST", "/nodes/pve1/qemu/100/status/stop", json!({"overrule-shutdown": "1"})).is_ok());
        assert!(check("POST", "/nodes/pve1/qemu/100/snapshot", json!({"snapname": "a1", "vmstate": "1"})).is_ok());
        assert!(check("POST", "/nodes/pve1/lxc/100/snapshot", json!({"snapname": "a1", "vmstate": "1"})).is_err());
        assert!(check("POST", "/nodes/pve1/lxc/100/status/reset", json!({})).is_err());
        let nic = json!({"net0": "virtio=BC:24:11:00:00:01,bridge=vmbr0,tag=100"});
        check("PUT", "/nodes/pve1/qemu/100/config", nic).expect("a NIC as Proxmox writes it");
    }
}
