//! `/token …`: the asker's tokens, by which programs act as the asker.

pub mod list;
pub mod new;
pub mod revoke;

use super::Cx;
use direttore_domain::Refusal;
use direttore_store::token::TokenRow;

/// As many as an account may have: nobody has more devices and scripts than this.
const MOST: usize = 50;

/// # Errors
/// There are as many as there may be.
pub(in crate::handlers) fn has_room(has: &[TokenRow]) -> Result<(), Refusal> {
    if has.len() >= MOST {
        return Err(Refusal::WrongState {
            subject: "another token".to_owned(),
            verb: "be made".to_owned(),
            why: format!("you have {MOST}, which is as many as there may be; /token revoke takes one back"),
        });
    }
    Ok(())
}

/// The account whose tokens they are: the asker's own.
pub(in crate::handlers) fn account(cx: &Cx) -> Result<i64, Refusal> {
    let none = || Refusal::NoSuch { what: "account", given: cx.actor.identity.to_string(), nearest: None, has: vec![] };
    cx.actor.account_id().ok_or_else(none)
}
