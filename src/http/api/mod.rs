//! The REST interface, on the paths and in the forms of the first direttore (`/api/…`), so that scripts written for it
//! go on working. What those did wrong is not copied: `docs/api.md` names the differences.
//!
//! [`enter`] knows who asks, [`input`] reads what is given, [`detail`] says what is refused; the other files have a path
//! each. Writes are commands that the dispatch carries out, and the call is their confirmation.

mod auth;
mod cors;
mod detail;
mod enter;
mod input;
mod inventory;
mod kept;
mod reservations;
mod time;
mod users;

pub use cors::{Origins, cors};

use crate::{error::Refused, feed::Feeds, limit::Limit};
use axum::{
    Router,
    routing::{MethodRouter, delete, get, post},
};
use direttore_core::dispatch::Dispatch;
use direttore_domain::Zone;
use kept::Kept;
use std::{net::IpAddr, sync::Arc, time::Duration};

/// What the routes are answered from.
#[derive(Clone)]
pub struct Api {
    pub dispatch: Arc<Dispatch>,
    /// How long a body may take.
    read: Duration,
    /// Of times without an offset.
    zone: Zone,
    feeds: Arc<Feeds>,
    kept: Arc<Kept>,
    wrong: Arc<Wrong>,
}

/// Who was wrong how often: from an address, as an account, and as an account from an address.
struct Wrong {
    addresses: Limit<IpAddr>,
    names: Limit<String>,
    pairs: Limit<(String, IpAddr)>,
}

impl Api {
    pub fn new(dispatch: Arc<Dispatch>, feeds: Arc<Feeds>, read: Duration, zone: Zone) -> Self {
        let seconds = Duration::from_secs;
        let wrong = Wrong {
            addresses: Limit::new(30, seconds(2)),
            // Guesses from everywhere: higher, so that nobody locks somebody else out by a handful of them.
            names: Limit::new(100, seconds(6)),
            pairs: Limit::new(10, seconds(30)),
        };
        Self { dispatch, read, zone, feeds, kept: Arc::default(), wrong: Arc::new(wrong) }
    }
}

pub fn router(api: Api) -> Router {
    let refused = |methods: MethodRouter<Api>| methods.fallback(async || Refused::NoSuchMethod);
    let reservations = || refused(get(reservations::list).post(reservations::create));
    let reservation = get(reservations::show).patch(reservations::change).delete(reservations::delete);
    let users = || refused(get(users::list).post(users::create));
    Router::new()
        .route("/api/auth/token", refused(post(auth::token)))
        .route("/api/auth/refresh", refused(post(auth::refresh)))
        .route("/api/auth/logout", refused(post(auth::logout)))
        .route("/api/auth/me", refused(get(auth::me)))
        .route("/api/users", users())
        .route("/api/users/", users())
        .route("/api/users/{id}", refused(delete(users::delete).patch(users::change)))
        .route("/api/inventory/netbox-status", refused(get(inventory::status)))
        .route("/api/inventory/devices", refused(get(inventory::devices)))
        .route("/api/inventory/ip-addresses", refused(get(inventory::addresses)))
        .route("/api/inventory/prefixes", refused(get(inventory::prefixes)))
        .route("/api/inventory/prefixes/{id}/allocate", refused(post(inventory::allocate)))
        .route("/api/inventory/vlans", refused(get(inventory::vlans)))
        .route("/api/reservations", reservations())
        .route("/api/reservations/", reservations())
        .route("/api/reservations/export/ical", refused(get(reservations::calendar)))
        .route("/api/reservations/{id}", refused(reservation))
        .with_state(api)
}
