//! What commands about devices have in common.

mod allowed;
mod chosen;
mod compared;
pub mod pushing;
mod tabled;
mod versions;

pub(super) use allowed::{allowed, pattern_words, shows_configuration, wrong_line};
pub(super) use chosen::Chosen;
pub(super) use compared::{State, checks};
pub(super) use tabled::Tabled;
pub(super) use versions::{Place, about, newest, short, since, versions};

#[cfg(test)]
mod tests;
