//! SNMP agents on loopback, version 2c and 3: one for each simulated switch, which tells what the switch's configuration
//! says at that moment, and one with as many interfaces as are wanted.
//!
//! They tell what NetBox does not know (serial numbers, ports that nobody wrote down, another VLAN), and in the forms that
//! real agents use: prefixes as row pointers, speeds that do not fit, ports of a bridge that are numbered by themselves.

mod tables;

#[cfg(test)]
mod tests;

use crate::switch::{Credential, Device, facts_of};
use async_snmp::{
    AuthProtocol, AuthoritativeEngine, Oid, PrivProtocol, Value, VarBind,
    agent::Agent as Server,
    handler::{BoxFuture, GetNextResult, GetResult, HandlerResult, MibHandler, RequestContext},
};
use serde::Serialize;
use std::{
    convert::Infallible,
    fmt, io,
    net::SocketAddr,
    ops::Bound,
    sync::{Arc, Mutex, OnceLock, PoisonError, Weak},
    time::Instant as Elapsed,
};
use tables::Rows;

/// The users of version 3. All have the same passphrase for both.
pub const USERS: [(&str, AuthProtocol, Option<PrivProtocol>); 3] = [
    ("watch", AuthProtocol::Sha256, Some(PrivProtocol::Aes128)),
    ("watch-sha1", AuthProtocol::Sha1, Some(PrivProtocol::Aes128)),
    ("watch-auth", AuthProtocol::Sha256, None),
];

/// How a client asks an agent that stands alone.
#[derive(Debug, Clone, Serialize)]
pub struct SnmpAccess {
    pub addr: SocketAddr,
    pub community: String,
    pub passphrase: String,
}

/// A running agent. It ends when this is dropped.
pub struct Agent {
    server: Server,
    running: tokio::task::JoinHandle<()>,
}

impl fmt::Debug for Agent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Agent").field("addr", &self.addr()).finish_non_exhaustive()
    }
}

impl Agent {
    pub fn addr(&self) -> SocketAddr {
        self.server.local_addr()
    }

    pub async fn stop(mut self) {
        self.server.cancel();
        let _ = (&mut self.running).await;
    }
}

impl Drop for Agent {
    fn drop(&mut self) {
        self.server.cancel();
        self.running.abort();
    }
}

/// An agent of no switch, with so many interfaces.
///
/// # Errors
/// The address cannot be used.
pub async fn many(addr: SocketAddr, interfaces: usize, credential: &Credential) -> io::Result<(Agent, SnmpAccess)> {
    let rows = Arc::new(tables::many(interfaces));
    let tree = Arc::new(Tree { born: Elapsed::now(), source: Source::Fixed(rows) });
    let server = build(addr, credential, 1, tree).await?;
    let access = SnmpAccess {
        addr: server.local_addr(),
        community: credential.community.clone(),
        passphrase: credential.passphrase.clone(),
    };
    Ok((run(server), access))
}

/// An agent that has its port, and waits for its switch.
pub(crate) struct Made {
    server: Server,
    tree: Arc<Tree>,
}

impl Made {
    pub(crate) fn addr(&self) -> SocketAddr {
        self.server.local_addr()
    }

    pub(crate) fn run(self, device: &Arc<Device>) -> Agent {
        if let Source::Switch { device: waiting, .. } = &self.tree.source {
            waiting.set(Arc::downgrade(device)).unwrap_or_else(|_| unreachable!("an agent gets its switch once"));
        }
        run(self.server)
    }
}

/// Takes the port for the agent of a switch.
pub(crate) async fn bind(addr: SocketAddr, credential: &Credential, boots: u32) -> io::Result<Made> {
    let source = Source::Switch { device: OnceLock::new(), made: Mutex::new((u64::MAX, Arc::default())) };
    let tree = Arc::new(Tree { born: Elapsed::now(), source });
    let server = build(addr, credential, boots, Arc::clone(&tree)).await?;
    Ok(Made { server, tree })
}

fn run(server: Server) -> Agent {
    let serving = server.clone();
    let running = tokio::spawn(async move {
        if let Err(why) = serving.run().await {
            tracing::warn!("a simulated SNMP agent ended: {why}");
        }
    });
    Agent { server, running }
}

async fn build(addr: SocketAddr, credential: &Credential, boots: u32, tree: Arc<Tree>) -> io::Result<Server> {
    // RFC 3411: an enterprise number with the highest bit set, 4 for text, and a name.
    let host = addr.ip().to_string();
    let id = [&[0x80, 0x00, 0x75, 0x71, 0x04][..], host.as_bytes(), credential.community.as_bytes()].concat();
    let id = id[..id.len().min(32)].to_vec();
    let before = async_snmp::v3::PersistedAuthoritativeEngine::new(id, boots).map_err(io::Error::other)?;
    let engine = AuthoritativeEngine::restart(before, |_| Ok::<(), Infallible>(())).map_err(io::Error::other)?;
    let mut builder = Server::builder()
        .bind(addr.to_string())
        .community(credential.community.clone().into_bytes())
        .authoritative_engine(engine)
        .without_builtin_handlers()
        .allow_all_access();
    for (name, auth, privacy) in USERS {
        let phrase = credential.passphrase.as_bytes();
        builder = builder
            .usm_user(name, |user| match privacy {
                Some(privacy) => user.auth_priv(auth, phrase, privacy, phrase),
                None => user.auth(auth, phrase),
            })
            .map_err(io::Error::other)?;
    }
    // What is told lies in several branches of ISO's.
    builder.handler(Oid::from_slice(&[1]), tree).build().await.map_err(io::Error::other)
}

/// What is answered from.
struct Tree {
    born: Elapsed,
    source: Source,
}

enum Source {
    Fixed(Arc<Rows>),
    /// Made anew when another configuration runs.
    Switch {
        device: OnceLock<Weak<Device>>,
        made: Mutex<(u64, Arc<Rows>)>,
    },
}

const UP_TIME: [u32; 9] = [1, 3, 6, 1, 2, 1, 1, 3, 0];

impl Tree {
    fn rows(&self) -> Arc<Rows> {
        match &self.source {
            Source::Fixed(rows) => Arc::clone(rows),
            Source::Switch { device, made } => {
                let Some(device) = device.get().and_then(Weak::upgrade) else { return Arc::default() };
                let mut made = made.lock().unwrap_or_else(PoisonError::into_inner);
                let revision = device.look(|state| state.revision);
                if made.0 != revision {
                    *made = (revision, Arc::new(told_by(&device)));
                }
                Arc::clone(&made.1)
            }
        }
    }

    fn value(&self, oid: &Oid, value: &Value) -> Value {
        if oid.arcs() == UP_TIME {
            let hundredths = self.born.elapsed().as_millis() / 10;
            return Value::TimeTicks(u32::try_from(hundredths % (1 << 32)).unwrap_or(0));
        }
        value.clone()
    }
}

fn told_by(device: &Device) -> Rows {
    let (facts, contact, location) = device.look(|state| facts_of(device.kind, state));
    let number = device.name.bytes().fold(0u8, |sum, b| sum.wrapping_mul(31).wrapping_add(b));
    let serial = crate::switch::serial(&device.name);
    let model = match device.kind {
        crate::switch::Kind::Eos => "DCS-7050TX",
        crate::switch::Kind::Junos => "EX3400-48T",
        crate::switch::Kind::Ios => "C9200-24T",
    };
    let of = tables::Chassis {
        kind: device.kind,
        name: &device.name,
        serial: &serial,
        model,
        contact: &contact,
        location: &location,
        number,
    };
    tables::rows(&of, &facts)
}

impl MibHandler for Tree {
    fn get<'a>(&'a self, _ctx: &'a RequestContext, oid: &'a Oid) -> BoxFuture<'a, HandlerResult<GetResult>> {
        Box::pin(async move {
            let rows = self.rows();
            if let Some(value) = rows.get(oid) {
                return Ok(GetResult::Value(self.value(oid, value)));
            }
            // Other rows of the same column make the object known.
            let parent = &oid.arcs()[..oid.arcs().len().saturating_sub(1)];
            let next = rows.range((Bound::Excluded(oid.clone()), Bound::Unbounded)).next();
            let is_known = next.is_some_and(|(next, _)| next.arcs().starts_with(parent));
            Ok(if is_known { GetResult::NoSuchInstance } else { GetResult::NoSuchObject })
        })
    }

    fn get_next<'a>(&'a self, _ctx: &'a RequestContext, oid: &'a Oid) -> BoxFuture<'a, HandlerResult<GetNextResult>> {
        Box::pin(async move {
            let rows = self.rows();
            let next = rows.range((Bound::Excluded(oid.clone()), Bound::Unbounded)).next();
            Ok(match next {
                Some((oid, value)) => GetNextResult::Value(VarBind::new(oid.clone(), self.value(oid, value))),
                None => GetNextResult::EndOfMibView,
            })
        })
    }
}
