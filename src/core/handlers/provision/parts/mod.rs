//! What a plan for a new guest is made of. No command by themselves.

pub mod network;
pub mod place;
pub mod quota;
pub mod review;
pub mod source;
