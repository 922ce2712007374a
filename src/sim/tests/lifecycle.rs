//! Create, clone, configure, resize, migrate, back up, delete.

use super::{ENDLESS, Lab, settings};
use crate::Settings;
use serde_json::json;

const VM: &[(&str, &str)] = &[
    ("vmid", "500"),
    ("name", "new1"),
    ("cores", "2"),
    ("memory", "2048"),
    ("scsi0", "local-lvm:32,ssd=1"),
    ("ide2", "local:iso/debian-13.1.0-amd64-netinst.iso,media=cdrom"),
    ("net0", "virtio,bridge=vmbr0,tag=100"),
    ("boot", "order=scsi0;ide2"),
    ("pool", "lab"),
    ("tags", "Web,lab"),
];

#[tokio::test]
async fn a_vm_is_created_configured_grown_and_deleted() {
    let lab = Lab::new(settings()).await;
    assert_eq!(lab.run("/nodes/pve1/qemu", VM).await, "OK");
    let at = lab.at("new1");
    let config = lab.get(&format!("{at}/config")).await;
    assert_eq!(config.data()["scsi0"], "local-lvm:vm-500-disk-0,ssd=1,size=32G");
    assert!(
        config.data()["net0"]
            .as_str()
            .is_some_and(|n| n.starts_with("virtio=BC:24:11:") && n.ends_with(",bridge=vmbr0,tag=100"))
    );
    assert_eq!(config.data()["tags"], "lab;web");
    let taken = lab.post("/nodes/pve2/qemu", VM).await;
    assert_eq!(taken.no(), (500, "unable to create VM 500 - VM 500 already exists on node 'pve1'"));
    let sized = lab.post("/nodes/pve1/qemu", &[("vmid", "501"), ("scsi0", "local-lvm:32G")]).await;
    assert!(sized.error("scsi0").contains("invalid format"));
    let nowhere = lab.post("/nodes/pve1/qemu", &[("vmid", "501"), ("scsi0", "ceph:32")]).await;
    assert_eq!(nowhere.reason, "storage 'ceph' does not exist");

    let digest = config.data()["digest"].as_str().expect("a digest").to_owned();
    let change = [("cores", "4"), ("digest", digest.as_str())];
    assert_eq!(lab.put(&format!("{at}/config"), &change).await.data(), &json!(null));
    let stale = lab.put(&format!("{at}/config"), &change).await;
    assert_eq!(stale.reason, "detected modified configuration - file changed by other user? Try again.");
    assert_eq!(lab.put(&format!("{at}/config"), &[("delete", "tags")]).await.status, 200);
    assert_eq!(
        lab.put(&format!("{at}/config"), &[("net1", "virtio,bridge=vmbr9")]).await.error("net1"),
        "bridge 'vmbr9' does not exist"
    );

    let upid = lab.put(&format!("{at}/resize"), &[("disk", "scsi0"), ("size", "+8G")]).await.upid();
    assert_eq!(lab.ended(&upid).await, "OK");
    assert_eq!(
        lab.put(&format!("{at}/resize"), &[("disk", "scsi0"), ("size", "10G")]).await.reason,
        "shrinking disks is not supported"
    );
    assert_eq!(lab.sim.world()["guests"]["500"]["config"]["scsi0"], "local-lvm:vm-500-disk-0,ssd=1,size=40G");

    let upid = lab.delete(&format!("{at}?purge=1")).await.upid();
    assert_eq!(lab.ended(&upid).await, "OK");
    assert!(lab.sim.world()["guests"].get("500").is_none());
}

#[tokio::test]
async fn what_may_not_be_deleted() {
    let lab = Lab::new(settings()).await;
    let delete = async |name: &str| lab.delete(&lab.at(name)).await;
    let vmid = |name: &str| lab.vmid(name);
    let upid = delete("web1").await.upid();
    assert_eq!(lab.ended(&upid).await, format!("VM {} is running - destroy failed", vmid("web1")));
    assert_eq!(delete("vault").await.reason, format!("can't remove VM {} - protection mode enabled", vmid("vault")));
    assert_eq!(
        delete("gitlab").await.reason,
        format!("unable to remove VM {} - used in HA resources and purge parameter not set.", vmid("gitlab"))
    );
    assert_eq!(delete("dns1").await.reason, format!("CT {} is running - destroy failed", vmid("dns1")));
    assert!(
        lab.delete(&format!("{}?force=1", lab.at("web1"))).await.error("force").contains("not defined"),
        "force is for containers"
    );

    assert_eq!(lab.run(&format!("{}/clone", lab.at("debian-13-cloud")), &[("newid", "600")]).await, "OK");
    let base = delete("debian-13-cloud").await;
    assert!(base.reason.ends_with("is still in use by linked clones"), "{base:?}");
}

#[tokio::test]
async fn clones_have_a_lock_a_new_address_and_no_template_mark() {
    let lab = Lab::new(Settings { task_time: ENDLESS, ..settings() }).await;
    let template = lab.at("debian-13-cloud");
    let upid = lab
        .post(
            &format!("{template}/clone"),
            &[("newid", "600"), ("name", "copy1"), ("full", "1"), ("storage", "local-lvm")],
        )
        .await
        .upid();
    assert!(upid.contains(":qmclone:9000:"), "the task bears the source's VMID: {upid}");
    assert_eq!(lab.status("copy1").await["lock"], "clone");
    let log = lab.task(&upid, "log").await;
    assert_eq!(log.data()[0]["t"], "transferred 0 of 8G (0.00%)");
    assert_eq!(log.body["total"], json!(1), "the log grows with time");
    let world = lab.sim.world();
    let (source, copy) = (&world["guests"]["9000"]["config"], &world["guests"]["600"]["config"]);
    assert_eq!(copy["scsi0"], "local-lvm:vm-600-disk-0,size=8G");
    assert!(copy.get("template").is_none() && copy["net0"] != source["net0"]);
    let taken = lab.post(&format!("{template}/clone"), &[("newid", "600")]).await;
    assert_eq!(taken.no(), (500, "unable to create VM 600: config file already exists"));
    let linked = lab.post(&format!("{template}/clone"), &[("newid", "601"), ("storage", "local-lvm")]).await;
    assert!(linked.error("storage").contains("not allowed for linked clones"));
}

#[tokio::test]
async fn a_container_is_created_backed_up_and_restored() {
    let lab = Lab::new(settings()).await;
    let template = "local:vztmpl/debian-13-standard_13.1-2_amd64.tar.zst";
    let form = [
        ("vmid", "700"),
        ("ostemplate", template),
        ("hostname", "ct1"),
        ("rootfs", "local-lvm:8"),
        ("memory", "512"),
        ("net0", "name=eth0,bridge=vmbr0,ip=dhcp"),
        ("start", "1"),
        ("password", "secret"),
    ];
    assert_eq!(lab.run("/nodes/pve1/lxc", &form).await, "OK");
    assert_eq!(lab.status("ct1").await["status"], "running");
    assert!(
        lab.post("/nodes/pve1/lxc", &[("vmid", "701"), ("ostemplate", template), ("password", "abc")])
            .await
            .error("password")
            .contains("at least 5")
    );
    let privileged = [("vmid", "701"), ("ostemplate", template), ("unprivileged", "0")];
    assert_eq!(lab.post("/nodes/pve1/lxc", &privileged).await.no(), (403, "Permission check failed (/, Sys.Modify)"));

    let backup = [
        ("vmid", "700"),
        ("storage", "local"),
        ("compress", "zstd"),
        ("mode", "snapshot"),
        ("notes-template", "of {{guestname}}"),
    ];
    assert_eq!(lab.run("/nodes/pve1/vzdump", &backup).await, "OK");
    let content = lab.get("/nodes/pve1/storage/local/content?content=backup&vmid=700").await;
    let (volid, notes) =
        (content.data()[0]["volid"].as_str().expect("a backup").to_owned(), &content.data()[0]["notes"]);
    assert!(volid.starts_with("local:backup/vzdump-lxc-700-") && volid.ends_with(".tar.zst"), "{volid}");
    assert_eq!(notes, "of ct1");
    let restore = [("vmid", "702"), ("ostemplate", volid.as_str()), ("restore", "1"), ("hostname", "ct2")];
    let upid = lab.post("/nodes/pve1/lxc", &restore).await.upid();
    assert!(upid.contains(":vzrestore:702:"), "{upid}");
    assert_eq!(lab.ended(&upid).await, "OK");
    assert_eq!(lab.sim.world()["guests"]["702"]["config"]["memory"], "512");
}

#[tokio::test]
async fn a_guest_moves_to_another_node() {
    let lab = Lab::new(settings()).await;
    let at = lab.at("web1");
    let look = lab.get(&format!("{at}/migrate")).await;
    assert_eq!((&look.data()["running"], &look.data()["allowed_nodes"]), (&json!(1), &json!(["pve1", "pve3"])));
    let post = async |form: &[(&str, &str)]| lab.post(&format!("{at}/migrate"), form).await;
    assert_eq!(look.data()["local_disks"][0]["volid"], "local-lvm:vm-101-disk-0");
    assert_eq!(post(&[("target", "pve3")]).await.no(), (500, "can't migrate running VM without --online"));
    let upid = post(&[("target", "pve3"), ("online", "1")]).await.upid();
    assert_eq!(lab.ended(&upid).await, "migration aborted");
    let log = lab.task(&upid, "log").await;
    assert!(log.text.contains("can't live migrate attached local disks without with-local-disks option"), "{log:?}");
    assert_eq!(post(&[("target", "pve2")]).await.error("target"), "target is local node.");
    assert_eq!(post(&[("target", "pve9")]).await.no(), (500, "no such cluster node 'pve9'"));
    let upid = post(&[("target", "pve3"), ("online", "1"), ("with-local-disks", "1")]).await.upid();
    assert_eq!(lab.ended(&upid).await, "OK");
    assert_eq!(lab.at("web1"), "/nodes/pve3/qemu/101");
    let old = lab.get("/nodes/pve2/qemu/101/config").await;
    assert_eq!(old.no(), (500, "Configuration file 'nodes/pve2/qemu-server/101.conf' does not exist"));
}

#[tokio::test]
async fn a_running_guest_keeps_some_changes_for_its_next_start() {
    let lab = Lab::new(settings()).await;
    let at = lab.at("web1");
    let before = lab.sim.world()["guests"]["101"]["config"]["cores"].clone();
    assert_eq!(lab.put(&format!("{at}/config"), &[("cores", "8"), ("description", "now")]).await.status, 200);
    assert_eq!(lab.sim.world()["guests"]["101"]["config"]["cores"], before);
    let pending = lab.get(&format!("{at}/pending")).await;
    let cores =
        pending.data().as_array().and_then(|rows| rows.iter().find(|r| r["key"] == "cores")).expect("a row").clone();
    assert_eq!(cores["pending"], "8");
    assert_eq!(lab.get(&format!("{at}/config")).await.data()["cores"], json!(8), "shown as if it were so");
    assert_eq!(lab.run(&format!("{at}/status/reboot"), &[]).await, "OK");
    assert_eq!(lab.sim.world()["guests"]["101"]["config"]["cores"], "8");
}
