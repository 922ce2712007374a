//! The lab: the configured clusters, each with its client and a cached view of what is in it.
//!
//! Lists and completions are answered from the view, without a call. It is refreshed by one poller for each cluster.
//! Proxmox's own list lags by up to 10 s, so what a job has just seen of a guest lies over the list for a while
//! (`overlay.rs`). Never decide an action from the view alone: `status/current` is the truth.

mod mark;
mod overlay;
mod shelf;
mod view;

pub use mark::mark;
pub use shelf::{Shelf, boot_disk, has_cloud_init};
pub use view::{Entry, View, Wanted};

use crate::{devices::Devices, ipam::Ipam};
use arc_swap::ArcSwapOption;
use direttore_clients::proxmox::{Error, GuestAt, GuestNow, Proxmox, Resources};
use direttore_domain::{
    ClusterName, Failure, Guest, GuestRef, Instant, Node, NodeName, Refusal, Trouble, Vmid, nearest::nearest,
};
use overlay::Overlay;
use std::{
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

/// How the view is kept fresh.
#[derive(Debug, Clone, Copy)]
pub struct Freshness {
    pub refresh: Duration,
    /// How long what a job has seen lies over the list at most.
    pub overlay: Duration,
}

impl Default for Freshness {
    fn default() -> Self {
        Self { refresh: Duration::from_secs(10), overlay: Duration::from_secs(30) }
    }
}

/// One Proxmox VE cluster.
pub struct Cluster {
    pub name: ClusterName,
    pub client: Proxmox,
    freshness: Freshness,
    view: ArcSwapOption<View>,
    overlay: Mutex<Overlay>,
    /// Held while a refresh runs, so that many askers of a cold view make one call.
    refreshing: tokio::sync::Mutex<()>,
    trouble: Mutex<Option<Failure>>,
    shelves: Mutex<shelf::Shelves>,
    /// The first free VMID that Proxmox named last; 0 before it was asked.
    first_free: AtomicU32,
    clock: crate::Clock,
}

/// Where a guest is, for calls about it.
pub fn at(guest: &Guest) -> GuestAt {
    GuestAt { node: guest.node.clone(), kind: guest.kind, vmid: guest.vmid }
}

impl Cluster {
    pub fn new(client: Proxmox, freshness: Freshness, clock: crate::Clock) -> Self {
        Self {
            name: client.cluster().clone(),
            client,
            freshness,
            view: ArcSwapOption::empty(),
            overlay: Mutex::new(Overlay::new(freshness.overlay)),
            refreshing: tokio::sync::Mutex::new(()),
            trouble: Mutex::new(None),
            shelves: Mutex::default(),
            first_free: AtomicU32::new(0),
            clock,
        }
    }

    /// How the peer is called in failures: `Proxmox cluster lab`.
    pub fn peer(&self) -> String {
        format!("Proxmox cluster {}", self.name)
    }

    pub fn failure(&self, error: &Error) -> Failure {
        error.to_failure(&self.peer())
    }

    /// The view as it is, or a first one made now.
    ///
    /// # Errors
    /// The failure of the first call; later failures leave the old view in place ([`Cluster::trouble`]).
    pub async fn view(&self) -> Result<Arc<View>, Failure> {
        if let Some(view) = self.view.load_full() {
            return Ok(view);
        }
        let _turn = self.refreshing.lock().await;
        if let Some(view) = self.view.load_full() {
            return Ok(view);
        }
        self.fetch().await
    }

    /// The view without any waiting, for completions.
    pub fn view_now(&self) -> Option<Arc<View>> {
        self.view.load_full()
    }

    /// Fetches the list anew.
    ///
    /// # Errors
    /// What went wrong; the old view stays.
    pub async fn refresh(&self) -> Result<Arc<View>, Failure> {
        let _turn = self.refreshing.lock().await;
        self.fetch().await
    }

    async fn fetch(&self) -> Result<Arc<View>, Failure> {
        match self.client.resources().await {
            Ok(resources) => Ok(self.accept(resources)),
            Err(error) => {
                let failure = self.failure(&error);
                *self.trouble.lock().unwrap_or_else(PoisonError::into_inner) = Some(failure.clone());
                Err(failure)
            }
        }
    }

    /// Makes what the cluster has just said the view.
    pub fn accept(&self, resources: Resources) -> Arc<View> {
        let mut view = View::new(resources, self.clock.now());
        if let Some(before) = self.view.load().as_deref() {
            view.remember_names(before);
        }
        let mut overlay = self.lock_overlay();
        overlay.settle(&mut view);
        let view = Arc::new(view);
        // Stored under the overlay's lock: an observation made meanwhile must not be painted over.
        self.view.store(Some(Arc::clone(&view)));
        drop(overlay);
        *self.trouble.lock().unwrap_or_else(PoisonError::into_inner) = None;
        view
    }

    /// Where to look for a free VMID: Proxmox is asked once, for it knows the range that the datacenter allows. What is
    /// taken since is seen in the list and, in the end, by Proxmox' own refusal.
    ///
    /// # Errors
    /// The failure of the call.
    pub async fn first_free(&self) -> Result<Vmid, Error> {
        if let Ok(known) = Vmid::try_from(self.first_free.load(Ordering::Relaxed)) {
            return Ok(known);
        }
        let first = self.client.next_vmid(None).await?;
        self.first_free.store(first.get(), Ordering::Relaxed);
        Ok(first)
    }

    fn shelves(&self) -> std::sync::MutexGuard<'_, shelf::Shelves> {
        self.shelves.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn lock_overlay(&self) -> std::sync::MutexGuard<'_, Overlay> {
        self.overlay.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Why the last refresh failed, if it did.
    pub fn trouble(&self) -> Option<Failure> {
        self.trouble.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// What a job has seen of a guest: `Some` is its `status/current`, `None` that it is gone.
    pub fn observe(&self, vmid: Vmid, now: Option<&GuestNow>) {
        self.lay(|overlay| overlay.lay(vmid, now));
    }

    /// As [`Cluster::observe`], of a guest that has moved to that node.
    pub fn observe_on(&self, vmid: Vmid, node: &NodeName, now: &GuestNow) {
        self.lay(|overlay| overlay.lay_on(vmid, node, now));
    }

    /// A guest that a job has just made: it can be named before the list has it.
    pub fn observe_new(&self, guest: Guest) {
        self.lay(|overlay| overlay.lay_new(guest));
    }

    fn lay(&self, act: impl FnOnce(&mut Overlay)) {
        let mut overlay = self.lock_overlay();
        act(&mut overlay);
        if let Some(view) = self.view.load_full() {
            let mut patched = View::clone(&view);
            overlay.patch(&mut patched);
            self.view.store(Some(Arc::new(patched)));
        }
    }

    /// Refreshes for ever, each [`Freshness::refresh`]. A failure is logged when it begins and when it ends.
    pub async fn poll(self: Arc<Self>) {
        let mut was_down = false;
        loop {
            match self.refresh().await {
                Ok(_) if was_down => tracing::info!(cluster = %self.name, "{} answers again", self.peer()),
                Ok(_) => {}
                Err(failure) if !was_down => tracing::warn!(cluster = %self.name, "{failure}"),
                Err(_) => {}
            }
            was_down = self.trouble().is_some();
            tokio::time::sleep(self.freshness.refresh).await;
        }
    }
}

/// All configured clusters, and NetBox where there is one.
#[derive(Clone, Default)]
pub struct Lab {
    clusters: Arc<Vec<Arc<Cluster>>>,
    ipam: Option<Arc<Ipam>>,
    devices: Option<Arc<Devices>>,
}

/// Several views as one, with what could not be seen.
pub struct Sight {
    pub views: Vec<Arc<View>>,
    /// A sentence for each cluster that does not answer; its rows are as last seen, or missing.
    pub stale: Vec<(Failure, Option<Instant>)>,
}

impl Sight {
    pub fn guests(&self) -> impl Iterator<Item = &Guest> + Clone {
        self.views.iter().flat_map(|v| v.guests.iter().map(|e| e.guest.as_ref()))
    }

    /// The one guest meant.
    ///
    /// # Errors
    /// As [`GuestRef::find`].
    pub fn find(&self, meant: &GuestRef) -> Result<&Guest, Refusal> {
        match meant.find(self.views.iter().flat_map(|v| v.candidates(meant))) {
            // Only the nearest name needs a look at all of them.
            Err(Refusal::NoSuchGuest { .. }) => meant.find(self.guests()),
            found => found,
        }
    }

    pub fn nodes(&self) -> impl Iterator<Item = &Node> + Clone {
        self.views.iter().flat_map(|v| v.nodes.iter())
    }
}

impl Lab {
    pub fn new(clusters: Vec<Arc<Cluster>>) -> Self {
        Self { clusters: Arc::new(clusters), ipam: None, devices: None }
    }

    /// The network devices that NetBox knows, and how they are talked to.
    #[must_use]
    pub fn with_devices(self, devices: Arc<Devices>) -> Self {
        Self { devices: Some(devices), ..self }
    }

    pub fn devices(&self) -> Option<&Arc<Devices>> {
        self.devices.as_ref()
    }

    /// # Errors
    /// That no login to network devices is configured.
    pub fn need_devices(&self) -> Result<&Arc<Devices>, Refusal> {
        self.devices
            .as_ref()
            .ok_or(Refusal::NotSetUp { what: "a login to network devices", key: "network.credentials" })
    }

    #[must_use]
    pub fn with_ipam(self, ipam: Arc<Ipam>) -> Self {
        Self { ipam: Some(ipam), ..self }
    }

    /// NetBox, where it is configured.
    pub fn ipam(&self) -> Option<&Arc<Ipam>> {
        self.ipam.as_ref()
    }

    /// NetBox, for what cannot do without.
    ///
    /// # Errors
    /// `not-set-up`.
    pub fn need_ipam(&self) -> Result<&Arc<Ipam>, Refusal> {
        self.ipam.as_ref().ok_or(Refusal::NotSetUp { what: "NetBox", key: "netbox.url" })
    }

    pub fn clusters(&self) -> &[Arc<Cluster>] {
        &self.clusters
    }

    /// The cluster of that name.
    ///
    /// # Errors
    /// `no-such-cluster`.
    pub fn cluster(&self, name: &ClusterName) -> Result<&Arc<Cluster>, Refusal> {
        self.clusters.iter().find(|c| &c.name == name).ok_or_else(|| Refusal::NoSuch {
            what: "cluster",
            given: name.to_string(),
            nearest: nearest(name.as_str(), self.clusters.iter().map(|c| c.name.as_str())).map(str::to_owned),
            has: self.clusters.iter().map(|c| c.name.to_string()).collect(),
        })
    }

    /// What is in the lab, or in one cluster of it.
    ///
    /// # Errors
    /// An unknown cluster; the failure when not one cluster could be seen.
    pub async fn sight(&self, only: Option<&ClusterName>) -> Result<Sight, Trouble> {
        let wanted: Vec<&Arc<Cluster>> = match only {
            Some(name) => vec![self.cluster(name)?],
            None => self.clusters.iter().collect(),
        };
        let mut sight = Sight { views: vec![], stale: vec![] };
        for (cluster, view) in wanted.iter().zip(futures::future::join_all(wanted.iter().map(|c| c.view())).await) {
            match view {
                Ok(view) => {
                    sight.stale.extend(cluster.trouble().map(|failure| (failure, Some(view.as_of))));
                    sight.views.push(view);
                }
                Err(failure) => sight.stale.push((failure, None)),
            }
        }
        match sight.stale.first() {
            Some((failure, _)) if sight.views.is_empty() => Err(failure.clone().into()),
            _ => Ok(sight),
        }
    }

    /// The one node of that name, with its cluster.
    ///
    /// # Errors
    /// `no-such-node` with the nearest name.
    pub async fn node(&self, name: &NodeName) -> Result<(Arc<Cluster>, Node), Trouble> {
        let sight = self.sight(None).await?;
        let fitting: Vec<&Node> = sight.nodes().filter(|n| &n.name == name).collect();
        match fitting.as_slice() {
            [] => {}
            [node] => return Ok((Arc::clone(self.cluster(&node.cluster)?), (*node).clone())),
            several => {
                let several = several.iter().map(|n| n.cluster.to_string()).collect();
                return Err(Refusal::WhichNode { given: name.to_string(), several }.into());
            }
        }
        let has: Vec<String> = sight.nodes().map(|n| n.name.to_string()).collect();
        let nearest = nearest(name.as_str(), has.iter().map(String::as_str)).map(str::to_owned);
        Err(Refusal::NoSuch { what: "node", given: name.to_string(), nearest, has }.into())
    }
}
