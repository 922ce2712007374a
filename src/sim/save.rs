//! The world on disk: one JSON file, replaced as a whole, so that a kill at any moment leaves the old or the new one.

use crate::world::World;
use serde::{Deserialize, Serialize};
use std::{
    fs,
    io::{self, Write as _},
    path::{Path, PathBuf},
};

const FILE: &str = "proxmox.json";

/// What is kept besides the world.
#[derive(Clone, Serialize, Deserialize)]
pub struct Identity {
    pub port: u16,
    /// Certificate and key, PEM; absent without TLS.
    pub certificate: Option<(String, String)>,
}

#[derive(Serialize)]
struct Written<'a> {
    identity: &'a Identity,
    world: &'a World,
}

#[derive(Deserialize)]
struct Read {
    identity: Identity,
    world: World,
}

fn path(dir: &Path) -> PathBuf {
    dir.join(FILE)
}

/// What the folder holds; `None` when it holds nothing yet.
pub fn load(dir: &Path) -> io::Result<Option<(Identity, World)>> {
    let bytes = match fs::read(path(dir)) {
        Ok(bytes) => bytes,
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(e) => return Err(e),
    };
    let read: Read = serde_json::from_slice(&bytes)
        .map_err(|e| io::Error::new(io::ErrorKind::InvalidData, format!("{}: {e}", path(dir).display())))?;
    Ok(Some((read.identity, read.world)))
}

/// Writes it beside, makes it durable, and puts it in place.
pub fn store(dir: &Path, identity: &Identity, world: &World) -> io::Result<()> {
    fs::create_dir_all(dir)?;
    let beside = dir.join(format!("{FILE}.new"));
    let mut options = fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        // It holds passwords.
        options.mode(0o600);
    }
    let mut file = options.open(&beside)?;
    file.write_all(&serde_json::to_vec(&Written { identity, world })?)?;
    file.sync_all()?;
    fs::rename(&beside, path(dir))?;
    fs::File::open(dir)?.sync_all()
}
