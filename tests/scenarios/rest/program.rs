//! A script: its tokens, and requests with JSON.

use super::super::{calendars::program::Sidecar, story::Story};
use reqwest::{Method, RequestBuilder, header::HeaderMap};
use serde_json::{Value, json};

/// The password of everybody in a story.
pub const PASSWORD: &str = "secret of the tests";

/// What an answer was.
#[derive(Debug)]
pub struct Told {
    pub status: u16,
    pub headers: HeaderMap,
    pub text: String,
}

impl Told {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{error}: {:?}", self.text))
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    /// `401 Not authenticated`: the status, and why.
    pub fn said(&self) -> String {
        match serde_json::from_str::<Value>(&self.text).ok().as_ref().and_then(|json| json.get("detail")) {
            Some(Value::String(detail)) => format!("{} {detail}", self.status),
            Some(Value::Array(all)) => {
                let one = |wrong: &Value| {
                    let at: Vec<String> = wrong["loc"]
                        .as_array()
                        .map(Vec::as_slice)
                        .unwrap_or_default()
                        .iter()
                        .map(|at| at.as_str().map_or_else(|| at.to_string(), str::to_owned))
                        .collect();
                    format!("{}: {}", at.join("."), wrong["msg"].as_str().unwrap_or_default())
                };
                format!("{} {}", self.status, all.iter().map(one).collect::<Vec<_>>().join("; "))
            }
            _ => format!("{} {}", self.status, self.text),
        }
    }
}

/// Somebody who asks, signed in or not.
pub struct Script<'s> {
    sidecar: &'s Sidecar,
    http: reqwest::Client,
    pub token: String,
    pub refresh: String,
}

impl<'s> Script<'s> {
    pub fn nobody(sidecar: &'s Sidecar) -> Self {
        let http = reqwest::Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none());
        Self { sidecar, http: http.build().expect("a client"), token: String::new(), refresh: String::new() }
    }

    pub fn with(sidecar: &'s Sidecar, token: String) -> Self {
        Self { token, ..Self::nobody(sidecar) }
    }

    /// Signed in with the password of the tests.
    pub async fn of(sidecar: &'s Sidecar, name: &str) -> Self {
        let mut script = Self::nobody(sidecar);
        let told = script.sign_in(name, PASSWORD).await;
        assert_eq!(told.status, 200, "{told:?}");
        script
    }

    /// With an API token of the account's, which a person made.
    pub async fn by_token(story: &Story, sidecar: &'s Sidecar, name: &str) -> Self {
        let replies = story.ask(name, "/token new api script").await;
        let shown = replies[0].to_json();
        let fields = shown["fields"].as_array().expect("it has fields");
        let field = fields.iter().find(|field| field["name"] == "secret").expect("the secret is shown");
        let token = field["value"].as_str().expect("text").to_owned();
        Self { token, ..Self::nobody(sidecar) }
    }

    /// Keeps the tokens where there are some.
    pub async fn sign_in(&mut self, name: &str, password: &str) -> Told {
        let form = [("username", name), ("password", password)];
        let told = Self::send(self.request("POST", "/api/auth/token").form(&form)).await;
        self.keep(&told);
        told
    }

    pub async fn renew(&mut self) -> Told {
        let told = self.post("/api/auth/refresh", json!({ "refresh_token": self.refresh })).await;
        self.keep(&told);
        told
    }

    fn keep(&mut self, told: &Told) {
        if told.status == 200 {
            let tokens = told.json();
            let text = |key: &str| tokens[key].as_str().expect("a token").to_owned();
            (self.token, self.refresh) = (text("access_token"), text("refresh_token"));
        }
    }

    pub fn request(&self, method: &str, path: &str) -> RequestBuilder {
        let method = Method::from_bytes(method.as_bytes()).expect("a method");
        let request = self.http.request(method, self.sidecar.url(path));
        if self.token.is_empty() { request } else { request.bearer_auth(&self.token) }
    }

    pub async fn send(request: RequestBuilder) -> Told {
        let response = request.send().await.expect("an answer");
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        Told { status, headers, text: response.text().await.expect("text") }
    }

    pub async fn get(&self, path: &str) -> Told {
        Self::send(self.request("GET", path)).await
    }

    pub async fn post(&self, path: &str, body: Value) -> Told {
        Self::send(self.request("POST", path).json(&body)).await
    }

    pub async fn patch(&self, path: &str, body: Value) -> Told {
        Self::send(self.request("PATCH", path).json(&body)).await
    }

    pub async fn delete(&self, path: &str) -> Told {
        Self::send(self.request("DELETE", path)).await
    }
}
