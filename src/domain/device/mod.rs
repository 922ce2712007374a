//! Network devices: the text of their configuration, and what SNMP sees of them.
//!
//! The way of a fetched text: [`fetched`] says whether it is one at all, [`last_change`] who changed it, [`Rules::stored`]
//! makes of it what is kept, [`Rules::compared`] what counts when two are compared, [`mask`] what people may see, and
//! [`Diff`] how two differ. Which lines change by themselves and which words are secrets is data of each platform, given
//! as [`Rules`].
//!
//! Never shows a secret: whoever shows a text masks it first, and a diff is made of masked texts.

mod author;
pub mod csv;
mod diff;
mod fetched;
mod mask;
mod rules;
pub mod seen;

pub use author::{LastChange, last_change};
pub use diff::Diff;
pub use fetched::{NoConfig, fetched};
pub use mask::Mask;
pub use rules::{Rules, WrongPattern};

#[cfg(test)]
mod tests;
