//! The world by the clock, which here is an argument.

use super::{LaterWhat, Order, PowerState, Work, World, build};
use crate::Settings;
use std::time::Duration;

const START: u64 = 1_750_000_000_000;

fn world(seconds: u64) -> World {
    let settings =
        Settings { task_time: (Duration::from_secs(seconds), Duration::from_secs(seconds)), ..Settings::default() };
    let mut n = 0;
    let mut secret = || {
        n += 1;
        format!("secret-{n}")
    };
    let mut world = build(&settings, &mut secret, START);
    world.task_time = (seconds * 1000, seconds * 1000);
    world
}

fn order(world: &mut World, vmid: u32, task_type: &str, work: Work, at: u64) -> String {
    let node = world.guests[&vmid].node.clone();
    let (task_type, user) = (task_type.to_owned(), "a@pve".to_owned());
    world.start_task(Order { node, task_type, id: vmid.to_string(), vmid: Some(vmid), user, work }, at)
}

fn exit(world: &World, upid: &str) -> Option<String> {
    world.tasks[world.by_upid[upid]].exit.clone()
}

#[test]
fn power_tasks_of_one_guest_wait_for_each_other() {
    let mut world = world(4);
    let stop = order(&mut world, 101, "qmstop", Work::Stop, START);
    let start = order(&mut world, 101, "qmstart", Work::Start, START + 1000);
    world.settle(START + 4000);
    assert_eq!((exit(&world, &stop).as_deref(), exit(&world, &start)), (Some("OK"), None));
    assert_eq!(world.guests[&101].power, PowerState::Stopped);
    world.settle(START + 8000);
    assert_eq!(exit(&world, &start).as_deref(), Some("OK"));
    assert_eq!((world.guests[&101].power, world.guests[&101].since), (PowerState::Running, START + 8000));
}

#[test]
fn nobody_waits_longer_than_ten_seconds_for_a_guest() {
    let mut world = world(30);
    order(&mut world, 101, "qmshutdown", Work::Shutdown { is_forced: false }, START);
    let stop = order(&mut world, 101, "qmstop", Work::Stop, START + 1000);
    world.settle(START + 10_999);
    assert_eq!(exit(&world, &stop), None);
    world.settle(START + 60_000);
    let text = "can't lock file '/var/lock/qemu-server/lock-101.conf' - got timeout";
    assert_eq!(exit(&world, &stop).as_deref(), Some(text));
}

#[test]
fn a_node_that_dies_ends_its_tasks_and_stops_its_guests() {
    let mut world = world(5);
    let upid = order(
        &mut world,
        101,
        "qmsnapshot",
        Work::Snapshot { name: "ab".into(), description: String::new(), with_memory: false },
        START,
    );
    let node = world.guests[&101].node.clone();
    world
        .later
        .push(super::Later { at: START + 1000, what: LaterWhat::NodeStops { node: node.clone(), comes_back: true } });
    world.settle(START + 2000);
    assert_eq!(exit(&world, &upid).as_deref(), Some("unexpected status"));
    assert_eq!((world.guests[&101].power, &world.guests[&101].lock), (PowerState::Stopped, &None));
    assert!(!world.is_online(&node));
    world.settle(START + 60_000);
    assert!(world.is_online(&node) && world.guests[&101].is_running(), "it comes back, with what starts by itself");
}

/// Many things under way at once, among them what starts other things.
fn busy() -> World {
    let mut world = world(3);
    order(&mut world, 101, "qmreboot", Work::Reboot, START);
    order(
        &mut world,
        101,
        "qmsnapshot",
        Work::Snapshot { name: "ab".into(), description: "x".into(), with_memory: true },
        START + 10,
    );
    order(&mut world, 103, "qmstop", Work::Stop, START + 20);
    order(&mut world, 103, "qmdestroy", Work::Destroy { is_forced: false }, START + 4000);
    let gitlab = world.guests.values_mut().find(|g| g.name() == "gitlab").expect("the HA-managed one");
    gitlab.ha = Some("stopped".into());
    let vmid = gitlab.vmid;
    order(&mut world, vmid, "hastop", Work::AskHa, START + 5000);
    world.later.push(super::Later {
        at: START + 20_000,
        what: LaterWhat::NodeStops { node: "pve2".into(), comes_back: true },
    });
    world
}

#[test]
fn it_does_not_matter_how_often_somebody_looks() {
    let (mut once, mut often) = (busy(), busy());
    once.settle(START + 60_000);
    for step in 0..6000 {
        often.settle(START + step * 10);
    }
    often.settle(START + 60_000);
    assert_eq!(once.view(), often.view());
    assert_eq!(once.tasks_seen(), often.tasks_seen());
}

#[test]
fn a_world_that_was_put_away_goes_on_as_the_other() {
    let (mut kept, mut straight) = (busy(), busy());
    kept.settle(START + 6000);
    let text = serde_json::to_string(&kept).expect("a world is JSON");
    let mut kept: World = serde_json::from_str(&text).expect("and comes back");
    kept.task_time = straight.task_time;
    kept.reindex();
    kept.settle(START + 60_000);
    straight.settle(START + 60_000);
    assert_eq!(kept.view(), straight.view());
    assert_eq!(kept.tasks_seen(), straight.tasks_seen());
}

#[test]
fn the_log_grows_and_ends_with_the_end() {
    let mut world = world(5);
    let upid = order(&mut world, 9000, "qmclone", Work::Clone { newid: 9000 }, START);
    let lines = |world: &World, at: u64| world.tasks[world.by_upid[&upid]].log(at).len();
    let (early, late) = (lines(&world, START), lines(&world, START + 4000));
    assert!(early < late, "{early} {late}");
    world.settle(START + 5000);
    assert_eq!(world.tasks[0].log(START + 5000).last(), Some(&"TASK OK"));
}

#[test]
fn a_backup_locks_all_of_its_guests_or_none() {
    let mut world = world(5);
    let backup = |vmids: &[u32]| {
        let (storage, mode) = ("local".to_owned(), "snapshot".to_owned());
        let vmids = vmids.to_vec();
        Work::Backup(super::Backup { vmids, storage, mode, extension: String::new(), notes: None, is_protected: false })
    };
    world.guests.get_mut(&103).expect("a guest").lock = Some("clone".into());
    let refused = order(&mut world, 101, "vzdump", backup(&[101, 103]), START);
    assert_eq!(exit(&world, &refused).as_deref(), Some("VM is locked (clone)"));
    assert_eq!(world.guests[&101].lock, None);
    order(&mut world, 101, "vzdump", backup(&[101, 102]), START);
    assert_eq!(world.guests[&102].lock.as_deref(), Some("backup"));
    world.interrupt(world.active[0], START + 1000, "received interrupt");
    assert_eq!((&world.guests[&101].lock, &world.guests[&102].lock), (&None, &None));
}
