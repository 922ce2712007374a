//! Templates of users, from a folder that is laid out as ours: `<platform>/<name>.j2`, `<platform>/<command>.textfsm`.

use super::Source;
use std::{
    fs, io,
    path::{Path, PathBuf},
};

/// Of templates and of what they are tried with.
const ENDINGS: [&str; 4] = [".j2", ".sample.json", ".textfsm", ".sample.txt"];

/// Bytes of one file.
const LARGEST: u64 = 1 << 20;

/// Files in all.
const MOST: usize = 5_000;

/// How deep folders lie in each other.
const DEEPEST: usize = 8;

#[derive(Debug, thiserror::Error)]
pub enum FolderError {
    #[error("the folder of device templates {path:?} cannot be read: {source}")]
    Unreadable { path: PathBuf, source: io::Error },
    #[error("the device template {path:?} is larger than {LARGEST} bytes")]
    TooLarge { path: PathBuf },
    #[error("the device template {path:?} is no UTF-8 text")]
    NoText { path: PathBuf },
    #[error("the device template {path:?} leads out of its folder")]
    Outside { path: PathBuf },
    #[error("the folder of device templates {path:?} has more than {MOST} files")]
    TooMany { path: PathBuf },
}

/// All templates and samples below `root`. Other files are left alone, hidden ones too.
pub fn read(root: &Path) -> Result<Vec<Source>, FolderError> {
    let root = root.canonicalize().map_err(|source| FolderError::Unreadable { path: root.to_owned(), source })?;
    let mut all = Vec::new();
    gather(&root, &root, String::new(), 0, &mut all)?;
    all.sort();
    Ok(all)
}

fn gather(root: &Path, folder: &Path, name: String, depth: usize, all: &mut Vec<Source>) -> Result<(), FolderError> {
    let unreadable = |path: &Path, source| FolderError::Unreadable { path: path.to_owned(), source };
    for entry in fs::read_dir(folder).map_err(|e| unreadable(folder, e))? {
        let path = entry.map_err(|e| unreadable(folder, e))?.path();
        let Some(file) = path.file_name().and_then(|file| file.to_str()).filter(|file| !file.starts_with('.')) else {
            continue;
        };
        let name = if name.is_empty() { file.to_owned() } else { format!("{name}/{file}") };
        // A link may lead anywhere, in a circle too.
        let real = path.canonicalize().map_err(|e| unreadable(&path, e))?;
        if !real.starts_with(root) {
            return Err(FolderError::Outside { path });
        }
        let about = fs::metadata(&real).map_err(|e| unreadable(&path, e))?;
        if about.is_dir() && depth < DEEPEST {
            gather(root, &path, name, depth + 1, all)?;
        } else if about.is_file() && ENDINGS.iter().any(|ending| name.ends_with(ending)) {
            if about.len() > LARGEST {
                return Err(FolderError::TooLarge { path });
            }
            if all.len() >= MOST {
                return Err(FolderError::TooMany { path: root.to_owned() });
            }
            let bytes = fs::read(&real).map_err(|e| unreadable(&path, e))?;
            all.push((name, String::from_utf8(bytes).map_err(|_| FolderError::NoText { path })?));
        }
    }
    Ok(())
}
