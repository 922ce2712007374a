//! How much somebody has, and whether it may be more.

use crate::{lab::Lab, rules::Quota};
use direttore_domain::{Refusal, Trouble, disk::Size};
use direttore_store::{Store, hold, owner};
use serde::{Deserialize, Serialize};
use std::collections::HashSet;

/// What somebody has, without what is being made: that is counted in the transaction that adds to it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Usage {
    pub guests: u64,
    pub cores: u64,
    pub memory_mib: u64,
    pub disk_mib: u64,
}

/// What holds for a plan when it is carried out.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct QuotaPlan {
    /// Named in refusals.
    pub who: String,
    pub quota: Quota,
    /// The asker's guests that are there; asked anew each time.
    #[serde(skip)]
    pub used: Usage,
}

impl QuotaPlan {
    /// # Errors
    /// `over-quota`, with what is used and what would be needed. `making` is what jobs of the asker are making now.
    pub fn allows(&self, making: &Usage, more: &Usage) -> Result<(), Refusal> {
        let size = |mib: u64| Size { mib }.to_string();
        let Self { quota, used, .. } = self;
        let rows = [
            ("guests", quota.guests, used.guests + making.guests, more.guests),
            ("cores", quota.cores, used.cores + making.cores, more.cores),
            ("memory", quota.memory_mib, used.memory_mib + making.memory_mib, more.memory_mib),
            ("disk", quota.disk_mib, used.disk_mib + making.disk_mib, more.disk_mib),
        ];
        for (what, limit, used, more) in rows {
            let Some(limit) = limit else { continue };
            let told = |n: u64| if matches!(what, "memory" | "disk") { size(n) } else { n.to_string() };
            if used + more > limit {
                return Err(Refusal::OverQuota {
                    who: self.who.clone(),
                    what,
                    used: told(used),
                    needed: told(used + more),
                    limit: told(limit),
                });
            }
        }
        Ok(())
    }
}

/// What jobs are making.
pub fn usage_of(held: &[hold::Hold]) -> Usage {
    let number = |n: i64| u64::try_from(n).unwrap_or(0);
    held.iter().fold(Usage::default(), |sum, h| Usage {
        guests: sum.guests + 1,
        cores: sum.cores + number(h.cores),
        memory_mib: sum.memory_mib + number(h.memory_mib),
        disk_mib: sum.disk_mib + number(h.disk_mib),
    })
}

/// What the account's guests that are there take, and what jobs are making for it.
///
/// # Errors
/// The database, or a cluster that cannot be seen.
pub async fn usage(lab: &Lab, store: &Store, account: i64) -> Result<(Usage, Vec<hold::Hold>), Trouble> {
    let mut tx = store.read().await?;
    let owned = owner::of_account(&mut tx, account).await?;
    let held = hold::of_account(&mut tx, account).await?;
    drop(tx);
    let making: HashSet<_> = held.iter().filter_map(|h| Some((h.cluster.clone(), h.vmid?))).collect();
    let mut used = Usage::default();
    for row in owned.iter().filter(|o| !making.contains(&(o.cluster.clone(), o.vmid))) {
        let Ok(cluster) = lab.cluster(&row.cluster) else { continue };
        let view = cluster.view().await?;
        let Some(guest) = view.guest(row.vmid) else { continue };
        used.guests += 1;
        // Proxmox gives containers parts of a core; whole ones are counted.
        used.cores += guest.cores.ceil().max(0.0) as u64;
        used.memory_mib += guest.memory >> 20;
        used.disk_mib += guest.disk >> 20;
    }
    Ok((used, held))
}
