//! Who asks, where, and as whom.

use crate::{AccountName, Grant, Role};
use serde::{Deserialize, Serialize};
use std::fmt;

/// A way in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Surface {
    Console,
    Discord,
    Matrix,
    Http,
}

impl Surface {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Console => "console",
            Self::Discord => "discord",
            Self::Matrix => "matrix",
            Self::Http => "http",
        }
    }

    /// Whether a picture can be seen there; elsewhere none is drawn.
    pub fn shows_pictures(self) -> bool {
        matches!(self, Self::Discord | Self::Matrix)
    }
}

impl fmt::Display for Surface {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// Someone's account on a surface. At the console the subject is the account's own name.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Identity {
    pub surface: Surface,
    pub subject: String,
}

impl fmt::Display for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.surface, self.subject)
    }
}

/// What a surface says of an identity, anew with everything that it hears from it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Claims {
    /// What people call it there.
    pub name: String,
    /// Ids of the roles that it has there, for the configuration to map.
    pub roles: Vec<String>,
}

/// Where to answer.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Origin {
    pub surface: Surface,
    /// The channel or room in the surface's own words; a process' own name at the console.
    pub channel: String,
}

impl Origin {
    /// As grants name it: `console`, `discord:123`.
    pub fn channel_name(&self) -> String {
        match self.surface {
            Surface::Console => "console".to_owned(),
            surface => format!("{surface}:{}", self.channel),
        }
    }
}

/// A person or program known to us.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Account {
    pub id: i64,
    pub name: AccountName,
    /// The role that the account itself has.
    pub role: Option<Role>,
    pub is_disabled: bool,
    /// An IANA time zone (`Europe/Warsaw`); UTC unless set.
    pub zone: String,
}

/// The asker of one invocation, with what the policy must know.
#[derive(Debug, Clone)]
pub struct Actor {
    pub identity: Identity,
    pub account: Option<Account>,
    /// The highest role that a rule gives.
    pub role: Option<Role>,
    /// The rule that gave the role, or why there is none, as a clause: "account alice has it".
    pub because: String,
    /// Personal, group and role grants together.
    pub grants: Vec<Grant>,
    /// Groups that the account is in.
    pub groups: Vec<String>,
}

impl Actor {
    /// For logs and the audit: the account's name, else the identity.
    pub fn name(&self) -> String {
        self.account.as_ref().map_or_else(|| self.identity.to_string(), |a| a.name.to_string())
    }

    pub fn account_id(&self) -> Option<i64> {
        self.account.as_ref().map(|a| a.id)
    }

    /// IANA name of the zone that dates are shown in.
    pub fn zone(&self) -> &str {
        self.account.as_ref().map_or("UTC", |a| &a.zone)
    }
}
