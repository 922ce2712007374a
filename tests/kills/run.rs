//! A job in a lab of its own, from what is said to what is left of it.

use super::table::Job;
use crate::support::{
    bot::{Chat, Home, Kind, Pace},
    lab::Lab,
    process::until,
};
use direttore_store::job::JobStatus;
use serde_json::Value;
use std::{sync::Mutex, thread};

/// Milliseconds that a task takes.
const TASKS: (u64, u64) = (30, 60);

/// Labs that are open at a time, in one test: most of their time is waiting for leases.
const AT_ONCE: usize = 8;

/// What is left of a job that nothing disturbed, or of one that came through.
#[derive(Debug, PartialEq)]
pub struct Left {
    pub world: Value,
    pub tasks: Vec<String>,
    /// What was said last of it.
    pub told: String,
}

/// One lab and one bot.
pub struct Trial {
    pub job: &'static Job,
    pub lab: Lab,
    pub home: Home,
    label: String,
    /// What there is a backup in.
    backup: Option<String>,
    /// Whether a further call would be one too many.
    is_forbidden: bool,
}

impl Trial {
    /// `None` where PostgreSQL is wanted and not installed.
    pub fn new(job: &'static Job, what: &str, kind: Kind, pace: Pace) -> Option<Self> {
        let label = format!("{}, {what}, on {kind:?}", job.name);
        let mut lab = Lab::with_switches(&label, TASKS, job.netbox, if job.switch { &["sw1=eos"] } else { &[] });
        job.before.iter().for_each(|line| lab.tell(line));
        let backup = job.backup.map(|(node, vmid)| lab.back_up(node, vmid));
        let home = Home::new(&label, kind, &lab, pace)?;
        Some(Self { job, lab, home, label, backup, is_forbidden: false })
    }

    /// Asks for the job in a chat that kills itself at `breakpoint`.
    pub fn begin(&self, breakpoint: Option<&str>) -> Chat {
        let mut chat = self.home.chat(breakpoint);
        let backup = self.backup.as_deref().unwrap_or_default();
        self.job.say.iter().for_each(|line| chat.say(&[&line.replace("{backup}", backup)]));
        chat
    }

    /// Waits for the job's end; one that is stuck says so and is retried, if it may be. Gives its last words.
    pub fn finish(&mut self, mut chat: Chat, is_in_doubt: bool, end: JobStatus) -> String {
        let mut status = self.home.job_end();
        if is_in_doubt {
            assert_eq!(status, JobStatus::Stuck, "{}", self.label);
            chat.hear("J-1 is stuck");
            chat.say(&["/job retry J-1"]);
            chat.hear("J-1 is queued again");
            status = self.home.job_end();
        }
        if status != end {
            panic!("{}: the job is {status}, not {end}; the bot said:\n{}", self.label, chat.leave());
        }
        // Progress has nothing but the job's title.
        let progress = self.home.job().map(|job| format!("J-1: {}", job.title)).expect("it has just ended");
        let told = chat.hear_that("how the job ended", |line| {
            line.contains("J-1 failed") || (line.contains("J-1: ") && !line.ends_with(&progress))
        });
        chat.leave();
        told
    }

    /// A second call of the same kind, sent on purpose or by mistake, will be noticed.
    pub fn forbid(&mut self, call: &str) {
        self.lab.forbid(call);
        self.is_forbidden = true;
    }

    /// What the lab is like when all is quiet.
    pub fn left(mut self, told: String) -> Left {
        until(&format!("{}: the lab falls quiet", self.label), || self.lab.is_quiet().then_some(()));
        let left = Left { world: self.lab.world(), tasks: self.lab.tasks(), told };
        self.home.leave();
        left
    }

    /// # Panics
    /// When anything is otherwise than without a disturbance.
    pub fn compare(mut self, told: String, expected: &Left) {
        assert!(!self.is_forbidden || self.lab.is_obeyed(), "{}: it was sent again", self.label);
        let label = self.label.clone();
        let left = self.left(told);
        assert_eq!(left.tasks, expected.tasks, "{label}: other tasks");
        assert_eq!(left.told, expected.told, "{label}: another end is told");
        assert!(left.world == expected.world, "{label}: another world: {}", difference(&left.world, &expected.world));
    }
}

/// The job without any disturbance, which must have left something in the lab.
pub fn undisturbed(job: &'static Job, end: JobStatus, faults: &[&str]) -> Left {
    let mut trial = Trial::new(job, "undisturbed", Kind::Sqlite, Pace::default()).expect("SQLite is built in");
    faults.iter().for_each(|fault| trial.lab.tell(fault));
    let before = trial.lab.world();
    let chat = trial.begin(None);
    let told = trial.finish(chat, false, end);
    let left = trial.left(told);
    assert!(left.world != before || !left.tasks.is_empty(), "{}: nothing has happened", job.name);
    left
}

/// Tries all of them, several at once.
pub fn each<T: Send>(trials: Vec<T>, one: impl Fn(T) + Sync) {
    let trials = Mutex::new(trials);
    thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                loop {
                    let next = trials.lock().expect("nobody panics while taking one").pop();
                    let Some(trial) = next else { return };
                    one(trial);
                }
            });
        }
    });
}

/// The members that differ, each as it is and as it should be.
fn difference(is: &Value, should_be: &Value) -> String {
    let (Value::Object(left), Value::Object(right)) = (is, should_be) else {
        return format!("{is} instead of {should_be}");
    };
    let keys: std::collections::BTreeSet<&String> = left.keys().chain(right.keys()).collect();
    let differ = keys.into_iter().filter(|key| left.get(*key) != right.get(*key));
    let of = |key: &String| {
        let (a, b) = (left.get(key).unwrap_or(&Value::Null), right.get(key).unwrap_or(&Value::Null));
        format!("{key}: {}", difference(a, b))
    };
    differ.map(of).collect::<Vec<_>>().join("; ")
}
