//! How a subcommand ends when it does not end well: a sentence on stderr and a code.

use crate::config::ConfigError;
use std::{fmt::Display, process::ExitCode};

/// Why the program ends, and with what code.
#[derive(Debug)]
pub struct Exit {
    pub code: u8,
    pub why: String,
}

impl Exit {
    /// Something went wrong: code 1.
    pub fn failed(why: impl Display) -> Self {
        Self { code: 1, why: why.to_string() }
    }

    /// What was given cannot be used: code 2.
    pub fn wrong(why: impl Display) -> Self {
        Self { code: 2, why: why.to_string() }
    }

    pub fn report(self) -> ExitCode {
        if !self.why.is_empty() {
            eprintln!("direttore: {}", self.why);
        }
        ExitCode::from(self.code)
    }
}

impl From<ConfigError> for Exit {
    fn from(error: ConfigError) -> Self {
        Self::wrong(error)
    }
}

impl From<std::io::Error> for Exit {
    fn from(error: std::io::Error) -> Self {
        Self::failed(error)
    }
}
