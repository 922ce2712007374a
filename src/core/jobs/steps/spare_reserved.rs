//! A guest that is destroyed when a window ends is spared if somebody has it next. Booking it is refused from here on
//! until the job is over, so nobody is given a guest that is about to go.

use super::{Apply, ENOUGH, guest::GuestId};
use crate::{
    jobs::step::{StepCx, StepError},
    reserve::{self, SPARE},
};
use direttore_domain::{ReservationId, ResourceKey, Window, Zone};
use direttore_store::{
    StoreError, claim,
    reservation::{self, Reservation},
    resource,
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SpareReserved {
    pub guest: GuestId,
    /// At whose end it is destroyed.
    pub after: ReservationId,
}

impl Apply for SpareReserved {
    const NAME: &'static str = SPARE;
    /// Without it the note of a job that failed would keep the guest from everybody when it is tried again.
    const CLEANS_UP: bool = true;

    async fn apply(&self, cx: &StepCx) -> Result<Value, StepError> {
        // First: who books before it is seen by the look, who books after it sees it.
        cx.save_note(Some(json!({ "after": self.after }))).await?;
        let next = self.next(cx).await.map_err(|e| StepError::Retry(e.to_string()))?;
        Ok(next.map_or(Value::Null, |next| self.spared(&next)))
    }

    async fn undo(&self, _: &StepCx, _: &Value) -> Result<(), StepError> {
        Ok(())
    }
}

impl SpareReserved {
    /// Whose it is next, and whether they are to be told.
    async fn next(&self, cx: &StepCx) -> Result<Option<(Reservation, bool)>, StoreError> {
        let key = ResourceKey::Guest(self.guest.cluster.clone(), self.guest.vmid);
        let mut tx = cx.store.write().await?;
        let Some(resource) = resource::by_key(&mut tx, &key).await? else { return Ok(None) };
        // Who is about to book it is waited for.
        claim::lock(&mut tx, &[resource.id], false).await?;
        let next = reserve::next_of(&mut tx, &resource, self.after, cx.clock.now()).await?;
        let Some(next) = next else { return Ok(None) };
        // Of one's own that comes next nobody needs to be told, and who stands in line is told when it is theirs.
        let own = reservation::get(&mut tx, self.after).await?.and_then(|held| held.account_id);
        let is_news = next.status.holds_slot() && next.account_id != own;
        Ok(Some((next, is_news)))
    }

    fn spared(&self, (next, is_news): &(Reservation, bool)) -> Value {
        let zone: Zone = next.zone.parse().unwrap_or(Zone::UTC);
        let GuestId { label, vmid, .. } = &self.guest;
        let kept = is_news.then(|| {
            json!({ "origin": next.origin, "zone": next.zone, "to": next.holder, "told": {
                "what": "kept",
                "id": next.id,
                "name": format!("{label} ({vmid})"),
                "when": Window::new(next.starts, next.ends).map(|w| reserve::window_text(w, zone)),
                "why": format!("{} was to destroy it at its end", self.after),
                "title": null, "until": null, "acts": null, "minutes": 0, "holder": next.holder, "public": false,
                "verb": "", "by": "",
            } })
        });
        json!({ ENOUGH: true, "what": "spared", "label": label, "vmid": vmid,
            "by": format!("{} of {}", next.id, next.holder), "kept": kept })
    }
}
