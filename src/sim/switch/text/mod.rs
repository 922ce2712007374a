//! Configurations as text and as trees. Pure: no I/O, no clock, and nothing about who is logged in.
//!
//! `tree.rs` is the tree, `edit.rs` and `vocabulary.rs` change one by lines as EOS and IOS do, `statement.rs` and
//! `braces.rs` as Junos does, `diff.rs` tells two apart, `words.rs` finds out which command an abbreviation means.

pub mod braces;
pub mod diff;
pub mod edit;
pub mod statement;
pub mod tree;
mod vocabulary;
pub mod words;

#[cfg(test)]
mod tests;

pub use tree::{Node, Tree};

/// Why a command line does not understand a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wrong {
    /// The column at which it stopped.
    Invalid(usize),
    Incomplete,
    Ambiguous,
}
