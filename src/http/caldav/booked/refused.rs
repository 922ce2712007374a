//! What a program is told when something is not booked: who has it, when it is free, what would be right.

use crate::caldav::no::No;
use axum::http::StatusCode;
use direttore_domain::{Refusal, Trouble};

pub fn refused(trouble: Trouble) -> No {
    let refusal = match trouble {
        Trouble::Failure(failure) => return failure.into(),
        Trouble::Bug(bug) => {
            let reference = direttore_core::dispatch::reference();
            tracing::error!(reference, "bug: {bug}");
            return No::new(StatusCode::INTERNAL_SERVER_ERROR, format!("something is wrong here ({reference})"));
        }
        Trouble::Refusal(refusal) => refusal,
    };
    let said = match refusal.hint() {
        Some(hint) => format!("{refusal}; {hint}"),
        None => refusal.to_string(),
    };
    match refusal {
        Refusal::Overlap { .. } => No::ours(StatusCode::CONFLICT, "free-time", said),
        Refusal::ChangedMeanwhile { .. } => No::stale(),
        Refusal::Exists { .. } => No::caldav("no-uid-conflict", said),
        Refusal::NotAllowed { .. }
        | Refusal::NotGranted { .. }
        | Refusal::NotYours { .. }
        | Refusal::AccountDisabled { .. }
        | Refusal::Reserved { .. } => No::dav(StatusCode::FORBIDDEN, "need-privileges", said),
        _ => No::ours(StatusCode::FORBIDDEN, "bookable", said),
    }
}
