//! `/job retry`: a job that failed, is stuck or was cancelled goes on from the step where it ended.

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
    if !matches!(job.status, JobStatus::Failed | JobStatus::Stuck | JobStatus::Cancelled) {
        let why = format!("it is {}", job.status.as_str());
        return Err(Refusal::WrongState { subject: job.id.to_string(), verb: "be retried".into(), why }.into());
    }
    let data = json!({ "job": job.id, "title": job.title });
    let done = Say::new("job_retried", data.clone());
    Ok(Plan::change(format!("job {}", job.id), Say::new("job_retried", data), vec![Change::RetryJob(job.id)], done)
        .into())
}
