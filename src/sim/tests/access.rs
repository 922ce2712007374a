//! Login, tokens, and who may do what.

use super::{Lab, got, settings};
use crate::{PveVersion, Settings};
use reqwest::Method;
use serde_json::{Value, json};

async fn login(lab: &Lab, user: &str, password: &str) -> super::Got {
    let request = lab.http.post(lab.url("/access/ticket")).form(&[("username", user), ("password", password)]);
    got(request.send().await.expect("an answer")).await
}

/// A call with a ticket.
async fn with(lab: &Lab, login: &Value, method: Method, path: &str, form: &[(&str, &str)], csrf: bool) -> super::Got {
    let ticket = login["ticket"].as_str().expect("a ticket").replace(':', "%3A");
    let mut request =
        lab.http.request(method, lab.url(path)).header("Cookie", format!("PVEAuthCookie={ticket}")).form(form);
    if csrf {
        request = request.header("CSRFPreventionToken", login["CSRFPreventionToken"].as_str().expect("a token"));
    }
    got(request.send().await.expect("an answer")).await
}

#[tokio::test]
async fn a_ticket_lets_in_and_renews_itself() {
    let lab = Lab::new(settings()).await;
    let access = lab.sim.access().clone();
    let wrong = login(&lab, &access.user, "guess").await;
    assert_eq!(wrong.no(), (401, "authentication failure"));
    assert_eq!(wrong.body["message"], "authentication failure\n", "this 401 has a body");

    let first = login(&lab, &access.user, &access.password).await.data().clone();
    assert_eq!(first["username"], "direttore@pve");
    let path = format!("{}/snapshot", lab.at("web1"));
    let form = [("snapname", "by-ticket")];
    let without = with(&lab, &first, Method::POST, &path, &form, false).await;
    assert_eq!((without.no(), without.text.as_str()), ((401, "Permission denied - invalid csrf token"), ""));
    let upid = with(&lab, &first, Method::POST, &path, &form, true).await.upid();
    assert!(upid.ends_with(":direttore@pve:"), "{upid}");

    let renewed = login(&lab, &access.user, first["ticket"].as_str().expect("a ticket")).await;
    assert!(renewed.data()["ticket"].is_string());
    let other = login(&lab, "root@pam", first["ticket"].as_str().expect("a ticket")).await;
    assert_eq!(other.status, 401, "a ticket renews only its own user");
}

#[tokio::test]
async fn a_token_cannot_log_in() {
    let lab = Lab::new(settings()).await;
    let got = lab.post("/access/ticket", &[("username", "a@pve"), ("password", "b")]).await;
    assert_eq!(got.no(), (403, "URI '/access/ticket' not available with API token, need proper ticket."));
}

/// A token of the bot's user with its own rights on one path.
async fn narrow(lab: Lab, path: &str, role: &str) -> Lab {
    let root = lab.sim.access().root_password.clone();
    let root = login(&lab, "root@pam", &root).await.data().clone();
    let made = with(&lab, &root, Method::POST, "/access/users/direttore@pve/token/narrow", &[], true).await;
    let secret = made.data()["value"].as_str().expect("shown once").to_owned();
    let form = [("path", path), ("roles", role), ("tokens", "direttore@pve!narrow")];
    assert_eq!(with(&lab, &root, Method::PUT, "/access/acl", &form, true).await.data(), &json!(null));
    lab.with_token("direttore@pve!narrow", &secret)
}

#[tokio::test]
async fn a_separated_token_has_only_what_was_granted_to_it() {
    let lab = narrow(Lab::new(settings()).await, "/pool/lab", "PVEVMUser").await;
    let (inside, outside) = (lab.at("ci-runner-3"), lab.at("web1"));
    assert_eq!(lab.get(&format!("{inside}/status/current")).await.status, 200);
    assert_eq!(lab.post(&format!("{inside}/status/stop"), &[]).await.status, 200);
    let vmid = lab.vmid("web1");
    let denied = lab.post(&format!("{outside}/status/stop"), &[]).await;
    assert_eq!(denied.no(), (403, format!("Permission check failed (/vms/{vmid}, VM.PowerMgmt)").as_str()));
    let denied = lab.get(&format!("{outside}/rrddata?timeframe=hour")).await;
    assert_eq!(denied.no(), (403, format!("Permission check failed (/vms/{vmid}, VM.Audit)").as_str()));
    assert_eq!(lab.get(&format!("{inside}/rrddata?timeframe=hour")).await.status, 200);
    let denied = lab.post(&format!("{inside}/snapshot/ab/rollback"), &[]).await;
    let inner = lab.vmid("ci-runner-3");
    assert_eq!(denied.reason, format!("Permission check failed (/vms/{inner}, VM.Snapshot|VM.Snapshot.Rollback)"));

    let rows = lab.get("/cluster/resources").await;
    let rows = rows.data().as_array().expect("rows");
    assert!(rows.iter().filter(|r| r["vmid"].is_number()).all(|r| r.get("pool").is_none()), "no Pool.Audit, no pool");
    assert!(!rows.iter().any(|r| r["name"] == "web1") && rows.iter().any(|r| r["name"] == "ci-runner-3"));
    assert!(rows.iter().filter(|r| r["type"] == "node").all(|r| r.get("cpu").is_none()), "no Sys.Audit, no numbers");
    assert_eq!(lab.get("/nodes/pve1/network?type=any_bridge").await.data(), &json!([]));
    assert_eq!(lab.get("/nodes/pve1/status").await.reason, "Permission check failed (/nodes/pve1, Sys.Audit)");
}

#[tokio::test]
async fn permissions_are_told_where_something_was_granted() {
    let lab = Lab::new(settings()).await;
    let got = lab.get("/access/permissions").await;
    assert_eq!(got.data()["/"]["VM.PowerMgmt"], json!(1));
    assert_eq!(got.data()["/vms"]["VM.GuestAgent.Audit"], json!(1));
    assert!(got.data().get("/vms/101").is_none());
    let one = lab.get("/access/permissions?path=/vms/101").await;
    assert_eq!(one.data()["/vms/101"]["VM.Snapshot"], json!(1));
    assert!(one.data()["/vms/101"].get("Sys.Modify").is_none());

    let old = Lab::new(Settings { version: PveVersion::V8_4, ..settings() }).await;
    let got = old.get("/access/permissions").await;
    assert_eq!((&got.data()["/"]["VM.Monitor"], got.data()["/"].get("VM.GuestAgent.Audit")), (&json!(1), None));
}

#[tokio::test]
async fn a_token_sees_its_own_tasks_only() {
    let lab = Lab::new(settings()).await;
    let mine = lab.post(&format!("{}/snapshot", lab.at("web1")), &[("snapname", "mine")]).await.upid();
    assert_eq!(lab.ended(&mine).await, "OK");
    assert_eq!(lab.get("/cluster/tasks").await.data().as_array().map(Vec::len), Some(1));

    let lab = narrow(lab, "/vms", "PVEVMAdmin").await;
    let other = lab.task(&mine, "status").await;
    assert_eq!(other.no(), (403, "Permission check failed (/nodes/pve2, Sys.Audit)"));
    let own = lab.post(&format!("{}/snapshot", lab.at("web1")), &[("snapname", "own")]).await.upid();
    assert_eq!(lab.ended(&own).await, "OK");
    let listed = lab.get("/nodes/pve2/tasks").await;
    assert_eq!(listed.body["total"], json!(1));
    assert_eq!((&listed.data()[0]["user"], &listed.data()[0]["tokenid"]), (&json!("direttore@pve"), &json!("narrow")));
    assert_eq!(lab.get("/cluster/tasks").await.data(), &json!([]), "not even its own, without Sys.Audit on /");
}

#[tokio::test]
async fn options_of_root_alone_are_refused_to_every_token() {
    let lab = Lab::new(settings()).await;
    let at = lab.at("web1");
    assert!(lab.post(&format!("{at}/status/stop"), &[("skiplock", "1")]).await.error("skiplock").contains("Only root"));
    assert_eq!(lab.put(&format!("{at}/config"), &[("args", "-S")]).await.reason, "only root can set 'args' config");
}

#[tokio::test]
async fn each_act_of_provisioning_names_the_right_that_is_missing() {
    let lab = Lab::new(settings()).await;
    let (web1, template) = (lab.at("web1"), lab.at("debian-13-cloud"));
    let lab = narrow(lab, "/", "PVEVMUser").await;
    let denied = |what: &str| (403, format!("Permission check failed ({what})"));
    let post = async |path: &str, form: &[(&str, &str)]| {
        let got = lab.post(path, form).await;
        (got.status, got.reason)
    };
    assert_eq!(post("/nodes/pve1/qemu", &[("vmid", "500")]).await, denied("/vms/500, VM.Allocate"));
    let pooled = post("/nodes/pve1/qemu", &[("vmid", "500"), ("pool", "lab")]).await;
    assert_eq!(pooled, (403, "Permission check failed".to_owned()), "of two paths none is named");
    let clone = format!("{template}/clone");
    assert_eq!(post(&clone, &[("newid", "500")]).await, denied("/vms/9000, VM.Clone"));
    assert_eq!(post(&format!("{web1}/migrate"), &[("target", "pve1")]).await, denied("/vms/101, VM.Migrate"));
    let backup = post("/nodes/pve2/vzdump", &[("vmid", "101"), ("storage", "local")]).await;
    assert_eq!(backup, denied("/storage/local, Datastore.AllocateSpace"));
    let resize = lab.put(&format!("{web1}/resize"), &[("disk", "scsi0"), ("size", "+1G")]).await;
    assert_eq!((resize.status, resize.reason), denied("/vms/101, VM.Config.Disk"));
    let change = lab.put(&format!("{web1}/config"), &[("cores", "2")]).await;
    assert_eq!((change.status, change.reason), denied("/vms/101, VM.Config.CPU"));
    let bridges = lab.get("/nodes/pve1/network?type=any_bridge").await;
    assert_eq!(bridges.data(), &json!([]), "left out silently");
    assert_eq!(lab.get("/nodes/pve1/storage?enabled=1").await.data(), &json!([]));

    let lab = narrow(Lab::new(settings()).await, "/", "PVEVMAdmin").await;
    let nic = [("vmid", "500"), ("net0", "virtio,bridge=vmbr0,tag=10")];
    let no = lab.post("/nodes/pve1/qemu", &nic).await;
    assert_eq!((no.status, no.reason), denied("/sdn/zones/localnetwork/vmbr0/10, SDN.Use"));
    let no = lab.post("/nodes/pve1/qemu", &[("vmid", "500"), ("scsi0", "local-lvm:8")]).await;
    assert_eq!((no.status, no.reason), denied("/storage/local-lvm, Datastore.AllocateSpace"));
    let no = lab.post(&clone, &[("newid", "500")]).await;
    assert_eq!((no.status, no.reason), denied("/sdn/zones/localnetwork/vmbr0, SDN.Use"));
}
