//! A pretend Discord on loopback, for tests: REST, gateway, and the caller of an interactions endpoint.
//!
//! It is written from the contract alone and refuses what Discord refuses, so that a bot which works here speaks
//! Discord. It must never be lenient where Discord is not; where the real rule is not known, it is strict.
//!
//! A test starts a [`World`], connects its bot to [`Fake::api_url`] and [`Fake::gateway_url`], lets users do what their
//! screen allows ([`Fake::user`]), looks at what they see, and ends with [`Fake::assert_clean`].
//!
//! # What it enforces, and where
//! | rule | file |
//! | --- | --- |
//! | every request fits Discord's description, every answer of ours too | `validate/schema.rs`, `rest/mod.rs` |
//! | components, modals, embeds, messages, commands: what the description leaves out | `validate/` |
//! | who calls, unknown routes, waits and rate limits | `rest/mod.rs`, `rest/limits.rs` |
//! | 3 s, 15 min, one initial answer, allowed types | `interactions/` |
//! | `@original`, followups, who sees what is ephemeral | `rest/interactions.rs` |
//! | files, edits, nonces, late edits, mentions | `rest/compose.rs`, `rest/channels.rs`, `message.rs` |
//! | command sets and their daily limit | `rest/commands.rs` |
//! | the bot's permissions in a channel | `rest/channels.rs` |
//! | Hello, Identify, Resume, heartbeats, limits, close codes | `gateway/` |
//! | signatures, PING, inline answers | `deliver.rs` |
//! | what a user can do | `users/` |
//!
//! Its clock ([`Clock`]) stands until a test moves it. Nothing here sleeps; who waits for something waits for a change.

mod clock;
mod deliver;
mod faults;
mod gateway;
mod interactions;
mod message;
mod record;
mod rest;
mod serve;
mod state;
mod users;
mod validate;
mod world;

pub use clock::Clock;
pub use deliver::{Deliver, EndpointError, Spoil};
pub use faults::Fault;
pub use message::{Attachment, Message, Pings};
pub use record::{Request, Violation};
pub use serve::tls;
pub use users::{Answer, AnswerKind, Cannot, Choice, File, Handle, Seat, User};
pub use world::{Id, World, permission};

use gateway::Order;
use serde_json::{Value, json};
use state::{Inner, State};
use std::{
    net::{Ipv4Addr, SocketAddr},
    sync::Arc,
};
use tokio::{net::TcpListener, task::JoinHandle};
use validate::Schema;

/// A running fake. It ends when this is dropped.
#[derive(Debug)]
pub struct Fake {
    inner: Arc<Inner>,
    accepting: Vec<JoinHandle<()>>,
    authority: Option<String>,
}

impl Inner {
    fn gateway_url(&self) -> String {
        format!("ws://{}/", self.addr)
    }
}

impl Fake {
    /// Builds the world and listens. `None` where Discord's description is not on this machine: the test is then skipped,
    /// which `target/skipped.txt` says.
    ///
    /// # Panics
    /// Under `CI` the description must be there; loopback must have a port.
    pub async fn start(world: World) -> Option<Self> {
        let schema = Schema::load()?;
        let bind = async || TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("loopback has a free port");
        let listener = bind().await;
        let addr = listener.local_addr().expect("it is bound");
        let mut tls = None;
        if world.with_tls {
            let (acceptor, authority) = serve::tls().expect("a certificate can be made");
            let listener = bind().await;
            let addr = listener.local_addr().expect("it is bound");
            tls = Some((listener, addr, acceptor, authority));
        }
        let tls_addr = tls.as_ref().map(|(_, addr, ..)| *addr);
        let inner = Arc::new(Inner::new(schema, world, deliver::Signer::generate(), addr, tls_addr));
        let mut accepting = vec![tokio::spawn(serve::accept(Arc::clone(&inner), listener, None))];
        let mut authority = None;
        if let Some((listener, _, acceptor, pem)) = tls {
            accepting.push(tokio::spawn(serve::accept(Arc::clone(&inner), listener, Some(acceptor))));
            authority = Some(pem);
        }
        Some(Self { inner, accepting, authority })
    }

    /// `http://127.0.0.1:40000/api/v10`
    pub fn api_url(&self) -> String {
        format!("http://{}/api/v10", self.inner.addr)
    }

    /// `ws://127.0.0.1:40000/`
    pub fn gateway_url(&self) -> String {
        self.inner.gateway_url()
    }

    /// Where it speaks TLS as `discord.com`, in a world with [`World::tls`].
    pub fn tls_addr(&self) -> Option<SocketAddr> {
        self.inner.tls_addr
    }

    /// The authority behind its certificate.
    pub fn ca_pem(&self) -> Option<&str> {
        self.authority.as_deref()
    }

    pub fn token(&self) -> String {
        self.inner.settings.token.clone()
    }

    /// Of the application, 64 hexadecimal digits.
    pub fn public_key(&self) -> String {
        self.inner.signer.public_key()
    }

    pub fn application_id(&self) -> Id {
        self.inner.look(|state| state.place.application)
    }

    /// # Panics
    /// There is no such guild.
    pub fn guild_id(&self, name: &str) -> Id {
        self.find("guild", name, |state| state.place.guilds.iter().find(|g| g.name == name).map(|g| g.id))
    }

    /// # Panics
    /// There is no such channel.
    pub fn channel_id(&self, name: &str) -> Id {
        self.find("channel", name, |state| state.place.channels.iter().find(|c| c.name == name).map(|c| c.id))
    }

    /// # Panics
    /// There is no such role.
    pub fn role_id(&self, name: &str) -> Id {
        let roles =
            |state: &State| state.place.guilds.iter().flat_map(|g| &g.roles).find(|r| r.name == name).map(|r| r.id);
        self.find("role", name, roles)
    }

    /// # Panics
    /// There is no such user.
    pub fn user_id(&self, name: &str) -> Id {
        self.find("user", name, |state| state.place.users.iter().find(|u| u.name == name).map(|u| u.id))
    }

    fn find(&self, kind: &str, name: &str, look: impl FnOnce(&State) -> Option<Id>) -> Id {
        self.inner.look(look).unwrap_or_else(|| panic!("the world has no {kind} {name}"))
    }

    /// # Panics
    /// There is no such user.
    pub fn user(&self, name: &str) -> User {
        User::new(Arc::clone(&self.inner), self.user_id(name))
    }

    pub fn clock(&self) -> Clock {
        self.inner.clock.clone()
    }

    /// Registered commands of a guild, or the global ones, as they were sent.
    pub fn commands(&self, guild: Option<Id>) -> Vec<Value> {
        self.inner.look(|state| state.commands.iter().filter(|c| c.guild == guild).map(|c| c.body.clone()).collect())
    }

    /// Waits until a bot is connected and there are commands: it can be spoken to.
    ///
    /// # Panics
    /// That never came about.
    pub async fn ready(&self) {
        let is_there = |state: &State| {
            let is_connected = state.deliver != Deliver::Gateway || !state.gateway.connected().is_empty();
            (is_connected && !state.commands.is_empty()).then_some(())
        };
        self.inner.until("a bot that is connected and has registered commands", is_there).await;
    }

    /// Waits for that many connected sessions.
    ///
    /// # Panics
    /// It never were so many.
    pub async fn sessions(&self, many: usize) {
        let is_so = |state: &State| (state.gateway.connected().len() == many).then_some(());
        self.inner.until(&format!("{many} sessions"), is_so).await;
    }

    /// How many sessions were started: a resume is none.
    pub fn identified(&self) -> usize {
        self.inner.look(|state| state.gateway.started())
    }

    /// Waits until what was recorded is as wished.
    ///
    /// # Panics
    /// It never was.
    pub async fn until_requests(&self, is_right: impl Fn(&[Request]) -> bool) -> Vec<Request> {
        let look = |state: &State| is_right(&state.requests).then(|| state.requests.clone());
        self.inner.until("certain requests", look).await
    }

    /// Waits until the breaches are as wished.
    ///
    /// # Panics
    /// They never were.
    pub async fn until_violations(&self, is_right: impl Fn(&[Violation]) -> bool) -> Vec<Violation> {
        let look = |state: &State| is_right(&state.violations).then(|| state.violations.clone());
        self.inner.until("certain violations", look).await
    }

    /// All requests so far.
    pub fn requests(&self) -> Vec<Request> {
        self.inner.look(|state| state.requests.clone())
    }

    /// All breaches of the protocol so far.
    pub fn violations(&self) -> Vec<Violation> {
        self.inner.look(|state| state.violations.clone())
    }

    /// Takes what was breached on purpose off the list.
    pub fn take_violations(&self) -> Vec<Violation> {
        self.inner.change(|state| std::mem::take(&mut state.violations))
    }

    /// # Panics
    /// The protocol was breached, or a fault that was asked for never struck.
    pub fn assert_clean(&self) {
        let violations: Vec<String> = self.violations().iter().map(Violation::to_string).collect();
        assert!(violations.is_empty(), "the protocol was breached: {violations:#?}");
        let waiting = self.inner.look(|state| state.faults.waiting());
        assert_eq!(waiting, 0, "faults that never struck");
    }

    /// A message by its id, deleted or not.
    pub fn message(&self, id: Id) -> Option<Message> {
        self.inner.look(|state| state.messages.get(&id).cloned())
    }

    /// Chooses how interactions reach the bot. An endpoint is checked as Discord does when it is saved.
    ///
    /// # Errors
    /// The endpoint does not answer the checks as it must; nothing is changed then.
    pub async fn deliver(&self, how: Deliver) -> Result<(), EndpointError> {
        if let Deliver::Http(url) = &how {
            deliver::check_endpoint(&self.inner, url).await?;
        }
        self.inner.change(|state| state.deliver = how);
        Ok(())
    }

    /// Repeats the checks of an endpoint, as Discord does now and then.
    ///
    /// # Errors
    /// What it answered wrongly.
    pub async fn check_endpoint(&self, url: &str) -> Result<(), EndpointError> {
        deliver::check_endpoint(&self.inner, url).await
    }

    /// Lets a fault strike the next requests of a route (`POST`, `/channels/{channel_id}/messages`; `*` is any).
    pub fn fault(&self, method: &str, route: &str, fault: Fault, times: u32) {
        self.inner.change(|state| state.faults.plan(method, route, fault, times));
    }

    /// Forgets faults that have not struck.
    pub fn clear_faults(&self) {
        self.inner.change(|state| state.faults.clear());
    }

    /// Lets requests go on that [`Fault::Hold`] holds.
    pub fn release(&self) {
        self.inner.released.send_modify(|n| *n += 1);
    }

    /// Op 7: everyone shall reconnect.
    pub fn ask_to_reconnect(&self) {
        self.raw(&json!({"t": null, "s": null, "op": 7, "d": null}));
    }

    /// Op 9. Without `resumable` the sessions are forgotten.
    pub fn invalidate_sessions(&self, resumable: bool) {
        self.raw(&json!({"t": null, "s": null, "op": 9, "d": resumable}));
        if !resumable {
            self.inner.change(|state| state.gateway.forget_sessions());
        }
    }

    fn raw(&self, envelope: &Value) {
        self.inner.change(|state| state.gateway.order(&Order::Send(envelope.to_string())));
    }

    /// Closes every connection with that code.
    pub fn close(&self, code: u16) {
        self.inner.change(|state| {
            state.faults.closes.insert(code);
            state.gateway.order(&Order::Close(code));
        });
    }

    /// Ends every connection of the gateway without a word.
    pub fn drop_connections(&self) {
        self.inner.change(|state| state.gateway.order(&Order::Drop));
    }

    /// The next attempts to resume are answered with op 9.
    pub fn refuse_resumes(&self, times: u32) {
        self.inner.change(|state| state.gateway.refused_resumes = times);
    }

    /// The next connections to the gateway are dropped.
    pub fn refuse_connections(&self, times: u32) {
        self.inner.change(|state| state.gateway.refused_connections = times);
    }

    /// Heartbeats are heard and not answered, or answered again.
    pub fn withhold_acks(&self, withhold: bool) {
        self.inner.change(|state| state.gateway.withholds_acks = withhold);
    }

    /// Op 1: everyone shall send a heartbeat now.
    pub fn ask_for_heartbeat(&self) {
        self.raw(&json!({"t": null, "s": null, "op": 1, "d": null}));
    }

    /// An event as a test writes it, to every session.
    pub fn send_raw_event(&self, name: &str, data: &Value) {
        self.inner.change(|state| state.gateway.dispatch(name, data));
    }

    /// From now on the bot's token is nobody's.
    pub fn revoke_token(&self) {
        self.inner.change(|state| state.place.is_token_revoked = true);
    }

    pub fn restore_token(&self) {
        self.inner.change(|state| state.place.is_token_revoked = false);
    }

    /// What the bot may do in a channel.
    ///
    /// # Panics
    /// There is no such channel.
    pub fn permit_bot(&self, channel: &str, permissions: u64) {
        let id = self.channel_id(channel);
        self.inner.change(|state| {
            if let Some(channel) = state.place.channel_mut(id) {
                channel.bot_permissions = permissions;
            }
        });
    }

    /// A member does not see a channel any more, or sees it again.
    ///
    /// # Panics
    /// There is no such channel or user.
    pub fn hide_channel(&self, channel: &str, user: &str, is_hidden: bool) {
        let (id, user) = (self.channel_id(channel), self.user_id(user));
        self.inner.change(|state| {
            if let Some(channel) = state.place.channel_mut(id) {
                if is_hidden {
                    channel.hidden_from.insert(user)
                } else {
                    channel.hidden_from.remove(&user)
                };
            }
        });
    }

    /// Gives a member exactly these roles.
    ///
    /// # Panics
    /// There is no such user or role.
    pub fn set_roles(&self, user: &str, roles: &[&str]) {
        let (user, roles) = (self.user_id(user), roles.iter().map(|r| self.role_id(r)).collect::<Vec<Id>>());
        self.inner.change(|state| {
            for guild in &mut state.place.guilds {
                if let Some(of) = guild.members.get_mut(&user) {
                    of.clone_from(&roles);
                }
            }
        });
    }

    /// Somebody with the right to do so deletes a message.
    pub fn delete_message(&self, id: Id) {
        self.inner.change(|state| {
            if let Some(message) = state.messages.get_mut(&id) {
                message.is_deleted = true;
            }
        });
    }
}

impl Drop for Fake {
    fn drop(&mut self) {
        self.accepting.iter().for_each(JoinHandle::abort);
        self.drop_connections();
    }
}
