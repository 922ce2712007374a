//! How soon `serve` answers `guest list` on Matrix: from the person's event accepted by Synapse to the answer accepted by
//! it. The floor is a bot of the same SDK that commits a row of what it heard and a row of what it will say, and says
//! a constant.
//!
//! All three talk to Synapse through one [`Front`], which notes when Synapse has accepted an event: the moment at which
//! its answer to the request is there. So both ends are seen by one clock, finer than the millisecond of Synapse' own
//! stamps, and Synapse does nothing for whoever looks. A client that syncs in the rooms would be woken together with the
//! bots, before the one and after the other, and Synapse serves one after another.

use super::{Figure, bot::Bot};
use crate::{
    front::{Front, Passed},
    synapse::{Person, Synapse},
};
use matrix_sdk::{
    Client,
    config::{SyncSettings, SyncToken},
    ruma::{
        RoomId, TransactionId,
        api::client::filter::{Filter, FilterDefinition, LazyLoadOptions, RoomEventFilter, RoomFilter},
        uint,
    },
};
use serde_json::{Value, json};
use sqlx::{
    Connection, SqliteConnection,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous},
};
use std::time::Duration;
use tempfile::TempDir;
use tokio::{
    runtime::{Builder, Runtime},
    sync::mpsc::UnboundedReceiver,
    time::{sleep, timeout},
};

const ROUNDS: usize = 300;
/// Until what they were about is settled in everybody.
const WARM_UP: usize = 20;
/// Between two commands: signs and the bots' own words are on their way for a while.
const PAUSE: Duration = Duration::from_millis(100);
const IDLE: Duration = Duration::from_secs(60);
/// Whoever does not answer within this never will.
const PATIENCE: Duration = Duration::from_secs(60);
const UNDER: f64 = 5.0;
const RESIDENT: f64 = 120.0;

pub fn figures() -> Vec<Figure> {
    let Some(synapse) = Synapse::get() else { return vec![] };
    let runtime = Builder::new_multi_thread().worker_threads(1).enable_all().build().expect("a runtime");
    runtime.block_on(measure(&synapse))
}

async fn measure(synapse: &Synapse) -> Vec<Figure> {
    let (front, passed) = Front::of(&synapse.url).await;
    let (person, bot, other) =
        (synapse.person("person").await, synapse.person("bot").await, synapse.person("floor").await);
    let (room, floor_room) = (person.room(&bot.id).await, person.room(&other.id).await);
    let _floor = Floor::start(&front.url, &other, &floor_room);
    let bot = (Bot::start_with(50, 10_000, None, &section(&front.url, &bot, &room, &person)), bot.id);
    person.until_there(&room, &bot.1).await;
    person.until_there(&floor_room, &other.id).await;
    let mut asker = Asker { person, url: front.url.clone(), http: reqwest_client(), passed, asked: 0 };
    let (mut ours, mut floor) = (vec![], vec![]);
    // In turns, so that a busy machine slows down both.
    for round in 0..WARM_UP + ROUNDS {
        for (room, times, is_ours) in [(&floor_room, &mut floor, false), (&room, &mut ours, true)] {
            let (took, said) = asker.asks(room).await;
            assert!(is_ours == is_list(&said), "{said}");
            if round >= WARM_UP {
                times.push(took);
            }
            sleep(PAUSE).await;
        }
    }
    let mut figures = compared(Spread::of(ours), Spread::of(floor));
    sleep(IDLE).await;
    figures.push(resident(&bot.0));
    figures
}

/// The configuration as it comes, for somebody who may ask.
fn section(url: &str, bot: &Person, room: &str, person: &Person) -> String {
    format!(
        "[matrix]\nhomeserver = {url:?}\nuser_id = {:?}\npassword = {:?}\nrooms = [{room:?}]\n[matrix.users]\n{:?} = \"operator\"\n",
        bot.id, bot.password, person.id
    )
}

fn reqwest_client() -> reqwest::Client {
    reqwest::Client::builder().no_proxy().build().expect("a client")
}

/// Not a refusal.
fn is_list(said: &Value) -> bool {
    let text = |key: &str| said[key].as_str().unwrap_or_default().to_owned();
    text("formatted_body").contains("<table>") && text("body").contains("guests")
}

/// Somebody who says `!guest list` to both and waits for the answer.
struct Asker {
    person: Person,
    url: String,
    http: reqwest::Client,
    passed: UnboundedReceiver<Passed>,
    asked: usize,
}

impl Asker {
    /// How long it took, and what the answer says.
    async fn asks(&mut self, room: &str) -> (Duration, Value) {
        while self.passed.try_recv().is_ok() {}
        self.asked += 1;
        let url = format!("{}/_matrix/client/v3/rooms/{room}/send/m.room.message/ask-{}", self.url, self.asked);
        let content = json!({ "msgtype": "m.text", "body": "!guest list", "m.mentions": {} });
        let sent = self.http.put(url).bearer_auth(&self.person.token).json(&content).send().await;
        assert!(sent.is_ok_and(|answer| answer.status() == 200), "it is accepted");
        let mut accepted = vec![];
        loop {
            let passed = timeout(PATIENCE, self.passed.recv()).await.expect("an answer").expect("the front is there");
            if !passed.path.contains("/send/m.room.message/") || passed.status != 200 {
                continue;
            }
            accepted.push((passed.answer()["event_id"].clone(), passed.asked(), passed.at));
            let Some((asked, _, from)) = accepted.iter().find(|(_, said, _)| *said == content) else { continue };
            let answers = accepted.iter().find(|(_, said, _)| said["m.relates_to"]["event_id"] == *asked);
            if let Some((_, said, to)) = answers {
                return (to.duration_since(*from), said.clone());
            }
        }
    }
}

/// The middle of many, and between which two the middle half of them lies.
#[derive(Clone, Copy)]
struct Spread {
    median: Duration,
    quartiles: (Duration, Duration),
}

impl Spread {
    fn of(mut times: Vec<Duration>) -> Self {
        times.sort();
        let at = |quarter: usize| times[times.len() * quarter / 4];
        Self { median: at(2), quartiles: (at(1), at(3)) }
    }
}

impl std::fmt::Display for Spread {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:.1?} ({:.1?} to {:.1?})", self.median, self.quartiles.0, self.quartiles.1)
    }
}

fn compared(ours: Spread, floor: Spread) -> Vec<Figure> {
    println!("floor: {floor} from a command to a constant of the same SDK, median and middle half");
    let more = (ours.median.as_secs_f64() - floor.median.as_secs_f64()) * 1000.0;
    vec![
        Figure {
            name: "guest list on Matrix, accepted to accepted, median",
            wanted: "(told)".to_owned(),
            measured: ours.to_string(),
            holds: true,
        },
        Figure {
            name: "  above the floor's median",
            wanted: format!("< {UNDER} ms"),
            measured: format!("{more:.2} ms"),
            holds: more < UNDER,
        },
    ]
}

fn resident(bot: &Bot) -> Figure {
    let (resident, own, peak) = (bot.memory("VmRSS"), bot.memory("RssAnon"), bot.memory("VmHWM"));
    Figure {
        name: "serve idle, 10,000 guests, Matrix, after all those",
        wanted: format!("< {RESIDENT} MiB"),
        measured: format!("{resident:.1} MiB ({own:.1} of it heap and stacks, peak {peak:.1})"),
        holds: resident < RESIDENT,
    }
}

/// A bot of the SDK's own, on threads of its own.
struct Floor {
    runtime: Option<Runtime>,
    /// Its store and its rows.
    _folder: TempDir,
}

impl Floor {
    fn start(url: &str, bot: &Person, room: &str) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let runtime = Builder::new_multi_thread().enable_all().build().expect("a runtime");
        let (url, user, password) = (url.to_owned(), bot.id.clone(), bot.password.clone());
        let (room, path) = (room.to_owned(), folder.path().to_owned());
        runtime.spawn(async move {
            let builder = Client::builder().homeserver_url(&url).respect_login_well_known(false);
            let client = builder.sqlite_store(path.join("store"), None).build().await.expect("a client");
            let login = client.matrix_auth().login_username(&user, &password);
            login.initial_device_display_name("floor").await.expect("it signs in");
            client.encryption().wait_for_e2ee_initialization_tasks().await;
            let rows = Rows::open(&path.join("rows.db")).await;
            let room = RoomId::parse(&room).expect("a room");
            client.join_room_by_id(&room).await.expect("it is invited");
            answer(&client, &room, &user, rows).await;
        });
        Self { runtime: Some(runtime), _folder: folder }
    }
}

impl Drop for Floor {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

/// As our surface asks for it.
fn settings(since: Option<String>) -> SyncSettings {
    let (mut timeline, mut state) = (RoomEventFilter::default(), RoomEventFilter::default());
    timeline.limit = Some(uint!(100));
    state.lazy_load_options = LazyLoadOptions::Enabled { include_redundant_members: false };
    let mut room = RoomFilter::default();
    (room.timeline, room.state, room.ephemeral) = (timeline, state, RoomEventFilter::ignore_all());
    let mut filter = FilterDefinition::default();
    (filter.room, filter.presence) = (room, Filter::ignore_all());
    let wait = if since.is_some() { Duration::from_secs(30) } else { Duration::ZERO };
    let token = since.map_or(SyncToken::NoToken, SyncToken::Specific);
    SyncSettings::new().token(token).timeout(wait).filter(filter.into())
}

/// Answers everything that others say, for ever.
async fn answer(client: &Client, room: &RoomId, me: &str, mut rows: Rows) {
    let mut since = None;
    loop {
        let brought = client.sync_once(settings(since.clone())).await.expect("Synapse is there");
        // What was said before is not for it.
        let events = brought.rooms.joined.get(room).filter(|_| since.is_some());
        for event in events.iter().flat_map(|update| &update.timeline.events) {
            let event: Value = serde_json::from_str(event.raw().json().get()).expect("JSON");
            if event["type"] == "m.room.message" && event["sender"] != me {
                rows.heard(&event).await;
                let content = constant(&event);
                rows.says(&event, &content).await;
                let room = client.get_room(room).expect("it is there");
                let txn = format!("answer-{}", event["event_id"].as_str().expect("an id"));
                let sent = room.send_raw("m.room.message", content).with_transaction_id(<&TransactionId>::from(&*txn));
                sent.await.expect("it is accepted");
            }
        }
        since = Some(brought.next_batch);
    }
}

fn constant(event: &Value) -> Value {
    json!({
        "msgtype": "m.notice", "body": "no guests", "m.mentions": {},
        "m.relates_to": {
            "rel_type": "m.thread", "event_id": event["event_id"], "is_falling_back": true,
            "m.in_reply_to": { "event_id": event["event_id"] },
        },
    })
}

/// What was heard, before anything is done about it, and what is to be said, before it is: a commit each.
struct Rows(SqliteConnection);

impl Rows {
    async fn open(file: &std::path::Path) -> Self {
        let options = SqliteConnectOptions::new().filename(file).create_if_missing(true);
        let options = options.journal_mode(SqliteJournalMode::Wal).synchronous(SqliteSynchronous::Full);
        let mut db = SqliteConnection::connect_with(&options).await.expect("the database opens");
        for table in ["heard", "said"] {
            let table = format!("create table {table} (event text primary key, body text not null)");
            sqlx::query(sqlx::AssertSqlSafe(table)).execute(&mut db).await.expect("a table");
        }
        Self(db)
    }

    async fn heard(&mut self, event: &Value) {
        self.put("insert into heard values ($1, $2)", event, event).await;
    }

    async fn says(&mut self, event: &Value, content: &Value) {
        self.put("insert into said values ($1, $2)", event, content).await;
    }

    async fn put(&mut self, sql: &'static str, event: &Value, body: &Value) {
        let query = sqlx::query(sql).bind(event["event_id"].as_str()).bind(body.to_string());
        query.execute(&mut self.0).await.expect("a row");
    }
}
