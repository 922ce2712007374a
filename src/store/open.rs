//! Opening a database, and beginning transactions on it.

use crate::{
    Result, StoreError, Tx, migrate,
    tx::{Counts, Inner, PgTx, SqliteTx},
    writer::{SHORT_WAIT, Writer, is_busy},
};
use sqlx::{
    Connection, PgPool, SqlitePool,
    postgres::{PgConnectOptions, PgPoolOptions},
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};
use std::{fmt, path::Path, pin::Pin, str::FromStr, sync::Arc, time::Duration};

/// A transaction that is being begun. Boxed: who waits for it would have all of the way to a connection in it, once for each
/// place where something waits.
type Began<'a> = Pin<Box<dyn Future<Output = Result<Tx>> + Send + 'a>>;

/// The key of the lock under which PostgreSQL is migrated: "direttor" in ASCII.
const MIGRATING: i64 = 0x6469_7265_7474_6f72;

/// What was used so lately is taken to be there.
const UNASKED: Duration = Duration::from_secs(1);

#[derive(Clone)]
pub struct Settings {
    /// `sqlite://` and a path as it is (not percent-encoded), or `postgres://user:password@host:port/database`.
    pub url: String,
    /// How long a transaction waits for a lock or a connection before it is [`StoreError::Unavailable`].
    pub lock_timeout: Duration,
    /// Connections at most; on SQLite those that read, beside the one that writes.
    pub pool: u32,
}

/// A migrated database. Cheap to clone.
#[derive(Clone)]
pub struct Store {
    pools: Pools,
    counts: Arc<Counts>,
}

#[derive(Clone)]
enum Pools {
    Sqlite { reading: SqlitePool, writing: Arc<Writer> },
    Postgres { reading: PgPool, writing: PgPool },
}

impl Store {
    /// Opens and migrates. A SQLite file is made when it is not there, readable by its owner only; its folder is not.
    /// Several processes may do so at once.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] when it cannot be reached, opened or locked, [`StoreError::Refused`] for a URL of
    /// neither database, [`StoreError::Corrupt`] when it was migrated by something else.
    pub async fn open(settings: &Settings) -> Result<Self> {
        let url = &settings.url;
        if let Some(path) = url.strip_prefix("sqlite://") {
            Self::open_sqlite(Path::new(path), settings).await
        } else if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            Self::open_postgres(settings).await
        } else {
            Err(StoreError::Refused("a database's URL begins with sqlite:// or postgres://".to_owned()))
        }
    }

    async fn open_sqlite(path: &Path, settings: &Settings) -> Result<Self> {
        make_private(path)
            .map_err(|why| StoreError::Unavailable(format!("{} cannot be opened: {why}", path.display())))?;
        let options = SqliteConnectOptions::new()
            .filename(path)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true)
            .busy_timeout(settings.lock_timeout);
        let pool = sqlite_pool()
            .max_connections(1)
            .max_lifetime(None)
            .idle_timeout(None)
            .acquire_timeout(settings.lock_timeout)
            .connect_lazy_with(options.clone().busy_timeout(SHORT_WAIT));
        switch_to_log(&pool, settings.lock_timeout).await?;
        let counts = Arc::default();
        let writing = Arc::new(Writer::new(pool, settings.lock_timeout, Arc::clone(&counts)));
        let mut tx = writing.begin().await?;
        migrate::sqlite().run_direct(None, &mut *tx, false).await?;
        tx.commit().await?;
        let reading = sqlite_pool()
            .max_connections(settings.pool.max(1))
            .idle_timeout(Duration::from_secs(30))
            .acquire_timeout(settings.lock_timeout)
            .connect_lazy_with(options.pragma("query_only", "on"));
        Ok(Self { pools: Pools::Sqlite { reading, writing }, counts })
    }

    async fn open_postgres(settings: &Settings) -> Result<Self> {
        let options = PgConnectOptions::from_str(&settings.url)
            .map_err(|why| StoreError::Refused(format!("the database's URL cannot be read: {why}")))?
            .application_name("direttore")
            .options([("lock_timeout", settings.lock_timeout.as_millis().to_string())])
            .options([("idle_in_transaction_session_timeout", "10000")]);
        let pool = |connections| {
            PgPoolOptions::new()
                .max_connections(connections)
                .acquire_timeout(settings.lock_timeout)
                // Whether a connection is still there is asked only of one that nobody used for a while.
                .test_before_acquire(false)
                .before_acquire(|db, about| {
                    Box::pin(async move {
                        if about.idle_for > UNASKED {
                            db.ping().await?;
                        }
                        Ok(true)
                    })
                })
        };
        let for_reading = (settings.pool / 2).max(1);
        let writing = pool(settings.pool.max(2) - for_reading).connect_with(options.clone()).await?;
        let reading = options.options([("default_transaction_read_only", "on")]);
        let reading = pool(for_reading).connect_lazy_with(reading);
        let mut tx = writing.begin().await?;
        sqlx::query("select pg_advisory_xact_lock($1)").bind(MIGRATING).execute(&mut *tx).await?;
        // "relation exists already, skipping" is no news.
        sqlx::query("set local client_min_messages = warning").execute(&mut *tx).await?;
        migrate::postgres().run_direct(None, &mut *tx, false).await?;
        tx.commit().await?;
        Ok(Self { pools: Pools::Postgres { reading, writing }, counts: Arc::default() })
    }

    /// A transaction that reads, all of it from one moment. Writing in it is refused.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub fn read(&self) -> Began<'_> {
        Box::pin(async move {
            let inner = match &self.pools {
                Pools::Sqlite { reading, .. } => Inner::Sqlite(SqliteTx::Reading(reading.begin().await?)),
                Pools::Postgres { reading, .. } => {
                    let begin = "begin isolation level repeatable read, read only";
                    Inner::Postgres(PgTx::Whole(reading.begin_with(begin).await?))
                }
            };
            Ok(Tx { inner, counts: None, has_failed: false, changes_rights: false })
        })
    }

    /// For one statement, or several that need not be from one moment: without a transaction around them, which on
    /// PostgreSQL is two journeys to the server. Writing in it is refused.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub fn glance(&self) -> Began<'_> {
        Box::pin(async move {
            let inner = match &self.pools {
                Pools::Sqlite { reading, .. } => Inner::Sqlite(SqliteTx::Glancing(reading.acquire().await?)),
                Pools::Postgres { reading, .. } => Inner::Postgres(PgTx::Glancing(reading.acquire().await?)),
            };
            Ok(Tx { inner, counts: None, has_failed: false, changes_rights: false })
        })
    }

    /// A transaction that writes. On SQLite it is the only one, of all processes; others wait their turn, and may share
    /// its commit.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`], also when the turn did not come in time.
    pub fn write(&self) -> Began<'_> {
        Box::pin(async move {
            let inner = match &self.pools {
                Pools::Sqlite { writing, .. } => Inner::Sqlite(SqliteTx::Writing(writing.turn().await?)),
                Pools::Postgres { writing, .. } => Inner::Postgres(PgTx::Whole(writing.begin().await?)),
            };
            Ok(Tx { inner, counts: Some(Arc::clone(&self.counts)), has_failed: false, changes_rights: false })
        })
    }

    /// How many commits this handle and its clones waited for the disk with. On SQLite transactions that stand in line
    /// share one.
    pub fn commits(&self) -> u64 {
        self.counts.commits()
    }

    /// Goes up with each commit of this handle and its clones that changed who somebody is, what they may do or what a thing
    /// demands of who books it, before whoever committed hears of it. What was read of that after a look at this number is as it was while the number
    /// stays, but for what other processes did.
    pub fn rights(&self) -> u64 {
        self.counts.rights()
    }

    /// Whether it answers.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn ping(&self) -> Result<()> {
        let mut tx = self.read().await?;
        on!(tx, db => sqlx::query("select name from setting limit 1").execute(db).await.map(|_| ()))?;
        Ok(())
    }

    pub fn is_postgres(&self) -> bool {
        matches!(self.pools, Pools::Postgres { .. })
    }

    /// Waits for what is under way and closes; everything after is [`StoreError::Unavailable`].
    pub async fn close(&self) {
        match &self.pools {
            Pools::Sqlite { reading, writing } => {
                reading.close().await;
                writing.pool.close().await;
            }
            Pools::Postgres { reading, writing } => {
                reading.close().await;
                writing.close().await;
            }
        }
    }
}

/// Full, out of memory or with a broken disk, SQLite rolls back by itself; the driver then takes the connection for one
/// that is still within a transaction, so it is replaced.
pub(crate) fn sqlite_pool() -> SqlitePoolOptions {
    SqlitePoolOptions::new()
        // A file does not go away as a server does; asking it each time is one more turn of its thread.
        .test_before_acquire(false)
        .before_acquire(|db, _| Box::pin(async move { Ok(!db.is_in_transaction()) }))
}

/// Makes the first connection. A fresh file is switched to the write-ahead log by it, for which SQLite does not wait
/// when another process does the same just then.
async fn switch_to_log(pool: &SqlitePool, patience: Duration) -> Result<()> {
    let until = tokio::time::Instant::now() + patience;
    loop {
        match pool.acquire().await {
            Err(why) if is_busy(&why) && tokio::time::Instant::now() < until => {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
            tried => return Ok(tried.map(drop)?),
        }
    }
}

/// It holds password hashes: made with mode 0600, which SQLite gives its `-wal` and `-shm` files too.
///
/// One that exists is not opened: closing it would drop the locks that this process may have on it.
fn make_private(path: &Path) -> std::io::Result<()> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.open(path) {
        Err(why) if why.kind() == std::io::ErrorKind::AlreadyExists => Ok(()),
        made => made.map(drop),
    }
}

// The URL may hold a password.
impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = self.url.split_once("://").map_or("", |(scheme, _)| scheme);
        f.debug_struct("Settings")
            .field("url", &format_args!("{scheme}://…"))
            .field("lock_timeout", &self.lock_timeout)
            .field("pool", &self.pool)
            .finish()
    }
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.is_postgres() { "Store(postgres)" } else { "Store(sqlite)" })
    }
}

#[cfg(test)]
mod tests;
