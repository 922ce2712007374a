//! Connections: accepted, served, ended in order.

use crate::{api::Origins, measured::measure, router::router, routes::discord::Hear, tls::Tls, track::keep_tidy};
use axum::Router;
use axum::http::HeaderMap;
use direttore_core::dispatch::Dispatch;
use direttore_domain::{Prefix, Zone};
use hyper::{
    Request,
    body::Incoming,
    server::conn::http1,
    service::{Service, service_fn},
};
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    service::TowerToHyperService,
};
use std::{
    io,
    net::{IpAddr, SocketAddr},
    pin::pin,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::{TcpListener, TcpStream},
    sync::watch,
    task::{JoinHandle, JoinSet},
    time::{sleep, timeout},
};
use tokio_rustls::TlsAcceptor;

/// Who comes when so many are connected waits outside.
const CONNECTIONS: usize = 512;

pub struct Settings {
    /// Without it, plain HTTP is spoken.
    pub tls: Option<Tls>,
    /// How long the head of a request may take to arrive, and how long its body.
    pub read: Duration,
    /// How long requests that are being answered may take when the server stops.
    pub stop: Duration,
    /// Who hears Discord's interactions.
    pub discord: Option<Hear>,
    /// What programs are served from.
    pub dispatch: Option<Arc<Dispatch>>,
    /// Web pages that may ask.
    pub origins: Origins,
    /// Whom what they say of where a request came from is believed.
    pub trusted: Vec<Prefix>,
    /// Of times that programs give without an offset, and are told without one.
    pub naive_zone: Zone,
    /// Opens `/metrics`. Without it that is there only where just this machine can ask.
    pub metrics_token: Option<String>,
    /// Whether the lab is a simulated one, which programs are told.
    pub is_simulated: bool,
}

/// Where a request came from: the other end of its connection, whoever that speaks for.
#[derive(Debug, Clone, Copy)]
pub struct Peer(pub IpAddr);

/// What a connection is served.
struct Served {
    router: Router,
    peer: Peer,
    trusted: Arc<[Prefix]>,
    /// How long the head of a request may take to arrive.
    read: Duration,
}

/// A running server. It ends when this is dropped; [`Server::stop`] ends it in order.
pub struct Server {
    addr: SocketAddr,
    stop: watch::Sender<bool>,
    patience: Duration,
    task: Mutex<Option<JoinHandle<()>>>,
}

impl Server {
    /// # Errors
    /// The address cannot be listened on, or the certificate cannot be used.
    pub async fn start(listen: SocketAddr, settings: Settings) -> io::Result<Self> {
        Self::start_on(TcpListener::bind(listen).await?, settings)
    }

    /// As [`Server::start`], where an address is listened on already: what comes in the meantime waits.
    ///
    /// # Errors
    /// The certificate cannot be used.
    pub fn start_on(listener: TcpListener, settings: Settings) -> io::Result<Self> {
        let tls = settings.tls.as_ref().map(Tls::acceptor).transpose()?;
        let addr = listener.local_addr()?;
        let stop = watch::Sender::new(false);
        measure();
        let router = router(&settings, addr.ip().is_loopback());
        let task =
            tokio::spawn(accept(listener, tls, router, (settings.trusted.into(), settings.read), stop.subscribe()));
        Ok(Self { addr, stop, patience: settings.stop, task: Mutex::new(Some(task)) })
    }

    /// Where it listens: the port that was given, or the one it got for 0.
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// Takes no new requests, answers those that are there, and ends.
    pub async fn stop(&self) {
        self.stop.send_replace(true);
        let task = self.task.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(mut task) = task
            && timeout(self.patience, &mut task).await.is_err()
        {
            tracing::warn!("some requests were not answered within {} ms", self.patience.as_millis());
            task.abort();
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(task) = self.task.lock().unwrap_or_else(PoisonError::into_inner).take() {
            task.abort();
        }
    }
}

/// Accepts until it is told to stop, then waits for the connections, which end with it.
async fn accept(
    listener: TcpListener,
    tls: Option<TlsAcceptor>,
    router: Router,
    (trusted, read): (Arc<[Prefix]>, Duration),
    mut stop: watch::Receiver<bool>,
) {
    let mut connections = JoinSet::new();
    let mut tidying = pin!(keep_tidy());
    loop {
        while connections.try_join_next().is_some() {}
        let accepted = tokio::select! {
            () = told(&mut stop) => break,
            () = tidying.as_mut() => continue,
            _ = connections.join_next(), if connections.len() >= CONNECTIONS => continue,
            accepted = listener.accept(), if connections.len() < CONNECTIONS => accepted,
        };
        match accepted {
            Ok((stream, peer)) => {
                let served =
                    Served { router: router.clone(), peer: Peer(peer.ip()), trusted: Arc::clone(&trusted), read };
                drop(connections.spawn(greet(stream, tls.clone(), served, stop.clone())));
            }
            // Out of file descriptors, or the peer is gone already: the next one may do better.
            Err(error) => {
                tracing::warn!("a connection could not be accepted: {error}");
                sleep(Duration::from_millis(50)).await;
            }
        }
    }
    drop(listener);
    while connections.join_next().await.is_some() {}
}

async fn told(stop: &mut watch::Receiver<bool>) {
    let _ = stop.wait_for(|stop| *stop).await;
}

/// A new connection, behind TLS where that is spoken.
async fn greet(stream: TcpStream, tls: Option<TlsAcceptor>, served: Served, stop: watch::Receiver<bool>) {
    let _ = stream.set_nodelay(true);
    let Some(tls) = tls else { return connection(stream, served, stop).await };
    match timeout(served.read, tls.accept(stream)).await {
        Ok(Ok(stream)) => connection(stream, served, stop).await,
        Ok(Err(error)) => tracing::debug!("a connection did not get to speak TLS: {error}"),
        Err(_) => tracing::debug!("a connection did not get to speak TLS in time"),
    }
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

async fn connection(stream: impl AsyncRead + AsyncWrite + Unpin, served: Served, mut stop: watch::Receiver<bool>) {
    let Served { router, peer, trusted, read } = served;
    let router = TowerToHyperService::new(router);
    let service = service_fn(move |mut request: Request<Incoming>| {
        let from = origin(peer, request.headers(), &trusted);
        request.extensions_mut().insert(from);
        router.call(request)
    });
    let mut connection = pin!(
        http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(read)
            .serve_connection(TokioIo::new(stream), service)
    );
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        () = told(&mut stop) => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        tracing::debug!("a connection ended: {error}");
    }
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
