//! Writes down what is sent, for tests that compare it with Proxmox's published schema.
//!
//! One JSON object a line: `{"method":"POST","path":"/nodes/pve1/qemu/101/status/start","params":{"timeout":"30"},
//! "where":"body"}`. The path is percent-encoded as sent, below `/api2/json`; values are text; secrets are `…`.

use super::request::Request;
use std::{
    fs::{File, OpenOptions},
    io::Write,
    path::PathBuf,
    sync::{Mutex, PoisonError},
};

pub(super) struct Recorder {
    path: PathBuf,
    /// Opened at the first request.
    file: Mutex<Option<File>>,
}

impl Recorder {
    pub(super) fn new(path: PathBuf) -> Self {
        Self { path, file: Mutex::new(None) }
    }

    /// Appends one line. A record that cannot be written is logged: it must not fail the call.
    pub(super) fn write(&self, request: &Request) {
        if let Err(error) = self.append(&line(request)) {
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

fn line(request: &Request) -> String {
    let params: serde_json::Map<String, serde_json::Value> =
        request.params.iter().map(|p| (p.name.to_owned(), if p.is_secret { "…" } else { &p.value }.into())).collect();
    let place = if request.has_body() { "body" } else { "query" };
    let record = serde_json::json!({
        "method": request.method.as_str(), "path": request.path, "params": params, "where": place,
    });
    format!("{record}\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_has_all_but_secrets() {
        let request = Request::post(&["access", "ticket"]).with("username", "root@pam").with_secret("password", "pw");
        assert_eq!(
            line(&request),
            "{\"method\":\"POST\",\"path\":\"/access/ticket\",\"params\":{\"username\":\"root@pam\",\"password\":\"…\"},\"where\":\"body\"}\n"
        );
    }
}
