//! The addresses of a new guest, taken from NetBox at once: the next free ones of the prefixes asked for, and fixed ones
//! that are written down. Each bears the mark of job and interface, and is looked for by it before it is asked for again.

use super::{
    Apply,
    hold_guest::retry,
    new_guest::{NewGuest, NewIp, Taken},
};
use crate::{
    ipam::{Ipam, Pool},
    jobs::{
        address::{self, Wanted},
        breakpoint::{Place, reached},
        step::{StepCx, StepError},
    },
};
use direttore_domain::{Family, HostAddress};
use direttore_store::address_hold;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::sync::Arc;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AllocateAddresses {
    pub spec: NewGuest,
}

pub(super) const NAME: &str = "allocate-addresses";

/// One address that is to be taken.
struct Want<'s> {
    nic: usize,
    family: Family,
    what: What<'s>,
}

enum What<'s> {
    Next(&'s Pool),
    Fixed(HostAddress),
}

impl AllocateAddresses {
    fn wants(&self) -> Vec<Want<'_>> {
        let mut wants = Vec::new();
        for (at, nic) in self.spec.nics.iter().enumerate() {
            for (family, ip) in nic.families() {
                let what = match ip {
                    NewIp::From { pool, .. } => What::Next(pool),
                    NewIp::Fixed { address, .. } => What::Fixed(*address),
                    NewIp::None | NewIp::Dhcp | NewIp::Auto => continue,
                };
                wants.push(Want { nic: at + 1, family, what });
            }
        }
        wants
    }

    async fn take(
        &self,
        cx: &StepCx,
        ipam: &Ipam,
        want: &Want<'_>,
        known: &[address::Found],
    ) -> Result<Taken, StepError> {
        let mark = cx.mark().nic(want.nic, want.family);
        let nic = &self.spec.nics[want.nic - 1];
        let ip = nic.families().into_iter().find(|(f, _)| *f == want.family).map(|(_, ip)| ip);
        let (gateway, is_assumed) = match ip {
            Some(NewIp::From { gateway: Some(gateway), .. }) => (Some(gateway.address), gateway.is_assumed),
            Some(NewIp::Fixed { gateway, .. }) => (*gateway, false),
            _ => (None, false),
        };
        let wanted = Wanted {
            gateway,
            mark: &mark,
            job: cx.job,
            name: Some(&self.spec.name),
            domain: self.spec.domain.as_deref(),
            who: cx.asker().1,
            note: None,
        };
        let before = known.iter().find(|f| mark.is_in(&f.description));
        let before = match (before, &want.what) {
            (Some(found), What::Next(pool)) => address::adopt(ipam, pool, found, &wanted).await?,
            (found, _) => found.cloned(),
        };
        let found = match (before, &want.what) {
            (Some(found), _) => found,
            (None, What::Next(pool)) => address::take_next(cx, ipam, pool, &wanted).await?,
            (None, What::Fixed(address)) => address::take_fixed(ipam, *address, &wanted).await?,
        };
        Ok(Taken { nic: want.nic, family: want.family, id: found.id, address: found.address, gateway, is_assumed })
    }
}

impl Apply for AllocateAddresses {
    const NAME: &'static str = NAME;
    const CLEANS_UP: bool = true;

    async fn apply(&self, cx: &StepCx) -> Result<Value, StepError> {
        let ipam = ipam(cx)?;
        let is_again = cx.note().is_some();
        let known = if !is_again {
            if cx.wants_cancel() {
                return Err(StepError::Cancelled(None));
            }
            cx.save_note(Some(json!({ "stage": "begun" }))).await?;
            reached(Place::Intent, cx.name);
            vec![]
        } else {
            address::of_job(cx, ipam).await?
        };
        if cx.wants_cancel() {
            return Err(StepError::Cancelled(None));
        }
        let wants = self.wants();
        let taking = wants.iter().map(|want| self.take(cx, ipam, want, &known));
        // All are waited for, also when one fails: what was taken meanwhile must be found by the undo.
        let taken: Vec<Result<Taken, StepError>> = futures::future::join_all(taking).await;
        reached(Place::Answered, cx.name);
        let mut addresses = Vec::new();
        let mut wrong: Option<StepError> = None;
        for result in taken {
            match result {
                Ok(taken) => addresses.push(taken),
                // What will not go well decides; what may, waits.
                Err(StepError::Retry(why)) if wrong.is_none() => wrong = Some(StepError::Retry(why)),
                Err(StepError::Retry(_)) => {}
                Err(error) => wrong = Some(error),
            }
        }
        match wrong {
            Some(error) => Err(error),
            None => {
                if is_again {
                    // A first request may have arrived after it was given up: what is more than was asked for goes back.
                    let keep: Vec<u64> = addresses.iter().map(|t| t.id).collect();
                    address::release(cx, ipam, None, &keep).await?;
                }
                Ok(json!({ "addresses": addresses }))
            }
        }
    }

    async fn undo(&self, cx: &StepCx, _: &Value) -> Result<(), StepError> {
        address::release(cx, ipam(cx)?, Some(self.spec.name.as_str()), &[]).await?;
        let mut tx = cx.store.write().await.map_err(retry)?;
        for want in self.wants() {
            let mark = cx.mark().nic(want.nic, want.family);
            address_hold::release_mark(&mut tx, mark.as_str()).await.map_err(retry)?;
        }
        tx.commit().await.map_err(retry)
    }
}

pub(super) fn ipam(cx: &StepCx) -> Result<&Arc<Ipam>, StepError> {
    // Gone from the configuration: it may come back with the next start.
    cx.lab.need_ipam().map_err(|refusal| StepError::Retry(refusal.to_string()))
}
