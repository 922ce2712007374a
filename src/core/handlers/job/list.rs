//! `/job list`: newest first; one's own, or everyone's with `all`.

use crate::{
    handlers::Cx,
    plan::{Outcome, PAGE, Pages, Say},
};
use direttore_domain::{Permission, Trouble, policy};
use direttore_store::job::{self, JobStatus};
use serde::Deserialize;
use serde_json::{Value, json};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Input {
    status: Option<String>,
    #[serde(default)]
    all: bool,
    page: Option<usize>,
}

pub async fn plan(cx: &Cx, ask: Input) -> Result<Outcome, Trouble> {
    if ask.all {
        policy::may_say(&cx.actor, Permission::Users, &cx.command.path, &cx.channel)?;
    }
    let status = ask.status.as_deref().map(str::parse::<JobStatus>).transpose().map_err(Trouble::bug)?;
    let account_id = if ask.all { None } else { Some(cx.actor.account_id().unwrap_or(-1)) };
    let page = ask.page.unwrap_or(1).max(1);
    let limit = i64::try_from(PAGE).map_err(Trouble::bug)?;
    let offset = i64::try_from((page - 1).saturating_mul(PAGE)).unwrap_or(i64::MAX);
    let mut tx = cx.store.read().await?;
    let (jobs, total) = job::list(&mut tx, job::Filter { account_id, status, limit, offset }).await?;
    let of = usize::try_from(total).unwrap_or(0).div_ceil(PAGE).max(1);
    let pages = Pages { page: page.min(of), of };
    let rows: Vec<Value> = jobs
        .iter()
        .map(|j| {
            json!({ "job": j.id, "what": j.title, "who": j.actor, "status": j.status.as_str(), "created": j.created,
            "ended": j.ended })
        })
        .collect();
    let data = json!({ "rows": rows, "total": total, "pages": pages, "all": ask.all });
    Ok(Say { pages: Some(pages), ..Say::new("job_list", data) }.into())
}
