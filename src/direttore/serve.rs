//! `direttore serve`: the bot, until it is told to stop.

use crate::{app, cli::ConfigFile, exit::Exit, logs};
use direttore_core::{Clock, dispatch::first_admin};
use std::process::ExitCode;
use tokio::signal::unix::{SignalKind, signal};

pub async fn run(file: &ConfigFile) -> Result<ExitCode, Exit> {
    let config = file.load()?;
    logs::start(&config.log);
    if config.proxmox.is_empty() {
        return Err(Exit::wrong(
            "no Proxmox cluster is configured; [[proxmox]] needs a name, hosts and a token (see `direttore config --example`)",
        ));
    }
    let mut stop = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let app = app::start(&config, Clock::default()).await?;
    let given = config.admin.password.as_ref().map(|p| p.reveal());
    let dispatch = &app.dispatch;
    let made = first_admin(&dispatch.store, &dispatch.passwords, &dispatch.clock, &config.admin.name, given).await;
    if let Some(password) = made.map_err(Exit::failed)? {
        // Once, and not to the log: logs are kept and sent away.
        println!("The first administrator is {}, the password {password} is shown only now.", config.admin.name);
    }
    tracing::info!("direttore serves {} cluster(s)", config.proxmox.len());
    tokio::select! {
        _ = stop.recv() => {}
        _ = interrupt.recv() => {}
    }
    dispatch.flush().await;
    tracing::info!("stopped; unfinished jobs go on with the next start");
    Ok(ExitCode::SUCCESS)
}
