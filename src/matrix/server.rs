//! The homeserver asked directly, for what the SDK would only do with a store and a session of its own.

use crate::wire::Error;
use matrix_sdk::reqwest::{self, Method, Url};
use serde_json::{Value, json};
use std::time::Duration;

const TIMEOUT: Duration = Duration::from_secs(10);

#[derive(Clone)]
pub(crate) struct Server {
    http: reqwest::Client,
    homeserver: String,
    token: String,
}

impl Server {
    pub fn new(homeserver: &str) -> Self {
        let http = reqwest::Client::builder().timeout(TIMEOUT).build().unwrap_or_default();
        Self { http, homeserver: homeserver.to_owned(), token: String::new() }
    }

    pub fn with(self, token: &str) -> Self {
        Self { token: token.to_owned(), ..self }
    }

    /// Whom its token is of, and which device, as far as the homeserver says.
    pub async fn who_is_it(&self) -> Result<(String, Option<String>), Error> {
        let answer = self.ask(Method::GET, &["v3", "account", "whoami"], None).await?;
        Ok((text(&answer, "user_id"), answer["device_id"].as_str().map(str::to_owned)))
    }

    /// The public keys of an account and its devices.
    pub async fn keys_of(&self, user: &str) -> Result<Value, Error> {
        let question = json!({ "device_keys": { user: [] } });
        self.ask(Method::POST, &["v3", "keys", "query"], Some(&question)).await
    }

    /// The path is what comes after `_matrix/client`.
    pub async fn ask(&self, method: Method, path: &[&str], body: Option<&Value>) -> Result<Value, Error> {
        let away = |why: String| Error::Away { why };
        let mut url = Url::parse(&self.homeserver).map_err(|e| away(e.to_string()))?;
        url.path_segments_mut()
            .map_err(|()| away("this is no address".to_owned()))?
            .pop_if_empty()
            .extend(["_matrix", "client"])
            .extend(path);
        let mut request = self.http.request(method, url);
        if !self.token.is_empty() {
            request = request.bearer_auth(&self.token);
        }
        if let Some(body) = body {
            request = request.header("content-type", "application/json").body(body.to_string());
        }
        let answer = request.send().await.map_err(|e| away(e.without_url().to_string()))?;
        let status = answer.status().as_u16();
        let bytes = answer.bytes().await.map_err(|e| away(e.without_url().to_string()))?;
        let answer: Value = serde_json::from_slice(&bytes).unwrap_or(Value::Null);
        match status {
            200 => Ok(answer),
            401 => Err(Error::Token),
            429 => {
                Err(Error::Limited { wait: Duration::from_millis(answer["retry_after_ms"].as_u64().unwrap_or(1000)) })
            }
            500.. => Err(away(format!("it answers {status}"))),
            status => Err(Error::Refused { status, code: text(&answer, "errcode"), why: text(&answer, "error") }),
        }
    }
}

pub(crate) fn text(value: &Value, key: &str) -> String {
    value[key].as_str().unwrap_or("?").to_owned()
}

pub(crate) fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}
