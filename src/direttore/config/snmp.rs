//! `[[network.snmp]]`: as whom devices are asked by SNMP.

use super::{
    error::ConfigError,
    network::{NAME, all, is_name, is_text, named},
    secret::Secret,
    section::Section,
};
use direttore_clients::device::snmp::{Login, Proof, Protect};

pub(super) const SNMP_KEYS: &[&str] = &[
    "name",
    "version",
    "community",
    "community_file",
    "user",
    "auth",
    "auth_password",
    "auth_password_file",
    "privacy",
    "privacy_password",
    "privacy_password_file",
    "context",
];

const VERSIONS: [(&str, Version); 2] = [("2c", Version::V2c), ("3", Version::V3)];

#[derive(Clone, Copy, PartialEq, Eq)]
enum Version {
    V2c,
    V3,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SnmpLogin {
    pub name: String,
    pub how: How,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum How {
    V2c { community: Secret },
    V3 { user: String, proof: Option<(Proof, Secret)>, protect: Option<(Protect, Secret)>, context: String },
}

impl SnmpLogin {
    /// As the client takes it.
    pub fn login(&self) -> Login {
        match &self.how {
            How::V2c { community } => Login::V2c { community: community.reveal().to_owned() },
            How::V3 { user, proof, protect, context } => Login::V3 {
                user: user.clone(),
                proof: proof.as_ref().map(|(proof, secret)| (*proof, secret.reveal().to_owned())),
                protect: protect.as_ref().map(|(protect, secret)| (*protect, secret.reveal().to_owned())),
                context: context.clone(),
            },
        }
    }
}

/// All logins, and the name of the one that counts where NetBox says none.
pub(super) fn read(section: &mut Section<'_>) -> Result<(Vec<SnmpLogin>, Option<String>), ConfigError> {
    let logins = all(section, "snmp", SNMP_KEYS, |login: &SnmpLogin| &login.name, one)?;
    let login = section.fitting("snmp_login", NAME, is_name)?;
    if let Some(name) = login.as_deref().filter(|name| !logins.iter().any(|login| login.name == **name)) {
        return Err(
            section.error(format!("network.snmp_login = {name:?}; right would be the name of one of [[network.snmp]]"))
        );
    }
    Ok((logins, login))
}

fn one(mut section: Section<'_>) -> Result<SnmpLogin, ConfigError> {
    let name = named(&mut section)?;
    let how = match section.choice("version", &VERSIONS, Version::V2c)? {
        Version::V2c => {
            let community = section.secret("community")?.map(|(secret, _)| secret);
            How::V2c { community: community.ok_or_else(|| section.missing("community", "a community"))? }
        }
        Version::V3 => {
            let user = section.fitting("user", "the name of a user", is_text)?;
            let user = user.ok_or_else(|| section.missing("user", "the name of a user"))?;
            let auth = section.fitting("auth", "SHA, SHA-256, …", is_text)?;
            let privacy = section.fitting("privacy", "AES, AES-256, …", is_text)?;
            let auth_password = section.secret("auth_password")?.map(|(secret, _)| secret);
            let privacy_password = section.secret("privacy_password")?.map(|(secret, _)| secret);
            let proof = proof(&section, auth.as_deref(), auth_password)?;
            let protect = protect(&section, privacy.as_deref(), privacy_password)?;
            let context = section.fitting("context", "the name of a context", is_text)?.unwrap_or_default();
            How::V3 { user, proof, protect, context }
        }
    };
    let login = SnmpLogin { name, how };
    login.login().check().map_err(|why| section.error(format!("the SNMP login {}: {why}", login.name)))?;
    Ok(login)
}

fn proof(
    section: &Section<'_>,
    how: Option<&str>,
    secret: Option<Secret>,
) -> Result<Option<(Proof, Secret)>, ConfigError> {
    match (how, secret) {
        (None, None) => Ok(None),
        (how, Some(secret)) => {
            let proof = how.unwrap_or("SHA-256").parse().map_err(|why| section.error(format!("auth: {why}")))?;
            Ok(Some((proof, secret)))
        }
        (Some(_), None) => Err(section.missing("auth_password", "a passphrase of at least 8 characters")),
    }
}

fn protect(
    section: &Section<'_>,
    how: Option<&str>,
    secret: Option<Secret>,
) -> Result<Option<(Protect, Secret)>, ConfigError> {
    match (how, secret) {
        (None, None) => Ok(None),
        (how, Some(secret)) => {
            let protect = how.unwrap_or("AES").parse().map_err(|why| section.error(format!("privacy: {why}")))?;
            Ok(Some((protect, secret)))
        }
        (Some(_), None) => Err(section.missing("privacy_password", "a passphrase of at least 8 characters")),
    }
}
