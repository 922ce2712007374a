//! Bookings that are on disk when they are answered: 32 people book over CalDAV from a running `serve`, each with a
//! program of their own and one request in flight.
//!
//! The floor is sqlx with as many in flight, which writes the same rows of each booking in one transaction, into a
//! database made as ours is.

use super::{
    Figure,
    bot::Bot,
    client::{Answer, Client},
    median,
    speed::ratio,
};
use crate::postgres::{database, settings};
use base64ct::{Base64, Encoding};
use direttore_core::password;
use direttore_domain::{AccountName, Instant as At, Role, TokenKind, TokenSecret};
use direttore_store::{
    Store, account, claim,
    token::{self, NewToken},
};
use sqlx::{
    Executor, PgPool, SqlitePool,
    postgres::PgPoolOptions,
    raw_sql,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};
use std::{
    net::SocketAddr,
    sync::Barrier,
    thread,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};
use tokio::runtime::Runtime;

const PEOPLE: usize = 32;
/// Fewer than an operator may have ahead in all.
const OF_EACH: usize = 8;
const ROUNDS: usize = 5;
/// Not counted: connections are made, and what is made at first use.
const WARM_UP: usize = 1;
const NODES: usize = 50;
const HOUR_S: i64 = 3600;

pub fn figures() -> Vec<Figure> {
    let runtime = Runtime::new().expect("a runtime");
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = |name: &str| format!("sqlite://{}/{name}.db", folder.path().display());
    let mut figures = measured(&runtime, &file("ours"), &file("floor"), &OF_SQLITE);
    if let (Some(ours), Some(floor)) = (runtime.block_on(database()), runtime.block_on(database())) {
        assert!(
            runtime.block_on(is_durable(&ours.url)),
            "PostgreSQL must keep what it has committed, as benches/run starts it"
        );
        figures.extend(measured(&runtime, &ours.url, &floor.url, &OF_POSTGRES));
        runtime.block_on(ours.drop());
        runtime.block_on(floor.drop());
    }
    figures
}

/// Whether a commit is on disk when it is answered.
async fn is_durable(url: &str) -> bool {
    let pool = PgPoolOptions::new().connect_lazy(url).expect("a URL");
    let query = "select current_setting('fsync') = 'on' and current_setting('synchronous_commit') = 'on'";
    let is_durable = sqlx::query_scalar(query).fetch_one(&pool).await.expect("it answers");
    pool.close().await;
    is_durable
}

struct Wanted {
    names: [&'static str; 3],
    least: f64,
}

const OF_SQLITE: Wanted =
    Wanted { names: ["32 people book by CalDAV, SQLite", "  99 of 100 within", "  claims that overlap"], least: 0.4 };
const OF_POSTGRES: Wanted = Wanted {
    names: ["32 people book by CalDAV, PostgreSQL", "  99 of 100 within", "  claims that overlap"],
    least: 0.6,
};

fn measured(runtime: &Runtime, url: &str, floor_url: &str, wanted: &Wanted) -> Vec<Figure> {
    let addr = free_port();
    let more = format!("[database]\nurl = {url:?}\n[http]\nlisten = \"{addr}\"\n");
    let _bot = Bot::start_with(NODES, 100, None, &more);
    let store = runtime.block_on(Store::open(&settings(url))).expect("a database of ours");
    let people = runtime.block_on(people(&store));
    let floor = runtime.block_on(Floor::open(floor_url));
    let first_hour = now_s().div_euclid(HOUR_S) + 48;
    let mut clients: Vec<(Client, &Person)> = people.iter().map(|person| (connected(addr), person)).collect();

    let (mut ours, mut floors) = (Vec::new(), Vec::new());
    let (mut each, mut each_floor) = (Vec::new(), Vec::new());
    for round in 0..WARM_UP + ROUNDS {
        // In turns, so that a busy machine slows down both.
        let (took_floor, times_floor) = runtime.block_on(floor.round(round, first_hour));
        let (took, times) = round_of_ours(&mut clients, round, first_hour);
        if round >= WARM_UP {
            ours.push(took);
            floors.push(took_floor);
            each.extend(times);
            each_floor.extend(times_floor);
        }
    }
    one_of_all(&mut clients, first_hour + 24 * 30);

    let (overlaps, booked) = runtime.block_on(async {
        let mut tx = store.read().await.expect("it answers");
        let overlaps = claim::overlaps(&mut tx).await.expect("it answers");
        let booked = claim::anywhere(&mut tx, span(0, 1 << 40), 1 << 40, 1 << 30).await.expect("it answers").len();
        drop(tx);
        store.close().await;
        floor.close().await;
        (overlaps, booked)
    });
    let all = PEOPLE * OF_EACH;
    assert_eq!(booked, all * (WARM_UP + ROUNDS) + 1, "all are there");
    let rate = |times: Vec<Duration>| all as f64 / median(times).as_secs_f64();
    // As fast as the floor is 1, half as fast 0.5.
    let (ratio, late, late_floor) = (ratio(&floors, &ours), late(each), late(each_floor));
    let times = late.as_secs_f64() / late_floor.as_secs_f64();
    vec![
        Figure {
            name: wanted.names[0],
            wanted: format!(">= {} x floor", wanted.least),
            measured: format!("{ratio:.2} x floor ({:.0}/s, {:.0}/s)", rate(ours), rate(floors)),
            holds: ratio >= wanted.least,
        },
        Figure {
            name: wanted.names[1],
            wanted: "<= 3 x the floor's".to_owned(),
            measured: format!("{times:.2} x the floor's ({late:.1?}, {late_floor:.1?})"),
            holds: times <= 3.0,
        },
        Figure {
            name: wanted.names[2],
            wanted: "0".to_owned(),
            measured: format!("{overlaps} of {booked}"),
            holds: overlaps == 0,
        },
    ]
}

fn late(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times[times.len() * 99 / 100]
}

fn now_s() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).expect("it is later than 1970");
    i64::try_from(since.as_secs()).expect("few enough")
}

fn span(from_s: i64, to_s: i64) -> claim::Span {
    claim::Span { from_s, to_s }
}

/// Nobody else has it just now.
pub fn free_port() -> SocketAddr {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("loopback has a free port");
    listener.local_addr().expect("it is bound")
}

/// The server listens soon after the first words.
pub fn connected(addr: SocketAddr) -> Client {
    let until = Instant::now() + Duration::from_secs(10);
    while std::net::TcpStream::connect(addr).is_err() {
        assert!(Instant::now() < until, "nobody listens at {addr}");
        thread::yield_now();
    }
    Client::connect(addr)
}

/// An operator with a calendar program.
struct Person {
    name: String,
    /// What the program sends with each request.
    basic: String,
}

async fn people(store: &Store) -> Vec<Person> {
    let mut people = Vec::new();
    let now = At(now_s() * 1000);
    let mut tx = store.write().await.expect("it answers");
    for n in 0..PEOPLE {
        let name: AccountName = format!("person{n}").parse().expect("a name");
        let made = account::create(&mut tx, &name, Some(Role::Operator), None, now).await.expect("a new name");
        let secret: TokenSecret = password::make_secret().expect("random bytes");
        let new = NewToken {
            account_id: made.id,
            kind: TokenKind::Caldav,
            name: &"program".parse().expect("a name"),
            scope: "",
            hash: &password::secret_hash(&secret),
            expires: None,
            told: None,
            now,
        };
        token::add(&mut tx, &new).await.expect("a new token");
        let basic = Base64::encode_string(format!("{name}:{}", secret).as_bytes());
        people.push(Person { name: name.to_string(), basic });
    }
    tx.commit().await.expect("it answers");
    people
}

/// The `n`th booking of somebody in a round: which node, and the hour since 1970.
fn slot(round: usize, person: usize, n: usize, first_hour: i64) -> (usize, i64) {
    let nth = (round * OF_EACH + n) * PEOPLE + person;
    (1 + nth % NODES, first_hour + i64::try_from(nth / NODES).expect("few"))
}

fn event(uid: &str, hour: i64) -> String {
    let at = |seconds: i64| {
        let iso = direttore_domain::Zone::UTC.iso(At(seconds * 1000)).replace(['-', ':'], "");
        // To the minute, and then how far it is from UTC.
        format!("{}00Z", &iso[.."20260101T0000".len()])
    };
    let (start, end) = (at(hour * HOUR_S), at(hour * HOUR_S + HOUR_S / 2));
    format!(
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//figures//EN\r\nBEGIN:VEVENT\r\nUID:{uid}\r\n\
         DTSTAMP:20260101T000000Z\r\nDTSTART:{start}\r\nDTEND:{end}\r\nSUMMARY:kernel tests\r\n\
         END:VEVENT\r\nEND:VCALENDAR\r\n"
    )
}

fn book(client: &mut Client, who: &Person, uid: &str, (node, hour): (usize, i64)) -> Answer {
    let (Person { name, basic }, body) = (who, event(uid, hour));
    client.ask(&format!(
        "PUT /dav/cal/{name}/r-node~lab~pve{node}/{uid}.ics HTTP/1.1\r\nHost: lab\r\nAuthorization: Basic {basic}\r\n\
         If-None-Match: *\r\nContent-Type: text/calendar\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    ))
}

/// How long all took together, and each.
fn round_of_ours(clients: &mut [(Client, &Person)], round: usize, first_hour: i64) -> (Duration, Vec<Duration>) {
    let start = Instant::now();
    let times = thread::scope(|all| {
        let one = |(person, (client, who)): (usize, &mut (Client, &Person))| {
            let mut times = Vec::new();
            for n in 0..OF_EACH {
                let uid = format!("{round}-{person}-{n}@figures");
                let start = Instant::now();
                let answer = book(client, who, &uid, slot(round, person, n, first_hour));
                times.push(start.elapsed());
                assert_eq!(answer.status, 201, "{}", String::from_utf8_lossy(&answer.body));
            }
            times
        };
        let threads: Vec<_> = clients.iter_mut().enumerate().map(|each| all.spawn(move || one(each))).collect();
        threads.into_iter().flat_map(|thread| thread.join().expect("nobody panicked")).collect()
    });
    (start.elapsed(), times)
}

/// All want the same: one gets it.
fn one_of_all(clients: &mut [(Client, &Person)], hour: i64) {
    let barrier = Barrier::new(PEOPLE);
    let one = |(client, who): &mut (Client, &Person)| {
        barrier.wait();
        book(client, who, &format!("{}@figures", who.name), (1, hour)).status
    };
    let statuses: Vec<u16> = thread::scope(|all| {
        let threads: Vec<_> = clients.iter_mut().map(|each| all.spawn(|| one(each))).collect();
        threads.into_iter().map(|thread| thread.join().expect("nobody panicked")).collect()
    });
    assert_eq!(statuses.iter().filter(|status| **status == 201).count(), 1, "{statuses:?}");
}

/// sqlx by itself.
enum Floor {
    Sqlite(SqlitePool),
    Postgres(PgPool),
}

const INSERTS: [&str; 5] = [
    "insert into reservation (uid, title, holder, surface, channel, starts_at, ends_at, status, wanted, acts, due_at,
        href, body, change_no, created_at, changed_at) values ($1, 'kernel tests', 'person1', 'http', 'caldav',
        $2 * 1000, $3 * 1000, 'booked', '[{\"count\":1,\"key\":\"node/lab/pve1\",\"name\":\"pve1\"}]',
        '{\"end\":\"nothing\",\"snapshot\":false,\"start\":false}', $2 * 1000, $1, $4, $2, $2, $2) returning id",
    "insert into reservation_claim (reservation, resource, from_s, to_s) values ($1, $2, $3, $4)",
    "insert into reservation_resource (reservation, resource) values ($1, $2)",
    "insert into audit (at, who, identity, channel, what, line, target, outcome, detail) values ($2, 'person1',
        'http:person1', 'http:caldav', 'reserve new', $1, 'reservation of pve1', 'done',
        '{\"jobs\":[],\"secret_revealed\":false}') returning id",
    "insert into audit_unsealed (row_id) values ($1)",
];

/// One booking's rows, on a transaction that was begun.
macro_rules! rows {
    ($tx:expr, $uid:expr, $body:expr, $node:expr, $from_s:expr) => {{
        let to_s = $from_s + HOUR_S / 2;
        let made = sqlx::query_scalar(INSERTS[0]).bind($uid).bind($from_s).bind(to_s).bind($body);
        let id: i64 = made.fetch_one(&mut *$tx).await.expect("written");
        let claim = sqlx::query(INSERTS[1]).bind(id).bind($node).bind($from_s).bind(to_s);
        claim.execute(&mut *$tx).await.expect("written");
        sqlx::query(INSERTS[2]).bind(id).bind($node).execute(&mut *$tx).await.expect("written");
        let line = format!("/reserve new what=node/lab/pve1 from=2026-01-01T00:00Z title=\"kernel tests\" {}", $uid);
        let audit = sqlx::query_scalar(INSERTS[3]).bind(line).bind($from_s);
        let row: i64 = audit.fetch_one(&mut *$tx).await.expect("written");
        sqlx::query(INSERTS[4]).bind(row).execute(&mut *$tx).await.expect("written");
        $tx.commit().await.expect("committed");
    }};
}

impl Floor {
    async fn open(url: &str) -> Self {
        Store::open(&settings(url)).await.expect("a database of ours").close().await;
        let people = u32::try_from(PEOPLE).expect("few");
        let floor = match url.strip_prefix("sqlite://") {
            Some(path) => {
                let options = SqliteConnectOptions::new()
                    .filename(path)
                    .journal_mode(SqliteJournalMode::Wal)
                    .synchronous(SqliteSynchronous::Full)
                    .foreign_keys(true);
                // There is one writer; more connections would sleep until it is their turn.
                Self::Sqlite(SqlitePoolOptions::new().max_connections(1).connect_lazy_with(options))
            }
            None => Self::Postgres(PgPoolOptions::new().max_connections(people).connect_lazy(url).expect("a URL")),
        };
        for node in 1..=NODES {
            let sql = format!("insert into resource (kind, key, name) values ('node', 'node/lab/{node}', 'pve{node}')");
            let sql = raw_sql(sqlx::AssertSqlSafe(sql));
            match &floor {
                Self::Sqlite(pool) => pool.execute(sql).await.map(drop),
                Self::Postgres(pool) => pool.execute(sql).await.map(drop),
            }
            .expect("made");
        }
        floor
    }

    async fn book(&self, uid: &str, (node, hour): (usize, i64)) {
        let (node, body) = (i64::try_from(node).expect("few"), event(uid, hour));
        match self {
            Self::Sqlite(pool) => {
                let mut tx = pool.begin_with("begin immediate").await.expect("a transaction");
                rows!(tx, uid, body, node, hour * HOUR_S);
            }
            Self::Postgres(pool) => {
                let mut tx = pool.begin().await.expect("a transaction");
                rows!(tx, uid, body, node, hour * HOUR_S);
            }
        }
    }

    async fn round(&self, round: usize, first_hour: i64) -> (Duration, Vec<Duration>) {
        let start = Instant::now();
        let one = async |person: usize| {
            let mut times = Vec::new();
            for n in 0..OF_EACH {
                let start = Instant::now();
                self.book(&format!("{round}-{person}-{n}@figures"), slot(round, person, n, first_hour)).await;
                times.push(start.elapsed());
            }
            times
        };
        let times = futures::future::join_all((0..PEOPLE).map(one)).await;
        (start.elapsed(), times.into_iter().flatten().collect())
    }

    async fn close(self) {
        match self {
            Self::Sqlite(pool) => pool.close().await,
            Self::Postgres(pool) => pool.close().await,
        }
    }
}
