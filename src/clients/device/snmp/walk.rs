//! Walking the columns. The crate stops where an agent does not go forward.

use super::{
    Error, Limits, Login,
    oids::COLUMNS,
    row::{Is, Tables},
};
use async_snmp::{Client, ErrorKind, Oid, Retry, UdpHandle, Value, WalkOptions};
use std::{
    collections::BTreeMap,
    net::{IpAddr, SocketAddr},
    time::Duration,
};

pub(super) struct Walker<'a> {
    client: Client<UdpHandle>,
    address: SocketAddr,
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
                Ok(client) => return Ok(Self { client, address, host, limits }),
                Err(error) => last = told(host, &error),
            }
        }
        Err(last)
    }

    pub(super) fn answered(&self) -> IpAddr {
        self.address.ip().to_canonical()
    }

    /// A column that does not come is noted; when nothing comes any more, the device is gone.
    pub(super) async fn all(&self) -> Result<Tables, Error> {
        let mut tables = Tables::default();
        let mut silent = 0;
        for (column, oid) in COLUMNS {
            let rows = tables.rows.entry(*column).or_default();
            let note = self.under(oid, rows).await?;
            silent = if rows.is_empty() { silent } else { 0 };
            silent += usize::from(note.as_ref().is_some_and(|cut| cut.is_silent));
            tables.notes.extend(note.map(|cut| format!("{column:?} {}", cut.why)));
            // Some agents are silent about one table; about two in a row, the device is not there any more.
            if silent >= 2 {
                return Err(Error::NoAnswer { host: self.host.to_owned() });
            }
        }
        Ok(tables)
    }

    /// All that is below a number, by what follows it; and why it is not all.
    pub(super) async fn under(&self, oid: &[u32], rows: &mut Rows) -> Result<Option<Cut>, Error> {
        let options = WalkOptions {
            max_repetitions: self.limits.repetitions,
            result_limit: Some(self.limits.table),
            ..WalkOptions::default()
        };
        let walk = self.client.walk_with(Oid::from_slice(oid), options);
        let mut walk = walk.map_err(|error| told(self.host, &error))?;
        while let Some(next) = walk.next().await {
            match next {
                Ok(bound) => {
                    let arcs = bound.oid.arcs();
                    if let (Some(index), Some(is)) = (arcs.strip_prefix(oid), plain(&bound.value)) {
                        rows.insert(index.to_vec(), is);
                    }
                }
                // The crate calls it an error too when there are more than are wanted.
                Err(error) if rows.len() < self.limits.table => return Ok(Some(cut(rows.len(), &error))),
                Err(_) => break,
            }
        }
        let why = || format!("has more than {} values: the rest was not read", self.limits.table);
        Ok((rows.len() >= self.limits.table).then(|| Cut { why: why(), is_silent: false }))
    }
}

type Rows = BTreeMap<Vec<u32>, Is>;

/// Why a table is not whole.
pub(super) struct Cut {
    /// A clause after the table's name.
    pub(super) why: String,
    is_silent: bool,
}

fn cut(rows: usize, error: &async_snmp::Error) -> Cut {
    let why = match error.kind() {
        ErrorKind::WalkAborted => format!("goes in a circle: {rows} values were read"),
        ErrorKind::Timeout => format!("stopped after {rows} values: no more answers came"),
        _ => format!("stopped after {rows} values: {error}"),
    };
    Cut { why, is_silent: error.kind() == ErrorKind::Timeout }
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
