//! `direttore serve`: the bot, until it is told to stop.

use crate::{
    app,
    cli::ConfigFile,
    config::{Config, DiscordSection},
    descriptors, discord,
    exit::Exit,
    logs, matrix,
};
use direttore_core::{
    Clock,
    dispatch::{Dispatch, first_admin},
};
use direttore_discord::{Delivery, Discord};
use direttore_http::{Hear, Origins, Places, Server, Tls};
use std::{
    process::ExitCode,
    sync::{Arc, OnceLock},
};
use tokio::{
    net::TcpListener,
    runtime::{Builder, Runtime},
    signal::unix::{SignalKind, signal},
};

pub async fn run(file: &ConfigFile) -> Result<ExitCode, Exit> {
    let config = file.load()?;
    let traces = logs::start_traced(&config);
    if config.proxmox.is_empty() {
        return Err(Exit::wrong(
            "no Proxmox cluster is configured; [[proxmox]] needs a name, hosts and a token (see `direttore config --example`)",
        ));
    }
    let mut stop = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    if config.http.listen.is_some() {
        direttore_http::measure();
    }
    let app = app::start(&config, Clock::default()).await?;
    let given = config.admin.password.as_ref().map(|p| p.reveal());
    let dispatch = &app.dispatch;
    let made = first_admin(&dispatch.store, &dispatch.passwords, &dispatch.clock, &config.admin.name, given).await;
    if let Some(password) = made.map_err(Exit::failed)? {
        // Once, and not to the log: logs are kept and sent away.
        println!("The first administrator is {}, the password {password} is shown only now.", config.admin.name);
    }
    let surfaces = Surfaces::start(&config, dispatch).await?;
    tracing::info!("direttore serves {} cluster(s){}", config.proxmox.len(), surfaces.told());
    tokio::select! {
        _ = stop.recv() => {}
        _ = interrupt.recv() => {}
    }
    tracing::info!("stopping, once what was heard is answered");
    surfaces.stop().await;
    dispatch.flush().await;
    if let Some(traces) = traces {
        traces.end().await;
    }
    tracing::info!("stopped; unfinished jobs go on with the next start");
    Ok(ExitCode::SUCCESS)
}

/// What people and programs reach it by.
struct Surfaces {
    discord: Option<(Discord, Delivery)>,
    matrix: Option<matrix::Bot>,
    http: Option<Server>,
}

impl Surfaces {
    async fn start(config: &Config, dispatch: &Arc<Dispatch>) -> Result<Self, Exit> {
        let discord = match &config.discord {
            Some(section) => Some((bot(section, dispatch)?, section.delivery)),
            None => None,
        };
        let matrix = matrix::Bot::new(config, dispatch)?;
        // Before anything is connected: an address that is taken ends the start.
        let http = http(config, discord.as_ref(), dispatch).await?;
        if let Some((discord, _)) = &discord {
            discord.start();
        }
        if let Some(matrix) = &matrix {
            matrix.start();
        }
        Ok(Self { discord, matrix, http })
    }

    /// For the log: what is served besides the clusters.
    fn told(&self) -> String {
        let discord = match &self.discord {
            Some((_, Delivery::Gateway)) => ", Discord over the gateway",
            Some((_, Delivery::Http)) => ", Discord by HTTP",
            None => "",
        };
        let matrix = if self.matrix.is_some() { ", Matrix" } else { "" };
        let http = self.http.as_ref().map(|server| format!(", HTTP at {}", server.addr()));
        format!("{discord}{matrix}{}", http.unwrap_or_default())
    }

    /// Hears nothing new, and answers what was heard.
    async fn stop(self) {
        if let Some(http) = &self.http {
            http.stop().await;
        }
        if let Some((discord, _)) = &self.discord {
            discord.stop().await;
        }
        if let Some(matrix) = &self.matrix {
            matrix.stop().await;
        }
    }
}

fn bot(section: &DiscordSection, dispatch: &Arc<Dispatch>) -> Result<Discord, Exit> {
    // What was connected from here is used until the process ends.
    static ANSWERS: OnceLock<Runtime> = OnceLock::new();
    // With a second thread each answer begins with waking that one, in vain.
    let runtime = Builder::new_multi_thread().worker_threads(1).thread_name("answers").enable_all().build()?;
    let _inside = ANSWERS.get_or_init(|| runtime).enter();
    let discord = Discord::new(discord::settings(section), Arc::clone(dispatch));
    discord.map_err(|e| Exit::wrong(format!("discord: {e}")))
}

/// The server, when it has an address.
async fn http(
    config: &Config,
    discord: Option<&(Discord, Delivery)>,
    dispatch: &Arc<Dispatch>,
) -> Result<Option<Server>, Exit> {
    let Some(listen) = config.http.listen else { return Ok(None) };
    let hear = discord.filter(|(_, delivery)| *delivery == Delivery::Http).map(|(discord, _)| -> Hear {
        let endpoint = discord.endpoint();
        Arc::new(move |signature, timestamp, body| {
            let answer = endpoint.hear(signature, timestamp, body);
            (answer.status, answer.body)
        })
    });
    let failed = |e: std::io::Error| Exit::failed(format!("http.listen = \"{listen}\": {e}"));
    let listener = TcpListener::bind(listen).await.map_err(failed)?;
    sidecar(config, listener, hear, dispatch, false).map(Some).map_err(failed)
}

/// What people and programs are served by HTTP.
pub fn sidecar(
    config: &Config,
    listener: TcpListener,
    discord: Option<Hear>,
    dispatch: &Arc<Dispatch>,
    is_simulated: bool,
) -> std::io::Result<Server> {
    let tls = config.http.tls.clone().map(|(cert, key)| Tls { cert, key });
    let (read, stop) = (config.http.read, config.http.stop);
    let trusted = config.http.trusted_proxies.clone();
    let origins = Origins::new(config.http.cors_origins.clone());
    let naive_zone = config.http.naive_zone;
    let settings = direttore_http::Settings {
        tls,
        read,
        stop,
        discord,
        dispatch: Some(Arc::clone(dispatch)),
        origins,
        naive_zone,
        metrics_token: config.metrics.token.as_ref().map(|token| token.reveal().to_owned()),
        is_simulated,
        trusted,
        explorer: config.http.explorer,
        places: Places {
            connections: descriptors::connections(config.http.connections),
            keep_alive: config.http.keep_alive,
            write: config.http.write,
            ..Places::default()
        },
    };
    Server::start_on(listener, settings)
}
