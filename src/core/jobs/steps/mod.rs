//! What jobs do, one file for each step. A step can be applied twice without harm, and says how it is undone.

mod adopt_guest;
mod allocate_addresses;
mod announce;
mod apply_discovery;
mod back_up_devices;
mod backup_guest;
mod clone_guest;
mod configure_guest;
mod create_guest;
mod create_snapshot;
mod delete_guest;
mod delete_snapshot;
mod destroy;
mod end_push;
mod forget_guest;
mod guest;
mod hold_guest;
mod making;
mod migrate_guest;
mod new_guest;
mod note_outcome;
mod on_guest;
mod overwrite_guest;
mod power_guest;
mod power_node;
mod push_devices;
mod record_owner;
mod register_guest;
mod release_addresses;
mod resize_disk;
mod resize_guest;
mod restore_guest;
mod rollback_snapshot;
mod spare_reserved;
mod start_guest;
mod take_addresses;
mod unregister_guest;
mod verify_guest;

pub use adopt_guest::AdoptGuest;
pub use allocate_addresses::AllocateAddresses;
pub use announce::Announce;
pub use apply_discovery::ApplyDiscovery;
pub use back_up_devices::BackUpDevices;
pub use backup_guest::BackupGuest;
pub use clone_guest::CloneGuest;
pub use configure_guest::ConfigureGuest;
pub use create_guest::CreateGuest;
pub use create_snapshot::CreateSnapshot;
pub use delete_guest::DeleteGuest;
pub use delete_snapshot::DeleteSnapshot;
pub use end_push::EndPush;
pub use forget_guest::ForgetGuest;
pub use guest::GuestId;
pub use hold_guest::{HoldGuest, HoldPlan};
pub use migrate_guest::MigrateGuest;
pub use new_guest::{From, InNetBox, NewGuest, NewIp, NewNic};
pub use note_outcome::NoteOutcome;
pub use overwrite_guest::OverwriteGuest;
pub use power_guest::PowerGuest;
pub use power_node::PowerNode;
pub use push_devices::PushDevices;
pub use record_owner::RecordOwner;
pub use register_guest::RegisterGuest;
pub use release_addresses::{Release, ReleaseAddresses};
pub use resize_disk::ResizeDisk;
pub use resize_guest::{Key, ResizeGuest};
pub use restore_guest::RestoreGuest;
pub use rollback_snapshot::RollbackSnapshot;
pub use spare_reserved::SpareReserved;
pub use start_guest::StartGuest;
pub use take_addresses::TakeAddresses;
pub use unregister_guest::{Registered, UnregisterGuest};
pub use verify_guest::VerifyGuest;

pub(super) use hold_guest::retry;

use super::step::{StepCx, StepError};
use serde::Serialize;
use serde_json::{Value, json};

/// In what a step gives: the job is done with it, whatever steps would come after.
pub(in crate::jobs) const ENOUGH: &str = "is_enough";

/// One thing that a job does.
pub(crate) trait Apply {
    const NAME: &'static str;

    /// Whether undo also takes back what a try that failed may have left, found by marks: its `done` is null then.
    const CLEANS_UP: bool = false;

    /// Whether what it did stays when a later step fails: there is no undo then.
    const STAYS: bool = false;

    /// Does it, or finds that it was done; gives what the end of the job tells and the undo needs.
    async fn apply(&self, cx: &StepCx) -> Result<Value, StepError>;

    /// Takes it back; may run twice. The default says that this cannot be.
    async fn undo(&self, _cx: &StepCx, _done: &Value) -> Result<(), StepError> {
        Err(StepError::Stuck("this cannot be undone".to_owned()))
    }
}

macro_rules! steps {
    ($($step:ident),* $(,)?) => {
        /// Every step there is.
        #[derive(Debug, Clone, PartialEq, Serialize)]
        pub enum Step {
            $($step($step)),*
        }

        impl Step {
            /// `power-guest`, …: the step's name in the database and in replies.
            pub fn name(&self) -> &'static str {
                match self { $(Self::$step(_) => <$step as Apply>::NAME),* }
            }

            pub(super) fn cleans_up(&self) -> bool {
                match self { $(Self::$step(_) => <$step as Apply>::CLEANS_UP),* }
            }

            pub(super) fn stays(&self) -> bool {
                match self { $(Self::$step(_) => <$step as Apply>::STAYS),* }
            }

            /// Its input, to be kept.
            pub fn input(&self) -> Value {
                match self { $(Self::$step(step) => json!(step)),* }
            }

            /// The step of a row.
            ///
            /// # Errors
            /// A name or an input that this version does not know.
            pub fn read(name: &str, input: &Value) -> Result<Self, String> {
                match name {
                    $(<$step as Apply>::NAME => serde_json::from_value(input.clone()).map(Self::$step).map_err(|e| e.to_string()),)*
                    other => Err(format!("no step is called {other:?}")),
                }
            }

            pub(super) async fn apply(&self, cx: &StepCx) -> Result<Value, StepError> {
                match self { $(Self::$step(step) => Box::pin(step.apply(cx)).await),* }
            }

            pub(super) async fn undo(&self, cx: &StepCx, done: &Value) -> Result<(), StepError> {
                match self { $(Self::$step(step) => Box::pin(step.undo(cx, done)).await),* }
            }
        }

        /// The names of all steps.
        pub const NAMES: &[&str] = &[$(<$step as Apply>::NAME),*];
    };
}

steps! {
    PowerGuest, CreateSnapshot, RollbackSnapshot, DeleteSnapshot, DeleteGuest, ForgetGuest, UnregisterGuest, PowerNode,
    HoldGuest, AllocateAddresses, CreateGuest, ConfigureGuest, ResizeDisk, RecordOwner, RegisterGuest, StartGuest,
    VerifyGuest, TakeAddresses, ReleaseAddresses,
    CloneGuest, ResizeGuest, MigrateGuest, BackupGuest, RestoreGuest, OverwriteGuest, SpareReserved,
    Announce, NoteOutcome, AdoptGuest,
    PushDevices, EndPush, BackUpDevices, ApplyDiscovery,
}
