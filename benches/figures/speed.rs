//! Times in this process. What is compared is measured in turns, so that a busy machine slows down both.

use super::{Figure, median};
use crate::world::World;
use std::{
    hint::black_box,
    time::{Duration, Instant},
};

const ROUNDS: usize = 101;

pub fn figures() -> Vec<Figure> {
    let world = World::the();
    let (mut floor, mut cold, mut warm) = (vec![], vec![], vec![]);
    for _ in 0..ROUNDS {
        floor.push(time(|| world.floor()));
        let cx = world.cold_cx();
        cold.push(time(|| world.list_cold(&cx)));
        warm.push(time(|| world.list()));
    }
    let (cold_ratio, warm_ratio) = (ratio(&cold, &floor), ratio(&warm, &floor));
    let (floor, cold, warm) = (median(floor), median(cold), median(warm));
    let mebibytes = world.body_bytes() as f64 / f64::from(1 << 20);
    println!("floor: {floor:.1?} for {mebibytes:.1} MiB of /cluster/resources into rows, the median of {ROUNDS}");
    let against = |name, most: f64, ratio: f64, time: Duration| Figure {
        name,
        wanted: format!("<= {most} x floor"),
        measured: format!("{ratio:.3} x floor ({time:.1?})"),
        holds: ratio <= most,
    };
    let complete = ["web2-1", "r1-1", "zzz"].map(|p| median((0..ROUNDS).map(|_| time(|| world.complete(p))).collect()));
    let power = ["/power shutdown grafana-200", "/power shutdown 7510"]
        .map(|line| median((0..10 * ROUNDS).map(|_| time(|| world.power(line))).collect()));
    vec![
        against("first page of guest list by name, cold", 1.5, cold_ratio, cold),
        against("first page of guest list by name, warm", 0.05, warm_ratio, warm),
        slowest("completion of a guest name, slowest of 3", Duration::from_millis(1), &complete),
        slowest("one power command planned, slower of 2", Duration::from_micros(50), &power),
    ]
}

fn slowest(name: &'static str, under: Duration, times: &[Duration]) -> Figure {
    let slowest = times.iter().max().copied().unwrap_or_default();
    Figure { name, wanted: format!("< {under:?}"), measured: format!("{slowest:.1?}"), holds: slowest < under }
}

/// The result is dropped after the clock is stopped.
fn time<T>(act: impl FnOnce() -> T) -> Duration {
    let start = Instant::now();
    let done = black_box(act());
    let took = start.elapsed();
    drop(done);
    took
}

/// The median of the rounds' own ratios.
pub(super) fn ratio(times: &[Duration], floors: &[Duration]) -> f64 {
    median(times.iter().zip(floors).map(|(t, f)| t.as_secs_f64() / f.as_secs_f64()).collect())
}
