//! What was held is kept, or taken back.

use super::Apply;
use crate::jobs::{
    device_push::{Pushing, Stage},
    step::{StepCx, StepError},
};
use direttore_domain::{Instant, PushId, PushState};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct EndPush {
    pub push: PushId,
    /// In NetBox.
    pub device: i64,
    pub keep: bool,
    /// Why it is not kept.
    #[serde(default)]
    pub why: String,
}

impl Apply for EndPush {
    const NAME: &'static str = "end-push";

    async fn apply(&self, cx: &StepCx) -> Result<Value, StepError> {
        if cx.wants_cancel() && cx.note().is_none() {
            return Err(StepError::Cancelled(None));
        }
        let pushing = Pushing::of(cx, Self::NAME, Some(self.push)).await?;
        let rows = pushing.rows().await?;
        let row = rows.iter().find(|row| row.device == self.device);
        let row = row.ok_or_else(|| StepError::Fail("there is no such push any more".to_owned()))?;
        if pushing.stage(row).await.is_none() {
            if row.state != PushState::Held {
                return Err(StepError::Fail(format!("{} does not wait for a confirmation any more", row.name)));
            }
            let reverts = Some(row.reverts).filter(|at| *at != Instant(0));
            let why = self.why.clone();
            let stage = if self.keep { Stage::Keep { reverts } } else { Stage::Back { why, reverts, was_live: true } };
            pushing.set(row, stage).await?;
        }
        let (state, why) = pushing.carry(row).await?;
        let results = json!([{ "device": row.name, "state": state, "why": why, "reverts": Instant(0) }]);
        let told = json!({ "what": "pushed", "label": pushing.name(), "push": self.push, "results": results, "meant": if self.keep { "keep" } else { "back" } });
        let is_as_meant = if self.keep { state == PushState::Done } else { state == PushState::Undone };
        if is_as_meant { Ok(told) } else { Err(StepError::Told(format!("{}: {why}", row.name), told)) }
    }
}
