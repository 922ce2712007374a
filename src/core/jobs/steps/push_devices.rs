//! Some devices of a push, at once. The first step of a push has one device, and the next begins only when all went well.

use super::Apply;
use crate::jobs::{
    device_push::Pushing,
    step::{StepCx, StepError},
};
use direttore_domain::text;
use futures::future::join_all;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PushDevices {
    /// In NetBox.
    pub devices: Vec<i64>,
}

impl Apply for PushDevices {
    const NAME: &'static str = "push-devices";
    const STAYS: bool = true;

    async fn apply(&self, cx: &StepCx) -> Result<Value, StepError> {
        if cx.wants_cancel() && cx.note().is_none() {
            return Err(StepError::Cancelled(None));
        }
        let pushing = Pushing::of(cx, Self::NAME, None).await?;
        let rows = pushing.rows().await?;
        let ours: Vec<_> = rows.iter().filter(|row| self.devices.contains(&row.device)).collect();
        pushing.take(&ours).await?;
        let ended = join_all(ours.iter().map(|row| Box::pin(pushing.carry(row)))).await;
        let mut errors: Vec<StepError> = ended.into_iter().filter_map(Result::err).collect();
        errors.sort_by_key(weight);
        if let Some(worst) = errors.pop() {
            return Err(worst);
        }
        let results = pushing.results().await?;
        let told = json!({ "what": "pushed", "label": pushing.name(), "push": pushing.push.id, "results": results });
        let failed: Vec<String> = pushing
            .rows()
            .await?
            .into_iter()
            .filter(|row| self.devices.contains(&row.device) && !row.state.is_good())
            .map(|row| if row.why.is_empty() { row.name } else { format!("{}: {}", row.name, row.why) })
            .collect();
        if failed.is_empty() { Ok(told) } else { Err(StepError::Told(text::list(&failed), told)) }
    }
}

/// Of several troubles the one that decides what becomes of the step.
fn weight(error: &StepError) -> u8 {
    match error {
        StepError::Lost => 3,
        StepError::Retry(_) => 2,
        StepError::Stuck(_) => 1,
        _ => 0,
    }
}
