//! A provider on loopback: it signs what a test has it claim, and takes a code only with what belongs to it.

use super::super::{Provider, Secret, Settings};
use crate::server_for_tests::{Reply, Seen, Server};
use direttore_domain::Instant;
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use openidconnect::{PkceCodeChallenge, PkceCodeVerifier};
use serde_json::{Value, json};
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
    time::Duration,
};

pub(super) const NOW: Instant = Instant(1_772_900_000_000);

/// A key of P-256, and how it is told.
#[derive(Clone)]
pub(super) struct Key {
    pub(super) id: &'static str,
    pub(super) sign: EncodingKey,
    pub(super) told: Value,
    /// The point, as somebody could take it for a shared secret.
    pub(super) point: Vec<u8>,
}

impl Key {
    pub(super) fn new(id: &'static str) -> Self {
        let pair = rcgen::KeyPair::generate().expect("a key");
        let point = pair.public_key_raw().to_vec();
        let text = |bytes: &[u8]| base64(bytes);
        let told = json!({ "kty": "EC", "crv": "P-256", "use": "sig", "alg": "ES256", "kid": id,
            "x": text(&point[1..33]), "y": text(&point[33..]) });
        Self { id, sign: EncodingKey::from_ec_der(&pair.serialize_der()), told, point }
    }
}

pub(super) fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let mut text = String::new();
    for group in bytes.chunks(3) {
        let mut three = [0u8; 3];
        three[..group.len()].copy_from_slice(group);
        let bits = u32::from_be_bytes([0, three[0], three[1], three[2]]);
        for at in 0..=group.len() {
            text.push(char::from(LETTERS[(bits >> (18 - 6 * at)) as usize & 63]));
        }
    }
    text
}

/// Makes a token of claims, as it likes.
pub(super) type Signs = Arc<dyn Fn(&Key, &Value) -> String + Send + Sync>;

pub(super) struct State {
    pub(super) key: Key,
    pub(super) metadata: Value,
    pub(super) claims: Value,
    pub(super) userinfo: Option<Value>,
    pub(super) signs: Signs,
    pub(super) is_public: bool,
    /// What is answered instead, by path.
    pub(super) instead: BTreeMap<&'static str, Reply>,
    /// What the browser was sent with.
    query: BTreeMap<String, String>,
}

pub(super) struct World {
    pub(super) server: Server,
    state: Arc<Mutex<State>>,
}

impl World {
    pub(super) async fn start() -> Self {
        let at = NOW.millis() / 1000;
        let claims = json!({ "sub": "u-1", "aud": "direttore", "exp": at + 300, "iat": at,
            "preferred_username": "alice", "realm_access": { "roles": ["lab-admins"] } });
        let signs: Signs = Arc::new(|key, claims| signed(Algorithm::ES256, key.id, &key.sign, claims));
        let state = Arc::new(Mutex::new(State {
            key: Key::new("k1"),
            metadata: json!({}),
            claims,
            userinfo: None,
            signs,
            is_public: false,
            instead: BTreeMap::new(),
            query: BTreeMap::new(),
        }));
        let answers = Arc::clone(&state);
        let server = Server::start(move |seen| answer(&answers.lock().expect("no panic in it"), seen)).await;
        let world = Self { server, state };
        let at = |path: &str| format!("{}{path}", world.server.url());
        let metadata = json!({
            "issuer": world.server.url(), "authorization_endpoint": at("/auth"), "token_endpoint": at("/token"),
            "jwks_uri": at("/keys"), "userinfo_endpoint": at("/userinfo"), "response_types_supported": ["code"],
            "subject_types_supported": ["public"], "id_token_signing_alg_values_supported": ["ES256", "HS256", "none"],
        });
        world.bend(|state| {
            state.claims["iss"] = metadata["issuer"].clone();
            state.metadata = metadata;
        });
        world
    }

    pub(super) fn bend(&self, change: impl FnOnce(&mut State)) {
        change(&mut self.state.lock().expect("no panic in it"));
    }

    pub(super) fn settings(&self) -> Settings {
        Settings {
            issuer: self.server.url(),
            client_id: "direttore".to_owned(),
            client_secret: Some("its secret".to_owned()),
            scopes: ["openid", "profile", "email"].map(str::to_owned).into(),
            redirect: "https://lab.example/api/auth/oidc/callback".to_owned(),
            wants: ["realm_access.roles", "preferred_username"].map(str::to_owned).into(),
            ca_pem: None,
            connect: Duration::from_secs(20),
            read: Duration::from_secs(20),
        }
    }

    pub(super) fn provider(&self) -> Provider {
        Provider::new(self.settings()).expect("settings")
    }

    /// A browser is sent to sign in, and does.
    pub(super) async fn asked(&self, provider: &Provider) -> Secret {
        let verifier = "a verifier that is long enough for what the standard asks".to_owned();
        let secret = Secret { state: "the state".to_owned(), nonce: "the nonce".to_owned(), verifier };
        let url = provider.address(&secret).await.expect("an address");
        let (path, query) = url.split_once('?').expect("a query");
        assert_eq!(path, format!("{}/auth", self.server.url()));
        self.bend(|state| state.query = form(query));
        secret
    }

    /// What the browser was sent with.
    pub(super) fn query(&self) -> BTreeMap<String, String> {
        self.state.lock().expect("no panic in it").query.clone()
    }

    pub(super) fn paths(&self) -> Vec<String> {
        self.server.seen().into_iter().map(|seen| seen.path).collect()
    }
}

pub(super) fn signed(algorithm: Algorithm, kid: &str, key: &EncodingKey, claims: &Value) -> String {
    let header = Header { kid: Some(kid.to_owned()), ..Header::new(algorithm) };
    encode(&header, claims, key).expect("signed")
}

fn form(text: &str) -> BTreeMap<String, String> {
    let decoded = |part: &str| {
        percent_encoding::percent_decode_str(&part.replace('+', " ")).decode_utf8().expect("UTF-8").into_owned()
    };
    let pairs = text.split('&').filter_map(|pair| pair.split_once('='));
    pairs.map(|(key, value)| (decoded(key), decoded(value))).collect()
}

pub(super) fn told(status: &'static str, body: &Value) -> Reply {
    Reply::Headed(status, vec![("content-type", "application/json".to_owned())], body.to_string().into_bytes())
}

fn answer(state: &State, seen: &Seen) -> Reply {
    if let Some(reply) = state.instead.get(seen.path.as_str()) {
        return reply.clone();
    }
    match seen.path.as_str() {
        "/.well-known/openid-configuration" => told("200 OK", &state.metadata),
        "/keys" => told("200 OK", &json!({ "keys": [state.key.told] })),
        "/token" => token(state, seen),
        "/userinfo" => match &state.userinfo {
            Some(claims) if seen.headers.get("authorization").is_some_and(|a| a == "Bearer opens userinfo") => {
                told("200 OK", claims)
            }
            _ => told("401 Unauthorized", &json!({ "error": "invalid_token" })),
        },
        _ => told("404 Not Found", &json!({})),
    }
}

fn token(state: &State, seen: &Seen) -> Reply {
    let form = form(&seen.body);
    let of = |key: &str| form.get(key).map_or("", String::as_str);
    // "direttore:its+secret", each part encoded as in a form.
    let right = "Basic ZGlyZXR0b3JlOml0cytzZWNyZXQ=";
    let shown = match state.is_public {
        true => of("client_id") == "direttore" && of("client_secret").is_empty(),
        false => {
            seen.headers.get("authorization").is_some_and(|given| given == right) || of("client_secret") == "its secret"
        }
    };
    if !shown {
        return told("401 Unauthorized", &json!({ "error": "invalid_client" }));
    }
    let verifier = PkceCodeVerifier::new(of("code_verifier").to_owned());
    let challenge = PkceCodeChallenge::from_code_verifier_sha256(&verifier).as_str().to_owned();
    let belongs = of("grant_type") == "authorization_code"
        && of("code") == "good code"
        && of("redirect_uri") == state.query["redirect_uri"]
        && challenge == state.query["code_challenge"];
    if !belongs {
        return told("400 Bad Request", &json!({ "error": "invalid_grant" }));
    }
    let mut claims = state.claims.clone();
    if claims.get("nonce").is_none() {
        claims["nonce"] = json!(state.query["nonce"]);
    }
    let id_token = (state.signs)(&state.key, &claims);
    told("200 OK", &json!({ "access_token": "opens userinfo", "token_type": "Bearer", "id_token": id_token }))
}
