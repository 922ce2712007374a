//! What a person does about alerts: carried out in the transaction of the command's audit row.

use direttore_domain::{AlertId, Instant, Matchers, SilenceId};
use serde::Serialize;

#[derive(Debug, Clone, Serialize)]
pub enum AlertDeed {
    /// Somebody looks after them.
    Acknowledge {
        alerts: Vec<AlertId>,
        note: String,
    },
    Silence {
        matchers: Matchers,
        until: Instant,
        why: String,
    },
    Prolong {
        silence: SilenceId,
        until: Instant,
    },
    /// From now on they are told of again.
    End {
        silences: Vec<SilenceId>,
    },
}
