//! What happens by itself: the HA manager acts on a request, a node goes down, a node comes back.

use super::{NodePower, Order, PowerState, Work, World, access::ROOT};
use direttore_domain::GuestKind;
use serde::{Deserialize, Serialize};

/// Something that happens by itself.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Later {
    /// Unix milliseconds.
    pub at: u64,
    pub what: LaterWhat,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub enum LaterWhat {
    /// The HA manager does what it was asked for.
    HaActs {
        vmid: u32,
    },
    HaMigrates {
        vmid: u32,
        target: String,
    },
    NodeStops {
        node: String,
        comes_back: bool,
    },
    NodeStarts {
        node: String,
    },
}

impl World {
    pub(super) fn happen(&mut self, what: LaterWhat, at: u64) {
        match what {
            LaterWhat::HaActs { vmid } => self.ha_acts(vmid, at),
            LaterWhat::HaMigrates { vmid, target } => self.ha_migrates(vmid, target, at),
            LaterWhat::NodeStops { node, comes_back } => {
                self.node_stops(&node, at);
                if comes_back {
                    let wait = self.draw().saturating_mul(2);
                    self.later.push(Later { at: at + wait, what: LaterWhat::NodeStarts { node } });
                }
            }
            LaterWhat::NodeStarts { node } => self.node_starts(&node, at),
        }
    }

    fn ha_acts(&mut self, vmid: u32, at: u64) {
        let Some(guest) = self.guests.get(&vmid) else { return };
        let wanted = guest.ha.clone().unwrap_or_default();
        let (verb, work) = match (wanted.as_str(), guest.is_running()) {
            ("started", false) => ("start", Work::Start),
            ("stopped", true) => ("stop", Work::Stop),
            _ => return,
        };
        let order = Order {
            node: guest.node.clone(),
            task_type: format!("{}{verb}", guest.kind.task_prefix()),
            id: vmid.to_string(),
            vmid: Some(vmid),
            user: ROOT.to_owned(),
            work,
        };
        self.start_task(order, at);
    }

    fn ha_migrates(&mut self, vmid: u32, target: String, at: u64) {
        let Some(guest) = self.guests.get(&vmid).filter(|guest| guest.node != target) else { return };
        let order = Order {
            node: guest.node.clone(),
            task_type: if guest.kind == GuestKind::Vm { "qmigrate" } else { "vzmigrate" }.to_owned(),
            id: vmid.to_string(),
            vmid: Some(vmid),
            user: ROOT.to_owned(),
            work: Work::Migrate { target, storage: None, with_disks: true, restarts: true },
        };
        self.start_task(order, at);
    }

    fn node_stops(&mut self, name: &str, at: u64) {
        let on_it: Vec<usize> = self.active.iter().copied().filter(|i| self.tasks[*i].node == name).collect();
        for i in on_it {
            self.interrupt(i, at, "unexpected status");
        }
        for guest in self.guests.values_mut().filter(|g| g.node == name && g.is_running()) {
            guest.stop();
        }
        if let Some(node) = self.nodes.get_mut(name) {
            node.power = NodePower::Off;
        }
        self.is_news = true;
    }

    /// It is there again, with the guests that start by themselves.
    pub fn node_starts(&mut self, name: &str, at: u64) {
        let Some(node) = self.nodes.get_mut(name) else { return };
        node.power = NodePower::Online;
        node.since = at;
        self.is_news = true;
        for guest in self.guests.values_mut().filter(|g| g.node == name) {
            let is_wanted = guest.ha.as_deref().map_or(guest.is_on("onboot"), |wanted| wanted == "started");
            if is_wanted && guest.power == PowerState::Stopped && !guest.is_template() {
                guest.start(at);
            }
        }
    }
}
