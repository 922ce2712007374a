//! Connections that break, servers that are gone, answers that do not come.

use super::*;
use crate::{
    netbox::{Error, NewAddress, Source},
    server_for_tests::nobody,
};

fn status() -> Reply {
    ok(&json!({"netbox-version": "4.6.8", "rq-workers-running": 1}))
}

fn address() -> Reply {
    answer(
        "201 Created",
        &json!({"id": 5, "address": "10.0.10.5/24", "status": {"value": "active", "label": "Active"}}),
    )
}

async fn take(netbox: &NetBox) -> Result<(), Error> {
    netbox.take_next(Source::Prefix(2), &NewAddress::default()).await.map(drop)
}

#[tokio::test]
async fn a_read_is_repeated_once_over_a_new_connection() {
    let server = Server::scripted(&[Reply::Drop, status()]).await;
    client(&server).status().await.expect("the second time");
    let connections: Vec<_> = server.seen().iter().map(|s| s.connection).collect();
    assert_eq!(connections, [1, 2]);

    let server = Server::scripted(&[Reply::Drop]).await;
    let error = client(&server).status().await.expect_err("never an answer");
    assert!(matches!(&error, Error::Dropped { host, .. } if *host == server.name()), "{error:?}");
    assert_eq!(server.seen().len(), 2);
}

#[tokio::test]
async fn a_connection_that_closes_between_two_reads_costs_one_more() {
    let server = Server::scripted(&[status(), Reply::Drop, status()]).await;
    let netbox = client(&server);
    netbox.status().await.expect("an answer");
    netbox.status().await.expect("the second time");
    let connections: Vec<_> = server.seen().iter().map(|s| s.connection).collect();
    assert_eq!(connections, [1, 1, 2]);
}

#[tokio::test]
async fn a_write_that_left_is_never_sent_again() {
    let half = b"HTTP/1.1 201 Created\r\nContent-Length: 900\r\n\r\n{\"id\":".to_vec();
    for reply in [Reply::Drop, Reply::Raw(half), Reply::Raw(b"nonsense\r\n\r\n".to_vec())] {
        let server = Server::scripted(&[reply, address()]).await;
        let error = take(&client(&server)).await.expect_err("no answer");
        assert!(matches!(error, Error::Dropped { .. }) && error.may_have_been_done(), "{error:?}");
        assert_eq!(server.seen().len(), 1);
    }
}

#[tokio::test]
async fn a_write_never_uses_a_connection_that_may_have_been_closed() {
    let server = Server::start(|seen| if seen.method == "GET" { status() } else { address() }).await;
    let netbox = client(&server);
    netbox.status().await.expect("an answer");
    netbox.status().await.expect("an answer");
    take(&netbox).await.expect("an address");
    take(&netbox).await.expect("an address");
    let connections: Vec<_> = server.seen().iter().map(|s| s.connection).collect();
    assert_eq!(connections, [1, 1, 2, 3]);
}

#[tokio::test]
async fn nobody_there_is_no_doubt() {
    let server = nobody().await;
    for error in
        [client(&server).status().await.expect_err("nobody"), take(&client(&server)).await.expect_err("nobody")]
    {
        assert_eq!(error, Error::Unreachable { host: server.name(), why: "Connection refused".into() });
        assert!(error.is_temporary() && !error.may_have_been_done());
    }
}

#[tokio::test]
async fn silence_ends_in_time() {
    let server = Server::scripted(&[Reply::Hang]).await;
    let timeouts = Timeouts { read: Duration::from_millis(100), write: Duration::from_millis(150), ..TIMEOUTS };
    let netbox = NetBox::new(Settings { timeouts, ..settings(&server) }).expect("valid");
    let error = netbox.status().await.expect_err("silence");
    assert_eq!(error, Error::TimedOut { host: server.name(), after: timeouts.read });
    let error = take(&netbox).await.expect_err("silence");
    assert_eq!(error, Error::TimedOut { host: server.name(), after: timeouts.write });
    assert!(error.may_have_been_done());
    assert!(server.seen().len() <= 2, "nothing is sent again");
}

#[tokio::test]
async fn an_answer_that_is_none_leaves_a_write_in_doubt() {
    let html = |title: &str| {
        let kind = vec![("content-type", "text/html".to_owned())];
        Reply::Headed("200 OK", kind, format!("<html><head><title>\n {title} </title>").into_bytes())
    };
    for (reply, said) in [
        (html("Log in &amp; go"), "it is a web page titled \"Log in & go\""),
        (html(""), "it is a web page"),
        (ok(&json!("fine")), "the IP address should be an object"),
        (ok(&json!({"id": 5})), "the IP address 5 has no address that makes sense"),
        (ok(&json!({"id": 5, "address": "10.0.0.999/24"})), "the IP address 5 has no address that makes sense"),
        (Reply::Headed("200 OK", vec![], b"{\"id\": 5".to_vec()), "it ends too early"),
        (Reply::Headed("200 OK", vec![], vec![0xff, 0xfe]), "it is no JSON"),
        (Reply::Headed("200 OK", vec![], Vec::new()), "it ends too early"),
    ] {
        let server = Server::scripted(&[reply]).await;
        let error = take(&client(&server)).await.expect_err("no answer");
        assert_eq!(error, Error::Garbage { why: said.to_owned() });
        assert!(error.may_have_been_done());
    }
}
