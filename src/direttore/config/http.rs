//! `[http]`: the server, for what comes to us by HTTP. Without an address there is none.

use super::{error::ConfigError, section::Section};
use std::{net::SocketAddr, time::Duration};

pub(super) const KEYS: &[&str] = &["listen", "read_ms", "stop_ms"];

const LISTEN: &str = "an address and a port, like \"127.0.0.1:8080\"";

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Http {
    pub listen: Option<SocketAddr>,
    /// How long a request may take to arrive.
    pub read: Duration,
    /// How long what is being answered may take when the server stops.
    pub stop: Duration,
}

/// `needed`: which setting needs the server, if any.
pub(super) fn read(mut section: Section<'_>, needed: Option<&str>) -> Result<Http, ConfigError> {
    let listen = section.parsed::<SocketAddr>("listen", LISTEN)?;
    match (listen, needed) {
        (None, Some(who)) => return Err(section.missing("listen", &format!("{LISTEN} ({who} needs it)"))),
        (Some(addr), None) => {
            section.notes().push(format!("http.listen = \"{addr}\" is not used: discord.delivery is not \"http\""));
        }
        _ => {}
    }
    Ok(Http { listen, read: section.millis("read_ms", 5_000)?, stop: section.millis("stop_ms", 5_000)? })
}
