//! The simulated peers of a story, and the bot's view of them.

use direttore_clients::{
    netbox::{self, NetBox},
    proxmox::{Auth, Host, Proxmox, Settings as ClientSettings, Timeouts},
};
use direttore_core::{
    Clock, Cluster, Freshness, Lab,
    ipam::{self, Ipam},
    jobs,
};
use direttore_sim::{Settings as SimSettings, Sim, netbox::Sim as NetBoxSim};
use std::{sync::Arc, time::Duration};

pub fn lab_settings() -> SimSettings {
    SimSettings {
        tls: false,
        task_time: (Duration::from_millis(20), Duration::from_millis(60)),
        resources_lag: Duration::from_millis(200),
        ..SimSettings::default()
    }
}

pub fn job_settings() -> jobs::Settings {
    jobs::Settings {
        poll: Duration::from_millis(50),
        lease: Duration::from_secs(5),
        heartbeat: Duration::from_millis(200),
        task_poll: Duration::from_millis(15),
        retry_first: Duration::from_millis(40),
        retry_max: Duration::from_millis(300),
        attempts: 5,
        at_once: 128,
        progress: Duration::from_secs(60),
        ha_patience: Duration::from_secs(10),
        task_poll_first: Duration::from_millis(5),
        verify: Duration::from_millis(600),
    }
}

/// How a story's bot works.
pub struct Paces {
    pub jobs: jobs::Settings,
    /// How long a peer has for an answer: short, for stories about peers that give none.
    pub wait: Duration,
}

impl Default for Paces {
    fn default() -> Self {
        Self { jobs: job_settings(), wait: Duration::from_millis(800) }
    }
}

/// The client of a simulated cluster.
pub fn client(sim: &Sim) -> Proxmox {
    client_waiting(sim, Paces::default().wait)
}

fn client_waiting(sim: &Sim, wait: Duration) -> Proxmox {
    let access = sim.access();
    let settings = ClientSettings {
        cluster: "lab".parse().expect("a name"),
        hosts: vec![Host { url: access.url.clone(), fingerprint: access.fingerprint.clone() }],
        auth: Auth::Token { id: access.token_id.clone(), secret: access.token_secret.clone() },
        verify_tls: true,
        timeouts: Timeouts { connect: Duration::from_secs(1), read: wait, write: wait },
        record: std::env::var_os("DIRETTORE_RECORD_REQUESTS").map(Into::into),
    };
    Proxmox::new(settings).expect("settings of the simulation's own making")
}

/// The client of a simulated NetBox.
pub fn netbox_client(sim: &NetBoxSim) -> NetBox {
    netbox_client_waiting(sim, Paces::default().wait)
}

fn netbox_client_waiting(sim: &NetBoxSim, wait: Duration) -> NetBox {
    let access = sim.access();
    let settings = netbox::Settings {
        url: access.url.clone(),
        token: access.token.clone(),
        verify_tls: true,
        fingerprint: None,
        timeouts: netbox::Timeouts { connect: Duration::from_secs(1), read: wait, write: wait * 2 },
        record: std::env::var_os("DIRETTORE_RECORD_REQUESTS").map(Into::into),
        most: 10_000,
    };
    NetBox::new(settings).expect("settings of the simulation's own making")
}

/// A view that follows at once.
pub fn fresh() -> Freshness {
    Freshness { refresh: Duration::from_millis(100), overlay: Duration::from_secs(30) }
}

/// What the bot sees of both peers, kept fresh.
pub(super) fn seen(
    sim: &Sim,
    netbox: Option<&NetBoxSim>,
    freshness: Freshness,
    clock: &Clock,
    wait: Duration,
) -> (Lab, Arc<Cluster>) {
    let cluster = Arc::new(Cluster::new(client_waiting(sim, wait), freshness, clock.clone()));
    tokio::spawn(Arc::clone(&cluster).poll());
    let lab = Lab::new(vec![Arc::clone(&cluster)]);
    let Some(netbox) = netbox else { return (lab, cluster) };
    let settings = ipam::Settings { refresh: freshness.refresh, ..ipam::Settings::default() };
    let ipam = Arc::new(Ipam::new(netbox_client_waiting(netbox, wait), settings, clock.clone()));
    tokio::spawn(Arc::clone(&ipam).poll());
    (lab.with_ipam(ipam), cluster)
}
