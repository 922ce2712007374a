//! Two processes share a database, and do the work of one.

use crate::support::{
    bot::{Home, Kind, LEASE, Pace},
    lab::Lab,
    process::until,
};
use direttore_store::job::JobStatus;
use std::time::{Duration, Instant};

/// For a start of a process that is not yet warm, and for a machine that does other things too.
const SLACK: Duration = Duration::from_secs(10);

fn pair(label: &str, kind: Kind, tasks: (u64, u64)) -> Option<(Lab, Home)> {
    let label = format!("{label} on {kind:?}");
    let lab = Lab::start(&label, tasks, false);
    let home = Home::new(&label, kind, &lab, Pace::default())?;
    Some((lab, home))
}

fn started(node: &str, vmid: u32) -> String {
    format!("qmstart {vmid} {node} direttore@pve!bot")
}

/// One that lives keeps its job, however long that takes.
pub fn a_living_worker_keeps_its_job(kind: Kind) {
    let long = 3 * u64::try_from(LEASE.as_millis()).expect("a short time");
    let Some((mut lab, home)) = pair("a living worker", kind, (long, long)) else { return };
    let (mut one, mut other) = (home.chat(None), home.chat(None));
    other.hear("/help");
    one.say(&["/power start db2"]);
    assert_eq!(home.job_end(), JobStatus::Done);
    assert_eq!(home.job().map(|job| job.attempt), Some(1), "it was leased again");
    assert_eq!(lab.tasks(), [started("pve2", 104) + " OK"]);
    other.say(&["/job show J-1"]);
    other.hear("J-1 is done");
    one.leave();
    other.leave();
    home.leave();
}

pub fn a_dead_worker_s_job_is_taken_over(kind: Kind) {
    let Some((mut lab, home)) = pair("a dead worker", kind, (30, 60)) else { return };
    lab.tell("hang after on=\"POST status/start\"");
    let mut one = home.chat(None);
    one.say(&["/power start db2"]);
    lab.strikes();
    let mut other = home.chat(None);
    other.hear("/help");
    one.kill();
    let killed = Instant::now();
    assert_eq!(home.job_end(), JobStatus::Done);
    assert!(killed.elapsed() < LEASE + SLACK, "it took {:?}", killed.elapsed());
    assert_eq!(home.job().map(|job| job.attempt), Some(2));
    assert_eq!(lab.tasks(), [started("pve2", 104) + " OK"]);
    other.hear("J-1: db2 (104) is running");
    other.leave();
    home.leave();
}

/// A worker that was thought dead wakes up, and must not do anything any more.
pub fn a_frozen_worker_s_job_is_taken_over(kind: Kind) {
    let long = 4 * u64::try_from(LEASE.as_millis()).expect("a short time");
    let Some((mut lab, home)) = pair("a frozen worker", kind, (long, long)) else { return };
    let mut one = home.chat(None);
    one.say(&["/power start db2"]);
    until("the task runs", || (lab.tasks() == [started("pve2", 104)]).then_some(()));
    // Frozen in the middle of a transaction it would hold on to the database itself, not only to the job.
    until("it is frozen between two heartbeats", || {
        one.freeze();
        home.is_unlocked().then_some(()).or_else(|| {
            one.thaw();
            None
        })
    });
    let mut other = home.chat(None);
    other.hear("/help");
    until("the job is taken over", || home.job().filter(|job| job.attempt == 2).map(drop));
    one.thaw();
    assert_eq!(home.job_end(), JobStatus::Done);
    assert_eq!(home.job().map(|job| job.attempt), Some(2), "it went back and forth");
    assert_eq!(lab.tasks(), [started("pve2", 104) + " OK"]);
    one.say(&["/job show J-1"]);
    one.hear("J-1 is done");
    one.leave();
    other.say(&["/job show J-1"]);
    other.hear("J-1 is done");
    other.leave();
    home.leave();
}

/// Many jobs at once, and each is done by one of them.
pub fn two_workers_share_the_queue(kind: Kind) {
    const STOPPED: [(u32, &str, &str); 5] = [
        (104, "pve2", "db2"),
        (118, "pve1", "build-arm"),
        (120, "pve3", "bgp-lab-2"),
        (124, "pve1", "k8s-node3"),
        (126, "pve3", "bob-dev"),
    ];
    let Some((mut lab, home)) = pair("a shared queue", kind, (30, 60)) else { return };
    let (mut one, mut other) = (home.chat(None), home.chat(None));
    one.hear("/help");
    other.hear("/help");
    let names = STOPPED.map(|(_, _, name)| name);
    let line = format!("/power start {}", names.join(" "));
    // Said to both: of two jobs of one guest the second finds that nothing is left to be done.
    one.say(&[&line]);
    other.say(&[&line]);
    let mut expected: Vec<String> = STOPPED.iter().map(|(vmid, node, _)| started(node, *vmid) + " OK").collect();
    expected.sort();
    until("all guests run", || (lab.tasks().len() >= names.len() && lab.is_quiet()).then_some(()));
    one.leave();
    other.leave();
    assert_eq!(lab.tasks(), expected);
    home.leave();
}
