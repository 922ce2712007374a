//! What senders of alerts send, read: one file for each of them. Fields that nobody knows are left alone; what cannot
//! be read is refused with the field's name and what would be right there.

mod alertmanager;
mod fields;
mod grafana;
mod proxmox;

pub use alertmanager::alertmanager;
pub use grafana::grafana;
pub use proxmox::proxmox;

use super::Report;

/// A delivery with more alerts is read so far.
const MOST: usize = 1000;

/// One request's worth of alerts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Delivery {
    pub reports: Vec<Report>,
    /// How many more there are that are not in it.
    pub left_out: u64,
}

/// Where a body is not what it should be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{field} {why}; right is {right}")]
pub struct Wrong {
    /// `alerts[2].status`, or `the body`.
    pub field: String,
    /// `is "open"`, `is missing`.
    pub why: String,
    pub right: &'static str,
}

#[cfg(test)]
mod tests;
