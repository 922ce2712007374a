//! A switch on disk: one JSON file, replaced as a whole, so that a kill at any moment leaves the old or the new one.

use super::{Credential, state::State};
use serde::{Deserialize, Serialize};
use std::{
    fs,
    io::{self, Write as _},
    path::{Path, PathBuf},
};

/// What is kept besides the state.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Identity {
    pub port: u16,
    pub snmp_port: Option<u16>,
    /// The seed of the host key.
    pub host_key: [u8; 32],
    pub credential: Credential,
    /// How often the agent started, which SNMPv3 wants to know.
    #[serde(default)]
    pub engine_boots: u32,
}

#[derive(Serialize)]
struct Written<'a> {
    identity: &'a Identity,
    state: &'a State,
}

#[derive(Deserialize)]
struct Read {
    identity: Identity,
    state: State,
}

fn path(dir: &Path, name: &str) -> PathBuf {
    dir.join(format!("switch-{name}.json"))
}

/// What the folder holds of that switch; `None` when it holds nothing yet.
pub fn load(dir: &Path, name: &str) -> io::Result<Option<(Identity, State)>> {
    let path = path(dir, name);
    let bytes = match fs::read(&path) {
        Ok(bytes) => bytes,
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(e) => return Err(e),
    };
    let read: Read = serde_json::from_slice(&bytes)
        .map_err(|e| io::Error::new(io::ErrorKind::InvalidData, format!("{}: {e}", path.display())))?;
    Ok(Some((read.identity, read.state)))
}

/// Writes it beside, makes it durable, and puts it in place.
pub fn store(dir: &Path, name: &str, identity: &Identity, state: &State) -> io::Result<()> {
    fs::create_dir_all(dir)?;
    let path = path(dir, name);
    let beside = path.with_extension("new");
    let mut options = fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        // It holds passwords and a key.
        options.mode(0o600);
    }
    let mut file = options.open(&beside)?;
    file.write_all(&serde_json::to_vec(&Written { identity, state })?)?;
    file.sync_all()?;
    fs::rename(&beside, &path)?;
    fs::File::open(dir)?.sync_all()
}
