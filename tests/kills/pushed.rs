//! A switch is changed, and whoever changes it dies: the next process ends it as if nothing had happened, and when there is
//! none, the switch itself goes back.

use super::run::each;
use crate::support::{
    bot::{Home, Kind, Pace},
    lab::Lab,
    process::until,
};
use direttore_store::job::JobStatus;
use serde_json::Value;

/// One of each kind.
const SWITCHES: [&str; 3] = ["sw1=eos", "sw2=junos", "sw3=ios"];

const PLACES: [&str; 6] = ["before", "intent", "answered", "stored", "happened", "after"];

struct Trial {
    lab: Lab,
    home: Home,
    switch: &'static str,
}

impl Trial {
    fn new(switch: &'static str, what: &str, kind: Kind, pace: Pace) -> Option<Self> {
        let label = format!("push to {switch}, {what}, on {kind:?}");
        let lab = Lab::with_switches(&label, (30, 60), true, &[switch]);
        let home = Home::new(&label, kind, &lab, pace)?;
        Some(Self { lab, home, switch })
    }

    /// Asks for the push in a process that kills itself there.
    fn begin(&self, breakpoint: Option<&str>) -> crate::support::bot::Chat {
        let mut chat = self.home.chat(breakpoint);
        let name = self.switch.split('=').next().expect("a name");
        chat.say(&[&format!("/device push {name} template=vlan")]);
        chat.hear("[Yes]");
        chat.say(&["yes"]);
        chat
    }

    fn has(&mut self) -> Value {
        self.lab.switches()
    }

    /// What the switch has at the end, and what was said last of it.
    fn end(mut self, mut chat: crate::support::bot::Chat, end: JobStatus) -> (Value, String) {
        let status = self.home.job_end();
        assert_eq!(status, end, "{}", chat.leave());
        let told = chat.hear_that("how it ended", |line| line.contains("J-1 failed") || line.contains(" is on "));
        chat.leave();
        let has = self.has();
        self.home.leave();
        (has, told)
    }
}

#[test]
fn undisturbed_it_is_kept_and_saved() {
    for switch in SWITCHES {
        let mut trial = Trial::new(switch, "undisturbed", Kind::Sqlite, Pace::default()).expect("SQLite is built in");
        let before = trial.has();
        let chat = trial.begin(None);
        let (after, _) = trial.end(chat, JobStatus::Done);
        assert_ne!(before, after, "{switch}");
        assert!(after.to_string().contains("dmz"), "{switch}: {after}");
    }
}

fn survives(kind: Kind, switches: &'static [&'static str]) {
    let expected: Vec<(&str, Value)> = switches
        .iter()
        .map(|switch| {
            let trial = Trial::new(switch, "undisturbed", Kind::Sqlite, Pace::default()).expect("SQLite is built in");
            let chat = trial.begin(None);
            (*switch, trial.end(chat, JobStatus::Done).0)
        })
        .collect();
    let all = switches.iter().flat_map(|switch| PLACES.map(|place| (*switch, place))).collect();
    each(all, |(switch, place): (&'static str, &str)| {
        let what = format!("killed at {place}");
        let Some(trial) = Trial::new(switch, &what, kind, Pace::default()) else { return };
        trial.begin(Some(&format!("{place}:push-devices"))).dies();
        let next = trial.home.chat(None);
        let (has, _) = trial.end(next, JobStatus::Done);
        let should = &expected.iter().find(|(of, _)| *of == switch).expect("it is one of them").1;
        assert_eq!(alike(&has), alike(should), "{switch}: killed at {place}");
    });
}

/// Without what is drawn by lot for each switch, and when it was.
fn alike(has: &Value) -> Vec<Value> {
    let all = has.as_array().expect("a list of switches");
    all.iter().map(|switch| serde_json::json!([switch["running"], switch["startup"], switch["goes_back_at"]])).collect()
}

#[test]
fn killed_on_sqlite() {
    survives(Kind::Sqlite, &SWITCHES);
}

#[test]
fn killed_on_postgres() {
    survives(Kind::Postgres, &["sw1=eos"]);
}

/// Nobody comes back in time: the switch has what it had, and whoever comes later says so.
#[test]
fn the_switch_goes_back_without_us() {
    let pace = Pace { commit_timer: 2000, ..Pace::default() };
    let mut trial = Trial::new("sw1=eos", "nobody comes back", Kind::Sqlite, pace).expect("SQLite is built in");
    let before = alike(&trial.has());
    trial.begin(Some("stored:push-devices")).dies();
    until("the switch goes back by itself", || (alike(&trial.has()) == before).then_some(()));
    let next = trial.home.chat(None);
    let (has, told) = trial.end(next, JobStatus::Failed);
    assert_eq!(alike(&has), before, "{told}");
}
