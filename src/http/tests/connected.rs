//! Many connections, idle ones, and those that do not take what they are told.

use super::*;
use crate::Places;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tokio::net::TcpSocket;

const ALIVE: &[u8] = b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n";

fn places() -> Places {
    // Nothing here waits for a time unless it says so.
    let long = Duration::from_secs(600);
    Places { connections: 8, keep_alive: long, write: long, park: Duration::ZERO }
}

async fn connect(world: &World) -> TcpStream {
    TcpStream::connect(world.server.addr()).await.expect("it listens")
}

/// The head and body of one answer to `GET /healthz`.
async fn answer(stream: &mut TcpStream) -> String {
    let mut told = Vec::new();
    while !told.ends_with(b"}") {
        assert_ne!(stream.read_buf(&mut told).await.expect("it is there"), 0, "it closed: {told:?}");
    }
    String::from_utf8(told).expect("text")
}

async fn is_closed(stream: &mut TcpStream) -> bool {
    let read = stream.read(&mut [0]).await;
    matches!(read, Ok(0) | Err(_))
}

#[tokio::test]
async fn idle_connections_keep_nobody_out() {
    let limit = getrlimit(Resource::Nofile);
    setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, ..limit }).expect("a process may raise it");
    let world = World::placed(Duration::from_secs(5), Places { connections: 2000, ..places() }).await;
    let mut idle = Vec::new();
    for _ in 0..2300 {
        idle.push(connect(&world).await);
    }
    let mut late = connect(&world).await;
    late.write_all(ALIVE).await.expect("it reads");
    assert!(answer(&mut late).await.starts_with("HTTP/1.1 200 "));
    // Who was idle longest made room, in turn.
    let (gone, kept) = idle.split_at_mut(301);
    for stream in gone {
        assert!(is_closed(stream).await);
    }
    for stream in [&mut kept[0], &mut late] {
        stream.write_all(ALIVE).await.expect("it reads");
        assert!(answer(stream).await.starts_with("HTTP/1.1 200 "));
    }
}

#[tokio::test]
async fn who_is_answered_makes_no_room() {
    let world = World::placed(Duration::from_secs(600), Places { connections: 2, ..places() }).await;
    let begun = format!(
        "POST /discord/interactions HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: {}\r\n\r\n",
        PING.len()
    );
    let mut busy = [connect(&world).await, connect(&world).await];
    for stream in &mut busy {
        stream.write_all(begun.as_bytes()).await.expect("it reads");
        // It asks for the body once it is at it.
        let mut go_on = [0; 25];
        stream.read_exact(&mut go_on).await.expect("it goes on");
    }
    let mut third = connect(&world).await;
    third.write_all(ALIVE).await.expect("the system takes it");
    for stream in &mut busy {
        stream.write_all(PING).await.expect("it still reads");
        let mut first = [0; 12];
        stream.read_exact(&mut first).await.expect("it is answered");
        assert_eq!(&first, b"HTTP/1.1 401");
    }
    assert!(answer(&mut third).await.starts_with("HTTP/1.1 200 "));
}

#[tokio::test]
async fn a_connection_that_rested_is_answered_again() {
    let world = World::placed(Duration::from_secs(600), places()).await;
    let mut stream = connect(&world).await;
    // One by one, in pieces, and one with the beginning of the next.
    let (all, half) = (ALIVE.len(), ALIVE.len() / 2);
    let mut ahead = 0;
    for upto in [all, all, all + half, all, all + 1, all] {
        let both = [ALIVE, ALIVE].concat();
        let (first, second) = both[ahead..upto].split_at(3);
        stream.write_all(first).await.expect("it reads");
        tokio::task::yield_now().await;
        stream.write_all(second).await.expect("it reads");
        assert!(answer(&mut stream).await.starts_with("HTTP/1.1 200 "));
        ahead = upto - all;
    }
    world.server.stop().await;
    assert!(is_closed(&mut stream).await);
}

#[tokio::test]
async fn an_idle_connection_is_closed_after_a_while() {
    let short = Duration::from_millis(50);
    let world = World::placed(Duration::from_secs(600), Places { keep_alive: short, ..places() }).await;
    let told = world.told(&[ALIVE]).await;
    assert!(told.starts_with("HTTP/1.1 200 ") && !told.contains("connection: close"), "{told}");
    assert_eq!(world.told(&[]).await, "");
}

#[tokio::test]
async fn who_does_not_take_its_answers_is_given_up() {
    let short = Duration::from_millis(50);
    let world = World::placed(Duration::from_secs(600), Places { write: short, ..places() }).await;
    let socket = TcpSocket::new_v4().expect("a socket");
    socket.set_recv_buffer_size(4096).expect("it is small");
    let mut stream = socket.connect(world.server.addr()).await.expect("it listens");
    // Asked without end, and never read: at last nothing more fits in between.
    let many = ALIVE.repeat(100);
    let ended = tokio::time::timeout(Duration::from_secs(60), async { while stream.write_all(&many).await.is_ok() {} });
    ended.await.expect("it is closed");
    let mut other = connect(&world).await;
    other.write_all(ALIVE).await.expect("it reads");
    assert!(answer(&mut other).await.starts_with("HTTP/1.1 200 "));
}
