//! Keeping a repository small. libgit2 cannot pack by itself; the git program can.

use super::{Error, thread::Place};
use std::process::{Command, Stdio};

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Packed {
    Done,
    /// There is no git program here: nothing is lost, the folder only grows.
    NoGit,
}

pub(super) fn pack(place: &Place) -> Result<Packed, Error> {
    let ran = Command::new("git")
        .arg("--git-dir")
        .arg(place.repository.path())
        .args(["gc", "--quiet"])
        .env("LC_ALL", "C")
        .stdin(Stdio::null())
        .output();
    match ran {
        Ok(output) if output.status.success() => Ok(Packed::Done),
        Ok(output) => {
            let why = String::from_utf8_lossy(&output.stderr).trim().to_owned();
            Err(if why.contains("No space left") { Error::DiskFull } else { Error::Failed { why } })
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Packed::NoGit),
        Err(error) => Err(Error::Failed { why: error.to_string() }),
    }
}
