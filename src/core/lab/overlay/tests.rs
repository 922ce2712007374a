use super::*;
use direttore_clients::proxmox::Resources;
use direttore_domain::{GuestKind, Instant as At};

fn list(status: GuestStatus) -> View {
    let guest = Guest {
        cluster: "lab".parse().expect("a name"),
        vmid: vmid(),
        kind: GuestKind::Vm,
        node: "pve1".parse().expect("a name"),
        name: Some("web1".into()),
        status,
        is_template: false,
        cores: 1.0,
        cpu: 0.0,
        memory: 0,
        memory_used: 0,
        disk: 0,
        disk_used: 0,
        uptime: 0,
        pool: None,
        tags: vec![],
        lock: None,
        ha: None,
    };
    View::new(Resources { guests: vec![guest], nodes: vec![], storages: vec![] }, At::EPOCH)
}

fn vmid() -> Vmid {
    Vmid::try_from(101).expect("in range")
}

fn shown(view: &View) -> Option<GuestStatus> {
    view.guest(vmid()).map(|g| g.status)
}

fn now(status: GuestStatus) -> GuestNow {
    GuestNow {
        status,
        name: Some("web1".into()),
        lock: None,
        is_template: false,
        is_ha_managed: false,
        ha_state: None,
        uptime: 1,
        cpu: 0.0,
        cores: 1.0,
        memory: 0,
        memory_used: 0,
        disk: 0,
        disk_used: 0,
        pid: None,
    }
}

#[tokio::test(start_paused = true)]
async fn what_was_seen_lies_over_the_lagging_list_until_the_list_agrees() {
    let mut overlay = Overlay::new(Duration::from_secs(30));
    overlay.lay(vmid(), Some(&now(GuestStatus::Running)));
    let mut lagging = list(GuestStatus::Stopped);
    overlay.settle(&mut lagging);
    assert_eq!(shown(&lagging), Some(GuestStatus::Running));
    overlay.settle(&mut list(GuestStatus::Running));
    let mut later = list(GuestStatus::Stopped);
    overlay.settle(&mut later);
    assert_eq!(shown(&later), Some(GuestStatus::Stopped), "the list agreed before, so it is believed now");
}

#[tokio::test(start_paused = true)]
async fn what_was_seen_is_not_believed_for_ever() {
    let mut overlay = Overlay::new(Duration::from_secs(30));
    overlay.lay(vmid(), None);
    let mut lagging = list(GuestStatus::Running);
    overlay.settle(&mut lagging);
    assert_eq!(shown(&lagging), None, "deleted");
    tokio::time::advance(Duration::from_secs(31)).await;
    let mut later = list(GuestStatus::Running);
    overlay.settle(&mut later);
    assert_eq!(shown(&later), Some(GuestStatus::Running));
}

#[test]
fn a_guest_that_has_moved_is_there_before_the_list_says_so() {
    let (mut overlay, to) = (Overlay::new(Duration::from_secs(30)), "pve2".parse().expect("a name"));
    overlay.lay_on(vmid(), &to, &now(GuestStatus::Running));
    // A later look at it tells no node.
    overlay.lay(vmid(), Some(&now(GuestStatus::Running)));
    let node = |view: &View| view.guest(vmid()).map(|g| g.node.to_string());
    let mut view = list(GuestStatus::Running);
    overlay.settle(&mut view);
    assert_eq!(node(&view).as_deref(), Some("pve2"));
    let mut moved = list(GuestStatus::Running);
    moved.guests = vec![Entry::new(Guest { node: to, ..Guest::clone(&moved.guests[0].guest) })];
    overlay.settle(&mut moved);
    let mut back = list(GuestStatus::Running);
    overlay.settle(&mut back);
    assert_eq!(node(&back).as_deref(), Some("pve1"), "the list has said it: from then on it is right");
}

#[test]
fn a_new_guest_is_there_before_the_list_has_it() {
    let mut overlay = Overlay::new(Duration::from_secs(30));
    let guest = Guest::clone(&list(GuestStatus::Stopped).guests[0].guest);
    overlay.lay_new(guest);
    overlay.lay(vmid(), Some(&now(GuestStatus::Running)));
    let mut empty = View::new(Resources::default(), At::EPOCH);
    overlay.settle(&mut empty);
    assert_eq!(shown(&empty), Some(GuestStatus::Running));
    overlay.lay(vmid(), None);
    let mut empty = View::new(Resources::default(), At::EPOCH);
    overlay.settle(&mut empty);
    assert_eq!(shown(&empty), None, "it was destroyed again");
}
