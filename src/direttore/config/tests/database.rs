//! URLs of databases.

use super::{Place, error};

/// The URL as the store gets it, with the file's folder as `~`.
fn url(given: &str) -> String {
    let place = Place::with(&format!("[database]\nurl = '{given}'\n"));
    let home = place.folder.path().display().to_string();
    place.config(&[]).database.url.reveal().replace(&home, "~")
}

#[test]
fn files_in_every_form() {
    assert_eq!(url("sqlite:///srv/x.db"), "sqlite:///srv/x.db");
    assert_eq!(url("sqlite:/srv/x.db"), "sqlite:///srv/x.db");
    assert_eq!(url("sqlite:x.db"), "sqlite://~/x.db");
    assert_eq!(url("sqlite:///./x.db"), "sqlite://~/x.db");
    assert_eq!(url("sqlite+aiosqlite:///./x.db"), "sqlite://~/x.db");
    assert_eq!(url("sqlite+aiosqlite:///x.db"), "sqlite://~/x.db");
    assert_eq!(url("sqlite+aiosqlite:////srv/x.db"), "sqlite:///srv/x.db");
}

#[test]
fn servers_in_every_form() {
    for given in ["postgres", "postgresql", "postgresql+asyncpg", "postgresql+psycopg2", "PostgreSQL+psycopg"] {
        assert_eq!(url(&format!("{given}://u:p@h:5432/d")), "postgres://u:p@h:5432/d");
    }
    assert_eq!(url("postgresql+asyncpg://h/d?ssl=require&a=b"), "postgres://h/d?sslmode=require&a=b");
    assert_eq!(url("postgresql+asyncpg://h/d?ssl=true"), "postgres://h/d?sslmode=require");
}

#[test]
fn what_cannot_be_used_is_named_without_the_password() {
    let wrong = |given: &str| error(&format!("[database]\nurl = '{given}'\n"));
    assert!(
        wrong("mysql://u:s3cret@h/d")
            .starts_with("direttore.toml:2: database.url: this is no database that can be used")
    );
    assert!(!wrong("mysql://u:s3cret@h/d").contains("s3cret"));
    for memory in ["sqlite:", "sqlite::memory:", "sqlite+aiosqlite://", "sqlite+aiosqlite:///:memory:"] {
        assert!(wrong(memory).contains("forgets its jobs"), "{memory}");
    }
    assert!(wrong("sqlite://x.db").contains("no slashes or three"));
    assert!(wrong("sqlite:x.db?mode=ro").contains("takes no parameters"));
    assert!(wrong("postgres://").contains("this is no database"));
    assert!(wrong("x").contains("this is no database"));
}
