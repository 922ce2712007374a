//! What is left over, and what only looks so.

use super::*;
use crate::ipam::records::tests::{reference, vm};
use direttore_clients::netbox::Assigned;

const NOW: Instant = Instant(1_772_283_900_000);

fn around(status: Option<JobStatus>) -> Around {
    Around {
        marks: Marks::default(),
        jobs: status.map(|status| (JobId(5), Taker { status, ended: Some(NOW) })).into_iter().collect(),
        gone: HashSet::from([66]),
        guests: HashSet::from(["web1".to_owned()]),
        is_whole: true,
    }
}

fn address(description: &str, on: Option<(&str, u64)>) -> Address {
    Address {
        id: 1,
        address: "10.0.10.5/24".parse().expect("an address"),
        vrf: None,
        status: "active".to_owned(),
        role: None,
        dns_name: String::new(),
        description: description.to_owned(),
        assigned: on.map(|(kind, parent)| Assigned {
            object_type: kind.to_owned(),
            object_id: 9,
            name: "net0".to_owned(),
            parent: Some(reference(parent, "gone1")),
        }),
        tags: vec![],
        custom: serde_json::Map::new(),
    }
}

fn told(left: Option<Leftover>) -> String {
    left.map_or_else(|| "-".to_owned(), |l| format!("{}{}", l.why, if l.can_release { " (release)" } else { "" }))
}

const GONE: &str = "db9, for alice direttore:J-5/nic1/ipv4";
const LIVES: &str = "Web1, for alice direttore:J-5/nic1/ipv4";
const ALONE: &str = "for alice: printer direttore:J-5/address1";

#[test]
fn addresses_by_their_job() {
    use JobStatus::{Cancelled, Done, Failed, Queued, Running, Stuck};
    let mut out = String::new();
    for status in [None, Some(Queued), Some(Running), Some(Stuck), Some(Failed), Some(Cancelled), Some(Done)] {
        let around = around(status);
        let row = |description| told(around.address(&address(description, None)));
        let status = status.map_or("unknown", JobStatus::as_str);
        out += &format!("{status}: {} | {} | {}\n", row(GONE), row(LIVES), row(ALONE));
    }
    insta::assert_snapshot!(out, @"
    unknown: J-5 is not known here (release) | on no interface, but the guest web1 is there | J-5 is not known here (release)
    queued: - | - | -
    running: - | - | -
    stuck: - | - | -
    failed: J-5 failed (release) | on no interface, but the guest web1 is there | J-5 failed (release)
    cancelled: J-5 was cancelled (release) | on no interface, but the guest web1 is there | J-5 was cancelled (release)
    done: the guest db9 is gone (release) | on no interface, but the guest web1 is there | -
    ");
}

#[test]
fn addresses_on_something() {
    let around = around(Some(JobStatus::Done));
    let on = |kind, parent| told(around.address(&address(GONE, Some((kind, parent)))));
    assert_eq!(on("virtualization.vminterface", 66), "its guest is gone (release)");
    assert_eq!(on("virtualization.vminterface", 67), "-");
    // A device of the number that a VM has.
    assert_eq!(on("dcim.interface", 66), "-");
    assert_eq!(told(around.address(&address("the router", None))), "-");
}

#[test]
fn nobody_says_gone_of_what_cannot_be_seen() {
    let around = Around { is_whole: false, ..around(Some(JobStatus::Done)) };
    assert_eq!(told(around.address(&address(GONE, None))), "-");
    let unknown = Around { is_whole: false, jobs: HashMap::new(), ..Around::default() };
    assert_eq!(told(unknown.address(&address(ALONE, None))), "J-5 is not known here (release)");
}

#[test]
fn holds_and_vms() {
    let hold = |job| AddressHold {
        vrf: 3,
        address: [10, 0, 10, 5].into(),
        mark: "direttore:J-5/nic1/ipv4".to_owned(),
        job,
        created: NOW,
    };
    let of = |status, job, is_there| told(around(status).hold(&hold(job), is_there));
    assert_eq!(of(Some(JobStatus::Running), Some(JobId(5)), false), "-");
    assert_eq!(of(Some(JobStatus::Done), Some(JobId(5)), true), "-");
    assert_eq!(of(Some(JobStatus::Failed), Some(JobId(5)), false), "J-5 failed; not in NetBox");
    assert_eq!(of(None, None, false), "its job is not known here; not in NetBox");
    let mut row = vm(66, "gone1", "lab");
    let of = |status, row: &Vm| told(around(status).vm(row));
    assert_eq!(of(Some(JobStatus::Done), &row), "-");
    row.description = "direttore:J-5".to_owned();
    assert_eq!(of(Some(JobStatus::Done), &row), "its guest is gone");
    assert_eq!(of(Some(JobStatus::Running), &row), "-");
    row.id = 67;
    assert_eq!(of(Some(JobStatus::Done), &row), "-");
}
