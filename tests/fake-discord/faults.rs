//! Bad days on demand, for chosen requests and for the gateway.

use std::collections::{HashMap, HashSet};
use tokio::time::Instant;

/// What happens to a request.
#[derive(Debug, Clone, PartialEq)]
pub enum Fault {
    /// 429 for this route and resource, with what it says in `retry_after` (seconds).
    TooMany { retry_after: f64 },
    /// 429 for everything.
    TooManyGlobal { retry_after: f64 },
    /// A status without effect: 500, 502, 503.
    Status(u16),
    /// Waits until [`crate::Fake::release`], then goes on.
    Hold,
    /// The connection is closed without effect and answer.
    DropBefore,
    /// It takes effect, and the connection is closed without an answer.
    DropAfter,
}

#[derive(Debug)]
struct Planned {
    method: String,
    route: String,
    fault: Fault,
    times: u32,
}

/// Until when a client was told to keep away.
#[derive(Debug, Clone, Copy)]
struct Wait {
    until_ms: u64,
    since: Instant,
    seconds: f64,
}

#[derive(Debug, Default)]
pub struct Faults {
    planned: Vec<Planned>,
    /// By route and resource; the empty key is everything.
    waits: HashMap<String, Wait>,
    /// Times of requests by bucket, where limits are real.
    windows: HashMap<String, Vec<u64>>,
    /// Close codes that a test asked for: no fault of the client.
    pub closes: HashSet<u16>,
}

impl Faults {
    pub fn plan(&mut self, method: &str, route: &str, fault: Fault, times: u32) {
        self.planned.push(Planned { method: method.to_owned(), route: route.to_owned(), fault, times });
    }

    pub fn waiting(&self) -> usize {
        self.planned.len()
    }

    pub fn clear(&mut self) {
        self.planned.clear();
    }

    /// The fault that strikes this request; it counts as used.
    pub fn take(&mut self, method: &str, route: &str) -> Option<Fault> {
        let fits = |p: &Planned| (p.method == "*" || p.method == method) && (p.route == "*" || p.route == route);
        let i = self.planned.iter().position(fits)?;
        let fault = self.planned[i].fault.clone();
        self.planned[i].times = self.planned[i].times.saturating_sub(1);
        if self.planned[i].times == 0 {
            self.planned.remove(i);
        }
        Some(fault)
    }

    /// A client was told to wait.
    pub fn keep_away(&mut self, key: &str, seconds: f64, now_ms: u64) {
        let until_ms = now_ms + (seconds * 1000.0) as u64;
        self.waits.insert(key.to_owned(), Wait { until_ms, since: Instant::now(), seconds });
    }

    /// Whether a request comes too early, and how many seconds. A client waits in real time, a test moves the clock:
    /// either is waiting.
    pub fn is_early(&mut self, key: &str, is_exempt_from_global: bool, now_ms: u64) -> Option<(f64, bool)> {
        let too_early = |wait: &Wait| {
            let left = (wait.until_ms.saturating_sub(now_ms)) as f64 / 1000.0;
            let left = left.min(wait.seconds - wait.since.elapsed().as_secs_f64());
            (left > 0.0).then_some(left)
        };
        let global = self.waits.get("").filter(|_| !is_exempt_from_global).and_then(too_early).map(|left| (left, true));
        global.or_else(|| self.waits.get(key).and_then(too_early).map(|left| (left, false)))
    }

    /// How many requests the window of a bucket has seen.
    pub fn used(&self, bucket: &str, window_ms: u64, now_ms: u64) -> usize {
        let times = self.windows.get(bucket).map_or(&[][..], Vec::as_slice);
        times.iter().filter(|at| **at + window_ms > now_ms).count()
    }

    /// Counts a request in its bucket: how many are left in the window, or how long to wait.
    pub fn count(&mut self, bucket: &str, limit: usize, window_ms: u64, now_ms: u64) -> Result<usize, f64> {
        let times = self.windows.entry(bucket.to_owned()).or_default();
        times.retain(|at| at + window_ms > now_ms);
        if times.len() >= limit {
            return Err((times[0] + window_ms - now_ms) as f64 / 1000.0);
        }
        times.push(now_ms);
        Ok(limit - times.len())
    }
}
