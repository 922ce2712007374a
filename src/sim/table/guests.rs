//! The endpoints of guests. A VM and a container have the same paths under `qemu` and `lxc`, with different parameters.

use super::endpoint::{Endpoint, delete, get, post, put};
use super::param::{DIGEST, NEWID, NODE, Param, SKIPLOCK, SNAPNAME, VMID, flag, int, num, text};
use super::{container_config, properties, vm_config};
use crate::api::{addresses, clone, config, create, guest, migrate, power, resize, snapshot};

const VM: &str = "/vms/{vmid}";
const SIZE: Param = text("size").pattern(r"\+?\d+(\.\d+)?[KMGT]?");
static AT: &[Param] = &[NODE, VMID];
static AT_SNAPSHOT: &[Param] = &[NODE, VMID, SNAPNAME];
static CONFIG: &[Param] =
    &[NODE, VMID, flag("current").opt(), text("snapshot").opt().max_len(40).format("pve-configid")];
static RRD: &[Param] = &[
    NODE,
    VMID,
    text("cf").opt().one_of(&["AVERAGE", "MAX"]),
    text("timeframe").one_of(&["hour", "day", "week", "month", "year"]),
];
static CLONE: &[Param] = &[
    NODE,
    VMID,
    NEWID,
    text("description").opt(),
    flag("full").opt(),
    text("pool").opt().format("pve-poolid"),
    text("snapname").opt().max_len(40).format("pve-configid"),
    text("storage").opt().format("pve-storage-id"),
    text("target").opt().format("pve-node"),
];
const VM_CONFIG: &[&str] = &[
    "VM.Config.Disk",
    "VM.Config.CDROM",
    "VM.Config.CPU",
    "VM.Config.Memory",
    "VM.Config.Network",
    "VM.Config.HWType",
    "VM.Config.Options",
    "VM.Config.Cloudinit",
];
const CONTAINER_CONFIG: &[&str] =
    &["VM.Config.Disk", "VM.Config.CPU", "VM.Config.Memory", "VM.Config.Network", "VM.Config.Options"];
const VM_DISKS: Param = text("disk").one_of(&["efidisk0", "tpmstate0"]).one_of_numbered(&[
    ("ide", 3),
    ("scsi", 30),
    ("virtio", 15),
    ("sata", 5),
]);

pub static ENDPOINTS: &[Endpoint] = &[
    get("/nodes/{node}/qemu", guest::list).on_node().takes(&[&[NODE, flag("full").opt()]]),
    get("/nodes/{node}/lxc", guest::list).on_node().takes(&[&[NODE]]),
    post("/nodes/{node}/qemu", create::vm).on_node().takes(&[vm_config::CONFIG, vm_config::CREATE]),
    post("/nodes/{node}/lxc", create::container).on_node().takes(&[container_config::CONFIG, container_config::CREATE]),
    get("/nodes/{node}/qemu/{vmid}", guest::index).on_node().takes(&[AT]),
    get("/nodes/{node}/lxc/{vmid}", guest::index).on_node().takes(&[AT]),
    delete("/nodes/{node}/qemu/{vmid}", guest::destroy)
        .on_node()
        .all_of(VM, &["VM.Allocate"])
        .takes(&[AT, &[flag("destroy-unreferenced-disks").opt(), flag("purge").opt(), SKIPLOCK]]),
    delete("/nodes/{node}/lxc/{vmid}", guest::destroy)
        .on_node()
        .all_of(VM, &["VM.Allocate"])
        .takes(&[AT, &[flag("destroy-unreferenced-disks").opt(), flag("force").opt(), flag("purge").opt()]]),
    get("/nodes/{node}/qemu/{vmid}/status/current", guest::current).on_node().all_of(VM, &["VM.Audit"]).takes(&[AT]),
    get("/nodes/{node}/lxc/{vmid}/status/current", guest::current).on_node().all_of(VM, &["VM.Audit"]).takes(&[AT]),
    get("/nodes/{node}/qemu/{vmid}/rrddata", guest::rrddata).all_of(VM, &["VM.Audit"]).takes(&[RRD]),
    get("/nodes/{node}/lxc/{vmid}/rrddata", guest::rrddata).all_of(VM, &["VM.Audit"]).takes(&[RRD]),
    get("/nodes/{node}/qemu/{vmid}/agent/network-get-interfaces", addresses::of_vm).on_node().takes(&[AT]),
    get("/nodes/{node}/lxc/{vmid}/interfaces", addresses::of_container)
        .on_node()
        .all_of(VM, &["VM.Audit"])
        .takes(&[AT]),
    get("/nodes/{node}/qemu/{vmid}/config", config::read).on_node().all_of(VM, &["VM.Audit"]).takes(&[CONFIG]),
    get("/nodes/{node}/lxc/{vmid}/config", config::read).on_node().all_of(VM, &["VM.Audit"]).takes(&[CONFIG]),
    get("/nodes/{node}/qemu/{vmid}/pending", config::pending).on_node().all_of(VM, &["VM.Audit"]).takes(&[AT]),
    get("/nodes/{node}/lxc/{vmid}/pending", config::pending).on_node().all_of(VM, &["VM.Audit"]).takes(&[AT]),
    put("/nodes/{node}/qemu/{vmid}/config", config::update)
        .on_node()
        .any_of(VM, VM_CONFIG)
        .takes(&[vm_config::CONFIG, vm_config::UPDATE]),
    put("/nodes/{node}/lxc/{vmid}/config", config::update)
        .on_node()
        .any_of(VM, CONTAINER_CONFIG)
        .takes(&[container_config::CONFIG, container_config::UPDATE]),
    post("/nodes/{node}/qemu/{vmid}/config", config::update_in_task)
        .on_node()
        .any_of(VM, VM_CONFIG)
        .takes(&[vm_config::CONFIG, vm_config::UPDATE_IN_TASK]),
    put("/nodes/{node}/qemu/{vmid}/resize", resize::resize)
        .on_node()
        .all_of(VM, &["VM.Config.Disk"])
        .takes(&[AT, &[DIGEST, SKIPLOCK, SIZE, VM_DISKS]]),
    put("/nodes/{node}/lxc/{vmid}/resize", resize::resize)
        .on_node()
        .all_of(VM, &["VM.Config.Disk"])
        .takes(&[AT, &[DIGEST, SIZE, text("disk").one_of(&["rootfs"]).one_of_numbered(&[("mp", 255)])]]),
    post("/nodes/{node}/qemu/{vmid}/status/start", power::start).on_node().all_of(VM, &["VM.PowerMgmt"]).takes(&[
        AT,
        &[
            SKIPLOCK,
            text("force-cpu").opt(),
            text("machine").opt().property(&properties::MACHINE),
            text("migratedfrom").opt().format("pve-node"),
            text("migration_network").opt().format("CIDR"),
            text("migration_type").opt().one_of(&["secure", "insecure"]),
            text("nets-host-mtu").opt().pattern(r"net\d+=\d+(,net\d+=\d+)*").since_9(),
            text("stateuri").opt().max_len(128),
            text("targetstorage").opt().format("storage-pair-list"),
            int("timeout").opt().from(0.0),
            flag("with-conntrack-state").opt().since_9(),
        ],
    ]),
    post("/nodes/{node}/lxc/{vmid}/status/start", power::start)
        .on_node()
        .all_of(VM, &["VM.PowerMgmt"])
        .takes(&[AT, &[SKIPLOCK, flag("debug").opt()]]),
    post("/nodes/{node}/qemu/{vmid}/status/stop", power::stop).on_node().all_of(VM, &["VM.PowerMgmt"]).takes(&[
        AT,
        &[
            SKIPLOCK,
            flag("keepActive").opt(),
            text("migratedfrom").opt().format("pve-node"),
            flag("overrule-shutdown").opt(),
            int("timeout").opt().from(0.0),
        ],
    ]),
    post("/nodes/{node}/lxc/{vmid}/status/stop", power::stop)
        .on_node()
        .all_of(VM, &["VM.PowerMgmt"])
        .takes(&[AT, &[SKIPLOCK, flag("overrule-shutdown").opt()]]),
    post("/nodes/{node}/qemu/{vmid}/status/shutdown", power::shutdown)
        .on_node()
        .all_of(VM, &["VM.PowerMgmt"])
        .takes(&[AT, &[SKIPLOCK, flag("forceStop").opt(), flag("keepActive").opt(), int("timeout").opt().from(0.0)]]),
    post("/nodes/{node}/lxc/{vmid}/status/shutdown", power::shutdown)
        .on_node()
        .all_of(VM, &["VM.PowerMgmt"])
        .takes(&[AT, &[flag("forceStop").opt(), int("timeout").opt().from(0.0)]]),
    post("/nodes/{node}/qemu/{vmid}/status/reboot", power::reboot)
        .on_node()
        .all_of(VM, &["VM.PowerMgmt"])
        .takes(&[AT, &[int("timeout").opt().from(0.0)]]),
    post("/nodes/{node}/lxc/{vmid}/status/reboot", power::reboot)
        .on_node()
        .all_of(VM, &["VM.PowerMgmt"])
        .takes(&[AT, &[int("timeout").opt().from(0.0)]]),
    post("/nodes/{node}/qemu/{vmid}/status/reset", power::reset)
        .on_node()
        .all_of(VM, &["VM.PowerMgmt"])
        .takes(&[AT, &[SKIPLOCK]]),
    post("/nodes/{node}/qemu/{vmid}/status/suspend", power::suspend).on_node().all_of(VM, &["VM.PowerMgmt"]).takes(&[
        AT,
        &[SKIPLOCK, text("statestorage").opt().format("pve-storage-id").requires("todisk"), flag("todisk").opt()],
    ]),
    post("/nodes/{node}/lxc/{vmid}/status/suspend", power::suspend)
        .on_node()
        .all_of(VM, &["VM.PowerMgmt"])
        .takes(&[AT]),
    post("/nodes/{node}/qemu/{vmid}/status/resume", power::resume)
        .on_node()
        .all_of(VM, &["VM.PowerMgmt"])
        .takes(&[AT, &[SKIPLOCK, flag("nocheck").opt()]]),
    post("/nodes/{node}/lxc/{vmid}/status/resume", power::resume).on_node().all_of(VM, &["VM.PowerMgmt"]).takes(&[AT]),
    get("/nodes/{node}/qemu/{vmid}/snapshot", snapshot::list).on_node().all_of(VM, &["VM.Audit"]).takes(&[AT]),
    get("/nodes/{node}/lxc/{vmid}/snapshot", snapshot::list).on_node().all_of(VM, &["VM.Audit"]).takes(&[AT]),
    post("/nodes/{node}/qemu/{vmid}/snapshot", snapshot::create)
        .on_node()
        .all_of(VM, &["VM.Snapshot"])
        .takes(&[AT_SNAPSHOT, &[text("description").opt(), flag("vmstate").opt()]]),
    post("/nodes/{node}/lxc/{vmid}/snapshot", snapshot::create)
        .on_node()
        .all_of(VM, &["VM.Snapshot"])
        .takes(&[AT_SNAPSHOT, &[text("description").opt()]]),
    get("/nodes/{node}/qemu/{vmid}/snapshot/{snapname}", snapshot::index).takes(&[AT_SNAPSHOT]),
    get("/nodes/{node}/lxc/{vmid}/snapshot/{snapname}", snapshot::index).takes(&[AT_SNAPSHOT]),
    delete("/nodes/{node}/qemu/{vmid}/snapshot/{snapname}", snapshot::delete)
        .on_node()
        .all_of(VM, &["VM.Snapshot"])
        .takes(&[AT_SNAPSHOT, &[flag("force").opt()]]),
    delete("/nodes/{node}/lxc/{vmid}/snapshot/{snapname}", snapshot::delete)
        .on_node()
        .all_of(VM, &["VM.Snapshot"])
        .takes(&[AT_SNAPSHOT, &[flag("force").opt()]]),
    get("/nodes/{node}/qemu/{vmid}/snapshot/{snapname}/config", snapshot::config)
        .on_node()
        .any_of(VM, &["VM.Snapshot", "VM.Snapshot.Rollback", "VM.Audit"])
        .takes(&[AT_SNAPSHOT]),
    get("/nodes/{node}/lxc/{vmid}/snapshot/{snapname}/config", snapshot::config)
        .on_node()
        .any_of(VM, &["VM.Snapshot", "VM.Snapshot.Rollback", "VM.Audit"])
        .takes(&[AT_SNAPSHOT]),
    put("/nodes/{node}/qemu/{vmid}/snapshot/{snapname}/config", snapshot::describe)
        .on_node()
        .all_of(VM, &["VM.Snapshot"])
        .takes(&[AT_SNAPSHOT, &[text("description").opt()]]),
    put("/nodes/{node}/lxc/{vmid}/snapshot/{snapname}/config", snapshot::describe)
        .on_node()
        .all_of(VM, &["VM.Snapshot"])
        .takes(&[AT_SNAPSHOT, &[text("description").opt()]]),
    post("/nodes/{node}/qemu/{vmid}/snapshot/{snapname}/rollback", snapshot::rollback)
        .on_node()
        .any_of(VM, &["VM.Snapshot", "VM.Snapshot.Rollback"])
        .takes(&[AT_SNAPSHOT, &[flag("start").opt()]]),
    post("/nodes/{node}/lxc/{vmid}/snapshot/{snapname}/rollback", snapshot::rollback)
        .on_node()
        .any_of(VM, &["VM.Snapshot", "VM.Snapshot.Rollback"])
        .takes(&[AT_SNAPSHOT, &[flag("start").opt()]]),
    post("/nodes/{node}/qemu/{vmid}/clone", clone::clone).on_node().takes(&[
        CLONE,
        &[
            int("bwlimit").opt().from(0.0),
            text("format").opt().one_of(&["raw", "qcow2", "vmdk"]),
            text("name").opt().format("dns-name"),
        ],
    ]),
    post("/nodes/{node}/lxc/{vmid}/clone", clone::clone)
        .on_node()
        .takes(&[CLONE, &[num("bwlimit").opt().from(0.0), text("hostname").opt().format("dns-name")]]),
    post("/nodes/{node}/qemu/{vmid}/template", clone::make_template)
        .on_node()
        .all_of(VM, &["VM.Allocate"])
        .takes(&[AT, &[VM_DISKS.opt()]]),
    post("/nodes/{node}/lxc/{vmid}/template", clone::make_template).on_node().all_of(VM, &["VM.Allocate"]).takes(&[AT]),
    get("/nodes/{node}/qemu/{vmid}/migrate", migrate::look)
        .on_node()
        .all_of(VM, &["VM.Migrate"])
        .takes(&[AT, &[text("target").opt().format("pve-node")]]),
    get("/nodes/{node}/lxc/{vmid}/migrate", migrate::look)
        .on_node()
        .since_9()
        .all_of(VM, &["VM.Migrate"])
        .takes(&[AT, &[text("target").opt().format("pve-node")]]),
    post("/nodes/{node}/qemu/{vmid}/migrate", migrate::start).on_node().all_of(VM, &["VM.Migrate"]).takes(&[
        AT,
        &[
            text("target").format("pve-node"),
            int("bwlimit").opt().from(0.0),
            flag("force").opt(),
            text("migration_network").opt().format("CIDR"),
            text("migration_type").opt().one_of(&["secure", "insecure"]),
            flag("online").opt(),
            text("targetstorage").opt().format("storage-pair-list"),
            flag("with-conntrack-state").opt().since_9(),
            flag("with-local-disks").opt(),
        ],
    ]),
    post("/nodes/{node}/lxc/{vmid}/migrate", migrate::start).on_node().all_of(VM, &["VM.Migrate"]).takes(&[
        AT,
        &[
            text("target").format("pve-node"),
            num("bwlimit").opt().from(0.0),
            flag("online").opt(),
            flag("restart").opt(),
            text("target-storage").opt().format("storage-pair-list"),
            int("timeout").opt(),
        ],
    ]),
];
