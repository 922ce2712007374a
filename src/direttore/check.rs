//! `direttore check`: every connection and privilege, a table, what to do about each failure.

use crate::{app, cli::ConfigFile, exit::Exit};
use direttore_console::{Style, render};
use direttore_core::{Clock, handlers::check_all};
use serde_json::json;
use std::process::ExitCode;

pub async fn run(file: &ConfigFile) -> Result<ExitCode, Exit> {
    let config = file.load()?;
    let store = app::open_store(&config).await?;
    let lab = app::lab(&config, &Clock::default())?;
    let findings = check_all(&lab, &store).await;
    let data = direttore_core::handlers::check_data(&findings);
    let reply = direttore_reply::render("lab_check", &data, "UTC").map_err(Exit::failed)?;
    println!("{}", render(&reply, &Style::PLAIN));
    if config.proxmox.is_empty() {
        println!("No Proxmox cluster is configured: [[proxmox]] in direttore.toml.");
    }
    let ok = data["failed"] == json!(0) && !config.proxmox.is_empty();
    Ok(if ok { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
