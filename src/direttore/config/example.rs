//! The example: every key, with its default where it has one.

/// A file that loads as it is.
pub fn example() -> String {
    include_str!("../../../deploy/direttore.example.toml").to_owned()
}
