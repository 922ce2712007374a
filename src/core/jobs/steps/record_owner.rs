//! Whose a new guest is.

use super::{Apply, hold_guest::retry};
use crate::jobs::step::{StepCx, StepError};
use direttore_store::owner;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RecordOwner {}

impl Apply for RecordOwner {
    const NAME: &'static str = "record-owner";
    const CLEANS_UP: bool = true;

    async fn apply(&self, cx: &StepCx) -> Result<Value, StepError> {
        let made = cx.made()?;
        if let (Some(account), _) = cx.asker() {
            let mut tx = cx.store.write().await.map_err(retry)?;
            let (cluster, vmid) = (&made.guest.cluster, made.guest.vmid);
            owner::set(&mut tx, cluster, vmid, &made.mark, account, cx.clock.now()).await.map_err(retry)?;
            tx.commit().await.map_err(retry)?;
        }
        Ok(json!({}))
    }

    async fn undo(&self, cx: &StepCx, _: &Value) -> Result<(), StepError> {
        let made = cx.made()?;
        let mut tx = cx.store.write().await.map_err(retry)?;
        let owner = owner::get(&mut tx, &made.guest.cluster, made.guest.vmid).await.map_err(retry)?;
        if owner.is_some_and(|o| o.mark == made.mark) {
            owner::remove(&mut tx, &made.guest.cluster, made.guest.vmid).await.map_err(retry)?;
        }
        tx.commit().await.map_err(retry)
    }
}
