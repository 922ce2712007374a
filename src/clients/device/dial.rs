//! A TCP connection to a name: every address is tried, those of IPv6 first.

use super::{
    error::{Error, Phase},
    limits::Deadline,
};
use crate::said::tidy;
use std::{
    io,
    net::{SocketAddr, TcpStream, ToSocketAddrs},
    time::Duration,
};

/// `each` is for one address, `whole` for all of them.
pub(super) fn dial(host: &str, port: u16, each: Duration, whole: Deadline) -> Result<TcpStream, Error> {
    let addresses = resolve(host, port)?;
    let mut failed = Vec::new();
    for address in &addresses {
        let deadline = whole.within(Phase::Connect, each);
        match TcpStream::connect_timeout(address, deadline.left()?) {
            Ok(socket) => {
                // A keystroke is a packet: waiting for more to send would only be slow.
                socket
                    .set_nodelay(true)
                    .map_err(|e| Error::Unreachable { host: host.to_owned(), why: tidy(&e.to_string()) })?;
                return Ok(socket);
            }
            Err(e) => failed.push((*address, e, deadline.error())),
        }
    }
    Err(why(host, port, failed))
}

fn resolve(host: &str, port: u16) -> Result<Vec<SocketAddr>, Error> {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    let none = |why: String| Error::NoSuchName { host: host.to_owned(), why };
    let found = (bare, port).to_socket_addrs().map_err(|e| none(tidy(&e.to_string())))?;
    let (mut first, rest): (Vec<_>, Vec<_>) = found.partition(SocketAddr::is_ipv6);
    first.extend(rest);
    first.dedup();
    if first.is_empty() { Err(none("the name service knows none".to_owned())) } else { Ok(first) }
}

/// One error for all addresses: that which all had, else all of them.
fn why(host: &str, port: u16, mut failed: Vec<(SocketAddr, io::Error, Error)>) -> Error {
    let all = |kind: io::ErrorKind| failed.iter().all(|(_, e, _)| e.kind() == kind);
    if all(io::ErrorKind::ConnectionRefused) {
        return Error::Refused { host: host.to_owned(), port };
    }
    if all(io::ErrorKind::TimedOut)
        && let Some((_, _, late)) = failed.pop()
    {
        return late;
    }
    let each: Vec<String> =
        failed.iter().map(|(address, e, _)| format!("{}: {}", address.ip(), tidy(&e.to_string()))).collect();
    Error::Unreachable { host: host.to_owned(), why: each.join("; ") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::TcpListener;

    fn soon() -> Deadline {
        Deadline::after(Phase::Session, Duration::from_secs(5))
    }

    #[test]
    fn each_address_of_a_name_is_tried() {
        // The name is for both families, the listener on one of them.
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
        let port = listener.local_addr().expect("it is bound").port();
        let socket = dial("localhost", port, Duration::from_secs(2), soon()).expect("one of them answers");
        assert!(socket.peer_addr().expect("it is connected").is_ipv4());
    }

    #[test]
    fn nobody_listening_is_told_from_nobody_there() {
        let port = TcpListener::bind("127.0.0.1:0").and_then(|l| l.local_addr()).expect("a port is free").port();
        let refused = dial("127.0.0.1", port, Duration::from_secs(2), soon());
        assert_eq!(refused.map(drop), Err(Error::Refused { host: "127.0.0.1".to_owned(), port }));
        let nobody = dial("no-such-name.invalid", 22, Duration::from_secs(2), soon()).map(drop);
        assert!(matches!(nobody, Err(Error::NoSuchName { .. })), "{nobody:?}");
    }

    #[test]
    fn a_host_that_does_not_answer_in_time_is_told_so() {
        let past = Deadline::after(Phase::Session, Duration::ZERO);
        let late = dial("127.0.0.1", 22, Duration::from_secs(2), past).map(drop);
        assert_eq!(late, Err(Error::TimedOut { phase: Phase::Session, after: Duration::ZERO }));
    }
}
