//! Who and what there is: application, guilds, channels, roles, members. [`World`] is what a test asks for, [`Place`] what
//! becomes of it.

use std::collections::{BTreeMap, BTreeSet};

pub type Id = u64;

/// Permission bits that the fake looks at.
pub mod permission {
    pub const ADMINISTRATOR: u64 = 1 << 3;
    pub const MANAGE_GUILD: u64 = 1 << 5;
    pub const VIEW_CHANNEL: u64 = 1 << 10;
    pub const SEND_MESSAGES: u64 = 1 << 11;
    pub const MANAGE_MESSAGES: u64 = 1 << 13;
    pub const EMBED_LINKS: u64 = 1 << 14;
    pub const ATTACH_FILES: u64 = 1 << 15;
    pub const READ_MESSAGE_HISTORY: u64 = 1 << 16;
    pub const USE_APPLICATION_COMMANDS: u64 = 1 << 31;
    /// What `@everyone` may do.
    pub const EVERYONE: u64 =
        VIEW_CHANNEL | SEND_MESSAGES | EMBED_LINKS | ATTACH_FILES | READ_MESSAGE_HISTORY | USE_APPLICATION_COMMANDS;
    pub const ALL: u64 = (1 << 53) - 1;
}

#[derive(Debug, Clone, Default)]
struct GuildPlan {
    name: String,
    channels: Vec<String>,
    roles: Vec<(String, u64)>,
    members: Vec<(String, Vec<String>)>,
}

/// A world to start with. Channels, roles and members belong to the guild named last.
#[derive(Debug, Clone)]
pub struct World {
    pub(crate) bot_name: String,
    pub(crate) token: String,
    pub(crate) privileged_intents: u64,
    pub(crate) attachment_limit: usize,
    pub(crate) heartbeat_ms: u64,
    pub(crate) is_clock_running: bool,
    pub(crate) is_strict_about_time: bool,
    pub(crate) with_tls: bool,
    pub(crate) starts_at_ms: u64,
    guilds: Vec<GuildPlan>,
    /// Of the bot, by channel.
    bot_permissions: BTreeMap<String, u64>,
}

impl Default for World {
    fn default() -> Self {
        Self {
            bot_name: "direttore".to_owned(),
            token: "MTAwMDAwMDAwMDAwMDAwMDAwMQ.fake.token-of-the-tests".to_owned(),
            privileged_intents: 0,
            attachment_limit: 10 * 1024 * 1024,
            heartbeat_ms: 41_250,
            is_clock_running: false,
            is_strict_about_time: false,
            with_tls: false,
            starts_at_ms: 1_767_225_600_000,
            guilds: Vec::new(),
            bot_permissions: BTreeMap::new(),
        }
    }
}

impl World {
    /// Nothing but the application and its bot.
    pub fn empty() -> Self {
        Self::default()
    }

    /// A guild `lab` with the channels `ops` and `private`, the roles `admin` (administrator) and `operator`, and alice
    /// (admin), bob (operator) and carol (no role).
    pub fn lab() -> Self {
        Self::empty()
            .guild("lab")
            .channel("ops")
            .channel("private")
            .role("admin", permission::ADMINISTRATOR)
            .role("operator", 0)
            .member("alice", &["admin"])
            .member("bob", &["operator"])
            .member("carol", &[])
    }

    pub fn guild(mut self, name: &str) -> Self {
        self.guilds.push(GuildPlan { name: name.to_owned(), ..GuildPlan::default() });
        self
    }

    fn last(&mut self) -> &mut GuildPlan {
        self.guilds.last_mut().expect("a guild is named before what is in it")
    }

    /// # Panics
    /// No guild was named before, here and in what follows.
    pub fn channel(mut self, name: &str) -> Self {
        self.last().channels.push(name.to_owned());
        self
    }

    /// A role with what it permits beyond `@everyone`.
    pub fn role(mut self, name: &str, permissions: u64) -> Self {
        self.last().roles.push((name.to_owned(), permissions));
        self
    }

    pub fn member(mut self, name: &str, roles: &[&str]) -> Self {
        let roles = roles.iter().map(|r| (*r).to_owned()).collect();
        self.last().members.push((name.to_owned(), roles));
        self
    }

    /// All that the bot may do in that channel.
    pub fn bot_permissions(mut self, channel: &str, permissions: u64) -> Self {
        self.bot_permissions.insert(channel.to_owned(), permissions);
        self
    }

    /// Privileged intents that are switched on for the application.
    pub fn privileged_intents(mut self, intents: u64) -> Self {
        self.privileged_intents = intents;
        self
    }

    /// Bytes of one message's files.
    pub fn attachment_limit(mut self, bytes: usize) -> Self {
        self.attachment_limit = bytes;
        self
    }

    pub fn heartbeat_ms(mut self, interval: u64) -> Self {
        self.heartbeat_ms = interval;
        self
    }

    /// What its clock says at first, in milliseconds since 1970; otherwise it is the beginning of 2026.
    pub fn starts_at(mut self, ms: u64) -> Self {
        self.starts_at_ms = ms;
        self
    }

    /// The clock goes on by itself.
    pub fn running_clock(mut self) -> Self {
        self.is_clock_running = true;
        self
    }

    /// Real rate limits, heartbeats that must come, one Identify in five seconds: all by the fake's clock, so that a
    /// test which moves it must have a client that keeps up.
    pub fn strict_about_time(mut self) -> Self {
        self.is_strict_about_time = true;
        self
    }

    /// Also listens with TLS, as `discord.com`.
    pub fn tls(mut self) -> Self {
        self.with_tls = true;
        self
    }
}

#[derive(Debug, Clone)]
pub struct User {
    pub id: Id,
    pub name: String,
    pub is_bot: bool,
}

#[derive(Debug, Clone)]
pub struct Role {
    pub id: Id,
    pub name: String,
    pub permissions: u64,
}

#[derive(Debug, Clone)]
pub struct Guild {
    pub id: Id,
    pub name: String,
    pub owner: Id,
    pub roles: Vec<Role>,
    /// Roles by user.
    pub members: BTreeMap<Id, Vec<Id>>,
}

#[derive(Debug, Clone)]
pub struct Channel {
    pub id: Id,
    pub name: String,
    /// `None`: a direct message with `recipient`.
    pub guild: Option<Id>,
    pub recipient: Option<Id>,
    /// Who does not see it although they are members.
    pub hidden_from: BTreeSet<Id>,
    pub bot_permissions: u64,
}

/// The world as it stands.
#[derive(Debug)]
pub struct Place {
    pub application: Id,
    pub bot: Id,
    pub bot_name: String,
    pub token: String,
    pub is_token_revoked: bool,
    pub guilds: Vec<Guild>,
    pub channels: Vec<Channel>,
    pub users: Vec<User>,
}

impl Place {
    pub(crate) fn build(world: &World) -> Self {
        // As Discord's: large, and growing with time.
        let mut next = 1_000_000_000_000_000_000;
        let mut id = || {
            next += 1;
            next
        };
        // A bot's user and its application have the same id since 2016.
        let application = id();
        let bot = User { id: application, name: world.bot_name.clone(), is_bot: true };
        let (mut guilds, mut channels, mut users) = (Vec::new(), Vec::new(), vec![bot]);
        for plan in &world.guilds {
            let guild = id();
            let everyone = Role { id: guild, name: "@everyone".to_owned(), permissions: permission::EVERYONE };
            let of_plan = plan.roles.iter().map(|(name, p)| Role { id: id(), name: name.clone(), permissions: *p });
            let roles: Vec<Role> = std::iter::once(everyone).chain(of_plan.collect::<Vec<_>>()).collect();
            let role_id = |name: &String| roles.iter().find(|r| r.name == *name).map(|r| r.id);
            let mut members = BTreeMap::from([(application, Vec::new())]);
            for (name, of) in &plan.members {
                let known = users.iter().find(|u| u.name == *name).map(|u| u.id);
                let user = known.unwrap_or_else(|| {
                    let user = User { id: id(), name: name.clone(), is_bot: false };
                    users.push(user);
                    users.last().map(|u| u.id).unwrap_or_default()
                });
                let of: Option<Vec<Id>> = of.iter().map(role_id).collect();
                members.insert(user, of.expect("a member's roles are named before"));
            }
            for name in &plan.channels {
                let bot_permissions = world.bot_permissions.get(name).copied().unwrap_or(permission::EVERYONE);
                let hidden_from = BTreeSet::new();
                let (guild, recipient) = (Some(guild), None);
                channels.push(Channel { id: id(), name: name.clone(), guild, recipient, hidden_from, bot_permissions });
            }
            guilds.push(Guild { id: guild, name: plan.name.clone(), owner: id(), roles, members });
        }
        let (bot_name, token) = (world.bot_name.clone(), world.token.clone());
        Self { application, bot: application, bot_name, token, is_token_revoked: false, guilds, channels, users }
    }

    pub fn guild(&self, id: Id) -> Option<&Guild> {
        self.guilds.iter().find(|g| g.id == id)
    }

    pub fn channel(&self, id: Id) -> Option<&Channel> {
        self.channels.iter().find(|c| c.id == id)
    }

    pub fn channel_mut(&mut self, id: Id) -> Option<&mut Channel> {
        self.channels.iter_mut().find(|c| c.id == id)
    }

    pub fn user(&self, id: Id) -> Option<&User> {
        self.users.iter().find(|u| u.id == id)
    }

    /// The direct messages of a user with the bot, which are opened by the first who asks for them.
    pub fn dm(&mut self, user: Id) -> Id {
        if let Some(channel) = self.channels.iter().find(|c| c.recipient == Some(user)) {
            return channel.id;
        }
        let id = self.channels.iter().map(|c| c.id).max().unwrap_or(self.application).max(user) + 1_000_000;
        self.channels.push(Channel {
            id,
            name: String::new(),
            guild: None,
            recipient: Some(user),
            hidden_from: BTreeSet::new(),
            bot_permissions: permission::EVERYONE,
        });
        id
    }

    /// What a user may do in a channel.
    pub fn permissions(&self, user: Id, channel: Id) -> u64 {
        let Some(channel) = self.channel(channel) else { return 0 };
        if user == self.bot {
            return channel.bot_permissions;
        }
        let Some(guild) = channel.guild.and_then(|g| self.guild(g)) else { return permission::EVERYONE };
        let Some(of) = guild.members.get(&user) else { return 0 };
        let roles = guild.roles.iter().filter(|r| r.id == guild.id || of.contains(&r.id));
        let all = roles.fold(0, |all, role| all | role.permissions);
        if all & permission::ADMINISTRATOR != 0 { permission::ALL } else { all }
    }

    pub fn sees_channel(&self, user: Id, channel: Id) -> bool {
        let Some(channel) = self.channel(channel) else { return false };
        if user == self.bot {
            return channel.bot_permissions & permission::VIEW_CHANNEL != 0;
        }
        match channel.guild.and_then(|g| self.guild(g)) {
            Some(guild) => guild.members.contains_key(&user) && !channel.hidden_from.contains(&user),
            None => channel.recipient == Some(user),
        }
    }
}
