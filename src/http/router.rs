//! The routes.

use crate::{
    api::{self, Api},
    caldav,
    error::Refused,
    feed::Feeds,
    routes::{
        discord::{self, Interactions},
        feed, health,
        hook::{self, Hooks},
        metrics::{self, Access, Metrics},
    },
    serve::Settings,
    track::track,
};
use axum::{
    Router,
    middleware::from_fn,
    routing::{get, post},
};
use std::sync::Arc;
use tokio::sync::watch;

/// `is_loopback`: whether only this machine can reach it.
/// `stop` tells those who follow something that the server stops.
pub fn router(settings: &Settings, is_loopback: bool, stop: watch::Receiver<bool>) -> Router {
    let (read, zone) = (settings.read, settings.naive_zone);
    let refused = async || Refused::NoSuchMethod;
    let mut router = Router::new();
    let alive = get(health::alive).fallback(refused);
    router = router.route(health::ALIVE, alive.with_state(settings.is_simulated));
    if let Some(hear) = settings.discord.clone() {
        let interactions = post(discord::interactions).fallback(refused);
        router = router.route(discord::PATH, interactions.with_state(Interactions { hear, read }));
    }
    if let Some(dispatch) = settings.dispatch.clone() {
        let ready = get(health::ready).fallback(refused);
        router = router.route(health::READY, ready.with_state(Arc::clone(&dispatch)));
        if let Some(access) = Access::of(settings.metrics_token.as_deref(), is_loopback) {
            let shown = get(metrics::metrics).fallback(refused);
            let served = Metrics { access, dispatch: Arc::clone(&dispatch) };
            router = router.route(metrics::PATH, shown.with_state(served));
        }
        let hooks = Hooks::new(Arc::clone(&dispatch), read);
        let hook = post(hook::post).fallback(refused).with_state(hooks);
        router = router.route(hook::PATH, hook);
        let feeds = Arc::new(Feeds::new(Arc::clone(&dispatch)));
        let new = get(feed::feed).fallback(refused).with_state(Arc::clone(&feeds));
        router = router.route(feed::PATH, new);
        let api = Api::new(Arc::clone(&dispatch), feeds, (read, zone), settings.origins.clone(), stop);
        router = router.merge(api::router(api, settings.explorer));
        router = router.merge(caldav::router(dispatch, read));
    }
    router.fallback(async || Refused::NoSuchPath).layer(from_fn(track))
}
