//! Sessions of the gateway, and what each still has to hear. The connections themselves are in `connection.rs`.

mod connection;

pub use connection::serve;

use crate::world::Id;
use serde_json::{Value, json};
use std::collections::VecDeque;
use tokio::sync::mpsc::UnboundedSender;

/// Events that a session is replayed.
const KEPT: usize = 1000;
const STARTS: usize = 1000;
const DAY: u64 = 24 * 60 * 60 * 1000;

pub const CREATE_INTENTS: u64 = 1;
/// Members, presences, content of messages.
pub const PRIVILEGED: u64 = (1 << 1) | (1 << 8) | (1 << 15);

/// What a connection is told to do.
#[derive(Debug, Clone)]
pub enum Order {
    Send(String),
    Close(u16),
    /// The TCP connection ends without a word.
    Drop,
}

#[derive(Debug)]
pub struct Session {
    pub id: String,
    pub seq: u64,
    log: VecDeque<(u64, String)>,
    out: Option<(u64, UnboundedSender<Order>)>,
}

impl Session {
    pub fn is_connected(&self) -> bool {
        self.out.is_some()
    }

    fn send(&mut self, order: Order) {
        let is_gone = self.out.as_ref().is_some_and(|(_, out)| out.send(order).is_err());
        if is_gone {
            self.out = None;
        }
    }

    /// An event for this session alone.
    pub fn event(&mut self, name: &str, data: &Value) {
        self.seq += 1;
        let text = json!({"t": name, "s": self.seq, "op": 0, "d": data}).to_string();
        self.log.push_back((self.seq, text.clone()));
        if self.log.len() > KEPT {
            self.log.pop_front();
        }
        self.send(Order::Send(text));
    }
}

#[derive(Debug, Default)]
pub struct Gateway {
    pub sessions: Vec<Session>,
    /// When sessions were started.
    starts: Vec<u64>,
    /// How many of the next are refused.
    pub refused_resumes: u32,
    pub refused_connections: u32,
    pub withholds_acks: bool,
    counter: u64,
}

impl Gateway {
    /// Session starts that are left of this day.
    pub fn starts_left(&self, now_ms: u64) -> usize {
        STARTS.saturating_sub(self.starts.iter().filter(|at| **at + DAY > now_ms).count())
    }

    pub fn started(&self) -> usize {
        self.starts.len()
    }

    fn has_started_within(&self, ms: u64, now_ms: u64) -> bool {
        self.starts.last().is_some_and(|at| at + ms > now_ms)
    }

    fn start(&mut self, out: UnboundedSender<Order>, connection: u64, now_ms: u64) -> &mut Session {
        self.starts.push(now_ms);
        self.counter += 1;
        let id = format!("{:032x}", 0x5e55_1000_0000_u64 + self.counter);
        self.sessions.push(Session { id, seq: 0, log: VecDeque::new(), out: Some((connection, out)) });
        self.sessions.last_mut().expect("it was just pushed")
    }

    fn session(&mut self, id: &str) -> Option<&mut Session> {
        self.sessions.iter_mut().find(|s| s.id == id)
    }

    /// A number for a new connection.
    fn connection(&mut self) -> u64 {
        self.counter += 1;
        self.counter
    }

    /// A connection has ended. Its session waits for a resume, or ends too.
    fn ended(&mut self, connection: u64, with_session: bool) {
        let is_its = |s: &Session| s.out.as_ref().is_some_and(|(of, _)| *of == connection);
        if with_session {
            self.sessions.retain(|s| !is_its(s));
        } else if let Some(session) = self.sessions.iter_mut().find(|s| is_its(s)) {
            session.out = None;
        }
    }

    /// An event for every session.
    pub fn dispatch(&mut self, name: &str, data: &Value) {
        self.sessions.iter_mut().for_each(|session| session.event(name, data));
    }

    /// A raw envelope or order for every connection.
    pub fn order(&mut self, order: &Order) {
        self.sessions.iter_mut().for_each(|session| session.send(order.clone()));
    }

    /// Nobody can resume what was before.
    pub fn forget_sessions(&mut self) {
        self.sessions.retain(Session::is_connected);
        for session in &mut self.sessions {
            session.id.push('x');
        }
    }

    /// Ids of sessions with a connection.
    pub fn connected(&self) -> Vec<&str> {
        self.sessions.iter().filter(|s| s.is_connected()).map(|s| s.id.as_str()).collect()
    }
}

/// Guilds as READY names them.
fn unavailable(guilds: impl Iterator<Item = Id>) -> Vec<Value> {
    guilds.map(|id| json!({"id": id.to_string(), "unavailable": true})).collect()
}
