//! SSH: who comes in, and what kind of channel they open.

mod term;

pub use term::{Echo, Gone, Line, Term};

use super::{Login, device::Device, shell};
use russh::{
    Channel, ChannelId, MethodKind, MethodSet,
    keys::PublicKey,
    server::{self, Auth, ChannelOpenHandle, Handler, Msg, Response, Session, VerifiedPublicKey},
};
use std::{collections::HashMap, sync::Arc, time::Duration};
use tokio::net::{TcpListener, TcpStream};

/// Takes connections until it is aborted.
pub async fn accept(device: Arc<Device>, listener: TcpListener, login: Login) {
    loop {
        let Ok((stream, _)) = listener.accept().await else { continue };
        let device = Arc::clone(&device);
        tokio::spawn(async move {
            if let Err(why) = connection(device, stream, login).await {
                tracing::debug!("a connection to a simulated switch ended: {why}");
            }
        });
    }
}

async fn connection(device: Arc<Device>, stream: TcpStream, login: Login) -> Result<(), russh::Error> {
    // A second handle, so that whoever takes the switch down can cut the line.
    let std = stream.into_std()?;
    let other = std.try_clone()?;
    let Some(number) = device.arrive(other) else { return Ok(()) };
    let guard = Guard { device: Arc::clone(&device), number };
    let stream = TcpStream::from_std(std)?;
    stream.set_nodelay(true)?;
    let methods: &[MethodKind] = match login {
        Login::Any => &[MethodKind::PublicKey, MethodKind::Password, MethodKind::KeyboardInteractive],
        Login::KeyboardInteractive => &[MethodKind::KeyboardInteractive],
        Login::Key => &[MethodKind::PublicKey],
    };
    let config = server::Config {
        methods: MethodSet::from(methods),
        keys: vec![device.host_key()],
        auth_rejection_time: Duration::from_millis(50),
        auth_rejection_time_initial: Some(Duration::ZERO),
        max_auth_attempts: 6,
        inactivity_timeout: None,
        window_size: 256 * 1024,
        nodelay: true,
        ..server::Config::default()
    };
    let handler = Switchboard { device, login, number, user: String::new(), open: HashMap::new() };
    server::run_stream(Arc::new(config), stream, handler).await?.await?;
    drop(guard);
    Ok(())
}

/// However a connection ends, it is told.
struct Guard {
    device: Arc<Device>,
    number: u64,
}

impl Drop for Guard {
    fn drop(&mut self) {
        self.device.leave(self.number);
    }
}

/// A channel, and the columns and rows of its terminal.
type Waiting = (Channel<Msg>, Option<(u32, u32)>);

/// One connection.
struct Switchboard {
    device: Arc<Device>,
    login: Login,
    number: u64,
    user: String,
    /// Channels that run nothing yet, with the terminal's width when they have one.
    open: HashMap<ChannelId, Waiting>,
}

impl Switchboard {
    fn judge(&mut self, user: &str, is_in: bool) -> Auth {
        if is_in {
            user.clone_into(&mut self.user);
            return Auth::Accept;
        }
        Auth::reject()
    }

    fn run(&mut self, channel: ChannelId, command: Option<String>, session: &mut Session) -> Result<(), russh::Error> {
        let Some((opened, size)) = self.open.remove(&channel) else { return session.channel_failure(channel) };
        session.channel_success(channel)?;
        let who = shell::Who { user: self.user.clone(), number: self.number };
        let (device, handle) = (Arc::clone(&self.device), session.handle());
        tokio::spawn(async move {
            let mut stream = opened.into_stream();
            let term = Term::new(&mut stream, size);
            let code = shell::run(device, term, who, command).await;
            if code.is_ok() {
                // The other side may be gone, and then nobody waits for these.
                let _ = handle.exit_status_request(channel, 0).await;
                let _ = handle.eof(channel).await;
            }
            let _ = handle.close(channel).await;
        });
        Ok(())
    }
}

impl Handler for Switchboard {
    type Error = russh::Error;

    async fn auth_password(&mut self, user: &str, password: &str) -> Result<Auth, Self::Error> {
        let is_in = self.login == Login::Any && self.device.lets_in(user, |c| c.password == password);
        Ok(self.judge(user, is_in))
    }

    async fn auth_publickey(&mut self, user: &str, key: VerifiedPublicKey<'_>) -> Result<Auth, Self::Error> {
        let is_it = |ours: &String| {
            PublicKey::from_openssh(ours).is_ok_and(|ours| ours.key_data() == key.public_key.key_data())
        };
        let is_known = self.login != Login::KeyboardInteractive;
        let is_in = is_known && self.device.lets_in(user, |c| c.key.as_ref().is_some_and(is_it));
        Ok(self.judge(user, is_in))
    }

    async fn auth_keyboard_interactive<'a>(
        &'a mut self,
        user: &str,
        _submethods: &str,
        response: Option<Response<'a>>,
    ) -> Result<Auth, Self::Error> {
        if self.login == Login::Key {
            return Ok(Auth::reject());
        }
        let Some(mut response) = response else {
            let prompts = vec![("Password: ".into(), false)];
            return Ok(Auth::Partial { name: "".into(), instructions: "".into(), prompts: prompts.into() });
        };
        let said = response.next().map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default();
        let is_in = self.device.lets_in(user, |c| c.password == said);
        Ok(self.judge(user, is_in))
    }

    async fn channel_open_session(
        &mut self,
        channel: Channel<Msg>,
        reply: ChannelOpenHandle,
        _session: &mut Session,
    ) -> Result<(), Self::Error> {
        self.open.insert(channel.id(), (channel, None));
        reply.accept().await;
        Ok(())
    }

    async fn pty_request(
        &mut self,
        channel: ChannelId,
        _term: &str,
        width: u32,
        height: u32,
        _pix_width: u32,
        _pix_height: u32,
        _modes: &[(russh::Pty, u32)],
        session: &mut Session,
    ) -> Result<(), Self::Error> {
        match self.open.get_mut(&channel) {
            Some((_, size)) => *size = Some((width, height)),
            None => return session.channel_failure(channel),
        }
        session.channel_success(channel)
    }

    async fn shell_request(&mut self, channel: ChannelId, session: &mut Session) -> Result<(), Self::Error> {
        self.run(channel, None, session)
    }

    async fn exec_request(
        &mut self,
        channel: ChannelId,
        data: &[u8],
        session: &mut Session,
    ) -> Result<(), Self::Error> {
        self.run(channel, Some(String::from_utf8_lossy(data).into_owned()), session)
    }

    async fn subsystem_request(
        &mut self,
        channel: ChannelId,
        _name: &str,
        session: &mut Session,
    ) -> Result<(), Self::Error> {
        session.channel_failure(channel)
    }

    async fn env_request(
        &mut self,
        channel: ChannelId,
        _name: &str,
        _value: &str,
        session: &mut Session,
    ) -> Result<(), Self::Error> {
        session.channel_failure(channel)
    }
}
