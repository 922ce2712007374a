//! Dialogues with the switches, by a client of its own.

mod dialogues;
mod faults;
mod timers;

use super::{Credential, Kind, Login, Settings, Switch, start};
use direttore_domain::Instant;
use russh::{
    Channel, ChannelMsg,
    client::{self, AuthResult, KeyboardInteractiveAuthResponse},
    keys::PublicKeyOrCertificate,
};
use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

/// Nothing here takes that long.
const LIMIT: Duration = Duration::from_secs(20);

/// A clock that a test moves.
#[derive(Clone, Default)]
pub struct Time(Arc<AtomicI64>);

impl Time {
    pub fn pass(&self, by: Duration) {
        self.0.fetch_add(i64::try_from(by.as_millis()).expect("it is short"), Ordering::Relaxed);
    }

    fn now(&self) -> super::Now {
        let at = Arc::clone(&self.0);
        Arc::new(move || Instant(1_790_000_000_000 + at.load(Ordering::Relaxed)))
    }
}

pub fn credential() -> Credential {
    Credential {
        user: "admin".into(),
        password: "labpass".into(),
        enable: "labenable".into(),
        key: None,
        community: "labro".into(),
        passphrase: "watchwatch".into(),
    }
}

pub fn settings(kind: Kind, time: &Time) -> Settings {
    let mut credential = credential();
    if kind == Kind::Eos {
        credential.enable = credential.password.clone();
    }
    Settings { credential: Some(credential), ..Settings::new("sw1", kind, time.now()) }
}

pub async fn switch(kind: Kind, time: &Time) -> Switch {
    start(settings(kind, time)).await.expect("a port is free")
}

pub struct Anybody;

impl client::Handler for Anybody {
    type Error = russh::Error;

    async fn check_server_key(&mut self, _key: &PublicKeyOrCertificate) -> Result<bool, Self::Error> {
        Ok(true)
    }
}

type Handle = client::Handle<Anybody>;

pub async fn connect(switch: &Switch) -> Result<Handle, russh::Error> {
    client::connect(Arc::new(client::Config::default()), switch.access().addr, Anybody).await
}

pub async fn login(switch: &Switch, password: &str) -> Result<(Handle, AuthResult), russh::Error> {
    let mut handle = connect(switch).await?;
    let done = handle.authenticate_password("admin", password).await?;
    Ok((handle, done))
}

/// One shell.
pub struct Talk {
    // The connection ends with it.
    _handle: Handle,
    channel: Channel<client::Msg>,
    seen: String,
}

impl Talk {
    /// Logs in and waits for the first prompt.
    pub async fn begin(switch: &Switch, size: (u32, u32), prompt: &str) -> Self {
        let (handle, done) = login(switch, "labpass").await.expect("it listens");
        assert!(done.success(), "{done:?}");
        let channel = handle.channel_open_session().await.expect("a channel");
        channel.request_pty(false, "vt100", size.0, size.1, 0, 0, &[]).await.expect("a terminal");
        channel.request_shell(false).await.expect("a shell");
        let mut talk = Self { _handle: handle, channel, seen: String::new() };
        talk.until(prompt).await;
        talk
    }

    pub async fn send(&self, text: &str) {
        self.channel.data_bytes(text.as_bytes().to_vec()).await.expect("it is open");
    }

    /// All that comes up to and with `end`, which is the last thing that came.
    pub async fn until(&mut self, end: &str) -> String {
        let reading = async {
            while !self.seen.ends_with(end) {
                match self.channel.wait().await {
                    Some(ChannelMsg::Data { data }) => self.seen.push_str(&String::from_utf8_lossy(&data)),
                    Some(_) => {}
                    None => panic!("it ended without {end:?} after {:?}", self.seen),
                }
            }
        };
        if tokio::time::timeout(LIMIT, reading).await.is_err() {
            panic!("{end:?} never came, but {:?}", self.seen);
        }
        std::mem::take(&mut self.seen)
    }

    /// What is answered to a line, without its echo and the prompt.
    pub async fn say(&mut self, line: &str, prompt: &str) -> String {
        self.send(&format!("{line}\n")).await;
        let text = self.until(prompt).await;
        let text = text.strip_prefix(line).unwrap_or_else(|| panic!("no echo of {line:?} in {text:?}"));
        let text = text.strip_suffix(prompt).unwrap_or(text);
        text.replace("\r\n", "\n").trim_matches('\n').to_owned()
    }

    /// Until the other side ends it.
    pub async fn ends(&mut self) {
        let reading = async { while self.channel.wait().await.is_some() {} };
        tokio::time::timeout(LIMIT, reading).await.expect("it ends");
    }
}

/// The output of one command on a channel of its own.
pub async fn exec(switch: &Switch, command: &str) -> String {
    let (handle, done) = login(switch, "labpass").await.expect("it listens");
    assert!(done.success());
    let mut channel = handle.channel_open_session().await.expect("a channel");
    channel.exec(true, command).await.expect("it is asked");
    let mut out = String::new();
    let mut code = None;
    while let Some(message) = tokio::time::timeout(LIMIT, channel.wait()).await.expect("it ends") {
        match message {
            ChannelMsg::Data { data } => out.push_str(&String::from_utf8_lossy(&data)),
            ChannelMsg::ExitStatus { exit_status } => code = Some(exit_status),
            _ => {}
        }
    }
    assert_eq!(code, Some(0), "{out}");
    out.replace("\r\n", "\n")
}

#[tokio::test]
async fn a_login_needs_what_is_right() {
    let time = Time::default();
    let switch = switch(Kind::Eos, &time).await;
    assert!(!login(&switch, "wrong").await.expect("it listens").1.success());
    assert!(login(&switch, "labpass").await.expect("it listens").1.success());
    assert_eq!(switch.logins(), 1);
}

#[tokio::test]
async fn a_switch_may_know_keyboard_interactive_only() {
    let time = Time::default();
    let settings = Settings { login: Login::KeyboardInteractive, ..settings(Kind::Ios, &time) };
    let switch = start(settings).await.expect("a port is free");
    assert!(!login(&switch, "labpass").await.expect("it listens").1.success());
    let mut handle = connect(&switch).await.expect("it listens");
    let asked = handle.authenticate_keyboard_interactive_start("admin", None).await.expect("it answers");
    let KeyboardInteractiveAuthResponse::InfoRequest { prompts, .. } = asked else { panic!("{asked:?}") };
    assert!(!prompts[0].echo);
    let done = handle.authenticate_keyboard_interactive_respond(vec!["labpass".into()]).await.expect("it answers");
    assert!(matches!(done, KeyboardInteractiveAuthResponse::Success), "{done:?}");
}

#[tokio::test]
async fn a_key_lets_in() {
    let time = Time::default();
    let pair = russh::keys::ssh_key::private::Ed25519Keypair::from_seed(&[7; 32]);
    let key = russh::keys::PrivateKey::from(pair);
    let mut own = credential();
    own.key = Some(key.public_key().to_openssh().expect("it can be written"));
    let settings = Settings { credential: Some(own), ..settings(Kind::Junos, &time) };
    let switch = start(settings).await.expect("a port is free");
    for (seed, is_in) in [([7; 32], true), ([8; 32], false)] {
        let pair = russh::keys::ssh_key::private::Ed25519Keypair::from_seed(&seed);
        let key = russh::keys::PrivateKeyWithHashAlg::new(Arc::new(russh::keys::PrivateKey::from(pair)), None);
        let mut handle = connect(&switch).await.expect("it listens");
        let done = handle.authenticate_publickey("admin", key).await.expect("it answers");
        assert_eq!(done.success(), is_in);
    }
}

#[tokio::test]
async fn a_switch_is_kept() {
    let time = Time::default();
    let dir = tempfile::tempdir().expect("a folder");
    let settings = || Settings { dir: Some(dir.path().to_owned()), ..settings(Kind::Junos, &time) };
    let switch = start(settings()).await.expect("a port is free");
    let before = switch.access();
    switch.tell("'set system host-name other'").expect("it is right");
    switch.stop().await;
    let switch = start(settings()).await.expect("its port is free again");
    let after = switch.access();
    assert_eq!((before.addr, before.host_key), (after.addr, after.host_key));
    assert!(switch.running().contains(&"set system host-name other".to_owned()));
    let mut talk = Talk::begin(&switch, (511, 24), "admin@other> ").await;
    assert!(talk.say("show version", "admin@other> ").await.contains("Hostname: other"));
}
