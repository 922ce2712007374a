//! Every secret that there is, planted; then all that a process says is searched for them: its log in both forms, its
//! numbers, its answers, its audit log and jobs.
//!
//! Where one may be seen: the first administrator's password nowhere, for it was given; a token, a refresh token, an API
//! token, a feed's and a calendar's secret in the one answer that is there to show it, which is not searched. What somebody
//! gives in the place of a name is no secret: an answer may say it back.

use crate::support::{
    postgres,
    process::{Process, until},
};
use direttore_sim::{Settings as SimSettings, Sim, netbox};
use direttore_store::{Store, audit, job};
use fake_discord::{Fake, World};
use reqwest::{Client, Method};
use serde_json::{Value, json};
use std::{fmt::Write, fs, process::Command, sync::Mutex, time::Duration};

/// Of the configuration, as it is given; the peers' own are drawn by the simulations.
const SIGNING: &str = "planted-signing-key-e2b7c95fd41a8036";
const SIGN_IN: &str = "planted-sign-in-key-93ad07be5c6f1482";
const METRICS: &str = "planted-metrics-token-c41d";
const ADMIN: &str = "planted-admin-password-77f3";
/// Wrong ones, and what is given by people.
const WRONG: [&str; 6] = [
    "planted-wrong-password-1a",
    "planted-wrong-bearer-2b.cc.dd",
    "planted-wrong-query-3c",
    "planted-wrong-path-4d",
    "planted-wrong-refresh-5e",
    "planted-new-password-6f",
];

/// What was said, and by what.
struct Told(Mutex<Vec<(String, String)>>);

impl Told {
    fn keep(&self, by: &str, said: &str) {
        self.0.lock().expect("nobody panicked").push((by.to_owned(), said.to_owned()));
    }
}

/// A running server, and all that it answered.
struct Served {
    process: Process,
    url: String,
    http: Client,
    told: Told,
}

impl Served {
    fn request(&self, method: &str, path: &str, token: &str) -> reqwest::RequestBuilder {
        let method: Method = method.parse().expect("a method");
        let request = self.http.request(method, format!("{}{path}", self.url));
        if token.is_empty() { request } else { request.bearer_auth(token) }
    }

    /// The answer to a request, kept to be searched.
    async fn ask(&self, request: reqwest::RequestBuilder) -> (u16, String) {
        let (status, head, text) = Self::answer(request).await;
        self.told.keep("an answer", &format!("{head}\n{text}"));
        (status, text)
    }

    /// One that is there to show a secret.
    async fn shown(&self, request: reqwest::RequestBuilder) -> Value {
        let (status, _, text) = Self::answer(request).await;
        assert!(status < 300, "{status} {text}");
        serde_json::from_str(&text).expect("JSON")
    }

    async fn answer(request: reqwest::RequestBuilder) -> (u16, String, String) {
        let answer = request.send().await.expect("an answer");
        let head = answer.headers().iter().fold(String::new(), |mut head, (name, value)| {
            let _ = writeln!(head, "{name}: {}", String::from_utf8_lossy(value.as_bytes()));
            head
        });
        (answer.status().as_u16(), head, answer.text().await.expect("text"))
    }

    async fn token(&self, kind: &str) -> String {
        let given = json!({ "kind": kind, "name": format!("planted-{kind}") });
        let shown =
            self.shown(self.request("POST", "/api/v1/commands/token/new", &self.access().await).json(&given)).await;
        let fields = shown.pointer("/replies/0/fields").and_then(Value::as_array).expect("fields");
        let secret = fields.iter().find(|field| field["name"] == "secret").expect("it is shown");
        secret["value"].as_str().expect("text").to_owned()
    }

    async fn access(&self) -> String {
        self.sign_in().await.0
    }

    async fn sign_in(&self) -> (String, String) {
        let form = [("username", "admin"), ("password", ADMIN)];
        let tokens = self.shown(self.request("POST", "/api/auth/token", "").form(&form)).await;
        let text = |key: &str| tokens[key].as_str().expect("a token").to_owned();
        (text("access_token"), text("refresh_token"))
    }
}

fn configuration(sim: &Sim, netbox: &netbox::Sim, database: &str, format: &str) -> String {
    let (access, books) = (sim.access(), netbox.access());
    let fingerprint = access.fingerprint.as_deref().unwrap_or_default();
    format!(
        "[[proxmox]]\nname = 'lab'\nurl = '{}'\nfingerprint = '{fingerprint}'\ntoken_id = '{}'\ntoken_secret = '{}'\n\
         [[proxmox]]\nname = 'other'\nurl = '{}'\nfingerprint = '{fingerprint}'\nuser = '{}'\npassword = '{}'\n\
         [netbox]\nurl = '{}'\ntoken = '{}'\n[http]\nlisten = '127.0.0.1:0'\n\
         [audit]\nsigning_key = '{SIGNING}'\n[sign_in]\nkey = '{SIGN_IN}'\n[metrics]\ntoken = '{METRICS}'\n\
         [admin]\npassword = '{ADMIN}'\n[database]\nurl = '{database}'\n\
         [log]\nformat = '{format}'\nlevel = 'info,direttore=trace,direttore_http=trace,direttore_core=trace,\
         direttore_clients=trace,direttore_store=trace'\n",
        access.url,
        access.token_id,
        access.token_secret,
        access.url,
        access.user,
        access.password,
        books.url,
        books.token
    )
}

/// `None` where Discord's description is not on this machine, which it says itself.
async fn pretend() -> Option<Fake> {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("after 1970");
    let now = u64::try_from(now.as_millis()).expect("this millennium");
    Fake::start(World::lab().tls().starts_at(now)).await
}

fn discord(fake: &Fake) -> String {
    format!(
        "[discord]\ntoken = '{}'\napplication_id = {}\nguild_id = {}\npublic_key = '{}'\n\
         stand_in = {{ addr = '{}', ca_file = 'ca.pem' }}\n",
        fake.token(),
        fake.application_id(),
        fake.guild_id("lab"),
        fake.public_key(),
        fake.tls_addr().expect("the world has TLS"),
    )
}

/// As it is, and as it goes over wires.
fn forms(secret: &str) -> [String; 4] {
    use base64ct::{Base64, Base64UrlUnpadded, Encoding};
    let escaped = secret.bytes().fold(String::new(), |mut all, byte| {
        let _ = match byte.is_ascii_alphanumeric() {
            true => write!(all, "{}", char::from(byte)),
            false => write!(all, "%{byte:02X}"),
        };
        all
    });
    [
        secret.to_owned(),
        Base64::encode_string(secret.as_bytes()),
        Base64UrlUnpadded::encode_string(secret.as_bytes()),
        escaped,
    ]
}

/// Everything that a person or a program may do with secrets, right and wrong; gives those that came of it.
async fn traffic(served: &Served) -> Vec<String> {
    let [password, bearer, query, path, refresh_wrong, new] = WRONG;
    let (access, refresh) = served.sign_in().await;
    let form = [("username", "admin"), ("password", password)];
    assert_eq!(served.ask(served.request("POST", "/api/auth/token", "").form(&form)).await.0, 401);
    for token in [bearer, &refresh, path] {
        assert_eq!(served.ask(served.request("GET", "/api/auth/me", token)).await.0, 401);
    }
    let renewed =
        served.shown(served.request("POST", "/api/auth/refresh", "").json(&json!({ "refresh_token": refresh })));
    let renewed = renewed.await;
    // A copy, and garbage.
    for token in [&refresh, refresh_wrong] {
        let request = served.request("POST", "/api/auth/refresh", "").json(&json!({ "refresh_token": token }));
        assert_eq!(served.ask(request).await.0, 401, "{token}");
    }
    let mut came = vec![access, refresh];
    came.extend(["access_token", "refresh_token"].map(|key| renewed[key].as_str().expect("a token").to_owned()));
    let (api, caldav) = (served.token("api").await, served.token("caldav").await);
    let ask = async |method: &str, path: &str, body: Option<Value>| {
        let request = served.request(method, path, &api);
        served
            .ask(match body {
                Some(body) => request.json(&body),
                None => request,
            })
            .await
    };
    for method in ["GET", "POST", "DELETE", "PROPFIND"] {
        ask(method, &format!("/api/{path}?token={query}&secret={query}"), None).await;
        ask(method, &format!("/calendar/{path}.ics"), None).await;
    }
    ask("GET", &format!("/api/reservations/export/ical?token={query}"), None).await;
    for pass in [password, &caldav] {
        let request = served.request("PROPFIND", "/dav/", "").basic_auth("admin", Some(pass)).header("Depth", "0");
        served.ask(request).await;
    }
    // An account, with passwords that are taken and refused.
    let user = json!({ "username": "somebody", "password": new, "role": "viewer" });
    assert_eq!(ask("POST", "/api/users/", Some(user.clone())).await.0, 201);
    assert_eq!(ask("POST", "/api/users/", Some(user)).await.0, 409);
    let wrong = json!({ "username": "?", "password": new, "role": "king" });
    assert_eq!(ask("POST", "/api/users/", Some(wrong)).await.0, 422);
    let missing = json!({ "password": new, "refresh_token": refresh_wrong });
    assert_eq!(ask("POST", "/api/users/", Some(missing)).await.0, 422);
    assert_eq!(ask("PATCH", "/api/users/2", Some(json!({ "password": new }))).await.0, 200);
    let broken = served.request("POST", "/api/users/", &api).body(format!("{{\"password\": \"{new}\""));
    assert_eq!(served.ask(broken.header("Content-Type", "application/json")).await.0, 422);
    // A job that calls both peers, and one that fails.
    let (status, begun) = ask("POST", "/api/v1/commands/power/stop", Some(json!({ "guest": "lab/101" }))).await;
    assert_eq!(status, 200, "{begun}");
    let plan = serde_json::from_str::<Value>(&begun).expect("JSON")["plan"]["id"].as_str().expect("a plan").to_owned();
    let (status, job) = ask("POST", &format!("/api/v1/plans/{plan}/confirm"), None).await;
    assert_eq!(status, 202, "{job}");
    let job = serde_json::from_str::<Value>(&job).expect("JSON")["job"].as_str().expect("a job").to_owned();
    let follow = served.request("GET", &format!("/api/v1/jobs/{job}"), &api).header("Accept", "text/event-stream");
    assert!(served.ask(follow).await.1.contains("\"is_over\":true"));
    for path in [
        "/api/proxmox/nodes",
        "/api/inventory/prefixes",
        "/api/inventory/netbox-status",
        "/api/openapi.json",
        "/api/users/",
    ] {
        assert_eq!(ask("GET", path, None).await.0, 200, "{path}");
    }
    let (status, numbers) = served.ask(served.request("GET", "/metrics", METRICS)).await;
    assert!(status == 200 && numbers.contains("direttore_"), "{status}");
    served.ask(served.request("GET", "/metrics", bearer)).await;
    came.extend([api, caldav]);
    came
}

/// Every row of every table that tells what was done.
async fn rows(store: &Store) -> Vec<(String, String)> {
    let mut tx = store.read().await.expect("it is there");
    let all = audit::Filter { who: None, what: None, since: None, limit: 10_000, offset: 0 };
    let (audit, _) = audit::list(&mut tx, all).await.expect("rows");
    let mut all = vec![("the audit log".to_owned(), format!("{audit:?}"))];
    assert!(!audit.is_empty());
    let every = job::Filter { account_id: None, status: None, limit: 100, offset: 0 };
    let (jobs, _) = job::list(&mut tx, every).await.expect("rows");
    assert!(!jobs.is_empty());
    for job in jobs {
        let steps = job::steps(&mut tx, job.id).await.expect("rows");
        all.push(("a job".to_owned(), format!("{job:?} {steps:?}")));
    }
    all
}

async fn told_no_secret(database: &str, format: &str) {
    let lab =
        SimSettings { task_time: (Duration::from_millis(20), Duration::from_millis(60)), ..SimSettings::default() };
    let sim = direttore_sim::start(lab).await.expect("loopback can be listened on");
    let books = netbox::start(netbox::Settings::default()).await.expect("loopback can be listened on");
    let folder = tempfile::tempdir().expect("a temporary folder");
    let fake = pretend().await;
    let mut text = configuration(&sim, &books, database, format);
    if let Some(fake) = &fake {
        fs::write(folder.path().join("ca.pem"), fake.ca_pem().expect("the world has TLS")).expect("it is ours");
        text += discord(fake).as_str();
    }
    fs::write(folder.path().join("direttore.toml"), text).expect("it is ours");
    let mut command = Command::new(env!("CARGO_BIN_EXE_direttore"));
    command.args(["serve", "--config", "direttore.toml"]).current_dir(folder.path()).env_clear();
    let kept = ["LLVM_PROFILE_FILE", "PATH", "TMPDIR"];
    command.envs(kept.into_iter().filter_map(|key| Some((key, std::env::var_os(key)?))));
    let process = Process::start("a server with secrets", &mut command);
    let url = until("it says where it serves HTTP", || {
        let said = process.said();
        let at = said.split("HTTP at ").nth(1)?;
        let end = at.find(|c: char| !(c.is_ascii_digit() || matches!(c, '.' | ':')))?;
        Some(format!("http://{}", &at[..end]))
    });
    let http = Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none()).build().expect("a client");
    let mut served = Served { process, url, http, told: Told(Mutex::default()) };
    let mut secrets = traffic(&served).await;
    served.process.terminate();
    assert!(served.process.end().success(), "{}", served.process.said());
    let log = served.process.said();
    assert!(log.contains("TRACE") || log.contains("DEBUG"), "it logs all that it does: {log}");
    let store = Store::open(&postgres::settings(database)).await.expect("it is there");
    let mut all = rows(&store).await;
    store.close().await;
    all.extend(served.told.0.into_inner().expect("nobody panicked"));
    all.extend(log.lines().map(|line| ("the log".to_owned(), line.to_owned())));
    secrets.extend([SIGNING, SIGN_IN, METRICS, ADMIN].map(str::to_owned));
    secrets.extend(WRONG.map(str::to_owned));
    secrets.extend(fake.as_ref().map(|fake| fake.token().to_owned()));
    let access = sim.access();
    secrets.extend([access.token_secret.clone(), access.password.clone(), books.access().token.clone()]);
    let password = database.split_once("://").and_then(|(_, rest)| rest.split_once('@')?.0.split_once(':'));
    secrets.extend(password.map(|(_, password)| password.to_owned()).filter(|password| !password.is_empty()));
    for secret in &secrets {
        for form in forms(secret) {
            let found = all.iter().find(|(_, said)| said.contains(&form));
            assert!(found.is_none(), "{secret} is told by {found:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_that_is_said_has_a_secret_in_it() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    told_no_secret(&format!("sqlite://{}/secrets.db", folder.path().display()), "text").await;
    if let Some(database) = postgres::database().await {
        told_no_secret(&database.url, "json").await;
        database.drop().await;
    }
}
