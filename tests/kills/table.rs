//! Every kind of job: how it is asked for, and where it can be killed.

/// A step, as the breakpoints name it.
pub struct Step {
    pub name: &'static str,
    /// The calls that it makes, as the lab's faults name them; none where nothing is sent.
    pub calls: &'static [&'static str],
    /// Where in the midst of them it can be killed.
    pub amid: &'static [&'static str],
    /// Whether each call is made once: several addresses are asked for at once, and a configuration may be written twice.
    pub is_once: bool,
}

/// Around a Proxmox task.
const TASK: &[&str] = &["intent", "answered", "stored"];

const fn task(name: &'static str, calls: &'static [&'static str]) -> Step {
    Step { name, calls, amid: TASK, is_once: true }
}

/// A step that writes nothing but our own records.
const fn ours(name: &'static str) -> Step {
    Step { name, calls: &[], amid: &[], is_once: true }
}

pub struct Job {
    pub name: &'static str,
    /// What is done in the lab before.
    pub before: &'static [&'static str],
    /// What is said, answers to questions included.
    pub say: &'static [&'static str],
    pub steps: &'static [Step],
    /// Whether the lab's state tells if it was done. If not, a doubt is for a person.
    pub shows: bool,
    /// Whether there is a NetBox.
    pub netbox: bool,
    /// Whether NetBox' switch sw1 can be reached.
    pub switch: bool,
    /// A guest that is backed up before, by node and VMID; its backup is what `{backup}` stands for.
    pub backup: Option<(&'static str, u32)>,
}

const fn power(calls: &'static [&'static str]) -> Step {
    task("power-guest", calls)
}

const FORGET: Step = ours("forget-guest");
const NODE: &[Step] = &[task("power-node", &["POST pve3/status"])];
/// Runs, and does not come back with its node.
const VISITOR: &[&str] = &["guest 126 status=running"];

const fn job(name: &'static str, say: &'static [&'static str], steps: &'static [Step]) -> Job {
    Job { name, before: &[], say, steps, shows: true, netbox: false, switch: false, backup: None }
}

impl Job {
    const fn after(self, before: &'static [&'static str]) -> Self {
        Self { before, ..self }
    }

    const fn hides(self) -> Self {
        Self { shows: false, ..self }
    }

    const fn with_netbox(self) -> Self {
        Self { netbox: true, ..self }
    }

    const fn with_switch(self) -> Self {
        Self { netbox: true, switch: true, ..self }
    }

    const fn with_backup(self, node: &'static str, vmid: u32) -> Self {
        Self { backup: Some((node, vmid)), ..self }
    }
}

pub const START: Job = job("start", &["/power start db2"], &[power(&["POST status/start"])]);
pub const SHUTDOWN: Job = job("shutdown", &["/power shutdown web1"], &[power(&["POST status/shutdown"])]);
pub const STOP: Job = job("stop", &["/power stop web1", "yes"], &[power(&["POST status/stop"])]);
pub const REBOOT: Job = job("reboot", &["/power reboot web1"], &[power(&["POST status/reboot"])]).hides();
pub const RESET: Job = job("reset", &["/power reset web1", "yes"], &[power(&["POST status/reset"])]).hides();
pub const SUSPEND: Job = job("suspend", &["/power suspend web1"], &[power(&["POST status/suspend"])]);
pub const RESUME: Job =
    job("resume", &["/power resume web1"], &[power(&["POST status/resume"])]).after(&["guest 101 status=paused"]);
/// The HA manager is asked, and acts some time later.
pub const HA_STOP: Job = job("stop under HA", &["/power stop gitlab", "yes"], &[power(&["POST status/stop"])]);

pub const CONTAINER_START: Job = job("start a container", &["/power start ci-runner-2"], START.steps);
pub const CONTAINER_SHUTDOWN: Job = job("shut down a container", &["/power shutdown dns1"], SHUTDOWN.steps);
pub const CONTAINER_STOP: Job = job("stop a container", &["/power stop dns1", "yes"], STOP.steps);
pub const CONTAINER_REBOOT: Job = job("reboot a container", &["/power reboot dns1"], REBOOT.steps).hides();
/// Proxmox does not tell a suspended container from a running one.
pub const CONTAINER_SUSPEND: Job = job("suspend a container", &["/power suspend dns1"], SUSPEND.steps).hides();
pub const CONTAINER_RESUME: Job =
    job("resume a container", &["/power resume dns1"], RESUME.steps).after(&["guest 100 status=paused"]).hides();

pub const SNAPSHOT: Job =
    job("snapshot", &["/snapshot create web1 nightly"], &[task("create-snapshot", &["POST snapshot"])]);
pub const ROLLBACK: Job = job(
    "rollback",
    &["/snapshot rollback web1 after-upgrade start", "yes"],
    &[task("rollback-snapshot", &["POST rollback"])],
)
.hides();
pub const SNAPSHOT_DELETE: Job = job(
    "delete a snapshot",
    &["/snapshot delete web1 before-upgrade", "yes"],
    &[task("delete-snapshot", &["DELETE snapshot/before-upgrade"])],
);
pub const CONTAINER_SNAPSHOT: Job = job("snapshot a container", &["/snapshot create dns1 nightly"], SNAPSHOT.steps);
pub const CONTAINER_ROLLBACK: Job =
    job("roll a container back", &["/snapshot rollback ci-runner-2 clean", "yes"], ROLLBACK.steps).hides();
pub const CONTAINER_SNAPSHOT_DELETE: Job = job(
    "delete a container's snapshot",
    &["/snapshot delete ci-runner-2 clean", "yes"],
    &[task("delete-snapshot", &["DELETE snapshot/clean"])],
);

pub const DELETE: Job =
    job("delete", &["/guest delete db2", "name=db2"], &[task("delete-guest", &["DELETE qemu/104"]), FORGET]);
pub const DELETE_RUNNING: Job = job(
    "delete a running one",
    &["/guest delete web2", "name=web2"],
    &[power(&["POST status/stop"]), task("delete-guest", &["DELETE qemu/102"]), FORGET],
);
pub const CONTAINER_DELETE: Job = job(
    "delete a container",
    &["/guest delete ci-runner-2", "name=ci-runner-2"],
    &[task("delete-guest", &["DELETE lxc/106"]), FORGET],
);
pub const CONTAINER_DELETE_RUNNING: Job = job(
    "delete a running container",
    &["/guest delete dns1", "name=dns1"],
    &[power(&["POST status/stop"]), task("delete-guest", &["DELETE lxc/100"]), FORGET],
);

pub const NODE_REBOOT: Job = job("reboot a node", &["/node reboot pve3", "name=pve3"], NODE).after(VISITOR).hides();
pub const NODE_SHUTDOWN: Job =
    job("shut down a node", &["/node shutdown pve3", "name=pve3"], NODE).after(VISITOR).hides();

/// What is done when a window begins.
pub const START_WITH_A_RESERVATION: Job = job(
    "start with a reservation",
    &["/reserve new db2 from=\"in 3s\" for=1h start"],
    &[power(&["POST status/start"])],
);
/// What is done at the end of a window, which is looked at once more before; deleting it is as when it is asked for.
pub const DESTROY_AT_THE_END: Job = job(
    "destroy after a reservation",
    &["/reserve new db2 from=now for=3s end=destroy"],
    &[ours("spare-reserved"), task("delete-guest", &["DELETE qemu/104"]), FORGET],
);

const HOLD: Step = ours("hold-guest");
const ALLOCATE: Step = Step {
    name: "allocate-addresses",
    calls: &["netbox POST available-ips"],
    amid: &["intent", "answered"],
    is_once: false,
};
/// Where the first address that NetBox offers is the gateway's, the one that is wanted is asked for by its number.
const ALLOCATE_CHOSEN: Step = Step { calls: &["netbox POST ip-addresses"], ..ALLOCATE };
/// The configuration may be written again: it is the same.
const CONFIGURE: Step = Step { name: "configure-guest", calls: &["PUT config"], amid: &["answered"], is_once: false };
const OWNER: Step = ours("record-owner");
const REGISTER: Step =
    Step { name: "register-guest", calls: &["netbox POST virtual-machines"], amid: TASK, is_once: true };
const START_NEW: Step = task("start-guest", &["POST status/start"]);
const VERIFY: Step = ours("verify-guest");

/// A clone with two interfaces, both families from NetBox, and a larger disk.
pub const PROVISION_VM: Job = job(
    "provision a VM",
    &[
        "/provision vm web9 node=pve1 disk=20G nic1=\"ip=netbox:10.0.10.0/24 ip6=netbox:2001:db8:10::/64\" nic2=\"ip=netbox:10.0.20.0/24\"",
        "create",
    ],
    &[
        HOLD,
        ALLOCATE,
        task("create-guest", &["POST clone"]),
        CONFIGURE,
        task("resize-disk", &["PUT resize"]),
        OWNER,
        REGISTER,
        START_NEW,
        VERIFY,
    ],
)
.with_netbox();
/// Only those steps that are other ones than a VM's.
pub const PROVISION_CONTAINER: Job = job(
    "provision a container",
    &[
        "/provision container box9 node=pve2 tags=lab nic1=\"ip=netbox:10.0.30.0/24 ip6=netbox:2001:db8:30::/64\"",
        "create",
    ],
    &[ALLOCATE_CHOSEN, task("create-guest", &["POST pve2/lxc$"]), CONFIGURE, START_NEW],
)
.with_netbox();

/// Holding a number and noting an owner are the same steps as for a guest that is provisioned.
pub const CLONE: Job = job("clone", &["/guest clone db2 db9", "yes"], &[task("clone-guest", &["POST clone"])]);
/// The configuration may be written again: it is the same.
pub const RESIZE: Job = job(
    "resize",
    &["/guest resize db2 cores=2 disk=+10G", "yes"],
    &[
        Step { name: "resize-guest", calls: &["PUT config"], amid: &["answered"], is_once: false },
        task("resize-disk", &["PUT resize"]),
    ],
);
pub const MIGRATE: Job =
    job("migrate", &["/guest migrate db2 pve1", "yes"], &[task("migrate-guest", &["POST migrate"])]);
pub const BACKUP: Job = job("back up", &["/guest backup db2", "yes"], &[task("backup-guest", &["POST vzdump"])]);
pub const RESTORE: Job =
    job("restore", &["/guest restore {backup}", "yes"], &[task("restore-guest", &["POST pve2/qemu$"])])
        .with_backup("pve2", 104);

/// What NetBox is asked for again finds what is there, or what is gone, by mark or number.
const fn in_netbox(name: &'static str, calls: &'static [&'static str]) -> Step {
    Step { name, calls, amid: &["intent", "answered"], is_once: false }
}

pub const IPAM_ALLOCATE: Job = job(
    "allocate",
    &["/ipam allocate 10.0.20.0/24 count=2", "yes"],
    &[in_netbox("take-addresses", &["netbox POST available-ips"])],
)
.with_netbox();
pub const IPAM_RELEASE: Job = job(
    "release",
    &["/ipam release 10.0.99.3 10.0.99.4", "yes"],
    &[in_netbox("release-addresses", &["netbox DELETE ip-addresses"])],
)
.with_netbox();
/// Stopping and deleting it are as without a NetBox.
pub const DELETE_IN_NETBOX: Job = job(
    "delete with its records",
    &["/guest delete web2", "name=web2"],
    &[FORGET, in_netbox("unregister-guest", &["netbox DELETE ip-addresses", "netbox DELETE virtual-machines"])],
)
.with_netbox();

/// What an earlier try has written is found in NetBox, and is no difference any more.
pub const DISCOVER: Job = job(
    "discover a device",
    &["/device discover sw1 modules apply", "yes"],
    &[Step {
        name: "apply-discovery",
        calls: &[
            "netbox POST interfaces",
            "netbox POST mac-addresses",
            "netbox PATCH interfaces",
            "netbox POST ip-addresses",
            "netbox POST inventory-items",
        ],
        amid: &["answered"],
        is_once: false,
    }],
)
.with_switch();
