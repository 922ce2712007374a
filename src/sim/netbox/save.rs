//! The world on disk: one JSON file, replaced as a whole, so that a kill at any moment leaves the old or the new one.

use super::world::World;
use serde::{Deserialize, Serialize};
use std::{
    fs,
    io::{self, Write as _},
    path::{Path, PathBuf},
};

const FILE: &str = "netbox.json";

#[derive(Serialize)]
struct Written<'a> {
    port: u16,
    world: &'a World,
}

#[derive(Deserialize)]
struct Read {
    port: u16,
    world: World,
}

fn path(dir: &Path) -> PathBuf {
    dir.join(FILE)
}

/// Port and world that the folder holds; `None` when it holds nothing yet.
pub fn load(dir: &Path) -> io::Result<Option<(u16, World)>> {
    let bytes = match fs::read(path(dir)) {
        Ok(bytes) => bytes,
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(e) => return Err(e),
    };
    let Read { port, mut world } = serde_json::from_slice(&bytes)
        .map_err(|e| io::Error::new(io::ErrorKind::InvalidData, format!("{}: {e}", path(dir).display())))?;
    world.reindex();
    Ok(Some((port, world)))
}

/// Writes it beside, makes it durable, and puts it in place.
pub fn store(dir: &Path, port: u16, world: &World) -> io::Result<()> {
    fs::create_dir_all(dir)?;
    let beside = dir.join(format!("{FILE}.new"));
    let mut options = fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        // It holds tokens.
        options.mode(0o600);
    }
    let mut file = options.open(&beside)?;
    file.write_all(&serde_json::to_vec(&Written { port, world })?)?;
    file.sync_all()?;
    fs::rename(&beside, path(dir))?;
    fs::File::open(dir)?.sync_all()
}
