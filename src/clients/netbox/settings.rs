//! What a connection is made of, as the configuration gives it.

use super::Error;
use crate::said::tidy;
use reqwest::Url;
use std::{fmt, path::PathBuf, time::Duration};

#[derive(Clone)]
pub struct Settings {
    /// `https://netbox.lab` or `https://lab/netbox`; without a scheme it is HTTPS.
    pub url: String,
    /// Of either version: 40 characters, or `nbt_` with key and secret.
    pub token: String,
    /// Whether a server without a fingerprint must be trusted by the system's certificates.
    pub verify_tls: bool,
    /// SHA-256 of the leaf certificate, hexadecimal, with or without colons. Then nothing else decides on trust.
    pub fingerprint: Option<String>,
    pub timeouts: Timeouts,
    /// A file to which every request sent is appended, as one line of JSON without secrets. For contract tests.
    pub record: Option<PathBuf>,
    /// Objects of one list; of more nothing is taken ([`Error::TooMany`]).
    pub most: usize,
}

impl Settings {
    /// The usual ones for this server and token.
    pub fn new(url: &str, token: &str) -> Self {
        Self {
            url: url.to_owned(),
            token: token.to_owned(),
            verify_tls: true,
            fingerprint: None,
            timeouts: Timeouts::default(),
            record: None,
            most: 200_000,
        }
    }
}

impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { url, token: _, verify_tls, fingerprint, timeouts, record, most } = self;
        f.debug_struct("Settings")
            // An address may hold a password, which is refused only later.
            .field("url", &url.rsplit_once('@').map_or(url.as_str(), |(_, host)| host))
            .field("verify_tls", verify_tls)
            .field("fingerprint", fingerprint)
            .field("timeouts", timeouts)
            .field("record", record)
            .field("most", most)
            .finish_non_exhaustive()
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timeouts {
    /// TLS included.
    pub connect: Duration,
    /// A whole GET, which is one page of a list.
    pub read: Duration,
    /// A whole POST, PATCH or DELETE. NetBox hands out addresses one after the other for all who ask at once.
    pub write: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self { connect: Duration::from_secs(5), read: Duration::from_secs(15), write: Duration::from_secs(60) }
    }
}

/// The address that `/api/…` is put behind: its path has no slash at the end.
pub(super) fn base_url(given: &str) -> Result<Url, Error> {
    let wrong = |why: &str| Error::Settings(format!("{}: {why}", tidy(given)));
    let trimmed = given.trim();
    let full = if trimmed.contains("://") { trimmed.to_owned() } else { format!("https://{trimmed}") };
    let mut url = Url::parse(&full).map_err(|e| wrong(&format!("{e}; right would be https://netbox.lab")))?;
    if !matches!(url.scheme(), "https" | "http") || !url.has_host() {
        return Err(wrong("it is no web address; right would be https://netbox.lab"));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(Error::Settings("the address of NetBox holds a user name or password; a token is wanted".into()));
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err(wrong("nothing may follow the path; right would be https://netbox.lab"));
    }
    let path = url.path().trim_end_matches('/');
    let path = path.strip_suffix("/api").unwrap_or(path).trim_end_matches('/').to_owned();
    url.set_path(&path);
    Ok(url)
}

/// The value of the header that proves who we are.
pub(super) fn authorization(token: &str) -> Result<http::HeaderValue, Error> {
    if token.is_empty() {
        return Err(Error::Settings("there is no token for NetBox".to_owned()));
    }
    let keyword = if token.starts_with("nbt_") { "Bearer" } else { "Token" };
    let wrong = || Error::Settings("the token for NetBox holds characters that no token has".to_owned());
    if !token.bytes().all(|b| b.is_ascii_graphic()) {
        return Err(wrong());
    }
    let mut value = http::HeaderValue::from_str(&format!("{keyword} {token}")).map_err(|_| wrong())?;
    value.set_sensitive(true);
    Ok(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_may_have_a_path_and_lose_what_we_add_ourselves() {
        for (given, right) in [
            ("netbox.lab", "https://netbox.lab/"),
            ("https://netbox.lab/", "https://netbox.lab/"),
            ("https://netbox.lab/api/", "https://netbox.lab/"),
            ("https://lab/netbox/", "https://lab/netbox"),
            ("https://lab/netbox/api", "https://lab/netbox"),
            ("http://127.0.0.1:8000", "http://127.0.0.1:8000/"),
            ("http://[fd00::1]:8000/x", "http://[fd00::1]:8000/x"),
        ] {
            assert_eq!(base_url(given).map(String::from), Ok(right.to_owned()), "{given}");
        }
    }

    #[test]
    fn what_is_no_address_is_refused() {
        for given in ["", "ftp://netbox", "https://", "https://netbox:99999", "https://netbox?x=1", "https://netbox#a"]
        {
            assert!(matches!(base_url(given), Err(Error::Settings(_))), "{given}");
        }
        let secret = base_url("https://admin:hunter2@netbox").expect_err("credentials in it");
        assert!(!secret.to_string().contains("hunter2"));
    }

    #[test]
    fn tokens_of_both_versions_have_their_word() {
        let value = |token: &str| authorization(token).map(|v| v.to_str().unwrap().to_owned());
        assert_eq!(value("nbt_abc.def"), Ok("Bearer nbt_abc.def".to_owned()));
        assert_eq!(value("0123abcd"), Ok("Token 0123abcd".to_owned()));
        for token in ["", "Token abc", "a\nb", "ą"] {
            assert!(matches!(value(token), Err(Error::Settings(_))), "{token:?}");
        }
    }

    #[test]
    fn the_token_is_not_shown() {
        let settings = Settings::new("https://admin:hunter2@netbox.lab", "nbt_s3cret.s3cret");
        let shown = format!("{settings:?}");
        assert!(!shown.contains("s3cret") && !shown.contains("hunter2") && shown.contains("netbox.lab"), "{shown}");
    }
}
