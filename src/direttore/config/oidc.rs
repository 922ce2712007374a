//! `[oidc]`: the identity provider, and which role its groups give. Without the section nobody signs in by one.

use super::{
    error::{ConfigError, shown},
    http::Http,
    peer,
    secret::Secret,
    section::Section,
    tree::{Item, Table, Value},
};
use direttore_domain::Role;
use std::{collections::BTreeMap, net::IpAddr, str::FromStr, time::Duration};

pub(super) const KEYS: &[&str] = &[
    "issuer",
    "client_id",
    "client_secret",
    "client_secret_file",
    "scopes",
    "groups_claim",
    "name_claim",
    "ca_file",
    "connect_ms",
    "read_ms",
    "roles",
];

const ISSUER: &str = "the provider's issuer as it writes it, an address with https:// (http:// on this machine alone), like \"https://id.example/realms/lab\"";
const CLIENT: &str = "the id that the provider knows direttore by, like \"direttore\"";
const SCOPE: &str = "scopes of the provider, like \"openid\", \"profile\", \"groups\"";
const CLAIM: &str = "the name of a claim, or a path like \"realm_access.roles\"";
const PUBLIC: &str = "where browsers reach this server, with https:// (http:// on this machine alone), like \"https://lab.example\" ([oidc] needs it)";
const CA_FILE: &str = "a file with certificates of authorities (PEM)";
/// Where the provider sends browsers back to, after the public address.
const BACK: &str = "/api/auth/oidc/callback";

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OidcSection {
    pub issuer: String,
    pub client_id: String,
    pub client_secret: Option<Secret>,
    pub scopes: Vec<String>,
    pub groups_claim: String,
    pub name_claim: String,
    pub ca_pem: Option<String>,
    pub connect: Duration,
    pub read: Duration,
    /// What each of the provider's groups is with us.
    pub roles: BTreeMap<String, Role>,
    /// What is to be registered with the provider.
    pub redirect: String,
}

/// As RFC 6749 has them.
struct Scope(String);

impl FromStr for Scope {
    type Err = ();
    fn from_str(given: &str) -> Result<Self, ()> {
        let fits = given.bytes().all(|b| b.is_ascii_graphic() && b != b'"' && b != b'\\') && !given.is_empty();
        fits.then(|| Self(given.to_owned())).ok_or(())
    }
}

/// `None` when there is no such section.
pub(super) fn read(
    item: Option<Item>,
    http: &Http,
    notes: &mut Vec<String>,
) -> Result<Option<OidcSection>, ConfigError> {
    let Some(item) = item else { return Ok(None) };
    let mut section = Section::open("oidc", Some(item), KEYS, notes)?;
    let section = &mut section;
    let issuer = section.fitting("issuer", ISSUER, is_issuer)?.ok_or_else(|| section.missing("issuer", ISSUER))?;
    let client_id = section.fitting("client_id", CLIENT, is_visible)?;
    let client_id = client_id.ok_or_else(|| section.missing("client_id", CLIENT))?;
    let scopes = section.list::<Scope>("scopes", SCOPE)?.map(|all| all.into_iter().map(|scope| scope.0).collect());
    let scopes: Vec<String> = scopes.unwrap_or_else(|| ["openid", "profile", "email"].map(str::to_owned).into());
    if !scopes.iter().any(|scope| scope == "openid") {
        return Err(section.error("oidc.scopes has no \"openid\", without which the provider proves nothing"));
    }
    let public = http.public_url.as_deref().filter(|url| is_issuer(url));
    let public = public.ok_or_else(|| {
        let given = http.public_url.as_ref().map_or("is missing".to_owned(), |url| format!("= {url:?}"));
        section.error(format!("http.public_url {given}; right would be {PUBLIC}"))
    })?;
    let redirect = format!("{public}{BACK}");
    let ca_pem = match section.text("ca_file")? {
        Some((file, place)) => Some(peer::authority("oidc.ca_file", &file, &place, CA_FILE)?),
        None => None,
    };
    let roles = roles(section)?;
    if roles.is_empty() {
        let who = "whoever is linked to an account with a role of its own";
        section.notes().push(format!("oidc.roles is empty, so no group gives a role: only {who} can sign in by it"));
    }
    Ok(Some(OidcSection {
        issuer,
        client_id,
        client_secret: section.secret("client_secret")?.map(|(secret, _)| secret),
        scopes,
        groups_claim: section.fitting("groups_claim", CLAIM, is_visible)?.unwrap_or_else(|| "groups".to_owned()),
        name_claim: section
            .fitting("name_claim", CLAIM, is_visible)?
            .unwrap_or_else(|| "preferred_username".to_owned()),
        ca_pem,
        connect: section.millis("connect_ms", 5_000)?,
        read: section.millis("read_ms", 10_000)?,
        roles,
        redirect,
    }))
}

fn is_visible(text: &str) -> bool {
    text.len() <= 200 && text.bytes().all(|b| b.is_ascii_graphic())
}

/// TLS, or what does not leave this machine.
fn is_issuer(text: &str) -> bool {
    let Some((scheme, rest)) = text.split_once("://") else { return false };
    let authority = rest.split('/').next().unwrap_or_default();
    let host = match authority.strip_prefix('[').and_then(|v6| v6.split_once(']')) {
        Some((v6, _)) => v6,
        None => authority.split(':').next().unwrap_or_default(),
    };
    let is_here = host == "localhost" || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback());
    peer::is_base(rest) && (scheme == "https" || (scheme == "http" && is_here))
}

/// `"<group>" = "operator"`: its keys are groups as the provider tells them.
fn roles(section: &mut Section<'_>) -> Result<BTreeMap<String, Role>, ConfigError> {
    let line = "\"<group>\" = \"operator\"";
    let table = match section.take("roles") {
        None => Table::new(),
        Some(Item { value: Value::Table(table), .. }) => table,
        Some(item) => {
            return Err(section.wrong("roles", &item, format!("a section [oidc.roles] with lines like {line}")));
        }
    };
    let mut roles = BTreeMap::new();
    for (group, item) in table {
        let wrong = |why: String| ConfigError::new(item.place.shown.clone(), why);
        if group.trim().is_empty() || group.len() > 200 {
            let why =
                format!("oidc.roles has {:?}; right would be {line}, with a group of up to 200 bytes", shown(&group));
            return Err(wrong(why));
        }
        let role = match &item.value {
            Value::Text(text) | Value::Raw(text) => text.trim().to_ascii_lowercase().parse::<Role>().ok(),
            _ => None,
        };
        let role = role.ok_or_else(|| {
            let right = "right would be admin, operator or viewer";
            wrong(format!("oidc.roles.{:?} = {}; {right}", shown(&group), item.value.shown()))
        })?;
        roles.insert(group, role);
    }
    Ok(roles)
}
