//! A server that answers as it is told, down to the bytes, and remembers what it was sent.

use std::{
    collections::BTreeMap,
    net::SocketAddr,
    sync::{Arc, Mutex},
};
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    net::TcpListener,
};
use tokio_rustls::TlsAcceptor;

/// A request as it came in.
#[derive(Debug, Clone, Default)]
pub(crate) struct Seen {
    /// Counts connections, from 1.
    pub(crate) connection: usize,
    pub(crate) method: String,
    /// Undecoded, without the query.
    pub(crate) path: String,
    pub(crate) query: String,
    /// Lower-case names.
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) body: String,
}

impl Seen {
    pub(crate) fn line(&self) -> String {
        let query = if self.query.is_empty() { String::new() } else { format!("?{}", self.query) };
        let body = if self.body.is_empty() { String::new() } else { format!(" {}", self.body) };
        format!("{} {}{query}{body}", self.method, self.path.trim_start_matches("/api2/json"))
    }
}

#[derive(Clone)]
pub(crate) enum Reply {
    /// A whole answer: status and reason phrase, body.
    Answer(&'static str, Vec<u8>),
    /// As [`Reply::Answer`], with headers of its own, and the connection stays open after errors too.
    Headed(&'static str, Vec<(&'static str, String)>, Vec<u8>),
    /// Bytes as they are, then the end of the connection.
    Raw(Vec<u8>),
    /// The end of the connection without a word.
    Drop,
    /// No answer, ever.
    Hang,
}

pub(crate) fn data(json: &str) -> Reply {
    Reply::Answer("200 OK", format!(r#"{{"data":{json}}}"#).into_bytes())
}

/// An error as old versions give it: the message is in the phrase alone.
pub(crate) fn phrase(status_and_phrase: &'static str) -> Reply {
    Reply::Answer(status_and_phrase, br#"{"data":null}"#.to_vec())
}

pub(crate) struct Server {
    addr: SocketAddr,
    is_tls: bool,
    seen: Arc<Mutex<Vec<Seen>>>,
    task: tokio::task::JoinHandle<()>,
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Server {
    pub(crate) async fn start(answer: impl Fn(&Seen) -> Reply + Send + Sync + 'static) -> Self {
        Self::start_with(None, answer).await
    }

    /// Answers the requests in turn; the last reply stands for all that follow.
    pub(crate) async fn scripted(replies: &[Reply]) -> Self {
        let (next, replies) = (Mutex::new(0), replies.to_vec());
        Self::start(move |_| {
            let mut next = next.lock().expect("no panic in it");
            *next += 1;
            replies[(*next - 1).min(replies.len() - 1)].clone()
        })
        .await
    }

    pub(crate) async fn start_with(
        tls: Option<TlsAcceptor>,
        answer: impl Fn(&Seen) -> Reply + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let addr = listener.local_addr().expect("bound");
        let seen = Arc::new(Mutex::new(Vec::new()));
        let (is_tls, log, answer) = (tls.is_some(), Arc::clone(&seen), Arc::new(answer));
        let task = tokio::spawn(async move {
            // Dropped with the server, so that no connection outlives it.
            let mut connections = tokio::task::JoinSet::new();
            for connection in 1.. {
                let Ok((stream, _)) = listener.accept().await else { return };
                let (tls, log, answer) = (tls.clone(), Arc::clone(&log), Arc::clone(&answer));
                connections.spawn(async move {
                    match tls {
                        None => serve(stream, connection, &log, &*answer).await,
                        Some(tls) => match tls.accept(stream).await {
                            Ok(stream) => serve(stream, connection, &log, &*answer).await,
                            Err(_) => None,
                        },
                    }
                });
            }
        });
        Self { addr, is_tls, seen, task }
    }

    pub(crate) fn url(&self) -> String {
        format!("{}://{}", if self.is_tls { "https" } else { "http" }, self.addr)
    }

    pub(crate) fn name(&self) -> String {
        self.addr.to_string()
    }

    pub(crate) fn seen(&self) -> Vec<Seen> {
        self.seen.lock().expect("no panic in it").clone()
    }

    /// What was sent, a line each.
    pub(crate) fn lines(&self) -> Vec<String> {
        self.seen().iter().map(Seen::line).collect()
    }
}

/// A port that nobody listens on.
pub(crate) async fn nobody() -> Server {
    let server = Server::start(|_| Reply::Drop).await;
    server.task.abort();
    while !server.task.is_finished() {
        tokio::task::yield_now().await;
    }
    server
}

async fn serve(
    mut stream: impl AsyncRead + AsyncWrite + Unpin,
    connection: usize,
    log: &Mutex<Vec<Seen>>,
    answer: &(dyn Fn(&Seen) -> Reply + Send + Sync),
) -> Option<()> {
    let mut buffer = Vec::new();
    loop {
        let seen = Seen { connection, ..read(&mut stream, &mut buffer).await? };
        log.lock().expect("no panic in it").push(seen.clone());
        match answer(&seen) {
            Reply::Answer(status, body) => {
                let head = format!("HTTP/1.1 {status}\r\nContent-Length: {}\r\n\r\n", body.len());
                stream.write_all(&[head.as_bytes(), &body].concat()).await.ok()?;
                stream.flush().await.ok()?;
                // Proxmox closes after every error.
                if !status.starts_with('2') {
                    stream.shutdown().await.ok()?;
                    return None;
                }
            }
            Reply::Headed(status, headers, body) => {
                let headers: String = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
                // A body for 204 would be read as the beginning of the next answer.
                let length = match status.starts_with("204") {
                    true => String::new(),
                    false => format!("Content-Length: {}\r\n", body.len()),
                };
                let head = format!("HTTP/1.1 {status}\r\n{headers}{length}\r\n");
                stream.write_all(&[head.as_bytes(), &body].concat()).await.ok()?;
                stream.flush().await.ok()?;
            }
            Reply::Raw(bytes) => {
                stream.write_all(&bytes).await.ok()?;
                stream.shutdown().await.ok()?;
                return None;
            }
            Reply::Drop => return None,
            Reply::Hang => std::future::pending().await,
        }
    }
}

async fn read(stream: &mut (impl AsyncRead + Unpin), buffer: &mut Vec<u8>) -> Option<Seen> {
    let end = loop {
        if let Some(end) = buffer.windows(4).position(|w| w == b"\r\n\r\n") {
            break end;
        }
        if stream.read_buf(buffer).await.ok()? == 0 {
            return None;
        }
    };
    let head = String::from_utf8_lossy(&buffer[..end]).into_owned();
    buffer.drain(..end + 4);
    let mut lines = head.lines();
    let mut first = lines.next()?.split(' ');
    let (method, target) = (first.next()?.to_owned(), first.next()?.to_owned());
    let (path, query) = target.split_once('?').unwrap_or((&target, ""));
    let headers: BTreeMap<String, String> =
        lines.filter_map(|l| l.split_once(": ")).map(|(name, value)| (name.to_lowercase(), value.to_owned())).collect();
    let length = headers.get("content-length").and_then(|l| l.parse().ok()).unwrap_or(0);
    while buffer.len() < length {
        if stream.read_buf(buffer).await.ok()? == 0 {
            return None;
        }
    }
    let body = String::from_utf8_lossy(&buffer.drain(..length).collect::<Vec<u8>>()).into_owned();
    Some(Seen { connection: 0, method, path: path.to_owned(), query: query.to_owned(), headers, body })
}
