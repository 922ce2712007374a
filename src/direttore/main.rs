//! direttore: one bot that conducts a lab.
//!
//! `cli` says what can be asked at the shell, `config` what can be configured, `app` puts the parts together; each other
//! file is one subcommand.

mod app;
mod audit;
mod chat;
mod check;
mod cli;
mod config;
mod demo;
mod descriptors;
mod discord;
mod exit;
mod import;
mod logs;
mod matrix;
mod network;
mod oidc;
mod reference;
mod rules;
mod serve;
mod simulate;
mod telemetry;
mod template;
mod user;

use clap::Parser;
use std::process::ExitCode;

/// Of the libraries in C too. It takes less memory after many were answered at once than glibc's does, and half the time;
/// how it is told to give memory back stands in `.cargo/config.toml`.
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

fn main() -> ExitCode {
    // Two providers may come into one process through different crates; rustls then wants to be told which.
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let cli = cli::Cli::parse();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    match runtime {
        Ok(runtime) => runtime.block_on(cli.run()),
        Err(error) => {
            eprintln!("direttore: the runtime cannot be started: {error}");
            ExitCode::FAILURE
        }
    }
}
