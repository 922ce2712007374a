//! Walking the columns. The crate stops where an agent does not go forward.

use super::{
    Error, Limits, Login,
    oids::COLUMNS,
    row::{Is, Tables},
};
use async_snmp::{Client, ErrorKind, Oid, Retry, UdpHandle, Value, WalkOptions};
use std::{net::SocketAddr, time::Duration};

pub(super) struct Walker<'a> {
    client: Client<UdpHandle>,
    host: &'a str,
    limits: &'a Limits,
}

impl<'a> Walker<'a> {
    /// Asks for the system's description once, of each address of the host until one answers.
    pub(super) async fn connect(host: &'a str, port: u16, login: &Login, limits: &'a Limits) -> Result<Self, Error> {
        let auth = login.auth()?;
        let found = tokio::net::lookup_host((host.trim_matches(['[', ']']), port)).await;
        let mut addresses: Vec<SocketAddr> =
            found.map_err(|error| Error::NoSuchHost { host: host.to_owned(), why: error.to_string() })?.collect();
        addresses.sort_by_key(SocketAddr::is_ipv4);
        let mut last = Error::NoAnswer { host: host.to_owned() };
        for address in addresses {
            let retry = Retry::fixed(limits.retries, Duration::ZERO).unwrap_or_else(|_| Retry::none());
            let connected =
                Client::builder(address, auth.clone()).request_timeout(limits.request).retry(retry).connect().await;
            let first = match connected {
                Ok(client) => {
                    let asked = client.get(&Oid::from_slice(&[1, 3, 6, 1, 2, 1, 1, 2, 0])).await;
                    asked.map(|_| client)
                }
                Err(error) => Err(error),
            };
            match first {
                Ok(client) => return Ok(Self { client, host, limits }),
                Err(error) => last = told(host, &error),
            }
        }
        Err(last)
    }

    /// A column that does not come is noted; when nothing comes any more, the device is gone.
    pub(super) async fn all(&self) -> Result<Tables, Error> {
        let mut tables = Tables::default();
        let mut silent = 0;
        for (column, oid) in COLUMNS {
            let options = WalkOptions {
                max_repetitions: self.limits.repetitions,
                result_limit: Some(self.limits.table),
                ..WalkOptions::default()
            };
            let root = Oid::from_slice(oid);
            let mut walk = match self.client.walk_with(root, options) {
                Ok(walk) => walk,
                Err(error) => return Err(told(self.host, &error)),
            };
            let rows = tables.rows.entry(*column).or_default();
            let mut note = None;
            while let Some(next) = walk.next().await {
                match next {
                    Ok(bound) => {
                        silent = 0;
                        let arcs = bound.oid.arcs();
                        if let (Some(index), Some(is)) = (arcs.strip_prefix(*oid), plain(&bound.value)) {
                            rows.insert(index.to_vec(), is);
                        }
                    }
                    Err(error) => {
                        note = Some(cut(*column, rows.len(), &error));
                        silent += usize::from(error.kind() == ErrorKind::Timeout);
                        break;
                    }
                }
            }
            if rows.len() >= self.limits.table {
                note = Some(format!("{column:?} has more than {} values: the rest was not read", self.limits.table));
            }
            tables.notes.extend(note);
            // Some agents are silent about one table; about two in a row, the device is not there any more.
            if silent >= 2 {
                return Err(Error::NoAnswer { host: self.host.to_owned() });
            }
        }
        Ok(tables)
    }
}

fn cut(column: impl std::fmt::Debug, rows: usize, error: &async_snmp::Error) -> String {
    match error.kind() {
        ErrorKind::WalkAborted => format!("{column:?} goes in a circle: {rows} values were read"),
        ErrorKind::Timeout => format!("{column:?} stopped after {rows} values: no more answers came"),
        _ => format!("{column:?} stopped after {rows} values: {error}"),
    }
}

fn plain(value: &Value) -> Option<Is> {
    match value {
        Value::OctetString(bytes) => Some(Is::Bytes(bytes.to_vec())),
        Value::ObjectIdentifier(oid) => Some(Is::Oid(oid.arcs().to_vec())),
        Value::IpAddress(bytes) => Some(Is::Bytes(bytes.to_vec())),
        other => other.as_u64().map(Is::Number),
    }
}

fn told(host: &str, error: &async_snmp::Error) -> Error {
    let (host, why) = (host.to_owned(), error.to_string());
    match error.kind() {
        ErrorKind::Timeout | ErrorKind::ConstructionTimeout | ErrorKind::Network => Error::NoAnswer { host },
        ErrorKind::Auth | ErrorKind::Report | ErrorKind::Privacy => Error::NotLetIn { host, why },
        _ => Error::Garbage { host, why },
    }
}
