//! What several commands on guests share. No command by themselves.

pub mod archive;
pub mod chart;
pub mod work;
