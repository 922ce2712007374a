//! Network devices: simulated switches that NetBox knows, and what people do with them.

mod announced;
mod approved;
pub mod backed_up;
pub mod bad_days;
pub mod discovered;
mod granted;
mod offered;
pub mod pushed;
pub mod ran;
mod remote;
pub mod rendered;

use super::story::{Story, both};
use direttore_core::{Rules, devices::Settings};
use direttore_reply::Reply;

/// A Monday.
const MONDAY: &str = "2040-01-02T09:00Z";

/// A story with switches, on both databases.
async fn on_both(tell: impl AsyncFn(&Story)) -> String {
    on_both_set(|_| {}, tell).await
}

/// As [`on_both`], where something about them is otherwise.
async fn on_both_set(change: fn(&mut Settings), tell: impl AsyncFn(&Story)) -> String {
    both(async |store| Story::with_switches(store, Rules::default(), change).await, tell).await
}

fn runs(s: &Story, switch: &str, line: &str) -> bool {
    s.switches().named(switch).running().iter().any(|said| said.contains(line))
}

/// What all of them run.
fn running(s: &Story) -> Vec<Vec<String>> {
    s.switches().all.iter().map(|switch| switch.running()).collect()
}

fn said(replies: &[Reply]) -> String {
    replies.iter().map(|r| format!("{}\n{}\n", r.title_plain(), r.text_plain())).collect()
}

fn code(replies: &[Reply]) -> Option<&str> {
    replies.first().and_then(|reply| reply.code.as_deref())
}
