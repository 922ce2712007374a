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
    ] {
        let why = parse(line).expect_err(line);
        assert!(!why.is_empty() && !why.contains('\n'), "{line}: {why}");
    }
}
