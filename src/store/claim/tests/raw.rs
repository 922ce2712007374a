//! Connections that know nothing of our code: what any program could say to the database.

use super::*;
use sqlx::{
    AssertSqlSafe, Connection, Executor, PgConnection, Row, SqliteConnection, raw_sql,
    sqlite::{SqliteConnectOptions, SqliteSynchronous},
};
use std::time::Duration;

pub(super) enum Raw {
    Sqlite(SqliteConnection),
    Postgres(PgConnection),
}

/// A row: its id, reservation, resource and lane, and the span.
pub(super) type Line = [i64; 6];

/// The code of the database, or what the driver says, and the text.
pub(super) type Refused = (String, String);

fn refused(error: &sqlx::Error) -> Refused {
    let code = error.as_database_error().and_then(|e| e.code()).map(|code| code.into_owned());
    (code.unwrap_or_default(), error.to_string())
}

impl Raw {
    pub(super) async fn connect(url: &str) -> Self {
        if let Some(path) = url.strip_prefix("sqlite://") {
            // No test here loses power.
            let options = SqliteConnectOptions::new()
                .filename(path)
                .synchronous(SqliteSynchronous::Off)
                .foreign_keys(true)
                .busy_timeout(Duration::from_secs(10));
            return Self::Sqlite(SqliteConnection::connect_with(&options).await.expect("it is there"));
        }
        Self::Postgres(PgConnection::connect(url).await.expect("it is there"))
    }

    /// How many rows it changed.
    pub(super) async fn run(&mut self, sql: &str) -> Result<u64, Refused> {
        let sql = raw_sql(AssertSqlSafe(sql));
        let done = match self {
            Self::Sqlite(db) => db.execute(sql).await.map(|done| done.rows_affected()),
            Self::Postgres(db) => db.execute(sql).await.map(|done| done.rows_affected()),
        };
        done.map_err(|error| refused(&error))
    }

    /// All claims, by id.
    pub(super) async fn lines(&mut self) -> Vec<Line> {
        const ALL: &str = "select id, reservation, resource, lane, from_s, to_s from reservation_claim order by id";
        match self {
            Self::Sqlite(db) => {
                let rows = sqlx::query(ALL).fetch_all(db).await.expect("read");
                rows.iter().map(|row| std::array::from_fn(|n| row.get(n))).collect()
            }
            Self::Postgres(db) => {
                let rows = sqlx::query(ALL).fetch_all(db).await.expect("read");
                rows.iter().map(|row| std::array::from_fn(|n| row.get(n))).collect()
            }
        }
    }

    pub(super) fn is_postgres(&self) -> bool {
        matches!(self, Self::Postgres(_))
    }

    pub(super) async fn close(self) {
        match self {
            Self::Sqlite(db) => db.close().await.expect("closed"),
            Self::Postgres(db) => db.close().await.expect("closed"),
        }
    }
}

/// Pairs that overlap, counted here, not by the database.
pub(super) fn overlapping(lines: &[Line]) -> usize {
    let of_one_slot = |a: &Line, b: &Line| a[2] == b[2] && a[3] == b[3] && a[4] < b[5] && b[4] < a[5];
    lines.iter().enumerate().map(|(n, a)| lines[n + 1..].iter().filter(|b| of_one_slot(a, b)).count()).sum()
}

/// Numbers that look like chance and are the same each time.
pub(super) struct Dice(pub(super) u64);

impl Dice {
    /// From 0 up to `sides`, without it.
    pub(super) fn below(&mut self, sides: i64) -> i64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed >> 33).cast_signed() % sides
    }

    pub(super) fn pick<T: Copy>(&mut self, of: &[T]) -> T {
        let sides = i64::try_from(of.len()).expect("few");
        of[usize::try_from(self.below(sides)).expect("not below zero")]
    }
}
