//! The endpoints of the cluster, of access, pools and storages.

use super::endpoint::{Endpoint, delete, get, post, put};
use super::param::{Param, flag, int, text};
use crate::api::{access, cluster, resources, storage, ticket};

const USER: Param = text("userid").max_len(64).format("pve-userid");
const TOKEN: Param = text("tokenid").pattern(r"(?^:[A-Za-z][A-Za-z0-9\.\-_]+)");
const ANY_USER: &str = r"(?^:^(?^:[^\s:/]+)\@(?^:[A-Za-z][A-Za-z0-9\.\-_]+)(?:!(?^:[A-Za-z][A-Za-z0-9\.\-_]+))?$)";
static TOKEN_SETTINGS: &[Param] = &[text("comment").opt(), int("expire").opt().from(0.0), flag("privsep").opt()];

pub static ENDPOINTS: &[Endpoint] = &[
    get("/version", cluster::version),
    get("/access/ticket", ticket::look).open(),
    post("/access/ticket", ticket::login).open().no_token().takes(&[&[
        flag("new-format").opt(),
        text("otp").opt(),
        text("password"),
        text("path").opt().max_len(64).requires("privs"),
        text("privs").opt().max_len(64).format("pve-priv-list").requires("path"),
        text("realm").opt().max_len(32).format("pve-realm"),
        text("tfa-challenge").opt(),
        text("username").max_len(64),
    ]]),
    get("/access/permissions", access::permissions)
        .takes(&[&[text("path").opt(), text("userid").opt().pattern(ANY_USER)]]),
    get("/access/users", access::users).takes(&[&[flag("enabled").opt(), flag("full").opt()]]),
    get("/access/roles", access::roles),
    get("/access/acl", access::acl),
    put("/access/acl", access::change_acl).takes(&[&[
        flag("delete").opt(),
        text("groups").opt().format("pve-groupid-list"),
        text("path"),
        flag("propagate").opt(),
        text("roles").format("pve-roleid-list"),
        text("tokens").opt().format("pve-tokenid-list"),
        text("users").opt().format("pve-userid-list"),
    ]]),
    get("/access/users/{userid}/token", access::tokens).takes(&[&[USER]]),
    get("/access/users/{userid}/token/{tokenid}", access::token).takes(&[&[USER, TOKEN]]),
    post("/access/users/{userid}/token/{tokenid}", access::make_token).takes(&[&[USER, TOKEN], TOKEN_SETTINGS]),
    put("/access/users/{userid}/token/{tokenid}", access::change_token).takes(&[
        &[USER, TOKEN, text("delete").opt().format("pve-configid-list").since_9(), flag("regenerate").opt().since_9()],
        TOKEN_SETTINGS,
    ]),
    delete("/access/users/{userid}/token/{tokenid}", access::remove_token).takes(&[&[USER, TOKEN]]),
    get("/cluster/resources", resources::resources)
        .takes(&[&[text("type").opt().one_of(&["vm", "storage", "node", "sdn"])]]),
    get("/cluster/nextid", cluster::next_id).takes(&[&[int("vmid")
        .opt()
        .from(100.0)
        .to(999_999_999.0)
        .format("pve-vmid")]]),
    get("/cluster/status", cluster::status).all_of("/", &["Sys.Audit"]),
    get("/cluster/tasks", cluster::tasks),
    get("/pools", cluster::pools).takes(&[&[
        text("poolid").opt().format("pve-poolid"),
        text("type").opt().one_of(&["qemu", "lxc", "storage"]).requires("poolid"),
    ]]),
    get("/storage", storage::all).takes(&[&[text("type").opt().one_of(&[
        "btrfs",
        "cephfs",
        "cifs",
        "dir",
        "esxi",
        "iscsi",
        "iscsidirect",
        "lvm",
        "lvmthin",
        "nfs",
        "pbs",
        "rbd",
        "zfs",
        "zfspool",
    ])]]),
];
