//! Users, tokens, roles and the access control list: who may do what where.

use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

#[derive(Clone, Serialize, Deserialize)]
pub struct Token {
    pub secret: String,
    /// It has only what is granted to the token itself, and never more than its user.
    pub is_separated: bool,
    /// Unix seconds; 0 is never.
    pub expire: u64,
    pub comment: Option<String>,
    /// By the fault grammar.
    pub is_revoked: bool,
}

#[derive(Clone, Default, Serialize, Deserialize)]
pub struct User {
    pub password: Option<String>,
    pub is_disabled: bool,
    pub comment: Option<String>,
    pub tokens: BTreeMap<String, Token>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum AclKind {
    User,
    Token,
    Group,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AclEntry {
    pub path: String,
    pub kind: AclKind,
    /// `user@realm`, `user@realm!token` or a group's name.
    pub whom: String,
    pub role: String,
    pub propagates: bool,
}

#[derive(Clone, Default, Serialize, Deserialize)]
pub struct Users {
    pub users: BTreeMap<String, User>,
    pub roles: BTreeMap<String, BTreeSet<String>>,
    pub acl: Vec<AclEntry>,
    /// Signs tickets; kept so that they stay valid over a restart.
    pub ticket_key: String,
}

impl std::fmt::Debug for Users {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Users").field("users", &self.users.keys()).field("acl", &self.acl).finish_non_exhaustive()
    }
}

/// Privileges at a path, each with whether it goes on to what lies below.
pub type Privileges = BTreeMap<String, bool>;

pub const ROOT: &str = "root@pam";

impl Users {
    /// What `user`, or its `token`, may do at `path`; `pool` is the pool of the guest or storage that the path names.
    pub fn privileges(&self, user: &str, token: Option<&str>, path: &str, pool: Option<&str>) -> Privileges {
        let own = if user == ROOT { self.everything() } else { self.with_pool(AclKind::User, user, path, pool) };
        let Some(token) = token else { return own };
        if !self.is_separated(user, token) {
            return own;
        }
        let granted = self.with_pool(AclKind::Token, &format!("{user}!{token}"), path, pool);
        granted
            .into_iter()
            .filter_map(|(privilege, on)| own.get(&privilege).map(|o| (privilege.clone(), on && *o)))
            .collect()
    }

    /// As [`Users::privileges`], for one of them and without building the list.
    pub fn has(&self, user: &str, token: Option<&str>, path: &str, pool: Option<&str>, privilege: &str) -> bool {
        let pool = pool.map(|pool| format!("/pool/{pool}"));
        let holds = |kind, whom: &str| {
            let at = |path: &str| self.roles_at(kind, whom, path).iter().any(|(role, _)| self.is_in(role, privilege));
            at(path) || pool.as_deref().is_some_and(at)
        };
        let is_owned = if user == ROOT { self.is_in("Administrator", privilege) } else { holds(AclKind::User, user) };
        match token {
            Some(token) if self.is_separated(user, token) => {
                is_owned && holds(AclKind::Token, &format!("{user}!{token}"))
            }
            _ => is_owned,
        }
    }

    fn is_separated(&self, user: &str, token: &str) -> bool {
        self.users.get(user).and_then(|u| u.tokens.get(token)).is_none_or(|t| t.is_separated)
    }

    fn is_in(&self, role: &str, privilege: &str) -> bool {
        self.roles.get(role).is_some_and(|privileges| privileges.contains(privilege))
    }

    fn everything(&self) -> Privileges {
        self.roles.values().flatten().map(|privilege| (privilege.clone(), true)).collect()
    }

    fn with_pool(&self, kind: AclKind, whom: &str, path: &str, pool: Option<&str>) -> Privileges {
        let pool = pool.map(|pool| format!("/pool/{pool}"));
        let mut found = Privileges::new();
        for path in [Some(path), pool.as_deref()].into_iter().flatten() {
            for (role, propagates) in self.roles_at(kind, whom, path) {
                for privilege in self.roles.get(role).into_iter().flatten() {
                    *found.entry(privilege.clone()).or_insert(propagates) |= propagates;
                }
            }
        }
        found
    }

    /// The roles of the nearest level that has any, each with whether it propagates: deeper ones replace what comes
    /// from above. `NoAccess` undoes all of them.
    fn roles_at(&self, kind: AclKind, whom: &str, path: &str) -> Vec<(&str, bool)> {
        let mut roles: Vec<(&str, bool)> = Vec::new();
        for level in levels(path) {
            let is_last = level == path;
            let here = self.acl.iter().filter(|e| e.kind == kind && e.path == level && e.whom == whom);
            let mut here = here.filter(|e| e.propagates || is_last).map(|e| (e.role.as_str(), e.propagates)).peekable();
            if here.peek().is_some() {
                roles = here.collect();
            }
        }
        if roles.iter().any(|(role, _)| *role == "NoAccess") {
            roles.clear();
        }
        roles
    }
}

/// `/`, `/vms`, `/vms/100` for the last of them.
fn levels(path: &str) -> impl Iterator<Item = &str> {
    let inner = path.char_indices().skip(1).filter(|(_, c)| *c == '/').map(|(i, _)| &path[..i]);
    std::iter::once("/").chain(inner).chain((path != "/").then_some(path))
}

/// The roles that every installation has, and the bot's own.
pub fn standard_roles(is_version_8: bool) -> BTreeMap<String, BTreeSet<String>> {
    let agent: &[&str] = if is_version_8 {
        &["VM.Monitor"]
    } else {
        &[
            "VM.GuestAgent.Audit",
            "VM.GuestAgent.FileRead",
            "VM.GuestAgent.FileWrite",
            "VM.GuestAgent.FileSystemMgmt",
            "VM.GuestAgent.Unrestricted",
            "VM.Replicate",
        ]
    };
    let see = ["VM.Audit", "Datastore.Audit", "Sys.Audit", "SDN.Audit", "Pool.Audit", "Mapping.Audit"];
    let use_guest = ["VM.Audit", "VM.PowerMgmt", "VM.Console", "VM.Backup", "VM.Config.CDROM", "VM.Config.Cloudinit"];
    let own_guest = [
        "VM.Allocate",
        "VM.Clone",
        "VM.Migrate",
        "VM.Snapshot",
        "VM.Snapshot.Rollback",
        "VM.Config.CPU",
        "VM.Config.Disk",
        "VM.Config.HWType",
        "VM.Config.Memory",
        "VM.Config.Network",
        "VM.Config.Options",
    ];
    let rest = [
        "Datastore.Allocate",
        "Datastore.AllocateSpace",
        "Datastore.AllocateTemplate",
        "Group.Allocate",
        "Mapping.Modify",
        "Mapping.Use",
        "Permissions.Modify",
        "Pool.Allocate",
        "Realm.Allocate",
        "Realm.AllocateUser",
        "SDN.Allocate",
        "SDN.Use",
        "Sys.AccessNetwork",
        "Sys.Console",
        "Sys.Incoming",
        "Sys.Modify",
        "Sys.PowerMgmt",
        "Sys.Syslog",
        "User.Modify",
    ];
    let set = |lists: &[&[&str]]| -> BTreeSet<String> {
        lists.iter().flat_map(|l| l.iter()).map(|p| (*p).to_owned()).collect()
    };
    let bot = [
        "VM.Audit",
        "VM.Allocate",
        "VM.Clone",
        "VM.PowerMgmt",
        "VM.Snapshot",
        "VM.Snapshot.Rollback",
        "VM.Console",
        "VM.Backup",
        "VM.Migrate",
        "VM.Config.CPU",
        "VM.Config.Memory",
        "VM.Config.Disk",
        "VM.Config.CDROM",
        "VM.Config.Network",
        "VM.Config.HWType",
        "VM.Config.Options",
        "VM.Config.Cloudinit",
        "Datastore.AllocateSpace",
        "Datastore.Audit",
        "SDN.Use",
        "Sys.Audit",
        "Sys.PowerMgmt",
        "Pool.Audit",
    ];
    let seen_by_agent: &[&str] = if is_version_8 { &["VM.Monitor"] } else { &["VM.GuestAgent.Audit"] };
    BTreeMap::from([
        ("Administrator".to_owned(), set(&[&see, &use_guest, &own_guest, &rest, agent])),
        ("NoAccess".to_owned(), BTreeSet::new()),
        ("PVEAuditor".to_owned(), set(&[&see, if is_version_8 { &[] } else { seen_by_agent }])),
        ("PVEVMUser".to_owned(), set(&[&use_guest])),
        ("PVEVMAdmin".to_owned(), set(&[&use_guest, &own_guest, agent])),
        ("Direttore".to_owned(), set(&[&bot, seen_by_agent])),
    ])
}

#[cfg(test)]
mod tests;
