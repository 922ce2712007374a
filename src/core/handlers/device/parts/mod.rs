//! What commands about devices have in common.

pub mod pushing;
