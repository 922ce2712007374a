//! The history of devices' configurations: a git repository laid out as users of Oxidized know it.
//!
//! One file for each device, named as the device, in the folder of its group if it has one. [`History::record`] writes
//! what a run fetched: one commit for each device that changed, with who changed it and why we looked, and nothing for the
//! others. It gives back blob and commit of each; whoever keeps them (the database does) finds any version at once, for git
//! itself would have to walk all commits. The branch moves once, when all of a run is written, so that a run is there
//! whole or not at all.
//!
//! libgit2 blocks: what is done here runs on one thread of its own (`thread.rs`), which is also why two writers of one process
//! never meet; what goes to a remote has another (`push.rs`). Another process is kept out by git's own lock on the branch: the
//! branch moves only from where it was read.
//!
//! What is kept is masked before it comes here, or sealed by it (`seal.rs`), as is configured. A bare repository and one
//! with a working tree are both good; a working tree is left as it is.

mod error;
mod push;
mod read;
mod seal;
mod thread;
mod upkeep;
mod write;

#[cfg(test)]
mod tests;

pub use error::Error;
pub use push::Remote;
pub use seal::Seal;
pub use upkeep::Packed;

use direttore_domain::Instant;
use std::path::PathBuf;

/// Where, and how.
#[derive(Debug, Clone)]
pub struct Settings {
    pub path: PathBuf,
    /// Of commits of which nobody knows who changed the device.
    pub name: String,
    pub email: String,
    /// Each file sealed, or as it is given.
    pub seal: Option<Seal>,
}

/// One device's configuration, as it is to be kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    pub device: String,
    pub group: Option<String>,
    pub text: String,
    /// Who changed it, where the device or a push says so.
    pub author: Option<String>,
}

/// One run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Run {
    pub at: Instant,
    /// First line of each commit, after the device's name: "scheduled backup", "push J-12 by alice".
    pub why: String,
    pub entries: Vec<Entry>,
}

/// A version of a device: what an index is made of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Version {
    pub device: String,
    pub group: Option<String>,
    /// Of the text. Hexadecimal, as git shows it.
    pub blob: String,
    pub commit: String,
    pub at: Instant,
    pub author: String,
}

/// The handle. All calls of one repository go one after another, but for those to its remote.
#[derive(Clone)]
pub struct History(thread::Thread, push::Outgoing);

impl History {
    /// Opens the repository, or makes a bare one where the folder is not there or empty.
    pub async fn open(settings: Settings) -> Result<Self, Error> {
        let outgoing = push::Outgoing::of(settings.path.clone());
        thread::Thread::start(settings).await.map(|thread| Self(thread, outgoing))
    }

    /// Keeps what changed, and says what that is. Those that did not change are not in the answer.
    pub async fn record(&self, run: Run) -> Result<Vec<Version>, Error> {
        self.0.call(move |place| write::record(place, &run)).await
    }

    /// The text of a version, by its blob.
    pub async fn text(&self, blob: &str) -> Result<String, Error> {
        let blob = blob.to_owned();
        self.0.call(move |place| read::text(place, &blob)).await
    }

    /// The newest version's text and blob, if the device has any.
    pub async fn newest(&self, device: &str, group: Option<&str>) -> Result<Option<(String, String)>, Error> {
        let (device, group) = (device.to_owned(), group.map(str::to_owned));
        self.0.call(move |place| read::newest(place, &device, group.as_deref())).await
    }

    /// The newest versions of one device, at most so many, by walking commits: for an index that was lost, or a repository
    /// that another program wrote.
    pub async fn versions(&self, device: &str, group: Option<&str>, most: usize) -> Result<Vec<Version>, Error> {
        let (device, group) = (device.to_owned(), group.map(str::to_owned));
        self.0.call(move |place| read::versions(place, &device, group.as_deref(), most)).await
    }

    /// What the branch held at an instant, of one device: the version to compare with for "since yesterday".
    pub async fn at(&self, device: &str, group: Option<&str>, at: Instant) -> Result<Option<Version>, Error> {
        let (device, group) = (device.to_owned(), group.map(str::to_owned));
        self.0.call(move |place| read::at(place, &device, group.as_deref(), at)).await
    }

    /// Brings the branch to another place. Never by force: what was changed there by others is told of. Nobody waits for a
    /// place that says nothing, and nothing else of the history does.
    pub async fn push(&self, remote: Remote) -> Result<(), Error> {
        self.1.push(remote).await
    }

    /// Packs what lies loose, with the git program where there is one.
    pub async fn pack(&self) -> Result<Packed, Error> {
        self.0.call(upkeep::pack).await
    }
}
