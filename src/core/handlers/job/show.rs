//! `/job show`: a job with its steps.

use crate::{
    handlers::Cx,
    plan::{Outcome, Say},
};
use direttore_domain::{JobId, Trouble};
use serde::Deserialize;
use serde_json::{Value, json};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Input {
    job: JobId,
}

pub async fn plan(cx: &Cx, ask: Input) -> Result<Outcome, Trouble> {
    let row = super::find(cx, ask.job).await?;
    let mut tx = cx.store.read().await?;
    let steps = direttore_store::job::steps(&mut tx, ask.job).await?;
    let rows: Vec<Value> = steps
        .iter()
        .map(|s| {
            let upid = s.note.as_ref().and_then(|n| n.get("upid")).and_then(Value::as_str).unwrap_or_default();
            json!({ "step": s.name, "state": s.state.as_str(), "attempts": s.attempt, "task": upid, "error": s.error })
        })
        .collect();
    let data = json!({
        "job": row.id,
        "title": row.title,
        "who": row.actor,
        "status": row.status.as_str(),
        "error": row.error,
        "created": row.created,
        "started": row.started,
        "ended": row.ended,
        "rows": rows,
    });
    Ok(Say::new("job_show", data).into())
}
