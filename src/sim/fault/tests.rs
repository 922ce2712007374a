//! Every form of the grammar, and what is wrong with it.

use super::*;

#[test]
fn every_form_is_understood() {
    let fault = |strike, method: Option<&str>, path: Option<&str>, is_after, times| {
        Told::Strike(Fault { strike, method: method.map(Into::into), path: path.map(Into::into), is_after, times })
    };
    let guest = |change| Told::Guest { vmid: 101, change };
    let cases = [
        ("pve1 offline", Told::Node { node: "pve1".into(), is_online: false }),
        ("pve1 latency=2s", Told::Latency { node: Some("pve1".into()), wait: Duration::from_secs(2) }),
        ("all latency=0s", Told::Latency { node: None, wait: Duration::ZERO }),
        (
            "pve1 fail=clone times=2 text='no space'",
            Told::FailTasks {
                node: Some("pve1".into()),
                word: "clone".into(),
                text: Some("no space".into()),
                times: Some(2),
            },
        ),
        (
            "status=596 on=\"POST status/start\" after",
            fault(Strike::Status(596), Some("POST"), Some("status/start"), true, Some(1)),
        ),
        ("drop on=GET times=always", fault(Strike::Drop, Some("GET"), None, false, None)),
        ("hang on=/version", fault(Strike::Hang, None, Some("/version"), false, Some(1))),
        ("garbage", fault(Strike::Garbage, None, None, false, Some(1))),
        ("token revoked", Told::Token { is_revoked: true }),
        ("guest 101 lock=backup", guest(GuestChange::Lock("backup".into()))),
        ("guest 101 name=a \\u{1b}[31m \"b\"", guest(GuestChange::Name("a \u{1b}[31m \"b\"".into()))),
        ("guest 101 gone", guest(GuestChange::Gone)),
        ("guest 101 agent=off", guest(GuestChange::Agent(false))),
        ("guest 101 seen=2001:db8::7", guest(GuestChange::Seen("2001:db8::7".parse().expect("an address")))),
        ("vmid 137 taken", Told::Taken { vmid: 137 }),
        (
            "vmid next taken on=\"POST clone\" times=2",
            fault(Strike::Taken, Some("POST"), Some("clone"), false, Some(2)),
        ),
        (
            "pve1 storage=local-lvm full",
            Told::Full { node: Some("pve1".into()), storage: "local-lvm".into(), is_full: true },
        ),
        ("all storage=local room", Told::Full { node: None, storage: "local".into(), is_full: false }),
        (
            "storage local content=iso,backup",
            Told::Content { storage: "local".into(), content: vec!["iso".into(), "backup".into()] },
        ),
        (
            "pve1 bridge=vmbr2 aware",
            Told::Bridge { node: Some("pve1".into()), bridge: "vmbr2".into(), becomes: Some(true) },
        ),
        ("all bridge=vmbr1 gone", Told::Bridge { node: None, bridge: "vmbr1".into(), becomes: None }),
        ("all volume=local:iso/a.iso gone", Told::VolumeGone { node: None, volid: "local:iso/a.iso".into() }),
        ("clear", Told::Clear),
    ];
    for (line, told) in cases {
        assert_eq!(parse(line), Ok(told), "{line}");
    }
}

#[test]
fn what_is_wrong_is_answered_with_what_is_right() {
    for line in [
        "",
        "pve1",
        "pve1 sleep",
        "status=abc",
        "drop sometimes",
        "guest x gone",
        "guest 101 lock=",
        "pve1 latency=2",
        "pve1 fail=",
        "drop times=0",
        "guest 101 name=\\u{zz}",
        "status=596 on=\"open",
        "vmid x taken",
        "vmid next taken sometimes",
        "vmid next taken after",
        "pve1 storage=local empty",
        "pve1 bridge=vmbr0 wide",
        "pve1 volume= gone",
        "storage local iso",
        "guest 101 seen=10.0.10",
        "guest 101 agent=maybe",
    ] {
        let why = parse(line).expect_err(line);
        assert!(!why.is_empty() && !why.contains('\n'), "{line}: {why}");
    }
}
