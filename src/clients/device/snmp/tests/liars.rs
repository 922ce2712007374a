//! Agents that go in a circle, stop in the middle, or tell more than anybody wants.

use crate::device::snmp::{Error, Limits, Login, read};
use direttore_domain::device::seen::Seen;
use std::{net::UdpSocket, thread, time::Duration};

const DESCR: [u32; 10] = [1, 3, 6, 1, 2, 1, 2, 2, 1, 2];
const MTU: [u32; 10] = [1, 3, 6, 1, 2, 1, 2, 2, 1, 4];

/// What follows an object: nothing at all, the end, or a row's name and text.
enum Next {
    Silence,
    End,
    Row(Vec<u32>, &'static str),
}

/// The parts of one level: tag and content.
fn parts(mut bytes: &[u8]) -> Vec<(u8, &[u8])> {
    let mut all = Vec::new();
    while let [tag, length, rest @ ..] = bytes {
        let (length, rest) = match length {
            0x81 => (usize::from(rest[0]), &rest[1..]),
            0x82 => (usize::from(rest[0]) * 256 + usize::from(rest[1]), &rest[2..]),
            short => (usize::from(*short), rest),
        };
        all.push((*tag, &rest[..length]));
        bytes = &rest[length..];
    }
    all
}

fn part(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = u16::try_from(content.len()).expect("it is short").to_be_bytes();
    [&[tag, 0x82, length[0], length[1]], content].concat()
}

fn arcs(bytes: &[u8]) -> Vec<u32> {
    let mut all = vec![u32::from(bytes[0] / 40), u32::from(bytes[0] % 40)];
    let mut arc = 0;
    for byte in &bytes[1..] {
        arc = arc << 7 | u32::from(byte & 0x7f);
        if byte & 0x80 == 0 {
            all.push(arc);
            arc = 0;
        }
    }
    all
}

/// Of numbers below 128.
fn oid(arcs: &[u32]) -> Vec<u8> {
    let rest = arcs[2..].iter().map(|arc| u8::try_from(*arc).expect("it is small"));
    let bytes: Vec<u8> =
        std::iter::once(u8::try_from(arcs[0] * 40 + arcs[1]).expect("it is small")).chain(rest).collect();
    part(6, &bytes)
}

/// An agent that answers a request with a few rows, one after another as `next` says. It lives as long as the tests.
fn agent(next: impl Fn(&[u32]) -> Next + Send + 'static) -> u16 {
    let socket = UdpSocket::bind("127.0.0.1:0").expect("a port");
    let port = socket.local_addr().expect("it has one").port();
    thread::spawn(move || {
        let mut buffer = [0; 2048];
        while let Ok((length, from)) = socket.recv_from(&mut buffer) {
            let message = parts(parts(&buffer[..length])[0].1);
            let (kind, pdu) = message[2];
            let fields = parts(pdu);
            let asked = arcs(parts(parts(fields[3].1)[0].1)[0].1);
            let mut rows = Vec::new();
            let mut at = asked.clone();
            // What is asked for by its name is there.
            if kind == 0xa0 {
                rows.push(part(0x30, &[oid(&[1, 3, 6, 1, 2, 1, 1, 2, 0]), part(4, b"x")].concat()));
            }
            let mut is_silent = false;
            while kind != 0xa0 && rows.len() < 4 {
                match next(&at) {
                    Next::Silence => {
                        is_silent = rows.is_empty();
                        break;
                    }
                    Next::End => {
                        let name = part(6, parts(parts(fields[3].1)[0].1)[0].1);
                        rows.push(part(0x30, &[name, part(0x82, &[])].concat()));
                        break;
                    }
                    Next::Row(name, text) => {
                        rows.push(part(0x30, &[oid(&name), part(4, text.as_bytes())].concat()));
                        at = name;
                    }
                }
            }
            if is_silent {
                continue;
            }
            let zero = part(2, &[0]);
            let answer = [part(2, fields[0].1), zero.clone(), zero, part(0x30, &rows.concat())].concat();
            let answer = [part(2, message[0].1), part(4, message[1].1), part(0xa2, &answer)].concat();
            socket.send_to(&part(0x30, &answer), from).expect("loopback takes it");
        }
    });
    port
}

/// `ifDescr` has three rows, and nothing else is there.
fn three(at: &[u32]) -> Next {
    let row = |n: u32| Next::Row([&DESCR[..], &[n]].concat(), "port");
    match at.strip_prefix(&DESCR) {
        Some([]) => row(1),
        Some([n @ 1..=2]) => row(n + 1),
        _ => Next::End,
    }
}

async fn told(port: u16, limits: &Limits) -> Result<Seen, Error> {
    let login = Login::V2c { community: "public".to_owned() };
    read("127.0.0.1", port, &login, limits).await.map(|reading| reading.seen)
}

fn limits() -> Limits {
    Limits { request: Duration::from_millis(500), retries: 0, ..Limits::default() }
}

#[tokio::test]
async fn an_agent_that_goes_in_a_circle_is_left() {
    let round = |at: &[u32]| match at.strip_prefix(&DESCR) {
        Some([3]) => Next::Row([&DESCR[..], &[1]].concat(), "port"),
        _ => three(at),
    };
    let seen = told(agent(round), &limits()).await.expect("it answers");
    assert_eq!(seen.interfaces.len(), 3);
    assert_eq!(seen.notes, ["IfDescr goes in a circle: 3 values were read"]);
}

#[tokio::test]
async fn a_table_that_stops_is_told_and_the_rest_is_read() {
    let stops = |at: &[u32]| match at.strip_prefix(&DESCR) {
        Some([2]) => Next::Silence,
        _ => three(at),
    };
    let seen = told(agent(stops), &limits()).await.expect("it answers");
    assert_eq!(seen.interfaces.len(), 2);
    assert_eq!(seen.notes, ["IfDescr stopped after 2 values: no more answers came"]);
}

#[tokio::test]
async fn a_device_that_goes_away_in_the_middle_is_an_error() {
    let leaves = |at: &[u32]| if at > &MTU[..] { Next::Silence } else { three(at) };
    let error = told(agent(leaves), &limits()).await.expect_err("it went away");
    assert!(matches!(error, Error::NoAnswer { .. }), "{error:?}");
}

#[tokio::test]
async fn a_table_without_an_end_is_cut() {
    let endless = |at: &[u32]| match at.strip_prefix(&DESCR) {
        Some([]) => Next::Row([&DESCR[..], &[1]].concat(), "port"),
        Some(index) => {
            // 1, 2, …, 100, 100.1, …: ever further.
            let mut next = index.to_vec();
            match next.last_mut() {
                Some(last) if *last < 100 => *last += 1,
                _ => next.push(1),
            }
            Next::Row([&DESCR[..], &next].concat(), "port")
        }
        None => three(at),
    };
    let few = Limits { table: 50, ..limits() };
    let seen = told(agent(endless), &few).await.expect("it answers");
    assert_eq!(seen.interfaces.len(), 50);
    assert_eq!(seen.notes, ["IfDescr has more than 50 values: the rest was not read"]);
}
