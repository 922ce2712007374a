//! `[http]`: the server, for what comes to us by HTTP. Without an address there is none.

use super::{error::ConfigError, peer, section::Section};
use direttore_domain::{Prefix, Zone};
use std::{net::SocketAddr, path::PathBuf, str::FromStr, time::Duration};

pub(super) const KEYS: &[&str] = &[
    "listen",
    "public_url",
    "tls_cert",
    "tls_key",
    "cors_origins",
    "trusted_proxies",
    "naive_zone",
    "explorer",
    "connections",
    "keep_alive_ms",
    "read_ms",
    "write_ms",
    "stop_ms",
];

const CONNECTIONS: std::ops::RangeInclusive<u64> = 16..=1_000_000;

const LISTEN: &str = "an address and a port, like \"127.0.0.1:8080\"";
const ORIGIN: &str = "origins of web pages, like https://lab.example:8443, without a path; or the one word *";
const PROXIES: &str = "networks with their length, like 10.0.0.0/8 or 127.0.0.1/32";
const ZONE: &str = "a time zone like Europe/Warsaw";
const URL: &str = "a URL like https://lab.example, with a path if something in front of it adds one";

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Http {
    pub listen: Option<SocketAddr>,
    /// Where it is reached from outside, with its scheme and without a slash at its end.
    pub public_url: Option<String>,
    /// Files of a certificate chain and its key, in PEM: then it speaks TLS.
    pub tls: Option<(PathBuf, PathBuf)>,
    /// Web pages of these origins may ask; empty for none but our own.
    pub cors_origins: Vec<String>,
    /// Whom what they say of where a request came from is believed.
    pub trusted_proxies: Vec<Prefix>,
    /// What times without an offset are in, on the first direttore's paths.
    pub naive_zone: Zone,
    /// Whether there is a page to look at the REST interface.
    pub explorer: bool,
    /// How many may be connected at once. Absent: as many as the system lets be open, up to a bound.
    pub connections: Option<usize>,
    /// How long a connection may be idle.
    pub keep_alive: Duration,
    /// How long a request may take to arrive.
    pub read: Duration,
    /// How long an answer may wait for its reader.
    pub write: Duration,
    /// How long what is being answered may take when the server stops.
    pub stop: Duration,
}

/// Scheme, host and port, as browsers send it; or `*`.
struct Origin(String);

impl FromStr for Origin {
    type Err = ();
    fn from_str(given: &str) -> Result<Self, ()> {
        let given = given.trim().trim_end_matches('/');
        let host = given.strip_prefix("https://").or_else(|| given.strip_prefix("http://"));
        let is_host = |host: &str| {
            !host.is_empty()
                && host.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b':' | b'[' | b']'))
        };
        (given == "*" || host.is_some_and(is_host)).then(|| Self(given.to_ascii_lowercase())).ok_or(())
    }
}

/// `needed`: which setting needs the server, if any.
pub(super) fn read(mut section: Section<'_>, needed: Option<&str>) -> Result<Http, ConfigError> {
    let listen = section.parsed::<SocketAddr>("listen", LISTEN)?;
    if let (None, Some(who)) = (listen, needed) {
        return Err(section.missing("listen", &format!("{LISTEN} ({who} needs it)")));
    }
    let public_url = peer::named_url(&mut section, "public_url", URL, peer::is_base)?;
    let tls = match (section.path("tls_cert")?, section.path("tls_key")?) {
        (Some(cert), Some(key)) => Some((cert, key)),
        (None, None) => None,
        (Some(_), None) => return Err(section.missing("tls_key", "the file of the key to http.tls_cert, in PEM")),
        (None, Some(_)) => {
            return Err(section.missing("tls_cert", "the file of the certificate to http.tls_key, in PEM"));
        }
    };
    if let Some(addr) = listen
        && tls.is_none()
        && !addr.ip().is_loopback()
    {
        let what = "passwords of calendar programs come there in clear unless something in front of it speaks TLS";
        section.notes().push(format!("http.listen = \"{addr}\" is plain HTTP: {what}"));
    }
    Ok(Http {
        listen,
        public_url: public_url.map(|url| if url.contains("://") { url } else { format!("https://{url}") }),
        tls,
        cors_origins: section
            .list::<Origin>("cors_origins", ORIGIN)?
            .unwrap_or_default()
            .into_iter()
            .map(|o| o.0)
            .collect(),
        trusted_proxies: section.list::<Prefix>("trusted_proxies", PROXIES)?.unwrap_or_default(),
        naive_zone: section.parsed("naive_zone", ZONE)?.unwrap_or(Zone::UTC),
        explorer: section.flag("explorer", true)?,
        connections: match section.has("connections") {
            true => usize::try_from(section.number("connections", 512, CONNECTIONS)?).ok(),
            false => None,
        },
        keep_alive: section.millis("keep_alive_ms", 60_000)?,
        read: section.millis("read_ms", 5_000)?,
        write: section.millis("write_ms", 20_000)?,
        stop: section.millis("stop_ms", 5_000)?,
    })
}
