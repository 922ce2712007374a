//! The endpoints of nodes: status, tasks, network, storages, backups.

use super::endpoint::{Endpoint, delete, get, post};
use super::param::{NODE, STORAGE, UPID, flag, int, list, text};
use crate::api::{backup, cluster, node, storage, task};

const READ_STORAGE: &[&str] = &["Datastore.Audit", "Datastore.AllocateSpace"];

pub static ENDPOINTS: &[Endpoint] = &[
    get("/nodes", node::list),
    get("/nodes/{node}/status", node::status).on_node().all_of("/nodes/{node}", &["Sys.Audit"]).takes(&[&[NODE]]),
    post("/nodes/{node}/status", node::command)
        .on_node()
        .all_of("/nodes/{node}", &["Sys.PowerMgmt"])
        .takes(&[&[NODE, text("command").one_of(&["reboot", "shutdown"])]]),
    get("/nodes/{node}/version", cluster::version).on_node().takes(&[&[NODE]]),
    get("/nodes/{node}/rrddata", node::rrddata).all_of("/nodes/{node}", &["Sys.Audit"]).takes(&[&[
        NODE,
        text("cf").opt().one_of(&["AVERAGE", "MAX"]),
        text("timeframe").one_of(&["hour", "day", "week", "month", "year", "decade"]),
    ]]),
    get("/nodes/{node}/tasks", task::list).on_node().takes(&[&[
        NODE,
        flag("errors").opt(),
        int("limit").opt().from(0.0),
        int("since").opt(),
        text("source").opt().one_of(&["archive", "active", "all"]),
        int("start").opt().from(0.0),
        text("statusfilter").opt().format("pve-task-status-type-list"),
        text("typefilter").opt(),
        int("until").opt(),
        text("userfilter").opt(),
        int("vmid").opt().from(100.0).to(999_999_999.0).format("pve-vmid"),
    ]]),
    get("/nodes/{node}/tasks/{upid}", task::index).takes(&[&[NODE, UPID]]),
    delete("/nodes/{node}/tasks/{upid}", task::stop).on_node().takes(&[&[NODE, UPID]]),
    get("/nodes/{node}/tasks/{upid}/status", task::status).on_node().takes(&[&[NODE, UPID]]),
    get("/nodes/{node}/tasks/{upid}/log", task::log).on_node().takes(&[&[
        NODE,
        UPID,
        flag("download").opt(),
        int("limit").opt().from(0.0),
        int("start").opt().from(0.0),
    ]]),
    get("/nodes/{node}/network", node::network).on_node().takes(&[&[
        NODE,
        text("type").opt().one_of(&[
            "bridge",
            "bond",
            "eth",
            "alias",
            "vlan",
            "fabric",
            "OVSBridge",
            "OVSBond",
            "OVSPort",
            "OVSIntPort",
            "vnet",
            "any_bridge",
            "any_local_bridge",
            "include_sdn",
        ]),
    ]]),
    get("/nodes/{node}/certificates/info", node::certificates).on_node().takes(&[&[NODE]]),
    get("/nodes/{node}/storage", storage::on_node).on_node().takes(&[&[
        NODE,
        text("content").opt().format("pve-storage-content-list"),
        flag("enabled").opt(),
        flag("format").opt(),
        text("storage").opt().format("pve-storage-id"),
        text("target").opt().format("pve-node"),
    ]]),
    get("/nodes/{node}/storage/{storage}/status", storage::status)
        .on_node()
        .any_of("/storage/{storage}", READ_STORAGE)
        .takes(&[&[NODE, STORAGE]]),
    get("/nodes/{node}/storage/{storage}/content", storage::content)
        .on_node()
        .any_of("/storage/{storage}", READ_STORAGE)
        .takes(&[&[
            NODE,
            STORAGE,
            text("content").opt().format("pve-storage-content"),
            int("vmid").opt().from(100.0).to(999_999_999.0).format("pve-vmid"),
        ]]),
    get("/nodes/{node}/vzdump/extractconfig", backup::config).on_node().takes(&[&[NODE, text("volume")]]),
    post("/nodes/{node}/vzdump", backup::start).on_node().takes(&[&[
        flag("all").opt(),
        int("bwlimit").opt().from(0.0),
        text("compress").opt().one_of(&["0", "1", "gzip", "lzo", "zstd"]),
        text("dumpdir").opt(),
        text("exclude").opt().format("pve-vmid-list"),
        list("exclude-path").opt(),
        text("fleecing").opt().format("backup-fleecing"),
        int("ionice").opt().from(0.0).to(8.0),
        text("job-id").opt().max_len(50).pattern(r"\S+"),
        int("lockwait").opt().from(0.0),
        text("mailnotification").opt().one_of(&["always", "failure"]),
        text("mailto").opt().format("email-or-username-list"),
        text("mode").opt().one_of(&["snapshot", "suspend", "stop"]),
        text("node").opt().format("pve-node"),
        text("notes-template").opt().max_len(1024).requires("storage"),
        text("notification-mode").opt().one_of(&["auto", "legacy-sendmail", "notification-system"]),
        text("pbs-change-detection-mode").opt().one_of(&["legacy", "data", "metadata"]),
        text("performance").opt().format("backup-performance"),
        int("pigz").opt(),
        text("pool").opt(),
        flag("protected").opt().requires("storage"),
        text("prune-backups").opt().format("prune-backups"),
        flag("quiet").opt(),
        flag("remove").opt(),
        text("script").opt(),
        flag("stdexcludes").opt(),
        flag("stdout").opt(),
        flag("stop").opt(),
        int("stopwait").opt().from(0.0),
        text("storage").opt().format("pve-storage-id"),
        text("tmpdir").opt(),
        text("vmid").opt().format("pve-vmid-list"),
        int("zstd").opt(),
    ]]),
];
