//! Why the database did not do it.

use direttore_domain::Failure;

pub type Result<T, E = StoreError> = std::result::Result<T, E>;

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// Gone, full, locked, read only, or too busy: the same may work later.
    #[error("{0}")]
    Unavailable(String),
    /// There is one already; the text names what.
    #[error("there is already {0}")]
    Conflict(&'static str),
    /// A row that does not parse, or a chain that does not hold.
    #[error("what it holds cannot be read: {0}")]
    Corrupt(String),
    /// The database refuses the statement (a foreign key, a trigger, a slip of ours): it would refuse it again.
    #[error("it refuses: {0}")]
    Refused(String),
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Self::Store { why: error.to_string() }
    }
}

impl From<StoreError> for direttore_domain::Trouble {
    fn from(error: StoreError) -> Self {
        Self::Failure(error.into())
    }
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        use sqlx::Error as E;
        match &error {
            E::Database(db) if db.is_unique_violation() => Self::Conflict("one like it"),
            E::Database(db) => {
                let text = db.message().to_owned();
                if is_passing(db.code().as_deref().unwrap_or_default()) {
                    Self::Unavailable(text)
                } else {
                    Self::Refused(text)
                }
            }
            E::PoolTimedOut => Self::Unavailable("no connection to it was free or could be made in time".to_owned()),
            E::PoolClosed | E::WorkerCrashed => Self::Unavailable("it was closed".to_owned()),
            E::Io(_) | E::Tls(_) | E::Protocol(_) | E::BeginFailed => Self::Unavailable(error.to_string()),
            E::RowNotFound
            | E::TypeNotFound { .. }
            | E::ColumnIndexOutOfBounds { .. }
            | E::ColumnNotFound(_)
            | E::ColumnDecode { .. }
            | E::Decode(_) => Self::Corrupt(error.to_string()),
            _ => Self::Refused(error.to_string()),
        }
    }
}

impl From<sqlx::migrate::MigrateError> for StoreError {
    fn from(error: sqlx::migrate::MigrateError) -> Self {
        use sqlx::migrate::MigrateError as M;
        match error {
            M::Execute(error) | M::ExecuteMigration(error, _) => error.into(),
            M::VersionMismatch(version) => {
                Self::Corrupt(format!("its migration {version} is another one than this program has"))
            }
            other => Self::Corrupt(other.to_string()),
        }
    }
}

/// Whether a code means the state of the database, not the statement.
fn is_passing(code: &str) -> bool {
    // PostgreSQL's codes have five characters, the first two are the class
    // (https://www.postgresql.org/docs/current/errcodes-appendix.html): connection, serialisation, resources,
    // operator, system; then lock, read only, idle too long, no such database.
    if code.len() == 5 {
        return ["08", "40", "53", "57", "58"].iter().any(|class| code.starts_with(class))
            || matches!(code, "55P03" | "25006" | "25P03" | "3D000");
    }
    // SQLite's extended codes keep the primary one in the low byte (https://sqlite.org/rescode.html):
    // busy, locked, out of memory, read only, input/output, full, cannot open, protocol of locks, not a database.
    code.parse::<u32>().is_ok_and(|code| matches!(code & 0xff, 5 | 6 | 7 | 8 | 10 | 13 | 14 | 15 | 26))
}

/// Gives a conflict the name of what exists already.
pub(crate) trait OrConflict<T> {
    fn or_conflict(self, what: &'static str) -> Result<T>;
}

impl<T> OrConflict<T> for sqlx::Result<T> {
    fn or_conflict(self, what: &'static str) -> Result<T> {
        self.map_err(|error| match StoreError::from(error) {
            StoreError::Conflict(_) => StoreError::Conflict(what),
            other => other,
        })
    }
}
