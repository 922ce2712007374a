use super::*;
use proptest::prelude::*;

fn lab() -> ClusterName {
    "lab".parse().expect("a name")
}

fn parse(rows: &str) -> Resources {
    parse_resources(&lab(), format!(r#"{{"data":[{rows}],"x":{{}}}}"#).as_bytes()).expect("rows")
}

#[test]
fn rows_of_all_types() {
    let all = parse(
        r#"{"type":"qemu","id":"qemu/100","vmid":100,"node":"pve1","name":"web1","status":"running","cpu":0.5,"maxcpu":4,
            "mem":1024,"maxmem":4096,"disk":0,"maxdisk":34359738368,"uptime":60,"template":0,"tags":"prod;web","pool":"lab",
            "lock":"backup","hastate":"started","netin":1,"memhost":5,"diskread":9},
           {"type":"lxc","vmid":"200","node":"pve2","name":101,"status":"stopped","template":"1","maxcpu":"2","cpu":null},
           {"type":"qemu","vmid":300,"node":"pve3","status":"unknown"},
           {"type":"node","node":"pve1","status":"online","maxcpu":16,"cpu":0.25,"maxmem":64,"mem":32,"maxdisk":10,"disk":5,"uptime":9},
           {"type":"node","node":"pve3","status":"offline"},
           {"type":"storage","storage":"local-lvm","node":"pve1","status":"available","shared":0,"plugintype":"lvmthin",
            "content":"images,rootdir","maxdisk":100,"disk":40},
           {"type":"pool","pool":"lab"},{"type":"network","network":"localnetwork","node":"pve1"},{"id":"?"}"#,
    );
    let [web, container, lost] = all.guests.as_slice() else { panic!("{:?}", all.guests) };
    assert_eq!((web.label().as_str(), web.status, web.kind), ("web1", GuestStatus::Running, GuestKind::Vm));
    assert_eq!((web.cores, web.cpu, web.memory, web.memory_used, web.disk), (4.0, 0.5, 4096, 1024, 34_359_738_368));
    assert_eq!(web.tags.iter().map(ToString::to_string).collect::<Vec<_>>(), ["prod", "web"]);
    assert_eq!((web.lock.as_deref(), web.ha.as_deref()), (Some("backup"), Some("started")));
    assert_eq!(web.pool.as_ref().map(ToString::to_string).as_deref(), Some("lab"));
    assert_eq!((container.vmid.get(), container.name.as_deref(), container.is_template), (200, Some("101"), true));
    assert_eq!((container.cores, container.cpu), (2.0, 0.0));
    assert_eq!((lost.name.as_deref(), lost.status), (None, GuestStatus::Unknown));
    assert_eq!(
        all.nodes.iter().map(|n| (n.status, n.memory)).collect::<Vec<_>>(),
        [(NodeStatus::Online, Some(64)), (NodeStatus::Offline, None)]
    );
    let [local] = all.storages.as_slice() else { panic!("{:?}", all.storages) };
    assert!(local.is_available && !local.is_shared);
    assert_eq!((local.content.join(" "), local.size, local.used), ("images rootdir".into(), 100, 40));
}

#[test]
fn a_row_that_names_nothing_is_left_out_and_the_others_stay() {
    let all = parse(
        r#"{"type":"qemu","vmid":7,"node":"pve1"},{"type":"qemu","vmid":"x","node":"pve1"},{"type":"qemu","vmid":100},
           {"type":"qemu","vmid":101,"node":"no node!"},{"type":"storage","node":"pve1"},{"type":"node"},
           {"type":"lxc","vmid":102,"node":"pve1","pool":"no pool!","tags":"ok;tag!","name":["?"]}"#,
    );
    assert_eq!((all.guests.len(), all.nodes.len(), all.storages.len()), (1, 0, 0));
    let guest = &all.guests[0];
    assert_eq!(
        (guest.vmid.get(), guest.pool.is_none(), guest.tags.len(), guest.label().as_str()),
        (102, true, 1, "container 102")
    );
}

#[test]
fn wild_names_are_shown_as_text() {
    let huge = "x".repeat(10_000);
    let all = parse(&format!(
        r#"{{"type":"qemu","vmid":100,"node":"pve1","name":"{huge}"}}, {{"type":"qemu","vmid":101,"node":"pve1","name":"a\u001b[2J@everyone\n\u202e"}}"#
    ));
    assert_eq!(all.guests[0].name.as_ref().map(String::len), Some(10_000));
    assert_eq!(all.guests[1].name.as_deref(), Some("a\\u{1b}[2J@everyone\\n\\u{202e}"));

    let body = b"{\"data\":[{\"type\":\"qemu\",\"vmid\":100,\"node\":\"pve1\",\"name\":\"a\xff\xc3b\"}]}";
    let all = parse_resources(&lab(), body).expect("not all of it is UTF-8");
    assert_eq!(all.guests[0].name.as_deref(), Some("a\u{fffd}\u{fffd}b"));
    assert_eq!(parse_rows(body).expect("rows")[0].name.as_ref().map(Text::as_str), Some("a\u{fffd}\u{fffd}b"));
}

#[test]
fn rows_borrow_from_the_answer() {
    let body = br#"{"data":[{"type":"qemu","vmid":100,"node":"pve1","name":"web1"}]}"#;
    let rows = parse_rows(body).expect("rows");
    assert!(matches!(&rows[0].name, Some(Text(std::borrow::Cow::Borrowed("web1")))));
    assert!(body.as_ptr_range().contains(&rows[0].name.as_ref().expect("named").as_str().as_ptr()));
}

proptest! {
    #[test]
    fn any_bytes_are_read_or_refused(body: Vec<u8>) {
        let _ = (parse_resources(&lab(), &body), parse_rows(&body).map(|r| r.len()));
    }

    #[test]
    fn any_scalars_make_rows(vmid in "(-?(0|[1-9][0-9]{0,11})|\"[0-9]{1,5}\"|null|true|1e9|\\[\\])", name in ".{0,30}", cpu: f64, status in "[a-z]{0,9}") {
        let body = serde_json::json!({"data": [{"type": "lxc", "node": "pve1", "name": name, "cpu": cpu, "status": status, "mem": name}]});
        let body = body.to_string().replacen("\"type\"", &format!("\"vmid\":{vmid},\"type\""), 1);
        let all = parse_resources(&lab(), body.as_bytes()).expect("rows");
        let rows = parse_rows(body.as_bytes()).expect("rows");
        prop_assert_eq!(rows.len(), 1);
        prop_assert!(all.guests.len() <= 1);
        for guest in all.guests {
            prop_assert!(guest.name.is_none_or(|n| !n.chars().any(char::is_control)));
            prop_assert!(guest.cpu.is_finite());
        }
    }
}
