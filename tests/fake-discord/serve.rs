//! Listening: HTTP/1.1 on loopback, with or without TLS, the gateway's WebSocket on the same port.

use crate::{
    gateway,
    rest::{self, Dropped, Reply},
    state::Inner,
};
use bytes::Bytes;
use http::{HeaderValue, Request, Response, StatusCode, header};
use http_body_util::{BodyExt as _, Full};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use std::{io, sync::Arc};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpListener,
    task::JoinSet,
};
use tokio_rustls::TlsAcceptor;
use tokio_tungstenite::{
    WebSocketStream,
    tungstenite::{handshake::derive_accept_key, protocol::Role},
};

const API: &str = "/api/v10";

/// Takes connections until it is aborted; then they end with it.
pub async fn accept(inner: Arc<Inner>, listener: TcpListener, tls: Option<TlsAcceptor>) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            taken = listener.accept() => {
                let Ok((stream, _)) = taken else { continue };
                let (inner, tls) = (Arc::clone(&inner), tls.clone());
                connections.spawn(async move {
                    match tls {
                        None => serve(inner, stream).await,
                        Some(tls) => if let Ok(stream) = tls.accept(stream).await {
                            serve(inner, stream).await;
                        },
                    }
                });
            }
            Some(_) = connections.join_next() => {}
        }
    }
}

async fn serve<S>(inner: Arc<Inner>, stream: S)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let service = service_fn(|request| respond(Arc::clone(&inner), request));
    // A connection that a fault drops ends with an error: that is what was wanted.
    let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service).with_upgrades().await;
}

async fn respond(inner: Arc<Inner>, request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Dropped> {
    if request.headers().contains_key(header::UPGRADE) {
        return upgrade(inner, request);
    }
    let (parts, body) = request.into_parts();
    let Ok(body) = body.collect().await else { return Err(Dropped) };
    let path = parts.uri.path();
    // Clients name the version or leave it to us.
    let path = path.strip_prefix(API).or_else(|| path.strip_prefix("/api")).unwrap_or(path);
    let method = parts.method.as_str();
    let reply = rest::answer(&inner, method, path, parts.uri.query(), &parts.headers, body.to_bytes()).await?;
    Ok(response(reply))
}

fn response(reply: Reply) -> Response<Full<Bytes>> {
    let body = reply.body.map(|body| Bytes::from(body.to_string()));
    let has_body = body.is_some();
    let mut response = Response::new(Full::new(body.unwrap_or_default()));
    *response.status_mut() = StatusCode::from_u16(reply.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let headers = response.headers_mut();
    if has_body {
        // Exactly this: discord.py compares the whole string.
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    }
    // A 429 without it is taken for the answer of a proxy by discord.py.
    headers.insert(header::VIA, HeaderValue::from_static("1.1 google"));
    for (name, value) in reply.headers {
        if let Ok(value) = HeaderValue::from_str(&value) {
            headers.insert(name, value);
        }
    }
    response
}

fn upgrade(inner: Arc<Inner>, mut request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Dropped> {
    let is_refused = inner.change(|state| {
        let left = &mut state.gateway.refused_connections;
        let is_refused = *left > 0;
        *left = left.saturating_sub(1);
        is_refused
    });
    if is_refused {
        return Err(Dropped);
    }
    let key = request.headers().get(header::SEC_WEBSOCKET_KEY).map(|key| derive_accept_key(key.as_bytes()));
    let Some(key) = key.and_then(|key| HeaderValue::from_str(&key).ok()) else {
        let mut response = Response::new(Full::default());
        *response.status_mut() = StatusCode::BAD_REQUEST;
        return Ok(response);
    };
    let query = request.uri().query().unwrap_or_default().to_owned();
    let upgraded = hyper::upgrade::on(&mut request);
    tokio::spawn(async move {
        let Ok(stream) = upgraded.await else { return };
        let socket = WebSocketStream::from_raw_socket(TokioIo::new(stream), Role::Server, None).await;
        gateway::serve(inner, socket, &query).await;
    });
    let mut response = Response::new(Full::default());
    *response.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
    let headers = response.headers_mut();
    headers.insert(header::CONNECTION, HeaderValue::from_static("Upgrade"));
    headers.insert(header::UPGRADE, HeaderValue::from_static("websocket"));
    headers.insert(header::SEC_WEBSOCKET_ACCEPT, key);
    Ok(response)
}

/// A certificate for `discord.com` from an authority that exists for this test alone: the acceptor, and the authority's
/// certificate in PEM.
pub fn tls() -> io::Result<(TlsAcceptor, String)> {
    fn wrong(e: impl std::error::Error + Send + Sync + 'static) -> io::Error {
        io::Error::other(e)
    }
    let authority_key = rcgen::KeyPair::generate().map_err(wrong)?;
    let mut authority = rcgen::CertificateParams::new(Vec::new()).map_err(wrong)?;
    authority.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    authority.distinguished_name.push(rcgen::DnType::CommonName, "authority of the tests");
    let authority_pem = authority.self_signed(&authority_key).map_err(wrong)?.pem();
    let issuer = rcgen::Issuer::new(authority, authority_key);
    let key = rcgen::KeyPair::generate().map_err(wrong)?;
    let names = ["discord.com", "gateway.discord.gg", "localhost", "127.0.0.1"].map(str::to_owned);
    let certificate = rcgen::CertificateParams::new(names.to_vec()).map_err(wrong)?;
    let certificate = certificate.signed_by(&key, &issuer).map_err(wrong)?;
    let key = rustls::pki_types::PrivateKeyDer::try_from(key.serialize_der()).map_err(io::Error::other)?;
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let mut config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(wrong)?
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], key)
        .map_err(wrong)?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok((TlsAcceptor::from(Arc::new(config)), authority_pem))
}
