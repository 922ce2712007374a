//! Bridges, tags, and the addresses that guests report.

use super::{Lab, settings};
use serde_json::{Value, json};

/// Name, and addresses without link-local ones.
fn reported(answer: &Value) -> Vec<String> {
    let interfaces = answer.get("result").unwrap_or(answer).as_array().expect("interfaces");
    let line = |interface: &Value| {
        let addresses = interface["ip-addresses"].as_array().expect("addresses").iter();
        let shown = addresses
            .map(|a| format!("{}/{}", a["ip-address"].as_str().unwrap_or_default(), a["prefix"]).replace('"', ""))
            .filter(|a| !a.starts_with("fe80:"));
        format!("{} {}", interface["name"].as_str().unwrap_or_default(), shown.collect::<Vec<_>>().join(" "))
    };
    interfaces.iter().map(line).collect()
}

#[tokio::test]
async fn bridges_are_listed_with_what_they_take() {
    let lab = Lab::new(settings()).await;
    let bridges = async || {
        let rows = lab.get("/nodes/pve1/network?type=any_bridge").await;
        let rows = rows.data().as_array().expect("rows").clone();
        rows.iter().map(|r| format!("{} {}", r["iface"], r["bridge_vlan_aware"])).collect::<Vec<_>>()
    };
    assert_eq!(bridges().await, ["\"vmbr0\" 1", "\"vmbr1\" null"]);
    lab.sim.tell("pve1 bridge=vmbr1 aware").expect("a line");
    lab.sim.tell("all bridge=vmbr2 plain").expect("a line");
    lab.sim.tell("pve1 bridge=vmbr0 gone").expect("a line");
    assert_eq!(bridges().await, ["\"vmbr1\" 1", "\"vmbr2\" null"]);
}

#[tokio::test]
async fn a_tag_needs_a_bridge_that_takes_it() {
    let lab = Lab::new(settings()).await;
    let form = [("vmid", "500"), ("name", "new1"), ("net0", "virtio,bridge=vmbr1,tag=20"), ("start", "1")];
    assert_eq!(lab.run("/nodes/pve1/qemu", &form).await, "OK", "a start that fails does not fail the creation");
    assert_eq!(lab.status("new1").await["status"], "stopped");
    let upid = lab.post(&format!("{}/status/start", lab.at("new1")), &[]).await.upid();
    assert_eq!(lab.ended(&upid).await, "start failed: QEMU exited with code 1");
    assert!(lab.task(&upid, "log").await.text.contains("no physical interface on bridge 'vmbr1'"));
    lab.sim.tell("pve1 bridge=vmbr1 gone").expect("a line");
    let upid = lab.post(&format!("{}/status/start", lab.at("new1")), &[]).await.upid();
    assert_eq!(lab.ended(&upid).await, "start failed: QEMU exited with code 1");
    assert!(lab.task(&upid, "log").await.text.contains("bridge 'vmbr1' does not exist"));
    lab.sim.tell("pve1 bridge=vmbr1 aware").expect("a line");
    assert_eq!(lab.run(&format!("{}/status/start", lab.at("new1")), &[]).await, "OK");

    let template = "local:vztmpl/debian-13-standard_13.1-2_amd64.tar.zst";
    let net = "name=eth0,bridge=vmbr1,tag=20,ip=dhcp";
    let form = [("vmid", "501"), ("hostname", "ct1"), ("ostemplate", template), ("net0", net)];
    assert_eq!(lab.run("/nodes/pve2/lxc", &form).await, "OK");
    assert_eq!(lab.run(&format!("{}/status/start", lab.at("ct1")), &[]).await, "startup for container '501' failed");
}

#[tokio::test]
async fn a_clone_reports_what_cloud_init_was_told() {
    let lab = Lab::new(settings()).await;
    assert_eq!(
        lab.run(&format!("{}/clone", lab.at("debian-13-cloud")), &[("newid", "600"), ("name", "new1")]).await,
        "OK"
    );
    let at = lab.at("new1");
    let change = [
        ("net0", "virtio,bridge=vmbr0,tag=10"),
        ("net1", "virtio=BC:24:11:00:01:02,bridge=vmbr0"),
        ("ipconfig0", "ip=10.0.10.5/24,gw=10.0.10.1,ip6=2001:db8:10::5/64"),
        ("ipconfig1", "ip=dhcp,ip6=auto"),
        ("cipassword", "hunter2"),
        ("sshkeys", "ssh-rsa%20AAAA%2B"),
    ];
    assert_eq!(lab.put(&format!("{at}/config"), &change).await.data(), &json!(null));
    assert_eq!(lab.get(&format!("{at}/config")).await.data()["cipassword"], "**********");
    assert!(!lab.sim.world().to_string().contains("hunter2"), "kept as a hash");
    let path = format!("{at}/agent/network-get-interfaces");
    assert_eq!(lab.get(&path).await.no(), (500, "VM 600 is not running"));
    assert_eq!(lab.run(&format!("{at}/status/start"), &[]).await, "OK");
    let is = [
        "lo 127.0.0.1/8 ::1/128",
        "eth0 10.0.10.5/24 2001:db8:10::5/64",
        "eth1 192.0.2.5/24 2001:db8::be24:11ff:fe00:102/64",
    ];
    assert_eq!(reported(lab.get(&path).await.data()), is);

    lab.sim.tell("guest 600 agent=off").expect("a line");
    assert_eq!(lab.get(&path).await.no(), (500, "QEMU guest agent is not running"));
    lab.sim.tell("guest 600 agent=on").expect("a line");
    lab.sim.tell("guest 600 seen=10.0.10.7").expect("a line");
    assert_eq!(reported(lab.get(&path).await.data())[1], "eth0 10.0.10.5/24 2001:db8:10::5/64 10.0.10.7/24");
    assert_eq!(lab.put(&format!("{at}/config"), &[("agent", "0")]).await.status, 200);
    assert_eq!(lab.get(&path).await.no(), (500, "No QEMU guest agent configured"));
}

#[tokio::test]
async fn no_agent_answers_where_nothing_is_installed() {
    let lab = Lab::new(settings()).await;
    let form = [("vmid", "500"), ("name", "new1"), ("agent", "1"), ("net0", "virtio,bridge=vmbr0"), ("start", "1")];
    assert_eq!(lab.run("/nodes/pve1/qemu", &form).await, "OK");
    let answer = lab.get(&format!("{}/agent/network-get-interfaces", lab.at("new1"))).await;
    assert_eq!(answer.no(), (500, "QEMU guest agent is not running"));
}

#[tokio::test]
async fn a_container_reports_its_nics() {
    let lab = Lab::new(settings()).await;
    let template = "local:vztmpl/debian-13-standard_13.1-2_amd64.tar.zst";
    let form = [
        ("vmid", "700"),
        ("hostname", "ct1"),
        ("ostemplate", template),
        ("net0", "name=lan,bridge=vmbr0,tag=20,ip=10.0.20.5/24,gw=10.0.20.1,ip6=manual"),
        ("net1", "name=eth1,bridge=vmbr0,ip=dhcp,ip6=2001:db8:20::5/64,gw6=2001:db8:20::1,hwaddr=BC:24:11:00:00:09"),
        ("start", "1"),
    ];
    assert_eq!(lab.run("/nodes/pve1/lxc", &form).await, "OK");
    let answer = lab.get(&format!("{}/interfaces", lab.at("ct1"))).await;
    assert_eq!(
        reported(answer.data()),
        ["lo 127.0.0.1/8 ::1/128", "lan 10.0.20.5/24", "eth1 192.0.2.10/24 2001:db8:20::5/64"]
    );
    assert_eq!(answer.data()[1]["inet"], "10.0.20.5/24", "as version 8 reads it");
}
