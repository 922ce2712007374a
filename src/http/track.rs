//! What every request gets: an id, a line in the log, and its place in the numbers.
//!
//! The id stands in the answer, in every line of the log about it, and in the audit log. A path is never written down:
//! the secret of a feed stands in it. Its route's template says enough.

use crate::{api::guarded, measured};
use axum::{
    extract::{MatchedPath, Request},
    http::{HeaderName, HeaderValue, Method},
    middleware::Next,
    response::Response,
};
use direttore_core::dispatch::{RequestId, continues};
use direttore_domain::measure;
use metrics::{counter, histogram};
use std::{
    hash::{BuildHasher, RandomState},
    sync::{
        LazyLock,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};
use tokio::time::{Instant, MissedTickBehavior, interval};
use tracing::Instrument;

const HEADER: HeaderName = HeaderName::from_static("x-request-id");

const PARENT: HeaderName = HeaderName::from_static("traceparent");

/// Methods that are told apart. Others could be made up without end.
const METHODS: [&str; 12] = [
    "GET",
    "HEAD",
    "POST",
    "PUT",
    "PATCH",
    "DELETE",
    "OPTIONS",
    "PROPFIND",
    "PROPPATCH",
    "REPORT",
    "MKCALENDAR",
    "MKCOL",
];

/// How often what was timed is sorted.
const TIDY: Duration = Duration::from_secs(5);

pub async fn track(matched: Option<MatchedPath>, request: Request, next: Next) -> Response {
    let began = Instant::now();
    let id = id(&request);
    let method = method(request.method());
    // Of what was asked for where nothing is, nothing is kept.
    let route = matched.map_or_else(|| "none".to_owned(), |matched| matched.as_str().to_owned());
    let span = tracing::info_span!("request", request.id = %id, http.method = method, http.route = route);
    if let Some(parent) = request.headers().get(PARENT).and_then(|parent| parent.to_str().ok()) {
        continues(&span, parent);
    }
    let work = async {
        let response = guarded(id.clone().during(next.run(request)).await);
        let (status, took) = (response.status().as_u16(), began.elapsed());
        tracing::debug!(http.status = status, http.ms = took.as_secs_f64() * 1000.0, "{method} {route} {status}");
        (response, status, took)
    };
    let (mut response, status, took) = work.instrument(span).await;
    counter!(measure::HTTP_REQUESTS, "route" => route.clone(), "method" => method, "status" => status.to_string())
        .increment(1);
    histogram!(measure::HTTP_DURATION, "route" => route, "method" => method).record(took.as_secs_f64());
    if let Ok(id) = HeaderValue::from_str(id.as_str()) {
        response.headers_mut().insert(HEADER, id);
    }
    response
}

/// As whoever stands in front of us gave it, or a new one.
fn id(request: &Request) -> RequestId {
    let given = request.headers().get(HEADER).and_then(|value| value.to_str().ok());
    given.and_then(RequestId::given).unwrap_or_else(next_id)
}

/// Of this process by its first half.
fn next_id() -> RequestId {
    static PROCESS: LazyLock<u64> = LazyLock::new(|| RandomState::new().hash_one(std::process::id()));
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let text = format!("{:012x}-{:x}", *PROCESS >> 16, COUNT.fetch_add(1, Ordering::Relaxed) + 1);
    RequestId::given(&text).expect("it is hexadecimal digits")
}

fn method(method: &Method) -> &'static str {
    METHODS.into_iter().find(|known| *known == method.as_str()).unwrap_or("other")
}

/// Keeps what was timed from growing while nobody looks at it.
pub async fn keep_tidy() {
    let mut tick = interval(TIDY);
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tick.tick().await;
        measured::tidy();
    }
}
