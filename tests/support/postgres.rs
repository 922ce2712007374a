//! Both databases for a test: a SQLite file, and a database of its own on a PostgreSQL that nobody else uses.
//!
//! The server: the one named by `DIRETTORE_TEST_POSTGRES` (the URL of an administrator), which the test command starts
//! once for a whole run; else one that this process starts through `tests/peers/postgres`, and that stops when the
//! process ends, however it ends. Where PostgreSQL is not installed the test says so in `target/skipped.txt` and runs
//! on SQLite only; under `CI` that is a failure.

use direttore_store::{Settings, Store, admin};
use std::{
    hash::{BuildHasher, Hasher, RandomState},
    io::{BufRead, BufReader, Write},
    os::unix::process::CommandExt,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::OnceLock,
    time::Duration,
};

/// Runs a test on both databases, each fresh and migrated.
pub async fn on_both(test: impl AsyncFn(Store)) {
    on_both_urls(async |url| {
        let store = Store::open(&settings(&url)).await.expect("a fresh database opens");
        test(store.clone()).await;
        store.close().await;
    })
    .await;
}

/// Runs a test on the URLs of two empty databases, for tests that open them more than once.
pub async fn on_both_urls(test: impl AsyncFn(String)) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    eprintln!("on SQLite:");
    test(format!("sqlite://{}/store.db", folder.path().display())).await;
    if let Some(database) = database().await {
        eprintln!("on PostgreSQL:");
        test(database.url.clone()).await;
        database.drop().await;
    }
}

pub fn settings(url: &str) -> Settings {
    Settings { url: url.to_owned(), lock_timeout: Duration::from_secs(10), pool: 4 }
}

/// An empty PostgreSQL database. One whose test fails is left for whoever looks into it, until its server stops.
pub struct Database {
    pub url: String,
    admin: String,
    name: String,
}

impl Database {
    pub async fn drop(self) {
        admin::drop_database(&self.admin, &self.name).await.expect("the test's database can be dropped");
    }
}

/// `None`, said in `target/skipped.txt`, where PostgreSQL is not installed.
pub async fn database() -> Option<Database> {
    let admin = server()?;
    let name = format!("direttore_{:016x}", RandomState::new().build_hasher().finish());
    admin::create_database(admin, &name).await.expect("the administrator can make a database");
    let (server, _) = admin.rsplit_once('/').expect("a URL with a database");
    Some(Database { url: format!("{server}/{name}"), admin: admin.to_owned(), name })
}

/// The administrator's URL.
fn server() -> Option<&'static str> {
    static SERVER: OnceLock<Option<String>> = OnceLock::new();
    let named = || std::env::var("DIRETTORE_TEST_POSTGRES").ok().filter(|url| !url.is_empty());
    let found = SERVER.get_or_init(|| named().or_else(start)).as_deref();
    if found.is_none() {
        skip();
    }
    found
}

fn skip() {
    assert!(std::env::var_os("CI").is_none(), "PostgreSQL is not installed, and this is CI");
    let test = std::thread::current().name().unwrap_or("a test").to_owned();
    let mut file = std::fs::OpenOptions::new()
        .create(true)
        .append(true)
        .open(workspace().join("target/skipped.txt"))
        .expect("target/skipped.txt can be written");
    writeln!(file, "{test}: PostgreSQL is not installed, ran on SQLite only").expect("it was opened for writing");
}

fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// A server of this process. A keeper in a process group of its own starts it, and waits for the end of its input,
/// which comes when this process is no more.
fn start() -> Option<String> {
    const KEEPER: &str = r#"trap '' INT TERM HUP; "$0" start "$1" && { read -r _; "$0" stop "$1"; }"#;
    let folder = tempfile::tempdir().expect("a temporary folder").keep();
    let mut keeper = Command::new("bash");
    keeper.args(["-c", KEEPER]).arg(workspace().join("tests/peers/postgres")).arg(&folder);
    keeper.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).process_group(0);
    let mut keeper = keeper.spawn().expect("bash is there");
    let mut url = String::new();
    BufReader::new(keeper.stdout.take().expect("it is piped")).read_line(&mut url).expect("what it prints is text");
    if url.is_empty() {
        let status = keeper.wait().expect("it has ended");
        std::fs::remove_dir_all(&folder).expect("nothing runs in it");
        assert_eq!(status.code(), Some(77), "tests/peers/postgres could not start a server");
        return None;
    }
    // Dropping it would close its input.
    std::mem::forget(keeper);
    Some(url.trim().to_owned())
}
