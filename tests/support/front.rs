//! Somebody between a homeserver and all who talk to it: sees what was asked and what was accepted, with one clock for
//! everybody, and wants a pause in the homeserver's place where it is told to.

use axum::{
    Router,
    body::Bytes,
    extract::{DefaultBodyLimit, State},
    http::{HeaderMap, Method, StatusCode, Uri, header},
    response::{IntoResponse, Response},
    serve::ListenerExt,
};
use reqwest::Client;
use serde_json::{Value, json};
use std::{
    net::Ipv4Addr,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};
use tokio::{net::TcpListener, sync::mpsc, task::JoinHandle};

/// It ends when this is dropped.
pub struct Front {
    pub url: String,
    shared: Arc<Shared>,
    serving: JoinHandle<()>,
}

/// Something that was asked.
#[derive(Debug, Clone)]
pub struct Passed {
    pub path: String,
    pub asked: Bytes,
    pub status: u16,
    pub answer: Bytes,
    /// When it was asked, and when the homeserver had answered.
    pub came: Instant,
    pub at: Instant,
}

impl Passed {
    pub fn asked(&self) -> Value {
        serde_json::from_slice(&self.asked).unwrap_or(Value::Null)
    }

    pub fn answer(&self) -> Value {
        serde_json::from_slice(&self.answer).unwrap_or(Value::Null)
    }
}

/// Requests that get a 429 in the homeserver's place.
struct Limit {
    path: &'static str,
    left: usize,
    wait: Duration,
}

struct Shared {
    homeserver: String,
    http: Client,
    limits: Mutex<Vec<Limit>>,
    passed: mpsc::UnboundedSender<Passed>,
}

impl Front {
    /// Who looks at what passes has the other half.
    pub async fn of(homeserver: &str) -> (Self, mpsc::UnboundedReceiver<Passed>) {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("loopback has a port");
        let url = format!("http://{}", listener.local_addr().expect("it is bound"));
        let http = Client::builder().no_proxy().build().expect("a client");
        let (passed, seen) = mpsc::unbounded_channel();
        let shared = Shared { homeserver: homeserver.to_owned(), http, limits: Mutex::default(), passed };
        let shared = Arc::new(shared);
        let all = Router::new().fallback(pass).layer(DefaultBodyLimit::disable()).with_state(Arc::clone(&shared));
        let listener = listener.tap_io(|stream| drop(stream.set_nodelay(true)));
        let serving = tokio::spawn(async move { axum::serve(listener, all).await.expect("it serves for ever") });
        (Self { url, shared, serving }, seen)
    }

    /// The next requests with that in their paths are to wait so long.
    pub fn limits(&self, path: &'static str, times: usize, wait: Duration) {
        let mut limits = self.shared.limits.lock().unwrap_or_else(PoisonError::into_inner);
        limits.push(Limit { path, left: times, wait });
    }
}

impl Drop for Front {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

impl Shared {
    fn wait(&self, path: &str) -> Option<Duration> {
        let mut limits = self.limits.lock().unwrap_or_else(PoisonError::into_inner);
        let limit = limits.iter_mut().find(|limit| limit.left > 0 && path.contains(limit.path))?;
        limit.left -= 1;
        Some(limit.wait)
    }

    async fn answered(&self, method: Method, path: &str, headers: &HeaderMap, body: Bytes) -> (u16, Bytes) {
        if let Some(wait) = self.wait(path) {
            let wait = u64::try_from(wait.as_millis()).unwrap_or(u64::MAX);
            let no = json!({ "errcode": "M_LIMIT_EXCEEDED", "error": "Too Many Requests", "retry_after_ms": wait });
            return (429, no.to_string().into());
        }
        let mut request = self.http.request(method, format!("{}{path}", self.homeserver)).body(body);
        for name in [header::AUTHORIZATION, header::CONTENT_TYPE] {
            if let Some(value) = headers.get(&name) {
                request = request.header(name, value);
            }
        }
        let Ok(answer) = request.send().await else { return (502, Bytes::new()) };
        let status = answer.status().as_u16();
        answer.bytes().await.map_or((502, Bytes::new()), |body| (status, body))
    }
}

async fn pass(
    State(shared): State<Arc<Shared>>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let came = Instant::now();
    let path = uri.path_and_query().map_or_else(String::new, ToString::to_string);
    let (status, answer) = shared.answered(method, &path, &headers, body.clone()).await;
    let passed = Passed { path, asked: body, status, answer: answer.clone(), came, at: Instant::now() };
    // Nobody may be looking any more.
    let _ = shared.passed.send(passed);
    let status = StatusCode::from_u16(status).expect("it came as one");
    (status, [(header::CONTENT_TYPE, "application/json")], answer).into_response()
}
