//! Snapshots and locks.

use super::{ENDLESS, Lab, settings};
use crate::Settings;
use serde_json::json;

#[tokio::test]
async fn taken_listed_gone_back_to_and_deleted() {
    let lab = Lab::new(settings()).await;
    let at = lab.at("web1");
    assert_eq!(
        lab.run(&format!("{at}/snapshot"), &[("snapname", "third"), ("description", "with RAM"), ("vmstate", "1")])
            .await,
        "OK"
    );
    let rows = lab.get(&format!("{at}/snapshot")).await;
    let row =
        |name: &str| rows.data().as_array().and_then(|r| r.iter().find(|r| r["name"] == name)).expect("listed").clone();
    assert_eq!((&row("third")["parent"], &row("third")["vmstate"]), (&json!("after-upgrade"), &json!(1)));
    assert_eq!((&row("current")["parent"], &row("current")["running"]), (&json!("third"), &json!(1)));
    assert_eq!(lab.get(&format!("{at}/snapshot/third/config")).await.data()["description"], "with RAM");
    assert_eq!(
        lab.run(&format!("{at}/snapshot"), &[("snapname", "third")]).await,
        "snapshot name 'third' already used"
    );

    assert_eq!(lab.run(&format!("{at}/snapshot/before-upgrade/rollback"), &[]).await, "OK");
    assert_eq!(lab.status("web1").await["status"], "stopped", "the plug was pulled");
    assert_eq!(lab.run(&format!("{at}/snapshot/third/rollback"), &[]).await, "OK");
    assert_eq!(lab.status("web1").await["status"], "running", "it has memory");
    assert_eq!(lab.run(&format!("{at}/snapshot/none/rollback"), &[]).await, "snapshot 'none' does not exist");

    let upid = lab.delete(&format!("{at}/snapshot/after-upgrade")).await.upid();
    assert_eq!(lab.ended(&upid).await, "OK");
    let world = lab.sim.world();
    assert_eq!(world["guests"]["101"]["snapshots"]["third"]["parent"], "before-upgrade");
}

#[tokio::test]
async fn what_cannot_have_one() {
    let lab = Lab::new(settings()).await;
    let take = async |name: &str, snapshot: &str| {
        lab.run(&format!("{}/snapshot", lab.at(name)), &[("snapname", snapshot)]).await
    };
    assert_eq!(take("legacy-ftp", "ab").await, "snapshot feature is not available");
    assert_eq!(take("debian-13-cloud", "ab").await, "you can't take a snapshot if it's a template");
    let reserved = lab.post(&format!("{}/snapshot", lab.at("web1")), &[("snapname", "pending")]).await;
    assert_eq!(reserved.reason, "unable to use snapshot name 'pending' (reserved name)");
    assert_eq!(take("dns1", "pending").await, "OK", "only VMs reserve that name");
}

#[tokio::test]
async fn a_lock_is_seen_and_keeps_others_out() {
    let lab = Lab::new(Settings { task_time: ENDLESS, ..settings() }).await;
    let at = lab.at("web1");
    lab.post(&format!("{at}/snapshot"), &[("snapname", "slow")]).await.upid();
    assert_eq!(lab.status("web1").await["lock"], "snapshot");
    assert_eq!(lab.put(&format!("{at}/config"), &[("onboot", "0")]).await.no(), (500, "VM is locked (snapshot)"));
    let stop = lab.post(&format!("{at}/status/stop"), &[]).await.upid();
    assert_eq!(lab.ended(&stop).await, "VM is locked (snapshot)", "the task finds the lock");

    let container = lab.at("dns1");
    lab.post(&format!("{container}/snapshot"), &[("snapname", "slow")]).await.upid();
    assert_eq!(lab.post(&format!("{container}/status/stop"), &[]).await.no(), (500, "CT is locked (snapshot)"));
}
