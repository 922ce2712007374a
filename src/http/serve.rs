//! Connections: accepted, served, ended in order.

use crate::{
    api::Origins,
    connection::{Places, Served, greet, told},
    crowd::Crowd,
    measured::measure,
    router::router,
    routes::discord::Hear,
    tls::Tls,
    track::keep_tidy,
};
use direttore_core::dispatch::Dispatch;
use direttore_domain::{Prefix, Zone};
use std::{
    io,
    net::{IpAddr, SocketAddr},
    pin::pin,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};
use tokio::{
    net::TcpListener,
    sync::watch,
    task::{JoinHandle, JoinSet},
    time::{sleep, timeout},
};

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
    pub places: Places,
    /// Whether there is a page to look at the REST interface.
    pub explorer: bool,
}

/// Where a request came from: the other end of its connection, whoever that speaks for.
#[derive(Debug, Clone, Copy)]
pub struct Peer(pub IpAddr);

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
        let (stop, patience) = (watch::Sender::new(false), settings.stop);
        measure();
        let router = router(&settings, addr.ip().is_loopback(), stop.subscribe());
        let Settings { trusted, read, places, .. } = settings;
        let served = Arc::new(Served { router, trusted, read, places, tls });
        let task = tokio::spawn(accept(listener, served, stop.subscribe()));
        Ok(Self { addr, stop, patience, task: Mutex::new(Some(task)) })
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
async fn accept(listener: TcpListener, served: Arc<Served>, mut stop: watch::Receiver<bool>) {
    let (mut connections, crowd) = (JoinSet::new(), Arc::new(Crowd::default()));
    let mut tidying = pin!(keep_tidy());
    loop {
        while connections.try_join_next().is_some() {}
        let accepted = tokio::select! {
            () = told(&mut stop) => break,
            () = tidying.as_mut() => continue,
            accepted = listener.accept() => accepted,
        };
        match accepted {
            Ok((stream, peer)) => {
                make_room(&mut connections, &crowd, served.places.connections, &mut stop).await;
                let (seat, served) = (crowd.seat(), Arc::clone(&served));
                drop(connections.spawn(greet(stream, served, Peer(peer.ip()), seat, stop.clone())));
            }
            // Out of file descriptors, or the peer is gone already: the next one may do better.
            Err(error) => {
                tracing::warn!("a connection could not be accepted: {error}");
                crowd.ask_one_to_leave();
                sleep(Duration::from_millis(50)).await;
            }
        }
    }
    drop(listener);
    while connections.join_next().await.is_some() {}
}

/// Waits until there is room for one more: whoever is idle longest leaves, or, where nobody is, somebody who is answered.
async fn make_room(connections: &mut JoinSet<()>, crowd: &Crowd, most: usize, stop: &mut watch::Receiver<bool>) {
    while connections.len() >= most.max(1) {
        let is_asked = crowd.ask_one_to_leave();
        tokio::select! {
            () = told(stop) => return,
            _ = connections.join_next() => {}
            () = crowd.grew(), if !is_asked => {}
        }
    }
}
