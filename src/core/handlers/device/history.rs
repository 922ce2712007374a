//! `/device history`: which versions of a device's configuration are kept.

use super::{Cx, known, name, parts};
use crate::plan::{Outcome, Say, page_of};
use direttore_domain::Trouble;
use serde::Deserialize;
use serde_json::{Value, json};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Input {
    device: String,
    page: Option<usize>,
}

pub async fn plan(cx: &Cx, ask: Input) -> Result<Outcome, Trouble> {
    let (_, row) = known(cx, &ask.device).await?;
    let all = parts::versions(cx, &row).await?;
    let (shown, pages) = page_of(&all, ask.page.unwrap_or(1));
    let rows: Vec<Value> = shown
        .iter()
        .map(|version| {
            json!({ "when": version.at, "who": version.author, "why": why(&version.taken, &version.why),
                "job": version.job, "version": parts::short(version) })
        })
        .collect();
    let data = json!({ "device": name(&row), "rows": rows, "total": all.len(), "pages": pages });
    Ok(Say { pages: Some(pages), ..Say::new("device_history", data) }.into())
}

fn why(taken: &str, why: &str) -> String {
    match taken {
        "backup" | "" => why.to_owned(),
        "before" => format!("before {why}"),
        _ => why.to_owned(),
    }
}
