//! The routes.

use crate::{
    api::{self, Api, Origins},
    caldav,
    error::Refused,
    feed::Feeds,
    routes::{
        discord::{self, Hear, Interactions},
        feed, health,
    },
};
use axum::{
    Router,
    middleware::from_fn_with_state,
    routing::{get, post},
};
use direttore_core::dispatch::Dispatch;
use std::{sync::Arc, time::Duration};

/// `read`: how long a body may take.
pub fn router(discord: Option<Hear>, dispatch: Option<Arc<Dispatch>>, origins: Origins, read: Duration) -> Router {
    let refused = async || Refused::NoSuchMethod;
    let mut router = Router::new().route(health::ALIVE, get(health::alive).fallback(refused));
    if let Some(hear) = discord {
        let interactions = post(discord::interactions).fallback(refused);
        router = router.route(discord::PATH, interactions.with_state(Interactions { hear, read }));
    }
    if let Some(dispatch) = dispatch {
        let ready = get(health::ready).fallback(refused);
        router = router.route(health::READY, ready.with_state(Arc::clone(&dispatch)));
        let feeds = Arc::new(Feeds::new(Arc::clone(&dispatch)));
        let new = get(feed::feed).fallback(refused).with_state(Arc::clone(&feeds));
        let old = get(feed::old).fallback(refused).with_state(feeds);
        router = router.route(feed::PATH, new).route(feed::OLD_PATH, old);
        let api = api::router(Api::new(Arc::clone(&dispatch), read));
        router = router.merge(api.layer(from_fn_with_state(origins, api::cors)));
        router = router.merge(caldav::router(dispatch, read));
    }
    router.fallback(async || Refused::NoSuchPath)
}
