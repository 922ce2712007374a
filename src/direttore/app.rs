//! The only place where the concrete parts meet.

use crate::{
    config::{Auth, Config, Limits, NetboxSection},
    discord,
    exit::Exit,
    matrix, network, oidc,
};
use direttore_clients::{
    netbox::{self, NetBox},
    proxmox,
};
use direttore_core::{
    Alerts, BookingLimits, Clock, Cluster, Derived, Freshness, Lab, Provision, Quota, Quotas, Reserve, Rules,
    dispatch::{self, Dispatch},
    ipam::{self, Ipam, Marks},
    jobs::{self, Engine, every},
    signed::Signer,
};
use direttore_domain::{Instant, Role};
use direttore_store::{
    Settings as StoreSettings, Store, StoreError,
    audit::{Key, seal},
    device_push, hook, inbox, oidc as sign_ins, once, plain_calendar, question, session, setting, surface_note,
    telling,
};
use std::{io::Write, os::unix::fs::OpenOptionsExt, path::Path, sync::Arc, time::Duration};
use tokio::task::JoinHandle;

/// A running direttore without its surfaces. Dropping it stops its tasks; jobs go on with the next start.
pub struct App {
    pub dispatch: Arc<Dispatch>,
    tasks: Vec<JoinHandle<()>>,
}

impl Drop for App {
    fn drop(&mut self) {
        self.tasks.iter().for_each(JoinHandle::abort);
    }
}

/// A list of NetBox that is longer is not followed to its end.
const MOST_OBJECTS: usize = 200_000;

/// How long answered and expired questions and untold messages are kept.
const LITTER_KEPT: Duration = Duration::from_secs(7 * 24 * 3600);

/// How often the clusters are asked for their tasks.
const TASKS: Duration = Duration::from_secs(60);

/// How long a message that stands for something is edited after its last edit.
const STANDING_KEPT: Duration = Duration::from_secs(60 * 24 * 3600);

/// How long what pushes to devices were made of is kept: it holds secrets. Of each device the newest stays, for a rollback.
const PUSHES_KEPT: Duration = Duration::from_secs(90 * 24 * 3600);

/// How long a program may send a request again under its key.
const KEYS_KEPT: Duration = Duration::from_secs(24 * 3600);

/// How long what other systems told is kept, and how much of it is forgotten at once.
const DELIVERIES_KEPT: Duration = Duration::from_secs(30 * 24 * 3600);
const DELIVERIES_AT_ONCE: i64 = 500;

/// How long what was deleted from a calendar is remembered: a program that was away for longer reads it all anew.
const DELETED_KEPT: Duration = Duration::from_secs(180 * 24 * 3600);

pub async fn start(config: &Config, clock: Clock) -> Result<App, Exit> {
    let store = open_store(config).await?;
    let key = signing_key(config)?;
    let marks = Marks::new(&installation(&store).await?);
    let mut lab = lab(config, &clock, &marks)?;
    if let Some(devices) = network::devices(config, &key, &store, &clock)? {
        lab = lab.with_devices(devices);
    }
    let mut tasks = Vec::new();
    for cluster in lab.clusters() {
        tasks.push(tokio::spawn(Arc::clone(cluster).poll()));
    }
    if let Some(ipam) = lab.ipam() {
        tasks.push(tokio::spawn(Arc::clone(ipam).poll()));
    }
    let rules = Arc::new(rules(config, &key, marks)?);
    let engine = Engine::start(lab.clone(), store.clone(), clock.clone(), Arc::clone(&rules), job_settings(config));
    let settings = dispatch::Settings {
        question: config.policy.question,
        gather: config.audit.gather,
        password_buffer: config.policy.password_buffer,
        password_cost: config.sign_in.cost,
        ..dispatch::Settings::default()
    };
    let dispatch = Dispatch::new(lab, store.clone(), clock.clone(), rules, engine, settings);
    tasks.push(tokio::spawn(Arc::clone(&dispatch).keep_calendar(config.reserve.poll)));
    tasks.push(tokio::spawn(Arc::clone(&dispatch).keep_rules(config.jobs.poll)));
    if let Some(netbox) = &config.netbox {
        tasks.push(tokio::spawn(Arc::clone(&dispatch).keep_reconciling(netbox.reconcile)));
    }
    tasks.push(tokio::spawn(Arc::clone(&dispatch).keep_alerts(config.alerts.poll)));
    let swept = Arc::clone(&dispatch);
    tasks.push(tokio::spawn(every(Duration::from_secs(3600), async move || {
        if let Err(error) = swept.sweep_alerts().await {
            tracing::debug!("old alerts could not be forgotten: {error}");
        }
    })));
    tasks.push(tokio::spawn(keep_sealing(store.clone(), key, config.audit.seal)));
    tasks.push(tokio::spawn(every(Duration::from_secs(3600), async move || sweep(&store, &clock).await)));
    Ok(App { dispatch, tasks })
}

/// Opens the database; the data folder is made for its owner only.
pub async fn open_store(config: &Config) -> Result<Store, Exit> {
    make_private(&config.data_dir)?;
    if let Some(parent) = config.database.file.as_deref().and_then(Path::parent)
        && !parent.exists()
    {
        make_private(parent)?;
    }
    let settings = StoreSettings {
        url: config.database.url.reveal().to_owned(),
        lock_timeout: config.database.lock_timeout,
        pool: config.database.pool,
    };
    Store::open(&settings).await.map_err(|e| Exit::failed(format!("the database cannot be opened: {e}")))
}

fn make_private(folder: &Path) -> Result<(), Exit> {
    use std::os::unix::fs::DirBuilderExt;
    let made = std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder);
    made.map_err(|e| Exit::failed(format!("the folder {} cannot be made: {e}", folder.display())))
}

/// The key that seals the audit log: configured, or made once and kept in the data folder for its owner only.
pub fn signing_key(config: &Config) -> Result<Key, Exit> {
    let bytes = match &config.audit.signing_key {
        Some(secret) => secret.reveal().as_bytes().to_vec(),
        None => kept_secret(&config.data_dir.join("signing.key"))?.into_bytes(),
    };
    Key::new(&bytes).ok_or_else(|| Exit::wrong("the signing key is too short: it needs at least 32 characters"))
}

/// A secret of 64 hex digits, made when the file is not there. Of two processes that make it at once one wins.
pub fn kept_secret(file: &Path) -> Result<String, Exit> {
    let failed = |e: std::io::Error| Exit::failed(format!("{} cannot be used: {e}", file.display()));
    for _ in 0..50 {
        match std::fs::read_to_string(file) {
            Ok(text) if !text.trim().is_empty() => return Ok(text.trim().to_owned()),
            Ok(_) => std::thread::sleep(Duration::from_millis(20)),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                let mut bytes = [0u8; 32];
                getrandom::fill(&mut bytes).map_err(Exit::failed)?;
                let text: String = bytes.iter().map(|b| format!("{b:02x}")).collect();
                match std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(file) {
                    Ok(mut new) => {
                        new.write_all(text.as_bytes()).and_then(|()| new.sync_all()).map_err(failed)?;
                        return Ok(text);
                    }
                    Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {}
                    Err(error) => return Err(failed(error)),
                }
            }
            Err(error) => return Err(failed(error)),
        }
    }
    Err(Exit::failed(format!("{} is empty", file.display())))
}

pub fn lab(config: &Config, clock: &Clock, marks: &Marks) -> Result<Lab, Exit> {
    let freshness = Freshness { refresh: config.cache.refresh, overlay: config.cache.overlay };
    let mut clusters = Vec::new();
    for section in &config.proxmox {
        let settings = proxmox::Settings {
            cluster: section.name.clone(),
            hosts: section
                .hosts
                .iter()
                .map(|h| proxmox::Host { url: h.url.clone(), fingerprint: h.fingerprint.clone() })
                .collect(),
            auth: match &section.auth {
                Auth::Token { id, secret } => {
                    proxmox::Auth::Token { id: id.clone(), secret: secret.reveal().to_owned() }
                }
                Auth::Password { user, password } => {
                    proxmox::Auth::Password { user: user.clone(), password: password.reveal().to_owned() }
                }
            },
            verify_tls: section.verify_tls,
            timeouts: proxmox::Timeouts { connect: section.connect, read: section.read, write: section.write },
            // For diagnosis and the contract test: every request sent, without secrets, a JSON line each.
            record: std::env::var_os("DIRETTORE_RECORD_REQUESTS").map(Into::into),
        };
        let client = proxmox::Proxmox::new(settings);
        let client = client.map_err(|e| Exit::wrong(format!("cluster {}: {e}", section.name)))?;
        clusters.push(Arc::new(Cluster::new(client, freshness, clock.clone())));
    }
    let lab = Lab::new(clusters);
    match &config.netbox {
        Some(section) => Ok(lab.with_ipam(Arc::new(ipam(section, config, clock, marks)?))),
        None => Ok(lab),
    }
}

fn ipam(section: &NetboxSection, config: &Config, clock: &Clock, marks: &Marks) -> Result<Ipam, Exit> {
    let settings = netbox::Settings {
        url: section.url.clone(),
        token: section.token.reveal().to_owned(),
        verify_tls: section.verify_tls,
        fingerprint: section.fingerprint.clone(),
        timeouts: netbox::Timeouts { connect: section.connect, read: section.read, write: section.write },
        record: std::env::var_os("DIRETTORE_RECORD_REQUESTS").map(Into::into),
        most: MOST_OBJECTS,
    };
    let client = NetBox::new(settings).map_err(|e| Exit::wrong(format!("netbox: {e}")))?;
    let settings = ipam::Settings {
        refresh: section.refresh,
        gateway_field: section.gateway_field.clone(),
        gateway_tag: section.gateway_tag.clone(),
        tag: section.tag.clone(),
        job_field: section.job_field.clone(),
        probe: section.probe,
        marks: marks.clone(),
        site: section.site.clone(),
        tenant: section.tenant.clone(),
        role: section.role.clone(),
        platform: section.platform.clone(),
        clusters: config.proxmox.iter().map(|p| (p.name.clone(), p.netbox_cluster.clone())).collect(),
    };
    Ok(Ipam::new(client, settings, clock.clone()))
}

/// The installation's name in the marks of what it makes: drawn once for a database, the same for all replicas.
async fn installation(store: &Store) -> Result<String, Exit> {
    let mut bytes = [0u8; 3];
    getrandom::fill(&mut bytes).map_err(Exit::failed)?;
    let drawn: String = bytes.iter().map(|b| format!("{b:02x}")).collect();
    let kept = async {
        let mut tx = store.write().await?;
        let kept = setting::get_or_set(&mut tx, "installation", &drawn).await?;
        tx.commit().await?;
        Ok::<_, StoreError>(kept)
    };
    kept.await.map_err(|e| Exit::failed(format!("the database cannot be used: {e}")))
}

/// What the configuration says about making guests, and about the surfaces.
fn rules(config: &Config, key: &Key, marks: Marks) -> Result<Rules, Exit> {
    let section = &config.provision;
    let quota = |limits: Limits| Quota {
        guests: limits.guests,
        cores: limits.cores,
        memory_mib: limits.memory.map(|m| m.mib),
        disk_mib: limits.disk.map(|d| d.mib),
    };
    let roles = [Role::Admin, Role::Operator, Role::Viewer].into_iter().zip([
        config.quota.admin,
        config.quota.operator,
        config.quota.viewer,
    ]);
    let mut maps = discord::roles(config);
    maps.0.extend(matrix::roles(config).0);
    maps.0.extend(oidc::roles(config));
    let cards = discord::cards(config).into_iter().chain(matrix::cards(config)).collect();
    Ok(Rules {
        provision: Provision {
            vm_template: section.vm_template.clone(),
            container_template: section.container_template.clone(),
            pool: section.pool.clone(),
            storage: section.storage.clone(),
            bridge: section.bridge.clone(),
            dns: section.dns.clone(),
            domain: section.domain.clone(),
            user: section.user.clone(),
            full_clone: section.full_clone,
            tags: section.tags.clone(),
        },
        quotas: Quotas {
            roles: roles.map(|(role, limits)| (role, quota(limits))).collect(),
            accounts: config.quota.accounts.iter().map(|(name, limits)| (name.clone(), quota(*limits))).collect(),
        },
        derived: Derived::new(&key.derive("guest passwords")),
        signer: signer(config, key),
        marks,
        reserve: reserve_rules(config),
        roles: maps,
        cards,
        oidc: oidc::provider(config)?,
        public_url: config.http.public_url.clone(),
        hooks: config.hooks.clone(),
        upon_events: config.rules.clone(),
        channels: config.channels.clone(),
        alerts: alert_rules(config),
    })
}

fn signer(config: &Config, key: &Key) -> Signer {
    let derived = key.derive("sign-in");
    let key = config.sign_in.key.as_ref().map_or(&derived[..], |key| key.reveal().as_bytes());
    Signer::new(key, config.sign_in.terms.clone())
}

fn reserve_rules(config: &Config) -> Reserve {
    let section = &config.reserve;
    let limits = section.limits.iter().map(|(role, window, at_once)| {
        let limits = BookingLimits { window: *window, at_once: *at_once };
        (*role, limits)
    });
    Reserve {
        limits: limits.collect(),
        grace: section.grace,
        remind: section.remind,
        offer: section.offer,
        approve_over: section.approve_over,
        approvers: section.approvers.iter().map(ToString::to_string).collect(),
        tonight: section.tonight,
        slash: section.dates,
        ..Reserve::default()
    }
}

fn alert_rules(config: &Config) -> Alerts {
    let section = &config.alerts;
    Alerts {
        channel: section.channel.clone(),
        node_offline: section.node_offline,
        storage: section.storage,
        storage_back: section.storage_back,
        backup_failed: section.backup_failed,
        tasks: TASKS,
        overrun: section.overrun,
        job_stuck: section.job_stuck,
        drift: section.drift,
        repeat: section.repeat,
    }
}

fn job_settings(config: &Config) -> jobs::Settings {
    let jobs = &config.jobs;
    jobs::Settings {
        poll: jobs.poll,
        lease: jobs.lease,
        heartbeat: jobs.heartbeat,
        task_poll: jobs.task_poll,
        retry_first: jobs.retry_first,
        retry_max: jobs.retry_max,
        attempts: jobs.attempts.into(),
        at_once: usize::try_from(jobs.at_once).unwrap_or(1),
        progress: jobs.progress,
        ha_patience: jobs.ha_patience,
        task_poll_first: jobs.task_poll_first,
        verify: config.provision.verify,
    }
}

async fn keep_sealing(store: Store, key: Key, pause: Duration) {
    let holder = format!("sealer-{}", std::process::id());
    let mut was_broken = false;
    loop {
        match seal(&store, &key, &holder).await {
            Ok(_) => was_broken = false,
            Err(error) if !was_broken => {
                was_broken = true;
                tracing::error!("the audit log is not sealed: {error}");
            }
            Err(_) => {}
        }
        tokio::time::sleep(pause).await;
    }
}

/// Forgets old questions, messages that nobody came for, and where old jobs were told of.
async fn sweep(store: &Store, clock: &Clock) {
    let before: Instant = clock.now() - LITTER_KEPT;
    let swept = async {
        let mut tx = store.write().await?;
        question::forget(&mut tx, before).await?;
        telling::forget(&mut tx, before).await?;
        inbox::forget(&mut tx, before).await?;
        plain_calendar::forget(&mut tx, clock.now(), DELETED_KEPT).await?;
        sign_ins::sweep(&mut tx, Clock::wall()).await?;
        session::sweep(&mut tx, Clock::wall() - LITTER_KEPT).await?;
        once::sweep(&mut tx, Clock::wall() - KEYS_KEPT).await?;
        device_push::forget_bodies(&mut tx, clock.now() - PUSHES_KEPT).await?;
        // Which message told of which job: none of them can be edited any more.
        surface_note::forget(&mut tx, "job/", before).await?;
        for answerable in ["said/", "thread/", "newest/"] {
            surface_note::forget(&mut tx, answerable, before).await?;
        }
        // Which message stands for what is kept as long as what it tells of may go on.
        surface_note::forget(&mut tx, "standing/", clock.now() - STANDING_KEPT).await?;
        tx.commit().await
    };
    if let Err(error) = swept.await {
        tracing::debug!("old questions could not be forgotten: {error}");
    }
    if let Err(error) = sweep_deliveries(store, clock.now() - DELIVERIES_KEPT).await {
        tracing::debug!("old webhooks could not be forgotten: {error}");
    }
}

/// Bit by bit: what is posted meanwhile does not wait.
async fn sweep_deliveries(store: &Store, before: Instant) -> Result<(), StoreError> {
    loop {
        let mut tx = store.write().await?;
        let gone = hook::sweep(&mut tx, before, DELIVERIES_AT_ONCE).await?;
        tx.commit().await?;
        if gone < DELIVERIES_AT_ONCE.unsigned_abs() {
            return Ok(());
        }
    }
}
