//! NetBox, as programs ask for it, and an address that is taken by a job like everybody's.

use super::{Act, Caller};
use crate::{
    dispatch::Dispatch,
    handlers::{Cx, plain},
    jobs::steps::TakeAddresses,
};
use direttore_catalog::Given;
use direttore_domain::{JobId, Trouble};
use direttore_store::job;
use std::time::Duration;
use tokio::time::Instant;

pub use crate::handlers::plain::{NetBoxSeen, Plain, PlainSeen};

/// What became of a wish for an address.
#[derive(Debug, Clone, PartialEq)]
pub enum Allocated {
    Taken(PlainSeen),
    /// Nothing was taken.
    Failed {
        why: String,
    },
    NotYet(JobId),
}

impl Dispatch {
    /// # Errors
    /// `not-allowed` and its like.
    pub async fn netbox_seen(&self, who: &Caller) -> Result<NetBoxSeen, Trouble> {
        Ok(plain::status(&self.looks(who, "ipam prefixes", Given::new())?).await)
    }

    /// # Errors
    /// `not-allowed` and its like, and as [`plain::list`].
    pub async fn plain_seen(
        &self,
        who: &Caller,
        of: Plain,
        filters: &[(&'static str, String)],
        most: Option<usize>,
    ) -> Result<Vec<PlainSeen>, Trouble> {
        let command = match of {
            Plain::Devices => "inventory devices",
            Plain::Addresses => "ipam addresses",
            Plain::Prefixes => "ipam prefixes",
            Plain::Vlans => "ipam vlans",
        };
        plain::list(&self.looks(who, command, Given::new())?, of, filters, most).await
    }

    /// `/ipam allocate` of one address, and what became of it within a while.
    ///
    /// # Errors
    /// As for people; `no-such-prefix`.
    pub async fn allocate(
        &self,
        who: &Caller,
        prefix: u64,
        description: Option<String>,
        within: Duration,
    ) -> Result<Allocated, Trouble> {
        let cx = {
            let asking = self.asking_program(who, "ipam allocate", Given::new())?;
            self.allowed(&asking)?;
            self.cx(&asking, true)
        };
        let pond = plain::pond(&cx, prefix).await?;
        let mut act = Act::new("ipam allocate", [("prefix", pond.to_string())]);
        act.given.extend(description.map(|text| ("description".to_owned(), vec![text])));
        let done = self.give(who, vec![act]).await?;
        let job = *done.jobs.first().ok_or_else(|| Trouble::bug("an address that no job takes"))?;
        self.taken(&cx, job, within).await
    }

    async fn taken(&self, cx: &Cx, id: JobId, within: Duration) -> Result<Allocated, Trouble> {
        let end = Instant::now() + within;
        let (row, step) = loop {
            // Before the look, so that an end in between is not missed.
            let ended = self.engine.ended.notified();
            let mut tx = self.store.read().await?;
            let row = job::by_id(&mut tx, id).await?.ok_or_else(|| Trouble::bug("a job that is not there"))?;
            if !row.status.is_unfinished() {
                break (row, job::steps(&mut tx, id).await?.into_iter().next());
            }
            drop(tx);
            let left = end.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Ok(Allocated::NotYet(id));
            }
            // Another process may carry it out, which nobody hears of here.
            let _ = tokio::time::timeout(left.min(Duration::from_millis(250)), ended).await;
        };
        let address = step.as_ref().and_then(|step| step.done.as_ref()?.get("ids")?.get(0)?.as_u64());
        let (Some(address), Some(step)) = (address.filter(|_| row.error.is_none()), step) else {
            let why = row.error.unwrap_or_else(|| format!("job {id} is {}", row.status.as_str()));
            return Ok(Allocated::Failed { why });
        };
        let pool = serde_json::from_value::<TakeAddresses>(step.input).map_err(Trouble::bug)?.pool;
        let row = plain::address(cx, address).await?;
        Ok(Allocated::Taken(PlainSeen { row, gateway: pool.gateway.map(|gateway| gateway.address.to_string()) }))
    }
}
