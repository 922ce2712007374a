//! What each kind of task does when it begins, when it ends, and when it is given up half-way.
//!
//! A task checks the guest's state and takes its lock when it begins, and changes the guest when it ends: whoever looks
//! in between sees the old state and the lock, as with the real one.

mod lifecycle;
mod power;
mod snapshot;

pub use lifecycle::Backup;

use super::{Guest, Task, World};
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, Serialize, Deserialize)]
pub enum Work {
    /// Only files a request with the HA manager.
    AskHa,
    /// Only files a request with the HA manager, too.
    AskHaToMigrate {
        target: String,
    },
    Start,
    Stop,
    Shutdown {
        is_forced: bool,
    },
    Reboot,
    Reset,
    Suspend,
    SuspendToDisk,
    Resume,
    Snapshot {
        name: String,
        description: String,
        with_memory: bool,
    },
    DeleteSnapshot {
        name: String,
        is_forced: bool,
    },
    Rollback {
        name: String,
        start: bool,
    },
    Destroy {
        is_forced: bool,
    },
    Create {
        start: bool,
    },
    Clone {
        newid: u32,
    },
    Migrate {
        target: String,
        /// Where the disks go; else to storages of the same names.
        #[serde(default)]
        storage: Option<String>,
        /// The disks of a running VM may be copied.
        #[serde(default)]
        with_disks: bool,
        /// A running container is stopped and started again.
        #[serde(default)]
        restarts: bool,
    },
    Backup(Backup),
    Resize {
        disk: String,
        bytes: u64,
    },
    MakeTemplate,
    /// A change of configuration that was made in the call itself.
    Configure,
}

type Begun = Result<Vec<String>, String>;
type Finished = Result<(), String>;

impl Work {
    /// Ends as soon as the request is filed.
    pub fn is_request(&self) -> bool {
        matches!(self, Self::AskHa | Self::AskHaToMigrate { .. })
    }

    /// Power changes keep the guest's file lock; others wait for them.
    pub fn holds_guest(&self) -> bool {
        use Work::{Reboot, Reset, Resume, Shutdown, Start, Stop, Suspend};
        matches!(self, Start | Stop | Shutdown { .. } | Reboot | Reset | Suspend | Resume)
    }

    /// Checks, takes the lock, and tells the lines of the log that come while it runs.
    ///
    /// # Errors
    /// The task's error.
    pub fn begin(&self, world: &mut World, task: &Task) -> Begun {
        match self {
            Self::AskHa | Self::AskHaToMigrate { .. } => Ok(vec![format!("Requesting HA for service {}", task.id)]),
            Self::Configure => Ok(Vec::new()),
            Self::Start | Self::Stop | Self::Shutdown { .. } | Self::Reboot | Self::Reset => {
                power::begin(self, world, task)
            }
            Self::Suspend | Self::SuspendToDisk | Self::Resume => power::begin(self, world, task),
            Self::Snapshot { .. } | Self::DeleteSnapshot { .. } | Self::Rollback { .. } => {
                snapshot::begin(self, world, task)
            }
            _ => lifecycle::begin(self, world, task),
        }
    }

    /// # Errors
    /// The task's error.
    pub fn finish(&self, world: &mut World, task: &Task, at: u64) -> Finished {
        match self {
            Self::AskHa => {
                let wait = world.draw();
                let vmid = task.vmid.unwrap_or_default();
                world.later.push(super::Later { at: at + wait, what: super::LaterWhat::HaActs { vmid } });
                Ok(())
            }
            Self::AskHaToMigrate { target } => {
                let (wait, vmid) = (world.draw(), task.vmid.unwrap_or_default());
                let what = super::LaterWhat::HaMigrates { vmid, target: target.clone() };
                world.later.push(super::Later { at: at + wait, what });
                Ok(())
            }
            Self::Configure => Ok(()),
            Self::Start | Self::Stop | Self::Shutdown { .. } | Self::Reboot | Self::Reset => {
                power::finish(self, world, task, at)
            }
            Self::Suspend | Self::SuspendToDisk | Self::Resume => power::finish(self, world, task, at),
            Self::Snapshot { .. } | Self::DeleteSnapshot { .. } | Self::Rollback { .. } => {
                snapshot::finish(self, world, task, at)
            }
            _ => lifecycle::finish(self, world, task, at),
        }
    }

    /// Cleans up after a task that ends in the middle.
    pub fn give_up(&self, world: &mut World, task: &Task) {
        match self {
            Self::Create { .. } => drop(world.guests.remove(&task.vmid.unwrap_or_default())),
            Self::Clone { newid } => drop(world.guests.remove(newid)),
            Self::AskHa | Self::AskHaToMigrate { .. } | Self::Configure => {}
            Self::Start | Self::Stop | Self::Shutdown { .. } | Self::Reboot | Self::Reset | Self::Suspend => {}
            Self::Resume | Self::Destroy { .. } | Self::Resize { .. } | Self::MakeTemplate => {}
            Self::Snapshot { .. } | Self::DeleteSnapshot { .. } | Self::Rollback { .. } => unlock(world, task),
            Self::SuspendToDisk | Self::Migrate { .. } => unlock(world, task),
            Self::Backup(backup) => {
                for guest in world.guests.values_mut().filter(|g| backup.vmids.contains(&g.vmid)) {
                    guest.lock = None;
                }
            }
        }
    }
}

fn unlock(world: &mut World, task: &Task) {
    if let Some(guest) = task.vmid.and_then(|vmid| world.guests.get_mut(&vmid)) {
        guest.lock = None;
    }
}

/// The guest of a task, if it is still on the task's node.
fn guest<'a>(world: &'a mut World, task: &Task) -> Result<&'a mut Guest, String> {
    let vmid = task.vmid.unwrap_or_default();
    let is_vm = !task.task_type.starts_with("vz") || task.task_type == "vzdump";
    let missing = || missing(&task.node, is_vm, vmid);
    world.guests.get_mut(&vmid).filter(|guest| guest.node == task.node).ok_or_else(missing)
}

/// The text for a guest that is not on a node.
pub fn missing(node: &str, is_vm: bool, vmid: u32) -> String {
    let folder = if is_vm { "qemu-server" } else { "lxc" };
    format!("Configuration file 'nodes/{node}/{folder}/{vmid}.conf' does not exist")
}
