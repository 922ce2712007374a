//! The first start of a guest that the job made.

use super::{Apply, destroy::stop_ours, power_guest::PowerGuest};
use crate::jobs::step::{StepCx, StepError};
use direttore_domain::Power;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StartGuest {}

impl Apply for StartGuest {
    const NAME: &'static str = "start-guest";
    const CLEANS_UP: bool = true;

    async fn apply(&self, cx: &StepCx) -> Result<Value, StepError> {
        // Whether it runs then is what the next step looks at.
        PowerGuest::new(cx.made()?.guest, Power::Start).request(cx).await?;
        Ok(json!({}))
    }

    async fn undo(&self, cx: &StepCx, _: &Value) -> Result<(), StepError> {
        stop_ours(cx, &cx.made()?.guest, cx.mark().as_str()).await
    }
}
