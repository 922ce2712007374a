//! direttore dies, and nothing is lost and nothing done twice.
//!
//! Each trial has a simulated lab, a database and processes of direttore of its own. The process is killed (SIGKILL) at
//! one place of one step, and the next one must leave the lab as it is when nobody dies: the same guests and nodes, the
//! same tasks, the same last words. Where nobody can know whether the request arrived, and the lab's state cannot tell,
//! the job must be stuck, say so, and end well after `/job retry`.

// Release builds have no breakpoints.
#![cfg(debug_assertions)]

mod adopted;
mod backed_up;
mod due;
mod killed;
mod pushed;
mod pushed_frr;
mod run;
mod table;
mod takeover;
mod unanswered;
mod undone;

use crate::support::bot::Kind;

/// A test on each database.
macro_rules! on_both {
    ($($name:ident: $test:expr;)*) => {
        $(mod $name {
            use super::*;

            #[test]
            fn on_sqlite() {
                $test(Kind::Sqlite);
            }

            #[test]
            fn on_postgres() {
                $test(Kind::Postgres);
            }
        })*
    };
}

/// Killed at every place on both databases, and unanswered.
macro_rules! jobs {
    ($($name:ident: $job:ident;)*) => {
        $(mod $name {
            use super::*;

            #[test]
            fn killed_on_sqlite() {
                killed::survives(&table::$job, Kind::Sqlite);
            }

            #[test]
            fn killed_on_postgres() {
                killed::survives(&table::$job, Kind::Postgres);
            }

            #[test]
            fn unanswered() {
                unanswered::survives(&table::$job);
            }
        })*
    };
}

jobs! {
    start: START;
    shutdown: SHUTDOWN;
    stop: STOP;
    reboot: REBOOT;
    reset: RESET;
    suspend: SUSPEND;
    resume: RESUME;
    stop_under_ha: HA_STOP;
    container_start: CONTAINER_START;
    container_shutdown: CONTAINER_SHUTDOWN;
    container_stop: CONTAINER_STOP;
    container_reboot: CONTAINER_REBOOT;
    container_suspend: CONTAINER_SUSPEND;
    container_resume: CONTAINER_RESUME;
    snapshot_create: SNAPSHOT;
    snapshot_rollback: ROLLBACK;
    snapshot_delete: SNAPSHOT_DELETE;
    container_snapshot_create: CONTAINER_SNAPSHOT;
    container_snapshot_rollback: CONTAINER_ROLLBACK;
    container_snapshot_delete: CONTAINER_SNAPSHOT_DELETE;
    guest_delete: DELETE;
    guest_delete_running: DELETE_RUNNING;
    guest_started_with_a_reservation: START_WITH_A_RESERVATION;
    guest_destroyed_after_a_reservation: DESTROY_AT_THE_END;
    container_delete: CONTAINER_DELETE;
    container_delete_running: CONTAINER_DELETE_RUNNING;
    node_reboot: NODE_REBOOT;
    node_shutdown: NODE_SHUTDOWN;
    provision_vm: PROVISION_VM;
    provision_container: PROVISION_CONTAINER;
    guest_clone: CLONE;
    guest_resize: RESIZE;
    guest_migrate: MIGRATE;
    guest_backup: BACKUP;
    guest_restore: RESTORE;
    ipam_allocate: IPAM_ALLOCATE;
    ipam_release: IPAM_RELEASE;
    guest_delete_in_netbox: DELETE_IN_NETBOX;
    discover: DISCOVER;
}

on_both! {
    killed_while_undoing: undone::a_deletion;
    killed_while_undoing_a_new_guest: undone::a_new_guest;
    killed_while_a_planned_vm_is_adopted: adopted::a_planned_vm;
    killed_when_a_window_begins: due::at_a_start;
    a_living_worker_keeps_its_job: takeover::a_living_worker_keeps_its_job;
    a_dead_worker_s_job_is_taken_over: takeover::a_dead_worker_s_job_is_taken_over;
    a_frozen_worker_s_job_is_taken_over: takeover::a_frozen_worker_s_job_is_taken_over;
    two_workers_share_the_queue: takeover::two_workers_share_the_queue;
}
