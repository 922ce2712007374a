//! `[[proxmox]]`: one cluster, how it is reached and as whom.

use super::{
    error::ConfigError,
    peer,
    secret::Secret,
    section::Section,
    tree::{Item, Value},
};
use direttore_domain::ClusterName;
use std::time::Duration;

pub(super) const KEYS: &[&str] = &[
    "name",
    "hosts",
    "url",
    "fingerprint",
    "token_id",
    "token_secret",
    "token_secret_file",
    "user",
    "password",
    "password_file",
    "verify_tls",
    "connect_ms",
    "read_ms",
    "write_ms",
    "netbox_cluster",
];
pub(super) const HOST_KEYS: &[&str] = &["url", "fingerprint"];

const URL: &str = "a URL like https://pve1.lab:8006";
const TOKEN_ID: &str = "user@realm!token, like direttore@pve!bot";
const USER: &str = "user@realm, like direttore@pve";

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proxmox {
    pub name: ClusterName,
    /// Nodes of this one cluster, in the order of preference; at least one.
    pub hosts: Vec<Host>,
    pub auth: Auth,
    /// Whether a host without a fingerprint must be trusted by the system's certificates.
    pub verify_tls: bool,
    /// To one host, TLS included.
    pub connect: Duration,
    /// A whole GET, and a whole POST, PUT or DELETE.
    pub read: Duration,
    pub write: Duration,
    /// What the cluster is called in NetBox.
    pub netbox_cluster: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Host {
    /// As given, without a slash at its end.
    pub url: String,
    /// 32 pairs of hexadecimal digits in capitals, with colons.
    pub fingerprint: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Auth {
    Token { id: String, secret: Secret },
    Password { user: String, password: Secret },
}

/// All clusters, in their order.
pub(super) fn read(items: Vec<Item>, notes: &mut Vec<String>) -> Result<Vec<Proxmox>, ConfigError> {
    let is_one = items.len() == 1;
    let mut clusters: Vec<Proxmox> = Vec::new();
    for (at, item) in items.into_iter().enumerate() {
        let place = item.place.shown.clone();
        let cluster = cluster(Section::open(format!("proxmox[{at}]"), Some(item), KEYS, notes)?, is_one)?;
        if clusters.iter().any(|c| c.name == cluster.name) {
            return Err(ConfigError::new(
                place,
                format!("two clusters are named {}; each has its own name", cluster.name),
            ));
        }
        clusters.push(cluster);
    }
    Ok(clusters)
}

fn cluster(mut section: Section<'_>, is_only: bool) -> Result<Proxmox, ConfigError> {
    let right = "letters, digits and inner hyphens, like lab";
    let name = match section.parsed::<ClusterName>("name", right)? {
        Some(name) => name,
        None if is_only => "lab".parse().expect("lab has the form of a name"),
        None => return Err(section.missing("name", right)),
    };
    let netbox_cluster = section.text("netbox_cluster")?.map(|(text, _)| text.trim().to_owned());
    let cluster = Proxmox {
        hosts: hosts(&mut section)?,
        auth: auth(&mut section)?,
        verify_tls: section.flag("verify_tls", true)?,
        connect: section.millis("connect_ms", 5_000)?,
        read: section.millis("read_ms", 15_000)?,
        write: section.millis("write_ms", 40_000)?,
        netbox_cluster: netbox_cluster.unwrap_or_else(|| name.to_string()),
        name,
    };
    for host in &cluster.hosts {
        if let Some(risk) = peer::risk(&host.url, host.fingerprint.as_deref(), cluster.verify_tls) {
            section.notes().push(format!("{} of the cluster {} is called {risk}", host.url, cluster.name));
        }
    }
    Ok(cluster)
}

/// `hosts`, or the short form `url` and `fingerprint` for one.
fn hosts(section: &mut Section<'_>) -> Result<Vec<Host>, ConfigError> {
    let right = "a list like [{ url = \"https://pve1.lab:8006\" }]";
    if section.has("hosts") && (section.has("url") || section.has("fingerprint")) {
        let why = format!(
            "{} and url or fingerprint are both given; url is the short form for one host",
            section.name("hosts")
        );
        return Err(section.error(why));
    }
    if !section.has("hosts") {
        return host(section)?.map(|host| vec![host]).ok_or_else(|| section.missing("url", URL));
    }
    let (path, items) = (section.name("hosts"), section.sections("hosts", right)?);
    let mut hosts = Vec::new();
    for (at, item) in items.into_iter().enumerate() {
        let mut one = Section::open(format!("{path}[{at}]"), Some(item), HOST_KEYS, section.notes())?;
        hosts.push(host(&mut one)?.ok_or_else(|| one.missing("url", URL))?);
    }
    if hosts.is_empty() { Err(section.error(format!("{path} is empty; right would be {right}"))) } else { Ok(hosts) }
}

fn host(section: &mut Section<'_>) -> Result<Option<Host>, ConfigError> {
    let fingerprint = peer::fingerprint(section)?;
    let Some(url) = peer::url(section, URL, peer::is_host)? else { return Ok(None) };
    Ok(Some(Host { url, fingerprint }))
}

fn auth(section: &mut Section<'_>) -> Result<Auth, ConfigError> {
    let by_token = ["token_id", "token_secret", "token_secret_file"].iter().any(|k| section.has(k));
    let by_password = ["user", "password", "password_file"].iter().any(|k| section.has(k));
    if by_token && by_password {
        let why = format!("{} and user or password are both given; either of them is right", section.name("token_id"));
        return Err(section.error(why));
    }
    if by_password {
        let user = account(section, "user", USER, |rest| !rest.contains('!'))?;
        let password = section.secret("password")?.ok_or_else(|| section.missing("password", "text in quotes"))?.0;
        return Ok(Auth::Password { user, password });
    }
    let id = account(section, "token_id", TOKEN_ID, |rest| {
        rest.split_once('!').is_some_and(|(r, t)| !r.is_empty() && !t.is_empty())
    })?;
    let secret = section.secret("token_secret")?;
    let secret = secret.ok_or_else(|| section.missing("token_secret", "the token's UUID in quotes"))?.0;
    Ok(Auth::Token { id, secret })
}

/// `user@…` where `fits` judges what comes after the last `@`.
fn account(section: &mut Section<'_>, key: &str, right: &str, fits: fn(&str) -> bool) -> Result<String, ConfigError> {
    let other = if key == "token_id" { " (or user and password)" } else { "" };
    let missing = format!("{right}{other}");
    let (text, place) = section.text(key)?.ok_or_else(|| section.missing(key, &missing))?;
    let is_right = text.rsplit_once('@').is_some_and(|(user, rest)| !user.is_empty() && !rest.is_empty() && fits(rest));
    if is_right && !text.contains(char::is_whitespace) {
        return Ok(text);
    }
    // `direttore@pve!bot=UUID` pasted as one would show the secret.
    let shown = text.split('=').next().unwrap_or_default().to_owned();
    Err(section.wrong(key, &Item { value: Value::Text(shown), place }, right))
}
