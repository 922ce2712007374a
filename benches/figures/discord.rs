//! How soon `serve` answers `/guest list` on Discord: from the frame on the gateway to the callback, both seen by the
//! stand-in. The floor is serenity alone, which reads the same frame and sends a constant the same way.

use super::{
    Figure,
    bot::{Bot, Ended, TOKEN, alike},
    median,
};
use crate::stand_in::{APPLICATION, Answered, GUILD, StandIn};
use direttore_catalog::catalog;
use direttore_discord::{Delivery, Paces, Settings, transport::Transport};
use serde_json::{Value, json};
use serenity::{
    all::{Event, GatewayIntents, Interaction, ShardManager, ShardManagerOptions},
    async_trait,
    client::{Context, RawEventHandler},
    http::{Http, HttpBuilder},
    prelude::TypeMap,
};
use std::{process::Command, sync::Arc, time::Duration};
use tempfile::TempDir;
use tokio::{
    runtime::Builder,
    sync::{Mutex, RwLock},
    time::sleep,
};

const ROUNDS: u64 = 1000;
/// Until what they were about is settled in everybody.
const WARM_UP: u64 = 50;
const CROWD: u64 = 200;
const FLOOR: &str = "floor";
/// Between two interactions: one that finds the bot asleep is what happens most.
const PAUSE: Duration = Duration::from_millis(3);

pub fn stand_in() -> StandIn {
    StandIn::start(&Value::from(direttore_discord::commands::describe(catalog())))
}

/// The surface's road to Discord, which is never called.
pub fn transport() -> Transport {
    let settings = Settings {
        token: TOKEN.to_owned(),
        application: APPLICATION,
        guild: GUILD,
        public_key: None,
        delivery: Delivery::Gateway,
        ops_channel: None,
        audit_channel: None,
        stand_in: None,
        paces: Paces::default(),
    };
    Transport::new(&settings).expect("there is no certificate to read")
}

/// That many people, one interaction of each; interactions of another `nth` are others, the people are the same.
pub fn crowd(nth: u64) -> Vec<(u64, u64)> {
    (0..CROWD).map(|n| (id(1_000_000 * nth + n), id(n))).collect()
}

fn id(n: u64) -> u64 {
    500_000_000_000_000_000 + n
}

pub fn figures() -> Vec<Figure> {
    let stand_in = stand_in();
    let _floor = Floor::start(&stand_in);
    let _bot = Bot::start(50, 10_000, Some(&stand_in));
    let runtime = Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        stand_in.connected(FLOOR).await;
        stand_in.connected(TOKEN).await;
        let mut figures = alone(&stand_in).await;
        figures.extend(bursts(&stand_in).await);
        figures
    })
}

/// In turns, so that a busy machine slows down both.
async fn alone(stand_in: &StandIn) -> Vec<Figure> {
    let (mut floor, mut ours) = (vec![], vec![]);
    for round in 0..WARM_UP + ROUNDS {
        for (token, times) in [(FLOOR, &mut floor), (TOKEN, &mut ours)] {
            sleep(PAUSE).await;
            let said = (id(10_000_000 + 2 * round + u64::from(token == FLOOR)), id(CROWD));
            let answered = stand_in.guest_lists(token, &[said]).await;
            if round >= WARM_UP {
                assert!(token == FLOOR || is_list(&answered[0]), "{}", answered[0].body);
                times.push(answered[0].took);
            }
        }
    }
    let (late, late_floor) = (late(ours.clone()), late(floor.clone()));
    let (ours, floor) = (median(ours), median(floor));
    let most = floor.mul_f64(1.3) + Duration::from_micros(200);
    let ratio = |ours: Duration, floor: Duration| ours.as_secs_f64() / floor.as_secs_f64();
    println!("floor: {floor:.0?} from a frame to serenity's constant callback, 99 of 100 within {late_floor:.2?}");
    vec![
        Figure {
            name: "guest list on Discord, frame to callback, median",
            wanted: format!("<= {most:.0?}"),
            measured: format!("{ours:.2?}, {:.2} x floor", ratio(ours, floor)),
            holds: ours <= most,
        },
        Figure {
            name: "  99 of 100 within",
            wanted: "(told)".to_owned(),
            measured: format!("{late:.2?}, {:.2} x the floor's", ratio(late, late_floor)),
            holds: true,
        },
    ]
}

/// First from people who get their accounts by it, over connections that are still to be made; then once more.
async fn bursts(stand_in: &StandIn) -> Vec<Figure> {
    let under = Duration::from_secs(1);
    let names = ["200 people at once on Discord, new ones: slowest", "  the same people once more: slowest"];
    let mut figures = vec![];
    for (nth, name) in (1..).zip(names) {
        let answered = stand_in.guest_lists(TOKEN, &crowd(nth)).await;
        let lists = answered.iter().filter(|a| is_list(a)).count();
        let times: Vec<Duration> = answered.iter().map(|a| a.took).collect();
        let slowest = times.iter().max().copied().unwrap_or_default();
        figures.push(Figure {
            name,
            wanted: format!("< {under:?}"),
            measured: format!("{slowest:.2?}, median {:.2?}; {lists} with the list", median(times)),
            holds: slowest < under,
        });
        sleep(Duration::from_secs(1)).await;
    }
    figures
}

/// Not a refusal, and not only a promise.
fn is_list(answered: &Answered) -> bool {
    answered.body["type"] == 4 && answered.body["data"]["embeds"][0].to_string().contains("guests")
}

fn late(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times[times.len() * 99 / 100]
}

/// A bot of serenity's own: a process with the environment of ours, and in it a runtime as ours has one for serenity.
struct Floor {
    _process: Ended,
    _folder: TempDir,
}

impl Floor {
    fn start(stand_in: &StandIn) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let ca_file = folder.path().join("ca.pem");
        std::fs::write(&ca_file, &stand_in.ca_pem).expect("it can be written");
        let mut floor = Command::new(std::env::current_exe().expect("this program"));
        alike(&mut floor).arg(FLOOR_ALONE).arg(stand_in.addr.to_string()).arg(stand_in.gateway_url()).arg(ca_file);
        Self { _process: Ended::spawn(floor), _folder: folder }
    }
}

/// The argument by which this program is the floor.
pub const FLOOR_ALONE: &str = "--floor";

/// What it does then, until it is killed.
pub fn floor(addr: &str, gateway: &str, ca_file: &str) {
    let authority = std::fs::read(ca_file).expect("it was written");
    let authority = reqwest::Certificate::from_pem(&authority).expect("a certificate");
    let client = reqwest::Client::builder().https_only(true).resolve("discord.com", addr.parse().expect("an address"));
    let client = client.tls_certs_only([authority]).build().expect("a client");
    let http = Arc::new(HttpBuilder::new(FLOOR).client(client).application_id(APPLICATION.into()).build());
    let url = Arc::new(Mutex::new(gateway.to_owned()));
    let runtime = Builder::new_multi_thread().worker_threads(1).enable_all().build().expect("a runtime");
    let serenity = runtime.spawn(async move {
        let (manager, mut returned) = ShardManager::new(ShardManagerOptions {
            data: Arc::new(RwLock::new(TypeMap::new())),
            event_handlers: vec![],
            raw_event_handlers: vec![Arc::new(Constant(Arc::clone(&http)))],
            shard_index: 0,
            shard_init: 1,
            shard_total: 1,
            ws_url: url,
            http,
            intents: GatewayIntents::empty(),
            presence: None,
        });
        manager.initialize().expect("serenity starts");
        futures::StreamExt::next(&mut returned).await
    });
    let _ = runtime.block_on(serenity);
}

/// Answers everything alike.
struct Constant(Arc<Http>);

#[async_trait]
impl RawEventHandler for Constant {
    async fn raw_event(&self, _: Context, event: Event) {
        let Event::InteractionCreate(created) = event else { return };
        let Interaction::Command(command) = created.interaction else { return };
        let body = json!({"type": 4, "data": {"content": "no guests", "flags": 64}});
        let answered = self.0.create_interaction_response(command.id, &command.token, &body, vec![]).await;
        answered.expect("it is taken");
    }
}
