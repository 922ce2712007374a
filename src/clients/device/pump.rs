//! One thread for each jump host: it carries bytes between the channels of one session and the sockets of its targets.
//!
//! The library's blocking mode would make one target wait for another, so the session is non-blocking here and the thread
//! waits for all of it at once. Nobody else touches the session.

use super::connect::Connected;
use super::{error::Error, limits::Deadline};
use crate::said::tidy;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use ssh2::{BlockDirections, Channel};
use std::{
    io::{ErrorKind, Read, Write},
    net::Shutdown,
    os::{fd::AsFd, unix::net::UnixStream},
    sync::{
        Arc,
        mpsc::{self, Receiver, RecvTimeoutError, Sender},
    },
    thread,
    time::{Duration, Instant},
};

/// Without a target the session is kept this long for the next.
const IDLE: Duration = Duration::from_secs(30);
const CHUNK: usize = 32 << 10;

#[derive(Clone)]
pub(super) struct Pump {
    asks: Sender<Ask>,
    bell: Arc<UnixStream>,
}

pub(super) enum Refused {
    ByHop(String),
    Late,
    Gone,
}

struct Ask {
    host: String,
    port: u16,
    answer: Sender<Result<UnixStream, String>>,
}

impl Pump {
    pub(super) fn start(connected: Connected) -> Result<Self, Error> {
        let wrong = |e: std::io::Error| Error::Settings(format!("no thread for a jump host: {e}"));
        let (bell, rung) = UnixStream::pair().map_err(wrong)?;
        bell.set_nonblocking(true).and_then(|()| rung.set_nonblocking(true)).map_err(wrong)?;
        let (asks, asked) = mpsc::channel();
        connected.session.set_blocking(false);
        let carry = Carry { connected, asked, rung, opening: None, ways: Vec::new(), idle: Instant::now() };
        let thread = thread::Builder::new().name("device-jump".to_owned()).stack_size(512 << 10);
        thread.spawn(move || carry.run()).map_err(wrong)?;
        Ok(Self { asks, bell: Arc::new(bell) })
    }

    pub(super) fn is_alive(&self) -> bool {
        // The other end of the bell lives as long as the thread.
        !matches!((&*self.bell).write(&[1]), Err(e) if e.kind() != ErrorKind::WouldBlock)
    }

    pub(super) fn open(&self, host: &str, port: u16, deadline: Deadline) -> Result<UnixStream, Refused> {
        let (answer, heard) = mpsc::channel();
        let ask = Ask { host: host.to_owned(), port, answer };
        self.asks.send(ask).map_err(|_| Refused::Gone)?;
        if !self.is_alive() {
            return Err(Refused::Gone);
        }
        match heard.recv_timeout(deadline.left().map_err(|_| Refused::Late)?) {
            Ok(Ok(stream)) => Ok(stream),
            Ok(Err(why)) => Err(Refused::ByHop(why)),
            Err(RecvTimeoutError::Timeout) => Err(Refused::Late),
            Err(RecvTimeoutError::Disconnected) => Err(Refused::Gone),
        }
    }
}

struct Carry {
    connected: Connected,
    asked: Receiver<Ask>,
    rung: UnixStream,
    /// One at a time: the library keeps one state for all openings of a session.
    opening: Option<Ask>,
    ways: Vec<Way>,
    idle: Instant,
}

/// One target: the channel to it, and our end of its socket.
struct Way {
    channel: Channel,
    stream: UnixStream,
    inward: Vec<u8>,
    outward: Vec<u8>,
    /// Nothing more will come from that side.
    channel_ended: bool,
    stream_ended: bool,
    told_end: bool,
}

/// Whether anything was done; an error is the session's end.
type Moved = Result<bool, ssh2::Error>;

impl Carry {
    fn run(mut self) {
        loop {
            // The session's end is everybody's: their sockets close with it.
            let Ok(moved) = self.turn() else { return };
            if self.ways.is_empty() && self.opening.is_none() && self.idle.elapsed() >= IDLE {
                return;
            }
            if !self.ways.is_empty() {
                self.idle = Instant::now();
            }
            // What another way's read brought in for this one makes no socket readable.
            let waiting = self.ways.iter().any(|w| w.inward.is_empty() && w.channel.read_window().available > 0);
            if !moved && !waiting && !self.wait() {
                return;
            }
        }
    }

    fn turn(&mut self) -> Moved {
        let mut ring = [0; 64];
        while matches!(self.rung.read(&mut ring), Ok(n) if n > 0) {}
        let mut moved = self.open()?;
        for way in &mut self.ways {
            moved |= way.turn()?;
        }
        let before = self.ways.len();
        self.ways.retain_mut(|way| !way.is_over());
        Ok(moved || self.ways.len() < before)
    }

    fn open(&mut self) -> Moved {
        let Some(ask) = self.opening.take().or_else(|| self.asked.try_recv().ok()) else { return Ok(false) };
        match self.connected.session.channel_direct_tcpip(&ask.host, ask.port, None) {
            Ok(channel) => {
                if let Ok((ours, theirs)) = UnixStream::pair()
                    && ours.set_nonblocking(true).is_ok()
                    && ask.answer.send(Ok(theirs)).is_ok()
                {
                    self.ways.push(Way::new(channel, ours));
                }
                Ok(true)
            }
            Err(e) if would_block(&e) => {
                self.opening = Some(ask);
                Ok(false)
            }
            // -21: the hop cannot reach it.
            Err(e) if super::connect::code(&e) == -21 => {
                // Who asked may have given up.
                let _heard = ask.answer.send(Err(tidy(e.message())));
                Ok(true)
            }
            Err(e) => Err(e),
        }
    }

    /// Waits until something can be done. False is a session that cannot be kept alive.
    fn wait(&mut self) -> bool {
        let socket = self.connected.socket.clone();
        // The socket lives as long as the session does.
        let to_hop = match &*socket {
            super::cancel::Socket::Tcp(s) => s.as_fd(),
            super::cancel::Socket::Pumped(s) => s.as_fd(),
        };
        let outbound =
            matches!(self.connected.session.block_directions(), BlockDirections::Outbound | BlockDirections::Both);
        let flags = |read: bool, write: bool| {
            let mut flags = PollFlags::empty();
            flags.set(PollFlags::IN, read);
            flags.set(PollFlags::OUT, write);
            flags
        };
        let mut fds: Vec<PollFd<'_>> = Vec::with_capacity(self.ways.len() + 2);
        fds.push(PollFd::from_borrowed_fd(to_hop, flags(true, outbound)));
        fds.push(PollFd::from_borrowed_fd(self.rung.as_fd(), flags(true, false)));
        for way in &self.ways {
            let wants = flags(way.outward.is_empty() && !way.stream_ended, !way.inward.is_empty());
            // A socket whose end was seen would wake us for ever.
            if !wants.is_empty() {
                fds.push(PollFd::from_borrowed_fd(way.stream.as_fd(), wants));
            }
        }
        let patience = Timespec { tv_sec: 10, tv_nsec: 0 };
        match poll(&mut fds, Some(&patience)) {
            Ok(0) => self.connected.session.keepalive_send().is_ok_and(|_| true),
            _ => true,
        }
    }
}

impl Way {
    fn new(channel: Channel, stream: UnixStream) -> Self {
        let (inward, outward) = (Vec::new(), Vec::new());
        Self { channel, stream, inward, outward, channel_ended: false, stream_ended: false, told_end: false }
    }

    fn turn(&mut self) -> Moved {
        let mut moved = false;
        if self.inward.is_empty() && !self.channel_ended {
            let mut chunk = vec![0; CHUNK];
            match self.channel.read(&mut chunk) {
                Ok(0) => self.channel_ended = self.channel.eof(),
                Ok(n) => {
                    chunk.truncate(n);
                    self.inward = chunk;
                    moved = true;
                }
                Err(e) if e.kind() == ErrorKind::WouldBlock => {}
                Err(e) => return Err(lost(&e)),
            }
        }
        moved |= self.give_inward();
        moved |= self.take_outward();
        while !self.outward.is_empty() {
            match self.channel.write(&self.outward) {
                Ok(0) => break,
                Ok(n) => {
                    self.outward.drain(..n);
                    moved = true;
                }
                Err(e) if e.kind() == ErrorKind::WouldBlock => break,
                // The target is gone; the session is not.
                Err(_) => {
                    self.outward.clear();
                    self.stream_ended = true;
                }
            }
        }
        Ok(moved)
    }

    fn give_inward(&mut self) -> bool {
        let mut moved = false;
        while !self.inward.is_empty() {
            match self.stream.write(&self.inward) {
                Ok(n) => {
                    self.inward.drain(..n);
                    moved = true;
                }
                Err(e) if e.kind() == ErrorKind::WouldBlock => break,
                Err(_) => {
                    self.inward.clear();
                    self.stream_ended = true;
                }
            }
        }
        if self.channel_ended && self.inward.is_empty() && !self.told_end {
            self.told_end = true;
            // Whoever reads sees the end; gone already is fine.
            let _gone = self.stream.shutdown(Shutdown::Both);
        }
        moved
    }

    fn take_outward(&mut self) -> bool {
        if self.stream_ended || !self.outward.is_empty() {
            return false;
        }
        let mut chunk = vec![0; CHUNK];
        match self.stream.read(&mut chunk) {
            Ok(0) => self.stream_ended = true,
            Ok(n) => {
                chunk.truncate(n);
                self.outward = chunk;
                return true;
            }
            Err(e) if e.kind() == ErrorKind::WouldBlock => {}
            Err(_) => self.stream_ended = true,
        }
        false
    }

    /// Whether it is over and the other side was told so.
    fn is_over(&mut self) -> bool {
        if !(self.channel_ended || (self.stream_ended && self.outward.is_empty())) || !self.inward.is_empty() {
            return false;
        }
        !matches!(self.channel.close(), Err(e) if would_block(&e))
    }
}

fn would_block(e: &ssh2::Error) -> bool {
    super::connect::code(e) == -37
}

fn lost(_: &std::io::Error) -> ssh2::Error {
    ssh2::Error::new(ssh2::ErrorCode::Session(-13), "the session ended")
}
