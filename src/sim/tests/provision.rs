//! What can go wrong while a guest is made: its VMID, storage, template, rights; and how fast many are made.

use super::{ENDLESS, Lab, settings};
use crate::Settings;
use serde_json::json;
use std::time::{Duration, Instant};

const VM: [(&str, &str); 3] = [("vmid", "500"), ("name", "new1"), ("scsi0", "local-lvm:32")];
const TEMPLATE: &str = "local:vztmpl/debian-13-standard_13.1-2_amd64.tar.zst";
const CONTAINER: [(&str, &str); 4] =
    [("vmid", "500"), ("hostname", "new1"), ("ostemplate", TEMPLATE), ("rootfs", "local-lvm:8")];

#[tokio::test]
async fn somebody_else_takes_the_vmid() {
    let lab = Lab::new(settings()).await;
    let tell = |line: &str| lab.sim.tell(line).expect(line);
    assert_eq!(lab.get("/cluster/nextid").await.data(), "137");
    tell("vmid 137 taken");
    assert_eq!(lab.get("/cluster/nextid").await.data(), "138");
    assert_eq!(lab.get("/cluster/nextid?vmid=137").await.error("vmid"), "VM 137 already exists");
    assert!(lab.sim.tell("vmid 137 taken").is_err());

    tell("vmid next taken on=\"POST clone\"");
    let created = lab.post("/nodes/pve1/qemu", &[("vmid", "138")]).await;
    assert_eq!(lab.ended(&created.upid()).await, "OK", "only a clone is waited for");
    let clone = format!("{}/clone", lab.at("debian-13-cloud"));
    let taken = lab.post(&clone, &[("newid", "139")]).await;
    assert_eq!(taken.no(), (500, "unable to create VM 139: config file already exists"));
    assert_eq!(lab.run(&clone, &[("newid", "140")]).await, "OK", "it struck once");

    tell("vmid next taken");
    assert_eq!(lab.post(&format!("{}/status/stop", lab.at("web1")), &[]).await.status, 200, "that makes no guest");
    assert_eq!(lab.sim.waiting(), 1);
    let taken = lab.post("/nodes/pve2/lxc", &[("vmid", "141"), ("ostemplate", TEMPLATE)]).await;
    assert_eq!(taken.no(), (500, "unable to create CT 141 - VM 141 already exists on node 'pve1'"));
    assert_eq!(lab.sim.world()["guests"]["141"]["config"]["name"], "stranger-141");
}

#[tokio::test]
async fn a_full_storage_is_found_out_in_the_task() {
    let lab = Lab::new(settings()).await;
    lab.sim.tell("pve1 storage=local-lvm full").expect("a line");
    let state = lab.get("/nodes/pve1/storage?storage=local-lvm").await;
    assert_eq!(state.data()[0]["avail"], 0);
    let full = |volume: &str| {
        format!(
            "lvcreate 'pve/{volume}' error:   Cannot create new thin volume, free space in thin pool pve/data reached threshold."
        )
    };
    let exit = lab.run("/nodes/pve1/qemu", &VM).await;
    assert_eq!(exit, format!("unable to create VM 500 - {}", full("vm-500-disk-0")));
    let exit = lab.run("/nodes/pve1/lxc", &CONTAINER).await;
    assert_eq!(exit, format!("unable to create CT 500 - {}", full("vm-500-disk-0")));
    let template = lab.at("debian-13-cloud");
    let exit = lab.run(&format!("{template}/clone"), &[("newid", "500"), ("full", "1")]).await;
    assert_eq!(exit, format!("clone failed: {}", full("vm-500-disk-0")));
    assert!(lab.sim.world()["guests"].get("500").is_none(), "nothing stays behind");
    assert_eq!(lab.run("/nodes/pve2/qemu", &VM).await, "OK", "the other nodes have room");
    lab.sim.tell("pve1 storage=local-lvm room").expect("a line");
    assert_eq!(lab.run(&format!("{template}/clone"), &[("newid", "501")]).await, "OK");
    assert!(lab.sim.tell("pve1 storage=ceph full").is_err());
}

#[tokio::test]
async fn what_a_storage_does_not_hold_or_does_not_have() {
    let lab = Lab::new(settings()).await;
    lab.sim.tell("storage local content=iso,vztmpl").expect("a line");
    let vm = lab.post("/nodes/pve1/qemu", &[("vmid", "500"), ("scsi0", "local:32")]).await;
    assert_eq!(vm.error("storage"), "storage 'local' does not support vm images");
    let container = [("vmid", "500"), ("ostemplate", TEMPLATE), ("rootfs", "local:8")];
    let container = lab.post("/nodes/pve1/lxc", &container).await;
    assert_eq!(container.error("storage"), "storage 'local' does not support container directories");
    let backup = lab.post("/nodes/pve2/vzdump", &[("vmid", "101"), ("storage", "local")]).await;
    assert!(backup.reason.ends_with("can't use storage 'local' for backups - wrong content type"), "{backup:?}");

    lab.sim.tell(&format!("pve1 volume={TEMPLATE} gone")).expect("a line");
    let gone = lab.post("/nodes/pve1/lxc", &CONTAINER).await;
    assert_eq!(gone.no(), (500, format!("volume '{TEMPLATE}' does not exist").as_str()));
    let iso = [("vmid", "500"), ("ide2", "local:iso/none.iso,media=cdrom")];
    let exit = lab.run("/nodes/pve1/qemu", &iso).await;
    assert_eq!(exit, "unable to create VM 500 - volume 'local:iso/none.iso' does not exist");
    lab.sim.tell("guest 9000 gone").expect("a line");
    let clone = lab.post("/nodes/pve1/qemu/9000/clone", &[("newid", "500")]).await;
    assert_eq!(clone.no(), (500, "Configuration file 'nodes/pve1/qemu-server/9000.conf' does not exist"));
}

#[tokio::test]
async fn what_cannot_be_cloned() {
    let lab = Lab::new(settings()).await;
    let clone = format!("{}/clone", lab.at("debian-13-cloud"));
    let away = lab.post(&clone, &[("newid", "600"), ("target", "pve2")]).await;
    assert_eq!(away.no(), (500, "can't clone VM to node 'pve2' (VM uses local storage)"));
    let nowhere = lab.post(&clone, &[("newid", "600"), ("target", "pve9")]).await;
    assert_eq!(nowhere.no(), (500, "no such cluster node 'pve9'"));
    lab.sim.tell("guest 9000 lock=backup").expect("a line");
    assert_eq!(lab.post(&clone, &[("newid", "600")]).await.no(), (500, "VM is locked (backup)"));
    let running = lab.post(&format!("{}/clone", lab.at("dns1")), &[("newid", "600"), ("full", "1")]).await;
    assert!(running.reason.starts_with("Cannot do full clones on a running container"), "{running:?}");
}

#[tokio::test]
async fn a_clone_has_identifiers_of_its_own() {
    let lab = Lab::new(settings()).await;
    let clone = format!("{}/clone", lab.at("debian-13-cloud"));
    for newid in ["600", "601"] {
        assert_eq!(lab.run(&clone, &[("newid", newid), ("full", "1"), ("storage", "local")]).await, "OK");
    }
    let world = lab.sim.world();
    let (one, two) = (&world["guests"]["600"]["config"], &world["guests"]["601"]["config"]);
    for key in ["smbios1", "vmgenid", "net0"] {
        assert_ne!(one[key], two[key], "{key}");
    }
    assert_eq!(one["smbios1"].as_str().map(str::len), Some("uuid=".len() + 36));
    assert_eq!(one["scsi0"], "local:600/vm-600-disk-0.raw,size=8G");
    assert_eq!(one["ide2"], "local:600/vm-600-cloudinit.raw,media=cdrom");
}

#[tokio::test]
async fn containers_and_guests_under_ha_move_in_their_own_ways() {
    let lab = Lab::new(settings()).await;
    let at = lab.at("dns1");
    let look = lab.get(&format!("{at}/migrate")).await;
    assert_eq!(
        (&look.data()["allowed-nodes"], &look.data()["allowed_nodes"]),
        (&json!(["pve2", "pve3"]), &json!(null))
    );
    let move_it = async |form: &[(&str, &str)]| lab.post(&format!("{at}/migrate"), form).await;
    let refused = move_it(&[("target", "pve2")]).await;
    assert_eq!(refused.no(), (500, "can't migrate running container without --online or --restart"));
    let upid = move_it(&[("target", "pve2"), ("online", "1")]).await.upid();
    assert_eq!(lab.ended(&upid).await, "migration aborted");
    let upid = move_it(&[("target", "pve2"), ("restart", "1"), ("target-storage", "local")]).await.upid();
    assert_eq!(lab.ended(&upid).await, "OK");
    assert_eq!(lab.at("dns1"), "/nodes/pve2/lxc/100");
    let rootfs = lab.sim.world()["guests"]["100"]["config"]["rootfs"].as_str().map(str::to_owned).expect("a disk");
    assert!(rootfs.starts_with("local:100/vm-100-disk-0.raw,size="), "{rootfs}");

    let form = [("target", "pve1"), ("online", "1")];
    assert_eq!(lab.at("gitlab"), "/nodes/pve3/qemu/108");
    let upid = lab.post(&format!("{}/migrate", lab.at("gitlab")), &form).await.upid();
    assert!(upid.contains(":hamigrate:108:"), "{upid}");
    assert_eq!(lab.ended(&upid).await, "OK");
    while lab.at("gitlab") != "/nodes/pve1/qemu/108" {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn an_image_in_the_drive_keeps_a_vm_where_it_is() {
    let lab = Lab::new(settings()).await;
    let iso = "local:iso/debian-13.1.0-amd64-netinst.iso,media=cdrom";
    assert_eq!(lab.run("/nodes/pve1/qemu", &[VM[0], VM[1], VM[2], ("ide2", iso)]).await, "OK");
    let at = lab.at("new1");
    let look = lab.get(&format!("{at}/migrate?target=pve2")).await;
    let media = look.data()["local_disks"].as_array().and_then(|d| d.iter().find(|d| d["cdrom"] == 1)).cloned();
    assert_eq!(media.map(|d| d["volid"].clone()), Some(json!("local:iso/debian-13.1.0-amd64-netinst.iso")));
    let migrate = format!("{at}/migrate");
    assert_eq!(lab.run(&migrate, &[("target", "pve2")]).await, "migration aborted");
    assert_eq!(lab.put(&format!("{at}/config"), &[("ide2", "none,media=cdrom")]).await.status, 200);
    assert_eq!(lab.run(&migrate, &[("target", "pve2"), ("targetstorage", "local")]).await, "OK");
    assert_eq!(lab.sim.world()["guests"]["500"]["config"]["scsi0"], "local:500/vm-500-disk-0.raw,size=32G");
}

#[tokio::test]
async fn a_restore_has_disks_and_if_wished_addresses_of_its_own() {
    let lab = Lab::new(settings()).await;
    let notes = |text: &'static str| {
        [("vmid", "101"), ("storage", "local"), ("notes-template", text), ("protected", "1"), ("remove", "0")]
    };
    for (wrong, why) in [("{{owner}}", "variable 'owner'"), ("a\\tb", "escape sequence '\\t'"), ("a\nb", "line feed")] {
        let refused = lab.post("/nodes/pve2/vzdump", &notes(wrong)).await;
        assert!(refused.error("notes-template").contains(why), "{refused:?}");
    }
    assert_eq!(lab.run("/nodes/pve2/vzdump", &notes("before\\nthe \\\\ move of {{guestname}}")).await, "OK");
    let content = lab.get("/nodes/pve2/storage/local/content?content=backup").await;
    let backup = &content.data()[0];
    assert_eq!((&backup["notes"], &backup["protected"]), (&json!("before"), &json!(1)));
    let archive = backup["volid"].as_str().expect("a name").to_owned();
    let file = lab.get(&format!("/nodes/pve2/vzdump/extractconfig?volume={archive}")).await;
    assert!(file.data().as_str().is_some_and(|f| f.contains("\nname: web1\n")), "{file:?}");
    let restore = async |vmid: &str, more: &[(&str, &str)]| {
        let form = [&[("vmid", vmid), ("archive", archive.as_str())], more].concat();
        lab.post("/nodes/pve2/qemu", &form).await
    };
    let copy = restore("600", &[("unique", "1"), ("name", "web9"), ("storage", "local"), ("description", "a copy")])
        .await
        .upid();
    assert!(copy.contains(":qmrestore:600:"), "{copy}");
    assert_eq!(lab.ended(&copy).await, "OK");
    let world = lab.sim.world();
    let (source, copy) = (&world["guests"]["101"]["config"], &world["guests"]["600"]["config"]);
    assert!(copy["scsi0"].as_str().is_some_and(|d| d.starts_with("local:600/vm-600-disk-0.raw,")), "{copy}");
    assert_eq!((&copy["name"], &copy["description"]), (&json!("web9"), &json!("a copy")));
    assert_ne!(copy["net0"], source["net0"]);

    let taken = restore("101", &[]).await;
    assert_eq!(taken.no(), (500, "unable to create VM 101 - VM 101 already exists on node 'pve2'"));
    let running = restore("101", &[("force", "1")]).await;
    assert_eq!(running.no(), (500, "unable to restore VM 101 - vm is running"));
    assert_eq!(lab.run(&format!("{}/status/stop", lab.at("web1")), &[]).await, "OK");
    let over = restore("101", &[("force", "1")]).await.upid();
    assert_eq!(lab.ended(&over).await, "OK");
    let world = lab.sim.world();
    assert_eq!(
        (&world["guests"]["101"]["pool"], &world["guests"]["101"]["status"]),
        (&json!("prod"), &json!("stopped"))
    );
    assert_eq!(world["guests"]["101"]["config"]["net0"], source["net0"]);
}

#[tokio::test]
async fn a_new_guest_is_listed_with_its_lock_while_it_is_made() {
    let lab = Lab::new(Settings { task_time: ENDLESS, ..settings() }).await;
    lab.post("/nodes/pve1/qemu", &VM).await.upid();
    let rows = lab.get("/cluster/resources?type=vm").await;
    let row = rows.data().as_array().and_then(|rows| rows.iter().find(|r| r["vmid"] == 500)).cloned().expect("a row");
    assert_eq!((&row["lock"], &row["status"]), (&json!("create"), &json!("stopped")));
    let start = lab.post(&format!("{}/status/start", lab.at("new1")), &[]).await.upid();
    assert_eq!(lab.ended(&start).await, "VM is locked (create)");
    let change = lab.put(&format!("{}/config", lab.at("new1")), &[("cores", "2")]).await;
    assert_eq!(change.no(), (500, "VM is locked (create)"));
}

#[tokio::test]
async fn tasks_of_no_time_end_at_once_however_many() {
    let instant = (Duration::ZERO, Duration::ZERO);
    let lab = Lab::new(Settings { task_time: instant, resources_lag: Duration::from_secs(3600), ..settings() }).await;
    let clone = format!("{}/clone", lab.at("debian-13-cloud"));
    let began = Instant::now();
    for vmid in 1000..1200 {
        let upid = lab.post(&clone, &[("newid", &vmid.to_string())]).await.upid();
        assert_eq!(lab.task(&upid, "status").await.data()["exitstatus"], "OK");
        let change = [("ipconfig0", "ip=dhcp"), ("cores", "4")];
        assert_eq!(lab.put(&format!("/nodes/pve1/qemu/{vmid}/config"), &change).await.status, 200);
    }
    // Six hundred requests take far less; only a slip that grows with the number of guests takes so long.
    assert!(began.elapsed() < Duration::from_secs(20), "{:?}", began.elapsed());
}

#[tokio::test]
async fn all_that_a_new_guest_may_be_given_at_once() {
    let lab = Lab::new(settings()).await;
    let vm = [
        ("vmid", "500"),
        ("name", "new1.lab.example"),
        ("description", "for alice & bob\nuntil spring"),
        ("pool", "lab"),
        ("ostype", "l26"),
        ("cores", "4"),
        ("memory", "4096"),
        ("scsihw", "virtio-scsi-single"),
        ("scsi0", "local-lvm:0.5,iothread=1,discard=on"),
        ("ide2", "local:iso/debian-13.1.0-amd64-netinst.iso,media=cdrom"),
        ("net0", "virtio,bridge=vmbr0,tag=10"),
        ("net1", "e1000,bridge=vmbr1"),
        ("boot", "order=scsi0;ide2;net0;net1"),
        ("agent", "1"),
    ];
    assert_eq!(lab.run("/nodes/pve1/qemu", &vm).await, "OK");
    assert_eq!(
        lab.sim.world()["guests"]["500"]["config"]["scsi0"],
        "local-lvm:vm-500-disk-0,iothread=1,discard=on,size=512M"
    );
    let container = [
        ("vmid", "501"),
        ("ostemplate", TEMPLATE),
        ("hostname", "ct1"),
        ("description", "for alice"),
        ("pool", "lab"),
        ("cores", "1"),
        ("memory", "512"),
        ("swap", "0"),
        ("rootfs", "local-lvm:8"),
        ("net0", "name=eth0,ip=10.0.10.5/24,gw=10.0.10.1,ip6=auto,bridge=vmbr0,tag=10"),
        ("nameserver", "10.0.0.53 2001:db8::53"),
        ("searchdomain", "lab.example"),
        ("ssh-public-keys", "ssh-rsa AAAA+/= a\nssh-rsa BBBB b"),
        ("unprivileged", "1"),
        ("features", "nesting=1"),
        ("password", "hunter2"),
    ];
    assert_eq!(lab.run("/nodes/pve1/lxc", &container).await, "OK");
    let config = lab.sim.world()["guests"]["501"]["config"].clone();
    assert_eq!((&config["nameserver"], &config["swap"]), (&json!("10.0.0.53 2001:db8::53"), &json!("0")));
    assert!(config.get("password").is_none() && config.get("ssh-public-keys").is_none());
    let change = [
        ("ciuser", "alice"),
        ("cipassword", "hunter2"),
        ("sshkeys", "ssh-rsa%20AAAA%2B%2F%3D%20a%0Assh-rsa%20BBBB%20b"),
        ("nameserver", "10.0.0.53 2001:db8::53"),
        ("searchdomain", "lab.example"),
        ("tags", "web;prod"),
        ("agent", "1"),
        ("delete", "net1,ide2"),
    ];
    assert_eq!(lab.put("/nodes/pve1/qemu/500/config", &change).await.data(), &json!(null));
    let config = lab.sim.world()["guests"]["500"]["config"].clone();
    assert_eq!((&config["tags"], config.get("net1"), config.get("ide2")), (&json!("prod;web"), None, None));
    let once = [("sshkeys", "ssh-rsa AAAA a")];
    assert!(lab.put("/nodes/pve1/qemu/500/config", &once).await.error("sshkeys").contains("invalid urlencoded string"));
}
