//! The figures of docs/performance.md: divan's table of each part, then every figure against what is wanted of it.
//!
//! `benches/run` is the command. What follows `--` are divan's own arguments; with any of them the figures are left out.

#[path = "figures/mod.rs"]
mod figures;
#[path = "../tests/support/front.rs"]
#[expect(dead_code, reason = "tests want pauses of those who ask")]
mod front;
#[path = "../tests/support/postgres.rs"]
#[expect(dead_code, reason = "tests have more ways to both databases")]
mod postgres;
mod stand_in;
#[path = "../tests/support/synapse.rs"]
#[expect(dead_code, reason = "tests ask for more")]
mod synapse;
mod world;

use divan::Bencher;
use std::process::ExitCode;
use world::World;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|a| a != "--bench").collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        [] => {
            divan::main();
            figures::print(None)
        }
        // Without divan's table.
        ["--figures"] => figures::print(None),
        ["--figures", part] => figures::print(Some(part)),
        [figures::discord::FLOOR_ALONE, addr, gateway, ca_file] => {
            figures::discord::floor(addr, gateway, ca_file);
            ExitCode::SUCCESS
        }
        // A test runner's `--test` or `--list` is divan's business too.
        _ => {
            divan::main();
            ExitCode::SUCCESS
        }
    }
}

/// A line for what cannot be measured here.
fn skipped(line: &str) {
    println!("{line}");
}

#[divan::bench]
fn floor_rows_alone(bencher: Bencher<'_, '_>) {
    bencher.bench(|| World::the().floor());
}

#[divan::bench]
fn guest_list_cold(bencher: Bencher<'_, '_>) {
    bencher.with_inputs(|| World::the().cold_cx()).bench_refs(|cx| World::the().list_cold(cx));
}

#[divan::bench]
fn guest_list_warm(bencher: Bencher<'_, '_>) {
    bencher.bench(|| World::the().list());
}

#[divan::bench(args = ["web2-1", "r1-1", "zzz"])]
fn complete_guest(bencher: Bencher<'_, '_>, prefix: &str) {
    bencher.bench(|| World::the().complete(prefix));
}

/// What the largest picture, 25 nodes of 50, costs the thread that draws it.
#[divan::bench]
fn draw_lab_status(bencher: Bencher<'_, '_>) {
    bencher
        .with_inputs(|| World::the().pictured())
        .bench_refs(|picture| direttore_reply::draw(picture.template, &picture.data, "UTC").expect("a picture"));
}

#[divan::bench]
fn plan_power_by_name(bencher: Bencher<'_, '_>) {
    bencher.bench(|| World::the().power("/power shutdown grafana-200"));
}

#[divan::bench]
fn plan_power_by_vmid(bencher: Bencher<'_, '_>) {
    bencher.bench(|| World::the().power("/power shutdown 7510"));
}

/// serenity's client with a limiter of its own, which each interaction of Discord gets.
#[divan::bench]
fn answers_of_an_interaction(bencher: Bencher<'_, '_>) {
    let transport = figures::discord::transport();
    bencher.with_inputs(|| "t".repeat(200)).bench_values(|token| transport.of_interaction(1, token));
}
