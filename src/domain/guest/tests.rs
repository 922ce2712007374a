use super::*;
use proptest::prelude::*;

fn guest(vmid: u32, name: &str, node: &str) -> Guest {
    Guest {
        cluster: "lab".parse().expect("a name"),
        vmid: Vmid::try_from(vmid).expect("in range"),
        kind: GuestKind::Vm,
        node: node.parse().expect("a name"),
        name: Some(name.to_owned()),
        status: GuestStatus::Running,
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
    }
}

fn find(given: &str) -> Result<u32, Refusal> {
    let guests = [guest(101, "web1", "pve1"), guest(102, "db1", "pve2"), guest(103, "db1", "pve3")];
    given.parse::<GuestRef>().expect("any short text").find(guests.iter()).map(|g| g.vmid.get())
}

#[test]
fn every_way_to_name_a_guest() {
    for given in ["101", "web1", "WEB1", "pve1/101", "pve1/web1", "web1 (101)", "lab/101", " web1 "] {
        assert_eq!(find(given).expect(given), 101, "{given}");
    }
    assert_eq!(find("pve3/db1").expect("one there"), 103);
}

#[test]
fn a_name_that_several_have_is_asked_about() {
    assert_eq!(find("db1").expect_err("two").code(), "which-guest");
}

#[test]
fn a_slip_gets_the_nearest_name() {
    let refusal = find("wbe1").expect_err("none");
    assert_eq!((refusal.code(), refusal.hint().as_deref()), ("no-such-guest", Some("did you mean web1?")));
}

proptest! {
    #[test]
    fn any_text_is_read_or_refused(given in ".{0,250}") {
        let _ = given.parse::<GuestRef>().map(|r| r.find([guest(100, "a", "n")].iter()).map(|g| g.vmid));
    }
}
