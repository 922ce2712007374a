//! Resident memory of `serve`, a minute after its first start: the first administrator's password was hashed, and the
//! buffer for it must have been given back. The simulated clusters are processes of their own.

use super::{
    Figure,
    bot::{Bot, TOKEN},
    discord,
};
use std::{thread::sleep, time::Duration};

const IDLE: Duration = Duration::from_secs(60);
const NODES: usize = 50;
const GUESTS: usize = 10_000;

pub fn figures() -> Vec<Figure> {
    let stand_in = discord::stand_in();
    let small = Bot::start(3, 40, None);
    let large = Bot::start(NODES, GUESTS, None);
    let connected = Bot::start(NODES, GUESTS, Some(&stand_in));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        stand_in.connected(TOKEN).await;
        // What answering leaves behind is there too: 200 people at once is what it must stand.
        stand_in.guest_lists(TOKEN, &discord::crowd(1)).await;
    });
    sleep(IDLE);
    vec![
        figure(&small, "serve idle 60 s after its first start, 3 nodes", 30.0),
        figure(&large, "the same with 50 nodes and 10,000 guests cached", 60.0),
        figure(&connected, "  and Discord connected, 200 people answered", 80.0),
    ]
}

fn figure(bot: &Bot, name: &'static str, under: f64) -> Figure {
    let resident = bot.memory("VmRSS");
    let (own, peak) = (bot.memory("RssAnon"), bot.memory("VmHWM"));
    Figure {
        name,
        wanted: format!("< {under} MiB"),
        measured: format!("{resident:.1} MiB ({own:.1} of it heap and stacks, peak {peak:.1})"),
        holds: resident < under,
    }
}
