//! The chart of a guest's load.

use crate::{
    handlers::{Cx, cx::Found},
    plan::Picture,
};
use direttore_clients::proxmox::{Sample, Timeframe};
use direttore_domain::{GuestStatus, Instant};
use serde_json::{Value, json};
use std::time::Duration;

/// A reply does not wait longer for what only decorates it.
const PATIENCE: Duration = Duration::from_secs(3);

/// The last hour of a guest that runs; of one that does not the last day, which shows when it did. Nothing where no
/// picture is shown, for a template, which never runs, or when Proxmox does not tell.
pub(in crate::handlers) async fn picture(cx: &Cx, found: &Found) -> Option<Picture> {
    if !cx.shows_pictures || found.guest.is_template {
        return None;
    }
    let timeframe = if found.now.status == GuestStatus::Stopped { Timeframe::Day } else { Timeframe::Hour };
    let at = found.at();
    match tokio::time::timeout(PATIENCE, found.cluster.client.guest_rrd(&at, timeframe)).await {
        Ok(Ok(samples)) => {
            let data = data(found, timeframe, &samples, cx.clock.now());
            Some(Picture { template: "guest_chart", data })
        }
        Ok(Err(error)) => {
            tracing::debug!("no chart of {}: {error}", found.guest.label());
            None
        }
        Err(_) => {
            tracing::debug!("no chart of {}: Proxmox takes too long", found.guest.label());
            None
        }
    }
}

fn data(found: &Found, timeframe: Timeframe, samples: &[Sample], now: Instant) -> Value {
    let (guest, state) = (&found.guest, &found.now);
    // By Proxmox' clock: ours may be another.
    let to = samples.last().map_or(now, |sample| sample.at);
    json!({
        "label": guest.label(),
        "vmid": guest.vmid,
        "kind": guest.kind.to_string(),
        "status": state.status.as_str(),
        "node": guest.node,
        "cluster": guest.cluster,
        "span": format!("last {timeframe}"),
        "from": to - timeframe.span(),
        "to": to,
        "cores": state.cores,
        "memory": state.memory,
        "samples": samples,
    })
}
