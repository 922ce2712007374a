//! What alerts are made of: pure functions of what senders say, of the view, of what was so before, and of the time.
//!
//! `read` turns a sender's body into [`Report`]s, `watch` what is seen of the lab; `judge` says what a report is news of;
//! `shown` what the channel's message says. Nothing is looked up or written here: `dispatch/alerts` does that, in one
//! transaction with what is told.

pub mod deed;
pub mod judge;
pub mod read;
pub mod report;
pub mod shown;
pub mod subject;
pub mod watch;

pub use deed::AlertDeed;
pub use judge::{Verdict, judge};
pub use read::{Delivery, Wrong};
pub use report::{Report, Said};
pub use shown::{Standing, standing};
pub use subject::Subject;

/// The source of our own rules' alerts.
pub const OWN: &str = "direttore";
