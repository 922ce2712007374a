//! What calendar programs speak: CalDAV (RFC 4791), with sync (6578) and discovery (6764).
//!
//! [`serve`] lets in, reads the body and goes by the method; [`path`] says what a path means. `propfind`, `proppatch`,
//! `make`, `object` and `report/` answer one method each. [`calendar::Calendar`] is what a calendar is to all of them,
//! [`plain`] the sort that an account keeps for itself, [`booked`] the sort that reserves. `ics/` reads what is in it.
//!
//! Never here: a write that does not go through `dispatch`, and a text of somebody's calendar in a log.

mod answers;
mod booked;
mod calendar;
mod filter;
mod heads;
mod ics;
mod make;
mod no;
mod object;
mod path;
mod plain;
mod propfind;
mod proppatch;
mod props;
mod report;
mod serve;
mod xml;

use crate::error::Refused;
use axum::{
    Router,
    http::{StatusCode, header},
    response::IntoResponse,
    routing::any,
};
use direttore_core::dispatch::Dispatch;
pub use props::http_date;
use serve::{Served, serve};
use std::{sync::Arc, time::Duration};

/// `read`: how long a body may take.
pub fn router(dispatch: Arc<Dispatch>, read: Duration) -> Router {
    let served = Served { dispatch, read, heads: Arc::default() };
    // Some programs ask here before, or instead of, being sent on.
    let paths = ["/principals", "/principals/", "/principals/{*rest}", "/dav", "/dav/", "/dav/{*rest}"];
    let router = paths.iter().fold(Router::new(), |router, path| router.route(path, any(serve)));
    // What a browser sees there is nothing of ours.
    let router = router.route("/", any(serve).get(async || Refused::NoSuchPath));
    router.with_state(served).route("/.well-known/caldav", any(async || well_known()))
}

/// Programs that know only the host are sent on, whatever method they ask by.
fn well_known() -> impl IntoResponse {
    (StatusCode::MOVED_PERMANENTLY, [(header::LOCATION, path::ROOT)])
}
