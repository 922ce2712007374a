//! A box with a terminal, as bad as a test wants it.

use russh::{
    Channel, ChannelId, MethodKind, MethodSet, Preferred, Pty,
    keys::{PrivateKey, ssh_key::private::Ed25519Keypair},
    server::{Auth, ChannelOpenHandle, Config, Handler, Msg, Response, Session, run_stream},
};
use std::{
    borrow::Cow,
    sync::{Arc, Mutex},
    time::Duration,
};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::watch,
    time::interval,
};

/// What the box does after a line.
pub(super) enum Act {
    Say(Vec<u8>),
    /// A byte at a time, for ever.
    Trickle,
    HangUp,
}

type Lines = dyn Fn(&str) -> Act + Send + Sync;

#[derive(Clone)]
pub(super) struct Behaviour {
    pub(super) greeting: Vec<u8>,
    pub(super) lines: Arc<Lines>,
    /// Password, or keyboard-interactive.
    pub(super) interactive: bool,
    pub(super) echo: bool,
    pub(super) kex: Option<russh::kex::Name>,
}

impl Behaviour {
    /// A box with the prompt `sw1#` that answers each line.
    pub(super) fn of(lines: impl Fn(&str) -> Act + Send + Sync + 'static) -> Self {
        let (greeting, lines) = (b"Welcome\r\nsw1#".to_vec(), Arc::new(lines));
        Self { greeting, lines, interactive: false, echo: true, kex: None }
    }

    /// A box that says the same to every line.
    pub(super) fn saying(text: &[u8]) -> Self {
        let text = [text, b"\r\nsw1#"].concat();
        Self::of(move |_| Act::Say(text.clone()))
    }
}

pub(super) struct Box {
    pub(super) port: u16,
    pub(super) heard: Arc<Mutex<Vec<String>>>,
    /// How many sessions there are now, and how many there were at most.
    pub(super) sessions: watch::Receiver<(usize, usize)>,
}

impl Box {
    pub(super) async fn start(behaviour: Behaviour) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port is free");
        let port = listener.local_addr().expect("it is bound").port();
        let heard = Arc::new(Mutex::new(Vec::new()));
        let (count, sessions) = watch::channel((0, 0));
        let method = if behaviour.interactive { MethodKind::KeyboardInteractive } else { MethodKind::Password };
        let mut config = Config {
            keys: vec![own_key(port)],
            methods: MethodSet::from(&[method][..]),
            auth_rejection_time: Duration::ZERO,
            auth_rejection_time_initial: Some(Duration::ZERO),
            ..Config::default()
        };
        if let Some(kex) = behaviour.kex {
            config.preferred = Preferred { kex: Cow::Owned(vec![kex]), ..Preferred::default() };
        }
        let (config, count, ours) = (Arc::new(config), Arc::new(count), heard.clone());
        tokio::spawn(async move {
            while let Ok((socket, _)) = listener.accept().await {
                let count = Counted::new(count.clone());
                let (behaviour, heard) = (behaviour.clone(), ours.clone());
                let session = Played { behaviour, heard, shell: None, line: Vec::new(), _count: count };
                if let Ok(running) = run_stream(config.clone(), socket, session).await {
                    tokio::spawn(running);
                }
            }
        });
        Self { port, heard, sessions }
    }

    pub(super) fn heard(&self) -> Vec<String> {
        self.heard.lock().expect("nobody panics with it").clone()
    }
}

/// Two boxes have two keys.
fn own_key(port: u16) -> PrivateKey {
    let mut seed = [7; 32];
    seed[..2].copy_from_slice(&port.to_be_bytes());
    Ed25519Keypair::from_seed(&seed).into()
}

struct Counted(Arc<watch::Sender<(usize, usize)>>);

impl Counted {
    fn new(count: Arc<watch::Sender<(usize, usize)>>) -> Self {
        count.send_modify(|(now, most)| {
            *now += 1;
            *most = (*most).max(*now);
        });
        Self(count)
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.send_modify(|(now, _)| *now -= 1);
    }
}

struct Played {
    behaviour: Behaviour,
    heard: Arc<Mutex<Vec<String>>>,
    shell: Option<ChannelId>,
    line: Vec<u8>,
    _count: Counted,
}

fn judge(user: &str, password: &str) -> Auth {
    if (user, password) == ("lab", "right-horse") { Auth::Accept } else { Auth::reject() }
}

impl Handler for Played {
    type Error = russh::Error;

    async fn auth_password(&mut self, user: &str, password: &str) -> Result<Auth, Self::Error> {
        Ok(judge(user, password))
    }

    async fn auth_keyboard_interactive<'a>(
        &'a mut self,
        user: &str,
        _: &str,
        response: Option<Response<'a>>,
    ) -> Result<Auth, Self::Error> {
        let Some(response) = response else {
            let prompts = vec![(Cow::Borrowed("Your name? "), true), (Cow::Borrowed("Password: "), false)];
            return Ok(Auth::Partial { name: "".into(), instructions: "".into(), prompts: prompts.into() });
        };
        let answers: Vec<String> = response.map(|a| String::from_utf8_lossy(&a).into_owned()).collect();
        // The question with an echo is not about the password, and must not get it.
        let [name, password] = &answers[..] else { return Ok(Auth::reject()) };
        Ok(if name == "right-horse" { Auth::reject() } else { judge(user, password) })
    }

    async fn channel_open_session(
        &mut self,
        _: Channel<Msg>,
        reply: ChannelOpenHandle,
        _: &mut Session,
    ) -> Result<(), Self::Error> {
        reply.accept().await;
        Ok(())
    }

    async fn channel_open_direct_tcpip(
        &mut self,
        channel: Channel<Msg>,
        host: &str,
        port: u32,
        _: &str,
        _: u32,
        reply: ChannelOpenHandle,
        _: &mut Session,
    ) -> Result<(), Self::Error> {
        let port = u16::try_from(port).expect("it is a port");
        match TcpStream::connect((host, port)).await {
            Ok(mut target) => {
                reply.accept().await;
                tokio::spawn(
                    async move { tokio::io::copy_bidirectional(&mut channel.into_stream(), &mut target).await },
                );
            }
            Err(_) => reply.reject(russh::ChannelOpenFailure::ConnectFailed).await,
        }
        Ok(())
    }

    async fn pty_request(
        &mut self,
        channel: ChannelId,
        _: &str,
        _: u32,
        _: u32,
        _: u32,
        _: u32,
        _: &[(Pty, u32)],
        session: &mut Session,
    ) -> Result<(), Self::Error> {
        session.channel_success(channel)
    }

    async fn shell_request(&mut self, channel: ChannelId, session: &mut Session) -> Result<(), Self::Error> {
        self.shell = Some(channel);
        session.channel_success(channel)?;
        session.data(channel, self.behaviour.greeting.clone())
    }

    async fn data(&mut self, channel: ChannelId, data: &[u8], session: &mut Session) -> Result<(), Self::Error> {
        // What goes to another host is told here too.
        if self.shell != Some(channel) {
            return Ok(());
        }
        for byte in data {
            if !matches!(byte, b'\n' | b' ') || (*byte == b' ' && !self.line.is_empty()) {
                self.line.push(*byte);
                continue;
            }
            // A space alone is the answer to a pager.
            let line = String::from_utf8_lossy(&std::mem::take(&mut self.line)).into_owned();
            let said = if *byte == b' ' { "<space>".to_owned() } else { line };
            self.heard.lock().expect("nobody panics with it").push(said.clone());
            if self.behaviour.echo && *byte == b'\n' {
                session.data(channel, format!("{said}\r\n").into_bytes())?;
            }
            match (self.behaviour.lines)(&said) {
                Act::Say(text) => session.data(channel, text)?,
                Act::HangUp => return Err(russh::Error::Disconnect),
                Act::Trickle => {
                    let handle = session.handle();
                    tokio::spawn(async move {
                        let mut tick = interval(Duration::from_millis(20));
                        loop {
                            tick.tick().await;
                            if handle.data(channel, &b"x"[..]).await.is_err() {
                                return;
                            }
                        }
                    });
                }
            }
        }
        Ok(())
    }
}
