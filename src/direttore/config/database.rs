//! `[database]`: where everything that must last is kept.

use super::{error::ConfigError, secret::Secret, section::Section, tree::Place};
use std::{
    path::{Path, PathBuf},
    time::Duration,
};

pub(super) const KEYS: &[&str] = &["url", "url_file", "lock_timeout_ms", "pool"];

const RIGHT: &str = "sqlite:///absolute/path.db, sqlite:relative.db or postgres://user:password@host:5432/database";

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Database {
    /// `sqlite://` and an absolute path as it is, or `postgres://…`, which may hold a password.
    pub url: Secret,
    /// The SQLite file; absent with PostgreSQL.
    pub file: Option<PathBuf>,
    /// How long a transaction waits for a lock or a connection.
    pub lock_timeout: Duration,
    /// Connections at most.
    pub pool: u32,
}

/// How the `///` of a SQLite URL is meant.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Slashes {
    /// Three: an absolute path, as everywhere.
    Url,
    /// Three: a relative path, four: an absolute one, as SQLAlchemy has it.
    SqlAlchemy,
}

pub(super) fn read(mut section: Section<'_>, data_dir: &Path, alchemy: bool) -> Result<Database, ConfigError> {
    let (url, file) = match section.secret("url")? {
        None => sqlite(&data_dir.join("direttore.db")).map_err(|why| section.error(why))?,
        Some((url, place)) => {
            let slashes = if alchemy { Slashes::SqlAlchemy } else { Slashes::Url };
            let wrong = |why| ConfigError::new(place.shown.clone(), format!("{}: {why}", section.name("url")));
            normal(url.reveal().trim(), &place, slashes).map_err(wrong)?
        }
    };
    Ok(Database {
        url: Secret::new(url),
        file,
        lock_timeout: section.millis("lock_timeout_ms", 5_000)?,
        pool: u32::try_from(section.number("pool", 8, 1..=1000)?).expect("it is at most 1000"),
    })
}

type Url = (String, Option<PathBuf>);

/// The error never shows the URL: it may hold a password.
fn normal(url: &str, place: &Place, slashes: Slashes) -> Result<Url, String> {
    let other = || format!("this is no database that can be used; right would be {RIGHT}");
    let (scheme, rest) = url.split_once(':').ok_or_else(other)?;
    let (base, driver) = scheme.split_once('+').map_or((scheme, None), |(base, driver)| (base, Some(driver)));
    match base.to_ascii_lowercase().as_str() {
        "postgres" | "postgresql" => {
            let rest = rest.strip_prefix("//").filter(|r| !r.is_empty()).ok_or_else(other)?;
            Ok((format!("postgres://{}", with_sslmode(rest)), None))
        }
        "sqlite" => {
            // A driver's name only occurs in SQLAlchemy's URLs.
            let slashes = if driver.is_some() { Slashes::SqlAlchemy } else { slashes };
            let path = match (rest.strip_prefix("//"), slashes) {
                (None, _) => rest,
                (Some(path), Slashes::SqlAlchemy) => path.strip_prefix('/').unwrap_or_default(),
                // Nobody has a folder /. or /.. in mind.
                (Some(path), Slashes::Url) => match path.strip_prefix('/') {
                    Some(relative) if relative.starts_with("./") || relative.starts_with("../") => relative,
                    Some(_) => path,
                    None => return Err(format!("after sqlite: come no slashes or three; right would be {RIGHT}")),
                },
            };
            if path.is_empty() || path == ":memory:" {
                return Err(
                    "a database in memory forgets its jobs; right would be a file, like sqlite:direttore.db".into()
                );
            }
            if path.contains('?') {
                return Err("a SQLite database takes no parameters here; right would be the path alone".into());
            }
            sqlite(&place.folder.join(path))
        }
        _ => Err(other()),
    }
}

fn sqlite(path: &Path) -> Result<Url, String> {
    let absolute = std::path::absolute(path).map_err(|e| format!("{} is no path: {e}", path.display()))?;
    let text = absolute.to_str().ok_or_else(|| format!("{} is not UTF-8", absolute.display()))?;
    Ok((format!("sqlite://{text}"), Some(absolute.clone())))
}

/// asyncpg's `ssl=` is libpq's `sslmode=`.
fn with_sslmode(rest: &str) -> String {
    let Some((before, query)) = rest.split_once('?') else { return rest.to_owned() };
    let parameters: Vec<String> = query
        .split('&')
        .map(|p| match p.split_once('=') {
            Some(("ssl", "true" | "True" | "1")) => "sslmode=require".to_owned(),
            Some(("ssl", "false" | "False" | "0")) => "sslmode=disable".to_owned(),
            Some(("ssl", mode)) => format!("sslmode={mode}"),
            _ => p.to_owned(),
        })
        .collect();
    format!("{before}?{}", parameters.join("&"))
}
