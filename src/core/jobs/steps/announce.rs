//! Something said in a channel, because a rule says so. It is put into the outbox once, whoever dies meanwhile.

use super::Apply;
use crate::jobs::step::{StepCx, StepError};
use direttore_domain::Origin;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Announce {
    /// What the configuration calls the channel.
    pub channel: String,
    pub origin: Origin,
    /// The reply, without what only the job knows.
    pub reply: Value,
}

impl Apply for Announce {
    const NAME: &'static str = "announce";

    async fn apply(&self, cx: &StepCx) -> Result<Value, StepError> {
        if cx.wants_cancel() && cx.note().is_none() {
            return Err(StepError::Cancelled(None));
        }
        let mut reply = self.reply.clone();
        reply["id"] = json!(format!("{}.said", cx.job));
        cx.put_once(&self.origin, &reply).await?;
        Ok(json!({ "what": "announced", "label": self.channel }))
    }
}
