//! Writes down what is sent, for tests that compare it with the published schema of the other side.
//!
//! One JSON object a line, without secrets. Clients of several systems may share one file: lines to NetBox have
//! `"system":"netbox"`, those to Proxmox no such key; what else a line holds stands where it is made.

use serde_json::Value;
use std::{
    fs::{File, OpenOptions},
    io::Write,
    path::PathBuf,
    sync::{Mutex, PoisonError},
};

pub(crate) struct Recorder {
    path: PathBuf,
    /// Opened at the first request.
    file: Mutex<Option<File>>,
}

impl Recorder {
    pub(crate) fn new(path: PathBuf) -> Self {
        Self { path, file: Mutex::new(None) }
    }

    /// Appends one line. A record that cannot be written is logged: it must not fail the call.
    pub(crate) fn write(&self, record: &Value) {
        if let Err(error) = self.append(&format!("{record}\n")) {
            tracing::warn!(record.path = %self.path.display(), "cannot record a request: {error}");
        }
    }

    fn append(&self, line: &str) -> std::io::Result<()> {
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        let open = match file.take() {
            Some(open) => open,
            None => OpenOptions::new().create(true).append(true).open(&self.path)?,
        };
        // One write for the line: several processes may append to one file.
        file.insert(open).write_all(line.as_bytes())
    }
}
