//! HTTP: what comes to us from outside by requests.
//!
//! [`serve`] accepts connections and ends them in order, [`router`] knows the routes and what is said where there is
//! none, [`body`] reads what was sent within limits, `routes/` has a file for each thing that is served. A route hands
//! what it heard to whoever mounted it and says what that answers; nothing here decides what a request means. [`ical`]
//! writes calendars.
//!
//! It speaks plain HTTP: TLS, and keeping strangers away, is for what stands in front of it.

mod body;
mod error;
pub mod ical;
mod router;
mod routes;
mod serve;

pub use routes::discord::Hear;
pub use serve::{Server, Settings};

#[cfg(test)]
mod tests;
