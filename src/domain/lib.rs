//! Words and rules of the field: what a guest, a node, a role and a refusal are.
//!
//! Pure: no async, no input or output, no clock. Whatever has a format is a newtype here, parsed once at the border
//! (`FromStr`) and never again. Start at [`guest`] for the lab, [`policy`] for who may do what, [`trouble`] for what
//! is said when something is not done.

pub mod actor;
pub mod alert;
pub mod allocation;
pub mod device;
pub mod disk;
pub mod feed;
pub mod grant;
pub mod growth;
pub mod guest;
pub mod instant;
pub mod ip;
pub mod link_code;
pub mod measure;
pub mod name;
pub mod nearest;
pub mod nic;
pub mod nic_wish;
pub mod node;
pub mod policy;
pub mod power;
mod push;
pub mod recurrence;
pub mod reservation;
pub mod resource;
pub mod role;
pub mod ssh_key;
pub mod text;
pub mod token;
pub mod trouble;
pub mod upid;
pub mod when;
pub mod window;
pub mod zone;

pub use actor::{Account, Actor, Claims, Identity, Origin, Surface};
pub use alert::{AlertId, AlertRef, Matchers, Severity, SilenceId};
pub use feed::FeedScope;
pub use grant::{Grant, GrantTo};
pub use growth::Growth;
pub use guest::{Guest, GuestKind, GuestRef, GuestStatus};
pub use instant::Instant;
pub use ip::{Family, HostAddress, Prefix, VlanId};
pub use link_code::LinkCode;
pub use name::{
    AccountName, AliasName, BridgeName, ClusterName, GroupName, Hostname, JobId, KeyName, NodeName, PoolName, Slug,
    SnapshotName, StorageName, Tag, TokenName, Vmid, WrongForm,
};
pub use nic_wish::{IpWish, NicModel, NicWish, Pond, PondOf};
pub use node::{Node, NodeStatus, Storage};
pub use power::Power;
pub use push::{PushId, PushState};
pub use recurrence::{Caps, Recurrence, WrongRule};
pub use reservation::{Acts, AtEnd, Request, ReservationId, ReservationStatus};
pub use resource::{ResourceKey, ResourceName, ResourceRef};
pub use role::{Permission, Role};
pub use ssh_key::PublicKey;
pub use token::{TokenKind, TokenSecret};
pub use trouble::{Bug, Failure, Refusal, Trouble};
pub use upid::Upid;
pub use window::Window;
pub use zone::{Resolved, UnknownZone, Wall, Zone};
