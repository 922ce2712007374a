//! NetBox, as the source of truth for addresses: its client, a cached view of what is asked for most, and the rules by
//! which an address is found for a guest (`ground.rs`).
//!
//! Lists and completions are answered from the view. What decides an allocation is asked live. Records that direttore
//! makes carry the mark of job and step (`mark.rs`), by which they are found again after a crash.

mod changes;
pub mod drift;
mod ground;
mod health;
mod left_of;
pub mod leftovers;
pub mod mark;
mod reach;
pub mod records;
mod set_up;
mod view;

pub use changes::Changed;
pub use direttore_clients::netbox::{Device, Ref};
pub use ground::{Gateway, Pool, Room};
pub use health::Health;
pub use left_of::Planned;
pub use mark::{Mark, Marks};
pub use reach::touches;
pub use records::Records;
pub use set_up::{Made, Part, SetUp};
pub use view::{PrefixEntry, View};

use arc_swap::ArcSwapOption;
use direttore_clients::netbox::{AddressFilter, DeviceFilter, Error, NetBox, PrefixFilter, RangeFilter, VlanFilter};
use direttore_domain::{ClusterName, Failure};
use std::{
    collections::{BTreeMap, HashMap},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

/// How NetBox is used here.
#[derive(Debug, Clone)]
pub struct Settings {
    /// How often the view is made anew.
    pub refresh: Duration,
    /// The custom field of a prefix that names its gateway.
    pub gateway_field: String,
    /// The tag of a gateway's address.
    pub gateway_tag: String,
    /// The tag of what direttore wrote, put on where NetBox has it.
    pub tag: String,
    /// The custom field for the job, filled where NetBox has it.
    pub job_field: String,
    /// What its records bear.
    pub marks: Marks,
    /// Whether guests are asked which addresses they use before one is taken.
    pub probe: bool,
    /// Slugs given to new VMs.
    pub site: Option<String>,
    pub tenant: Option<String>,
    pub role: Option<String>,
    pub platform: Option<String>,
    /// Clusters that NetBox calls otherwise.
    pub clusters: BTreeMap<ClusterName, String>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            refresh: Duration::from_secs(60),
            gateway_field: "gateway".to_owned(),
            gateway_tag: "gateway".to_owned(),
            tag: "direttore".to_owned(),
            job_field: "direttore_job".to_owned(),
            marks: Marks::default(),
            probe: false,
            site: None,
            tenant: None,
            role: None,
            platform: None,
            clusters: BTreeMap::new(),
        }
    }
}

/// NetBox and what is known of it.
pub struct Ipam {
    pub client: NetBox,
    pub settings: Settings,
    view: ArcSwapOption<View>,
    /// Held while a refresh runs, so that many askers of a cold view make one.
    refreshing: tokio::sync::Mutex<()>,
    trouble: Mutex<Option<Failure>>,
    /// Who takes from a prefix in this process waits for the one before; by the prefix' number.
    turns: Mutex<HashMap<u64, Arc<tokio::sync::Mutex<()>>>>,
    /// Pools that were shown a moment ago, for the yes that follows.
    shown: Mutex<HashMap<String, (tokio::time::Instant, Pool)>>,
    clock: crate::Clock,
}

/// What people call it in failures.
pub const PEER: &str = "NetBox";

pub fn failure(error: &Error) -> Failure {
    error.to_failure(PEER)
}

impl Ipam {
    pub fn new(client: NetBox, settings: Settings, clock: crate::Clock) -> Self {
        Self {
            client,
            settings,
            view: ArcSwapOption::empty(),
            refreshing: tokio::sync::Mutex::new(()),
            trouble: Mutex::default(),
            turns: Mutex::default(),
            shown: Mutex::default(),
            clock,
        }
    }

    /// The view as it is, or a first one made now.
    ///
    /// # Errors
    /// The failure of the first try; later failures leave the old view in place.
    pub async fn view(&self) -> Result<Arc<View>, Failure> {
        if let Some(view) = self.view.load_full() {
            return Ok(view);
        }
        let _turn = self.refreshing.lock().await;
        match self.view.load_full() {
            Some(view) => Ok(view),
            None => self.fetch().await,
        }
    }

    /// The view without any waiting, for completions.
    pub fn view_now(&self) -> Option<Arc<View>> {
        self.view.load_full()
    }

    /// Makes the view anew.
    ///
    /// # Errors
    /// What went wrong; the old view stays.
    pub async fn refresh(&self) -> Result<Arc<View>, Failure> {
        let _turn = self.refreshing.lock().await;
        self.fetch().await
    }

    /// Why the last refresh failed, if it did.
    pub fn trouble(&self) -> Option<Failure> {
        self.trouble.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    async fn fetch(&self) -> Result<Arc<View>, Failure> {
        let fetched = self.gather().await.map_err(|e| failure(&e));
        *self.trouble.lock().unwrap_or_else(PoisonError::into_inner) = fetched.as_ref().err().cloned();
        let view = Arc::new(fetched?);
        self.view.store(Some(Arc::clone(&view)));
        Ok(view)
    }

    async fn gather(&self) -> Result<View, Error> {
        let Self { client, settings, .. } = self;
        // Named first: the lists borrow them while they are fetched at once.
        let (prefixes, addresses, ranges) = (PrefixFilter::default(), AddressFilter::default(), RangeFilter::default());
        let (vlans, devices) = (VlanFilter::default(), DeviceFilter::default());
        let (prefixes, addresses, ranges, vlans, groups, vrfs, sites, clusters, devices, tag, field) = futures::try_join!(
            client.prefixes(&prefixes),
            client.addresses(&addresses),
            client.ranges(&ranges),
            client.vlans(&vlans),
            client.vlan_groups(),
            client.vrfs(),
            client.sites(),
            client.clusters(None),
            client.devices(&devices),
            client.tag(&settings.tag),
            client.custom_field(&settings.job_field),
        )?;
        let lists = view::Lists { prefixes, addresses, ranges, vlans, groups, vrfs, sites, clusters, devices };
        Ok(View::new(lists, settings, tag.is_some(), field.as_ref().is_some_and(set_up::is_usable), self.clock.now()))
    }

    /// Makes the view anew for ever. A failure is logged when it begins and when it ends.
    pub async fn poll(self: Arc<Self>) {
        let mut was_down = false;
        loop {
            match self.refresh().await {
                Ok(_) if was_down => tracing::info!("NetBox answers again"),
                Ok(_) => {}
                Err(failure) if !was_down => tracing::warn!("{failure}"),
                Err(_) => {}
            }
            was_down = self.trouble().is_some();
            tokio::time::sleep(self.settings.refresh).await;
        }
    }

    /// The turn to take from a prefix; it lasts until it is dropped.
    pub async fn turn(&self, prefix_id: u64) -> tokio::sync::OwnedMutexGuard<()> {
        let turn = {
            let mut turns = self.turns.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(turns.entry(prefix_id).or_default())
        };
        turn.lock_owned().await
    }

    /// What NetBox calls a cluster of Proxmox.
    pub fn cluster_name<'a>(&'a self, cluster: &'a ClusterName) -> &'a str {
        self.settings.clusters.get(cluster).map_or(cluster.as_str(), String::as_str)
    }
}
