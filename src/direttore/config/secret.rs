//! Secrets: told to those who ask for them by name, never printed.

use super::{error::ConfigError, tree::Place};
use std::{fmt, fs, path::Path};

#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    pub(super) fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The secret itself, for the one who uses it.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("…")
    }
}

/// The first line end at the end of the file does not count. Adds a note when others may read the file.
pub(super) fn from_file(key: &str, path: &Path, place: &Place, notes: &mut Vec<String>) -> Result<Secret, ConfigError> {
    let shown = path.display();
    let wrong = |why: String| ConfigError::new(place.shown.clone(), format!("{key}: {why}"));
    let text = fs::read_to_string(path).map_err(|e| wrong(format!("{shown} cannot be read: {e}")))?;
    let text = text.strip_suffix('\n').map_or(text.as_str(), |t| t.strip_suffix('\r').unwrap_or(t));
    if text.trim().is_empty() {
        return Err(wrong(format!("{shown} is empty; right would be a file with the secret in it")));
    }
    if is_readable_by_others(path) {
        notes.push(format!("{shown} ({key}) can be read by everyone on this machine: chmod 600 {shown}"));
    }
    Ok(Secret::new(text))
}

#[cfg(unix)]
pub(super) fn is_readable_by_others(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    fs::metadata(path).is_ok_and(|m| m.permissions().mode() & 0o004 != 0)
}

#[cfg(not(unix))]
pub(super) fn is_readable_by_others(_: &Path) -> bool {
    false
}
