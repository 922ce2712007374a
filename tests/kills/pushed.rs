//! A switch is changed, and whoever changes it dies: the next process ends it as if nothing had happened, and when there is
//! none, the switch itself goes back.

use super::run::each;
use crate::support::{
    bot::{Chat, Home, Kind, Pace},
    lab::Lab,
    process::until,
};
use direttore_store::job::JobStatus;
use regex::Regex;
use serde_json::Value;
use std::sync::LazyLock;

/// One of each kind.
const SWITCHES: [&str; 3] = ["sw1=eos", "sw2=junos", "sw3=ios"];

const PLACES: [&str; 8] = ["before", "intent", "answered", "stored", "confirmed", "saved", "happened", "after"];

/// Templates: one of ours, which adds lines, and one that only takes lines away, so that no line can be looked for.
const MORE: &str = "vlan";
const LESS: &str = "less";

const TAKEN_AWAY: [(&str, &str); 3] = [
    ("eos", "no vlan 999\nno ntp server 192.0.2.123\n"),
    ("junos", "delete system ntp server 192.0.2.123\ndelete interfaces ge-0/0/1 description\n"),
    ("ios", "no vlan 999\nno ntp server 10.0.10.1\n"),
];

struct Trial {
    lab: Lab,
    home: Home,
    switch: &'static str,
    template: &'static str,
}

/// What is left of a push.
struct Left {
    has: Value,
    /// What was said last of it.
    told: String,
    /// How many versions the job has in the history.
    versions: usize,
}

impl Trial {
    /// `None` where PostgreSQL is wanted and not installed.
    fn new((switch, template): (&'static str, &'static str), what: &str, kind: Kind, pace: Pace) -> Option<Self> {
        let label = format!("push of {template} to {switch}, {what}, on {kind:?}");
        let lab = Lab::with_switches(&label, (30, 60), true, &[switch]);
        let home = Home::new(&label, kind, &lab, pace)?;
        for (platform, text) in TAKEN_AWAY {
            home.template(platform, LESS, text);
        }
        Some(Self { lab, home, switch, template })
    }

    fn name(&self) -> &'static str {
        self.switch.split('=').next().expect("a name")
    }

    /// Asks for the push in a process that kills itself there.
    fn begin(&self, breakpoint: Option<&str>) -> Chat {
        self.begin_with("", breakpoint)
    }

    fn begin_with(&self, more: &str, breakpoint: Option<&str>) -> Chat {
        let mut chat = self.home.chat(breakpoint);
        chat.say(&[&format!("/device push {} template={}{more}", self.name(), self.template)]);
        chat.hear("[Yes]");
        chat.say(&["yes"]);
        chat
    }

    fn has(&mut self) -> Value {
        self.lab.switches()
    }

    /// What is left at the end of the first job.
    fn end(self, mut chat: Chat, end: JobStatus) -> Left {
        let status = self.home.job_end();
        if status != end {
            panic!("the job is {status}, not {end}; the bot said:\n{}", chat.leave());
        }
        let told = chat.hear_that("how it ended", |line| line.contains("J-1 failed") || line.contains(" is on "));
        self.left(chat, told)
    }

    fn left(mut self, mut chat: Chat, told: String) -> Left {
        chat.say(&[&format!("/device history {}", self.name())]);
        chat.hear(&format!("of {}", self.name()));
        let said = chat.leave();
        let table = said.rsplit_once("what runs now.").map_or("", |(_, table)| table);
        let versions = table.lines().filter(|line| line.split_whitespace().any(|word| word.starts_with("J-"))).count();
        let has = self.has();
        self.home.leave();
        Left { has, told, versions }
    }
}

/// What is left where nobody dies.
fn undisturbed(switch: &'static str, template: &'static str) -> Left {
    let trial = Trial::new((switch, template), "undisturbed", Kind::Sqlite, Pace::default());
    let trial = trial.expect("SQLite is built in");
    let chat = trial.begin(None);
    trial.end(chat, JobStatus::Done)
}

#[test]
fn undisturbed_it_is_kept_and_saved() {
    for switch in SWITCHES {
        let gone = if switch == "sw3=ios" { "ntp server 10.0.10.1" } else { "ntp server 192.0.2.123" };
        for (template, mark) in [(MORE, "dmz"), (LESS, gone)] {
            let left = undisturbed(switch, template);
            let what = format!("{template} on {switch}: {:#}", left.has);
            for key in ["running", "startup"] {
                assert_eq!(has_line(&left.has, key, mark), template == MORE, "{key}: {what}");
            }
            assert_eq!(left.versions, 2, "one before and one after: {what}");
        }
    }
}

/// Whether the one switch has that among the lines that run, or are saved.
fn has_line(has: &Value, key: &str, mark: &str) -> bool {
    let lines = has[0][key].as_array().expect("a list of lines");
    lines.iter().filter_map(Value::as_str).any(|line| line.contains(mark))
}

fn survives(kind: Kind, switches: &[&'static str], template: &'static str) {
    let expected: Vec<(&str, Left)> = switches.iter().map(|switch| (*switch, undisturbed(switch, template))).collect();
    let all = expected.iter().flat_map(|(switch, should)| PLACES.map(|place| (*switch, should, place))).collect();
    each(all, |(switch, should, place): (&'static str, &Left, &str)| {
        let what = format!("killed at {place}");
        let Some(trial) = Trial::new((switch, template), &what, kind, Pace::default()) else { return };
        trial.begin(Some(&format!("{place}:push-devices"))).dies();
        let next = trial.home.chat(None);
        let left = trial.end(next, JobStatus::Done);
        compare(&left, should, &format!("{template} on {switch}: killed at {place}"));
    });
}

/// The lines that run, those that are saved, how often it was changed, and whether something waits to go back; without
/// what is drawn by lot for each switch, and without the moment of its last change.
fn alike(has: &Value) -> Vec<String> {
    static DRAWN: LazyLock<Regex> = LazyLock::new(|| Regex::new("[0-9A-Fa-f]{8,}").expect("a pattern"));
    let mut all = Vec::new();
    for switch in has.as_array().expect("a list of switches") {
        for (key, lines) in [("runs", &switch["running"]), ("saved", &switch["startup"])] {
            let lines = lines.as_array().expect("a list of lines").iter().filter_map(Value::as_str);
            let counts = lines.filter(|line| !line.contains("Last configuration change"));
            all.extend(counts.map(|line| format!("{key}: {}", DRAWN.replace_all(line, "<drawn>"))));
        }
        all.push(format!("goes back: {}", !switch["goes_back_at"].is_null()));
    }
    all
}

/// # Panics
/// With the lines that only one of them has.
fn compare(is: &Left, should_be: &Left, what: &str) {
    let only = |these: &[String], others: &[String]| -> Vec<String> {
        these.iter().filter(|line| !others.contains(line)).cloned().collect()
    };
    let (lines, right) = (alike(&is.has), alike(&should_be.has));
    let (more, less) = (only(&lines, &right), only(&right, &lines));
    assert!(lines == right, "{what}: it has {more:#?} instead of {less:#?}");
    let changes = |left: &Left| left.has[0]["changes"].clone();
    assert_eq!(changes(is), changes(should_be), "{what}: it is changed once");
    assert_eq!(is.versions, should_be.versions, "{what}: the history has it once");
}

#[test]
fn more_lines_killed_on_sqlite() {
    survives(Kind::Sqlite, &SWITCHES, MORE);
}

#[test]
fn fewer_lines_killed_on_sqlite() {
    survives(Kind::Sqlite, &SWITCHES, LESS);
}

#[test]
fn more_lines_killed_on_postgres() {
    survives(Kind::Postgres, &["sw1=eos", "sw3=ios"], MORE);
}

#[test]
fn fewer_lines_killed_on_postgres() {
    survives(Kind::Postgres, &["sw1=eos", "sw3=ios"], LESS);
}

/// A person confirms what was held, and whoever carries that out dies between the confirmation and what follows it.
#[test]
fn what_was_held_is_saved_by_the_next_process() {
    let all = SWITCHES.into_iter().flat_map(|switch| ["before", "confirmed", "saved"].map(|place| (switch, place)));
    each(all.collect(), |(switch, place)| {
        let what = format!("held, and killed at {place} of its confirmation");
        let trial = Trial::new((switch, MORE), &what, Kind::Sqlite, Pace::default());
        let trial = trial.expect("SQLite is built in");
        let mut chat = trial.begin_with(" hold=10m", Some(&format!("{place}:end-push")));
        chat.hear("is live on");
        chat.say(&[&format!("/device confirm {}", trial.name())]);
        chat.dies();
        let mut next = trial.home.chat(None);
        let told = next.hear_that("how it ended", |line| line.contains("J-2 failed") || line.contains(" is on "));
        let left = trial.left(next, told);
        let what = format!("{switch}, {what}: {}", left.told);
        assert!(has_line(&left.has, "startup", "dmz"), "{what}");
        assert_eq!((&left.has[0]["goes_back_at"], left.versions), (&Value::Null, 2), "{what}");
    });
}

/// Nobody comes back in time: the switch has what it had, and whoever comes later says so.
#[test]
fn the_switch_goes_back_without_us() {
    let pace = Pace { commit_timer: 2000, ..Pace::default() };
    let trial = Trial::new(("sw1=eos", MORE), "nobody comes back", Kind::Sqlite, pace);
    let mut trial = trial.expect("SQLite is built in");
    let before = alike(&trial.has());
    trial.begin(Some("stored:push-devices")).dies();
    until("the switch goes back by itself", || (alike(&trial.has()) == before).then_some(()));
    let next = trial.home.chat(None);
    let left = trial.end(next, JobStatus::Failed);
    assert_eq!(alike(&left.has), before, "{}", left.told);
}
