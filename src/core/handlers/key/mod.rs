//! `/key …`: the asker's public SSH keys, which new guests get.

pub mod add;
pub mod list;
pub mod remove;

use super::Cx;
use direttore_domain::{PublicKey, Refusal};
use direttore_store::key::KeyRow;

/// The account whose keys they are: the asker's own.
fn account(cx: &Cx) -> Result<i64, Refusal> {
    let none = || Refusal::NoSuch { what: "account", given: cx.actor.identity.to_string(), nearest: None, has: vec![] };
    cx.actor.account_id().ok_or_else(none)
}

/// Type and comment of a stored key.
fn parts(row: &KeyRow) -> (String, String) {
    match row.public_key.parse::<PublicKey>() {
        Ok(key) => (key.algorithm().to_owned(), key.comment().to_owned()),
        // Kept by a version that took other types.
        Err(_) => (row.public_key.split(' ').next().unwrap_or_default().to_owned(), String::new()),
    }
}

/// What makes it this key: all but the comment.
fn material(line: &str) -> impl Iterator<Item = &str> {
    line.split(' ').take(2)
}
