//! `/token …`: the asker's tokens, by which programs act as the asker.

pub mod list;
pub mod new;
pub mod revoke;

use super::Cx;
use direttore_domain::Refusal;

/// The account whose tokens they are: the asker's own.
fn account(cx: &Cx) -> Result<i64, Refusal> {
    let none = || Refusal::NoSuch { what: "account", given: cx.actor.identity.to_string(), nearest: None, has: vec![] };
    cx.actor.account_id().ok_or_else(none)
}
