//! The identity provider, from what the configuration says of it.

use crate::{
    config::{Config, OidcSection},
    exit::Exit,
};
use direttore_clients::oidc::{Error, Provider, Settings};
use direttore_core::{handlers::Finding, oidc::Oidc};
use direttore_domain::{Role, Surface, text};

/// Nobody is asked yet: a provider that is away keeps nothing from starting.
pub fn provider(config: &Config) -> Result<Option<Oidc>, Exit> {
    let Some(section) = &config.oidc else { return Ok(None) };
    made(section).map(Some).map_err(|error| Exit::wrong(format!("oidc: {error}")))
}

fn made(section: &OidcSection) -> Result<Oidc, Error> {
    let settings = Settings {
        issuer: section.issuer.clone(),
        client_id: section.client_id.clone(),
        client_secret: section.client_secret.as_ref().map(|secret| secret.reveal().to_owned()),
        scopes: section.scopes.clone(),
        redirect: section.redirect.clone(),
        wants: vec![section.groups_claim.clone(), section.name_claim.clone()],
        ca_pem: section.ca_pem.clone(),
        connect: section.connect,
        read: section.read,
    };
    Ok(Oidc::new(Provider::new(settings)?, &section.groups_claim, &section.name_claim))
}

/// Which roles its groups give to whoever comes by HTTP.
pub fn roles(config: &Config) -> impl Iterator<Item = (Surface, String, Role)> {
    let sections = config.oidc.iter().flat_map(|section| &section.roles);
    sections.map(|(group, role)| (Surface::Http, group.clone(), *role))
}

/// What `direttore check` finds; nothing when there is no provider.
pub async fn check(config: &Config) -> Vec<Finding> {
    let Some(section) = &config.oidc else { return vec![] };
    let looked = match made(section) {
        Ok(oidc) => oidc.look().await,
        Err(error) => Err(error),
    };
    let finding = |check, ok, result: String, advice: String| Finding {
        connection: "identity provider".to_owned(),
        check,
        ok,
        result,
        advice,
        whole: vec![],
    };
    let looked = match looked {
        Ok(looked) => looked,
        Err(error) => return vec![finding("discovery", false, error.to_string(), advice(&error).to_owned())],
    };
    let algorithms: Vec<&str> = looked.algorithms.iter().map(String::as_str).collect();
    let signed = format!("{} with {} key(s)", text::list(&algorithms), looked.keys);
    let no_keys = "see that the provider has a key for signatures (jwks_uri)";
    vec![
        finding("discovery", true, "is the issuer configured".to_owned(), String::new()),
        Finding {
            whole: looked.endpoints.into_iter().map(|url| ("endpoint".to_owned(), url)).collect(),
            ..finding("endpoints", true, "by TLS, or on this machine".to_owned(), String::new())
        },
        finding("ID tokens", looked.keys > 0, signed, if looked.keys > 0 { String::new() } else { no_keys.to_owned() }),
        Finding {
            whole: vec![("redirect to register".to_owned(), section.redirect.clone())],
            ..finding("redirect", true, "is to be registered there".to_owned(), String::new())
        },
    ]
}

fn advice(error: &Error) -> &'static str {
    match error {
        Error::Untrusted { .. } => "name the certificate of its authority in oidc.ca_file",
        Error::OtherIssuer { .. } => "write oidc.issuer exactly as the provider does, a slash at its end included",
        Error::Insecure { .. } => "see that the provider knows its own address with https://",
        Error::Settings(_) => "see [oidc] in the configuration",
        _ => "see oidc.issuer, and that this machine reaches it",
    }
}
