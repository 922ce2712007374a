//! Connections: accepted, served, ended in order.

use crate::{router::router, routes::discord::Hear};
use axum::Router;
use hyper::server::conn::http1;
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    service::TowerToHyperService,
};
use std::{
    io,
    net::SocketAddr,
    pin::pin,
    sync::{Mutex, PoisonError},
    time::Duration,
};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::watch,
    task::{JoinHandle, JoinSet},
    time::{sleep, timeout},
};

/// Who comes when so many are connected waits outside.
const CONNECTIONS: usize = 512;

pub struct Settings {
    pub listen: SocketAddr,
    /// How long the head of a request may take to arrive, and how long its body.
    pub read: Duration,
    /// How long requests that are being answered may take when the server stops.
    pub stop: Duration,
    /// Who hears Discord's interactions.
    pub discord: Option<Hear>,
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
    /// The address cannot be listened on.
    pub async fn start(settings: Settings) -> io::Result<Self> {
        let listener = TcpListener::bind(settings.listen).await?;
        let addr = listener.local_addr()?;
        let stop = watch::Sender::new(false);
        let router = router(settings.discord, settings.read);
        let task = tokio::spawn(accept(listener, router, settings.read, stop.subscribe()));
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
async fn accept(listener: TcpListener, router: Router, read: Duration, mut stop: watch::Receiver<bool>) {
    let mut connections = JoinSet::new();
    loop {
        while connections.try_join_next().is_some() {}
        let accepted = tokio::select! {
            () = told(&mut stop) => break,
            _ = connections.join_next(), if connections.len() >= CONNECTIONS => continue,
            accepted = listener.accept(), if connections.len() < CONNECTIONS => accepted,
        };
        match accepted {
            Ok((stream, _)) => drop(connections.spawn(connection(stream, router.clone(), read, stop.clone()))),
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

async fn connection(stream: TcpStream, router: Router, read: Duration, mut stop: watch::Receiver<bool>) {
    let _ = stream.set_nodelay(true);
    let mut connection = pin!(
        http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(read)
            .serve_connection(TokioIo::new(stream), TowerToHyperService::new(router))
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
