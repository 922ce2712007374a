//! The simulated NetBox over real HTTP.

mod faults;
mod filters;
mod keeping;
mod races;
mod replay;
mod rules;

use super::{Access, Settings, Sim, start};
use reqwest::Method;
use serde_json::Value;
use std::path::{Path, PathBuf};

pub struct Lab {
    pub sim: Sim,
    pub http: reqwest::Client,
    token: String,
}

/// What came back.
#[derive(Debug)]
pub struct Got {
    pub status: u16,
    pub headers: reqwest::header::HeaderMap,
    pub text: String,
    pub body: Value,
}

impl Got {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|v| v.to_str().ok())
    }

    /// The body of an answer that went well.
    pub fn ok(self) -> Value {
        assert!(self.status < 300, "{self:?}");
        self.body
    }

    /// Status and body of a refusal.
    pub fn no(&self) -> (u16, String) {
        (self.status, self.body.to_string())
    }
}

/// As in `Authorization`.
pub fn bearer(access: &Access) -> String {
    let keyword = if access.token.starts_with("nbt_") { "Bearer" } else { "Token" };
    format!("{keyword} {}", access.token)
}

impl Lab {
    pub async fn new(settings: Settings) -> Self {
        let sim = start(settings).await.expect("loopback is there");
        let token = bearer(sim.access());
        let http = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().expect("a client");
        Self { sim, http, token }
    }

    pub fn request(&self, method: Method, path: &str) -> reqwest::RequestBuilder {
        let url = format!("{}{path}", self.sim.access().url);
        self.http.request(method, url).header("Authorization", &self.token)
    }

    pub async fn call(&self, method: Method, path: &str, body: Option<Value>) -> Got {
        let request = self.request(method, path);
        let request = match body {
            Some(body) => request.json(&body),
            None => request,
        };
        got(request.send().await.expect("an answer")).await
    }

    pub async fn get(&self, path: &str) -> Got {
        self.call(Method::GET, path, None).await
    }
    pub async fn post(&self, path: &str, body: Value) -> Got {
        self.call(Method::POST, path, Some(body)).await
    }
    pub async fn patch(&self, path: &str, body: Value) -> Got {
        self.call(Method::PATCH, path, Some(body)).await
    }
    pub async fn delete(&self, path: &str) -> Got {
        self.call(Method::DELETE, path, None).await
    }

    /// The id of the only object that a filter finds.
    pub async fn id(&self, path: &str) -> u64 {
        let found = self.get(path).await.ok();
        assert_eq!(found["count"], 1, "{path}: {found}");
        found["results"][0]["id"].as_u64().expect("an id")
    }
}

pub async fn got(response: reqwest::Response) -> Got {
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    let text = response.text().await.unwrap_or_default();
    let body = serde_json::from_str(&text).unwrap_or_default();
    Got { status, headers, text, body }
}

/// The folder of the contracts; `None`, and a line in the list of skipped tests, where it is absent.
pub fn contracts(test: &str) -> Option<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let named = std::env::var_os("DIRETTORE_CONTRACTS").map(PathBuf::from);
    let dir = named.unwrap_or_else(|| root.join("../shared/contracts")).join("netbox");
    if dir.is_dir() {
        return Some(dir);
    }
    let line = format!("{test}: the recordings of NetBox are not at {}", dir.display());
    assert!(std::env::var_os("CI").is_none(), "{line}");
    let skipped = root.join("target/skipped.txt");
    let before = std::fs::read_to_string(&skipped).unwrap_or_default();
    std::fs::write(&skipped, format!("{before}{line}\n")).expect("the target folder is writable");
    None
}
