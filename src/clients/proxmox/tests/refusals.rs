//! Answers that say no, or nothing that makes sense.

use super::{
    super::{Error, Missing},
    server::{Reply, Server, data, phrase},
    *,
};
use direttore_domain::{GuestKind, Power};

/// The error of one read that is answered so.
async fn read_error(reply: Reply) -> Error {
    let server = Server::scripted(&[reply]).await;
    client(&[&server]).guest_now(&guest(GuestKind::Vm, 100)).await.expect_err("no answer to be pleased with")
}

async fn power_error(kind: GuestKind, power: Power, reply: Reply) -> Error {
    let server = Server::scripted(&[reply]).await;
    let error = client(&[&server]).power(&guest(kind, 100), power, None).await.expect_err("refused");
    assert_eq!(server.seen().len(), 1, "a write is never repeated");
    error
}

#[tokio::test]
async fn the_message_is_in_the_reason_phrase() {
    let error = read_error(phrase("500 VM is locked (backup)")).await;
    assert_eq!(error, Error::Locked { why: "VM is locked (backup)".into() });
    let error = read_error(phrase("500 Configuration file 'nodes/pve1/qemu-server/100.conf' does not exist")).await;
    assert!(matches!(error, Error::NotFound { what: Missing::Guest, .. }), "{error:?}");
    let error = read_error(phrase("403 Permission check failed (/vms/100, VM.Audit)")).await;
    let (privilege, path) = (Some("VM.Audit".into()), Some("/vms/100".into()));
    assert_eq!(error, Error::Denied { privilege, path, why: "Permission check failed (/vms/100, VM.Audit)".into() });
}

#[tokio::test]
async fn newer_versions_say_it_in_the_body_too() {
    let body = br#"{"data":null,"message":"Parameter verification failed.\n","errors":{"vmid":"too \u001bsmall\n"}}"#;
    let error = read_error(Reply::Answer("400 Parameter verification failed.", body.to_vec())).await;
    let Error::Refused { status: 400, errors, .. } = &error else { panic!("{error:?}") };
    assert_eq!(errors.get("vmid").map(String::as_str), Some("too \\u{1b}small"));
    assert_eq!(error.to_string(), "refused: Parameter verification failed (vmid: too \\u{1b}small)");
}

#[tokio::test]
async fn a_refused_token_has_no_body() {
    let error = read_error(Reply::Answer("401 Authentication failed!", Vec::new())).await;
    assert_eq!(error, Error::Credentials { why: "Authentication failed!".into() });
    let error = read_error(Reply::Answer("401 Unauthorized", Vec::new())).await;
    assert_eq!(error, Error::Credentials { why: "Unauthorized".into() });
}

#[tokio::test]
async fn what_is_forwarded_and_lost_may_have_been_done() {
    let start = |reply| power_error(GuestKind::Vm, Power::Start, reply);
    let not_sent = start(phrase("595 No route to host")).await;
    assert!(!not_sent.may_have_been_done() && not_sent.is_temporary(), "{not_sent:?}");
    let lost = start(phrase("596 Connection timed out")).await;
    assert_eq!(lost, Error::Unavailable { status: 596, why: "Connection timed out".into(), in_doubt: true });
    assert!(lost.may_have_been_done());
    let nothing_said = start(Reply::Answer("500 Internal Server Error", Vec::new())).await;
    assert!(nothing_said.may_have_been_done(), "{nothing_said:?}");
    let said = start(phrase("500 storage 'ceph' is not online")).await;
    assert!(!said.may_have_been_done() && !said.is_temporary(), "{said:?}");
}

#[tokio::test]
async fn an_answer_that_is_none_leaves_a_write_in_doubt() {
    for body in ["<html>hello</html>", "", "{\"data\":", r#"{"data":"UPID:nonsense"}"#, r#"{"data":null}"#, "[]"] {
        let reply = Reply::Answer("200 OK", body.into());
        let error = power_error(GuestKind::Vm, Power::Start, reply).await;
        assert!(matches!(error, Error::Garbage { .. }) && error.may_have_been_done(), "{body}: {error:?}");
    }
    let error = read_error(Reply::Answer("200 OK", b"\xff\xfe{".to_vec())).await;
    assert!(matches!(error, Error::Garbage { .. }), "{error:?}");
    let error = read_error(Reply::Raw(b"SSH-2.0-OpenSSH_9\r\n".to_vec())).await;
    assert!(matches!(error, Error::Dropped { .. } | Error::Garbage { .. }), "{error:?}");
}

#[tokio::test]
async fn plain_text_and_markup_and_bytes_are_survived() {
    let error = read_error(Reply::Answer("501 Not Implemented", b"for data too large".to_vec())).await;
    assert_eq!(error.to_string(), "refused: for data too large");
    let error = read_error(Reply::Answer("502 Bad Gateway", b"<html><script>x</script></html>".to_vec())).await;
    assert_eq!(error.to_string(), "not available (502): Bad Gateway");
    let body = b"{\"message\":\"can't \xff\xe2\x80\xae\\u0007 it\\n\"}";
    let head = format!("\r\nContent-Length: {}\r\n\r\n", body.len());
    let raw = [&b"HTTP/1.1 500 can't \xff"[..], head.as_bytes(), body].concat();
    let error = read_error(Reply::Raw(raw)).await;
    assert_eq!(error.to_string(), "refused: can't \u{fffd}\\u{202e}\\u{7} it");
    let broken_off = b"HTTP/1.1 500 VM is locked (clone)\r\nContent-Length: 900\r\n\r\n{\"da".to_vec();
    assert_eq!(read_error(Reply::Raw(broken_off)).await, Error::Locked { why: "VM is locked (clone)".into() });
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let raw = b"HTTP/1.1 308 Permanent Redirect\r\nLocation: https://elsewhere/\r\nContent-Length: 0\r\n\r\n".to_vec();
    let error = power_error(GuestKind::Vm, Power::Start, Reply::Raw(raw)).await;
    assert!(matches!(error, Error::Refused { status: 308, .. }), "{error:?}");
}

#[tokio::test]
async fn our_secret_is_cut_out_of_what_comes_back() {
    let body = br#"{"data":null,"message":"no such token: bot@pve!direttore=5ec2e7-0000"}"#.to_vec();
    let error = read_error(Reply::Answer("500 x", body)).await;
    assert_eq!(error.to_string(), "refused: no such token: bot@pve!direttore=…");
}

#[tokio::test]
async fn already_so_is_told_by_what_was_wanted() {
    for (kind, power, said, is_so) in [
        (GuestKind::Container, Power::Start, "500 CT 100 already running", true),
        (GuestKind::Container, Power::Stop, "500 CT 100 not running", true),
        (GuestKind::Vm, Power::Shutdown, "500 VM 100 not running", true),
        (GuestKind::Vm, Power::Reset, "500 VM 100 not running", false),
        (GuestKind::Vm, Power::Suspend, "500 VM 100 not running", false),
        (GuestKind::Container, Power::Reboot, "500 CT 100 not running", false),
        (GuestKind::Vm, Power::Shutdown, "500 VM is paused - cannot shutdown", false),
    ] {
        let error = power_error(kind, power, phrase(said)).await;
        assert_eq!(matches!(error, Error::AlreadySo { .. }), is_so, "{power}: {error:?}");
        assert!(is_so || matches!(error, Error::Refused { .. }), "{power}: {error:?}");
    }
}

#[tokio::test]
async fn an_unknown_task_is_not_found() {
    let body = br#"{"data":null,"errors":{"upid":"no such task\n"}}"#.to_vec();
    let server = Server::scripted(&[Reply::Answer("400 Parameter verification failed.", body)]).await;
    let error = client(&[&server]).task_state(&UPID.parse().expect("a UPID")).await.expect_err("unknown");
    assert!(matches!(error, Error::NotFound { what: Missing::Task, .. }), "{error:?}");
}

#[tokio::test]
async fn no_agent_means_no_addresses() {
    for said in
        ["500 QEMU guest agent is not running", "500 No QEMU guest agent configured", "500 VM 100 is not running"]
    {
        let server = Server::scripted(&[phrase(said)]).await;
        assert_eq!(client(&[&server]).guest_addresses(&guest(GuestKind::Vm, 100)).await, Ok(vec![]), "{said}");
    }
    let server = Server::scripted(&[phrase("403 Permission check failed (/vms/100, VM.GuestAgent.Audit)")]).await;
    let denied = client(&[&server]).guest_addresses(&guest(GuestKind::Vm, 100)).await;
    assert!(matches!(denied, Err(Error::Denied { .. })), "{denied:?}");
}

#[tokio::test]
async fn a_broken_list_is_not_an_empty_cluster() {
    for body in ["null", "{}", "[1]", "\"\"", r#"[{"type":"qemu"}"#] {
        let server = Server::scripted(&[data(body)]).await;
        let error = client(&[&server]).resources().await;
        assert!(matches!(error, Err(Error::Garbage { .. })), "{body}: {error:?}");
    }
}
