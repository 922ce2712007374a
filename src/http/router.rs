//! The routes.

use crate::{
    error::Refused,
    routes::discord::{self, Hear, Interactions},
};
use axum::{Router, routing::post};
use std::time::Duration;

/// `read`: how long a body may take.
pub fn router(discord: Option<Hear>, read: Duration) -> Router {
    let mut router = Router::new();
    if let Some(hear) = discord {
        let interactions = post(discord::interactions).fallback(async || Refused::NoSuchMethod);
        router = router.route(discord::PATH, interactions.with_state(Interactions { hear, read }));
    }
    router.fallback(async || Refused::NoSuchPath)
}
