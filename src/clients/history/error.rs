//! What can be wrong with a history, each with what to do.

use std::path::PathBuf;

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("{path:?} is no git repository and not empty: choose another folder, or clone one there")]
    NotOurs { path: PathBuf },
    #[error("the history in {path:?} cannot be opened: {why}")]
    CannotOpen { path: PathBuf, why: String },
    #[error("the disk of the history is full: nothing was written")]
    DiskFull,
    #[error("another program holds the history ({why}): nothing was written; if none runs, remove its .lock file")]
    Locked { why: String },
    #[error("another program wrote to the history meanwhile: nothing was written, try again")]
    Moved,
    #[error("the history is damaged ({why}): `git fsck` in its folder says more, a clone of its remote mends it")]
    Corrupt { why: String },
    #[error("the history has no version {blob}")]
    NoSuchVersion { blob: String },
    #[error("{name:?} cannot be a file of the history: {why}")]
    BadName { name: String, why: &'static str },
    #[error("the version {blob} is sealed with another key")]
    WrongKey { blob: String },
    #[error("the remote {url} cannot be reached: {why}")]
    Unreachable { url: String, why: String },
    #[error("the remote {url} does not let us in: {why}")]
    NotLetIn { url: String, why: String },
    #[error("the remote {url} has other commits: fetch and merge them by hand, it is never written over by force")]
    Diverged { url: String },
    #[error("the key of the remote's host is not the one that is configured: {got}")]
    WrongHostKey { got: String },
    #[error("the history cannot be written: {why}")]
    Failed { why: String },
    #[error("the history's thread has ended")]
    Ended,
}

impl From<git2::Error> for Error {
    fn from(error: git2::Error) -> Self {
        use git2::{ErrorClass, ErrorCode};
        let why = error.message().to_owned();
        let lower = why.to_lowercase();
        match (error.code(), error.class()) {
            _ if lower.contains("no space left") || lower.contains("quota exceeded") => Self::DiskFull,
            (ErrorCode::Locked, _) => Self::Locked { why },
            _ if lower.contains(".lock") => Self::Locked { why },
            (ErrorCode::Modified, _) => Self::Moved,
            (_, ErrorClass::Odb | ErrorClass::Zlib | ErrorClass::Object | ErrorClass::Sha1 | ErrorClass::Tree) => {
                Self::Corrupt { why }
            }
            (ErrorCode::NotFound, ErrorClass::Reference) => Self::Corrupt { why },
            _ => Self::Failed { why },
        }
    }
}
