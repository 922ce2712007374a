//! `/lab …`: the whole at a glance, and whether everything answers.

pub mod check;
pub mod status;

use crate::lab::Sight;
use serde_json::{Value, json};

/// What of a sight is old or missing, for every list's warning.
pub(super) fn stale(sight: &Sight) -> Vec<Value> {
    sight.stale.iter().map(|(failure, seen)| json!({ "why": failure.to_string(), "seen": seen })).collect()
}
