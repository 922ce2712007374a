//! What the configuration says about making guests (defaults, quotas, passwords that need not be kept), and about
//! reservations.

use crate::{
    derived::Derived,
    hooks::{Hook, Rule},
    ipam::Marks,
    oidc::Oidc,
    signed::Signer,
};
use direttore_domain::{
    Account, AccountName, Actor, BridgeName, Claims, Origin, PoolName, Role, StorageName, Surface, Tag,
    reservation::WindowLimits, when::DateOrder,
};
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, net::IpAddr, time::Duration};

#[derive(Debug, Default)]
pub struct Rules {
    pub provision: Provision,
    pub quotas: Quotas,
    pub derived: Derived,
    /// Signs what programs show to prove who signed in.
    pub signer: Signer,
    pub marks: Marks,
    pub roles: RoleMaps,
    pub reserve: Reserve,
    pub alerts: Alerts,
    /// Where each change of shared state is told, as a short card.
    pub cards: Vec<Origin>,
    /// Who else knows people, and says of them which groups they are in.
    pub oidc: Option<Oidc>,
    /// Where programs reach the server from outside, without a slash at its end.
    pub public_url: Option<String>,
    /// What other systems may post to.
    pub hooks: Vec<Hook>,
    /// What is done when something changes in NetBox, in this order.
    pub upon_events: Vec<Rule>,
    /// Names of places to tell things.
    pub channels: BTreeMap<String, Origin>,
}

/// What the configuration says about reservations.
#[derive(Debug, Clone)]
pub struct Reserve {
    /// What one account may book, by role.
    pub limits: Vec<(Role, BookingLimits)>,
    /// How long ago a window may have begun.
    pub grace: Duration,
    /// How long before start and end people are reminded.
    pub remind: Duration,
    /// How long what became free is held for who waited.
    pub offer: Duration,
    /// Windows longer than this need an approver's yes; zero is never.
    pub approve_over: Duration,
    /// Account names of who may approve, besides administrators.
    pub approvers: Vec<String>,
    /// How far ahead free windows are looked for.
    pub look_ahead: Duration,
    /// How soon what could not be done at an end is tried again, in calendar time, and for how long.
    pub owed_again: Duration,
    pub owed_for: Duration,
    /// The hour that `tonight` means.
    pub tonight: u32,
    /// What `1/12` means; nothing where it is not said.
    pub slash: Option<DateOrder>,
}

/// What the configuration says about alerts. A span or a number that is zero switches its rule off.
#[derive(Debug, Clone, Default)]
pub struct Alerts {
    /// Where they are told; nowhere unless it is said.
    pub channel: Option<Origin>,
    /// How long a node is offline until that is an alert, and back until it is none.
    pub node_offline: Duration,
    /// How full a storage is when that is an alert, and below what it is none any more, in percent.
    pub storage: u32,
    pub storage_back: u32,
    pub backup_failed: bool,
    /// How often the clusters are asked for their tasks, in elapsed time.
    pub tasks: Duration,
    /// How long after its end a reservation's guests may go on, or what is owed may be undone.
    pub overrun: Duration,
    pub job_stuck: bool,
    /// Whether a network device that was changed otherwise than by a push is one.
    pub drift: bool,
    /// How soon one that nobody acknowledged is told again.
    pub repeat: Duration,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct BookingLimits {
    pub window: WindowLimits,
    /// How many may be ahead at once; `None` is no limit.
    pub at_once: Option<u64>,
}

impl Default for Reserve {
    fn default() -> Self {
        let days = |n: u64| Duration::from_secs(n * 24 * 3600);
        let window = WindowLimits { longest: days(31), ahead: days(366) };
        Self {
            limits: vec![(Role::Operator, BookingLimits { window, at_once: Some(50) })],
            grace: Duration::from_secs(300),
            remind: Duration::from_secs(900),
            offer: Duration::from_secs(900),
            approve_over: Duration::ZERO,
            approvers: vec![],
            look_ahead: days(60),
            owed_again: Duration::from_secs(300),
            owed_for: days(1),
            tonight: 20,
            slash: None,
        }
    }
}

impl Reserve {
    /// What holds for a role.
    pub fn of(&self, role: Option<Role>) -> BookingLimits {
        self.limits.iter().find(|(of, _)| Some(*of) == role).map(|(_, limits)| *limits).unwrap_or_default()
    }
}

/// Which of our roles the roles of a surface give.
#[derive(Debug, Clone, Default)]
pub struct RoleMaps(pub Vec<(Surface, String, Role)>);

impl RoleMaps {
    /// The highest that the claims give, and by which of the surface's roles.
    pub fn given(&self, surface: Surface, claims: &Claims) -> Option<(Role, &str)> {
        let fits = self.0.iter().filter(|(of, id, _)| *of == surface && claims.roles.contains(id));
        fits.map(|(_, id, role)| (*role, id.as_str())).max_by_key(|(role, _)| *role)
    }

    /// All ids that are mapped on a surface.
    pub fn ids(&self, surface: Surface) -> impl Iterator<Item = &str> {
        self.0.iter().filter(move |(of, ..)| *of == surface).map(|(_, id, _)| id.as_str())
    }
}

/// What is taken when the asker does not say; what is `None` is found in the lab.
#[derive(Debug, Clone, Default)]
pub struct Provision {
    pub vm_template: Option<String>,
    pub container_template: Option<String>,
    pub pool: Option<PoolName>,
    pub storage: Option<StorageName>,
    pub bridge: Option<BridgeName>,
    pub dns: Vec<IpAddr>,
    pub domain: Option<String>,
    /// The login that cloud-init makes; the image's own when empty.
    pub user: Option<String>,
    pub full_clone: bool,
    pub tags: Vec<Tag>,
}

/// How much somebody may have at once; `None` is no limit.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Quota {
    pub guests: Option<u64>,
    pub cores: Option<u64>,
    pub memory_mib: Option<u64>,
    pub disk_mib: Option<u64>,
}

impl Quota {
    /// Key by key, what `self` leaves open is as in `otherwise`.
    fn or(self, otherwise: Self) -> Self {
        Self {
            guests: self.guests.or(otherwise.guests),
            cores: self.cores.or(otherwise.cores),
            memory_mib: self.memory_mib.or(otherwise.memory_mib),
            disk_mib: self.disk_mib.or(otherwise.disk_mib),
        }
    }
}

#[derive(Debug, Clone, Default)]
pub struct Quotas {
    pub roles: Vec<(Role, Quota)>,
    pub accounts: BTreeMap<AccountName, Quota>,
}

impl Quotas {
    /// What holds for somebody: what is said of the account, else of the role.
    pub fn of(&self, actor: &Actor) -> Quota {
        let role = self.roles.iter().find(|(role, _)| Some(*role) == actor.role).map(|(_, quota)| *quota);
        let account = actor.account.as_ref().and_then(|Account { name, .. }| self.accounts.get(name)).copied();
        account.unwrap_or_default().or(role.unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use direttore_domain::{Identity, Surface};

    #[test]
    fn an_accounts_own_limits_come_before_its_roles_each_by_itself() {
        let of_role = Quota { guests: Some(20), memory_mib: Some(1024), ..Quota::default() };
        let own = Quota { guests: Some(50), disk_mib: Some(8), ..Quota::default() };
        let quotas = Quotas {
            roles: vec![(Role::Operator, of_role), (Role::Admin, Quota::default())],
            accounts: BTreeMap::from([("alice".parse().expect("a name"), own)]),
        };
        let actor = |name: &str, role| {
            let name = name.parse().expect("a name");
            let account = Account { id: 1, name, role: Some(role), is_disabled: false, zone: "UTC".into() };
            Actor {
                identity: Identity { surface: Surface::Console, subject: "x".into() },
                account: Some(account),
                groups: vec![],
                role: Some(role),
                because: String::new(),
                grants: vec![],
            }
        };
        let both = Quota { guests: Some(50), disk_mib: Some(8), memory_mib: Some(1024), cores: None };
        assert_eq!(quotas.of(&actor("alice", Role::Operator)), both);
        assert_eq!(quotas.of(&actor("bob", Role::Operator)), of_role);
        assert_eq!(quotas.of(&actor("alice", Role::Admin)), own);
        assert_eq!(quotas.of(&actor("bob", Role::Viewer)), Quota::default());
    }

    #[test]
    fn the_highest_of_a_surfaces_roles_counts() {
        let (discord, matrix) = (Surface::Discord, Surface::Matrix);
        let map = [(discord, "1", Role::Viewer), (discord, "2", Role::Admin), (matrix, "3", Role::Admin)];
        let maps = RoleMaps(map.map(|(surface, id, role)| (surface, id.to_owned(), role)).into());
        let claims = |ids: &[&str]| Claims { name: "x".into(), roles: ids.iter().map(|&id| id.to_owned()).collect() };
        assert_eq!(maps.given(discord, &claims(&["1", "2", "9"])), Some((Role::Admin, "2")));
        assert_eq!(maps.given(discord, &claims(&["1", "3"])), Some((Role::Viewer, "1")));
        assert_eq!(maps.given(discord, &claims(&["3", "9"])), None);
        assert_eq!(maps.given(matrix, &claims(&["1", "2"])), None);
        assert_eq!(maps.given(discord, &claims(&[])), None);
        assert_eq!(maps.ids(discord).collect::<Vec<_>>(), ["1", "2"]);
    }
}
