//! The calls that make, change, move and keep guests: what leaves, by kind, and what their refusals mean.

use super::{
    super::{
        BackupMode, BackupWish, Change, CloneWish, Error, Exit, MigrateWish, NewContainer, NewVm, RestoreWish, Settings,
    },
    server::{Reply, Server, data, phrase},
    *,
};
use direttore_domain::{NodeName, Upid, Vmid, disk::Size};
use percent_encoding::percent_decode_str;
use std::str::FromStr;

fn is<T: FromStr<Err: std::fmt::Debug>>(text: &str) -> T {
    text.parse().expect("of that form")
}

fn upid() -> Reply {
    data(&format!("{UPID:?}"))
}

fn vmid(number: u32) -> Vmid {
    number.try_into().expect("in range")
}

/// What was sent, readable.
fn decoded(server: &Server) -> Vec<String> {
    let plain = |line: &String| percent_decode_str(&line.replace('+', " ")).decode_utf8_lossy().into_owned();
    server.lines().iter().map(plain).collect()
}

fn new_vm() -> NewVm {
    NewVm {
        vmid: vmid(137),
        name: is("web1"),
        description: "for alice & bob".into(),
        pool: Some(is("lab")),
        cores: 4,
        memory: is("4G"),
        disk: Some((is("local-lvm"), is("32G"))),
        iso: Some("local:iso/debian.iso".into()),
        nics: vec![is("virtio,bridge=vmbr0,tag=10"), is("virtio,bridge=vmbr1")],
        agent: true,
    }
}

fn new_container() -> NewContainer {
    NewContainer {
        vmid: vmid(138),
        hostname: is("dns3"),
        description: String::new(),
        pool: None,
        template: "local:vztmpl/debian-13.tar.zst".into(),
        rootfs: (is("local-lvm"), is("8G")),
        cores: 1,
        memory: is("512M"),
        swap: Size { mib: 0 },
        nics: vec![is("name=eth0,ip=10.0.10.5/24,gw=10.0.10.1,ip6=auto,bridge=vmbr0,tag=10")],
        nameservers: vec![is("10.0.0.53"), is("2001:db8::53")],
        search_domain: Some("lab.example".into()),
        ssh_keys: vec!["ssh-rsa AAAA+/= a".into(), "ssh-rsa BBBB b".into()],
        password: Some("hunter2".into()),
        is_unprivileged: true,
        nesting: true,
    }
}

fn wish() -> CloneWish {
    CloneWish {
        newid: vmid(140),
        name: is("copy"),
        description: "a copy".into(),
        pool: Some(is("lab")),
        target: Some(is("pve2")),
        full: true,
        storage: Some(is("ceph")),
        snapshot: Some(is("clean")),
    }
}

#[tokio::test]
async fn new_guests() {
    let server = Server::start(|_| upid()).await;
    let (lab, node) = (client(&[&server]), is::<NodeName>("pve1"));
    lab.vm_create(&node, &new_vm()).await.expect("a task");
    let bare =
        NewVm { description: String::new(), pool: None, disk: None, iso: None, nics: vec![], agent: false, ..new_vm() };
    lab.vm_create(&node, &bare).await.expect("a task");
    lab.container_create(&node, &new_container()).await.expect("a task");
    let bare = NewContainer {
        nics: vec![],
        nameservers: vec![],
        search_domain: None,
        ssh_keys: vec![],
        password: None,
        is_unprivileged: false,
        nesting: false,
        ..new_container()
    };
    lab.container_create(&node, &bare).await.expect("a task");
    assert_eq!(
        decoded(&server),
        [
            "POST /nodes/pve1/qemu vmid=137&name=web1&description=for alice & bob&pool=lab&ostype=l26&cores=4&memory=4096\
             &scsihw=virtio-scsi-single&scsi0=local-lvm:32,iothread=1,discard=on&ide2=local:iso/debian.iso,media=cdrom\
             &net0=virtio,bridge=vmbr0,tag=10&net1=virtio,bridge=vmbr1&boot=order=scsi0;ide2;net0;net1&agent=1",
            "POST /nodes/pve1/qemu vmid=137&name=web1&ostype=l26&cores=4&memory=4096&scsihw=virtio-scsi-single",
            "POST /nodes/pve1/lxc vmid=138&ostemplate=local:vztmpl/debian-13.tar.zst&hostname=dns3&cores=1&memory=512&swap=0\
             &rootfs=local-lvm:8&net0=name=eth0,ip=10.0.10.5/24,gw=10.0.10.1,ip6=auto,bridge=vmbr0,tag=10\
             &nameserver=10.0.0.53 2001:db8::53&searchdomain=lab.example\
             &ssh-public-keys=ssh-rsa AAAA+/= a\nssh-rsa BBBB b&unprivileged=1&features=nesting=1&password=hunter2",
            "POST /nodes/pve1/lxc vmid=138&ostemplate=local:vztmpl/debian-13.tar.zst&hostname=dns3&cores=1&memory=512&swap=0\
             &rootfs=local-lvm:8&unprivileged=0",
        ]
    );
}

#[tokio::test]
async fn clones() {
    let server = Server::start(|_| upid()).await;
    let lab = client(&[&server]);
    lab.clone_guest(&guest(GuestKind::Vm, 9000), &wish()).await.expect("a task");
    let linked = CloneWish { full: false, snapshot: None, target: Some(is("pve1")), pool: None, ..wish() };
    lab.clone_guest(&guest(GuestKind::Vm, 9000), &linked).await.expect("a task");
    lab.clone_guest(&guest(GuestKind::Container, 105), &wish()).await.expect("a task");
    assert_eq!(
        decoded(&server),
        [
            "POST /nodes/pve1/qemu/9000/clone newid=140&name=copy&description=a copy&pool=lab&target=pve2&full=1&storage=ceph&snapname=clean",
            "POST /nodes/pve1/qemu/9000/clone newid=140&name=copy&description=a copy&full=0",
            "POST /nodes/pve1/lxc/105/clone newid=140&hostname=copy&description=a copy&pool=lab&target=pve2&full=1&storage=ceph&snapname=clean",
        ]
    );
}

#[tokio::test]
async fn changes_and_growth() {
    let server = Server::start(|seen| if seen.path.ends_with("/config") { data("null") } else { upid() }).await;
    let (lab, vm) = (client(&[&server]), guest(GuestKind::Vm, 100));
    let keys = super::super::ssh_keys(&["ssh-rsa AA+ a".to_owned()]);
    let change = Change {
        secrets: vec![("cipassword".into(), "hunter2".into())],
        delete: vec!["net1".into(), "ipconfig1".into()],
        digest: Some("d1".into()),
        ..Change::default().with("cores", 2).with("sshkeys", keys)
    };
    lab.configure(&vm, &change).await.expect("null is an answer");
    lab.configure(&vm, &Change { digest: Some("d1".into()), ..Change::default() }).await.expect("nothing to do");
    lab.resize_disk(&vm, "scsi0", is("40G")).await.expect("a task");
    lab.resize_disk(&guest(GuestKind::Container, 105), "rootfs", is("+512M")).await.expect("a task");
    assert_eq!(
        server.lines(),
        [
            "PUT /nodes/pve1/qemu/100/config cores=2&sshkeys=ssh-rsa%2520AA%252B%2520a&cipassword=hunter2&delete=net1%2Cipconfig1&digest=d1",
            "PUT /nodes/pve1/qemu/100/resize disk=scsi0&size=40G",
            "PUT /nodes/pve1/lxc/105/resize disk=rootfs&size=%2B512M",
        ]
    );
}

#[tokio::test]
async fn moves_backups_and_what_is_made_of_them() {
    let server = Server::start(|_| upid()).await;
    let (lab, node) = (client(&[&server]), is::<NodeName>("pve1"));
    let wish =
        MigrateWish { target: is("pve2"), is_online: true, with_local_disks: true, target_storage: Some(is("ceph")) };
    lab.migrate(&guest(GuestKind::Vm, 100), &wish).await.expect("a task");
    lab.migrate(&guest(GuestKind::Container, 105), &wish).await.expect("a task");
    let still = MigrateWish { is_online: false, with_local_disks: false, target_storage: None, ..wish };
    lab.migrate(&guest(GuestKind::Vm, 100), &still).await.expect("a task");
    let backup = BackupWish {
        vmid: vmid(100),
        storage: is("local"),
        mode: BackupMode::Snapshot,
        notes: Some("before {{node}}\nmoves".into()),
        is_protected: true,
    };
    lab.backup(&node, &backup).await.expect("a task");
    let restore = RestoreWish {
        vmid: vmid(141),
        archive: "local:backup/a.vma.zst".into(),
        storage: Some(is("local-lvm")),
        overwrite: false,
        unique: true,
        pool: Some(is("lab")),
        name: Some(is("web9")),
        description: Some("of alice".into()),
    };
    lab.restore(&node, GuestKind::Vm, &restore).await.expect("a task");
    let over = RestoreWish {
        overwrite: true,
        unique: false,
        storage: None,
        pool: None,
        name: None,
        description: None,
        ..restore
    };
    lab.restore(&node, GuestKind::Container, &over).await.expect("a task");
    assert_eq!(
        decoded(&server),
        [
            "POST /nodes/pve1/qemu/100/migrate target=pve2&online=1&with-local-disks=1&targetstorage=ceph",
            "POST /nodes/pve1/lxc/105/migrate target=pve2&restart=1&target-storage=ceph",
            "POST /nodes/pve1/qemu/100/migrate target=pve2",
            "POST /nodes/pve1/vzdump vmid=100&storage=local&mode=snapshot&compress=zstd&remove=0\
             &notes-template=before { {node}}\\nmoves&protected=1",
            "POST /nodes/pve1/qemu vmid=141&archive=local:backup/a.vma.zst&name=web9\
             &description=of alice&storage=local-lvm&pool=lab&unique=1",
            "POST /nodes/pve1/lxc vmid=141&ostemplate=local:backup/a.vma.zst&restore=1&force=1",
        ]
    );
}

#[tokio::test]
async fn what_is_asked_before() {
    let server = Server::start(|seen| match seen.path.trim_start_matches("/api2/json") {
        "/cluster/nextid" if seen.query.is_empty() => data("\"141\""),
        "/cluster/nextid" => data("150"),
        "/nodes/pve1/network" => data(r#"[{"iface":"vmbr0","type":"bridge","active":1,"bridge_vlan_aware":1}]"#),
        "/nodes/pve1/storage" => data(
            r#"[{"storage":"local-lvm","type":"lvmthin","content":"rootdir,images","active":1,"enabled":1,"total":"10","used":4},
                {"storage":"gone","type":"nfs","content":"","active":0,"enabled":1,"shared":1}]"#,
        ),
        "/nodes/pve1/qemu/100/migrate" => data(r#"{"running":0,"allowed_nodes":["pve2"]}"#),
        path if path.ends_with("/content") => data("[]"),
        _ => phrase("500 what?"),
    })
    .await;
    let (lab, node) = (client(&[&server]), is::<NodeName>("pve1"));
    assert_eq!(lab.next_vmid(None).await.map(Vmid::get), Ok(141), "as text");
    assert_eq!(lab.next_vmid(Some(vmid(150))).await.map(Vmid::get), Ok(150), "as a number");
    assert!(lab.bridges(&node).await.expect("a list")[0].is_vlan_aware);
    let storages = lab.storages_now(&node).await.expect("a list");
    let seen: Vec<_> =
        storages.iter().map(|s| (s.name.as_str(), s.is_available, s.is_shared, s.size, s.used)).collect();
    assert_eq!(seen, [("gone", false, true, 0, 0), ("local-lvm", true, false, 10, 4)]);
    assert_eq!(storages[1].content, ["rootdir", "images"]);
    assert_eq!(lab.volumes(&node, &is("local"), Some("iso"), None).await, Ok(vec![]));
    assert_eq!(lab.volumes(&node, &is("local"), None, Some(vmid(100))).await, Ok(vec![]));
    let check = lab.migrate_check(&guest(GuestKind::Vm, 100), Some(&is("pve2"))).await.expect("a check");
    assert_eq!(check.allowed, [is::<NodeName>("pve2")]);
    assert_eq!(
        server.lines(),
        [
            "GET /cluster/nextid",
            "GET /cluster/nextid?vmid=150",
            "GET /nodes/pve1/network?type=any_bridge",
            "GET /nodes/pve1/storage?enabled=1",
            "GET /nodes/pve1/storage/local/content?content=iso",
            "GET /nodes/pve1/storage/local/content?vmid=100",
            "GET /nodes/pve1/qemu/100/migrate?target=pve2",
        ]
    );
}

#[tokio::test]
async fn a_container_of_proxmox_8_is_checked_by_its_nodes() {
    let server = Server::start(|seen| match seen.path.rsplit('/').next() {
        Some("migrate") => phrase("501 Method 'GET /nodes/pve1/lxc/105/migrate' not implemented"),
        Some("current") => data(r#"{"status":"running","vmid":105}"#),
        Some("nodes") => data(
            r#"[{"node":"pve3","status":"offline"},{"node":"pve1","status":"online"},{"node":"pve2","status":"online"}]"#,
        ),
        _ => phrase("500 what?"),
    })
    .await;
    let check = client(&[&server]).migrate_check(&guest(GuestKind::Container, 105), None).await.expect("a check");
    assert!(check.is_running);
    assert_eq!(check.allowed, [is::<NodeName>("pve2")]);
    assert_eq!(check.blocked, [(is("pve3"), "it is offline".to_owned())]);
}

#[tokio::test]
async fn a_stopped_container_has_no_addresses() {
    let server = Server::start(|_| data("null")).await;
    assert_eq!(client(&[&server]).guest_addresses(&guest(GuestKind::Container, 105)).await, Ok(vec![]));
}

async fn refused_with(reply: Reply) -> Error {
    let server = Server::scripted(&[reply]).await;
    client(&[&server]).vm_create(&is("pve1"), &new_vm()).await.expect_err("refused")
}

#[tokio::test]
async fn a_taken_vmid_is_told_from_other_refusals() {
    let direct = refused_with(phrase("500 unable to create VM 137 - VM 137 already exists on node 'pve2'")).await;
    assert!(matches!(direct, Error::Exists { .. }), "{direct:?}");
    let body = br#"{"errors":{"vmid":"VM 137 already exists"},"data":null}"#.to_vec();
    let parameter = refused_with(Reply::Answer("400 Parameter verification failed.", body)).await;
    assert_eq!(parameter, Error::Exists { why: "VM 137 already exists".into() });
    assert!(!parameter.is_temporary() && !parameter.may_have_been_done());
    let body = br#"{"errors":{"vmid":"value must have a minimum value of 100"},"data":null}"#.to_vec();
    let form = refused_with(Reply::Answer("400 Parameter verification failed.", body)).await;
    assert!(matches!(form, Error::Refused { status: 400, .. }), "{form:?}");
    let end = Exit::parse("unable to create VM 137: config file already exists").into_result();
    assert!(matches!(end, Err(Error::Exists { .. })), "{end:?}");
    let server =
        Server::scripted(&[phrase("500 detected modified configuration - file changed by other user? Try again.")])
            .await;
    let stale = client(&[&server]).configure(&guest(GuestKind::Vm, 100), &Change::default().with("cores", 2)).await;
    assert!(matches!(stale, Err(Error::Stale { .. })), "{stale:?}");
}

#[tokio::test]
async fn passwords_are_neither_shown_nor_recorded_nor_repeated() {
    let body = br#"{"data":null,"message":"password hunter2 is too short\n"}"#.to_vec();
    let server = Server::scripted(&[upid(), Reply::Answer("500 x", body)]).await;
    let file = std::env::temp_dir().join(format!("direttore-provision-{}", server.name().replace(':', "-")));
    let _ = std::fs::remove_file(&file);
    let lab = Proxmox::new(Settings { record: Some(file.clone()), ..settings(&[&server], token()) }).expect("valid");
    lab.container_create(&is("pve1"), &new_container()).await.expect("a task");
    let secrets = vec![("cipassword".to_owned(), "hunter2".to_owned())];
    let change = Change { secrets, ..Change::default() };
    let error = lab.configure(&guest(GuestKind::Vm, 100), &change).await.expect_err("refused");
    let record = std::fs::read_to_string(&file).expect("written");
    let _ = std::fs::remove_file(&file);
    assert!(record.contains(r#""cipassword":"…""#) && record.contains(r#""password":"…""#), "{record}");
    for shown in [record, format!("{error} {error:?}"), format!("{change:?}"), format!("{:?}", new_container())] {
        assert!(!shown.contains("hunter2"), "{shown}");
    }
    assert!(UPID.parse::<Upid>().is_ok());
}
