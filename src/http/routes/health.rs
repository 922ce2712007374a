//! `/healthz` and `/readyz`: whether the process lives, and whether it can work. For whoever restarts it, or sends it
//! requests.

use axum::{
    Json,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use direttore_core::dispatch::Dispatch;
use direttore_store::account;
use serde_json::json;
use std::{sync::Arc, time::Duration};
use tokio::time::timeout;

pub const ALIVE: &str = "/healthz";
pub const READY: &str = "/readyz";

/// A database that takes longer to answer a small question helps nobody.
const PATIENCE: Duration = Duration::from_secs(2);

/// As the first direttore said it; `mock_mode` is whether the lab is a simulated one.
pub async fn alive(State(is_simulated): State<bool>) -> Response {
    Json(json!({ "status": "ok", "mock_mode": is_simulated })).into_response()
}

pub async fn ready(State(dispatch): State<Arc<Dispatch>>) -> Response {
    let asked = timeout(PATIENCE, async {
        let mut tx = dispatch.store.read().await?;
        account::any(&mut tx).await
    });
    match asked.await {
        Ok(Ok(_)) => (StatusCode::OK, well(&dispatch)).into_response(),
        Ok(Err(error)) => {
            // What exactly is wrong with it is for the log; anybody may ask here.
            tracing::warn!("not ready: the database does not answer: {error}");
            (StatusCode::SERVICE_UNAVAILABLE, "the database does not answer\n").into_response()
        }
        Err(_) => (StatusCode::SERVICE_UNAVAILABLE, "the database does not answer in time\n").into_response(),
    }
}

/// What works here works without the surfaces that do not. Why they do not is for the log.
fn well(dispatch: &Dispatch) -> String {
    let stopped = dispatch.stopped().into_iter().map(|(surface, _)| format!("{surface} is stopped\n"));
    std::iter::once("ready\n".to_owned()).chain(stopped).collect()
}
