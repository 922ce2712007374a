//! A lab, a database and a chat in one process, and what was said in it.
//!
//! `on_both(async |story| …)` runs a story on SQLite and on PostgreSQL and gives the one transcript that both must tell.
//! A story ends clean or fails: no job unfinished, no call that the simulation does not serve.

pub use super::both::{
    both, on_a_new_database, on_both, on_both_by_rules, on_both_with_netbox, on_sqlite, on_sqlite_with_netbox,
};
pub use super::peers::{Paces, client, fresh, job_settings, lab_settings, netbox_client};
use super::{
    discord::{same, stage::Stage},
    elsewhere::of_discord,
    evened::evened_out,
    matrix::stage::{ROOM, Stage as Rooms},
    peers::seen,
    switches::Switches,
};
use direttore_console::{Style, render};
use direttore_core::{
    Clock, Cluster, Freshness, Lab, Rules, devices,
    dispatch::{self, Dispatch, Heard, Told, What, set_up_account},
    jobs::Engine,
};
use direttore_domain::{Claims, Identity, Origin, Role, Surface};
use direttore_reply::Reply;
use direttore_sim::{
    Settings as SimSettings, Sim,
    netbox::{Settings as NetBoxSettings, Sim as NetBoxSim},
    switch,
};
use direttore_store::{Store, account};
use fake_discord::Message;
use serde_json::Value;
use std::{
    sync::{Arc, Mutex},
    time::Duration,
};
use tokio::sync::broadcast::{Receiver, error::TryRecvError};

pub struct Story {
    pub sim: Sim,
    /// The simulated NetBox, where the story has one.
    netbox: Option<NetBoxSim>,
    /// Its simulated switches, likewise.
    switches: Option<Switches>,
    pub dispatch: Arc<Dispatch>,
    /// Who answers after [`Story::restart`].
    restarted: Mutex<Option<Arc<Dispatch>>>,
    rules: Arc<Rules>,
    engine: Arc<Engine>,
    freshness: Freshness,
    pub cluster: Arc<Cluster>,
    pub clock: Clock,
    told: Mutex<Receiver<Told>>,
    text: Mutex<String>,
    /// Every reply shown, oldest first, with the account it was shown to.
    pub(super) shown: Mutex<Vec<Reply>>,
    /// The same as any reader has it before them, see [`same`].
    pub(super) read: Mutex<Vec<String>>,
    /// Where it is played, when that is not the console.
    pub(super) stage: Option<Stage>,
    /// The same, when that is Matrix.
    pub(super) rooms: Option<Rooms>,
}

/// How long anything in a story may take before it counts as hanging.
pub const PATIENCE: Duration = Duration::from_secs(120);

impl Story {
    pub async fn start(store: Store) -> Self {
        Self::with(store, lab_settings(), fresh()).await
    }

    pub async fn with(store: Store, lab: SimSettings, freshness: Freshness) -> Self {
        Self::with_all(store, lab, freshness, None, Rules::default()).await
    }

    /// With a NetBox beside it, and rules for making guests.
    pub async fn with_netbox(store: Store, rules: Rules) -> Self {
        Self::with_all(store, lab_settings(), fresh(), Some(NetBoxSettings::default()), rules).await
    }

    pub async fn with_all(
        store: Store,
        lab: SimSettings,
        freshness: Freshness,
        netbox: Option<NetBoxSettings>,
        rules: Rules,
    ) -> Self {
        Self::paced(store, lab, freshness, netbox, rules, Paces::default()).await
    }

    /// With switches that its NetBox knows; `change` is what is otherwise about them.
    pub async fn with_switches(store: Store, rules: Rules, change: impl FnOnce(&mut devices::Settings)) -> Self {
        let clock = Clock::default();
        let switches = Switches::start(&clock, change).await;
        let netbox = NetBoxSettings { switches: switches.reachable(), ..NetBoxSettings::default() };
        let (lab, paces) = (lab_settings(), Paces::default());
        Self::set(store, (lab, Some(netbox), Some(switches)), clock, fresh(), rules, paces).await
    }

    /// As [`Story::with_all`], at other paces.
    pub async fn paced(
        store: Store,
        lab: SimSettings,
        freshness: Freshness,
        netbox: Option<NetBoxSettings>,
        rules: Rules,
        paces: Paces,
    ) -> Self {
        Self::set(store, (lab, netbox, None), Clock::default(), freshness, rules, paces).await
    }

    async fn set(
        store: Store,
        (lab, netbox, switches): (SimSettings, Option<NetBoxSettings>, Option<Switches>),
        clock: Clock,
        freshness: Freshness,
        rules: Rules,
        paces: Paces,
    ) -> Self {
        let sim = direttore_sim::start(lab).await.expect("loopback can be listened on");
        let netbox = match netbox {
            Some(settings) => Some(direttore_sim::netbox::start(settings).await.expect("loopback can be listened on")),
            None => None,
        };
        let (lab, cluster) = seen(&sim, netbox.as_ref(), freshness, &clock, paces.wait);
        let lab = with_devices(lab, switches.as_ref(), &store, &clock);
        let rules = Arc::new(rules);
        let engine = Engine::start(lab.clone(), store.clone(), clock.clone(), Arc::clone(&rules), paces.jobs);
        let settings = dispatch::Settings::default();
        let dispatch = Dispatch::new(lab, store, clock.clone(), Arc::clone(&rules), Arc::clone(&engine), settings);
        for (name, role) in [
            ("admin", Some(Role::Admin)),
            ("operator", Some(Role::Operator)),
            ("viewer", Some(Role::Viewer)),
            ("stranger", None),
        ] {
            let name = name.parse().expect("a name");
            set_up_account(&dispatch.store, &dispatch.passwords, &clock, &name, role, "secret of the tests")
                .await
                .expect("a new database");
        }
        let told = Mutex::new(dispatch.told());
        let (restarted, text, shown) = (Mutex::default(), Mutex::default(), Mutex::default());
        let (read, stage, rooms) = (Mutex::default(), None, None);
        Self {
            sim,
            netbox,
            switches,
            dispatch,
            restarted,
            rules,
            engine,
            freshness,
            cluster,
            clock,
            told,
            text,
            shown,
            read,
            stage,
            rooms,
        }
    }

    /// From now on somebody answers who knows nothing but what the database does. Jobs go on where they are.
    pub fn restart(&self) {
        self.note("the bot starts again");
        *self.restarted.lock().expect("no test panicked") = Some(self.another());
    }

    /// Another process before the same database and lab.
    pub fn another(&self) -> Arc<Dispatch> {
        // Those before go on looking, so this one looks less often.
        let freshness = Freshness { refresh: Duration::from_secs(1), ..self.freshness };
        let (lab, _) = seen(&self.sim, self.netbox.as_ref(), freshness, &self.clock, Paces::default().wait);
        let (rules, engine) = (Arc::clone(&self.rules), Arc::clone(&self.engine));
        let store = self.dispatch.store.clone();
        let lab = with_devices(lab, self.switches.as_ref(), &store, &self.clock);
        Dispatch::new(lab, store, self.clock.clone(), rules, engine, dispatch::Settings::default())
    }

    /// What is known of NetBox is made anew, as far as it answers.
    pub async fn look_at_netbox(&self) {
        let ipam = self.dispatch.lab.ipam().expect("the story has a NetBox");
        // Where it is down the old view stays, and is known to be old.
        let _ = ipam.refresh().await;
    }

    async fn hear(&self, who: &str, said: &str, what: What) -> Vec<Reply> {
        self.hear_from(who, at_console(who), Claims::default(), said, what).await
    }

    /// What somebody on any surface did, and what it was answered with.
    pub async fn hear_from(&self, who: &str, identity: Identity, claims: Claims, said: &str, what: What) -> Vec<Reply> {
        self.write(&format!(
            "{who}  {}\n",
            direttore_domain::text::shorten(&direttore_domain::text::visible(said), 200)
        ));
        if let Some(seen) = self.hear_elsewhere(who, &what).await {
            return seen.into_iter().map(|seen| self.show_other(seen)).collect();
        }
        let replies = self.act_on(identity, claims, what).await;
        replies.iter().for_each(|r| self.show(r));
        replies
    }

    pub async fn say(&self, who: &str, line: &str) -> Vec<Reply> {
        self.hear(who, line, What::Say(line.to_owned())).await
    }

    /// As [`Story::say`], without a line in the transcript: for many at once, whose order nobody knows.
    pub async fn ask(&self, who: &str, line: &str) -> Vec<Reply> {
        self.act(who, What::Say(line.to_owned())).await
    }

    /// As [`Story::press_on`], without a line in the transcript.
    pub async fn answer(&self, who: &str, on: &str, label: &str) -> Vec<Reply> {
        self.act(who, What::Press { on: on.to_owned(), label: label.to_owned() }).await
    }

    /// As [`Story::ask`], on another surface, where that account goes by its own name too.
    pub async fn ask_on(&self, surface: Surface, who: &str, line: &str) -> Vec<Reply> {
        let identity = Identity { surface, subject: who.to_owned() };
        let mut tx = self.dispatch.store.write().await.expect("the database answers");
        let account = account::by_name(&mut tx, &who.parse().expect("a name")).await.expect("the database answers");
        account::link(&mut tx, &identity, account.expect("an account").id).await.expect("nobody else's identity");
        tx.commit().await.expect("the database answers");
        self.act_on(identity, Claims::default(), What::Say(line.to_owned())).await
    }

    async fn act(&self, who: &str, what: What) -> Vec<Reply> {
        if let Some(seen) = self.hear_elsewhere(who, &what).await {
            return seen.into_iter().map(|(_, reply)| reply).collect();
        }
        self.act_on(at_console(who), Claims::default(), what).await
    }

    /// As [`Story::hear_from`], without a line in the transcript.
    pub async fn act_on(&self, identity: Identity, claims: Claims, what: What) -> Vec<Reply> {
        let origin = Origin { surface: identity.surface, channel: "story".to_owned() };
        let heard = Heard { identity, claims, origin, what };
        let restarted = self.restarted.lock().expect("no test panicked").clone();
        let dispatch = restarted.unwrap_or_else(|| Arc::clone(&self.dispatch));
        let replies = tokio::time::timeout(PATIENCE, dispatch.hear(heard)).await.expect("an answer in time");
        assert!(!replies.is_empty(), "whatever is said gets a reply");
        replies
    }

    /// Presses a button of the newest message that has it.
    pub async fn press(&self, who: &str, label: &str) -> Vec<Reply> {
        let on = self.newest(|r| r.actions.iter().any(|a| a == label));
        self.press_on(who, &on, label).await
    }

    pub async fn press_on(&self, who: &str, on: &str, label: &str) -> Vec<Reply> {
        let what = What::Press { on: on.to_owned(), label: label.to_owned() };
        self.hear(who, &format!("[{label}]"), what).await
    }

    /// Fills the newest open form.
    pub async fn fill(&self, who: &str, values: &[(&str, &str)]) -> Vec<Reply> {
        let on = self.newest(|r| r.form.is_some());
        let said = values.iter().map(|(k, v)| format!("{k}={v}")).collect::<Vec<_>>().join(" ");
        let values = values.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
        self.hear(who, &said, What::Fill { on, values }).await
    }

    /// Fills a form without a line in the transcript: what is filled in may be a secret.
    pub async fn fill_quietly(&self, who: &str, on: &str, values: &[(&str, String)]) -> Vec<Reply> {
        let values = values.iter().map(|(key, value)| ((*key).to_owned(), value.clone())).collect();
        let what = What::Fill { on: on.to_owned(), values };
        if let Some(seen) = self.hear_elsewhere(who, &what).await {
            return seen.into_iter().map(|seen| self.show_other(seen)).collect();
        }
        let replies = self.act(who, what).await;
        replies.iter().for_each(|r| self.show(r));
        replies
    }

    /// Id of the newest reply that fits.
    pub fn newest(&self, fits: impl Fn(&Reply) -> bool) -> String {
        let shown = self.shown.lock().expect("no test panicked");
        shown.iter().rev().find(|r| fits(r)).map(|r| r.id.clone()).expect("such a message was shown")
    }

    /// As [`Story::settle`], on Discord and without a line in the transcript.
    pub async fn settle_quietly(&self) -> Vec<Message> {
        self.rest().await;
        self.stage().ends().await
    }

    /// Waits until no job is queued or running.
    async fn rest(&self) {
        let end = tokio::time::Instant::now() + PATIENCE;
        loop {
            let left = self.dispatch.settle(&self.channel(), PATIENCE).await;
            assert!(left.is_empty(), "still at it: {left:?}");
            let mut tx = self.dispatch.store.read().await.expect("the database answers");
            let counts = direttore_store::job::counts(&mut tx).await.expect("the database answers");
            if counts.queued + counts.running == 0 {
                break;
            }
            assert!(tokio::time::Instant::now() < end, "jobs wait for ever: {counts:?}");
            drop(tx);
            tokio::task::yield_now().await;
        }
    }

    /// Waits for all due jobs and shows how they ended, in the order of the jobs.
    /// Jobs that wait for their next try count as unfinished here, unlike in a script.
    pub async fn settle(&self) -> Vec<Reply> {
        self.rest().await;
        if let Some(stage) = &self.stage {
            return stage.ends().await.iter().map(|m| self.show_other(of_discord(m))).collect();
        }
        if let Some(rooms) = &self.rooms {
            return rooms.ends().await.iter().map(|m| self.show_other(rooms.seen(m))).collect();
        }
        let mut ends = self.ended().await;
        for reply in &mut ends {
            reply.replaces = None;
            self.show(reply);
        }
        ends
    }

    /// As [`Story::settle`], and shows nothing: for jobs of which sometimes the one, sometimes the other is faster.
    pub async fn settle_unseen(&self) -> Vec<Reply> {
        self.rest().await;
        self.ended().await
    }

    async fn ended(&self) -> Vec<Reply> {
        let mut ends = self.unasked(|reply| reply.id.ends_with(".end")).await;
        ends.sort_by_key(|r| r.job.clone());
        ends
    }

    /// What came by itself since this was last asked.
    pub(super) async fn unasked(&self, wanted: impl Fn(&Reply) -> bool) -> Vec<Reply> {
        self.dispatch.deliver(Surface::Console, None).await;
        let mut all = Vec::new();
        let mut told = self.told.lock().expect("no test panicked");
        loop {
            match told.try_recv() {
                // How many messages of progress there are depends on how fast the machine is.
                Ok(Told { reply, .. }) if reply.progress.is_none() && wanted(&reply) => all.push(reply),
                // Of many jobs there is more progress than is kept; ends come last.
                Ok(_) | Err(TryRecvError::Lagged(_)) => {}
                Err(_) => return all,
            }
        }
    }

    /// A note of the test in the transcript.
    pub fn note(&self, text: &str) {
        self.write(&format!("-- {text}\n"));
    }

    /// Acts on the simulated lab behind the bot's back.
    pub fn lab(&self, line: &str) {
        self.write(&format!("%  {line}\n"));
        let told = match line.split(' ').next() {
            Some("netbox") => self.netbox().tell(line),
            Some("switch") => switch::tell(&self.switches().all, line),
            _ => self.sim.tell(line),
        };
        told.expect("a line of the fault grammar");
    }

    /// A guest goes behind everyone's back, and is gone from the lab's list.
    pub async fn goes(&self, vmid: u32) {
        let number = vmid.try_into().expect("in range");
        let proxmox = client(&self.sim);
        // What a job saw lies over the list until a later list agrees, and of a guest that is gone none ever would.
        loop {
            let list = proxmox.resources().await.expect("the lab answers");
            let seen = self.cluster.refresh().await.expect("the lab answers").guest(number).map(|g| g.status);
            if list.guests.iter().find(|g| g.vmid == number).map(|g| g.status) == seen {
                break;
            }
        }
        self.lab(&format!("guest {vmid} gone"));
        while self.cluster.refresh().await.expect("the lab answers").guest(number).is_some() {
            tokio::task::yield_now().await;
        }
    }

    pub fn netbox(&self) -> &NetBoxSim {
        self.netbox.as_ref().expect("the story has a NetBox")
    }

    pub fn switches(&self) -> &Switches {
        self.switches.as_ref().expect("the story has switches")
    }

    /// Both simulated worlds, to be compared with another moment's.
    pub fn worlds(&self) -> (Value, Value) {
        (self.sim.world(), self.netbox.as_ref().map_or(Value::Null, NetBoxSim::world))
    }

    pub(super) fn show(&self, reply: &Reply) {
        let text = render(reply, &Style::PLAIN);
        let indented: Vec<String> = text.trim_end().lines().map(|l| format!("   {l}")).collect();
        self.write(&format!("{}\n", indented.join("\n")));
        // As wide as it likes: elsewhere other columns give way.
        let bare = Reply { attachments: vec![], ..reply.clone() };
        let mut lines = same::of_console(&render(&bare, &Style { width: 1000, ..Style::PLAIN }));
        lines.extend(reply.attachments.iter().filter_map(|file| same::of_file(&file.name, &file.bytes)));
        self.read.lock().expect("no test panicked").extend(lines);
        self.shown.lock().expect("no test panicked").push(reply.clone());
    }

    pub(super) fn channel(&self) -> String {
        match (&self.stage, &self.rooms) {
            (Some(stage), _) => stage.channel(),
            (None, Some(_)) => ROOM.to_owned(),
            (None, None) => "story".to_owned(),
        }
    }

    /// Everything that was to be read in it, line by line.
    pub fn read(&self) -> Vec<String> {
        self.read.lock().expect("no test panicked").clone()
    }

    pub(super) fn write(&self, text: &str) {
        self.text.lock().expect("no test panicked").push_str(text);
    }

    /// What was said, with what differs from run to run made alike.
    pub fn transcript(&self) -> String {
        evened_out(&self.text.lock().expect("no test panicked"))
    }

    /// Ends it: nothing may be left, and nothing may have been asked that the simulation does not serve.
    pub async fn end(self) -> String {
        // A story about a lost database has nobody left to ask.
        let asks = self.dispatch.store.ping().await.is_ok();
        let left = if asks { self.dispatch.settle(&self.channel(), PATIENCE).await } else { vec![] };
        assert!(left.is_empty(), "a story ends with all jobs ended: {left:?}");
        assert_eq!(self.sim.unserved(), Vec::<String>::new(), "calls that the simulation does not serve");
        let transcript = self.transcript();
        let Self { sim, netbox, switches, stage, rooms, .. } = self;
        if let Some(switches) = switches {
            switches.stop().await;
        }
        if let Some(rooms) = rooms {
            rooms.end().await;
        }
        if let Some(stage) = stage {
            stage.end().await;
        }
        if let Some(netbox) = netbox {
            assert_eq!(netbox.unserved(), Vec::<String>::new(), "calls that the simulated NetBox does not serve");
            netbox.stop().await;
        }
        sim.stop().await;
        transcript
    }
}

fn with_devices(lab: Lab, switches: Option<&Switches>, store: &Store, clock: &Clock) -> Lab {
    switches.map_or(lab.clone(), |switches| lab.with_devices(switches.devices(store, clock)))
}

pub fn at_console(who: &str) -> Identity {
    Identity { surface: Surface::Console, subject: who.to_owned() }
}
