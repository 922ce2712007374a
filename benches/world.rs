//! The lab of the benchmarks: 50 nodes and 10,000 guests of the simulation, and what is measured on it.
//!
//! Everything is done by the code that does it in the bot. `now_or_never` is the proof that nothing waits: a call to a
//! peer or to the database would not be ready at once.

use direttore_catalog::{Command, catalog};
use direttore_clients::proxmox::{Auth, Host, Proxmox, Row, Settings, Timeouts, parse_resources, parse_rows};
use direttore_core::{
    Clock, Cluster, Freshness, Lab,
    dispatch::complete_guests,
    handlers::{self, Cx, decide_power},
    jobs::steps::Step,
    lab::View,
    plan::{JobPlan, Outcome, Picture, Plan, Say},
};
use direttore_domain::{
    Account, Actor, Grant, GrantTo, Guest, GuestRef, Identity, Origin, Power, Role, Surface, policy,
};
use direttore_reply::{Reply, render};
use direttore_store::Store;
use futures::FutureExt;
use serde_json::json;
use std::{
    sync::{Arc, OnceLock},
    time::Duration,
};

pub const NODES: usize = 50;
pub const GUESTS: usize = 10_000;
const CHANNEL: &str = "console";
const LIST: &str = "/guest list web";

pub struct World {
    body: Vec<u8>,
    client: Proxmox,
    cx: Cx,
    view: Arc<View>,
    /// The database must outlive what reads it.
    _dir: tempfile::TempDir,
}

impl World {
    /// Built once for all benchmarks of the process.
    pub fn the() -> &'static Self {
        static THE: OnceLock<World> = OnceLock::new();
        THE.get_or_init(|| tokio::runtime::Runtime::new().expect("a runtime").block_on(Self::build()))
    }

    async fn build() -> Self {
        let settings = direttore_sim::Settings { nodes: NODES, guests: GUESTS, tls: false, ..Default::default() };
        let sim = direttore_sim::start(settings).await.expect("the simulation starts");
        let access = sim.access();
        let client = Proxmox::new(Settings {
            cluster: "lab".parse().expect("a name"),
            hosts: vec![Host { url: access.url.clone(), fingerprint: None }],
            auth: Auth::Token { id: access.token_id.clone(), secret: access.token_secret.clone() },
            verify_tls: false,
            timeouts: Timeouts::default(),
            record: None,
        });
        let client = client.expect("the settings are right");
        let body = client.resources_body().await.expect("the simulation answers").to_vec();
        let dir = tempfile::tempdir().expect("a temporary folder");
        let url = format!("sqlite://{}", dir.path().join("bench.db").display());
        let database = direttore_store::Settings { url, lock_timeout: Duration::from_secs(5), pool: 1 };
        let store = Store::open(&database).await.expect("the database opens");
        let cluster = Arc::new(Cluster::new(client.clone(), Freshness::default(), Clock::default()));
        let view = cluster.accept(parse_resources(&cluster.name, &body).expect("it was written by the simulation"));
        assert_eq!((view.nodes.len(), view.guests.len()), (NODES, GUESTS), "the lab has its size");
        let lab = Lab::new(vec![cluster]);
        let (actor, command) = (operator(), catalog().get("guest list").expect("it is a command"));
        let cx = cx(Arc::new(actor), CHANNEL.into(), command, lab, store, Clock::default());
        Self { body, client, cx, view, _dir: dir }
    }

    pub fn body_bytes(&self) -> usize {
        self.body.len()
    }

    /// What everything is compared with: the body into the client's row structs, and nothing else.
    pub fn floor(&self) -> Vec<Row<'_>> {
        parse_rows(&self.body).expect("it was written by the simulation")
    }

    /// A bot that has seen nothing yet.
    pub fn cold_cx(&self) -> Cx {
        let cluster = Cluster::new(self.client.clone(), Freshness::default(), Clock::default());
        self.with_lab(Lab::new(vec![Arc::new(cluster)]))
    }

    fn with_lab(&self, lab: Lab) -> Cx {
        let Cx { actor, channel, command, store, clock, .. } = &self.cx;
        let (actor, channel, store, clock) = (actor.clone(), channel.clone(), store.clone(), clock.clone());
        cx(actor, channel, command, lab, store, clock)
    }

    /// From the answer's bytes to the reply.
    pub fn list_cold(&self, cx: &Cx) -> Reply {
        let cluster = &cx.lab.clusters()[0];
        cluster.accept(parse_resources(&cluster.name, &self.body).expect("it was written by the simulation"));
        list(cx)
    }

    /// From the line to the reply, with the view at hand.
    pub fn list(&self) -> Reply {
        list(&self.cx)
    }

    /// What `/lab status` draws for somebody whom no grant narrows.
    pub fn pictured(&self) -> Picture {
        let asked = catalog().read("/lab status").expect("it is a command");
        let actor = Actor { grants: vec![], ..operator() };
        let cx = Cx {
            command: asked.command,
            actor: Arc::new(actor),
            shows_pictures: true,
            ..self.with_lab(self.cx.lab.clone())
        };
        let answers = asked.command.answers(&asked.given).expect("they are right");
        match now(handlers::plan(&cx, asked.command, answers)) {
            Ok(Outcome::Say(say)) => say.picture.expect("a picture of the lab"),
            other => panic!("/lab status has a picture: {other:?}"),
        }
    }

    pub fn complete(&self, prefix: &str) -> usize {
        let Cx { actor, command, channel, .. } = &self.cx;
        let reaches =
            |g: &Guest| policy::may_touch(actor, command.permission, &command.path, channel, policy::touches(g));
        complete_guests(&self.view.guests, prefix, 25, reaches).len()
    }

    /// From the line to the plan's fingerprint, as `/power` does it for one guest, without the call that asks Proxmox
    /// for the guest's state (the view's is taken) and the look into the database for its owner.
    pub fn power(&self, line: &str) -> String {
        let asked = catalog().read(line).expect("it is a command");
        let command = asked.command;
        policy::may_say(&self.cx.actor, command.permission, &command.path, CHANNEL).expect("an operator may");
        let answers = command.answers(&asked.given).expect("they are right");
        assert!(answers.missing(command).is_empty(), "nothing is missing");
        let named: Vec<GuestRef> = serde_json::from_value(answers.0["guest"].clone()).expect("guests");
        let cx = Cx { command, ..self.with_lab(self.cx.lab.clone()) };
        let mut jobs = Vec::new();
        let mut state = Vec::new();
        for named in &named {
            // Twice, as the handler does it: by what was said, then by the guest's own number.
            let (_, guest) = now(cx.guest(named)).expect("it is there");
            let exact: GuestRef = format!("{}/{}", guest.cluster, guest.vmid).parse().expect("the form of one");
            let (_, guest) = now(cx.guest_to_ask(&exact)).expect("it is there");
            let step = decide_power(Power::Shutdown, &guest, guest.status, None).expect("it fits");
            let step = step.expect("it runs");
            state.push(json!([guest.cluster, guest.vmid, guest.name, guest.node, guest.status]));
            let title = format!("shutdown {} ({})", guest.label(), guest.vmid);
            let subject = format!("{}/{}", guest.cluster, guest.vmid);
            jobs.push(JobPlan::new(title, subject, vec![Step::PowerGuest(step)]));
        }
        let target = jobs.iter().map(|j| format!("guest {}", j.subject)).collect::<Vec<_>>().join(", ");
        let question = Say::new("power", json!({ "verb": "shutdown" }));
        Plan { state: state.into(), jobs, ..Plan::new(target, question) }.fingerprint()
    }
}

fn cx(actor: Arc<Actor>, channel: String, command: &'static Command, lab: Lab, store: Store, clock: Clock) -> Cx {
    let origin = Origin { surface: Surface::Console, channel: "bench".to_owned() };
    Cx {
        actor,
        origin,
        channel,
        command,
        lab,
        store,
        clock,
        rules: Arc::default(),
        things: Arc::default(),
        is_confirmed: false,
        shows_pictures: false,
    }
}

/// An operator under one grant, which reaches the pool with most guests.
fn operator() -> Actor {
    let account = Account {
        id: 1,
        name: "alice".parse().expect("a name"),
        role: Some(Role::Operator),
        is_disabled: false,
        zone: "Europe/Warsaw".into(),
    };
    let grant = Grant {
        pools: vec!["prod".parse().expect("a name")],
        commands: vec!["guest *".into(), "power *".into()],
        ..Grant::of(GrantTo::Account(account.name.clone()))
    };
    Actor {
        identity: Identity { surface: Surface::Console, subject: "alice".into() },
        role: account.role,
        because: "account alice has it".into(),
        account: Some(account),
        grants: vec![grant],
        groups: vec![],
    }
}

/// `/guest list` by name: read, authorised, answered by its handler, rendered. Without the audit row.
fn list(cx: &Cx) -> Reply {
    let asked = catalog().read(LIST).expect("it is a command");
    policy::may_say(&cx.actor, asked.command.permission, &asked.command.path, &cx.channel).expect("an operator may");
    let answers = asked.command.answers(&asked.given).expect("they are right");
    match now(handlers::plan(cx, asked.command, answers)) {
        Ok(Outcome::Say(say)) => {
            let reply = render(say.template, &say.data, "Europe/Warsaw").expect("the template is right");
            assert_eq!(reply.table.as_ref().map(|t| t.rows.len()), Some(10), "a full page");
            reply
        }
        other => panic!("/guest list says something: {other:?}"),
    }
}

fn now<T>(future: impl Future<Output = T>) -> T {
    future.now_or_never().expect("nothing has to be waited for")
}
