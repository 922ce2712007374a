//! Network devices: simulated switches that NetBox knows, and what people do with them.

mod backed_up;
mod bad_days;
mod by_itself;
mod granted;
mod offered;
mod ran;
mod rendered;

use super::story::{Story, both};
use direttore_core::{Rules, devices::Settings};

/// A story with switches, on both databases.
async fn on_both(change: fn(&mut Settings), tell: impl AsyncFn(&Story)) -> String {
    both(async |store| Story::with_switches(store, Rules::default(), change).await, tell).await
}
