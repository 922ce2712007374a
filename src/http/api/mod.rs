//! The REST interface, on the paths and in the forms of the first direttore (`/api/…`), so that scripts written for it
//! go on working. What those did wrong is not copied: `docs/api.md` names the differences.
//!
//! [`enter`] knows who asks, [`input`] reads what is given, [`detail`] says what is refused; the other files have a path
//! each. Writes are commands that the dispatch carries out, and the call is their confirmation.

mod auth;
mod cors;
mod detail;
mod enter;
mod guests;
mod input;
mod nodes;
mod once;
mod users;
mod v1;

pub use cors::{Origins, cors};

use crate::{error::Refused, limit::Limit};
use axum::{
    Router,
    middleware::from_fn_with_state,
    routing::{MethodRouter, delete, get, post},
};
use direttore_core::dispatch::Dispatch;
use std::{net::IpAddr, sync::Arc, time::Duration};

/// What the routes are answered from.
#[derive(Clone)]
pub struct Api {
    pub dispatch: Arc<Dispatch>,
    /// How long a body may take.
    read: Duration,
    wrong: Arc<Wrong>,
    follow: Arc<v1::Follow>,
}

/// Who was wrong how often: from an address, as an account, and as an account from an address.
struct Wrong {
    addresses: Limit<IpAddr>,
    names: Limit<String>,
    pairs: Limit<(String, IpAddr)>,
}

impl Api {
    pub fn new(dispatch: Arc<Dispatch>, read: Duration) -> Self {
        let seconds = Duration::from_secs;
        let wrong = Wrong {
            addresses: Limit::new(30, seconds(2)),
            // Guesses from everywhere: higher, so that nobody locks somebody else out by a handful of them.
            names: Limit::new(100, seconds(6)),
            pairs: Limit::new(10, seconds(30)),
        };
        Self { dispatch, read, wrong: Arc::new(wrong), follow: Arc::default() }
    }
}

pub fn router(api: Api) -> Router {
    let refused = |methods: MethodRouter<Api>| methods.fallback(async || Refused::NoSuchMethod);
    let users = || refused(get(users::list).post(users::create));
    Router::new()
        .route("/api/auth/token", refused(post(auth::token)))
        .route("/api/auth/refresh", refused(post(auth::refresh)))
        .route("/api/auth/logout", refused(post(auth::logout)))
        .route("/api/auth/me", refused(get(auth::me)))
        .route("/api/users", users())
        .route("/api/users/", users())
        .route("/api/users/{id}", refused(delete(users::delete).patch(users::change)))
        .route("/api/proxmox/nodes", refused(get(nodes::list)))
        .route("/api/proxmox/nodes/{node}/networks", refused(get(nodes::networks)))
        .route("/api/proxmox/nodes/{node}/storage", refused(get(nodes::storage)))
        .route("/api/proxmox/nodes/{node}/templates", refused(get(nodes::templates)))
        .route("/api/proxmox/nodes/{node}/vms", refused(get(nodes::vms).post(guests::make_vm)))
        .route("/api/proxmox/nodes/{node}/vms/{vmid}/{action}", refused(post(guests::act_on_vm)))
        .route("/api/proxmox/nodes/{node}/lxc", refused(get(nodes::containers).post(guests::make_container)))
        .route("/api/proxmox/nodes/{node}/lxc/{vmid}/{action}", refused(post(guests::act_on_container)))
        .route("/api/proxmox/tasks/{node}/{upid}", refused(get(nodes::task)))
        .merge(v1::router())
        .layer(from_fn_with_state(api.clone(), once::once))
        .with_state(api)
}
