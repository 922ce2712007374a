//! What leaves: paths, places of parameters, headers, and the record of it.

use super::{
    super::{NodePower, Source, TaskFilter, Timeframe},
    server::{Reply, Seen, Server, data},
    *,
};
use direttore_domain::{GuestKind, Instant, Power};

fn upid() -> Reply {
    data(&format!("{UPID:?}"))
}

#[tokio::test]
async fn power_has_a_body_for_each_kind() {
    let server = Server::start(|_| upid()).await;
    let lab = client(&[&server]);
    let time = Some(Duration::from_secs(90));
    for kind in [GuestKind::Vm, GuestKind::Container] {
        for power in Power::ALL {
            let sent = lab.power(&guest(kind, 100), power, time).await;
            assert_eq!(sent.is_ok(), kind == GuestKind::Vm || power != Power::Reset, "{kind} {power}: {sent:?}");
        }
    }
    assert_eq!(
        server.lines(),
        [
            "POST /nodes/pve1/qemu/100/status/start timeout=90",
            "POST /nodes/pve1/qemu/100/status/shutdown timeout=90",
            "POST /nodes/pve1/qemu/100/status/reboot timeout=90",
            "POST /nodes/pve1/qemu/100/status/stop timeout=90&overrule-shutdown=1",
            "POST /nodes/pve1/qemu/100/status/reset",
            "POST /nodes/pve1/qemu/100/status/suspend",
            "POST /nodes/pve1/qemu/100/status/resume",
            "POST /nodes/pve1/lxc/100/status/start",
            "POST /nodes/pve1/lxc/100/status/shutdown timeout=90",
            "POST /nodes/pve1/lxc/100/status/reboot timeout=90",
            "POST /nodes/pve1/lxc/100/status/stop overrule-shutdown=1",
            "POST /nodes/pve1/lxc/100/status/suspend",
            "POST /nodes/pve1/lxc/100/status/resume",
        ]
    );
    for seen in server.seen() {
        assert_eq!(seen.headers.get("content-length"), Some(&seen.body.len().to_string()), "{seen:?}");
        assert!(!seen.headers.contains_key("transfer-encoding"), "{seen:?}");
    }
}

#[tokio::test]
async fn deletes_have_no_body_and_snapshots_no_memory_of_containers() {
    let server = Server::start(|_| upid()).await;
    let lab = client(&[&server]);
    let (vm, container) = (guest(GuestKind::Vm, 100), guest(GuestKind::Container, 200));
    let name = "before-upgrade".parse().expect("a name");
    for at in [&vm, &container] {
        lab.snapshot_create(at, &name, "50 % done & more", true).await.expect("a task");
        lab.snapshot_rollback(at, &name, at == &vm).await.expect("a task");
        lab.snapshot_delete(at, &name).await.expect("a task");
        lab.guest_delete(at, at == &vm).await.expect("a task");
    }
    assert_eq!(
        server.lines(),
        [
            "POST /nodes/pve1/qemu/100/snapshot snapname=before-upgrade&description=50+%25+done+%26+more&vmstate=1",
            "POST /nodes/pve1/qemu/100/snapshot/before-upgrade/rollback start=1",
            "DELETE /nodes/pve1/qemu/100/snapshot/before-upgrade",
            "DELETE /nodes/pve1/qemu/100?purge=1",
            "POST /nodes/pve1/lxc/200/snapshot snapname=before-upgrade&description=50+%25+done+%26+more",
            "POST /nodes/pve1/lxc/200/snapshot/before-upgrade/rollback",
            "DELETE /nodes/pve1/lxc/200/snapshot/before-upgrade",
            "DELETE /nodes/pve1/lxc/200",
        ]
    );
    for seen in server.seen().iter().filter(|s| s.method == "DELETE") {
        assert!(!seen.headers.contains_key("content-length"), "{seen:?}");
        assert!(!seen.headers.contains_key("content-type"), "{seen:?}");
    }
}

#[tokio::test]
async fn a_task_is_asked_for_on_its_own_node() {
    let server = Server::start(|seen| match seen.path.rsplit('/').next() {
        Some("status") => data(r#"{"status":"stopped","exitstatus":"WARNINGS: 2"}"#),
        Some("log") => data(r#"[{"n":2,"t":"TASK OK"},{"n":1,"t":"a\u001b[31mb"}]"#),
        Some("tasks") => data("[]"),
        _ => data("null"),
    })
    .await;
    let lab = client(&[&server]);
    let upid = UPID.parse().expect("a UPID");
    let ended = lab.task_state(&upid).await.expect("a state");
    assert_eq!(ended, super::super::TaskState::Ended(super::super::Exit::Warnings(2)));
    assert_eq!(lab.task_log(&upid, 0, 20).await.expect("a log"), ["a\\u{1b}[31mb", "TASK OK"]);
    lab.stop_task(&upid).await.expect("null is an answer");
    let filter = TaskFilter {
        vmid: 100.try_into().ok(),
        task_type: Some("qmstart".into()),
        source: Source::Active,
        since: Some(Instant(1_700_000_000_999)),
        limit: Some(5),
    };
    lab.tasks(&upid.node, &filter).await.expect("a list");
    let encoded = "UPID%3Apve1%3A00000ACD%3A00006AE8%3A679A423B%3Aqmstart%3A100%3Abot%40pve%21direttore%3A";
    assert_eq!(
        server.lines(),
        [
            format!("GET /nodes/pve1/tasks/{encoded}/status"),
            format!("GET /nodes/pve1/tasks/{encoded}/log?start=0&limit=20"),
            format!("DELETE /nodes/pve1/tasks/{encoded}"),
            "GET /nodes/pve1/tasks?source=active&vmid=100&typefilter=qmstart&since=1700000000&limit=5".to_owned(),
        ]
    );
}

#[tokio::test]
async fn loads_are_asked_for_by_timeframe() {
    let server = Server::scripted(&[data(r#"[{"time":60,"cpu":0.5},{"time":0}]"#), data("[]"), data("null")]).await;
    let lab = client(&[&server]);
    let (vm, container) = (guest(GuestKind::Vm, 100), guest(GuestKind::Container, 200));
    let all = lab.guest_rrd(&vm, Timeframe::Hour).await.expect("rows");
    assert_eq!(
        all.iter().map(|s| (s.at, s.cpu)).collect::<Vec<_>>(),
        [(Instant(0), None), (Instant(60_000), Some(0.5))]
    );
    assert_eq!(lab.guest_rrd(&container, Timeframe::Day).await.expect("no rows"), []);
    assert_eq!(lab.guest_rrd(&container, Timeframe::Day).await.expect("null is an answer"), []);
    assert_eq!(
        server.lines()[..2],
        [
            "GET /nodes/pve1/qemu/100/rrddata?timeframe=hour&cf=AVERAGE",
            "GET /nodes/pve1/lxc/200/rrddata?timeframe=day&cf=AVERAGE",
        ]
    );
}

#[tokio::test]
async fn the_other_calls() {
    let server = Server::start(|seen| match seen.path.trim_start_matches("/api2/json") {
        "/version" => data(r#"{"version":"9.2.3","release":"9.2","repoid":"x"}"#),
        "/access/permissions" => data(r#"{"/":{"VM.Audit":1,"Sys.Audit":"0"}}"#),
        "/nodes" => data(r#"[{"node":"pve2","status":"offline"},{"node":"pve1","ssl_fingerprint":"AA:BB"}]"#),
        "/nodes/pve1/qemu/100/config" => data(r#"{"digest":"d1","name":101,"onboot":true,"description":"a\nb"}"#),
        "/cluster/resources" => data(r#"[{"type":"node","node":"pve1","status":"online"}]"#),
        _ => data("null"),
    })
    .await;
    let lab = client(&[&server]);
    assert_eq!(lab.version().await.expect("a version").major(), 9);
    let ours = lab.permissions().await.expect("a table");
    assert!(ours.has("/vms/100", "VM.Audit") && !ours.has("/nodes/pve1", "Sys.Audit") && ours.has("/", "Sys.Audit"));
    let shown: Vec<_> = lab.fingerprints().await.expect("a list");
    assert_eq!(format!("{shown:?}"), r#"[(NodeName("pve1"), Some("AA:BB")), (NodeName("pve2"), None)]"#);
    let config = lab.guest_config(&guest(GuestKind::Vm, 100)).await.expect("a configuration");
    assert_eq!(config.digest, "d1");
    let values: Vec<_> = config.values.iter().map(|(k, v)| format!("{k}={v}")).collect();
    assert_eq!(values, ["description=a\nb", "name=101", "onboot=1"]);
    assert_eq!(lab.resources().await.expect("rows").nodes.len(), 1);
    lab.node_power(&"pve1".parse().expect("a name"), NodePower::Reboot).await.expect("null is an answer");
    assert_eq!(server.lines().last().map(String::as_str), Some("POST /nodes/pve1/status command=reboot"));
}

#[tokio::test]
async fn a_token_is_one_header_and_no_cookie() {
    let server = Server::start(|_| upid()).await;
    let lab = client(&[&server]);
    lab.power(&guest(GuestKind::Vm, 100), Power::Start, None).await.expect("a task");
    let Seen { headers, .. } = &server.seen()[0];
    assert_eq!(headers.get("authorization").map(String::as_str), Some("PVEAPIToken=bot@pve!direttore=5ec2e7-0000"));
    assert!(!headers.contains_key("cookie") && !headers.contains_key("csrfpreventiontoken"), "{headers:?}");
    assert_eq!(headers.get("content-type").map(String::as_str), Some("application/x-www-form-urlencoded"));
    assert_eq!(lab.user(), "bot@pve!direttore");
    assert!(!format!("{lab:?}").contains("5ec2e7"));
}

#[tokio::test]
async fn what_is_sent_is_recorded() {
    let server = Server::start(|_| upid()).await;
    let file = std::env::temp_dir().join(format!("direttore-record-{}", server.name().replace(':', "-")));
    let _ = std::fs::remove_file(&file);
    let lab = Proxmox::new(Settings { record: Some(file.clone()), ..settings(&[&server], token()) }).expect("valid");
    lab.guest_delete(&guest(GuestKind::Vm, 100), true).await.expect("a task");
    lab.power(&guest(GuestKind::Vm, 100), Power::Start, Some(Duration::from_secs(5))).await.expect("a task");
    let record = std::fs::read_to_string(&file).expect("written");
    let _ = std::fs::remove_file(&file);
    let lines: Vec<&str> = record.lines().collect();
    assert_eq!(
        lines,
        [
            r#"{"method":"DELETE","path":"/nodes/pve1/qemu/100","params":{"purge":"1"},"where":"query"}"#,
            r#"{"method":"POST","path":"/nodes/pve1/qemu/100/status/start","params":{"timeout":"5"},"where":"body"}"#,
        ]
    );
}
