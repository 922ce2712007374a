//! Interactions by the gateway: one shard, no intents, nothing cached.
//!
//! serenity connects again by itself, at once and for ever, and spawns tasks that nobody can end. So it lives in a
//! runtime of its own that ends with the connection, and the address of the gateway is behind a gate: whoever connects
//! must lock it, and it is unlocked for one try at a time, after a pause that grows with the tries.

use crate::{
    surface::{Inner, is_connected},
    typed,
};
use serenity::{
    all::{Event, GatewayIntents, ShardManager, ShardManagerOptions},
    async_trait,
    client::{Context, RawEventHandler},
    gateway::GatewayError,
    prelude::TypeMap,
};
use std::{sync::Arc, time::Duration};
use tokio::{
    runtime::{Builder, Runtime},
    sync::{Mutex, RwLock, oneshot, watch},
    time::{Instant, sleep},
};

/// How often the gate is looked at.
const TICK: Duration = Duration::from_millis(250);

/// Connected while this process leads, as long as the task lives or Discord refuses for good.
pub(crate) async fn run(inner: Arc<Inner>) {
    let mut leads = inner.leads.subscribe();
    let mut pause = Pause::new(inner.settings.paces.back_off);
    is_connected(false);
    loop {
        if leads.wait_for(|leads| *leads).await.is_err() {
            return;
        }
        let url = match inner.transport.gateway().await {
            Ok(url) => url,
            Err(error) if error.is_temporary() => {
                tracing::warn!("the gateway of Discord is not known yet: {error}");
                sleep(pause.next()).await;
                continue;
            }
            Err(error) => return tracing::error!("there will be no connection to Discord: {error}"),
        };
        let ended = connection(&inner, url, &mut leads, &mut pause).await;
        is_connected(false);
        if let Err(why) = ended {
            return tracing::error!("Discord closed the gateway for good: {why}");
        }
    }
}

/// Holds a connection until another process leads.
async fn connection(
    inner: &Arc<Inner>,
    url: String,
    leads: &mut watch::Receiver<bool>,
    pause: &mut Pause,
) -> Result<(), String> {
    let runtime = Builder::new_multi_thread().worker_threads(1).thread_name("discord").enable_all().build();
    let runtime = Own(Some(runtime.map_err(|e| e.to_string())?));
    let url = Arc::new(Mutex::new(url));
    // Before serenity can want it.
    let locked = Arc::clone(&url).lock_owned().await;
    let (ended, end) = oneshot::channel();
    let (ear, http) = (Arc::new(Ear(Arc::clone(inner))), inner.transport.http());
    runtime.spawn(async move {
        let (manager, mut returned) = ShardManager::new(ShardManagerOptions {
            data: Arc::new(RwLock::new(TypeMap::new())),
            event_handlers: vec![],
            raw_event_handlers: vec![ear],
            shard_index: 0,
            shard_init: 1,
            shard_total: 1,
            ws_url: url,
            http,
            intents: GatewayIntents::empty(),
            presence: None,
        });
        if let Err(error) = manager.initialize() {
            tracing::error!("serenity does not start: {error}");
        }
        let _ = ended.send(futures::StreamExt::next(&mut returned).await);
    });
    tokio::select! {
        () = gate(locked, pause) => Ok(()),
        end = end => match end {
            Ok(Some(Err(error))) => Err(meant(&error)),
            _ => Err("serenity stopped".to_owned()),
        },
        _ = leads.wait_for(|leads| !leads) => Ok(()),
    }
}

/// Lets one try pass at a time; never ends.
async fn gate(mut locked: tokio::sync::OwnedMutexGuard<String>, pause: &mut Pause) {
    let url = Arc::clone(tokio::sync::OwnedMutexGuard::mutex(&locked));
    loop {
        drop(locked);
        // The lock is handed to whoever waits, in turn: when it is free at once, nobody did.
        locked = match Arc::clone(&url).try_lock_owned() {
            Ok(locked) => {
                sleep(TICK.min(pause.first)).await;
                locked
            }
            Err(_) => {
                // Whoever has it is about to connect.
                is_connected(false);
                let locked = Arc::clone(&url).lock_owned().await;
                sleep(pause.next()).await;
                locked
            }
        };
    }
}

fn meant(error: &GatewayError) -> String {
    match error {
        GatewayError::InvalidAuthentication => "it does not accept the token (4004)".to_owned(),
        GatewayError::DisallowedGatewayIntents => "it does not allow our intents (4014)".to_owned(),
        GatewayError::InvalidGatewayIntents => "it does not know our intents (4013)".to_owned(),
        other => other.to_string(),
    }
}

/// A runtime whose tasks end when this is dropped, also inside another runtime.
struct Own(Option<Runtime>);

impl std::ops::Deref for Own {
    type Target = Runtime;

    fn deref(&self) -> &Runtime {
        self.0.as_ref().expect("there until it is dropped")
    }
}

impl Drop for Own {
    fn drop(&mut self) {
        if let Some(runtime) = self.0.take() {
            runtime.shutdown_background();
        }
    }
}

struct Ear(Arc<Inner>);

#[async_trait]
impl RawEventHandler for Ear {
    async fn raw_event(&self, _: Context, event: Event) {
        match event {
            Event::Ready(_) | Event::Resumed(_) => self.0.connected(),
            event => {
                if let Some(interaction) = typed::interaction(event) {
                    self.0.hear(interaction);
                }
            }
        }
    }
}

/// Pauses that double, until one try has lasted.
struct Pause {
    first: Duration,
    longest: Duration,
    now: Duration,
    last: Option<Instant>,
}

impl Pause {
    fn new((first, longest): (Duration, Duration)) -> Self {
        Self { first, longest, now: first, last: None }
    }

    /// What is to pass after this try, before another: between half of it and the whole, so that bots which lost Discord
    /// together do not come back together.
    fn next(&mut self) -> Duration {
        let since = self.last.replace(Instant::now()).map(|last| last.elapsed());
        let has_lasted = since.is_none_or(|since| since > self.now * 2 + self.first * 60);
        self.now = if has_lasted { self.first } else { (self.now * 2).min(self.longest) };
        let mut byte = [0u8; 1];
        // Without random bytes the pause is a whole one.
        let part = if getrandom::fill(&mut byte).is_ok() { u32::from(byte[0]) } else { 255 };
        self.now / 2 + self.now / 2 * part / 255
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn tries_come_ever_slower_until_one_has_lasted() {
        let mut pause = Pause::new((Duration::from_secs(1), Duration::from_secs(300)));
        let mut whole = Duration::from_secs(1);
        for _ in 0..12 {
            let next = pause.next();
            assert!(next >= whole / 2 && next <= whole, "{next:?} of {whole:?}");
            sleep(next).await;
            whole = (whole * 2).min(Duration::from_secs(300));
        }
        sleep(Duration::from_secs(700)).await;
        assert!(pause.next() <= Duration::from_secs(1));
    }

    #[tokio::test(start_paused = true)]
    async fn the_gate_lets_one_pass_at_a_time() {
        let url = Arc::new(Mutex::new("ws://127.0.0.1:1".to_owned()));
        let locked = Arc::clone(&url).lock_owned().await;
        let gate = tokio::spawn(async move {
            gate(locked, &mut Pause::new((Duration::from_secs(1), Duration::from_secs(300)))).await
        });
        let begin = Instant::now();
        let mut passed = 0;
        // Somebody who tries again at once, for ever.
        while begin.elapsed() < Duration::from_secs(600) {
            drop(url.lock().await);
            passed += 1;
        }
        gate.abort();
        assert!((8..=12).contains(&passed), "{passed} tries in ten minutes");
    }
}
