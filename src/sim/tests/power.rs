//! Power, its tasks, and what stands in its way.

use super::{BRIEF, ENDLESS, Lab, settings};
use crate::Settings;
use serde_json::json;

#[tokio::test]
async fn stop_and_start_with_their_tasks() {
    let lab = Lab::new(settings()).await;
    let at = lab.at("web1");
    let upid = lab.post(&format!("{at}/status/stop"), &[("overrule-shutdown", "1")]).await.upid();
    let parsed: direttore_domain::Upid = upid.parse().expect("the real form");
    assert_eq!((parsed.task_type.as_str(), parsed.user.as_str()), ("qmstop", "direttore@pve!bot"));
    assert_eq!(lab.ended(&upid).await, "OK");
    assert_eq!(lab.status("web1").await["qmpstatus"], "stopped");
    assert_eq!(
        lab.post(&format!("{at}/status/stop"), &[]).await.no(),
        (500, format!("VM {} not running", lab.vmid("web1")).as_str())
    );
    assert_eq!(lab.run(&format!("{at}/status/start"), &[]).await, "OK");
    assert_eq!(lab.status("web1").await["status"], "running");
    let again = lab.run(&format!("{at}/status/start"), &[]).await;
    assert_eq!(again, format!("VM {} already running", lab.vmid("web1")), "a task's error for a VM");
    let log = lab.task(&upid, "log").await;
    assert_eq!(log.data().as_array().and_then(|l| l.last()).map(|l| &l["t"]), Some(&json!("TASK OK")));
}

#[tokio::test]
async fn a_container_says_at_once_that_it_runs() {
    let lab = Lab::new(settings()).await;
    let (at, vmid) = (lab.at("dns1"), lab.vmid("dns1"));
    assert_eq!(
        lab.post(&format!("{at}/status/start"), &[]).await.no(),
        (500, format!("CT {vmid} already running").as_str())
    );
    assert_eq!(lab.run(&format!("{at}/status/shutdown"), &[("timeout", "30")]).await, "OK");
    assert_eq!(lab.status("dns1").await["status"], "stopped");
    assert_eq!(lab.post(&format!("{at}/status/shutdown"), &[]).await.reason, format!("CT {vmid} not running"));
    assert_eq!(lab.post(&format!("{at}/status/reset"), &[]).await.status, 501, "containers have no reset");
}

#[tokio::test]
async fn a_paused_vm_cannot_shut_down() {
    let lab = Lab::new(settings()).await;
    let at = lab.at("web1");
    assert_eq!(lab.run(&format!("{at}/status/suspend"), &[]).await, "OK");
    let status = lab.status("web1").await;
    assert_eq!((&status["status"], &status["qmpstatus"]), (&json!("running"), &json!("paused")));
    assert_eq!(lab.post(&format!("{at}/status/shutdown"), &[]).await.no(), (500, "VM is paused - cannot shutdown"));
    assert_eq!(lab.run(&format!("{at}/status/resume"), &[]).await, "OK");
    assert_eq!(lab.status("web1").await["qmpstatus"], "running");
    let needs = lab.post(&format!("{at}/status/suspend"), &[("statestorage", "local-lvm")]).await;
    assert!(needs.error("todisk").contains("requires this property"));
    assert_eq!(lab.run(&format!("{at}/status/suspend"), &[("todisk", "1")]).await, "OK");
    let status = lab.status("web1").await;
    assert_eq!((&status["status"], &status["lock"]), (&json!("stopped"), &json!("suspended")));
    assert_eq!(lab.run(&format!("{at}/status/start"), &[]).await, "OK");
    assert_eq!(lab.status("web1").await.get("lock"), None);
}

#[tokio::test]
async fn what_is_not_there_and_what_must_not_start() {
    let lab = Lab::new(settings()).await;
    let missing = lab.post("/nodes/pve1/qemu/999/status/start", &[]).await;
    assert_eq!(missing.no(), (500, "Configuration file 'nodes/pve1/qemu-server/999.conf' does not exist"));
    assert_eq!(
        lab.run(&format!("{}/status/start", lab.at("debian-13-cloud")), &[]).await,
        "you can't start a vm if it's a template"
    );
    let elsewhere = lab.at("web1").replace("pve2", "pve3");
    assert_eq!(lab.post(&format!("{elsewhere}/status/start"), &[]).await.status, 500, "it is on another node");
    let nowhere = lab.get("/nodes/pve9/status").await;
    assert!(nowhere.no().0 == 500 && nowhere.reason.starts_with("hostname lookup 'pve9' failed"), "{nowhere:?}");
}

#[tokio::test]
async fn the_ha_manager_acts_after_its_task() {
    let lab = Lab::new(settings()).await;
    let at = lab.at("gitlab");
    let upid = lab.post(&format!("{at}/status/stop"), &[]).await.upid();
    assert!(upid.contains(":hastop:"), "{upid}");
    assert_eq!(lab.ended(&upid).await, "OK");
    assert_eq!(lab.status("gitlab").await["status"], "running", "the task was only the request");
    assert_eq!(lab.status("gitlab").await["ha"]["managed"], json!(1));
    while lab.status("gitlab").await["status"] == "running" {
        tokio::task::yield_now().await;
    }
    let by_ha = lab.sim.tasks().into_iter().find(|t| t.task_type == "qmstop").expect("the manager's own task");
    assert_eq!(by_ha.user, "root@pam");
}

#[tokio::test]
async fn a_stop_that_overrules_ends_the_waiting_shutdown() {
    let lab = Lab::new(Settings { task_time: ENDLESS, ..settings() }).await;
    let at = lab.at("web1");
    let shutdown = lab.post(&format!("{at}/status/shutdown"), &[]).await.upid();
    lab.post(&format!("{at}/status/stop"), &[("overrule-shutdown", "1")]).await.upid();
    assert_eq!(lab.ended(&shutdown).await, "received interrupt");
    let running = lab.get("/nodes/pve2/tasks?source=active").await;
    assert_eq!((&running.data()[0]["type"], &running.data()[0]["status"]), (&json!("qmstop"), &json!("RUNNING")));
}

#[tokio::test]
async fn a_running_task_is_listed_stopped_and_gone_from_the_running_ones() {
    let lab = Lab::new(Settings { task_time: ENDLESS, ..settings() }).await;
    let upid = lab.post(&format!("{}/status/reboot", lab.at("web1")), &[]).await.upid();
    assert_eq!(lab.get("/nodes/pve2/tasks").await.data(), &json!([]), "the archive has ended tasks only");
    assert_eq!(lab.get("/nodes/pve2/tasks?source=all&vmid=101").await.data()[0]["upid"], json!(upid));
    let escaped = upid.replace(':', "%3A").replace('@', "%40").replace('!', "%21");
    assert_eq!(lab.delete(&format!("/nodes/pve2/tasks/{escaped}")).await.data(), &json!(null));
    assert_eq!(lab.ended(&upid).await, "received interrupt");
    assert_eq!(lab.get("/nodes/pve2/tasks?source=active").await.data(), &json!([]));
    assert_eq!(lab.get("/nodes/pve2/tasks?errors=1").await.body["total"], json!(1));
    let unknown = upid.replace("qmreboot", "qmstart").replace(':', "%3A").replace('@', "%40").replace('!', "%21");
    assert_eq!(lab.get(&format!("/nodes/pve2/tasks/{unknown}/status")).await.error("upid"), "no such task");
}

#[tokio::test]
async fn a_node_reboots_and_brings_its_guests_back() {
    let lab = Lab::new(Settings { task_time: BRIEF, ..settings() }).await;
    assert_eq!(lab.post("/nodes/pve2/status", &[("command", "reboot")]).await.data(), &json!(null));
    while lab.sim.world()["nodes"]["pve2"]["status"] == "online" {
        tokio::task::yield_now().await;
    }
    let gone = lab.get("/nodes/pve2/qemu").await;
    assert_eq!((gone.no(), gone.text.as_str()), ((595, "No route to host"), "No route to host"));
    let rows = lab.get("/cluster/resources?type=vm").await;
    let web1 =
        rows.data().as_array().and_then(|rows| rows.iter().find(|r| r["vmid"] == 101)).expect("still listed").clone();
    assert_eq!((&web1["status"], web1.get("name")), (&json!("unknown"), None));
    while lab.sim.world()["nodes"]["pve2"]["status"] == "offline" {
        tokio::task::yield_now().await;
    }
    assert_eq!(lab.status("web1").await["status"], "running", "it has onboot");
    assert_eq!(lab.status("bgp-lab-2").await["status"], "stopped");
}
