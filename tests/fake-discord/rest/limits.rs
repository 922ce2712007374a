//! Rate limits: the headers, 429s that were asked for, and whether a client waited as it was told.

use super::{Call, Reply, routes::Route};
use crate::state::{Inner, State};
use serde_json::json;

/// Requests and milliseconds of a bucket, where the world wants real limits.
const WEBHOOK: (usize, u64) = (5, 2_000);
const CHANNEL: (usize, u64) = (5, 5_000);
const OTHER: (usize, u64) = (50, 1_000);

/// Route and resource at the top: what Discord counts together.
pub fn key(route: &Route, call: &Call) -> String {
    let top = ["channel_id", "guild_id", "webhook_id", "webhook_token", "interaction_id"];
    let top: Vec<&str> = top.iter().map(|name| call.text(name)).collect();
    format!("{} {} {}", route.method, route.template, top.join("/"))
}

/// Interactions and their webhooks do not count globally.
fn is_exempt(route: &Route) -> bool {
    route.template.starts_with("/interactions/") || route.template.starts_with("/webhooks/")
}

fn limit(route: &Route) -> (usize, u64) {
    match route.template {
        t if t.starts_with("/webhooks/") => WEBHOOK,
        t if t.starts_with("/channels/{channel_id}/messages") => CHANNEL,
        _ => OTHER,
    }
}

/// A 429 for who comes before the time it was told, which is a violation; or, in a strict world, for who comes too often.
pub fn early(inner: &Inner, state: &mut State, route: &Route, key: &str, _: &Call) -> Option<Reply> {
    let now = inner.clock.now_ms();
    if let Some((left, is_global)) = state.faults.is_early(key, is_exempt(route), now) {
        state.violate("early retry", format!("{key} came {left} s before the time it was told"));
        return Some(too_many(left, is_global));
    }
    if inner.settings.is_strict_about_time && !route.template.starts_with("/interactions/") {
        let (many, window) = limit(route);
        if let Err(wait) = state.faults.count(key, many, window, now) {
            return Some(refuse(inner, state, key, wait, false));
        }
    }
    None
}

/// Tells a client to wait, and remembers that it was told.
pub fn refuse(inner: &Inner, state: &mut State, key: &str, retry_after: f64, is_global: bool) -> Reply {
    state.faults.keep_away(key, retry_after, inner.clock.now_ms());
    too_many(retry_after, is_global)
}

fn too_many(retry_after: f64, is_global: bool) -> Reply {
    let body = json!({
        "message": "You are being rate limited.", "retry_after": retry_after, "global": is_global, "code": 0,
    });
    let mut headers = vec![
        ("retry-after", retry_after.ceil().to_string()),
        ("x-ratelimit-scope", if is_global { "global" } else { "user" }.to_owned()),
    ];
    if is_global {
        headers.push(("x-ratelimit-global", "true".to_owned()));
    } else {
        headers.extend([
            ("x-ratelimit-limit", "5".to_owned()),
            ("x-ratelimit-remaining", "0".to_owned()),
            ("x-ratelimit-reset-after", format!("{retry_after:.3}")),
            ("x-ratelimit-bucket", "told-to-wait".to_owned()),
        ]);
    }
    Reply { status: 429, body: Some(body), headers }
}

/// What Discord says beside an answer. A standing clock must not let a client's own limiter run dry, so that outside
/// strict worlds there is always one request less used than allowed.
pub fn headers(inner: &Inner, state: &mut State, route: &Route, key: &str) -> Vec<(&'static str, String)> {
    let (many, window) = limit(route);
    let now = inner.clock.now_ms();
    let left = match inner.settings.is_strict_about_time {
        true => many - state.faults.used(key, window, now).min(many),
        false => many - 1,
    };
    let reset = now + window;
    // A stable name for what is counted together.
    let bucket = key
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
    vec![
        ("x-ratelimit-limit", many.to_string()),
        ("x-ratelimit-remaining", left.to_string()),
        ("x-ratelimit-reset", format!("{}.{:03}", reset / 1000, reset % 1000)),
        ("x-ratelimit-reset-after", format!("{}.{:03}", window / 1000, window % 1000)),
        ("x-ratelimit-bucket", format!("{bucket:016x}")),
    ]
}
