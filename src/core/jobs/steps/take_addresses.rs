//! The next free addresses of a prefix or a range, taken for nothing but their own sake, one after another. Each bears
//! the mark of the job and its own number, and is looked for by it before another try takes it.

use super::{Apply, allocate_addresses::ipam, hold_guest::retry};
use crate::{
    ipam::Pool,
    jobs::{
        address::{self, Found, Wanted},
        breakpoint::{Place, reached},
        step::{StepCx, StepError},
    },
};
use direttore_domain::Hostname;
use direttore_store::address_hold;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TakeAddresses {
    pub pool: Pool,
    /// The DNS name that all of them get.
    pub name: Option<Hostname>,
    pub count: usize,
    /// What the asker wants written beside them.
    pub note: Option<String>,
}

impl Apply for TakeAddresses {
    const NAME: &'static str = "take-addresses";
    const CLEANS_UP: bool = true;

    async fn apply(&self, cx: &StepCx) -> Result<Value, StepError> {
        let ipam = ipam(cx)?;
        let is_again = cx.note().is_some();
        let known = if is_again {
            address::of_job(cx, ipam).await?
        } else {
            cx.save_note(Some(json!({ "stage": "begun" }))).await?;
            reached(Place::Intent, cx.name);
            vec![]
        };
        let mut taken: Vec<Found> = Vec::new();
        for nth in 1..=self.count {
            if cx.wants_cancel() {
                return Err(StepError::Cancelled(None));
            }
            let mark = cx.mark().nth(nth);
            let wanted = Wanted {
                mark: &mark,
                job: cx.job,
                name: self.name.as_ref(),
                domain: None,
                who: cx.asker().1,
                gateway: None,
                note: self.note.as_deref(),
            };
            let before = match known.iter().find(|f| mark.is_in(&f.description)) {
                Some(found) => address::adopt(ipam, &self.pool, found, &wanted).await?,
                None => None,
            };
            taken.push(match before {
                Some(found) => found,
                None => address::take_next(cx, ipam, &self.pool, &wanted).await?,
            });
            reached(Place::Answered, cx.name);
            cx.progress(u8::try_from(nth * 100 / self.count).ok(), None);
        }
        let addresses: Vec<String> = taken.iter().map(|f| f.address.to_string()).collect();
        let ids: Vec<u64> = taken.iter().map(|f| f.id).collect();
        if is_again {
            // A first request may have arrived after it was given up.
            address::release(cx, ipam, None, &ids).await?;
        }
        Ok(json!({ "what": "allocated", "label": self.pool.pond.to_string(), "addresses": addresses, "ids": ids }))
    }

    async fn undo(&self, cx: &StepCx, _: &Value) -> Result<(), StepError> {
        address::release(cx, ipam(cx)?, None, &[]).await?;
        let mut tx = cx.store.write().await.map_err(retry)?;
        for nth in 1..=self.count {
            address_hold::release_mark(&mut tx, cx.mark().nth(nth).as_str()).await.map_err(retry)?;
        }
        tx.commit().await.map_err(retry)
    }
}
