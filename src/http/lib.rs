//! HTTP: what comes to us from outside by requests.
//!
//! [`serve`] accepts connections and ends them in order, [`connection`] is one of them, [`crowd`] makes room for new ones,
//! [`router`] knows the routes and what is said where there is
//! none, [`body`] reads what was sent within limits, `routes/` has a file for each thing that is served. A route hands
//! what it heard to whoever mounted it and says what that answers; nothing here decides what a request means. [`ical`]
//! writes calendars. [`track`] gives each request an id and counts it, [`measured`] keeps the numbers.
//!
//! `api/` is the REST interface, `caldav/` what calendar programs speak, with the reading of their files; `feed/` keeps
//! the calendars that are subscribed to, [`limit`] whoever guesses at secrets. It speaks TLS where it is given a
//! certificate, and plain HTTP where something stands in front of it that does.

mod api;
mod body;
mod caldav;
mod connection;
mod crowd;
mod error;
mod feed;
pub mod ical;
mod limit;
mod measured;
mod router;
mod routes;
mod serve;
mod tls;
mod track;
mod watched;

pub use api::{Origins, ROUTES};
pub use connection::Places;
pub use measured::measure;
pub use routes::discord::Hear;
pub use serve::{Server, Settings};
pub use tls::Tls;

#[cfg(test)]
mod tests;
