//! Connections that break, hosts that are gone, answers that do not come.

use super::{
    super::Error,
    server::{Reply, Server, data, nobody, phrase},
    *,
};
use direttore_domain::{GuestKind, Power};

const VERSION: &str = r#"{"version":"9.2.3","release":"9.2"}"#;

async fn start(lab: &Proxmox) -> Result<direttore_domain::Upid, Error> {
    lab.power(&guest(GuestKind::Vm, 100), Power::Start, None).await
}

fn upid() -> Reply {
    data(&format!("{UPID:?}"))
}

#[tokio::test]
async fn a_read_is_repeated_once_over_a_new_connection() {
    let server = Server::scripted(&[Reply::Drop, data(VERSION)]).await;
    client(&[&server]).version().await.expect("the second time");
    let connections: Vec<_> = server.seen().iter().map(|s| s.connection).collect();
    assert_eq!(connections, [1, 2]);

    let server = Server::scripted(&[Reply::Drop]).await;
    let error = client(&[&server]).version().await.expect_err("never an answer");
    assert!(matches!(&error, Error::Dropped { host, .. } if *host == server.name()), "{error:?}");
    assert_eq!(server.seen().len(), 2);
}

#[tokio::test]
async fn a_body_that_breaks_off_is_a_lost_answer() {
    let half = b"HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n{\"data\":{".to_vec();
    let server = Server::scripted(&[Reply::Raw(half.clone()), data(VERSION)]).await;
    client(&[&server]).version().await.expect("the second time");

    let server = Server::scripted(&[Reply::Raw(half)]).await;
    let error = start(&client(&[&server])).await.expect_err("half an answer");
    assert!(matches!(error, Error::Dropped { .. }) && error.may_have_been_done(), "{error:?}");
    assert_eq!(server.seen().len(), 1);
}

#[tokio::test]
async fn a_write_that_left_is_never_sent_again() {
    let (first, second) = (Server::scripted(&[Reply::Drop]).await, Server::start(|_| upid()).await);
    let error = start(&client(&[&first, &second])).await.expect_err("no answer");
    assert!(error.may_have_been_done(), "{error:?}");
    assert_eq!((first.seen().len(), second.seen().len()), (1, 0));

    let first = Server::scripted(&[phrase("596 Connection timed out")]).await;
    let error = start(&client(&[&first, &second])).await.expect_err("no answer");
    assert!(error.may_have_been_done(), "{error:?}");
    assert_eq!((first.seen().len(), second.seen().len()), (1, 0));
}

#[tokio::test]
async fn a_write_goes_to_the_next_host_when_nobody_listens() {
    let (gone, there) = (nobody().await, Server::start(|_| upid()).await);
    start(&client(&[&gone, &there])).await.expect("the other host takes it");
    assert_eq!(there.seen().len(), 1);
}

#[tokio::test]
async fn a_write_never_uses_a_connection_that_may_have_been_closed() {
    let server = Server::start(|seen| if seen.method == "GET" { data(VERSION) } else { upid() }).await;
    let lab = client(&[&server]);
    lab.version().await.expect("an answer");
    lab.version().await.expect("an answer");
    start(&lab).await.expect("a task");
    start(&lab).await.expect("a task");
    let connections: Vec<_> = server.seen().iter().map(|s| s.connection).collect();
    assert_eq!(connections, [1, 1, 2, 3]);
}

#[tokio::test]
async fn a_host_that_answered_is_asked_first_and_one_that_failed_last() {
    let (shaky, steady) = (
        Server::scripted(&[Reply::Drop, Reply::Drop, data(VERSION)]).await,
        Server::start(|seen| if seen.method == "GET" { data(VERSION) } else { upid() }).await,
    );
    let lab = client(&[&shaky, &steady]);
    lab.version().await.expect("from the other host");
    lab.version().await.expect("from the other host");
    start(&lab).await.expect("from the other host");
    assert_eq!((shaky.seen().len(), steady.seen().len()), (2, 3));
}

#[tokio::test]
async fn a_read_that_cannot_be_forwarded_is_tried_from_another_host() {
    let (first, second) =
        (Server::scripted(&[phrase("595 Connection refused")]).await, Server::start(|_| data(VERSION)).await);
    client(&[&first, &second]).version().await.expect("from the other host");
    let both = [&first, &Server::scripted(&[phrase("595 No route to host")]).await];
    let error = client(&both).version().await.expect_err("from neither");
    assert!(matches!(error, Error::Unavailable { status: 595, .. }), "{error:?}");
}

#[tokio::test]
async fn hosts_that_cannot_be_reached_are_all_named() {
    let (one, two) = (nobody().await, nobody().await);
    let error = start(&client(&[&one, &two])).await.expect_err("nobody there");
    let Error::Unreachable { host, why } = &error else { panic!("{error:?}") };
    assert_eq!(*host, format!("{} and {}", one.name(), two.name()));
    assert_eq!(why, "Connection refused");
    assert!(error.is_temporary() && !error.may_have_been_done());
}

#[tokio::test]
async fn silence_ends_in_time() {
    let server = Server::scripted(&[Reply::Hang]).await;
    let timeouts = Timeouts { read: Duration::from_millis(100), write: Duration::from_millis(150), ..TIMEOUTS };
    let lab = Proxmox::new(Settings { timeouts, ..settings(&[&server], token()) }).expect("valid");
    let error = lab.version().await.expect_err("silence");
    assert_eq!(error, Error::TimedOut { host: server.name(), after: timeouts.read });
    let error = start(&lab).await.expect_err("silence");
    assert_eq!(error, Error::TimedOut { host: server.name(), after: timeouts.write });
    assert!(error.may_have_been_done());
    assert!(server.seen().len() <= 2, "nothing is sent again");
}

#[tokio::test]
async fn a_flood_is_not_read_to_its_end() {
    let answer = |size: usize| {
        let mut body = br#"{"data":{"version":"9.2.3","x":""#.to_vec();
        body.resize(size, b'x');
        body.extend(br#""}}"#);
        Reply::Answer("200 OK", body)
    };
    let server = Server::scripted(&[answer(1 << 20), answer((64 << 20) + 1)]).await;
    let lab = client(&[&server]);
    lab.version().await.expect("a megabyte is fine");
    let error = lab.version().await.expect_err("too much");
    assert_eq!(error, Error::Garbage { why: "it is larger than 64 MiB".into() });
}
