//! Connections: accepted, wrapped in TLS, served, closed.

use super::{Server, answer, front};
use bytes::Bytes;
use http_body_util::Full;
use hyper::{Request, Response, body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use std::{
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::{TcpListener, TcpStream},
    task::JoinSet,
};

/// An idle connection is closed after this long, and any after so many requests, as by pveproxy.
const IDLE: Duration = Duration::from_secs(5);
const REQUESTS: u32 = 100;
/// The first byte of a TLS handshake.
const HANDSHAKE: u8 = 0x16;

/// Accepts until it is aborted; the connections end with it.
pub async fn accept(server: Arc<Server>, listener: TcpListener) {
    let mut connections = JoinSet::new();
    loop {
        match listener.accept().await {
            Ok((stream, _)) => drop(connections.spawn(connection(Arc::clone(&server), stream))),
            // Out of file descriptors, or the peer is gone already: the next one may do better.
            Err(error) => {
                tracing::debug!(%error, "could not accept a connection");
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        }
        while connections.try_join_next().is_some() {}
    }
}

async fn connection(server: Arc<Server>, stream: TcpStream) {
    let _ = stream.set_nodelay(true);
    let Some(acceptor) = server.acceptor.clone() else { return serve(server, stream).await };
    let mut first = [0];
    match stream.peek(&mut first).await {
        Ok(1) if first[0] == HANDSHAKE => {
            if let Ok(stream) = acceptor.accept(stream).await {
                serve(server, stream).await;
            }
        }
        Ok(1) => redirect(server, stream).await,
        _ => {}
    }
}

async fn serve(server: Arc<Server>, stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static) {
    let served = AtomicU32::new(0);
    let service = service_fn(|request: Request<Incoming>| {
        let is_last = served.fetch_add(1, Ordering::Relaxed) + 1 >= REQUESTS;
        let server = Arc::clone(&server);
        async move {
            let mut response = front::answer(server, request).await?;
            if is_last || response.status().as_u16() >= 400 {
                response.headers_mut().insert(http::header::CONNECTION, http::HeaderValue::from_static("close"));
            }
            Ok::<_, front::Dropped>(response)
        }
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(IDLE)
        .max_headers(64)
        .serve_connection(TokioIo::new(stream), service);
    if let Err(error) = connection.await {
        tracing::debug!(%error, "a connection ended");
    }
}

/// Plain HTTP where TLS is spoken.
async fn redirect(server: Arc<Server>, stream: TcpStream) {
    let service = service_fn(|request: Request<Incoming>| {
        let to = format!("{}{}", server.access.url, request.uri());
        let status =
            if *request.method() == http::Method::GET || *request.method() == http::Method::HEAD { 301 } else { 308 };
        async move { Ok::<Response<Full<Bytes>>, std::convert::Infallible>(answer::moved(status, &to)) }
    });
    let _ = http1::Builder::new().keep_alive(false).serve_connection(TokioIo::new(stream), service).await;
}
