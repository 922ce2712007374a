//! The core: what commands mean, and the one way from an invocation to its outcome.
//!
//! `dispatch` hears, authorises, asks what is missing, confirms and enqueues; `handlers` turn typed input into a plan;
//! `jobs` carry plans out, durably; `lab` is the cached view of the clusters. Nothing here knows a surface.

mod clock;
pub mod dispatch;
pub mod handlers;
pub mod ipam;
pub mod jobs;
pub mod lab;
pub mod password;
pub mod plan;
mod quota;
mod request;
mod reserve;
mod rules;
pub mod signed;
mod traced;

pub use clock::Clock;
pub use lab::{Cluster, Freshness, Lab};
pub use rules::{BookingLimits, Derived, Provision, Quota, Quotas, Reserve, RoleMaps, Rules};

#[cfg(test)]
mod replies_tests;
