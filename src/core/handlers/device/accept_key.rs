//! `/device accept-key`: from now on a device is known by the host key that it offered last.

use super::{Cx, meant};
use crate::plan::{Change, Outcome, Plan, Say};
use direttore_domain::{Refusal, Trouble};
use direttore_store::device_key;
use serde::Deserialize;
use serde_json::json;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Input {
    device: String,
}

pub async fn plan(cx: &Cx, ask: Input) -> Result<Outcome, Trouble> {
    let meant = meant(cx, &ask.device).await?;
    let device = meant.target.name.clone();
    let mut tx = cx.store.read().await?;
    // The host before it may be the one that changed.
    for peer in meant.target.peers() {
        let Some(offered) = device_key::offered(&mut tx, &peer).await? else { continue };
        let known = device_key::get(&mut tx, &peer).await?;
        let jump = peer.strip_prefix("jump/").map(str::to_owned);
        let data = json!({
            "device": device,
            "jump": jump,
            "known": known.as_ref().map(|key| &key.fingerprint),
            "offered": offered.key.fingerprint,
            "at": offered.at,
        });
        let change = Change::AcceptKey {
            peer,
            device: device.clone(),
            fingerprint: offered.key.fingerprint.clone(),
            key: offered.key.key.clone(),
        };
        let done = Say::new("device_key_accepted", data.clone());
        return Ok(Plan::change(device, Say::new("device_key", data), vec![change], done).into());
    }
    Err(Refusal::WrongState {
        subject: device,
        verb: "be given another host key".to_owned(),
        why: "it offered none that was not accepted".to_owned(),
    }
    .into())
}
