//! Something flaps, fills up and goes away: when that is an alert, and when it is over.

use super::*;
use direttore_clients::proxmox::{Exit, Resources};
use direttore_domain::{Node, Storage};

const START: i64 = 1_796_115_600_000;
const MINUTE: Duration = Duration::from_secs(60);

fn at(second: i64) -> Instant {
    Instant(START + second * 1000)
}

fn rules() -> Alerts {
    Alerts {
        drift: true,
        node_offline: MINUTE,
        storage: 90,
        storage_back: 85,
        backup_failed: true,
        overrun: MINUTE,
        ..Alerts::default()
    }
}

fn lab() -> ClusterName {
    "lab".parse().expect("a name")
}

fn node(status: NodeStatus) -> Node {
    Node {
        cluster: lab(),
        name: "pve1".parse().expect("a name"),
        status,
        cores: None,
        cpu: None,
        memory: None,
        memory_used: None,
        disk: None,
        disk_used: None,
        uptime: None,
    }
}

fn storage(node: &str, name: &str, used: u64, is_shared: bool) -> Storage {
    Storage {
        cluster: lab(),
        node: node.parse().expect("a name"),
        name: name.parse().expect("a name"),
        plugin: "dir".to_owned(),
        is_available: true,
        is_shared,
        content: vec![],
        size: 1000,
        used,
    }
}

fn look(nodes: Vec<Node>, storages: Vec<Storage>) -> Look {
    let mut look = Look::default();
    let seen = View::new(Resources { nodes, storages, ..Resources::default() }, at(0));
    view(&mut look, &lab(), &seen, &rules());
    look
}

/// Looks at the seconds given; gives what was reported and when.
fn story(looks: impl IntoIterator<Item = (i64, Level)>, wait: Duration) -> Vec<(i64, Said)> {
    let (mut is_firing, mut waits, mut told) = (false, None, Vec::new());
    for (second, level) in looks {
        let seen = Seen { report: Report::new("x", "x", Said::Firing), level, wait };
        let (said, after) = step(&seen, is_firing, waits, at(second));
        waits = after;
        if let Some(said) = said {
            is_firing = said == Said::Firing;
            told.push((second, said));
        }
    }
    told
}

#[test]
fn what_flaps_is_told_once_it_stays() {
    use Level::{Bad, Between, Good};
    use Said::{Firing, Resolved};
    for (looks, told) in [
        (vec![(0, Bad), (30, Bad), (60, Bad), (90, Bad)], vec![(60, Firing)]),
        // It comes back for a moment: from there it counts anew.
        (vec![(0, Bad), (59, Bad), (60, Good), (61, Bad), (120, Bad), (121, Bad)], vec![(121, Firing)]),
        (vec![(0, Bad), (30, Between), (60, Bad), (119, Bad), (120, Bad)], vec![(120, Firing)]),
        // Back, but not for long; then for good.
        (
            vec![(0, Bad), (60, Bad), (70, Good), (100, Bad), (110, Good), (169, Good), (170, Good), (300, Good)],
            vec![(60, Firing), (170, Resolved)],
        ),
        (
            vec![(0, Bad), (60, Bad), (70, Good), (130, Between), (140, Good), (200, Good)],
            vec![(60, Firing), (200, Resolved)],
        ),
        // Nobody looked for a long time; what is kept from before counts.
        (vec![(0, Bad), (7200, Bad)], vec![(7200, Firing)]),
        (vec![(0, Good), (100, Between), (200, Good)], vec![]),
        // The clock goes back: nothing is over because of it.
        (vec![(100, Bad), (0, Bad), (99, Bad), (160, Bad)], vec![(160, Firing)]),
    ] {
        assert_eq!(story(looks.clone(), MINUTE), told, "{looks:?}");
    }
    assert_eq!(story([(0, Bad), (1, Good)], Duration::ZERO), [(0, Firing), (1, Resolved)]);
}

#[test]
fn a_node_is_bad_while_it_is_offline_and_nobody_knows_of_one_that_joins() {
    for (status, level) in
        [(NodeStatus::Offline, Level::Bad), (NodeStatus::Unknown, Level::Between), (NodeStatus::Online, Level::Good)]
    {
        let look = look(vec![node(status)], vec![]);
        assert_eq!((look.seen[0].level, look.seen[0].wait), (level, MINUTE));
        assert_eq!(look.seen[0].report.fingerprint, "node/lab/pve1");
    }
    let empty = look(vec![], vec![]);
    assert!(empty.is_gone("node/lab/pve1") && !empty.is_gone("node/other/pve1") && !empty.is_gone("job/J-1"));
}

#[test]
fn a_storage_is_full_at_one_mark_and_empty_again_below_another() {
    for (used, level) in [
        (0, Level::Good),
        (849, Level::Good),
        (850, Level::Between),
        (899, Level::Between),
        (900, Level::Bad),
        (1000, Level::Bad),
        (2000, Level::Bad),
    ] {
        assert_eq!(look(vec![], vec![storage("pve1", "local", used, false)]).seen[0].level, level, "{used}");
    }
    let mut unknown = storage("pve1", "local", 950, false);
    unknown.is_available = false;
    assert_eq!(look(vec![], vec![unknown.clone()]).seen[0].level, Level::Between);
    let empty = Storage { size: 0, used: 0, ..storage("pve1", "local", 0, false) };
    assert_eq!(look(vec![], vec![empty]).seen[0].level, Level::Between);
    // A shared one is one, told of by a node that knows it.
    let silent = Storage { is_shared: true, name: "ceph".parse().expect("a name"), ..unknown };
    let shared = look(vec![], vec![silent, storage("pve2", "ceph", 950, true), storage("pve3", "ceph", 950, true)]);
    let told: Vec<_> = shared.seen.iter().map(|s| (s.report.fingerprint.as_str(), s.level)).collect();
    assert_eq!(told, [("storage/lab/shared/ceph", Level::Bad)]);
    assert_eq!(shared.seen[0].report.summary, "ceph is 95 % full");
}

fn task(node: &str, id: &str, ended: i64, exit: Option<Exit>) -> Task {
    let upid = format!("UPID:{node}:00000001:00000001:6A000000:vzdump:{id}:root@pam:").parse().expect("a UPID");
    let state = exit.map_or(TaskState::Running, TaskState::Ended);
    Task { upid, ended: (state != TaskState::Running).then(|| at(ended)), state }
}

fn failed() -> Option<Exit> {
    Some(Exit::Failed("job errors".to_owned()))
}

#[test]
fn the_last_backup_counts_of_each_guest_and_of_each_nodes_jobs() {
    for (tasks, told) in [
        (vec![task("pve1", "101", 5, failed())], vec![("backup/lab/101", Level::Bad)]),
        (
            vec![task("pve1", "101", 5, failed()), task("pve2", "101", 9, Some(Exit::Ok))],
            vec![("backup/lab/101", Level::Good)],
        ),
        (
            vec![task("pve1", "101", 9, failed()), task("pve1", "101", 5, Some(Exit::Ok))],
            vec![("backup/lab/101", Level::Bad)],
        ),
        (vec![task("pve1", "101", 5, failed()), task("pve1", "101", 9, None)], vec![("backup/lab/101", Level::Bad)]),
        (vec![task("pve1", "101", 5, Some(Exit::Warnings(2)))], vec![("backup/lab/101", Level::Good)]),
        (
            vec![
                task("pve1", "", 5, failed()),
                task("pve2", "", 9, Some(Exit::Ok)),
                task("pve1", "101", 9, Some(Exit::Ok)),
            ],
            vec![("backup/lab/101", Level::Good), ("backup/lab/pve1", Level::Bad), ("backup/lab/pve2", Level::Good)],
        ),
        (vec![task("pve1", "102", 5, failed())], vec![]),
    ] {
        let mut look = Look::default();
        backups(&mut look, &lab(), &tasks, |vmid| vmid.get() == 101);
        let seen: Vec<_> = look.seen.iter().map(|s| (s.report.fingerprint.as_str(), s.level)).collect();
        assert_eq!(seen, told, "{tasks:?}");
        assert!(!look.is_gone("backup/lab/101"), "a task that is listed no more says nothing");
    }
}
