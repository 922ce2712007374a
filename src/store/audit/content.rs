//! The hash of a row's content: SHA-256 over every column but number and hash, each with its length before it, so that
//! no two contents give the same bytes.

use super::Row;
use sha2::{Digest, Sha256};

/// Names the form of what follows; a later form gets another.
const FORM: &[u8] = b"direttore audit 1";

pub(super) fn hash(row: &Row) -> [u8; 32] {
    let Row { id: _, at, who, account_id, identity, channel, what, line, target, outcome, detail, reference, hash: _ } =
        row;
    let mut hasher = Sha256::new();
    hasher.update(FORM);
    hasher.update(at.to_be_bytes());
    let account_id = account_id.map(i64::to_be_bytes);
    put(&mut hasher, account_id.as_ref().map(<[u8; 8]>::as_slice));
    for text in [who, identity, channel, what, line, target, outcome, detail] {
        put(&mut hasher, Some(text.as_bytes()));
    }
    put(&mut hasher, reference.as_deref().map(str::as_bytes));
    hasher.finalize().into()
}

/// A length of its own for what is absent: nothing is not the same as empty.
fn put(hasher: &mut Sha256, bytes: Option<&[u8]>) {
    let length = bytes.map_or(u64::MAX, |b| b.len() as u64);
    hasher.update(length.to_be_bytes());
    hasher.update(bytes.unwrap_or_default());
}
