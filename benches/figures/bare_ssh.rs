//! What threads with ssh2 do that know nothing else: no limits, no host keys, no words for what goes wrong.

use ssh2::{Channel, Session};
use std::{
    io::{Read, Write},
    net::TcpStream,
    path::PathBuf,
    sync::atomic::{AtomicUsize, Ordering},
    thread,
};

#[derive(Clone)]
pub enum Proof {
    Key(PathBuf),
    Password(String),
}

#[derive(Clone)]
pub struct Host {
    pub port: u16,
    pub user: String,
    pub login: Proof,
}

impl Host {
    fn open(&self) -> Session {
        let mut session = Session::new().expect("a session can be made");
        session.set_tcp_stream(TcpStream::connect(("127.0.0.1", self.port)).expect("it answers"));
        session.handshake().expect("they agree");
        match &self.login {
            Proof::Key(path) => session.userauth_pubkey_file(&self.user, None, path, None),
            Proof::Password(password) => session.userauth_password(&self.user, password),
        }
        .expect("it is let in");
        session
    }
}

/// A command on a channel of its own with each host.
pub fn each(hosts: &[Host], workers: usize, command: &str) {
    on_threads(hosts, workers, |host| {
        let session = host.open();
        let mut channel = session.channel_session().expect("it opens");
        channel.exec(command).expect("it is said");
        let mut text = String::new();
        channel.read_to_string(&mut text).expect("it answers");
        channel.wait_close().expect("it closes");
        assert!(text.contains("set "), "it showed its configuration: {text}");
    });
}

/// A command in a terminal of each host, up to the next prompt of a POSIX shell.
pub fn in_terminals(hosts: &[Host], workers: usize, command: &str, at_least: usize) {
    on_threads(hosts, workers, |host| {
        let session = host.open();
        let mut channel = session.channel_session().expect("it opens");
        channel.request_pty("vt100", None, Some((511, 1000, 0, 0))).expect("there is a terminal");
        channel.shell().expect("there is a shell");
        until_prompt(&mut channel, 0);
        channel.write_all(format!("{command}\n").as_bytes()).expect("it is said");
        until_prompt(&mut channel, at_least);
        session.disconnect(None, "done", None).expect("it is told");
    });
}

fn until_prompt(channel: &mut Channel, at_least: usize) {
    let (mut said, mut part) = (Vec::new(), [0; 32 << 10]);
    while said.len() < at_least || !(said.ends_with(b"# ") || said.ends_with(b"$ ")) {
        let read = channel.read(&mut part).expect("it answers");
        assert!(read > 0, "it hung up after {:?}", String::from_utf8_lossy(&said));
        said.extend_from_slice(&part[..read]);
    }
}

fn on_threads(hosts: &[Host], workers: usize, work: impl Fn(&Host) + Sync) {
    let next = AtomicUsize::new(0);
    thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(|| {
                while let Some(host) = hosts.get(next.fetch_add(1, Ordering::Relaxed)) {
                    work(host);
                }
            });
        }
    });
}
