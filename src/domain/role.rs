//! Roles and permissions, and the table between them.

use crate::WrongForm;
use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};

/// Ordered: a later one may do more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    Viewer,
    Operator,
    Admin,
}

impl Role {
    pub const ALL: [Self; 3] = [Self::Admin, Self::Operator, Self::Viewer];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Viewer => "viewer",
            Self::Operator => "operator",
            Self::Admin => "admin",
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for Role {
    type Err = WrongForm;
    fn from_str(text: &str) -> Result<Self, WrongForm> {
        let found = Self::ALL.into_iter().find(|r| r.as_str() == text);
        found.ok_or_else(|| WrongForm::new("role", text, "admin, operator or viewer"))
    }
}

/// What a command needs. Complete: a command names one of these.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Permission {
    /// Also for someone with no role.
    #[serde(rename = "anyone")]
    Anyone,
    /// The asker's own jobs, aliases, keys and tokens; `users` extends it to everyone's.
    #[serde(rename = "own")]
    Own,
    #[serde(rename = "view")]
    View,
    #[serde(rename = "reserve")]
    Reserve,
    #[serde(rename = "provision")]
    Provision,
    #[serde(rename = "power")]
    Power,
    #[serde(rename = "device.push")]
    DevicePush,
    #[serde(rename = "delete")]
    Delete,
    #[serde(rename = "users")]
    Users,
}

/// Whether a role has a permission.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Allowance {
    Yes,
    /// After a second person's approval.
    WithApproval,
    No,
}

impl Permission {
    pub const ALL: [Self; 9] = [
        Self::Anyone,
        Self::Own,
        Self::View,
        Self::Reserve,
        Self::Provision,
        Self::Power,
        Self::DevicePush,
        Self::Delete,
        Self::Users,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Anyone => "anyone",
            Self::Own => "own",
            Self::View => "view",
            Self::Reserve => "reserve",
            Self::Provision => "provision",
            Self::Power => "power",
            Self::DevicePush => "device.push",
            Self::Delete => "delete",
            Self::Users => "users",
        }
    }

    /// The table of the design.
    pub fn allowed_to(self, role: Option<Role>) -> Allowance {
        use Allowance::{No, WithApproval, Yes};
        match (self, role) {
            (Self::Anyone, _) => Yes,
            (_, None) => No,
            (Self::Own | Self::View, Some(_)) => Yes,
            (_, Some(Role::Admin)) => Yes,
            (_, Some(Role::Viewer)) => No,
            (Self::Reserve | Self::Provision | Self::Power, Some(Role::Operator)) => Yes,
            (Self::DevicePush, Some(Role::Operator)) => WithApproval,
            (Self::Delete | Self::Users, Some(Role::Operator)) => No,
        }
    }

    /// The lowest role that has it.
    pub fn lowest_role(self) -> Role {
        let mut roles = Role::ALL.into_iter().rev();
        roles.find(|r| self.allowed_to(Some(*r)) != Allowance::No).unwrap_or(Role::Admin)
    }
}

impl fmt::Display for Permission {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}
