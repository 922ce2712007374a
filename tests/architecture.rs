//! The rules of the house that the compiler does not check. `ARCHITECTURE.md` says why they are there.
//!
//! A rule is a function from the files of the workspace to what breaks it. Each has a test that the tree keeps it, and a
//! test that a wrong example is found, so that a rule cannot fall asleep. `imports` says who may name whom, `places`
//! where a thing may stand, `files` what files there must be; `tree` and `rust` read what they judge.

mod files;
mod imports;
mod places;
mod rust;
mod tree;
