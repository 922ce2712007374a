//! The REST interface, on the paths and in the forms of the first direttore (`/api/…`), so that scripts written for it
//! go on working. What those did wrong is not copied: `docs/api.md` names the differences.
//!
//! [`enter`] knows who asks, [`input`] reads what is given, [`detail`] says what is refused; the other files have a path
//! each. Writes are commands that the dispatch carries out, and the call is their confirmation.

mod auth;
mod cors;
mod detail;
mod enter;
mod explorer;
mod given;
mod guests;
mod headers;
mod input;
mod inventory;
mod kept;
mod nodes;
mod oidc;
mod once;
mod openapi;
mod reservations;
mod shapes;
mod time;
mod users;
mod v1;
mod whole;

pub use cors::Origins;
pub use headers::guarded;

use crate::{error::Refused, feed::Feeds, limit::Limit};
use axum::{
    Router,
    http::{HeaderMap, Uri},
    middleware::from_fn_with_state,
    response::{IntoResponse, Response},
    routing::{MethodRouter, any, get},
};
use direttore_core::dispatch::Dispatch;
use direttore_domain::Zone;
use kept::Kept;
use std::{net::IpAddr, ops::Deref, sync::Arc, time::Duration};
use tokio::sync::watch;

/// What the routes are answered from. Cheap to clone: each request does it several times.
#[derive(Clone)]
pub struct Api(Arc<Parts>);

pub struct Parts {
    pub dispatch: Arc<Dispatch>,
    /// How long a body may take.
    read: Duration,
    /// Of times without an offset.
    zone: Zone,
    feeds: Arc<Feeds>,
    kept: Kept,
    wrong: Wrong,
    /// Web pages that may ask.
    origins: Origins,
    follow: Arc<v1::Follow>,
    /// True when the server stops.
    stop: watch::Receiver<bool>,
}

impl Deref for Api {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.0
    }
}

/// Who was wrong how often: from an address, as an account, and as an account from an address.
struct Wrong {
    addresses: Limit<IpAddr>,
    names: Limit<String>,
    pairs: Limit<(String, IpAddr)>,
    /// Who began to sign in by the identity provider, and has not come back.
    unfinished: Limit<IpAddr>,
}

impl Api {
    pub fn new(
        dispatch: Arc<Dispatch>,
        feeds: Arc<Feeds>,
        (read, zone): (Duration, Zone),
        origins: Origins,
        stop: watch::Receiver<bool>,
    ) -> Self {
        let seconds = Duration::from_secs;
        let wrong = Wrong {
            addresses: Limit::new(30, seconds(2)),
            // Guesses from everywhere: higher, so that nobody locks somebody else out by a handful of them.
            names: Limit::new(100, seconds(6)),
            pairs: Limit::new(10, seconds(30)),
            unfinished: Limit::new(30, seconds(20)),
        };
        let (kept, follow) = (Kept::default(), Arc::default());
        Self(Arc::new(Parts { dispatch, read, zone, feeds, kept, wrong, origins, follow, stop }))
    }
}

/// The routes, and their names for tests that go through all of them.
macro_rules! routes {
    ($($path:literal: $($method:ident $handler:path),+;)+) => {
        /// Method and path of every route, as `get` and `/api/users/{id}`.
        pub const ROUTES: &[(&str, &str)] = &[$($((stringify!($method), $path)),+),+];

        fn table() -> Router<Api> {
            Router::new()$(.route($path, MethodRouter::new()$(.$method($handler))+.fallback(no_such_method)))+
        }
    };
}

routes! {
    "/api/auth/token": post auth::token;
    "/api/auth/refresh": post auth::refresh;
    "/api/auth/logout": post auth::logout;
    "/api/auth/me": get auth::me;
    "/api/auth/oidc/login": get oidc::login;
    "/api/auth/oidc/callback": get oidc::callback;
    "/api/users": get users::list, post users::create;
    "/api/users/": get users::list, post users::create;
    "/api/users/{id}": patch users::change, delete users::delete;
    "/api/proxmox/nodes": get nodes::list;
    "/api/proxmox/nodes/{node}/networks": get nodes::networks;
    "/api/proxmox/nodes/{node}/storage": get nodes::storage;
    "/api/proxmox/nodes/{node}/templates": get nodes::templates;
    "/api/proxmox/nodes/{node}/vms": get nodes::vms, post guests::make_vm;
    "/api/proxmox/nodes/{node}/vms/{vmid}/{action}": post guests::act_on_vm;
    "/api/proxmox/nodes/{node}/lxc": get nodes::containers, post guests::make_container;
    "/api/proxmox/nodes/{node}/lxc/{vmid}/{action}": post guests::act_on_container;
    "/api/proxmox/tasks/{node}/{upid}": get nodes::task;
    "/api/inventory/netbox-status": get inventory::status;
    "/api/inventory/devices": get inventory::devices;
    "/api/inventory/ip-addresses": get inventory::addresses;
    "/api/inventory/prefixes": get inventory::prefixes;
    "/api/inventory/prefixes/{id}/allocate": post inventory::allocate;
    "/api/inventory/vlans": get inventory::vlans;
    "/api/reservations": get reservations::list, post reservations::create;
    "/api/reservations/": get reservations::list, post reservations::create;
    "/api/reservations/export/ical": get reservations::calendar;
    "/api/reservations/{id}": get reservations::show, patch reservations::change, delete reservations::delete;
    "/api/v1/commands": get v1::commands::list;
    "/api/v1/commands/{*path}": get v1::commands::show, post v1::commands::give;
    "/api/v1/plans/{id}": delete v1::plans::forget;
    "/api/v1/plans/{id}/confirm": post v1::plans::confirm;
    "/api/v1/jobs/{id}": get v1::jobs::show;
}

async fn no_such_method(uri: Uri) -> Response {
    match given::is_v1(uri.path()) {
        true => v1::Problem::from(Refused::NoSuchMethod).into_response(),
        false => Refused::NoSuchMethod.into_response(),
    }
}

/// `explorer`: whether there is a page to look at it all.
pub fn router(api: Api, explorer: bool) -> Router {
    let described = || get(openapi::show).fallback(no_such_method);
    let mut table = table().route("/api/openapi.json", described()).route("/openapi.json", described());
    for (path, page) in explorer::PAGES.iter().filter(|_| explorer) {
        table = table.route(path, get(async |headers: HeaderMap| page.answer(&headers)).fallback(no_such_method));
    }
    table
        .route("/api/v1/{*rest}", any(async || v1::nothing()))
        .layer(from_fn_with_state(api.clone(), whole::whole))
        .with_state(api)
}
