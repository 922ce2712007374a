//! `[oidc]`.

use super::{Place, error};
use crate::config::OidcSection;
use direttore_domain::Role;
use std::time::Duration;

const HTTP: &str = "[http]\nlisten = '127.0.0.1:8080'\npublic_url = 'https://lab.example/bot/'\n";
const OIDC: &str = "[oidc]\nissuer = 'https://id.example/realms/lab'\nclient_id = 'direttore'\n";
const ROLES: &str = "[oidc.roles]\n'/lab-admins' = 'admin'\nlab = 'Operator'\n";

fn oidc(more: &str) -> OidcSection {
    Place::with(&format!("{HTTP}{OIDC}{more}")).config(&[]).oidc.expect("there is a section")
}

fn wrong(more: &str) -> String {
    error(&format!("{HTTP}{OIDC}{more}\n"))
}

#[test]
fn a_provider_with_its_defaults() {
    assert_eq!(Place::with("").config(&[]).oidc, None);
    let provider = oidc(ROLES);
    assert_eq!(provider.redirect, "https://lab.example/bot/api/auth/oidc/callback");
    assert_eq!(provider.scopes, ["openid", "profile", "email"]);
    assert_eq!((&*provider.groups_claim, &*provider.name_claim), ("groups", "preferred_username"));
    assert_eq!((provider.client_secret, provider.ca_pem), (None, None));
    assert_eq!((provider.connect, provider.read), (Duration::from_secs(5), Duration::from_secs(10)));
    let roles: Vec<(&str, Role)> = provider.roles.iter().map(|(group, role)| (group.as_str(), *role)).collect();
    assert_eq!(roles, [("/lab-admins", Role::Admin), ("lab", Role::Operator)]);
    let notes = Place::with(&format!("{HTTP}{OIDC}")).load(&[]).expect("it is right").notes;
    assert!(notes.iter().any(|note| note.starts_with("oidc.roles is empty")), "{notes:?}");
}

#[test]
fn a_provider_with_everything_said() {
    let place = Place::with(&format!(
        "{HTTP}[oidc]\nissuer = 'https://id.example/'\nclient_id = 'x'\nclient_secret_file = 'secret'\n\
         scopes = ['openid', 'groups']\ngroups_claim = 'realm_access.roles'\nname_claim = 'nickname'\n\
         ca_file = 'ca.pem'\nconnect_ms = 1\nread_ms = 2\n{ROLES}"
    ));
    place.write("secret", "s3cret\n");
    place.write("ca.pem", "-----BEGIN CERTIFICATE-----\n");
    let provider = place.config(&[]).oidc.expect("there is a section");
    assert_eq!(provider.issuer, "https://id.example/", "as the provider writes it");
    assert_eq!(provider.client_secret.as_ref().map(|secret| secret.reveal()), Some("s3cret"));
    assert_eq!((&*provider.groups_claim, &*provider.name_claim), ("realm_access.roles", "nickname"));
    assert!(provider.ca_pem.is_some() && !format!("{provider:?}").contains("s3cret"));
    for here in ["http://localhost:3000", "http://127.0.0.1:3000/x", "http://[::1]:3000", "https://[2001:db8::1]"] {
        let text = format!("{HTTP}[oidc]\nissuer = '{here}'\nclient_id = 'x'\n");
        assert_eq!(Place::with(&text).config(&[]).oidc.map(|oidc| oidc.issuer).as_deref(), Some(here));
    }
}

#[test]
fn what_cannot_be_right_is_named() {
    let of = |issuer: &str| error(&format!("{HTTP}[oidc]\nissuer = '{issuer}'\nclient_id = 'x'\n"));
    for issuer in [
        "http://id.example",
        "id.example",
        "https://",
        "ftp://id.example",
        "https://u:p@id.example",
        "https://id.example?x=1",
        "http://localhost.evil.example",
    ] {
        let said = of(issuer);
        assert!(said.contains("oidc.issuer = ") && said.contains("right would be the provider's issuer"), "{said}");
    }
    let all = [
        error("[oidc]\nissuer = 'https://id.example'\nclient_id = 'x'\n"),
        error("[http]\nlisten = '127.0.0.1:8080'\n[oidc]\nissuer = 'https://id.example'\nclient_id = 'x'\n"),
        error(&format!("{}{OIDC}", HTTP.replace("https", "http"))),
        error(&format!("{HTTP}[oidc]\nclient_id = 'x'\n")),
        error(&format!("{HTTP}[oidc]\nissuer = 'https://id.example'\n")),
        wrong("client_secret = 's3cret'\nclient_secret_file = 'x'"),
        wrong("scopes = ['profile']"),
        wrong("scopes = ['openid', 'two words']"),
        wrong("groups_claim = ''"),
        wrong("group_claim = 'groups'"),
        wrong("roles = 'admin'"),
        wrong("[oidc.roles]\nlab = 'root'"),
        wrong("[oidc.roles]\n' ' = 'admin'"),
    ];
    insta::assert_snapshot!(all.join("\n"), @r#"
    configuration: http.listen is missing; right would be an address and a port, like "127.0.0.1:8080" ([oidc] needs it), here or as DIRETTORE__HTTP__LISTEN
    direttore.toml:3: http.public_url is missing; right would be where browsers reach this server, with https:// (http:// on this machine alone), like "https://lab.example" ([oidc] needs it)
    direttore.toml:4: http.public_url = "http://lab.example/bot"; right would be where browsers reach this server, with https:// (http:// on this machine alone), like "https://lab.example" ([oidc] needs it)
    direttore.toml:4: oidc.issuer is missing; right would be the provider's issuer as it writes it, an address with https:// (http:// on this machine alone), like "https://id.example/realms/lab", here or as DIRETTORE__OIDC__ISSUER
    direttore.toml:4: oidc.client_id is missing; right would be the id that the provider knows direttore by, like "direttore", here or as DIRETTORE__OIDC__CLIENT_ID
    direttore.toml:7: oidc.client_secret and oidc.client_secret_file are both given; one of them is right
    direttore.toml:4: oidc.scopes has no "openid", without which the provider proves nothing
    direttore.toml:7: oidc.scopes[1] = "two words"; right would be scopes of the provider, like "openid", "profile", "groups"
    direttore.toml:7: oidc.groups_claim = ""; right would be text in quotes
    direttore.toml:7: there is no key "group_claim" in oidc; did you mean groups_claim?
    direttore.toml:7: oidc.roles = "admin"; right would be a section [oidc.roles] with lines like "<group>" = "operator"
    direttore.toml:8: oidc.roles."lab" = "root"; right would be admin, operator or viewer
    direttore.toml:8: oidc.roles has " "; right would be "<group>" = "operator", with a group of up to 200 bytes
    "#);
}
