//! The recordings of a real NetBox and its own schema. They are data outside the project.

use crate::server_for_tests::Reply;
use schema::{absent, folder};
use serde::Deserialize;
use serde_json::Value;
use std::{collections::BTreeMap, path::PathBuf};

// One file for this crate and for the tests of the whole run.
#[path = "../../../../tests/contracts/netbox_schema.rs"]
mod schema;

pub(super) use schema::Schema;

/// One request of somebody to a real NetBox, and its answer.
#[derive(Deserialize)]
pub(super) struct Recording {
    pub(super) name: String,
    pub(super) request: Asked,
    pub(super) response: Answered,
}

#[derive(Deserialize)]
pub(super) struct Asked {
    pub(super) method: String,
    pub(super) path: String,
    pub(super) query: String,
}

#[derive(Deserialize)]
pub(super) struct Answered {
    pub(super) status: u16,
    pub(super) reason: String,
    pub(super) headers: BTreeMap<String, String>,
    pub(super) body: Value,
}

impl Recording {
    /// The answer as it came over the wire.
    pub(super) fn reply(&self) -> Reply {
        let Answered { status, reason, headers, body } = &self.response;
        let status: &'static str = Box::leak(format!("{status} {reason}").into_boxed_str());
        let headers = ["content-type", "etag", "location", "x-request-id", "api-version"]
            .iter()
            .filter_map(|name| Some((*name, headers.get(*name)?.clone())))
            .collect();
        let body = match body {
            Value::Null => Vec::new(),
            Value::String(text) => text.clone().into_bytes(),
            json => json.to_string().into_bytes(),
        };
        Reply::Headed(status, headers, body)
    }

    pub(super) fn is_success(&self) -> bool {
        (200..300).contains(&self.response.status)
    }

    /// The objects of the answer, whether it is one, a list or a page.
    pub(super) fn objects(&self) -> Vec<Value> {
        match &self.response.body {
            Value::Array(rows) => rows.clone(),
            Value::Object(fields) if fields.contains_key("results") => {
                fields["results"].as_array().cloned().unwrap_or_default()
            }
            Value::Object(_) => vec![self.response.body.clone()],
            _ => Vec::new(),
        }
    }
}

/// All recordings of the REST API in their order; `None` where they are absent.
pub(super) fn recordings() -> Option<Vec<Recording>> {
    let Ok(entries) = std::fs::read_dir(folder().join("recorded")) else {
        absent("netbox/recorded");
        return None;
    };
    let mut files: Vec<PathBuf> = entries.map(|e| e.expect("it can be listed").path()).collect();
    files.sort();
    let is_exchange = |path: &PathBuf| {
        let name = path.file_name().and_then(|n| n.to_str()).unwrap_or_default();
        name.starts_with(|c: char| c.is_ascii_digit()) && name.ends_with(".json")
    };
    let read = |path: PathBuf| {
        let text = std::fs::read_to_string(&path).expect("it can be read");
        serde_json::from_str(&text).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
    };
    Some(files.into_iter().filter(is_exchange).map(read).collect())
}

/// The one recording of this name.
pub(super) fn recording(name: &str) -> Option<Recording> {
    let found = recordings()?.into_iter().find(|r| r.name == name);
    Some(found.unwrap_or_else(|| panic!("there is a recording {name}")))
}
