//! Sends requests to the hosts of one cluster.
//!
//! The host that answered last is asked first; one that failed is asked last for a while. Whatever may be repeated goes
//! to the next host when one does not answer. A write goes to another host only when no connection was made, and always
//! over a fresh connection: Proxmox closes idle ones after five seconds, and a write into one just closed would be in
//! doubt for nothing.

use super::{
    Error, Host, Timeouts,
    answer::{self, Secrets},
    auth::Pass,
    error::tidy,
    record,
    request::Request,
    settings,
};
use crate::{
    link::{self, Lost, MAX_BODY},
    record::Recorder,
    tls,
};
use bytes::Bytes;
use direttore_domain::text;
use reqwest::{Client, Url};
use std::{
    path::PathBuf,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};
use tokio::time::Instant;
use tracing::Instrument;

/// How long a host that failed is asked last.
const AVOIDED_FOR: Duration = Duration::from_secs(30);
/// Below the five seconds after which Proxmox closes an idle connection.
const IDLE: Duration = Duration::from_secs(4);

pub(super) struct Transport {
    hosts: Vec<Link>,
    /// Index of the host that answered last.
    good: AtomicUsize,
    timeouts: Timeouts,
    record: Option<Recorder>,
}

struct Link {
    /// `pve1:8006`.
    name: String,
    base: Url,
    pooled: Client,
    fresh: Client,
    failed: Mutex<Option<Instant>>,
}

impl Link {
    fn new(host: &Host, verify_tls: bool, timeouts: Timeouts) -> Result<Self, Error> {
        let base = settings::base_url(&host.url)?;
        let name = match (base.host_str(), base.port_or_known_default()) {
            (Some(name), Some(port)) => format!("{name}:{port}"),
            _ => return Err(Error::Settings(format!("{}: no host in it", tidy(&host.url)))),
        };
        if base.scheme() == "http" {
            if host.fingerprint.is_some() {
                return Err(Error::Settings(format!("{name}: plain HTTP has no certificate to pin; use https://")));
            }
            tracing::warn!(host = %name, "{name} is asked over plain HTTP: everybody on the way can read the credentials");
        }
        let tls = tls::config(host.fingerprint.as_deref(), verify_tls && base.scheme() == "https");
        let tls = tls.map_err(Error::Settings)?;
        let client = |idle: usize| {
            let client = link::client(tls.clone(), timeouts.connect, idle, IDLE);
            client.map_err(|why| Error::Settings(format!("{name}: {why}")))
        };
        Ok(Self { pooled: client(8)?, fresh: client(0)?, name, base, failed: Mutex::new(None) })
    }

    fn failed_lately(&self) -> bool {
        let failed = self.failed.lock().unwrap_or_else(PoisonError::into_inner);
        failed.is_some_and(|at| at.elapsed() < AVOIDED_FOR)
    }

    fn set_failed(&self, at: Option<Instant>) {
        *self.failed.lock().unwrap_or_else(PoisonError::into_inner) = at;
    }
}

impl Transport {
    pub(super) fn new(
        hosts: &[Host],
        verify_tls: bool,
        timeouts: Timeouts,
        record: Option<PathBuf>,
    ) -> Result<Self, Error> {
        if hosts.is_empty() {
            return Err(Error::Settings("no host is given".to_owned()));
        }
        let hosts = hosts.iter().map(|h| Link::new(h, verify_tls, timeouts)).collect::<Result<_, _>>()?;
        Ok(Self { hosts, good: AtomicUsize::new(0), timeouts, record: record.map(Recorder::new) })
    }

    /// Hosts in the order in which they are to be asked now.
    fn order(&self) -> Vec<usize> {
        let good = self.good.load(Ordering::Relaxed);
        let mut order: Vec<usize> = (0..self.hosts.len()).collect();
        order.sort_by_key(|&i| (self.hosts[i].failed_lately(), i != good));
        order
    }

    /// The body of the answer.
    ///
    /// # Errors
    /// Of several hosts that failed, the one whose certificate is wrong comes first; if none could be reached, all are named.
    pub(super) async fn send(&self, request: &Request, pass: Option<&Pass>) -> Result<Bytes, Error> {
        let mut failures = Vec::new();
        for index in self.order() {
            let link = &self.hosts[index];
            let mut result = self.once(link, &link.pooled, request, pass).await;
            if request.is_repeatable && matches!(result, Err(Error::Dropped { .. })) {
                result = self.once(link, &link.fresh, request, pass).await;
            }
            let error = match result {
                Ok(body) => {
                    link.set_failed(None);
                    self.good.store(index, Ordering::Relaxed);
                    return Ok(body);
                }
                Err(error) => error,
            };
            let goes_on = match &error {
                Error::Unreachable { .. } | Error::Certificate { .. } | Error::Untrusted { .. } => {
                    // Said once, and only where another host hides it from the caller.
                    if self.hosts.len() > 1 && !link.failed_lately() {
                        tracing::warn!(host = %link.name, "another host of the cluster is asked: {error}");
                    }
                    link.set_failed(Some(Instant::now()));
                    true
                }
                Error::Dropped { .. } => {
                    link.set_failed(Some(Instant::now()));
                    request.is_repeatable
                }
                // Asking all hosts in turn would make the caller wait once for each.
                Error::TimedOut { .. } => {
                    link.set_failed(Some(Instant::now()));
                    false
                }
                // The host is well, but what it asks is not: perhaps only from there.
                Error::Unavailable { status: 502..=504 | 595..=599, .. } => request.is_repeatable,
                _ => {
                    link.set_failed(None);
                    self.good.store(index, Ordering::Relaxed);
                    false
                }
            };
            failures.push(error);
            if !goes_on {
                break;
            }
        }
        Err(most_telling(failures))
    }

    async fn once(&self, link: &Link, pooled: &Client, request: &Request, pass: Option<&Pass>) -> Result<Bytes, Error> {
        let began = Instant::now();
        let span = tracing::info_span!("call", peer = "proxmox", host = %link.name, http.method = %request.method, http.path = %request.path);
        let answer = self.exchange(link, pooled, request, pass).instrument(span).await;
        link::measured("proxmox", began, answer.as_ref().err().map_or("ok", Error::kind));
        answer
    }

    async fn exchange(
        &self,
        link: &Link,
        pooled: &Client,
        request: &Request,
        pass: Option<&Pass>,
    ) -> Result<Bytes, Error> {
        if let Some(record) = &self.record {
            record.write(&record::line(request));
        }
        let client = if request.is_repeatable { pooled } else { &link.fresh };
        let after = if request.is_repeatable { self.timeouts.read } else { self.timeouts.write };
        let mut url = link.base.clone();
        url.set_path(&format!("/api2/json{}", request.path));
        let mut call = client.request(request.method.clone(), url).timeout(after);
        call = if request.has_body() { call.form(&request.pairs()) } else { call.query(&request.pairs()) };
        if request.has_body() && request.params.is_empty() {
            // Not sent by itself for an empty body, and Proxmox wants to know the length of every one.
            call = call.header(http::header::CONTENT_LENGTH, 0);
        }
        if let Some(pass) = pass {
            call = call.headers(pass.headers(request));
        }
        let lost = |e: reqwest::Error| self.lost(link, after, &e);
        let response = call.send().await.map_err(lost)?;
        let status = response.status().as_u16();
        let phrase = response.extensions().get::<hyper::ext::ReasonPhrase>().cloned();
        tracing::debug!(host = %link.name, status, "{} {} {status}", request.method, request.path);
        let body = link::read_body(response).await;
        if (200..300).contains(&status) {
            return match body {
                Ok(Some(body)) => Ok(body),
                Ok(None) => Err(Error::Garbage { why: format!("it is larger than {} MiB", MAX_BODY >> 20) }),
                Err(error) => Err(lost(error)),
            };
        }
        // The status is the answer: an error page that breaks off takes nothing away from it.
        let body = body.ok().flatten().unwrap_or_default();
        let secrets = Secrets(request.secrets().chain(pass.into_iter().flat_map(Pass::secrets)).collect());
        Err(answer::error_of(status, phrase.as_ref().map(hyper::ext::ReasonPhrase::as_bytes), &body, &secrets))
    }

    /// Why there is no answer.
    fn lost(&self, link: &Link, after: Duration, error: &reqwest::Error) -> Error {
        let host = link.name.clone();
        match Lost::of(error, self.timeouts.connect) {
            Lost::NotTrusted(tls::NotTrusted { seen, is_pinned: true }) => Error::Certificate { host, seen },
            Lost::NotTrusted(tls::NotTrusted { seen, is_pinned: false }) => Error::Untrusted { host, seen },
            Lost::NoConnection(why) => Error::Unreachable { host, why },
            Lost::TimedOut => Error::TimedOut { host, after },
            Lost::NoRequest(why) => Error::Settings(format!("{host}: {why}")),
            Lost::Garbage(why) => Error::Garbage { why },
            Lost::Broken(why) => Error::Dropped { host, why },
        }
    }
}

/// The error to answer with: of what each host said, the one that an operator must see.
fn most_telling(mut failures: Vec<Error>) -> Error {
    let unreachable: Vec<&str> = failures
        .iter()
        .filter_map(|e| if let Error::Unreachable { host, .. } = e { Some(host.as_str()) } else { None })
        .collect();
    if unreachable.len() == failures.len() && failures.len() > 1 {
        let host = text::list(&unreachable);
        let why = match failures.swap_remove(0) {
            Error::Unreachable { why, .. } => why,
            _ => String::new(),
        };
        return Error::Unreachable { host, why };
    }
    let rank = |e: &Error| match e {
        Error::Certificate { .. } => 0,
        Error::Unreachable { .. } => 3,
        Error::Dropped { .. } => 2,
        _ => 1,
    };
    failures.into_iter().min_by_key(rank).unwrap_or_else(|| Error::Settings("no host is given".to_owned()))
}
