//! One connection: at rest between requests, answered, ended.
//!
//! At rest it costs little: what reads and writes HTTP, with its buffers, is there only while something is asked, and for
//! [`Places::park`] longer. Whoever sends half a head, or does not take its answer, is given up after a while.

use crate::{
    crowd::{Seat, Waits},
    serve::Peer,
    watched::{Answer, Life, Watched},
};
use axum::{Router, body::Bytes, http::HeaderMap};
use direttore_domain::Prefix;
use hyper::{
    Request,
    body::Incoming,
    server::conn::http1,
    service::{Service, service_fn},
};
use hyper_util::{rt::TokioIo, service::TowerToHyperService};
use std::{
    future::poll_fn,
    net::IpAddr,
    pin::{Pin, pin},
    sync::Arc,
    task::Poll,
    time::Duration,
};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpStream,
    sync::watch,
    time::{Instant, sleep, timeout},
};
use tokio_rustls::{TlsAcceptor, server::TlsStream};

/// How many may be connected, and for how long at rest.
#[derive(Debug, Clone, Copy)]
pub struct Places {
    /// Who comes when so many are there takes the place of whoever is idle longest.
    pub connections: usize,
    /// How long a connection may be idle.
    pub keep_alive: Duration,
    /// How long an answer may wait for its reader to take some of it.
    pub write: Duration,
    /// How long an idle connection keeps its buffers.
    pub park: Duration,
}

impl Default for Places {
    fn default() -> Self {
        let seconds = Duration::from_secs;
        Self { connections: 512, keep_alive: seconds(60), write: seconds(20), park: seconds(1) }
    }
}

/// What every connection is served.
pub struct Served {
    pub router: Router,
    pub trusted: Vec<Prefix>,
    /// How long the head of a request may take to arrive.
    pub read: Duration,
    pub places: Places,
    pub tls: Option<TlsAcceptor>,
}

/// What a connection goes by.
struct Guest {
    served: Arc<Served>,
    peer: Peer,
    seat: Seat,
    stop: watch::Receiver<bool>,
}

/// A stream whose bytes come by TCP.
trait Socket: AsyncRead + AsyncWrite + Unpin + Send {
    fn tcp(&self) -> &TcpStream;
}

impl Socket for TcpStream {
    fn tcp(&self) -> &TcpStream {
        self
    }
}

impl Socket for TlsStream<TcpStream> {
    fn tcp(&self) -> &TcpStream {
        self.get_ref().0
    }
}

/// A new connection, to its end.
pub async fn greet(stream: TcpStream, served: Arc<Served>, peer: Peer, seat: Seat, stop: watch::Receiver<bool>) {
    let _ = stream.set_nodelay(true);
    let mut guest = Guest { served, peer, seat, stop };
    if !guest.rests(&stream).await {
        return;
    }
    let Some(tls) = guest.served.tls.clone() else { return Box::pin(guest.stays(stream)).await };
    let shaken = Box::pin(timeout(guest.served.read, tls.accept(stream))).await;
    match shaken {
        Ok(Ok(stream)) => Box::pin(guest.stays(stream)).await,
        Ok(Err(error)) => tracing::debug!("a connection did not get to speak TLS: {error}"),
        Err(_) => tracing::debug!("a connection did not get to speak TLS in time"),
    }
}

pub async fn told(stop: &mut watch::Receiver<bool>) {
    let _ = stop.wait_for(|stop| *stop).await;
}

impl Guest {
    /// Waits until something comes. Not, if its time is over, its place is needed, or the server stops.
    async fn rests(&mut self, stream: &TcpStream) -> bool {
        self.seat.waits(Some(Waits::Idle));
        let leave = self.seat.bell();
        let came = tokio::select! {
            came = stream.readable() => came.is_ok(),
            () = sleep(self.served.places.keep_alive) => false,
            () = leave.notified() => false,
            () = told(&mut self.stop) => false,
        };
        self.seat.waits(came.then_some(Waits::Head));
        came
    }

    /// Is answered and rests in turns.
    async fn stays(&mut self, mut stream: impl Socket) {
        let mut rest = Bytes::new();
        // Boxed: at rest there is nothing of it.
        while let Some((at_rest, unread)) = Box::pin(self.answered(stream, rest)).await {
            (stream, rest) = (at_rest, unread);
            if rest.is_empty() && !self.rests(stream.tcp()).await {
                return;
            }
        }
    }

    /// Answers until it is idle, and gives back the stream and what was read of a next request; nothing when it ended.
    async fn answered<S: Socket>(&mut self, stream: S, rest: Bytes) -> Option<(S, Bytes)> {
        let Guest { served, peer, seat, stop } = self;
        let life = Arc::new(Life::new(!rest.is_empty()));
        let router = TowerToHyperService::new(served.router.clone());
        let service = service_fn(|mut request: Request<Incoming>| {
            let from = origin(*peer, request.headers(), &served.trusted);
            request.extensions_mut().insert(from);
            let asked = life.asked();
            let answered = router.call(request);
            async move { answered.await.map(|response| response.map(|body| Answer::new(body, asked))) }
        });
        let watched = Watched::new(stream, rest, Arc::clone(&life), served.places.write);
        let mut builder = http1::Builder::new();
        // Who sends no head is looked after here.
        let mut connection = builder.header_read_timeout(None).serve_connection(TokioIo::new(watched), service);
        let bell = seat.bell();
        let (mut late, mut leave) = (pin!(sleep(served.read)), pin!(bell.notified()));
        let mut stopping = pin!(told(stop));
        let (mut last, mut is_stopping) = (None, false);
        let end = poll_fn(|cx| {
            loop {
                if let Poll::Ready(ended) = Pin::new(&mut connection).poll(cx) {
                    return Poll::Ready(End::Ended(ended));
                }
                let now = life.now();
                if last != Some(now) {
                    last = Some(now);
                    seat.waits(now.waits);
                    let patience = if now.waits == Some(Waits::Idle) { served.places.park } else { served.read };
                    late.as_mut().reset(Instant::now() + patience);
                }
                if !is_stopping && stopping.as_mut().poll(cx).is_ready() {
                    is_stopping = true;
                    Pin::new(&mut connection).graceful_shutdown();
                    continue;
                }
                return match now.waits {
                    None => Poll::Pending,
                    Some(_) if leave.as_mut().poll(cx).is_ready() => Poll::Ready(End::Left),
                    Some(waits) => late.as_mut().poll(cx).map(|()| End::Late(waits)),
                };
            }
        });
        match end.await {
            End::Late(Waits::Idle) => {
                let parts = connection.into_parts();
                Some((parts.io.into_inner().into_inner(), parts.read_buf))
            }
            End::Late(Waits::Head) | End::Left => None,
            End::Ended(Ok(())) => None,
            End::Ended(Err(error)) => {
                tracing::debug!("a connection ended: {error}");
                None
            }
        }
    }
}

/// Why a connection is not answered any more.
enum End {
    Ended(hyper::Result<()>),
    /// Its time to wait for that is over.
    Late(Waits),
    /// Its place is needed.
    Left,
}

/// Where a request came from: the other end of the connection, or who that says it speaks for, where it is believed. Of
/// several addresses the last that is not of somebody believed: what stands before it anybody may have written.
fn origin(peer: Peer, headers: &HeaderMap, trusted: &[Prefix]) -> Peer {
    let is_trusted = |address: &IpAddr| trusted.iter().any(|prefix| prefix.contains(address.to_canonical()));
    let mut from = peer.0;
    let lists = headers.get_all("x-forwarded-for").iter().rev().filter_map(|list| list.to_str().ok());
    let mut said = lists.flat_map(|list| list.rsplit(',')).map(|one| one.trim().parse::<IpAddr>().ok());
    while is_trusted(&from) {
        match said.next() {
            Some(Some(address)) => from = address,
            _ => break,
        }
    }
    Peer(from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_who_is_believed_says_where_a_request_came_from() {
        let trusted: Vec<Prefix> = ["127.0.0.0/8", "10.0.0.0/8"].map(|p| p.parse().expect("a prefix")).into();
        let from = |peer: &str, said: &[&'static str]| {
            let mut headers = HeaderMap::new();
            for line in said {
                headers.append("x-forwarded-for", line.parse().expect("a header"));
            }
            origin(Peer(peer.parse().expect("an address")), &headers, &trusted).0.to_string()
        };
        assert_eq!(from("192.0.2.1", &["203.0.113.9"]), "192.0.2.1", "nobody believes them");
        assert_eq!(from("127.0.0.1", &[]), "127.0.0.1");
        assert_eq!(from("127.0.0.1", &["203.0.113.9"]), "203.0.113.9");
        assert_eq!(from("127.0.0.1", &["198.51.100.1, 203.0.113.9, 10.1.1.1"]), "203.0.113.9");
        assert_eq!(from("127.0.0.1", &["198.51.100.1", "203.0.113.9"]), "203.0.113.9");
        assert_eq!(from("127.0.0.1", &["nonsense"]), "127.0.0.1");
        assert_eq!(from("::ffff:127.0.0.1", &["2001:db8::1"]), "2001:db8::1");
    }
}
