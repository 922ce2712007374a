//! What adding and editing share.

pub mod rules;
