//! Cables, as neighbours tell of them: proposed, and laid only when that is asked for and NetBox has both ends.

use super::{Known, KnownInterface, Plan, Wish, interfaces::Ids, names};
use direttore_clients::netbox::Object;
use direttore_domain::device::seen::{Neighbour, Seen};
use serde_json::{Value, json};
use std::collections::BTreeSet;

pub(super) fn cables(seen: &Seen, known: &Known, wish: &Wish, ids: &Ids, plan: &mut Plan) {
    let mut told = BTreeSet::new();
    for neighbour in &seen.neighbours {
        let Some(index) = neighbour.index else { continue };
        let Some(id) = ids.get(&index) else { continue };
        let what = format!("cable {} to {} {}", neighbour.port, neighbour.device, neighbour.their_port);
        if !told.insert(index) {
            plan.skip(what, "several neighbours are told of at this port");
            continue;
        }
        let here = id.as_u64().and_then(|id| known.interfaces.iter().find(|i| i.id == id));
        match decide(neighbour, known, here, wish) {
            Err(Some(why)) => plan.skip(what, why),
            Err(None) => plan.unchanged += 1,
            Ok(there) => {
                let end = |id: Value| json!([{ "object_type": "dcim.interface", "object_id": id }]);
                let body = json!({
                    "a_terminations": end(id.clone()), "b_terminations": end(json!(there)), "status": "connected",
                });
                plan.make(format!("cable:{}", neighbour.port), Object::Cable, body, what);
            }
        }
    }
}

/// The other end; or why there is nothing to do, where anything is to be said about it.
fn decide(
    neighbour: &Neighbour,
    known: &Known,
    here: Option<&KnownInterface>,
    wish: &Wish,
) -> Result<u64, Option<String>> {
    let peer = known.peers.iter().find(|peer| names::is_same_host(&peer.name, &neighbour.device));
    let there = peer.and_then(|peer| names::called(&neighbour.their_port, &peer.interfaces));
    if let Some(here) = here.filter(|here| here.has_cable) {
        if there.is_some_and(|there| here.peers.contains(&there.id)) {
            return Err(None);
        }
        return Err(Some("NetBox has another cable there".to_owned()));
    }
    if !wish.cables {
        return Err(Some("its neighbour protocol tells so; cables are laid only when asked for".to_owned()));
    }
    match (peer, there) {
        (None, _) => Err(Some(format!("NetBox has no device {}", neighbour.device))),
        (Some(peer), None) => Err(Some(format!("NetBox has no interface {} on {}", neighbour.their_port, peer.name))),
        (Some(_), Some(there)) if there.has_cable => Err(Some("NetBox has another cable at the other end".to_owned())),
        (Some(_), Some(there)) => Ok(there.id),
    }
}
