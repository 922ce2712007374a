//! `direttore demo`: a simulated lab on loopback, and a chat. It needs no credentials and no other service.

use crate::{
    app::{self, App},
    chat::color,
    config::{self, Config},
    exit::Exit,
    logs, serve, simulate,
};
use clap::Args;
use direttore_console::{Backstage, BoxFuture, ChatSettings, ScriptSettings, chat, script};
use direttore_core::{
    Clock,
    dispatch::{Dispatch, set_up_account},
    hooks::{Hook, Sender},
    password,
};
use direttore_domain::{AccountName, Role, Surface};
use direttore_http::Server;
use direttore_sim::{
    Settings as SimSettings, Sim,
    netbox::{Settings as NetBoxSettings, Sim as NetBoxSim},
    switch::{self, Switch},
};
use direttore_store::{StoreError, account};
use serde_json::{Value, json};
use std::{
    collections::BTreeMap,
    io::{IsTerminal, Write},
    net::{Ipv4Addr, SocketAddr},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
    process::ExitCode,
    sync::Arc,
    time::Duration,
};
use tokio::{io::BufReader, net::TcpListener};

#[derive(Debug, Args)]
pub struct Demo {
    /// Chat lines to say, one for each line; `-` reads them from standard input as they come
    #[arg(long, value_name = "FILE")]
    script: Option<PathBuf>,
    /// One JSON object for each reply, for programs
    #[arg(long)]
    json: bool,
    /// Keeps database and lab there; without it they go with the process
    #[arg(long, value_name = "DIR")]
    dir: Option<PathBuf>,
    /// Also serves by HTTP there, for calendar programs; on loopback, port 0 for any that is free
    #[arg(long, value_name = "ADDR")]
    http: Option<SocketAddr>,
}

/// The demo's accounts; the first one speaks unless a line says otherwise.
const ACCOUNTS: [(&str, Option<Role>); 4] = [
    ("admin", Some(Role::Admin)),
    ("operator", Some(Role::Operator)),
    ("viewer", Some(Role::Viewer)),
    ("stranger", None),
];
const CHANNEL: &str = "demo";

impl Demo {
    pub async fn run(self) -> Result<ExitCode, Exit> {
        if let Some(addr) = self.http.filter(|addr| !addr.ip().is_loopback()) {
            return Err(Exit::wrong(format!("--http {addr}: the demo listens on loopback only, like 127.0.0.1:8080")));
        }
        let temporary = if self.dir.is_none() { Some(tempfile::tempdir()?) } else { None };
        let dir = self.dir.clone().or_else(|| temporary.as_ref().map(|t| t.path().to_owned())).unwrap_or_default();
        std::fs::create_dir_all(&dir).map_err(|e| Exit::wrong(format!("--dir {}: {e}", dir.display())))?;
        let dir = std::fs::canonicalize(&dir)?;
        let sim_dir = self.dir.is_some().then(|| dir.join("lab"));
        if let Some(dir) = &sim_dir {
            std::fs::create_dir_all(dir)?;
        }
        let sim = direttore_sim::start(sim_settings(sim_dir.clone())?).await;
        let sim = Arc::new(sim.map_err(|e| Exit::failed(format!("the simulated lab cannot be started: {e}")))?);
        let clock = Clock::default();
        let switches = Arc::new(start_switches(sim_dir.as_deref(), &clock).await?);
        let netbox = direttore_sim::netbox::start(netbox_settings(sim_dir, &switches)).await;
        let netbox =
            Arc::new(netbox.map_err(|e| Exit::failed(format!("the simulated NetBox cannot be started: {e}")))?);
        let hook = demo_hook(&dir)?;
        let mut config = configuration(&dir, (&sim, &netbox, &switches), self.http.map(|addr| (addr, &hook)))?;
        let listener = match self.http {
            Some(addr) => {
                let listener = TcpListener::bind(addr).await;
                let listener = listener.map_err(|e| Exit::failed(format!("--http {addr}: {e}")))?;
                config.http.public_url = Some(format!("http://{}", listener.local_addr()?));
                Some(listener)
            }
            None => None,
        };
        logs::start(&config.log);
        if listener.is_some() {
            direttore_http::measure();
        }
        let app = app::start(&config, clock).await?;
        let accounts = accounts(&app, &dir).await?;
        let mut ready =
            json!({ "ready": true, "accounts": accounts, "proxmox": sim.access(), "netbox": netbox.access() });
        ready["switches"] = switches.iter().map(simulate::shown).collect();
        let server =
            listener.map(|listener| serve::sidecar(&config, listener, None, &app.dispatch, true)).transpose()?;
        if let Some(server) = &server {
            ready["http"] = json!(format!("http://{}", server.addr()));
            let url = format!("http://{}{}", server.addr(), hook.path());
            ready["hooks"] = json!({ "default": { "url": url, "secret": hook.secret } });
        }
        let ended = match &self.script {
            Some(file) => self.scripted(&app, (&sim, &netbox, &switches), file, ready).await,
            None if self.json => self.scripted(&app, (&sim, &netbox, &switches), Path::new("-"), ready).await,
            None => self.talk(&app, &config, &sim, (server.as_ref(), &hook)).await,
        };
        if let Some(server) = &server {
            server.stop().await;
        }
        app.dispatch.flush().await;
        drop(app);
        ended
    }

    async fn scripted(
        &self,
        app: &App,
        (sim, netbox, switches): (&Arc<Sim>, &Arc<NetBoxSim>, &Arc<Vec<Switch>>),
        file: &Path,
        ready: Value,
    ) -> Result<ExitCode, Exit> {
        let is_pipe = file == Path::new("-");
        let settings = ScriptSettings {
            json: self.json,
            accounts: ACCOUNTS.iter().map(|(name, _)| (*name).to_owned()).collect(),
            channel: CHANNEL.to_owned(),
            ready,
            stop_at_unreadable: !is_pipe,
        };
        let delivering = tokio::spawn(Arc::clone(&app.dispatch).keep_delivering(Surface::Console, None));
        let behind = Arc::new(Behind {
            sim: Arc::clone(sim),
            netbox: Arc::clone(netbox),
            switches: Arc::clone(switches),
            dispatch: Arc::clone(&app.dispatch),
        });
        let output = tokio::io::stdout();
        let code = if is_pipe {
            script(Arc::clone(&app.dispatch), BufReader::new(tokio::io::stdin()), output, behind, settings).await
        } else {
            let opened = tokio::fs::File::open(file).await;
            let opened = opened.map_err(|e| Exit::wrong(format!("--script {}: {e}", file.display())))?;
            script(Arc::clone(&app.dispatch), BufReader::new(opened), output, behind, settings).await
        };
        delivering.abort();
        Ok(ExitCode::from(code?))
    }

    async fn talk(
        &self,
        app: &App,
        config: &Config,
        sim: &Sim,
        (server, hook): (Option<&Server>, &Hook),
    ) -> Result<ExitCode, Exit> {
        let mut greeting = vec![
            format!("A simulated lab: Proxmox VE at {} with 3 nodes and about 40 guests, a NetBox, and three switches.", sim.access().url),
            "You are admin. Say /help, or /lab status. A line that begins with @viewer or @operator is said as that account."
                .to_owned(),
        ];
        if let Some(server) = server {
            let url = format!("http://{}/dav/", server.addr());
            greeting.push(format!("Calendar programs find {url}; /token new caldav phone makes a password for one."));
            let url = format!("http://{}{}", server.addr(), hook.path());
            greeting.push(format!("NetBox may post webhooks to {url}, signed with the secret {}", hook.secret));
        }
        let delivering = tokio::spawn(Arc::clone(&app.dispatch).keep_delivering(Surface::Console, None));
        let settings = ChatSettings {
            account: ACCOUNTS[0].0.to_owned(),
            channel: CHANNEL.to_owned(),
            history: (self.dir.is_some() && std::io::stdin().is_terminal()).then(|| config.data_dir.join("history")),
            color: color(config),
            greeting,
            redraw: config.console.redraw,
            others: ACCOUNTS.iter().map(|(name, _)| (*name).to_owned()).collect(),
        };
        let ended = chat(Arc::clone(&app.dispatch), settings).await;
        delivering.abort();
        ended?;
        Ok(ExitCode::SUCCESS)
    }
}

/// The world of product demos; tests shorten its times by `DIRETTORE_DEMO_TASK_MS=min,max`.
fn sim_settings(dir: Option<PathBuf>) -> Result<SimSettings, Exit> {
    let mut settings = SimSettings { dir, ..SimSettings::default() };
    if let Ok(text) = std::env::var("DIRETTORE_DEMO_TASK_MS") {
        let parse = |t: &str| t.parse().ok().map(Duration::from_millis);
        let times = text.split_once(',').and_then(|(a, b)| Some((parse(a)?, parse(b)?))).filter(|(a, b)| a <= b);
        settings.task_time =
            times.ok_or_else(|| Exit::wrong(format!("DIRETTORE_DEMO_TASK_MS: {text:?} is no min,max")))?;
    }
    Ok(settings)
}

fn netbox_settings(dir: Option<PathBuf>, switches: &[Switch]) -> NetBoxSettings {
    NetBoxSettings { dir, switches: switches.iter().map(simulate::reachable).collect(), ..NetBoxSettings::default() }
}

/// The switches of the demo's NetBox that can be logged in to, with the last part of their addresses.
const SWITCHES: [(&str, switch::Kind, u8); 3] =
    [("sw1", switch::Kind::Eos, 2), ("sw2", switch::Kind::Junos, 3), ("sw3", switch::Kind::Ios, 4)];

/// One login opens all of them. Their timers go by the demo's calendar.
async fn start_switches(dir: Option<&Path>, clock: &Clock) -> Result<Vec<Switch>, Exit> {
    let credential = switch::Credential::made("direttore");
    let mut switches = Vec::new();
    for (name, kind, last) in SWITCHES {
        let clock = clock.clone();
        let addr = SocketAddr::from((Ipv4Addr::new(127, 0, 0, last), 0));
        let settings = switch::Settings {
            addr,
            snmp: Some(addr),
            dir: dir.map(Path::to_owned),
            credential: Some(credential.clone()),
            ..switch::Settings::new(name, kind, Arc::new(move || clock.now()))
        };
        let started = switch::start(settings).await;
        switches
            .push(started.map_err(|e| Exit::failed(format!("the simulated switch {name} cannot be started: {e}")))?);
    }
    Ok(switches)
}

/// What the demo does when its NetBox, or anybody with the hook's secret, says that something changed.
const RULES: &str = r#"# What is done when something changes in NetBox: docs/hooks.md.
[[rules]]
name = "tell-ops"
object = ["dcim.device", "virtualization.virtualmachine"]
event = ["created", "updated", "deleted"]
announce = { channel = "ops", title = "NetBox: {{ data.name }} was {{ event }}", text = "By {{ user }}." }
"#;

/// The configuration that a person would write for the simulated lab. Of the environment only paces and looks count:
/// somebody's real cluster or database must not slip into a demo.
fn configuration(
    dir: &Path,
    (sim, netbox, switches): (&Sim, &NetBoxSim, &[Switch]),
    hook: Option<(SocketAddr, &Hook)>,
) -> Result<Config, Exit> {
    let access = sim.access();
    let mut env: BTreeMap<String, String> = std::env::vars_os()
        .filter_map(|(k, v)| Some((k.into_string().ok()?, v.into_string().ok()?)))
        .filter(|(key, _)| {
            ["JOBS", "CACHE", "NETWORK", "POLICY", "PROVISION", "QUOTA", "CONSOLE", "LOG", "METRICS"]
                .iter()
                .any(|s| key.starts_with(&format!("DIRETTORE__{s}__")))
        })
        .collect();
    let mut set = |key: &str, value: &str| {
        env.entry(format!("DIRETTORE__{key}")).or_insert_with(|| value.to_owned());
    };
    set("DATA_DIR", &dir.to_string_lossy());
    set("PROXMOX__0__NAME", "lab");
    set("PROXMOX__0__URL", &access.url);
    set("PROXMOX__0__FINGERPRINT", access.fingerprint.as_deref().unwrap_or_default());
    set("PROXMOX__0__TOKEN_ID", &access.token_id);
    set("PROXMOX__0__TOKEN_SECRET", &access.token_secret);
    set("NETBOX__URL", &netbox.access().url);
    set("NETBOX__TOKEN", &netbox.access().token);
    set("NETBOX__REFRESH_MS", "2000");
    // With a folder of its own each keeps the login that it was made with.
    let logins: Vec<switch::Credential> = switches.iter().map(|switch| switch.access().credential).collect();
    if let Some(credential) = logins.first() {
        set("NETWORK__CREDENTIALS__0__NAME", "lab");
        set("NETWORK__CREDENTIALS__0__USER", &credential.user);
        set("NETWORK__CREDENTIALS__0__PASSWORD", &credential.password);
        set("NETWORK__CREDENTIALS__0__ENABLE", &credential.enable);
        set("NETWORK__SNMP__0__NAME", "lab");
        set("NETWORK__SNMP__0__COMMUNITY", &credential.community);
        set("NETWORK__SNMP_LOGIN", "lab");
    }
    set("NETWORK__RUN__0__ROLE", "viewer");
    set("NETWORK__RUN__0__COMMANDS__0", "show *");
    set("JOBS__TASK_POLL_MS", "200");
    set("JOBS__PROGRESS_MS", "1000");
    set("JOBS__RETRY_FIRST_MS", "500");
    set("LOG__LEVEL", "warn");
    set("CHANNELS__OPS", &format!("console:{CHANNEL}"));
    if let Some((addr, hook)) = hook {
        set("HTTP__LISTEN", &addr.to_string());
        set("HOOKS__0__NAME", &hook.name);
        set("HOOKS__0__FROM", hook.from.as_str());
        set("HOOKS__0__SECRET", &hook.secret);
    }
    // A file of its own: the one in the working folder is for the real lab.
    let own = dir.join("demo.toml");
    if !own.exists() {
        std::fs::write(&own, RULES)?;
    }
    Ok(config::load(Some(&own), &env)?.config)
}

/// The hook that a NetBox may post to, with a secret made for this folder and kept in it.
fn demo_hook(dir: &Path) -> Result<Hook, Exit> {
    let secret = app::kept_secret(&dir.join("hook.key"))?;
    Ok(Hook { name: "default".to_owned(), from: Sender::Netbox, secret })
}

/// The demo's accounts and their passwords, made for this folder and kept in it.
async fn accounts(app: &App, dir: &Path) -> Result<BTreeMap<String, String>, Exit> {
    let file = dir.join("accounts.json");
    let mut known: BTreeMap<String, String> = match std::fs::read(&file) {
        Ok(bytes) => serde_json::from_slice(&bytes).map_err(|e| Exit::wrong(format!("{}: {e}", file.display())))?,
        Err(_) => BTreeMap::new(),
    };
    let Dispatch { store, passwords, clock, .. } = app.dispatch.as_ref();
    let there = account::list(&mut store.read().await.map_err(Exit::failed)?).await.map_err(Exit::failed)?;
    if !there.is_empty() {
        return Ok(known);
    }
    for (name, role) in ACCOUNTS {
        let password = password::make().map_err(Exit::failed)?;
        let name: AccountName = name.parse().map_err(Exit::failed)?;
        match set_up_account(store, passwords, clock, &name, role, &password).await {
            Ok(_) => drop(known.insert(name.to_string(), password)),
            Err(StoreError::Conflict(_)) => {}
            Err(error) => return Err(Exit::failed(error)),
        }
    }
    let text = serde_json::to_vec_pretty(&known).map_err(Exit::failed)?;
    let mut kept = std::fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&file)?;
    kept.write_all(&text)?;
    Ok(known)
}

/// What a script's `~` and `%` lines reach.
struct Behind {
    sim: Arc<Sim>,
    netbox: Arc<NetBoxSim>,
    switches: Arc<Vec<Switch>>,
    dispatch: Arc<Dispatch>,
}

impl Backstage for Behind {
    fn advance(&self, by: Duration) -> BoxFuture<'_, Result<(), String>> {
        Box::pin(async move {
            let passed = self.dispatch.pass(by, CHANNEL, Duration::from_secs(120)).await;
            passed.map_err(|error| format!("the database cannot be used: {error}"))
        })
    }

    fn lab(&self, line: &str) -> Result<(), String> {
        match line.split_whitespace().next() {
            Some("netbox") => self.netbox.tell(line),
            Some("switch") => switch::tell(&self.switches, line),
            _ => self.sim.tell(line),
        }
    }
}
