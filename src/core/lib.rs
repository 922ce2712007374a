//! The core: what commands mean, and the one way from an invocation to its outcome.
//!
//! `dispatch` hears, authorises, asks what is missing, confirms and enqueues; `handlers` turn typed input into a plan;
//! `jobs` carry plans out, durably; `lab` is the cached view of the clusters; `hooks` is what other systems tell by
//! themselves. Nothing here knows a surface.

mod alerts;
mod clock;
mod derived;
pub mod devices;
pub mod discover;
pub mod dispatch;
pub mod handlers;
pub mod hooks;
pub mod ipam;
pub mod jobs;
pub mod lab;
pub mod oidc;
pub mod password;
pub mod plan;
mod quota;
mod request;
mod reserve;
mod rules;
pub mod signed;
mod sure;
mod traced;

pub use clock::Clock;
pub use derived::Derived;
pub use lab::{Cluster, Freshness, Lab};
pub use rules::{Alerts, BookingLimits, Provision, Quota, Quotas, Reserve, RoleMaps, Rules};

#[cfg(test)]
mod replies_tests;
