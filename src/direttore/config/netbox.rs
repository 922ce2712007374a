//! `[netbox]`: where addresses come from and guests are written down. Without the section there is no NetBox.

use super::{error::ConfigError, peer, secret::Secret, section::Section, tree::Item};
use std::time::Duration;

pub(super) const KEYS: &[&str] = &[
    "url",
    "token",
    "token_file",
    "verify_tls",
    "fingerprint",
    "connect_ms",
    "read_ms",
    "write_ms",
    "refresh_ms",
    "reconcile_ms",
    "gateway_field",
    "gateway_tag",
    "tag",
    "job_field",
    "probe",
    "site",
    "tenant",
    "role",
    "platform",
];

const URL: &str = "a URL like https://netbox.lab or https://lab.example/netbox";
const TOKEN: &str = "the token alone, like nbt_… or 40 hexadecimal digits";
const SLUG: &str = "a slug: letters, digits, - and _, at most 100";
const FIELD: &str = "a custom field's name: letters, digits and single _, at most 50";

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NetboxSection {
    /// With its scheme, without `/api` and without a slash at its end.
    pub url: String,
    pub token: Secret,
    /// Whether, without a fingerprint, it must be trusted by the system's certificates.
    pub verify_tls: bool,
    /// 32 pairs of hexadecimal digits in capitals, with colons.
    pub fingerprint: Option<String>,
    /// TLS included.
    pub connect: Duration,
    /// A whole GET, and a whole POST, PATCH or DELETE.
    pub read: Duration,
    pub write: Duration,
    /// How often prefixes and VLANs are read anew.
    pub refresh: Duration,
    /// How often its change log is read for what was not posted.
    pub reconcile: Duration,
    /// The custom field of a prefix that says its gateway.
    pub gateway_field: String,
    /// The tag or role, as a slug, of an address that is a gateway.
    pub gateway_tag: String,
    /// The tag, as a slug, of what direttore writes.
    pub tag: String,
    /// The custom field that says by which job.
    pub job_field: String,
    /// Whether guests are asked which addresses they use before one is taken.
    pub probe: bool,
    /// Slugs of what new VMs belong to.
    pub site: Option<String>,
    pub tenant: Option<String>,
    pub role: Option<String>,
    pub platform: Option<String>,
}

/// `None` when there is no such section.
pub(super) fn read(item: Option<Item>, notes: &mut Vec<String>) -> Result<Option<NetboxSection>, ConfigError> {
    let Some(item) = item else { return Ok(None) };
    let mut section = Section::open("netbox", Some(item), KEYS, notes)?;
    let netbox = NetboxSection {
        url: url(&mut section)?,
        token: token(&mut section)?,
        verify_tls: section.flag("verify_tls", true)?,
        fingerprint: peer::fingerprint(&mut section)?,
        connect: section.millis("connect_ms", 5_000)?,
        read: section.millis("read_ms", 15_000)?,
        // NetBox gives out addresses one after another: behind many others an answer takes its time.
        write: section.millis("write_ms", 60_000)?,
        refresh: section.millis("refresh_ms", 60_000)?,
        reconcile: section.millis("reconcile_ms", 600_000)?,
        gateway_field: field(&mut section, "gateway_field", "gateway")?,
        gateway_tag: slug(&mut section, "gateway_tag")?.unwrap_or_else(|| "gateway".to_owned()),
        tag: slug(&mut section, "tag")?.unwrap_or_else(|| "direttore".to_owned()),
        job_field: field(&mut section, "job_field", "direttore_job")?,
        probe: section.flag("probe", false)?,
        site: slug(&mut section, "site")?,
        tenant: slug(&mut section, "tenant")?,
        role: slug(&mut section, "role")?,
        platform: slug(&mut section, "platform")?,
    };
    if let Some(risk) = peer::risk(&netbox.url, netbox.fingerprint.as_deref(), netbox.verify_tls) {
        section.notes().push(format!("NetBox at {} is called {risk}", netbox.url));
    }
    Ok(Some(netbox))
}

fn url(section: &mut Section<'_>) -> Result<String, ConfigError> {
    let url = peer::url(section, URL, peer::is_base)?.ok_or_else(|| section.missing("url", URL))?;
    // Some tools want the API's address, others the site's.
    let base = url.strip_suffix("/api").unwrap_or(&url).trim_end_matches('/');
    Ok(if base.contains("://") { base.to_owned() } else { format!("https://{base}") })
}

fn token(section: &mut Section<'_>) -> Result<Secret, ConfigError> {
    let (token, place) = section.secret("token")?.ok_or_else(|| section.missing("token", TOKEN))?;
    let token = Secret::new(token.reveal().trim());
    // A token pasted with its "Token" or "Bearer" would be refused by NetBox as an unknown one.
    if token.reveal().bytes().all(|b| b.is_ascii_graphic()) {
        return Ok(token);
    }
    let why = format!("{} has a character that no token has; right would be {TOKEN}", section.name("token"));
    Err(ConfigError::new(place.shown, why))
}

fn slug(section: &mut Section<'_>, key: &str) -> Result<Option<String>, ConfigError> {
    section.fitting(key, SLUG, |text| {
        text.len() <= 100 && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'))
    })
}

fn field(section: &mut Section<'_>, key: &str, default: &str) -> Result<String, ConfigError> {
    let field = section.fitting(key, FIELD, |text| {
        text.len() <= 50 && !text.contains("__") && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
    })?;
    Ok(field.unwrap_or_else(|| default.to_owned()))
}
