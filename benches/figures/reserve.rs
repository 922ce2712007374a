//! Reservations among many: 1,000,000 that are over and 10,000 to come, of 100 nodes, on each database.
//!
//! The floor is the same statement through sqlx, in a transaction that reads as ours does.

use super::{Figure, median, speed::ratio};
use crate::postgres::{on_both_urls, settings};
use direttore_store::{
    Store, Tx,
    claim::{self, Span},
};
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection, SqliteConnection, raw_sql};
use std::{
    cell::RefCell,
    time::{Duration, Instant},
};

const NODES: i64 = 100;
const PAST: i64 = 1_000_000;
const AHEAD: i64 = 10_000;
/// The second in which the past ends.
const NOW_S: i64 = 1_790_000_000;
/// One begins each hour and leaves ten minutes free.
const HOUR_S: i64 = 3600;
const LENGTH_S: i64 = 3000;

const ROUNDS: i64 = 101;
const PROBES: i64 = 100;

pub fn figures() -> Vec<Figure> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime");
    let all = RefCell::new(Vec::new());
    runtime.block_on(on_both_urls(async |url| {
        let store = Store::open(&settings(&url)).await.expect("a fresh database opens");
        let mut floor = Floor::connect(&url).await;
        floor.fill().await;
        let figure = probe(&store, &mut floor).await;
        all.borrow_mut().push(figure);
        floor.close().await;
        store.close().await;
    }));
    all.into_inner()
}

/// A connection of sqlx's own.
enum Floor {
    Sqlite(SqliteConnection),
    Postgres(PgConnection),
}

impl Floor {
    async fn connect(url: &str) -> Self {
        if url.starts_with("sqlite:") {
            Self::Sqlite(SqliteConnection::connect(url).await.expect("it is there"))
        } else {
            Self::Postgres(PgConnection::connect(url).await.expect("it is there"))
        }
    }

    async fn run(&mut self, sql: &str) {
        let sql = raw_sql(AssertSqlSafe(sql));
        let done = match self {
            Self::Sqlite(db) => db.execute(sql).await.map(drop),
            Self::Postgres(db) => db.execute(sql).await.map(drop),
        };
        done.expect("it is done");
    }

    /// All nodes are booked hour after hour. The database looks at each row as it does at a booking of ours.
    async fn fill(&mut self) {
        let first = NOW_S - PAST / NODES * HOUR_S;
        let (start, node) = (format!("({first} + i / {NODES} * {HOUR_S})"), format!("(1 + i % {NODES})"));
        // The numbers from 0 on, as each says it.
        let (numbers, analyse) = match self {
            Self::Sqlite(_) => {
                ("with recursive n (i) as (select 0 union all select i + 1 from n where i + 1 < COUNT)", "analyze")
            }
            Self::Postgres(_) => ("with n (i) as (select generate_series(0::bigint, COUNT - 1))", "vacuum analyze"),
        };
        let of = |count: i64| numbers.replace("COUNT", &count.to_string());
        let (nodes, all) = (of(NODES), of(PAST + AHEAD));
        self.run(&format!(
            "begin;
            {nodes} insert into resource (kind, key, name) select 'node', 'node/lab/n' || (i + 1), 'n' || (i + 1)
                from n order by i;
            {all} insert into reservation (uid, title, holder, surface, channel, starts_at, ends_at, status)
                select 'u' || i, 'work', 'alice', 'console', 'bench', {start} * 1000, ({start} + {LENGTH_S}) * 1000,
                    case when {start} < {NOW_S} then 'ended' else 'booked' end from n order by i;
            {all} insert into reservation_resource (reservation, resource) select i + 1, {node} from n order by i;
            {all} insert into reservation_claim (reservation, resource, from_s, to_s)
                select i + 1, {node}, {start}, {start} + {LENGTH_S} from n order by i;
            commit;"
        ))
        .await;
        self.run(analyse).await;
    }

    async fn is_free(&mut self, resource: i64, span: Span) -> bool {
        const LAST_BEFORE: &str = "select reservation, to_s from reservation_claim
            where resource = $1 and lane = $2 and from_s < $3 order by from_s desc limit 1";
        macro_rules! last {
            ($db:expr) => {{
                let query = sqlx::query_as(LAST_BEFORE).bind(resource).bind(0_i64).bind(span.to_s);
                query.fetch_optional($db).await.expect("read")
            }};
        }
        let last: Option<(i64, i64)> = match self {
            Self::Sqlite(db) => last!(db),
            Self::Postgres(db) => last!(db),
        };
        last.is_none_or(|(_, to_s)| to_s <= span.from_s)
    }

    fn name(&self) -> &'static str {
        match self {
            Self::Sqlite(_) => "is a slot free, among 1,010,000 on SQLite",
            Self::Postgres(_) => "is a slot free, among 1,010,000 on PostgreSQL",
        }
    }

    async fn close(self) {
        match self {
            Self::Sqlite(db) => db.close().await.expect("closed"),
            Self::Postgres(db) => db.close().await.expect("closed"),
        }
    }
}

/// Somewhere in what is to come: every second one in the ten minutes that are free.
fn wished(n: i64) -> (i64, Span) {
    let begins = NOW_S + (n * 37 % (AHEAD / NODES)) * HOUR_S;
    let from_s = if n % 2 == 0 { begins + LENGTH_S } else { begins + 600 };
    (1 + n * 61 % NODES, Span { from_s, to_s: from_s + 600 })
}

/// In turns, so that a busy machine slows down both.
async fn probe(store: &Store, floor: &mut Floor) -> Figure {
    let mut tx = store.read().await.expect("a transaction");
    floor.run("begin").await;
    let (mut ours, mut floors) = (Vec::new(), Vec::new());
    for round in 0..ROUNDS {
        floors.push(time(async |n| floor.is_free(wished(n).0, wished(n).1).await, round).await);
        ours.push(time(async |n| is_free(&mut tx, n).await, round).await);
    }
    floor.run("rollback").await;
    let ratio = ratio(&ours, &floors);
    Figure {
        name: floor.name(),
        wanted: "<= 1.5 x floor".to_owned(),
        measured: format!("{ratio:.3} x floor ({:.1?})", median(ours)),
        holds: ratio <= 1.5,
    }
}

async fn is_free(tx: &mut Tx, n: i64) -> bool {
    let (resource, span) = wished(n);
    claim::is_free(tx, resource, 0, span, None).await.expect("read")
}

/// Of one, on the average of a round; each is answered rightly.
async fn time(mut ask: impl AsyncFnMut(i64) -> bool, round: i64) -> Duration {
    let asked = round * PROBES..(round + 1) * PROBES;
    let start = Instant::now();
    for n in asked {
        assert_eq!(ask(n).await, n % 2 == 0, "of {n}");
    }
    start.elapsed() / u32::try_from(PROBES).expect("few")
}
