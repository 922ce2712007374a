//! The database is full, locked, read only or gone: it says so, nothing is half written, and it works again by itself.

use super::*;
use sqlx::Connection;
use std::{
    net::SocketAddr,
    sync::{Arc, Mutex},
};
use tokio::net::{TcpListener, TcpStream};

fn impatient(url: &str) -> Settings {
    Settings { lock_timeout: Duration::from_millis(50), ..settings(url) }
}

/// Half a job is never there: what is refused in the middle leaves nothing.
async fn no_job_is_half_written(store: &Store) {
    let mut tx = store.read().await.expect("a transaction");
    let counts = job::counts(&mut tx).await.expect("read");
    assert_eq!(counts, job::Counts::default());
}

#[tokio::test]
async fn a_full_database_says_so_and_recovers() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let url = format!("sqlite://{}", folder.path().join("store.db").display());
    let store = Store::open(&settings(&url)).await.expect("opens");
    let Pools::Sqlite { writing, .. } = &store.pools else { unreachable!("it is SQLite") };
    let limit = async |pages: &'static str| {
        let mut db = writing.pool.acquire().await.expect("the connection");
        sqlx::query(sqlx::AssertSqlSafe(format!("pragma max_page_count = {pages}")))
            .execute(&mut *db)
            .await
            .expect("set");
    };
    // Never less than there are, so this leaves no room at all.
    limit("1").await;
    let mut tx = store.write().await.expect("a transaction");
    let origin = console("x");
    let steps = vec![("power".to_owned(), serde_json::Value::String("x".repeat(1_000_000)))];
    let new = job::NewJob {
        command: "c",
        title: "t",
        account_id: None,
        actor: "a",
        origin: &origin,
        question: None,
        position: 0,
        subject: "",
        steps,
        now: NOW,
    };
    let full = job::enqueue(&mut tx, &new).await.expect_err("no room");
    assert_eq!(full, StoreError::Unavailable("database or disk is full".to_owned()));
    drop(tx);
    no_job_is_half_written(&store).await;
    limit("1000000").await;
    committed!(store, tx => job::enqueue(&mut tx, &new).await.expect("there is room"));
}

#[tokio::test]
async fn a_locked_database_says_so_and_recovers() {
    on_both_urls(async |url| {
        let first = Store::open(&settings(&url)).await.expect("opens");
        let second = Store::open(&impatient(&url)).await.expect("opens");
        put(&first, "x").await.expect("written");
        let mut holding = first.write().await.expect("a transaction");
        setting::set(&mut holding, "value", "y").await.expect("written");
        let locked = put(&second, "z").await;
        assert!(matches!(locked, Err(StoreError::Unavailable(_))), "{locked:?}");
        assert_eq!(value(&second).await.as_deref(), Some("x"), "reading goes on");
        holding.commit().await.expect("committed");
        put(&second, "z").await.expect("free again");
        assert_eq!(value(&first).await.as_deref(), Some("z"));
        first.close().await;
        second.close().await;
    })
    .await;
}

#[tokio::test]
async fn a_writer_that_keeps_its_turn_makes_others_give_up_in_time() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let url = format!("sqlite://{}", folder.path().join("store.db").display());
    let store = Store::open(&impatient(&url)).await.expect("opens");
    let holding = store.write().await.expect("a transaction");
    assert!(matches!(store.write().await, Err(StoreError::Unavailable(_))));
    drop(holding);
    put(&store, "x").await.expect("free again");
}

#[tokio::test]
async fn a_read_only_database_says_so_and_recovers() {
    on_both_urls(async |url| {
        let store = Store::open(&settings(&url)).await.expect("opens");
        put(&store, "x").await.expect("written");
        let set = async |store: &Store, is_read_only: bool| match &store.pools {
            Pools::Sqlite { writing, .. } => {
                let mut db = writing.pool.acquire().await.expect("the connection");
                let pragma = if is_read_only { "pragma query_only = on" } else { "pragma query_only = off" };
                sqlx::query(pragma).execute(&mut *db).await.expect("set");
            }
            // What a server does that has become a standby.
            Pools::Postgres { .. } => {
                let name = url.rsplit_once('/').expect("a URL").1;
                let word = if is_read_only { "on" } else { "off" };
                let mut db = sqlx::PgConnection::connect(&url).await.expect("connects");
                let set = format!("alter database {name} set default_transaction_read_only = {word}");
                sqlx::query("set transaction_read_only = off").execute(&mut db).await.expect("set");
                sqlx::query("set default_transaction_read_only = off").execute(&mut db).await.expect("set");
                sqlx::query(sqlx::AssertSqlSafe(set)).execute(&mut db).await.expect("set");
            }
        };
        set(&store, true).await;
        let store = if store.is_postgres() {
            store.close().await;
            let reopened = Store::open(&settings(&url)).await;
            assert!(reopened.is_ok() || matches!(reopened, Err(StoreError::Unavailable(_))), "{reopened:?}");
            reopened.unwrap_or(store)
        } else {
            store
        };
        let refused = put(&store, "y").await;
        assert!(matches!(refused, Err(StoreError::Unavailable(_))), "{refused:?}");
        set(&store, false).await;
        let store = if store.is_postgres() { Store::open(&settings(&url)).await.expect("opens") } else { store };
        put(&store, "z").await.expect("it may be written again");
        store.close().await;
    })
    .await;
}

/// A way to the server that can be cut and mended.
struct Way {
    at: SocketAddr,
    to: String,
    open: Arc<Mutex<Option<JoinSet<()>>>>,
}

impl Way {
    async fn to(server: &str) -> Self {
        let free = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let at = free.local_addr().expect("bound");
        let way = Self { at, to: server.to_owned(), open: Arc::default() };
        way.listen(free);
        way
    }

    fn listen(&self, listener: TcpListener) {
        let to = self.to.clone();
        let mut tasks = JoinSet::new();
        tasks.spawn(async move {
            let mut connections = JoinSet::new();
            while let Ok((mut near, _)) = listener.accept().await {
                let to = to.clone();
                connections.spawn(async move {
                    let mut far = TcpStream::connect(to).await.expect("the server is there");
                    // Either side may hang up.
                    let _ = tokio::io::copy_bidirectional(&mut near, &mut far).await;
                });
            }
        });
        *self.open.lock().expect("nobody panicked") = Some(tasks);
    }

    async fn cut(&self) {
        let tasks = self.open.lock().expect("nobody panicked").take();
        tasks.expect("it was open").shutdown().await;
    }

    async fn mend(&self) {
        let socket = tokio::net::TcpSocket::new_v4().expect("a socket");
        socket.set_reuseaddr(true).expect("set");
        socket.bind(self.at).expect("the port is still free");
        self.listen(socket.listen(16).expect("listens"));
    }
}

#[tokio::test]
async fn a_server_that_is_gone_says_so_and_recovers() {
    let Some(database) = crate::postgres::database().await else { return };
    let (_, server) = database.url.rsplit_once('@').expect("a URL with a user");
    let (server, _) = server.split_once('/').expect("a URL with a database");
    let way = Way::to(server).await;
    let url = database.url.replace(server, &way.at.to_string());
    let store =
        Store::open(&Settings { lock_timeout: Duration::from_millis(500), ..settings(&url) }).await.expect("opens");
    put(&store, "x").await.expect("written");

    let mut tx = store.write().await.expect("a transaction");
    setting::set(&mut tx, "value", "never").await.expect("written");
    way.cut().await;
    let lost = setting::set(&mut tx, "value", "never").await;
    assert!(matches!(lost, Err(StoreError::Unavailable(_))), "{lost:?}");
    assert!(tx.commit().await.is_err());
    let gone = put(&store, "never").await;
    assert!(matches!(gone, Err(StoreError::Unavailable(_))), "{gone:?}");
    assert!(matches!(store.ping().await, Err(StoreError::Unavailable(_))));

    way.mend().await;
    store.ping().await.expect("back, without opening it again");
    assert_eq!(value(&store).await.as_deref(), Some("x"));
    put(&store, "y").await.expect("written");
    store.close().await;
    way.cut().await;
    database.drop().await;
}
