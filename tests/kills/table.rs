//! Every kind of job: how it is asked for, and where it can be killed.

/// A step, as the breakpoints name it.
pub struct Step {
    pub name: &'static str,
    /// The call that sets it off, as the lab's faults name it; none where nothing is sent.
    pub call: Option<&'static str>,
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
}

const fn power(call: &'static str) -> Step {
    Step { name: "power-guest", call: Some(call) }
}

const FORGET: Step = Step { name: "forget-guest", call: None };
const NODE: &[Step] = &[Step { name: "power-node", call: Some("POST pve3/status") }];
/// Runs, and does not come back with its node.
const VISITOR: &[&str] = &["guest 126 status=running"];

const fn job(name: &'static str, say: &'static [&'static str], steps: &'static [Step]) -> Job {
    Job { name, before: &[], say, steps, shows: true }
}

impl Job {
    const fn after(self, before: &'static [&'static str]) -> Self {
        Self { before, ..self }
    }

    const fn hides(self) -> Self {
        Self { shows: false, ..self }
    }
}

pub const START: Job = job("start", &["/power start db2"], &[power("POST status/start")]);
pub const SHUTDOWN: Job = job("shutdown", &["/power shutdown web1"], &[power("POST status/shutdown")]);
pub const STOP: Job = job("stop", &["/power stop web1", "yes"], &[power("POST status/stop")]);
pub const REBOOT: Job = job("reboot", &["/power reboot web1"], &[power("POST status/reboot")]).hides();
pub const RESET: Job = job("reset", &["/power reset web1", "yes"], &[power("POST status/reset")]).hides();
pub const SUSPEND: Job = job("suspend", &["/power suspend web1"], &[power("POST status/suspend")]);
pub const RESUME: Job =
    job("resume", &["/power resume web1"], &[power("POST status/resume")]).after(&["guest 101 status=paused"]);
/// The HA manager is asked, and acts some time later.
pub const HA_STOP: Job = job("stop under HA", &["/power stop gitlab", "yes"], &[power("POST status/stop")]);

pub const CONTAINER_START: Job = job("start a container", &["/power start ci-runner-2"], START.steps);
pub const CONTAINER_SHUTDOWN: Job = job("shut down a container", &["/power shutdown dns1"], SHUTDOWN.steps);
pub const CONTAINER_STOP: Job = job("stop a container", &["/power stop dns1", "yes"], STOP.steps);
pub const CONTAINER_REBOOT: Job = job("reboot a container", &["/power reboot dns1"], REBOOT.steps).hides();
/// Proxmox does not tell a suspended container from a running one.
pub const CONTAINER_SUSPEND: Job = job("suspend a container", &["/power suspend dns1"], SUSPEND.steps).hides();
pub const CONTAINER_RESUME: Job =
    job("resume a container", &["/power resume dns1"], RESUME.steps).after(&["guest 100 status=paused"]).hides();

pub const SNAPSHOT: Job = job(
    "snapshot",
    &["/snapshot create web1 nightly"],
    &[Step { name: "create-snapshot", call: Some("POST snapshot") }],
);
pub const ROLLBACK: Job = job(
    "rollback",
    &["/snapshot rollback web1 after-upgrade start", "yes"],
    &[Step { name: "rollback-snapshot", call: Some("POST rollback") }],
)
.hides();
pub const SNAPSHOT_DELETE: Job = job(
    "delete a snapshot",
    &["/snapshot delete web1 before-upgrade", "yes"],
    &[Step { name: "delete-snapshot", call: Some("DELETE snapshot/before-upgrade") }],
);
pub const CONTAINER_SNAPSHOT: Job = job("snapshot a container", &["/snapshot create dns1 nightly"], SNAPSHOT.steps);
pub const CONTAINER_ROLLBACK: Job =
    job("roll a container back", &["/snapshot rollback ci-runner-2 clean", "yes"], ROLLBACK.steps).hides();
pub const CONTAINER_SNAPSHOT_DELETE: Job = job(
    "delete a container's snapshot",
    &["/snapshot delete ci-runner-2 clean", "yes"],
    &[Step { name: "delete-snapshot", call: Some("DELETE snapshot/clean") }],
);

pub const DELETE: Job = job(
    "delete",
    &["/guest delete db2", "name=db2"],
    &[Step { name: "delete-guest", call: Some("DELETE qemu/104") }, FORGET],
);
pub const DELETE_RUNNING: Job = job(
    "delete a running one",
    &["/guest delete web2", "name=web2"],
    &[power("POST status/stop"), Step { name: "delete-guest", call: Some("DELETE qemu/102") }, FORGET],
);
pub const CONTAINER_DELETE: Job = job(
    "delete a container",
    &["/guest delete ci-runner-2", "name=ci-runner-2"],
    &[Step { name: "delete-guest", call: Some("DELETE lxc/106") }, FORGET],
);
pub const CONTAINER_DELETE_RUNNING: Job = job(
    "delete a running container",
    &["/guest delete dns1", "name=dns1"],
    &[power("POST status/stop"), Step { name: "delete-guest", call: Some("DELETE lxc/100") }, FORGET],
);

pub const NODE_REBOOT: Job = job("reboot a node", &["/node reboot pve3", "name=pve3"], NODE).after(VISITOR).hides();
pub const NODE_SHUTDOWN: Job =
    job("shut down a node", &["/node shutdown pve3", "name=pve3"], NODE).after(VISITOR).hides();
