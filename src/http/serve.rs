//! Connections: accepted, served, ended in order.

use crate::{api::Origins, measured::measure, router::router, routes::discord::Hear, tls::Tls, track::keep_tidy};
use axum::Router;
use direttore_core::dispatch::Dispatch;
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
        let task = tokio::spawn(accept(listener, tls, router, settings.read, stop.subscribe()));
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
    read: Duration,
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
                let served = Served { router: router.clone(), peer: Peer(peer.ip()), read };
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

async fn connection(stream: impl AsyncRead + AsyncWrite + Unpin, served: Served, mut stop: watch::Receiver<bool>) {
    let Served { router, peer, read } = served;
    let router = TowerToHyperService::new(router);
    let service = service_fn(move |mut request: Request<Incoming>| {
        request.extensions_mut().insert(peer);
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
