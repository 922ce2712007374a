//! What came of a rule that had nothing to do, or could not do it: a job of its own, so that it is there to see.

use super::Apply;
use crate::jobs::step::{StepCx, StepError};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct NoteOutcome {
    pub said: String,
    pub is_failed: bool,
}

impl Apply for NoteOutcome {
    const NAME: &'static str = "note-outcome";

    async fn apply(&self, _: &StepCx) -> Result<Value, StepError> {
        if self.is_failed {
            return Err(StepError::Fail(self.said.clone()));
        }
        Ok(json!({ "what": "noted", "label": self.said }))
    }

    async fn undo(&self, _: &StepCx, _: &Value) -> Result<(), StepError> {
        Ok(())
    }
}
