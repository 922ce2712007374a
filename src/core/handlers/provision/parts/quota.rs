//! Whether the asker may have one more guest of that size.

use crate::{
    handlers::Cx,
    jobs::steps::NewGuest,
    quota::{QuotaPlan, Usage, usage, usage_of},
    rules::Quota,
};
use direttore_domain::Trouble;

/// The asker's quota and what counts against it; `None` where there is no limit.
///
/// # Errors
/// `over-quota` already now.
pub(in crate::handlers) async fn check(cx: &Cx, spec: &NewGuest) -> Result<Option<QuotaPlan>, Trouble> {
    let more = Usage { guests: 1, cores: spec.cores.into(), memory_mib: spec.memory.mib, disk_mib: spec.disk.mib };
    check_more(cx, &more).await
}

pub(in crate::handlers) async fn check_more(cx: &Cx, more: &Usage) -> Result<Option<QuotaPlan>, Trouble> {
    let quota = cx.rules.quotas.of(&cx.actor);
    let (Some(account), true) = (cx.actor.account_id(), quota != Quota::default()) else { return Ok(None) };
    let (used, held) = usage(&cx.lab, &cx.store, account).await?;
    let plan = QuotaPlan { who: cx.actor.name(), quota, used };
    plan.allows(&usage_of(&held), more)?;
    Ok(Some(plan))
}
