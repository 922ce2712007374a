//! `/job cancel`: a queued job does not start; a running one stops where that is safe, and what it did is undone.

use crate::{
    handlers::Cx,
    plan::{Change, Outcome, Plan, Say},
};
use direttore_domain::{JobId, Refusal, Trouble};
use direttore_store::job::JobStatus;
use serde::Deserialize;
use serde_json::json;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Input {
    job: JobId,
}

pub async fn plan(cx: &Cx, ask: Input) -> Result<Outcome, Trouble> {
    let job = super::find(cx, ask.job).await?;
    let refuse =
        |why: &str| Refusal::WrongState { subject: job.id.to_string(), verb: "be cancelled".into(), why: why.into() };
    match job.status {
        JobStatus::Stuck => {}
        JobStatus::Queued | JobStatus::Running if !job.cancel_requested => {}
        JobStatus::Queued | JobStatus::Running => return Err(refuse("that is under way already").into()),
        other => return Err(refuse(&format!("it is {}", other.as_str())).into()),
    }
    let data = json!({ "job": job.id, "title": job.title, "who": job.actor, "status": job.status.as_str() });
    let plan = Plan::change(
        format!("job {}", job.id),
        Say::new("job_cancel", data.clone()),
        vec![Change::CancelJob(job.id)],
        Say::new("job_cancelling", data),
    );
    Ok(Plan { state: json!(job.status.as_str()), ..plan }.into())
}
