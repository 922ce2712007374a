//! What we keep of a guest goes with it.

use super::{Apply, guest::GuestId};
use crate::jobs::step::{StepCx, StepError};
use direttore_store::{StoreError, owner};
use serde::{Deserialize, Serialize};
use serde_json::Value;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ForgetGuest {
    pub guest: GuestId,
    /// Of the guest that is gone: a record of a later one with its VMID stays.
    pub mark: String,
}

impl Apply for ForgetGuest {
    const NAME: &'static str = "forget-guest";

    async fn apply(&self, cx: &StepCx) -> Result<Value, StepError> {
        let forget = async {
            let mut tx = cx.store.write().await?;
            let owner = owner::get(&mut tx, &self.guest.cluster, self.guest.vmid).await?;
            if owner.is_some_and(|o| o.mark == self.mark) {
                owner::remove(&mut tx, &self.guest.cluster, self.guest.vmid).await?;
            }
            tx.commit().await
        };
        forget.await.map_err(|e: StoreError| StepError::Retry(e.to_string()))?;
        Ok(Value::Null)
    }
}
