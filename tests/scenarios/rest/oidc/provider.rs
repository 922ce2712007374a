//! An identity provider on loopback, and the browser that somebody signs in with there.

use super::super::{
    super::{calendars::program::Sidecar, story::Story},
    program::{Script, Told},
};
use axum::{
    Form, Json, Router,
    extract::State,
    http::StatusCode,
    routing::{get, post},
};
use base64ct::{Base64UrlUnpadded, Encoding};
use direttore_clients::oidc::{Provider, Settings};
use direttore_core::{Clock, Reserve, RoleMaps, Rules, oidc::Oidc};
use direttore_domain::{Role, Surface};
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use reqwest::Url;
use serde_json::{Value, json};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
    time::Duration,
};
use tokio::net::TcpListener;

/// What a code stands for: the claims, the nonce.
type Codes = Arc<Mutex<HashMap<String, Value>>>;

pub struct Idp {
    pub url: String,
    codes: Codes,
    task: tokio::task::JoinHandle<()>,
}

impl Drop for Idp {
    fn drop(&mut self) {
        self.task.abort();
    }
}

#[derive(Clone)]
struct Served {
    url: String,
    codes: Codes,
    key: EncodingKey,
    told: Value,
}

impl Idp {
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("loopback has a free port");
        let url = format!("http://{}", listener.local_addr().expect("bound"));
        let pair = rcgen::KeyPair::generate().expect("a key");
        let point = pair.public_key_raw();
        let text = Base64UrlUnpadded::encode_string;
        let told = json!({ "kty": "EC", "crv": "P-256", "kid": "k", "use": "sig", "x": text(&point[1..33]),
            "y": text(&point[33..]) });
        let (codes, key) = (Codes::default(), EncodingKey::from_ec_der(&pair.serialize_der()));
        let served = Served { url: url.clone(), codes: Arc::clone(&codes), key, told };
        let router = Router::new()
            .route("/.well-known/openid-configuration", get(discovery))
            .route("/keys", get(async |State(served): State<Served>| Json(json!({ "keys": [served.told] }))))
            .route("/token", post(token))
            .with_state(served);
        let task = tokio::spawn(async move { axum::serve(listener, router).await.expect("it serves") });
        Self { url, codes, task }
    }

    /// What a lab says that trusts it.
    pub fn rules(&self) -> Rules {
        let settings = Settings {
            issuer: self.url.clone(),
            client_id: "direttore".to_owned(),
            client_secret: None,
            scopes: vec!["openid".to_owned()],
            redirect: "https://lab.example/api/auth/oidc/callback".to_owned(),
            wants: vec![],
            ca_pem: None,
            connect: Duration::from_secs(20),
            read: Duration::from_secs(20),
        };
        let map = [("lab-admins", Role::Admin), ("lab", Role::Operator), ("guests", Role::Viewer)];
        Rules {
            oidc: Some(Oidc::new(Provider::new(settings).expect("settings"), "groups", "preferred_username")),
            roles: RoleMaps(map.map(|(group, role)| (Surface::Http, group.to_owned(), role)).into()),
            public_url: Some("https://lab.example".to_owned()),
            reserve: Reserve { approvers: vec!["boss".to_owned()], ..Reserve::default() },
            ..Rules::default()
        }
    }

    /// Somebody signs in there with the browser that was sent to `url`; gives the address to go back to.
    pub fn signs_in(&self, url: &str, claims: Value) -> String {
        let url: Url = url.parse().expect("an address");
        assert!(url.as_str().starts_with(&self.url), "{url}");
        let query: HashMap<String, String> = url.query_pairs().into_owned().collect();
        assert_eq!(query["redirect_uri"], "https://lab.example/api/auth/oidc/callback");
        let mut codes = self.codes.lock().expect("nobody panicked");
        let code = format!("c{}", codes.len());
        let now = Clock::wall().millis() / 1000;
        let mut all =
            json!({ "iss": self.url, "aud": "direttore", "iat": now, "exp": now + 60, "nonce": query["nonce"] });
        all.as_object_mut().expect("an object").extend(claims.as_object().expect("an object").clone());
        codes.insert(code.clone(), all);
        format!("/api/auth/oidc/callback?state={}&code={code}", query["state"])
    }
}

async fn discovery(State(served): State<Served>) -> Json<Value> {
    let at = |path: &str| format!("{}{path}", served.url);
    Json(json!({ "issuer": served.url, "authorization_endpoint": at("/auth"), "token_endpoint": at("/token"),
        "jwks_uri": at("/keys"), "response_types_supported": ["code"], "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["ES256"] }))
}

/// A code works once.
async fn token(State(served): State<Served>, Form(form): Form<HashMap<String, String>>) -> (StatusCode, Json<Value>) {
    let claims = served.codes.lock().expect("nobody panicked").remove(&form["code"]);
    let Some(claims) = claims else { return (StatusCode::BAD_REQUEST, Json(json!({ "error": "invalid_grant" }))) };
    let header = Header { kid: Some("k".to_owned()), ..Header::new(Algorithm::ES256) };
    let id_token = encode(&header, &claims, &served.key).expect("signed");
    (StatusCode::OK, Json(json!({ "access_token": "x", "token_type": "Bearer", "id_token": id_token })))
}

/// Who signs in: a browser without scripts.
pub struct Browser<'s> {
    pub script: Script<'s>,
    pub cookie: String,
}

impl<'s> Browser<'s> {
    pub fn of(sidecar: &'s Sidecar) -> Self {
        Self { script: Script::nobody(sidecar), cookie: String::new() }
    }

    /// Where it is sent.
    pub async fn begins(&mut self, query: &str) -> String {
        let told = self.script.get(&format!("/api/auth/oidc/login{query}")).await;
        assert_eq!(told.status, 302, "{told:?}");
        let cookie = told.header("set-cookie");
        assert!(cookie.ends_with("; Path=/; Max-Age=600; HttpOnly; SameSite=Lax; Secure"), "{cookie}");
        self.cookie = cookie.split(';').next().unwrap_or_default().to_owned();
        told.header("location").to_owned()
    }

    pub async fn comes_back(&self, path: &str) -> Told {
        let told = Script::send(self.script.request("GET", path).header("Cookie", &self.cookie)).await;
        assert!(told.header("set-cookie").starts_with("__Host-direttore-oidc=; Path=/; Max-Age=0;"), "{told:?}");
        assert_eq!(told.header("cache-control"), "no-store");
        told
    }

    /// All the way; keeps the tokens where there are some.
    pub async fn signs_in(&mut self, idp: &Idp, query: &str, claims: Value) -> Told {
        let url = self.begins(query).await;
        let told = self.comes_back(&idp.signs_in(&url, claims)).await;
        if told.status == 200 {
            let tokens = told.json();
            let text = |key: &str| tokens[key].as_str().expect("a token").to_owned();
            (self.script.token, self.script.refresh) = (text("access_token"), text("refresh_token"));
        }
        told
    }

    /// `alice is admin`.
    pub async fn me(&self) -> String {
        let told = self.script.get("/api/auth/me").await;
        if told.status != 200 {
            return told.said();
        }
        let me = told.json();
        format!("{} is {}", me["username"].as_str().unwrap_or_default(), me["role"].as_str().unwrap_or_default())
    }
}

/// What was refused, by its code and words.
pub fn refused(told: &Told) -> String {
    assert_eq!(told.header("content-type"), "application/problem+json", "{told:?}");
    format!("{} {}: {}", told.status, told.json()["code"].as_str().unwrap_or_default(), told.json()["detail"])
}

/// A code of `/link`.
pub async fn link_code(story: &Story, who: &str) -> String {
    let replies = story.ask(who, "/link").await;
    let title = replies[0].title_plain();
    title.strip_prefix("your code is ").unwrap_or_else(|| panic!("no code in {title}")).to_owned()
}
