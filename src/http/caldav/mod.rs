//! What calendar programs speak: CalDAV (RFC 4791, 6578, 6764).

use axum::{
    Router,
    http::{StatusCode, header},
    response::IntoResponse,
    routing::any,
};
use direttore_core::dispatch::Dispatch;
use std::{sync::Arc, time::Duration};

/// Where all of it is.
const ROOT: &str = "/dav/";

pub fn router(_dispatch: Arc<Dispatch>, _read: Duration) -> Router {
    Router::new().route("/.well-known/caldav", any(async || well_known()))
}

/// Programs that know only the host are sent on, whatever method they ask by.
fn well_known() -> impl IntoResponse {
    (StatusCode::MOVED_PERMANENTLY, [(header::LOCATION, ROOT)])
}
