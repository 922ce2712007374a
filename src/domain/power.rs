//! What can be done to a guest's power, and when it has been done already.

use crate::{Guest, GuestKind, GuestStatus};
use serde::{Deserialize, Serialize};
use std::fmt;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Power {
    Start,
    /// Asks the guest to shut itself down (ACPI, or a signal to a container's init).
    Shutdown,
    /// Shutdown and start; applies pending configuration.
    Reboot,
    /// Pulls the plug.
    Stop,
    /// A power cycle without asking the guest. VMs only.
    Reset,
    /// Halts a VM's processors (container: CRIU, experimental).
    Suspend,
    Resume,
}

/// What a power command comes to in a guest's present state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PowerFit {
    /// A task of Proxmox is needed.
    Needed,
    /// The guest is in that state already.
    Already,
    /// It makes no sense now: why.
    Wrong(&'static str),
}

impl Power {
    pub const ALL: [Self; 7] =
        [Self::Start, Self::Shutdown, Self::Reboot, Self::Stop, Self::Reset, Self::Suspend, Self::Resume];

    /// Proxmox's word in `…/status/{word}`, the same as ours.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Start => "start",
            Self::Shutdown => "shutdown",
            Self::Reboot => "reboot",
            Self::Stop => "stop",
            Self::Reset => "reset",
            Self::Suspend => "suspend",
            Self::Resume => "resume",
        }
    }

    /// The type of the task that Proxmox starts for it (qemu-server and pve-container `API2`): `qmstart`, `vzstop`, …
    /// Proxmox calls the pause of a VM `qmpause` (`qmsuspend` is suspend to disk).
    pub fn task_type(self, kind: GuestKind) -> &'static str {
        match (kind, self) {
            (GuestKind::Vm, Self::Start) => "qmstart",
            (GuestKind::Vm, Self::Shutdown) => "qmshutdown",
            (GuestKind::Vm, Self::Reboot) => "qmreboot",
            (GuestKind::Vm, Self::Stop) => "qmstop",
            (GuestKind::Vm, Self::Reset) => "qmreset",
            (GuestKind::Vm, Self::Suspend) => "qmpause",
            (GuestKind::Vm, Self::Resume) => "qmresume",
            (GuestKind::Container, Self::Start) => "vzstart",
            (GuestKind::Container, Self::Shutdown) => "vzshutdown",
            (GuestKind::Container, Self::Reboot | Self::Reset) => "vzreboot",
            (GuestKind::Container, Self::Stop) => "vzstop",
            (GuestKind::Container, Self::Suspend) => "vzsuspend",
            (GuestKind::Container, Self::Resume) => "vzresume",
        }
    }

    /// The state that it leads to; `None` where Proxmox has no word for it (a container's suspend is a checkpoint).
    pub fn leads_to(self, kind: GuestKind) -> Option<GuestStatus> {
        match (self, kind) {
            (Self::Start | Self::Reboot | Self::Reset, _) | (Self::Resume, GuestKind::Vm) => Some(GuestStatus::Running),
            (Self::Shutdown | Self::Stop, _) => Some(GuestStatus::Stopped),
            (Self::Suspend, GuestKind::Vm) => Some(GuestStatus::Paused),
            (Self::Suspend | Self::Resume, GuestKind::Container) => None,
        }
    }

    /// Whether the guest's state tells if it was done: what is then never done twice by mistake. Reboot and reset lead
    /// from running to running, so it does not.
    pub fn shows_in_state(self, kind: GuestKind) -> bool {
        !matches!(self, Self::Reboot | Self::Reset) && self.leads_to(kind).is_some()
    }

    /// What it comes to for a guest in `status`.
    pub fn fit(self, guest: &Guest, status: GuestStatus) -> PowerFit {
        use GuestStatus::{Paused, Running, Stopped, Unknown};
        if guest.is_template {
            return PowerFit::Wrong("it is a template");
        }
        if guest.kind == GuestKind::Container && self == Self::Reset {
            return PowerFit::Wrong("a container has no reset; reboot and stop work");
        }
        match (self, status) {
            (_, Unknown) => PowerFit::Wrong("its node does not answer"),
            (Self::Start, Running) | (Self::Shutdown | Self::Stop, Stopped) => PowerFit::Already,
            (Self::Start, Paused) => PowerFit::Wrong("it is paused; resume works"),
            // Whether a container was suspended cannot be seen, so both are for the asker to know.
            (Self::Resume, Running | Stopped) if guest.kind == GuestKind::Container => PowerFit::Needed,
            (Self::Suspend, Paused) | (Self::Resume, Running) => PowerFit::Already,
            (Self::Shutdown | Self::Reboot, Paused) => PowerFit::Wrong("it is paused; resume it first, or stop it"),
            // A VM suspended to disk is stopped with a lock; both start and resume wake it.
            (Self::Resume, Stopped) if guest.lock.as_deref() == Some("suspended") => PowerFit::Needed,
            (Self::Reboot | Self::Reset | Self::Suspend | Self::Resume, Stopped) => {
                PowerFit::Wrong("it is stopped; start works")
            }
            _ => PowerFit::Needed,
        }
    }
}

impl fmt::Display for Power {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}
