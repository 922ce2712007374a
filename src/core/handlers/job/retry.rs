//! `/job retry`: a job that failed, is stuck or was cancelled goes on from the step where it ended.

use crate::{
    handlers::Cx,
    plan::{Change, Outcome, Plan, Say},
};
use direttore_domain::{JobId, Refusal, ResourceKey, Trouble, grant::Touches, policy};
use direttore_store::job::JobStatus;
use serde::Deserialize;
use serde_json::json;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Input {
    job: JobId,
    reason: Option<String>,
}

pub async fn plan(cx: &Cx, ask: Input) -> Result<Outcome, Trouble> {
    let job = super::find(cx, ask.job).await?;
    if !matches!(job.status, JobStatus::Failed | JobStatus::Stuck | JobStatus::Cancelled) {
        let why = format!("it is {}", job.status.as_str());
        return Err(Refusal::WrongState { subject: job.id.to_string(), verb: "be retried".into(), why }.into());
    }
    // What it would do is asked of the policy anew: the asker's role and grants may be others than they were.
    let unknown = || Refusal::WrongState {
        subject: job.id.to_string(),
        verb: "be retried".into(),
        why: format!("there is no command /{} any more", job.command),
    };
    let command = direttore_catalog::catalog().get(&job.command).ok_or_else(unknown)?;
    policy::may_say(&cx.actor, command.permission, &command.path, &cx.channel)?;
    let sight = cx.sight(None).await?;
    let guest = sight.guests().find(|g| crate::handlers::cx::subject(g) == job.subject);
    let node = sight.nodes().find(|n| format!("{}/node/{}", n.cluster, n.name) == job.subject);
    let touched = match (guest, node) {
        (Some(guest), _) => policy::touches(guest),
        (None, node) => Touches { node: node.map(|n| &n.name), ..Touches::default() },
    };
    let check = |touched: Touches<'_>| {
        policy::check_touch(&cx.actor, command.permission, &command.path, &cx.channel, &job.title, touched)
    };
    match ResourceKey::of_subject(&job.subject).as_slice() {
        devices @ [ResourceKey::Device(_), ..] if policy::is_narrowed(&cx.actor, command.permission) => {
            let view = cx.lab.need_ipam()?.view().await?;
            for key in devices {
                let ResourceKey::Device(id) = key else { continue };
                check(view.touches(*id))?;
            }
        }
        _ => check(touched)?,
    }
    let data = json!({ "job": job.id, "title": job.title, "reason": ask.reason });
    let done = Say::new("job_retried", data.clone());
    Ok(Plan::change(format!("job {}", job.id), Say::new("job_retried", data), vec![Change::RetryJob(job.id)], done)
        .into())
}
