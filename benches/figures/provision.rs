//! From `Create` to a running guest: what direttore adds to the time that Proxmox takes.
//!
//! Proxmox and NetBox are simulated with 5 ms before each answer, and tasks that take no time: what remains from the yes
//! to the end of the job is ours. How many of the calls wait for one another is told by what a longer latency adds.

use super::{Figure, median};
use direttore_clients::{
    netbox::{self, NetBox, PrefixFilter},
    proxmox::{Auth, Host, Proxmox, Settings, Timeouts},
};
use direttore_core::{
    Clock, Cluster, Freshness, Lab, Rules,
    dispatch::{self, Dispatch, Heard, What, set_up_account},
    ipam::{self, Ipam},
    jobs::{self, Engine},
};
use direttore_domain::{Claims, Identity, Origin, Role, Surface};
use direttore_reply::Reply;
use direttore_sim::{
    Settings as SimSettings, Sim,
    netbox::{Seed, Settings as NetBoxSettings, Sim as NetBoxSim},
};
use direttore_store::{Settings as StoreSettings, Store};
use std::{
    sync::Arc,
    time::{Duration, Instant},
};

const LATENCY: Duration = Duration::from_millis(5);
const GUESTS: usize = 9;
const AT_ONCE: usize = 100;
/// Clone, resize and start: each is looked at first after [`jobs::Settings::task_poll_first`], which is the task's time.
const TASKS: u32 = 3;
/// A VM by clone, with a larger disk, two interfaces and both families.
const VM: &str = "disk=20G nic1=\"ip=netbox:10.0.10.0/24 ip6=netbox:2001:db8:10::/64\" nic2=\"ip=netbox:10.0.20.0/24 ip6=netbox:2001:db8:20::/64\"";

pub fn figures() -> Vec<Figure> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let mut figures = overhead().await;
        figures.push(many().await);
        figures.push(prefixes().await);
        figures
    })
}

/// A bot in a lab, everything but a surface.
struct Bot {
    sim: Sim,
    netbox: NetBoxSim,
    dispatch: Arc<Dispatch>,
    ipam: Arc<Ipam>,
    _dir: tempfile::TempDir,
}

impl Bot {
    async fn start(task: Duration, netbox: NetBoxSettings) -> Self {
        let settings = SimSettings { tls: false, task_time: (task, task), ..SimSettings::default() };
        let sim = direttore_sim::start(settings).await.expect("the simulation starts");
        let netbox = direttore_sim::netbox::start(netbox).await.expect("the simulation starts");
        let access = sim.access();
        let client = Proxmox::new(Settings {
            cluster: "lab".parse().expect("a name"),
            hosts: vec![Host { url: access.url.clone(), fingerprint: None }],
            auth: Auth::Token { id: access.token_id.clone(), secret: access.token_secret.clone() },
            verify_tls: false,
            timeouts: Timeouts::default(),
            record: None,
        });
        let clock = Clock::default();
        let freshness = Freshness { refresh: Duration::from_secs(1), ..Freshness::default() };
        let cluster = Arc::new(Cluster::new(client.expect("the settings are right"), freshness, clock.clone()));
        let access = netbox.access();
        let client = NetBox::new(netbox::Settings::new(&access.url, &access.token));
        let settings = ipam::Settings { refresh: Duration::from_secs(3600), ..ipam::Settings::default() };
        let ipam = Arc::new(Ipam::new(client.expect("the settings are right"), settings, clock.clone()));
        let lab = Lab::new(vec![Arc::clone(&cluster)]).with_ipam(Arc::clone(&ipam));
        let dir = tempfile::tempdir().expect("a folder");
        let url = format!("sqlite://{}", dir.path().join("bench.db").display());
        let store = Store::open(&StoreSettings { url, lock_timeout: Duration::from_secs(30), pool: 8 })
            .await
            .expect("a new database");
        let rules = Arc::new(Rules::default());
        let settings = jobs::Settings { attempts: 30, ..jobs::Settings::default() };
        let engine = Engine::start(lab.clone(), store.clone(), clock.clone(), Arc::clone(&rules), settings);
        let dispatch = Dispatch::new(lab, store, clock.clone(), rules, engine, dispatch::Settings::default());
        let name = "admin".parse().expect("a name");
        set_up_account(&dispatch.store, &dispatch.passwords, &clock, &name, Some(Role::Admin), "secret of the bench")
            .await
            .expect("a new database");
        tokio::spawn(Arc::clone(&cluster).poll());
        Self { sim, netbox, dispatch, ipam, _dir: dir }
    }

    async fn hear(&self, what: What) -> Vec<Reply> {
        let identity = Identity { surface: Surface::Console, subject: "admin".to_owned() };
        let origin = Origin { surface: Surface::Console, channel: "bench".to_owned() };
        self.dispatch.hear(Heard { identity, claims: Claims::default(), origin, what }).await
    }

    /// The id of the review.
    async fn ask(&self, line: String) -> String {
        let replies = self.hear(What::Say(line)).await;
        let review = replies.iter().find(|r| r.actions.iter().any(|a| a == "Create"));
        review.unwrap_or_else(|| panic!("no review: {:?}", replies[0].title_plain())).id.clone()
    }

    async fn create(&self, review: &str) {
        let replies = self.hear(What::Press { on: review.to_owned(), label: "Create".to_owned() }).await;
        assert!(replies[0].job.is_some(), "{:?}", replies[0].title_plain());
    }

    async fn settle(&self) {
        let left = self.dispatch.settle("bench", Duration::from_secs(120)).await;
        assert!(left.is_empty(), "{left:?}");
    }

    /// How many of the lab's guests are called so and run.
    fn running(&self, prefix: &str) -> usize {
        let world = self.sim.world();
        let guests = world["guests"].as_object().expect("guests");
        guests.values().filter(|g| g["status"] == "running" && g.to_string().contains(prefix)).count()
    }
}

/// The median time from Create to the job's end, the calls and the commits of one, and the slowest.
async fn provisions(latency: Duration) -> (Duration, Duration, u64, u64) {
    let bot = Bot::start(Duration::ZERO, NetBoxSettings { latency, ..NetBoxSettings::default() }).await;
    bot.sim.tell(&format!("all latency={}ms", latency.as_millis())).expect("a fault");
    let (mut times, mut calls, mut commits) = (Vec::new(), 0, 0);
    for n in 0..GUESTS {
        let review = bot.ask(format!("/provision vm bench{n} node=pve1 {VM}")).await;
        let before = (bot.sim.requests() + bot.netbox.requests(), bot.dispatch.store.commits());
        let start = Instant::now();
        bot.create(&review).await;
        bot.settle().await;
        times.push(start.elapsed());
        calls = bot.sim.requests() + bot.netbox.requests() - before.0;
        commits = bot.dispatch.store.commits() - before.1;
    }
    assert_eq!(bot.running("bench"), GUESTS);
    (median(times.clone()), times.into_iter().max().unwrap_or_default(), calls, commits)
}

async fn overhead() -> Vec<Figure> {
    let (time, slowest, calls, commits) = provisions(LATENCY).await;
    // What a longer latency adds tells how many calls wait for one another.
    let (longer, ..) = provisions(LATENCY * 5).await;
    let waits = jobs::Settings::default().task_poll_first * TASKS;
    let ours = time.saturating_sub(waits);
    let rounds = (longer.saturating_sub(time)).as_secs_f64() / (LATENCY * 4).as_secs_f64();
    vec![
        Figure {
            name: "provision a VM: Create to running, without tasks",
            wanted: "< 150ms".to_owned(),
            measured: format!(
                "{ours:.0?}, slowest of {GUESTS} {:.0?}; {waits:.0?} of waits left out",
                slowest.saturating_sub(waits)
            ),
            holds: ours < Duration::from_millis(150),
        },
        Figure {
            name: "  calls one after another on that way",
            wanted: "<= 18".to_owned(),
            measured: format!("{rounds:.1}, of {calls} calls; {commits} commits"),
            holds: rounds < 18.5,
        },
    ]
}

async fn many() -> Figure {
    let task = Duration::from_secs(2);
    let netbox = NetBoxSettings { write_time: LATENCY, ..NetBoxSettings::default() };
    let bot = Bot::start(task, netbox).await;
    let line = |name: String| {
        format!("/provision container {name} nic1=\"ip=netbox:10.0.10.0/24 ip6=netbox:2001:db8:10::/64\"")
    };
    let review = bot.ask(line("alone".to_owned())).await;
    let start = Instant::now();
    bot.create(&review).await;
    bot.settle().await;
    let one = start.elapsed();
    let reviews = futures::future::join_all((0..AT_ONCE).map(|n| bot.ask(line(format!("crowd{n}"))))).await;
    let start = Instant::now();
    futures::future::join_all(reviews.iter().map(|review| bot.create(review))).await;
    bot.settle().await;
    let all = start.elapsed();
    assert_eq!(bot.running("crowd"), AT_ONCE);
    let ratio = all.as_secs_f64() / one.as_secs_f64();
    Figure {
        name: "100 containers at once, tasks of 2 s",
        wanted: "< 3 x one".to_owned(),
        measured: format!("{ratio:.2} x ({all:.1?} to {one:.1?})"),
        holds: ratio < 3.0,
    }
}

async fn prefixes() -> Figure {
    let world = Seed::Sized { prefixes: 5000, devices: 100 };
    let bot = Bot::start(Duration::ZERO, NetBoxSettings { world, ..NetBoxSettings::default() }).await;
    let view = bot.ipam.refresh().await.expect("it answers");
    let all = bot.ipam.client.prefixes(&PrefixFilter::default()).await.expect("it answers").len();
    assert!(view.prefixes.len() == all && all >= 5000, "all {all} prefixes are in the view");
    let identity = Identity { surface: Surface::Console, subject: "admin".to_owned() };
    let origin = Origin { surface: Surface::Console, channel: "bench".to_owned() };
    let line = "/ipam allocate prefix=10.";
    let mut list = Vec::new();
    let mut completion = Vec::new();
    for _ in 0..20 {
        let start = Instant::now();
        let replies = bot.hear(What::Say("/ipam prefixes".to_owned())).await;
        list.push(start.elapsed());
        assert!(replies[0].table.is_some(), "{:?}", replies[0].title_plain());
        let start = Instant::now();
        let completed = bot.dispatch.complete((&identity, &Claims::default()), &origin, line, line.len()).await;
        completion.push(start.elapsed());
        assert!(!completed.values.is_empty(), "something completes it");
    }
    let (list, completion) = (median(list), median(completion));
    let under = Duration::from_millis(20);
    Figure {
        name: "5,000 prefixes: a page of them; one by its text",
        wanted: format!("< {under:?} each"),
        measured: format!("{list:.2?}; {completion:.2?}"),
        holds: list < under && completion < under,
    }
}
