//! The simulation over real HTTP.

mod access;
mod errors;
mod faults;
mod keeping;
mod lifecycle;
mod networks;
mod power;
mod provision;
mod reading;
mod snapshots;

use crate::{Access, Settings, Sim, start};
use reqwest::Method;
use serde_json::Value;
use std::time::Duration;

/// Tasks take long enough to be looked at, and not longer.
pub const BRIEF: (Duration, Duration) = (Duration::from_millis(40), Duration::from_millis(60));
/// Tasks that do not end while the test runs.
pub const ENDLESS: (Duration, Duration) = (Duration::from_secs(600), Duration::from_secs(600));

pub fn settings() -> Settings {
    Settings { tls: false, task_time: BRIEF, resources_lag: Duration::ZERO, ..Settings::default() }
}

pub struct Lab {
    pub sim: Sim,
    pub http: reqwest::Client,
    authorization: String,
}

/// What came back.
#[derive(Debug)]
pub struct Got {
    pub status: u16,
    pub reason: String,
    pub text: String,
    pub body: Value,
}

impl Got {
    pub fn data(&self) -> &Value {
        assert_eq!(self.status, 200, "{self:?}");
        &self.body["data"]
    }
    pub fn upid(&self) -> String {
        self.data().as_str().expect("a UPID").to_owned()
    }
    /// Status and words of a refusal.
    pub fn no(&self) -> (u16, &str) {
        (self.status, &self.reason)
    }
    pub fn error(&self, name: &str) -> &str {
        assert_eq!(self.no(), (400, "Parameter verification failed."), "{self:?}");
        self.body["errors"][name].as_str().unwrap_or_else(|| panic!("no error for {name}: {self:?}"))
    }
}

pub fn token_of(access: &Access) -> String {
    format!("PVEAPIToken={}={}", access.token_id, access.token_secret)
}

impl Lab {
    pub async fn new(settings: Settings) -> Self {
        let sim = start(settings).await.expect("loopback is there");
        let authorization = token_of(sim.access());
        Self { sim, http: reqwest::Client::new(), authorization }
    }

    /// As another token than the bot's.
    pub fn with_token(mut self, id: &str, secret: &str) -> Self {
        self.authorization = format!("PVEAPIToken={id}={secret}");
        self
    }

    pub fn url(&self, path: &str) -> String {
        format!("{}/api2/json{path}", self.sim.access().url)
    }

    pub async fn call(&self, method: Method, path: &str, form: &[(&str, &str)]) -> Got {
        let request = self.http.request(method, self.url(path)).header("Authorization", &self.authorization);
        let request = if form.is_empty() { request } else { request.form(form) };
        got(request.send().await.expect("an answer")).await
    }

    pub async fn get(&self, path: &str) -> Got {
        self.call(Method::GET, path, &[]).await
    }
    pub async fn post(&self, path: &str, form: &[(&str, &str)]) -> Got {
        self.call(Method::POST, path, form).await
    }
    pub async fn put(&self, path: &str, form: &[(&str, &str)]) -> Got {
        self.call(Method::PUT, path, form).await
    }
    pub async fn delete(&self, path: &str) -> Got {
        self.call(Method::DELETE, path, &[]).await
    }

    /// Polls until the task has ended; its exit.
    pub async fn ended(&self, upid: &str) -> String {
        loop {
            let status = self.task(upid, "status").await;
            let status = status.data();
            if status["status"] == "stopped" {
                return status["exitstatus"].as_str().expect("an exit").to_owned();
            }
            tokio::task::yield_now().await;
        }
    }

    pub async fn task(&self, upid: &str, what: &str) -> Got {
        let node = upid.split(':').nth(1).expect("a UPID has a node");
        let upid = upid.replace(':', "%3A").replace('@', "%40").replace('!', "%21");
        self.get(&format!("/nodes/{node}/tasks/{upid}/{what}")).await
    }

    /// Posts, waits for the task, and tells how it ended.
    pub async fn run(&self, path: &str, form: &[(&str, &str)]) -> String {
        let upid = self.post(path, form).await.upid();
        self.ended(&upid).await
    }

    /// A guest's path by its name.
    pub fn at(&self, name: &str) -> String {
        let world = self.sim.world();
        let guests = world["guests"].as_object().expect("guests");
        let found = guests.iter().find(|(_, g)| g["config"]["name"] == name || g["config"]["hostname"] == name);
        let (vmid, guest) = found.unwrap_or_else(|| panic!("no guest {name}"));
        format!("/nodes/{}/{}/{vmid}", guest["node"].as_str().expect("node"), guest["kind"].as_str().expect("kind"))
    }

    pub fn vmid(&self, name: &str) -> String {
        self.at(name).rsplit('/').next().expect("a VMID").to_owned()
    }

    pub async fn status(&self, name: &str) -> Value {
        self.get(&format!("{}/status/current", self.at(name))).await.data().clone()
    }
}

pub async fn got(response: reqwest::Response) -> Got {
    let status = response.status().as_u16();
    let reason = response
        .extensions()
        .get::<hyper::ext::ReasonPhrase>()
        .map(|r| String::from_utf8_lossy(r.as_bytes()).into_owned());
    let reason = reason.unwrap_or_else(|| response.status().canonical_reason().unwrap_or_default().to_owned());
    let text = response.text().await.unwrap_or_default();
    let body = serde_json::from_str(&text).unwrap_or_default();
    Got { status, reason, text, body }
}
