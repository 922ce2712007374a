//! `/job …`: what was set going.

pub mod cancel;
pub mod list;
pub mod retry;
pub mod show;

use super::Cx;
use direttore_domain::{JobId, Refusal, Trouble, policy};
use direttore_store::job::{self, JobRow};

/// The job, if it is the asker's or the asker may see everyone's.
async fn find(cx: &Cx, id: JobId) -> Result<JobRow, Trouble> {
    let mut tx = cx.store.read().await?;
    let row = job::by_id(&mut tx, id).await?;
    let row = row.ok_or_else(|| Refusal::NoSuch { what: "job", given: id.to_string(), nearest: None, has: vec![] })?;
    if policy::reaches_owner(&cx.actor, row.account_id, &cx.command.path, &cx.channel) {
        Ok(row)
    } else {
        Err(Refusal::NotYours { what: id.to_string(), owner: row.actor }.into())
    }
}
